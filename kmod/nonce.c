// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "nonce.h"

static_assert(offsetof(struct tacit_nonce, message) ==
	      offsetof(struct tacit_nonce, room) + TACIT_HASH_BLOCK_MAX);

static u32 width_of(const struct tacit_nonce *nonce)
{
	return tacit_hash_bytes(nonce->hash);
}

static int hmac(struct tacit_nonce *nonce, u32 length, u8 *out)
{
	return tacit_hmac(nonce->hash, nonce->key, width_of(nonce), nonce->room, length, out);
}

/* V = HMAC_K(V) */
static int step_value(struct tacit_nonce *nonce)
{
	memcpy(nonce->message, nonce->value, width_of(nonce));
	return hmac(nonce, width_of(nonce), nonce->value);
}

/* K = HMAC_K(V || mark || seed), then V = HMAC_K(V) */
static int step_key(struct tacit_nonce *nonce, u8 mark, u32 seed)
{
	memcpy(nonce->message, nonce->value, width_of(nonce));
	nonce->message[width_of(nonce)] = mark;
	return hmac(nonce, width_of(nonce) + 1 + seed, nonce->key) ?: step_value(nonce);
}

static u32 put_seed(struct tacit_nonce *nonce, const u8 *scalar, const u8 *digest, const u8 *hedge)
{
	u32 width = width_of(nonce);
	u8 *seed = nonce->message + width + 1;

	memcpy(seed, scalar, width);
	memcpy(seed + width, digest, width);
	if (!hedge)
		return 2 * width;
	memcpy(seed + 2 * width, hedge, width);
	return 3 * width;
}

int tacit_nonce_start(struct tacit_nonce *nonce, const struct tacit_hash *hash, const u8 *scalar,
		      const u8 *digest, const u8 *hedge)
{
	nonce->hash = hash;
	memset(nonce->value, 0x01, sizeof(nonce->value));
	memset(nonce->key, 0x00, sizeof(nonce->key));
	return step_key(nonce, 0x00, put_seed(nonce, scalar, digest, hedge)) ?:
	       step_key(nonce, 0x01, put_seed(nonce, scalar, digest, hedge));
}

int tacit_nonce_next(struct tacit_nonce *nonce, u8 *candidate)
{
	int err = step_value(nonce);

	if (err)
		return err;
	memcpy(candidate, nonce->value, width_of(nonce));
	/*
	 * What RFC 6979 does only after a refused candidate; doing it always
	 * leaves the first one as it is.
	 */
	return step_key(nonce, 0x00, 0);
}
