// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/rwsem.h>
#include <linux/string.h>

#include "rootkey.h"
#include "seal.h"
#include "wrap.h"

static_assert(TACIT_WRAP_BYTES == TACIT_ROOT_KEY_BYTES);

static DECLARE_RWSEM(lock);
/* Of meaning while the origin is not TACIT_ROOT_NONE. */
static struct tacit_wrapped wrapped;
static u32 origin_set;

/* Under the lock. */
static bool is_set(const u8 *key)
{
	u8 known[TACIT_ROOT_KEY_BYTES];
	bool same;

	if (origin_set == TACIT_ROOT_NONE)
		return false;
	tacit_unwrap(&wrapped, known);
	same = !crypto_memneq(known, key, sizeof(known));
	memzero_explicit(known, sizeof(known));
	return same;
}

static int set_locked(const u8 *key, u32 origin, bool replace)
{
	struct tacit_wrapped fresh;
	struct crypto_aead *cipher;
	int err;

	if (is_set(key))
		return 1;
	if (origin_set != TACIT_ROOT_NONE && !replace)
		return -EBUSY;
	/* That the kernel can work with it is better known now than at the first key. */
	cipher = tacit_seal_alloc(key);
	if (IS_ERR(cipher))
		return PTR_ERR(cipher);
	crypto_free_aead(cipher);
	err = tacit_wrap(&fresh, key);
	if (err)
		return err;
	wrapped = fresh;
	origin_set = origin;
	return 0;
}

int tacit_root_set(const u8 key[TACIT_ROOT_KEY_BYTES], u32 origin, bool replace)
{
	int result;

	if (origin == TACIT_ROOT_NONE || origin > TACIT_ROOT_LAST ||
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

struct crypto_aead *tacit_root_cipher(void)
{
	u8 key[TACIT_ROOT_KEY_BYTES];
	struct crypto_aead *cipher;
	bool there;

	down_read(&lock);
	there = origin_set != TACIT_ROOT_NONE;
	if (there)
		tacit_unwrap(&wrapped, key);
	up_read(&lock);
	if (!there)
		return ERR_PTR(-ENOKEY);
	cipher = tacit_seal_alloc(key);
	memzero_explicit(key, sizeof(key));
	return cipher;
}

void tacit_root_wipe(void)
{
	down_write(&lock);
	origin_set = TACIT_ROOT_NONE;
	memzero_explicit(&wrapped, sizeof(wrapped));
	up_write(&lock);
}
