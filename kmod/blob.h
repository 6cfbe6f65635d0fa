/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The form of struct tacit_blob, struct tacit_usage and a key's name: what may
 * be said before the seal is tried.
 */
#ifndef TACIT_BLOB_H
#define TACIT_BLOB_H

#include <linux/netlink.h>
#include <tacit_key.h>

/*
 * 1 to 63 of [a-z0-9._-], first one [a-z0-9]. 0 or -EINVAL, with a text in
 * `extack` (may be NULL).
 */
int tacit_name_check(const char *name, struct netlink_ext_ack *extack);

/* The same for a field of TACIT_NAME_MAX bytes, padded with zeros. */
bool tacit_name_field_good(const u8 name[TACIT_NAME_MAX]);

/*
 * Known bits and ranges as in tacit_key.h, usages that `algorithm` has. 0; -EINVAL; -ENOPKG
 * for an unknown algorithm; with a text in `extack`.
 */
int tacit_usage_check(const struct tacit_usage *usage, u32 algorithm,
		      struct netlink_ext_ack *extack);

/*
 * Everything but the seal, of a blob that lies in `bytes` bytes. 0; -EINVAL; -EOPNOTSUPP (version);
 * -ENOPKG (algorithm); with a text in `extack`. The functions below want a blob that passed.
 */
int tacit_blob_check(const struct tacit_blob *blob, size_t bytes, struct netlink_ext_ack *extack);

/*
 * A blob of a fresh key, all but nonce, sealed and tag filled in; NULL without memory. Name and
 * usage have been checked. Freed with kfree().
 */
struct tacit_blob *tacit_blob_new(u32 algorithm, u32 flags, const char *name,
				  const struct tacit_usage *usage, const u8 *public_key,
				  u32 public_bytes, u32 sealed_bytes);

/* A copy; NULL without memory. */
struct tacit_blob *tacit_blob_copy(const struct tacit_blob *blob);

u32 tacit_blob_bytes(const struct tacit_blob *blob);
u32 tacit_blob_public_bytes(const struct tacit_blob *blob);
u32 tacit_blob_sealed_bytes(const struct tacit_blob *blob);

/* Where a part begins. */
u8 *tacit_blob_public(struct tacit_blob *blob);
u8 *tacit_blob_nonce(struct tacit_blob *blob);
u8 *tacit_blob_sealed(struct tacit_blob *blob);

#endif
