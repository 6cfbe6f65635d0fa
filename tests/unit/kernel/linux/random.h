/* SPDX-License-Identifier: GPL-2.0 */
#include <openssl/rand.h>

#define get_random_bytes(out, bytes) ((void)RAND_bytes((u8 *)(out), bytes))
#define wait_for_random_bytes() 0
