// SPDX-License-Identifier: GPL-2.0
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

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

/*
 * A blob is laid out as GCM wants it, additional data || text || tag, so that
 * it is worked on in place. It lies on the heap, for a stack may not be mapped
 * for scatterlists; so does the nonce, for drivers may map that too.
 */
struct work {
	struct tacit_blob blob;
	u8 nonce[TACIT_NONCE_BYTES];
};

static struct work *work_on(const struct tacit_blob *blob)
{
	struct work *work = kmalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return NULL;
	work->blob = *blob;
	memcpy(work->nonce, blob->nonce, sizeof(work->nonce));
	return work;
}

static int crypt(struct crypto_aead *aead, struct work *work, bool seal)
{
	struct aead_request *request = aead_request_alloc(aead, GFP_KERNEL);
	unsigned int length = TACIT_PRIVATE_MAX + (seal ? 0 : TACIT_TAG_BYTES);
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int err;

	if (!request)
		return -ENOMEM;
	sg_init_one(&sg, &work->blob, sizeof(work->blob));
	aead_request_set_callback(request, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(request, offsetof(struct tacit_blob, sealed));
	aead_request_set_crypt(request, &sg, &sg, length, work->nonce);
	err = crypto_wait_req(seal ? crypto_aead_encrypt(request) : crypto_aead_decrypt(request),
			      &wait);
	aead_request_free(request);
	return err;
}

int tacit_seal_with(struct crypto_aead *aead, struct tacit_blob *blob,
		    const u8 scalar[TACIT_PRIVATE_MAX])
{
	struct work *work;
	int err;

	get_random_bytes(blob->nonce, sizeof(blob->nonce));
	work = work_on(blob);
	if (!work)
		return -ENOMEM;
	memcpy(work->blob.sealed, scalar, TACIT_PRIVATE_MAX);
	err = crypt(aead, work, true);
	if (!err)
		*blob = work->blob;
	kfree_sensitive(work);
	return err;
}

int tacit_unseal_with(struct crypto_aead *aead, const struct tacit_blob *blob,
		      u8 scalar[TACIT_PRIVATE_MAX])
{
	struct work *work = work_on(blob);
	int err;

	if (!work)
		return -ENOMEM;
	err = crypt(aead, work, false);
	if (!err)
		memcpy(scalar, work->blob.sealed, TACIT_PRIVATE_MAX);
	kfree_sensitive(work);
	return err;
}

int tacit_seal(struct tacit_blob *blob, const u8 scalar[TACIT_PRIVATE_MAX])
{
	struct crypto_aead *aead = tacit_root_acquire();
	int err;

	if (!aead)
		return -ENOKEY;
	err = tacit_seal_with(aead, blob, scalar);
	tacit_root_release();
	return err;
}

int tacit_unseal(const struct tacit_blob *blob, u8 scalar[TACIT_PRIVATE_MAX])
{
	struct crypto_aead *aead = tacit_root_acquire();
	int err;

	if (!aead)
		return -ENOKEY;
	err = tacit_unseal_with(aead, blob, scalar);
	tacit_root_release();
	return err;
}
