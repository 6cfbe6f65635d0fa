/* SPDX-License-Identifier: GPL-2.0 */
/* What each algorithm of tacit_key.h is: one row a kind of key. */
#ifndef TACIT_ALGORITHM_H
#define TACIT_ALGORITHM_H

#include <linux/types.h>
#include <tacit_key.h>

/* A key in the open, for as long as an operation lasts. */
struct tacit_private {
	const u8 *key;
	u32 key_bytes;
	const u8 *public_key;
	u32 public_bytes;
};

struct tacit_kind {
	u32 number;	/* enum tacit_algorithm */
	const char *name;
	u32 usages;	/* those that make sense */
	u32 key_bytes;	/* of the private key; 0: up to TACIT_PRIVATE_MAX */

	bool (*public_size)(u32 bytes);

	/* Draws a key pair: the public key's length or a negative errno. NULL: import only. */
	int (*generate)(u8 *key, u8 *public_key);

	/*
	 * Is it a key, and the public half its own? 0; -EDOM for a private key out of range;
	 * -EKEYREJECTED; -ENOMEM; what the kernel's code says.
	 */
	int (*prove)(const struct tacit_private *key);

	/* Greatest length of a signature; 0 where there are none, and no `sign`. */
	u32 (*signature_max)(u32 public_bytes);

	/* Does it sign with this hash, as keyctl names it? */
	bool (*hashes)(const char *hash);

	/*
	 * Signs the content: `out` has room for signature_max. The length; -EIO when what was
	 * made does not verify; another negative errno.
	 */
	int (*sign)(const struct tacit_private *key, const char *hash, const u8 *content,
		    u32 length, u8 *out);
};

/* The row of that number, or NULL. */
const struct tacit_kind *tacit_kind(u32 number);

#endif
