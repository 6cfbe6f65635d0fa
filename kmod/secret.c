// SPDX-License-Identifier: GPL-2.0
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blob.h"
#include "seal.h"
#include "secret.h"

static int crypt(const u8 key[TACIT_SECRET_KEY_BYTES], struct tacit_secret *secret, u32 text,
		 bool seal)
{
	struct crypto_aead *aead = tacit_seal_alloc(key);
	int err;

	if (IS_ERR(aead))
		return PTR_ERR(aead);
	err = tacit_seal_crypt(aead, (u8 *)secret, TACIT_SECRET_HEAD_BYTES, text, secret->nonce,
			       seal);
	crypto_free_aead(aead);
	return err;
}

int tacit_secret_seal(const u8 key[TACIT_SECRET_KEY_BYTES], u32 uid, const u8 *request, u32 bytes,
		      u8 *out)
{
	u32 text = bytes - TACIT_NAME_MAX, whole = TACIT_SECRET_HEAD_BYTES + text + TACIT_TAG_BYTES;
	struct tacit_secret *secret;
	int err;

	if (bytes <= TACIT_NAME_MAX || text > TACIT_SECRET_MAX || !tacit_name_field_good(request))
		return -EILSEQ;
	secret = kzalloc(whole, GFP_KERNEL);
	if (!secret)
		return -ENOMEM;
	memcpy(secret->magic, TACIT_SECRET_MAGIC, sizeof(secret->magic));
	secret->version = cpu_to_le32(TACIT_SECRET_VERSION);
	secret->bytes = cpu_to_le32(whole);
	secret->uid = cpu_to_le32(uid);
	memcpy(secret->name, request, TACIT_NAME_MAX);
	get_random_bytes(secret->nonce, sizeof(secret->nonce));
	memcpy(secret->sealed, request + TACIT_NAME_MAX, text);
	err = crypt(key, secret, text, true);
	if (!err)
		memcpy(out, secret, whole);
	kfree_sensitive(secret);
	return err ?: whole;
}

int tacit_secret_check(const u8 *sealed, u32 bytes)
{
	const struct tacit_secret *secret = (const struct tacit_secret *)sealed;

	if (bytes <= TACIT_SECRET_HEAD_BYTES + TACIT_TAG_BYTES || bytes > TACIT_SECRET_BYTES_MAX ||
	    memcmp(secret->magic, TACIT_SECRET_MAGIC, sizeof(secret->magic)))
		return -EILSEQ;
	if (le32_to_cpu(secret->version) != TACIT_SECRET_VERSION)
		return -EPROTONOSUPPORT;
	if (le32_to_cpu(secret->bytes) != bytes || secret->reserved ||
	    !tacit_name_field_good(secret->name))
		return -EILSEQ;
	return 0;
}

u32 tacit_secret_uid(const u8 *sealed)
{
	return le32_to_cpu(((const struct tacit_secret *)sealed)->uid);
}

int tacit_secret_open(const u8 key[TACIT_SECRET_KEY_BYTES], const u8 *sealed, u32 bytes, u8 *out)
{
	u32 text = bytes - TACIT_SECRET_HEAD_BYTES - TACIT_TAG_BYTES;
	struct tacit_secret *secret = kmemdup(sealed, bytes, GFP_KERNEL);
	int err;

	if (!secret)
		return -ENOMEM;
	err = crypt(key, secret, text, false);
	if (!err)
		memcpy(out, secret->sealed, text);
	kfree_sensitive(secret);
	return err ?: text;
}
