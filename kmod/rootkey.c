// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/rwsem.h>
#include <linux/string.h>

#include "rootkey.h"
#include "seal.h"

static DECLARE_RWSEM(lock);
static struct crypto_aead *cipher;
static u32 origin_set;
/* Enough to know the key again; the key itself is only in the cipher. */
static u8 fingerprint[SHA256_DIGEST_SIZE];

static int set_locked(const u8 *key, u32 origin, bool replace)
{
	u8 print[SHA256_DIGEST_SIZE];
	struct crypto_aead *fresh;

	sha256(key, TACIT_ROOT_KEY_BYTES, print);
	if (cipher && !crypto_memneq(print, fingerprint, sizeof(print)))
		return 1;
	if (cipher && !replace)
		return -EBUSY;
	fresh = tacit_seal_alloc(key);
	if (IS_ERR(fresh))
		return PTR_ERR(fresh);
	crypto_free_aead(cipher);
	cipher = fresh;
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

struct crypto_aead *tacit_root_acquire(void)
{
	down_read(&lock);
	if (!cipher)
		up_read(&lock);
	return cipher;
}

void tacit_root_release(void)
{
	up_read(&lock);
}

void tacit_root_wipe(void)
{
	down_write(&lock);
	crypto_free_aead(cipher);
	cipher = NULL;
	origin_set = TACIT_ROOT_NONE;
	memzero_explicit(fingerprint, sizeof(fingerprint));
	up_write(&lock);
}
