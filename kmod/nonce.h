/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The secret number k of an ECDSA signature: RFC 6979, 3.2, with HMAC and, by
 * 3.6, additional input: fresh randomness. A broken random generator
 * then costs nothing, and a fault that repeats a signature does not repeat k.
 *
 * Group order and hash are of one width, 32 (P-256, SHA-256) or 48 (P-384, SHA-384).
 */
#ifndef TACIT_NONCE_H
#define TACIT_NONCE_H

#include <linux/types.h>

#include "hash.h"

#define TACIT_NONCE_WIDTH_MAX 48
/* The longest message that is hashed under K: V || 0x00 || x || h1 || k'. */
#define TACIT_NONCE_MESSAGE (4 * TACIT_NONCE_WIDTH_MAX + 1)

/* Secret through and through; whoever holds one wipes it. */
struct tacit_nonce {
	const struct tacit_hash *hash;
	u8 key[TACIT_NONCE_WIDTH_MAX];
	u8 value[TACIT_NONCE_WIDTH_MAX];
	u8 room[TACIT_HASH_BLOCK_MAX];
	u8 message[TACIT_NONCE_MESSAGE];	/* right behind its room, see hash.h */
};

/*
 * Steps a to g. `scalar` is int2octets(x), `digest` bits2octets(h1), both
 * big-endian and as wide as the hash; `hedge` is fresh randomness of the same
 * length, or NULL for the bare RFC 6979 that known answers are for. 0; what the hash says.
 */
int tacit_nonce_start(struct tacit_nonce *nonce, const struct tacit_hash *hash, const u8 *scalar,
		      const u8 *digest, const u8 *hedge);

/*
 * Step h: the next candidate, big-endian. The caller refuses 0 and what is not below n.
 * 0; what the hash says.
 */
int tacit_nonce_next(struct tacit_nonce *nonce, u8 *candidate);

#endif
