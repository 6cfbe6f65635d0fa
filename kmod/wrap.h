/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys between operations: wrapped under a key of this boot, which is drawn when the first one is
 * wrapped and wiped at unloading.
 *
 * What that buys. The wrapping key is SHA-256 of a whole page of random bytes, so that neither it
 * nor a wrapped key ever lies in memory as 32 bytes that could be found: by a search for what
 * looks like a key or like AES's expanded one, in an object that is freed or read beyond its end,
 * in a page that goes astray. Who has the wrapped key needs each bit of that page as well: a
 * memory image with a few bits flipped, as a cold boot gives it, is worth nothing. What it does
 * not buy: who reads all of the kernel's memory without an error has both halves, and this source
 * tells how they go together. Only a key that is not in memory would withstand that.
 */
#ifndef TACIT_WRAP_H
#define TACIT_WRAP_H

#include <linux/types.h>

#define TACIT_WRAP_BYTES 32

/* A key, masked with a pad of its own. */
struct tacit_wrapped {
	u8 nonce[TACIT_WRAP_BYTES];
	u8 masked[TACIT_WRAP_BYTES];
};

/*
 * Wraps a key; `key` is the caller's to wipe. May sleep until the kernel's generator is seeded.
 * 0; -ERESTARTSYS; -ENOMEM.
 */
int tacit_wrap(struct tacit_wrapped *wrapped, const u8 key[TACIT_WRAP_BYTES]);

/* The key again, for the caller to wipe as soon as it has served. */
void tacit_unwrap(const struct tacit_wrapped *wrapped, u8 key[TACIT_WRAP_BYTES]);

/* Wipes the wrapping key: nothing that was wrapped can be unwrapped any more. At unloading. */
void tacit_wrap_forget(void);

#endif
