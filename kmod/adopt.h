/* SPDX-License-Identifier: GPL-2.0 */
/* Making an imported private key one of ours: opened, read, proved, sealed. */
#ifndef TACIT_ADOPT_H
#define TACIT_ADOPT_H

#include <linux/netlink.h>
#include <tacit_key.h>

/* What KEY_IMPORT brought; lengths as the netlink policy lets them through. */
struct tacit_adoption {
	const char *name;
	const struct tacit_usage *usage;
	const u8 *peer;
	const u8 *sealed;
	u32 sealed_bytes;
};

/*
 * The sealed key, exposed and imported; freed with kfree(). ERR_PTR as tacit_key.h documents
 * it, with a text in `extack`. The name has been checked.
 */
struct tacit_blob *tacit_adopt(const struct tacit_adoption *adoption, struct netlink_ext_ack *extack);

#endif
