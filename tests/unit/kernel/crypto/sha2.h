/* SPDX-License-Identifier: GPL-2.0 */
#include <openssl/sha.h>

#define SHA256_DIGEST_SIZE SHA256_DIGEST_LENGTH
#define SHA256_BLOCK_SIZE SHA256_CBLOCK
#define sha256(data, bytes, out) SHA256(data, bytes, out)
