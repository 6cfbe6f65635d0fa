// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/key.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blob.h"
#include "counter.h"
#include "counter_tpm.h"
#include "key_type.h"
#include "rootkey.h"
#include "seal.h"
#include "store.h"

static DEFINE_MUTEX(lock);
static LIST_HEAD(keys);
static unsigned int count;
static struct key *ring;

int tacit_store_open(void)
{
	ring = keyring_alloc(TACIT_KEYRING, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, current_cred(),
			     TACIT_KEY_PERM, KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_SET_KEEP,
			     NULL, NULL);
	return PTR_ERR_OR_ZERO(ring);
}

int tacit_store_ring(void)
{
	return IS_ERR_OR_NULL(ring) ? 0 : key_serial(ring);
}

static struct tacit_device_key *find(const char *name)
{
	struct tacit_device_key *device_key;

	list_for_each_entry(device_key, &keys, node)
		if (!strcmp(tacit_device_key_name(device_key), name))
			return device_key;
	return NULL;
}

static void drop(struct tacit_device_key *device_key)
{
	struct key *key = device_key->key;

	list_del_init(&device_key->node);
	count--;
	key_unlink(ring, key);
	key_invalidate(key);
	/* The payload may be gone from here on. */
	key_put(key);
}

void tacit_store_close(void)
{
	mutex_lock(&lock);
	while (!list_empty(&keys))
		drop(list_first_entry(&keys, struct tacit_device_key, node));
	key_invalidate(ring);
	key_put(ring);
	ring = NULL;
	mutex_unlock(&lock);
	tacit_root_wipe();
}

/* Under the lock. The blob is authentic and its name is free. */
static int admit(const struct tacit_blob *blob, u32 *serial)
{
	struct tacit_device_key *device_key = tacit_device_key_alloc(blob);
	int err;

	if (!device_key)
		return -ENOMEM;
	err = tacit_device_key_link(device_key, ring);
	if (err) {
		tacit_device_key_free(device_key);
		return err;
	}
	list_add_tail(&device_key->node, &keys);
	count++;
	*serial = key_serial(device_key->key);
	return 0;
}

/* Under the lock: what holds for a new key as for a sealed one. */
static int admissible(const char *name, struct netlink_ext_ack *extack)
{
	if (tacit_root_origin() == TACIT_ROOT_NONE) {
		NL_SET_ERR_MSG(extack, "no root key yet: set one first");
		return -ENOKEY;
	}
	if (find(name)) {
		NL_SET_ERR_MSG(extack, "a key of this name is loaded; delete it or choose another name");
		return -EEXIST;
	}
	return 0;
}

int tacit_store_root(const u8 key[TACIT_ROOT_KEY_BYTES], u32 origin,
		     struct netlink_ext_ack *extack)
{
	int result;

	mutex_lock(&lock);
	result = tacit_root_set(key, origin, !count);
	/* The same key once more changes nothing, whoever hands it over. */
	if (!result)
		tacit_counter_provide(origin == TACIT_ROOT_TPM ? &tacit_counter_tpm : NULL);
	mutex_unlock(&lock);
	if (result == -EBUSY)
		NL_SET_ERR_MSG(extack, "another root key is set and keys are loaded under it; delete them first");
	else if (result == -EINVAL)
		NL_SET_ERR_MSG(extack, "a root key is 32 bytes, not all zero, of a known origin");
	if (!result)
		tacit_event(TACIT_EVENT_ROOT, NULL);
	return min(result, 0);
}

static u32 flags_of_root(void)
{
	return tacit_root_origin() == TACIT_ROOT_FILE ? TACIT_FLAG_EXPOSED : 0;
}

/* Under the lock: a fresh blob that came to nothing. */
static void discard(struct tacit_blob *blob)
{
	if (blob)
		tacit_counter_withdraw(blob);
	kfree(blob);
}

