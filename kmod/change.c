// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blob.h"
#include "change.h"
#include "counter.h"
#include "seal.h"

/*
 * Of the key as it is, not of a blob that waits: that one is replaced, and credits nothing. So all
 * blobs that follow one another's reading of the counter have spent the same, and none of them, put
 * in another's place, gives anything back.
 */
static void take_block(struct tacit_device_key *device_key, struct tacit_blob *blob)
{
	u64 spent = le64_to_cpu(device_key->blob->spent);

	blob->spent = cpu_to_le64(spent + tacit_permit_next_block(&device_key->permit));
}

static int reserve(struct tacit_device_key *device_key, struct tacit_blob *blob,
		   struct netlink_ext_ack *extack)
{
	if (!blob->usage.uses) {
		NL_SET_ERR_MSG(extack, "this key has no budget: it may be used without end");
		return -ENODATA;
	}
	if (!tacit_permit_next_block(&device_key->permit)) {
		NL_SET_ERR_MSG(extack, "the key's budget is used up; make a new key");
		return -EDQUOT;
	}
	take_block(device_key, blob);
	return 0;
}

static int apply(struct tacit_device_key *device_key, enum tacit_change change,
		 struct tacit_blob *blob, struct netlink_ext_ack *extack)
{
	switch (change) {
	case TACIT_CHANGE_BIND:
		blob->flags |= cpu_to_le32(TACIT_FLAG_CSR_CLOSED);
		return 0;
	case TACIT_CHANGE_REOPEN:
		blob->flags &= ~cpu_to_le32(TACIT_FLAG_CSR_CLOSED);
		if (uid_eq(current_euid(), GLOBAL_ROOT_UID))
			return 0;
		NL_SET_ERR_MSG(extack, "only root may open requests again");
		return -EACCES;
	case TACIT_CHANGE_RESERVE:
		return reserve(device_key, blob, extack);
	}
	return -EINVAL;
}

/*
 * One step ahead of the counter, however often it is sealed before it is stored; and a step costs a
 * block, whatever it is for.
 */
static void date(struct tacit_device_key *device_key, struct tacit_blob *blob)
{
	if (!blob->counter)
		return;
	blob->epoch = cpu_to_le64(le64_to_cpu(device_key->blob->epoch) + 1);
	take_block(device_key, blob);
}

static int seal_again(const struct tacit_blob *from, struct tacit_blob *blob)
{
	u8 *opened = tacit_unseal(from);
	int err;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	err = tacit_seal(blob, opened);
	kfree_sensitive(opened);
	return err;
}

int tacit_change(struct tacit_device_key *device_key, enum tacit_change change,
		 struct tacit_blob **copy, struct netlink_ext_ack *extack)
{
	const struct tacit_blob *from = device_key->pending ?: device_key->blob;
	struct tacit_blob *blob = tacit_blob_copy(from);
	int err = -ENOMEM;

	*copy = NULL;
	if (!blob)
		return -ENOMEM;
	err = apply(device_key, change, blob, extack);
	if (err)
		goto out;
	date(device_key, blob);
	err = seal_again(from, blob);
	if (err)
		goto out;
	*copy = tacit_blob_copy(blob);
	if (!*copy) {
		err = -ENOMEM;
		goto out;
	}
	kfree(device_key->pending);
	device_key->pending = blob;
	return 0;
out:
	kfree(blob);
	return err;
}

int tacit_change_stored(struct tacit_device_key *device_key, const struct tacit_blob *blob,
			u32 bytes, struct netlink_ext_ack *extack)
{
	struct tacit_blob *pending = device_key->pending;
	u64 block;
	int err;

	if (!pending || tacit_blob_bytes(pending) != bytes || memcmp(pending, blob, bytes)) {
		NL_SET_ERR_MSG(extack, "no such blob of this key waits to be stored; ask for the change again");
		return -ENODATA;
	}
	/* Which advances it, if that was not done already by a try whose answer was lost. */
	err = tacit_counter_check(le32_to_cpu(pending->counter), le64_to_cpu(pending->epoch));
	if (err) {
		NL_SET_ERR_MSG(extack, "the key's monotonic counter does not follow");
		return err;
	}
	block = le64_to_cpu(pending->spent) - le64_to_cpu(device_key->blob->spent);
	tacit_device_key_replace(device_key);
	tacit_permit_close(&device_key->permit,
			   le32_to_cpu(device_key->blob->flags) & TACIT_FLAG_CSR_CLOSED);
	tacit_permit_credit(&device_key->permit, block);
	return 0;
}
