// SPDX-License-Identifier: GPL-2.0
#include <crypto/sha2.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>

#include "algorithm.h"
#include "ecdsa.h"

static bool is_p256_point(u32 bytes)
{
	return bytes == 2 * TACIT_P256_BYTES;
}

static int prove_p256(const struct tacit_private *key)
{
	u8 public_key[2 * TACIT_P256_BYTES];
	int err = tacit_ecdsa_public(key->key, public_key);

	if (err)
		return err == -EINVAL ? -EDOM : err;
	return memcmp(public_key, key->public_key, sizeof(public_key)) ? -EKEYREJECTED : 0;
}

static u32 p256_signature_max(u32 public_bytes)
{
	return TACIT_P256_SIGNATURE_MAX;
}

static bool is_sha256(const char *hash)
{
	return !strcmp(hash, "sha256");
}

static int sign_p256(const struct tacit_private *key, const char *hash, const u8 *content,
		     u32 length, u8 *out)
{
	u8 hedge[TACIT_P256_BYTES], digest[SHA256_DIGEST_SIZE], raw[TACIT_ECDSA_RAW];
	int err;

	sha256(content, length, digest);
	get_random_bytes(hedge, sizeof(hedge));
	err = tacit_ecdsa_sign(key->key, digest, hedge, raw);
	memzero_explicit(hedge, sizeof(hedge));
	return err ?: tacit_ecdsa_encode(raw, out);
}

static const struct tacit_kind algorithms[] = {
	{
		.number = TACIT_ALGORITHM_ECDSA_P256,
		.name = "p256",
		.usages = TACIT_USAGE_SIGN,
		.key_bytes = TACIT_P256_BYTES,
		.public_size = is_p256_point,
		.generate = tacit_ecdsa_generate,
		.prove = prove_p256,
		.signature_max = p256_signature_max,
		.hashes = is_sha256,
		.sign = sign_p256,
	},
};

const struct tacit_kind *tacit_kind(u32 number)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].number == number)
			return &algorithms[i];
	return NULL;
}
