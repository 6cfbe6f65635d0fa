// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/string.h>

#include "wrap.h"

/* Drawn once a boot; read only from then on, until the module goes. */
static DEFINE_MUTEX(lock);
static u8 *page;

static int draw(void)
{
	int err = wait_for_random_bytes();
	u8 *fresh;

	if (err)
		return err;
	fresh = (u8 *)__get_free_page(GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	get_random_bytes(fresh, PAGE_SIZE);
	page = fresh;
	return 0;
}

/* SHA-256(SHA-256(page) || nonce), onto `data` */
static void mask(const u8 nonce[TACIT_WRAP_BYTES], u8 data[TACIT_WRAP_BYTES])
{
	u8 seed[SHA256_DIGEST_SIZE + TACIT_WRAP_BYTES], pad[SHA256_DIGEST_SIZE];

	static_assert(sizeof(pad) == TACIT_WRAP_BYTES);
	sha256(page, PAGE_SIZE, seed);
	memcpy(seed + SHA256_DIGEST_SIZE, nonce, TACIT_WRAP_BYTES);
	sha256(seed, sizeof(seed), pad);
	crypto_xor(data, pad, TACIT_WRAP_BYTES);
	memzero_explicit(seed, sizeof(seed));
	memzero_explicit(pad, sizeof(pad));
}

int tacit_wrap(struct tacit_wrapped *wrapped, const u8 key[TACIT_WRAP_BYTES])
{
	int err = 0;

	mutex_lock(&lock);
	if (!page)
		err = draw();
	mutex_unlock(&lock);
	if (err)
		return err;
	get_random_bytes(wrapped->nonce, sizeof(wrapped->nonce));
	memcpy(wrapped->masked, key, TACIT_WRAP_BYTES);
	mask(wrapped->nonce, wrapped->masked);
	return 0;
}

void tacit_unwrap(const struct tacit_wrapped *wrapped, u8 key[TACIT_WRAP_BYTES])
{
	memcpy(key, wrapped->masked, TACIT_WRAP_BYTES);
	mask(wrapped->nonce, key);
}

void tacit_wrap_forget(void)
{
	mutex_lock(&lock);
	if (page) {
		memzero_explicit(page, PAGE_SIZE);
		free_page((unsigned long)page);
	}
	page = NULL;
	mutex_unlock(&lock);
}
