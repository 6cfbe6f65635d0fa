// SPDX-License-Identifier: GPL-2.0
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blob.h"
#include "rootkey.h"
#include "seal.h"

struct crypto_aead *tacit_seal_alloc(const u8 key[TACIT_ROOT_KEY_BYTES])
{
	struct crypto_aead *aead = crypto_alloc_aead("gcm(aes)", 0, 0);
	int err;

	if (IS_ERR(aead))
		return aead;
	err = crypto_aead_setkey(aead, key, TACIT_ROOT_KEY_BYTES) ?:
	      crypto_aead_setauthsize(aead, TACIT_TAG_BYTES);
	if (!err)
		return aead;
	crypto_free_aead(aead);
	return ERR_PTR(err);
}

int tacit_seal_crypt(struct crypto_aead *aead, u8 *buffer, u32 ad, u32 text,
		     const u8 nonce[TACIT_NONCE_BYTES], bool seal)
{
	struct aead_request *request = aead_request_alloc(aead, GFP_KERNEL);
	u8 *iv = kmemdup(nonce, TACIT_NONCE_BYTES, GFP_KERNEL);
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int err = -ENOMEM;

	if (!request || !iv)
		goto out;
	sg_init_one(&sg, buffer, ad + text + TACIT_TAG_BYTES);
	aead_request_set_callback(request, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(request, ad);
	aead_request_set_crypt(request, &sg, &sg, text + (seal ? 0 : TACIT_TAG_BYTES), iv);
	err = crypto_wait_req(seal ? crypto_aead_encrypt(request) : crypto_aead_decrypt(request),
			      &wait);
out:
	kfree(iv);
	if (request)
		aead_request_free(request);
	return err;
}

/* A blob is laid out as GCM wants it: additional data || text || tag. */
static int crypt_blob(struct crypto_aead *aead, struct tacit_blob *blob, bool seal)
{
	u32 ad = tacit_blob_sealed(blob) - (u8 *)blob;

	return tacit_seal_crypt(aead, (u8 *)blob, ad, tacit_blob_sealed_bytes(blob),
				tacit_blob_nonce(blob), seal);
}

int tacit_seal_with(struct crypto_aead *aead, struct tacit_blob *blob, const u8 *key)
{
	int err;

	get_random_bytes(tacit_blob_nonce(blob), TACIT_NONCE_BYTES);
	memcpy(tacit_blob_sealed(blob), key, tacit_blob_sealed_bytes(blob));
	err = crypt_blob(aead, blob, true);
	if (err)
		memzero_explicit(tacit_blob_sealed(blob), tacit_blob_sealed_bytes(blob));
	return err;
}

u8 *tacit_unseal_with(struct crypto_aead *aead, const struct tacit_blob *blob)
{
	struct tacit_blob *work = tacit_blob_copy(blob);
	u32 bytes = tacit_blob_sealed_bytes(blob);
	u8 *key = kmalloc(bytes, GFP_KERNEL);
	int err = -ENOMEM;

	if (work && key)
		err = crypt_blob(aead, work, false);
	if (!err)
		memcpy(key, tacit_blob_sealed(work), bytes);
	kfree_sensitive(work);
	if (!err)
		return key;
	kfree(key);
	return ERR_PTR(err);
}

int tacit_seal(struct tacit_blob *blob, const u8 *key)
{
	struct crypto_aead *aead = tacit_root_cipher();
	int err;

	if (IS_ERR(aead))
		return PTR_ERR(aead);
	err = tacit_seal_with(aead, blob, key);
	crypto_free_aead(aead);
	return err;
}

u8 *tacit_unseal(const struct tacit_blob *blob)
{
	struct crypto_aead *aead = tacit_root_cipher();
	u8 *key;

	if (IS_ERR(aead))
		return ERR_CAST(aead);
	key = tacit_unseal_with(aead, blob);
	crypto_free_aead(aead);
	return key;
}