/* Under the lock: draws a key pair and seals it. */
static struct tacit_blob *make(const char *name, const struct tacit_kind *algorithm,
			       const struct tacit_usage *usage)
{
	u8 *key = kzalloc(algorithm->key_bytes, GFP_KERNEL);
	u8 *public_key = kzalloc(TACIT_PUBLIC_MAX, GFP_KERNEL);
	struct tacit_blob *blob = NULL;
	int result = -ENOMEM;

	if (key && public_key)
		result = algorithm->generate(key, public_key);
	if (result >= 0) {
		blob = tacit_blob_new(algorithm->number, flags_of_root(), name, usage, public_key,
				      result, algorithm->key_bytes);
		result = blob ? tacit_counter_give(blob) ?: tacit_seal(blob, key) : -ENOMEM;
	}
	kfree_sensitive(key);
	kfree(public_key);
	if (!result)
		return blob;
	discard(blob);
	return ERR_PTR(result);
}

int tacit_store_new(const char *name, u32 algorithm, const struct tacit_usage *usage,
		    struct tacit_loaded *loaded, struct netlink_ext_ack *extack)
{
	const struct tacit_kind *kind = tacit_kind(algorithm);
	struct tacit_blob *blob;
	int err;

	err = tacit_name_check(name, extack) ?: tacit_usage_check(usage, algorithm, extack);
	if (err)
		return err;
	if (!kind->generate) {
		NL_SET_ERR_MSG(extack, "keys of this algorithm cannot be made here, only imported");
		return -ENOPKG;
	}
	mutex_lock(&lock);
	err = admissible(name, extack);
	if (err)
		goto out;
	blob = make(name, kind, usage);
	err = PTR_ERR_OR_ZERO(blob);
	if (err)
		goto out;
	err = admit(blob, &loaded->serial);
	if (err)
		discard(blob);
	else
		loaded->blob = blob;
out:
	mutex_unlock(&lock);
	if (!err)
		tacit_event(TACIT_EVENT_CREATED, name);
	return err;
}

/*
 * Opens the seal once, to see that it holds and that the public key is the
 * private one's. Exposure is only ever added: a blob without the mark is sealed anew
 * with it when the root key has been in user space.
 */
static int prove(struct tacit_blob *blob)
{
	u32 flags = le32_to_cpu(blob->flags) | flags_of_root();
	struct tacit_private key = {
		.key_bytes = tacit_blob_sealed_bytes(blob),
		.public_key = tacit_blob_public(blob),
		.public_bytes = tacit_blob_public_bytes(blob),
	};
	u8 *opened = tacit_unseal(blob);
	int err;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	key.key = opened;
	err = tacit_kind(le32_to_cpu(blob->algorithm))->prove(&key);
	if (err == -EDOM || err == -EKEYREJECTED)
		err = -EBADMSG;
	if (!err && le32_to_cpu(blob->flags) != flags) {
		blob->flags = cpu_to_le32(flags);
		err = tacit_seal(blob, opened);
	}
	kfree_sensitive(opened);
	return err;
}

int tacit_store_load(const struct tacit_blob *given, size_t bytes, u32 *serial,
		     struct netlink_ext_ack *extack)
{
	struct tacit_blob *blob;
	int err;

	/* An older copy may permit what was closed since, and anybody may keep one. */
	if (!uid_eq(current_euid(), GLOBAL_ROOT_UID)) {
		NL_SET_ERR_MSG(extack, "only root may load sealed keys");
		return -EACCES;
	}
	err = tacit_blob_check(given, bytes, extack);
	if (err)
		return err;
	blob = tacit_blob_copy(given);
	if (!blob)
		return -ENOMEM;
	mutex_lock(&lock);
	err = admissible((const char *)blob->name, extack);
	if (!err)
		err = prove(blob);
	if (!err)
		err = tacit_counter_check(le32_to_cpu(blob->counter), le64_to_cpu(blob->epoch));
	if (err == -ESTALE)
		NL_SET_ERR_MSG(extack, "the sealed key is an older one that was put back, or its counter is gone");
	if (err == -EBADMSG)
		NL_SET_ERR_MSG(extack, "the sealed key was changed, or was sealed under another root key");
	if (!err)
		err = admit(blob, serial);
	mutex_unlock(&lock);
	if (!err)
		tacit_event(TACIT_EVENT_LOADED, (const char *)blob->name);
	kfree(blob);
	return err;
}

