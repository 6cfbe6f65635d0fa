/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The secret number k of an ECDSA signature: RFC 6979, 3.2, with HMAC-SHA-256
 * and, by 3.6, additional input: fresh randomness. A broken random generator
 * then costs nothing, and a fault that repeats a signature does not repeat k.
 */
#ifndef TACIT_NONCE_H
#define TACIT_NONCE_H

#include <linux/types.h>

#define TACIT_NONCE_WIDTH 32
/* The longest message that is hashed under K: V || 0x00 || x || h1 || k'. */
#define TACIT_NONCE_MESSAGE (4 * TACIT_NONCE_WIDTH + 1)

/* Secret through and through; whoever holds one wipes it. */
struct tacit_nonce {
	u8 key[TACIT_NONCE_WIDTH];
	u8 value[TACIT_NONCE_WIDTH];
	u8 message[TACIT_NONCE_MESSAGE];
	u8 padded[64 + TACIT_NONCE_MESSAGE];
};

/*
 * Steps a to g. `scalar` is int2octets(x), `digest` bits2octets(h1), both
 * big-endian; `hedge` is fresh randomness of the same length, or NULL for the
 * bare RFC 6979 that known answers are for.
 */
void tacit_nonce_start(struct tacit_nonce *nonce, const u8 scalar[TACIT_NONCE_WIDTH],
		       const u8 digest[TACIT_NONCE_WIDTH], const u8 *hedge);

/* Step h: the next candidate, big-endian. The caller refuses 0 and what is not below n. */
void tacit_nonce_next(struct tacit_nonce *nonce, u8 candidate[TACIT_NONCE_WIDTH]);

#endif
