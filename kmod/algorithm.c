// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "algorithm.h"
#include "ecdsa.h"
#include "hash.h"
#include "rsa.h"

/* ---- ECDSA ---- */

static int prove_ecdsa(const struct tacit_curve *curve, const struct tacit_private *key)
{
	u8 public_key[TACIT_ECDSA_RAW_MAX];
	int err = tacit_ecdsa_public(curve, key->key, public_key);

	if (err)
		return err;
	return crypto_memneq(public_key, key->public_key, key->public_bytes) ? -EKEYREJECTED : 0;
}

static int sign_ecdsa(const struct tacit_curve *curve, const struct tacit_private *key,
		      const u8 *content, u32 length, u8 *out)
{
	u8 hedge[TACIT_ECDSA_BYTES_MAX], digest[TACIT_HASH_MAX], raw[TACIT_ECDSA_RAW_MAX];
	int result;

	result = tacit_hash_digest(tacit_curve_hash(curve), content, length, digest);
	if (result)
		return result;
	get_random_bytes(hedge, sizeof(hedge));
	result = tacit_ecdsa_sign(curve, key->key, digest, hedge, raw);
	memzero_explicit(hedge, sizeof(hedge));
	if (result)
		return result;
	/* One that a fault made wrong can give the key away. */
	result = tacit_ecdsa_verify(curve, key->public_key, digest, raw);
	if (result > 0)
		return tacit_ecdsa_encode(curve, raw, out);
	memzero_explicit(raw, sizeof(raw));
	return result ?: -EIO;
}

static bool p256_point(u32 bytes)
{
	return bytes == 2 * TACIT_P256_BYTES;
}

static int generate_p256(u8 *key, u8 *public_key)
{
	return tacit_ecdsa_generate(&tacit_p256, key, public_key);
}

static int prove_p256(const struct tacit_private *key)
{
	return prove_ecdsa(&tacit_p256, key);
}

static u32 p256_signature_max(u32 public_bytes)
{
	return TACIT_P256_SIGNATURE_MAX;
}

static bool p256_hash(const char *hash)
{
	return tacit_hash(hash) == &tacit_sha256;
}

static int sign_p256(const struct tacit_private *key, const char *hash, const u8 *content,
		     u32 length, u8 *out)
{
	return sign_ecdsa(&tacit_p256, key, content, length, out);
}

static bool p384_point(u32 bytes)
{
	return bytes == 2 * TACIT_P384_BYTES;
}

static int generate_p384(u8 *key, u8 *public_key)
{
	return tacit_ecdsa_generate(&tacit_p384, key, public_key);
}

static int prove_p384(const struct tacit_private *key)
{
	return prove_ecdsa(&tacit_p384, key);
}

static u32 p384_signature_max(u32 public_bytes)
{
	return TACIT_P384_SIGNATURE_MAX;
}

static bool p384_hash(const char *hash)
{
	return tacit_hash(hash) == &tacit_sha384;
}

static int sign_p384(const struct tacit_private *key, const char *hash, const u8 *content,
		     u32 length, u8 *out)
{
	return sign_ecdsa(&tacit_p384, key, content, length, out);
}

/* ---- RSA ---- */

static bool rsa_modulus(u32 bytes)
{
	return bytes == TACIT_RSA_2048_BYTES || bytes == TACIT_RSA_3072_BYTES;
}

static u32 rsa_signature_max(u32 public_bytes)
{
	return public_bytes;
}

static bool rsa_hash(const char *hash)
{
	return tacit_hash(hash);
}

static int sign_rsa(const struct tacit_private *key, const char *hash, const u8 *content,
		    u32 length, u8 *out)
{
	u8 salt[TACIT_HASH_MAX];

	get_random_bytes(salt, sizeof(salt));
	return tacit_rsa_sign(key, tacit_hash(hash), content, length, salt, out);
}

/* ---- secrets ---- */

static bool no_public(u32 bytes)
{
	return !bytes;
}

static int generate_secret(u8 *key, u8 *public_key)
{
	int err = wait_for_random_bytes();

	if (!err)
		get_random_bytes(key, TACIT_SECRET_KEY_BYTES);
	return err;
}

static int prove_secret(const struct tacit_private *key)
{
	return 0;
}

static const struct tacit_kind kinds[] = {
	{
		.number = TACIT_ALGORITHM_ECDSA_P256,
		.name = "p256",
		.usages = TACIT_USAGE_SIGN,
		.key_bytes = TACIT_P256_BYTES,
		.public_size = p256_point,
		.generate = generate_p256,
		.prove = prove_p256,
		.signature_max = p256_signature_max,
		.hashes = p256_hash,
		.sign = sign_p256,
	}, {
		.number = TACIT_ALGORITHM_ECDSA_P384,
		.name = "p384",
		.usages = TACIT_USAGE_SIGN,
		.key_bytes = TACIT_P384_BYTES,
		.public_size = p384_point,
		.generate = generate_p384,
		.prove = prove_p384,
		.signature_max = p384_signature_max,
		.hashes = p384_hash,
		.sign = sign_p384,
	}, {
		.number = TACIT_ALGORITHM_RSA_PSS,
		.name = "rsa",
		.usages = TACIT_USAGE_SIGN,
		.public_size = rsa_modulus,
		.prove = tacit_rsa_prove,
		.signature_max = rsa_signature_max,
		.hashes = rsa_hash,
		.sign = sign_rsa,
	}, {
		.number = TACIT_ALGORITHM_SECRET,
		.name = "secret",
		.usages = TACIT_USAGE_SEAL,
		.key_bytes = TACIT_SECRET_KEY_BYTES,
		.public_size = no_public,
		.generate = generate_secret,
		.prove = prove_secret,
	},
};

const struct tacit_kind *tacit_kind(u32 number)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].number == number)
			return &kinds[i];
	return NULL;
}
