/* SPDX-License-Identifier: GPL-2.0 */
#include <openssl/crypto.h>

#define crypto_memneq(a, b, bytes) CRYPTO_memcmp(a, b, bytes)
#define crypto_xor(to, from, bytes)                 \
	do {                                        \
		for (int n = 0; n < (bytes); n++)   \
			(to)[n] ^= (from)[n];       \
	} while (0)