int tacit_store_import(const struct tacit_adoption *adoption, struct tacit_loaded *loaded,
		       struct netlink_ext_ack *extack)
{
	struct tacit_blob *blob;
	int err = tacit_name_check(adoption->name, extack);

	if (err)
		return err;
	mutex_lock(&lock);
	err = admissible(adoption->name, extack);
	if (err)
		goto out;
	blob = tacit_adopt(adoption, extack);
	err = PTR_ERR_OR_ZERO(blob);
	if (err)
		goto out;
	err = admit(blob, &loaded->serial);
	if (err)
		discard(blob);
	else
		loaded->blob = blob;
out:
	mutex_unlock(&lock);
	if (!err)
		tacit_event(TACIT_EVENT_IMPORTED, adoption->name);
	return err;
}

/* Under the lock. */
static int delete(struct tacit_device_key *device_key, bool forever)
{
	u32 counter = le32_to_cpu(device_key->blob->counter);

	drop(device_key);
	tacit_device_key_settle(count);
	return forever && counter ? tacit_counter_drop(counter) : 0;
}

int tacit_store_delete(const char *name, bool forever, struct netlink_ext_ack *extack)
{
	struct tacit_device_key *device_key;
	int err = 0;

	mutex_lock(&lock);
	device_key = find(name);
	if (device_key)
		err = delete(device_key, forever);
	mutex_unlock(&lock);
	if (!device_key) {
		NL_SET_ERR_MSG(extack, "no key of this name is loaded");
		return -ENOKEY;
	}
	tacit_event(TACIT_EVENT_DELETED, name);
	if (err)
		NL_SET_ERR_MSG(extack, "the key is deleted, but its monotonic counter could not be given up");
	return err;
}

void tacit_store_undo(const char *name, u32 serial)
{
	struct tacit_device_key *device_key;
	bool there;

	mutex_lock(&lock);
	device_key = find(name);
	there = device_key && key_serial(device_key->key) == serial;
	if (there)
		delete(device_key, true);
	mutex_unlock(&lock);
	if (there)
		tacit_event(TACIT_EVENT_DELETED, name);
}

static const enum tacit_event_kind change_events[] = {
	[TACIT_CHANGE_BIND] = TACIT_EVENT_BOUND,
	[TACIT_CHANGE_REOPEN] = TACIT_EVENT_REOPENED,
};

int tacit_store_change(const char *name, enum tacit_change change, struct tacit_blob **copy,
		       struct netlink_ext_ack *extack)
{
	struct tacit_device_key *device_key;
	int err = -ENOKEY;

	mutex_lock(&lock);
	device_key = find(name);
	if (device_key)
		err = tacit_change(device_key, change, copy, extack);
	else
		NL_SET_ERR_MSG(extack, "no key of this name is loaded");
	/* What closes does so at once, stored or not. */
	if (!err && change == TACIT_CHANGE_BIND)
		tacit_permit_close(&device_key->permit, true);
	mutex_unlock(&lock);
	if (!err && change != TACIT_CHANGE_RESERVE)
		tacit_event(change_events[change], name);
	return err;
}

int tacit_store_stored(const char *name, const struct tacit_blob *blob, u32 bytes,
		       struct netlink_ext_ack *extack)
{
	struct tacit_device_key *device_key;
	int err = -ENOKEY;

	mutex_lock(&lock);
	device_key = find(name);
	if (device_key)
		err = tacit_change_stored(device_key, blob, bytes, extack);
	else
		NL_SET_ERR_MSG(extack, "no key of this name is loaded");
	mutex_unlock(&lock);
	return err;
}

unsigned int tacit_store_count(void)
{
	return READ_ONCE(count);
}

unsigned int tacit_store_walk(unsigned int first,
			      int (*show)(struct tacit_device_key *key, void *context),
			      void *context)
{
	struct tacit_device_key *device_key;
	unsigned int number = 0;

	mutex_lock(&lock);
	list_for_each_entry(device_key, &keys, node) {
		if (number >= first && show(device_key, context))
			break;
		number++;
	}
	mutex_unlock(&lock);
	return number;
}
