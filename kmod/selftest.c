// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "tacit: " fmt

#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "algorithm.h"
#include "answers.h"
#include "blob.h"
#include "ecdsa.h"
#include "hash.h"
#include "rsa.h"
#include "seal.h"
#include "selftest.h"

struct answer {
	const char *message;
	const u8 *raw;
};

static const struct curve_answers {
	const struct tacit_curve *curve;
	u32 width;
	const u8 *scalar;
	const u8 *public_key;
	struct answer answers[2];
} p256_answers __initconst = {
	&tacit_p256, TACIT_P256_BYTES, p256_scalar, p256_public,
	{ { "sample", p256_sample }, { "test", p256_test } },
}, p384_answers __initconst = {
	&tacit_p384, TACIT_P384_BYTES, p384_scalar, p384_public,
	{ { "sample", p384_sample }, { "test", p384_test } },
};

/* The signature as known, one that verifies, and that a changed one does not. */
static bool __init answer_holds(const struct curve_answers *known, const struct answer *answer)
{
	u8 digest[TACIT_HASH_MAX], raw[TACIT_ECDSA_RAW_MAX];

	if (tacit_hash_digest(tacit_curve_hash(known->curve), (const u8 *)answer->message,
			      strlen(answer->message), digest) ||
	    tacit_ecdsa_sign(known->curve, known->scalar, digest, NULL, raw) ||
	    memcmp(raw, answer->raw, 2 * known->width) ||
	    tacit_ecdsa_verify(known->curve, known->public_key, digest, raw) != 1)
		return false;
	raw[2 * known->width - 1] ^= 1;
	return !tacit_ecdsa_verify(known->curve, known->public_key, digest, raw);
}

static bool __init curve_holds(const struct curve_answers *known)
{
	u8 public_key[TACIT_ECDSA_RAW_MAX];
	int i;

	if (tacit_ecdsa_public(known->curve, known->scalar, public_key) ||
	    memcmp(public_key, known->public_key, 2 * known->width))
		return false;
	for (i = 0; i < ARRAY_SIZE(known->answers); i++)
		if (!answer_holds(known, &known->answers[i]))
			return false;
	return true;
}

static int __init test_ecdsa(void)
{
	bool p256, p384;

	tacit_ecdsa_set_native_scalars(false);
	p256 = curve_holds(&p256_answers);
	if (!p256) {
		tacit_ecdsa_set_native_scalars(true);
		p256 = curve_holds(&p256_answers);
	}
	p384 = p256 && curve_holds(&p384_answers);
	if (p384)
		return 0;
	pr_err("self-test: ECDSA %s does not give the known answers of RFC 6979 on this kernel; not loading\n",
	       p256 ? "P-384" : "P-256");
	return -ELIBBAD;
}

/* A kernel without RSA is one without keys of that kind, and no more. */
static int __init test_rsa(void)
{
	struct tacit_private key = {
		.key = rsa_key,
		.key_bytes = sizeof(rsa_key),
		.public_key = rsa_public,
		.public_bytes = sizeof(rsa_public),
	};
	u8 *signature = kmalloc(sizeof(rsa_sample), GFP_KERNEL);
	u8 salt[32], i;
	int result;

	if (!signature)
		return -ENOMEM;
	for (i = 0; i < sizeof(salt); i++)
		salt[i] = i + 1;
	result = tacit_rsa_sign(&key, &tacit_sha256, "sample", strlen("sample"), salt, signature);
	if (result == -ENOPKG) {
		pr_notice("this kernel has no RSA (CONFIG_CRYPTO_RSA): such keys cannot be used\n");
		result = 0;
	} else if (result != sizeof(rsa_sample) ||
		   memcmp(signature, rsa_sample, sizeof(rsa_sample))) {
		pr_err("self-test: RSA-PSS does not give the known answer on this kernel (%d); not loading\n",
		       result);
		result = -ELIBBAD;
	} else {
		result = 0;
	}
	kfree(signature);
	return result;
}

static int __init round_trip(struct crypto_aead *aead, struct tacit_blob *blob)
{
	u8 *back;
	int err;

	err = tacit_seal_with(aead, blob, p256_scalar);
	if (err)
		return err;
	back = tacit_unseal_with(aead, blob);
	if (IS_ERR(back))
		return PTR_ERR(back);
	if (memcmp(back, p256_scalar, sizeof(p256_scalar)) ||
	    !memcmp(tacit_blob_sealed(blob), p256_scalar, sizeof(p256_scalar)))
		err = -ELIBBAD;
	kfree(back);
	if (err)
		return err;
	blob->usage.allowed ^= cpu_to_le32(TACIT_USAGE_CSR);
	return tacit_unseal_with(aead, blob) == ERR_PTR(-EBADMSG) ? 0 : -ELIBBAD;
}

static int __init test_seal(void)
{
	static const struct tacit_usage usage __initconst;
	/* Any key serves; a public one is at hand. */
	struct crypto_aead *aead = tacit_seal_alloc(p256_public);
	struct tacit_blob *blob = tacit_blob_new(TACIT_ALGORITHM_ECDSA_P256, 0, "self-test", &usage,
						 p256_public, sizeof(p256_public),
						 sizeof(p256_scalar));
	int err = IS_ERR(aead) ? PTR_ERR(aead) : blob ? round_trip(aead, blob) : -ENOMEM;

	kfree(blob);
	if (!IS_ERR(aead))
		crypto_free_aead(aead);
	if (err)
		pr_err("self-test: sealing by gcm(aes) failed (%d); not loading. Is the kernel's gcm module there?\n",
		       err);
	return err;
}

int __init tacit_selftest(void)
{
	int err = test_ecdsa();

	return err ?: test_rsa() ?: test_seal();
}
