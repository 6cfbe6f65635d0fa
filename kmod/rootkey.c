// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rootkey.h"
#include "seal.h"

/* The root key under the wrapper's: what crypts in place, on the heap. */
struct wrapped {
	u8 text[TACIT_ROOT_KEY_BYTES];
	u8 tag[TACIT_TAG_BYTES];
};

static DECLARE_RWSEM(lock);
/*
 * A cipher keeps its key as it is, at the head of its key schedule. So the one that is kept has
 * a key that was drawn for this boot and is good for nothing else, and wraps the root key.
 */
static struct crypto_aead *wrapper;
static struct wrapped *wrapped;
/* The wrapper wraps once, so that its nonce need not change. */
static const u8 nonce[TACIT_NONCE_BYTES];
static u32 origin_set;
/* Enough to know the key again. */
static u8 fingerprint[SHA256_DIGEST_SIZE];

static struct crypto_aead *make_wrapper(void)
{
	u8 key[TACIT_ROOT_KEY_BYTES];
	struct crypto_aead *made;

	get_random_bytes(key, sizeof(key));
	made = tacit_seal_alloc(key);
	memzero_explicit(key, sizeof(key));
	return made;
}

static void forget(void)
{
	crypto_free_aead(wrapper);
	wrapper = NULL;
	kfree_sensitive(wrapped);
	wrapped = NULL;
	origin_set = TACIT_ROOT_NONE;
	memzero_explicit(fingerprint, sizeof(fingerprint));
}

/* Each root key gets a wrapper of its own. */
static int wrap(const u8 *key)
{
	struct crypto_aead *made = make_wrapper();
	struct wrapped *fresh;
	int err;

	if (IS_ERR(made))
		return PTR_ERR(made);
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	err = -ENOMEM;
	if (!fresh)
		goto err_wrapper;
	memcpy(fresh->text, key, TACIT_ROOT_KEY_BYTES);
	err = tacit_seal_crypt(made, (u8 *)fresh, 0, sizeof(fresh->text), nonce, true);
	if (err)
		goto err_fresh;
	forget();
	wrapper = made;
	wrapped = fresh;
	return 0;

err_fresh:
	kfree_sensitive(fresh);
err_wrapper:
	crypto_free_aead(made);
	return err;
}

static int set_locked(const u8 *key, u32 origin, bool replace)
{
	u8 print[SHA256_DIGEST_SIZE];
	int err;

	sha256(key, TACIT_ROOT_KEY_BYTES, print);
	if (wrapped && !crypto_memneq(print, fingerprint, sizeof(print)))
		return 1;
	if (wrapped && !replace)
		return -EBUSY;
	err = wrap(key);
	if (err)
		return err;
	origin_set = origin;
	memcpy(fingerprint, print, sizeof(print));
	return 0;
}

int tacit_root_set(const u8 key[TACIT_ROOT_KEY_BYTES], u32 origin, bool replace)
{
	int result;

	if ((origin != TACIT_ROOT_FILE && origin != TACIT_ROOT_TPM) ||
	    !memchr_inv(key, 0, TACIT_ROOT_KEY_BYTES))
		return -EINVAL;
	down_write(&lock);
	result = set_locked(key, origin, replace);
	up_write(&lock);
	return result;
}

u32 tacit_root_origin(void)
{
	u32 origin;

	down_read(&lock);
	origin = origin_set;
	up_read(&lock);
	return origin;
}

/* Under the lock. */
static struct crypto_aead *unwrap(void)
{
	struct wrapped *work;
	struct crypto_aead *cipher;
	int err;

	if (!wrapped)
		return ERR_PTR(-ENOKEY);
	work = kmemdup(wrapped, sizeof(*work), GFP_KERNEL);
	if (!work)
		return ERR_PTR(-ENOMEM);
	err = tacit_seal_crypt(wrapper, (u8 *)work, 0, sizeof(work->text), nonce, false);
	cipher = err ? ERR_PTR(err) : tacit_seal_alloc(work->text);
	kfree_sensitive(work);
	return cipher;
}

struct crypto_aead *tacit_root_cipher(void)
{
	struct crypto_aead *cipher;

	down_read(&lock);
	cipher = unwrap();
	up_read(&lock);
	return cipher;
}

void tacit_root_wipe(void)
{
	down_write(&lock);
	forget();
	up_write(&lock);
}
