/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SHA-2 hashes (FIPS 180-4) by the names that keyctl(2) has for them, and HMAC
 * (RFC 2104) with them. The kernel's library has SHA-256 only; the others
 * are the crypto API's.
 */
#ifndef TACIT_HASH_H
#define TACIT_HASH_H

#include <linux/types.h>

#define TACIT_HASH_MAX 64		/* bytes of a digest */
#define TACIT_HASH_BLOCK_MAX 128

struct tacit_hash;

extern const struct tacit_hash tacit_sha256, tacit_sha384, tacit_sha512;

/* "sha256", "sha384", "sha512"; NULL for another name, and for NULL. */
const struct tacit_hash *tacit_hash(const char *name);
u32 tacit_hash_bytes(const struct tacit_hash *hash);

/* 0; what the crypto API says. May sleep. */
int tacit_hash_digest(const struct tacit_hash *hash, const u8 *data, u32 length, u8 *digest);

/*
 * HMAC over a message that lies behind TACIT_HASH_BLOCK_MAX bytes of room; the room
 * is filled with secret bytes, for the caller to wipe. A key is at most a block long.
 */
int tacit_hmac(const struct tacit_hash *hash, const u8 *key, u32 key_bytes, u8 *room, u32 length,
	       u8 *out);

/* Finds the implementations, at load. 0; -ENOENT where the kernel has none. */
int tacit_hash_open(void);
void tacit_hash_close(void);

#endif
