// SPDX-License-Identifier: GPL-2.0
#include <crypto/sha2.h>
#include <linux/string.h>

#include "nonce.h"

/*
 * RFC 2104 with a key of 32 bytes. Only the one-shot sha256() is used: its shape
 * is the same on all kernels.
 */
static void hmac(struct tacit_nonce *nonce, size_t length, u8 out[SHA256_DIGEST_SIZE])
{
	u8 *padded = nonce->padded;
	u8 inner[SHA256_DIGEST_SIZE];
	int i;

	memset(padded, 0x36, SHA256_BLOCK_SIZE);
	for (i = 0; i < TACIT_NONCE_WIDTH; i++)
		padded[i] ^= nonce->key[i];
	memcpy(padded + SHA256_BLOCK_SIZE, nonce->message, length);
	sha256(padded, SHA256_BLOCK_SIZE + length, inner);

	memset(padded, 0x5c, SHA256_BLOCK_SIZE);
	for (i = 0; i < TACIT_NONCE_WIDTH; i++)
		padded[i] ^= nonce->key[i];
	memcpy(padded + SHA256_BLOCK_SIZE, inner, sizeof(inner));
	sha256(padded, SHA256_BLOCK_SIZE + sizeof(inner), out);
	memzero_explicit(inner, sizeof(inner));
}

/* V = HMAC_K(V) */
static void step_value(struct tacit_nonce *nonce)
{
	memcpy(nonce->message, nonce->value, TACIT_NONCE_WIDTH);
	hmac(nonce, TACIT_NONCE_WIDTH, nonce->value);
}

/* K = HMAC_K(V || mark || seed), then V = HMAC_K(V) */
static void step_key(struct tacit_nonce *nonce, u8 mark, size_t seed)
{
	memcpy(nonce->message, nonce->value, TACIT_NONCE_WIDTH);
	nonce->message[TACIT_NONCE_WIDTH] = mark;
	hmac(nonce, TACIT_NONCE_WIDTH + 1 + seed, nonce->key);
	step_value(nonce);
}

static size_t put_seed(struct tacit_nonce *nonce, const u8 *scalar, const u8 *digest,
		       const u8 *hedge)
{
	u8 *seed = nonce->message + TACIT_NONCE_WIDTH + 1;

	memcpy(seed, scalar, TACIT_NONCE_WIDTH);
	memcpy(seed + TACIT_NONCE_WIDTH, digest, TACIT_NONCE_WIDTH);
	if (!hedge)
		return 2 * TACIT_NONCE_WIDTH;
	memcpy(seed + 2 * TACIT_NONCE_WIDTH, hedge, TACIT_NONCE_WIDTH);
	return 3 * TACIT_NONCE_WIDTH;
}

void tacit_nonce_start(struct tacit_nonce *nonce, const u8 scalar[TACIT_NONCE_WIDTH],
		       const u8 digest[TACIT_NONCE_WIDTH], const u8 *hedge)
{
	memset(nonce->value, 0x01, TACIT_NONCE_WIDTH);
	memset(nonce->key, 0x00, TACIT_NONCE_WIDTH);
	step_key(nonce, 0x00, put_seed(nonce, scalar, digest, hedge));
	step_key(nonce, 0x01, put_seed(nonce, scalar, digest, hedge));
}

void tacit_nonce_next(struct tacit_nonce *nonce, u8 candidate[TACIT_NONCE_WIDTH])
{
	step_value(nonce);
	memcpy(candidate, nonce->value, TACIT_NONCE_WIDTH);
	/*
	 * What RFC 6979 does only after a refused candidate; doing it always
	 * leaves the first one as it is.
	 */
	step_key(nonce, 0x00, 0);
}
