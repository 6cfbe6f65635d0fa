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

/* Known bits and ranges as in tacit_key.h. 0 or -EINVAL, with a text in `extack`. */
int tacit_usage_check(const struct tacit_usage *usage, struct netlink_ext_ack *extack);

/*
 * Everything but the seal. 0, -EINVAL or -EOPNOTSUPP (version, algorithm), with
 * a text in `extack`.
 */
int tacit_blob_check(const struct tacit_blob *blob, struct netlink_ext_ack *extack);

/* Fills in all but nonce, sealed and tag. Name and usage have been checked. */
void tacit_blob_fill(struct tacit_blob *blob, const char *name, const struct tacit_usage *usage,
		     u32 flags, const u8 public_key[TACIT_PUBLIC_MAX]);

#endif
