// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "ecdsa.h"
#include "hash.h"
#include "import.h"
#include "seal.h"
#include "wrap.h"

/* The one-time key; none while `open` is false. It may wait for a minute, so it is wrapped. */
static DEFINE_MUTEX(lock);
static struct {
	bool open;
	struct tacit_wrapped scalar;
	u8 public_key[TACIT_IMPORT_POINT];
} once;

static_assert(TACIT_WRAP_BYTES == TACIT_P256_BYTES);

static void expire(struct work_struct *work)
{
	mutex_lock(&lock);
	memzero_explicit(&once, sizeof(once));
	mutex_unlock(&lock);
}

static DECLARE_DELAYED_WORK(expiry, expire);

int tacit_import_begin(u8 public_key[TACIT_IMPORT_POINT])
{
	u8 scalar[TACIT_P256_BYTES];
	int err;

	mutex_lock(&lock);
	err = min(tacit_ecdsa_generate(&tacit_p256, scalar, once.public_key), 0) ?:
	      tacit_wrap(&once.scalar, scalar);
	once.open = !err;
	memcpy(public_key, once.public_key, TACIT_IMPORT_POINT);
	mutex_unlock(&lock);
	memzero_explicit(scalar, sizeof(scalar));
	mod_delayed_work(system_wq, &expiry, TACIT_IMPORT_SECONDS * HZ);
	return err;
}

void tacit_import_forget(void)
{
	cancel_delayed_work_sync(&expiry);
	expire(NULL);
}

/* What opening one import computes with, on the heap. */
struct opening {
	u8 own[TACIT_IMPORT_POINT];	/* M, and P right behind it: the salt */
	u8 peer[TACIT_IMPORT_POINT];
	u8 scalar[TACIT_P256_BYTES];
	u8 room[TACIT_HASH_BLOCK_MAX];	/* with `input` behind it, see hash.h */
	u8 input[TACIT_P256_BYTES];
	u8 salt[TACIT_HASH_MAX];
	u8 extracted[TACIT_HASH_MAX];
	u8 key[TACIT_HASH_MAX];
};

/* The one-time key goes over to `w`: it serves once. */
static int take_once(struct opening *w)
{
	bool open;

	mutex_lock(&lock);
	open = once.open;
	if (open)
		tacit_unwrap(&once.scalar, w->scalar);
	memcpy(w->own, once.public_key, sizeof(w->own));
	memzero_explicit(&once, sizeof(once));
	mutex_unlock(&lock);
	return open ? 0 : -EKEYEXPIRED;
}

/*
 * HKDF-SHA-256 (RFC 5869) for one block of output. The salt is two blocks, so its hash is HMAC's
 * key.
 */
static int derive(struct opening *w)
{
	const struct tacit_hash *hash = &tacit_sha256;
	const u32 info = sizeof(TACIT_IMPORT_INFO) - 1;
	int err;

	static_assert(sizeof(TACIT_IMPORT_INFO) <= sizeof(w->input));
	err = tacit_ecdh(&tacit_p256, w->scalar, w->peer, w->input) ?:
	      tacit_hash_digest(hash, w->own, 2 * TACIT_IMPORT_POINT, w->salt) ?:
	      tacit_hmac(hash, w->salt, tacit_hash_bytes(hash), w->room, TACIT_P256_BYTES,
			 w->extracted);
	if (err)
		return err;
	memcpy(w->input, TACIT_IMPORT_INFO, info);
	w->input[info] = 1;
	return tacit_hmac(hash, w->extracted, tacit_hash_bytes(hash), w->room, info + 1, w->key);
}

/* name || usage || what was sent, as GCM wants it */
static u8 *lay_out(const char *name, const struct tacit_usage *usage, const u8 *sealed, u32 bytes)
{
	u8 *buffer = kzalloc(TACIT_NAME_MAX + sizeof(*usage) + bytes, GFP_KERNEL);

	if (!buffer)
		return NULL;
	memcpy(buffer, name, strnlen(name, TACIT_NAME_MAX - 1));
	memcpy(buffer + TACIT_NAME_MAX, usage, sizeof(*usage));
	memcpy(buffer + TACIT_NAME_MAX + sizeof(*usage), sealed, bytes);
	return buffer;
}

static int decrypt(const struct opening *w, u8 *buffer, u32 ad, u32 text)
{
	static const u8 nonce[TACIT_NONCE_BYTES];
	struct crypto_aead *aead = tacit_seal_alloc(w->key);
	int err;

	if (IS_ERR(aead))
		return PTR_ERR(aead);
	err = tacit_seal_crypt(aead, buffer, ad, text, nonce, false);
	crypto_free_aead(aead);
	return err;
}

int tacit_import_open(const char *name, const struct tacit_usage *usage,
		      const u8 peer[TACIT_IMPORT_POINT], const u8 *sealed, u32 sealed_bytes,
		      u8 **plain, u32 *plain_bytes)
{
	const u32 ad = TACIT_NAME_MAX + sizeof(*usage), text = sealed_bytes - TACIT_TAG_BYTES;
	u8 *buffer = lay_out(name, usage, sealed, sealed_bytes);
	struct opening *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err = -ENOMEM;

	if (!buffer || !w)
		goto out;
	memcpy(w->peer, peer, sizeof(w->peer));
	err = take_once(w) ?: derive(w) ?: decrypt(w, buffer, ad, text);
	if (err)
		goto out;
	memmove(buffer, buffer + ad, text);
	memzero_explicit(buffer + text, ad + TACIT_TAG_BYTES);
	*plain = buffer;
	*plain_bytes = text;
	buffer = NULL;
out:
	kfree_sensitive(buffer);
	kfree_sensitive(w);
	return err;
}
