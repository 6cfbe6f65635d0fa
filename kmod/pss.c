// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "pss.h"

/* RFC 8017, B.2.1: `mask` is added to what stands in `out`. */
static int mask(const struct tacit_hash *hash, const u8 *seed, u8 *out, u32 bytes)
{
	u8 input[TACIT_HASH_MAX + 4] = { 0 }, digest[TACIT_HASH_MAX];
	u32 i, number, width = tacit_hash_bytes(hash);
	int err;

	memcpy(input, seed, width);
	for (number = 0; number * width < bytes; number++) {
		/* A modulus is far from wanting the other three bytes of the counter. */
		input[width + 3] = number;
		err = tacit_hash_digest(hash, input, width + 4, digest);
		if (err)
			return err;
		for (i = 0; i < width && number * width + i < bytes; i++)
			out[number * width + i] ^= digest[i];
	}
	return 0;
}

/* H = hash(eight zeros || hash(content) || salt) */
static int hash_message(const struct tacit_hash *hash, const u8 *content, u32 length,
			const u8 *salt, u8 *out)
{
	u8 message[8 + 2 * TACIT_HASH_MAX] = { 0 };
	u32 width = tacit_hash_bytes(hash);
	int err = tacit_hash_digest(hash, content, length, message + 8);

	if (err)
		return err;
	memcpy(message + 8 + width, salt, width);
	return tacit_hash_digest(hash, message, 8 + 2 * width, out);
}

int tacit_pss_encode(const struct tacit_hash *hash, const u8 *content, u32 length, const u8 *salt,
		     u8 *out, u32 bytes)
{
	u32 width = tacit_hash_bytes(hash), data = bytes - width - 1;
	int err = hash_message(hash, content, length, salt, out + data);

	if (err)
		return err;
	memset(out, 0, data);
	out[data - width - 1] = 0x01;
	memcpy(out + data - width, salt, width);
	err = mask(hash, out + data, out, data);
	out[0] &= 0x7f;
	out[bytes - 1] = 0xbc;
	return err;
}
