// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "adopt.h"
#include "algorithm.h"
#include "blob.h"
#include "counter.h"
#include "ecdsa.h"
#include "import.h"
#include "pkcs8.h"
#include "seal.h"

static const struct {
	int err;
	const char *text;
} errors[] = {
	{ -EKEYEXPIRED, "no import was begun, or its one-time key was used or is older than a minute; begin again" },
	{ -EBADMSG, "the import was changed, or was encrypted to another key; begin again" },
	{ -EINVAL, "the peer's public key is no point of P-256" },
	{ -EILSEQ, "this is not one PKCS #8 private key in DER, unencrypted and without attributes" },
	{ -ENOPKG, "keys on P-256 and P-384 can be imported, and RSA where the kernel has it" },
	{ -EDOM, "the private key is out of range, or not RSA-2048 or RSA-3072 with exponent 65537" },
	{ -EKEYREJECTED, "the parts of the key do not belong together" },
};

static int explain(int err, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err && extack)
			extack->_msg = errors[i].text;
	return err;
}

/*
 * A signature for nobody. The kernel's curve code cannot work with a few keys that are next to
 * nothing, as 2: better said now than at each signature.
 */
static int try(const struct tacit_kind *kind, const struct tacit_private *key)
{
	const char *hash = kind == tacit_kind(TACIT_ALGORITHM_ECDSA_P384) ? "sha384" : "sha256";
	u8 *signature = kmalloc(TACIT_SIGNATURE_MAX, GFP_KERNEL);
	int result = -ENOMEM;

	if (signature)
		result = kind->sign(key, hash, (const u8 *)hash, strlen(hash), signature);
	kfree(signature);
	return result == -EIO || result == -EINVAL ? -EDOM : min(result, 0);
}

/* Proves what was found and seals it; a public half that was not told is computed. */
static struct tacit_blob *take_over(const struct tacit_adoption *adoption,
				    const struct tacit_pkcs8 *found)
{
	u32 flags = TACIT_FLAG_EXPOSED | TACIT_FLAG_IMPORTED;
	u8 computed[TACIT_ECDSA_RAW_MAX];
	struct tacit_private key = {
		.key = found->key.at,
		.key_bytes = found->key.left,
		.public_key = found->public_key.at,
		.public_bytes = found->public_key.left,
	};
	struct tacit_blob *blob;
	int err = 0;

	if (!key.public_bytes) {
		key.public_key = computed;
		key.public_bytes = 2 * key.key_bytes;
		err = tacit_ecdsa_public(found->algorithm == TACIT_ALGORITHM_ECDSA_P256 ?
					 &tacit_p256 : &tacit_p384, key.key, computed);
	}
	if (!err)
		err = tacit_kind(found->algorithm)->prove(&key) ?:
		      try(tacit_kind(found->algorithm), &key);
	if (err)
		return ERR_PTR(err);
	blob = tacit_blob_new(found->algorithm, flags, adoption->name, adoption->usage,
			      key.public_key, key.public_bytes, key.key_bytes);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	err = tacit_counter_give(blob) ?: tacit_seal(blob, key.key);
	if (!err)
		return blob;
	tacit_counter_withdraw(blob);
	kfree(blob);
	return ERR_PTR(err);
}

struct tacit_blob *tacit_adopt(const struct tacit_adoption *adoption, struct netlink_ext_ack *extack)
{
	struct tacit_blob *blob = NULL;
	struct tacit_pkcs8 found;
	u32 plain_bytes;
	u8 *plain;
	int err;

	err = tacit_import_open(adoption->name, adoption->usage, adoption->peer, adoption->sealed,
				adoption->sealed_bytes, &plain, &plain_bytes);
	if (err)
		return ERR_PTR(explain(err, extack));
	err = explain(tacit_pkcs8_parse(plain, plain_bytes, &found), extack);
	if (!err)
		err = tacit_usage_check(adoption->usage, found.algorithm, extack);
	if (!err) {
		blob = take_over(adoption, &found);
		err = explain(PTR_ERR_OR_ZERO(blob), extack);
	}
	kfree_sensitive(plain);
	return err ? ERR_PTR(err) : blob;
}
