/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sealing a loaded key anew: a block of its budget taken, requests closed or opened. The new blob
 * waits until user space says that it is stored. The store's lock is held by all callers.
 */
#ifndef TACIT_CHANGE_H
#define TACIT_CHANGE_H

#include <linux/netlink.h>

#include "key_type.h"

enum tacit_change {
	TACIT_CHANGE_RESERVE,
	TACIT_CHANGE_BIND,
	TACIT_CHANGE_REOPEN,
};

/*
 * Seals the change into the key's pending blob, of which `copy` becomes a copy for the caller
 * to kfree(). 0; -ENODATA (no budget), -EDQUOT; -EACCES (REOPEN by another than root); what
 * sealing says; with a text in `extack`.
 */
int tacit_change(struct tacit_device_key *device_key, enum tacit_change change,
		 struct tacit_blob **copy, struct netlink_ext_ack *extack);

/*
 * These `bytes` bytes are stored: they are the key from now on. 0; -ENODATA; what the counter
 * says.
 */
int tacit_change_stored(struct tacit_device_key *device_key, const struct tacit_blob *blob,
			u32 bytes, struct netlink_ext_ack *extack);

#endif
