// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/keyctl.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "blob.h"
#include "key_type.h"
#include "use.h"

/* The one key that is being made just now, under the store's lock. */
static struct tacit_device_key *admitted;

static atomic_t payloads = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(payload_gone);

static struct key_type key_type_tacit;

static struct tacit_device_key *payload(const struct key *key)
{
	return key->payload.data[0];
}

/* ---- a key's life ---- */

/*
 * What user space asks for is copied to memory of its own, so that it cannot
 * have the address of the name that the module is just admitting.
 */
static int vet_description(const char *description)
{
	struct tacit_device_key *device_key = READ_ONCE(admitted);

	return device_key && description == tacit_device_key_name(device_key) ? 0 : -EPERM;
}

static int instantiate(struct key *key, struct key_preparsed_payload *prep)
{
	struct tacit_device_key *device_key = READ_ONCE(admitted);
	int err;

	if (!device_key || prep->data != device_key)
		return -EPERM;
	err = key_payload_reserve(key, tacit_blob_bytes(device_key->blob));
	if (err)
		return err;
	/* The core calls the type's functions without holding the module: each key does. */
	__module_get(THIS_MODULE);
	atomic_inc(&payloads);
	key->payload.data[0] = device_key;
	return 0;
}

static void destroy(struct key *key)
{
	struct tacit_device_key *device_key = payload(key);

	if (!device_key)
		return;
	key->payload.data[0] = NULL;
	tacit_device_key_free(device_key);
	atomic_dec(&payloads);
	/* Not a race with unloading: that waits for the collector which runs this. */
	module_put(THIS_MODULE);
	wake_up_all(&payload_gone);
}

static void describe(const struct key *key, struct seq_file *out)
{
	struct tacit_device_key *device_key = payload(key);

	seq_puts(out, key->description);
	if (!key_is_positive(key) || !device_key)
		return;
	seq_printf(out, ": %s ", device_key->algorithm->name);
	tacit_permit_describe(&device_key->permit, out);
	if (le32_to_cpu(device_key->blob->flags) & TACIT_FLAG_EXPOSED)
		seq_puts(out, " exposed");
}

static long read(const struct key *key, char *buffer, size_t length)
{
	struct tacit_device_key *device_key = payload(key);
	u32 bytes;

	if (!device_key)
		return -ENOKEY;
	bytes = tacit_blob_bytes(device_key->blob);
	if (buffer && length >= bytes)
		memcpy(buffer, device_key->blob, bytes);
	return bytes;
}

/* ---- its use ---- */

static int eds_op(struct kernel_pkey_params *params, const void *in, void *out)
{
	struct key *key = params->key;
	struct tacit_device_key *device_key;
	int result = -ENOKEY;

	/* The core does not hold the key still here. */
	down_read(&key->sem);
	device_key = payload(key);
	if (key->type == &key_type_tacit && key_is_positive(key) && device_key)
		result = tacit_use(device_key, params, in, out);
	up_read(&key->sem);
	return result;
}

/* Refused like encryption, and here only so that it becomes an event. */
static int verify_signature(struct kernel_pkey_params *params, const void *in, const void *in2)
{
	params->op = kernel_pkey_verify;
	return eds_op(params, in, NULL);
}

static int query(const struct kernel_pkey_params *params, struct kernel_pkey_query *info)
{
	struct key *key = params->key;
	struct tacit_device_key *device_key;
	int result = -ENOKEY;

	down_read(&key->sem);
	device_key = payload(key);
	if (key->type == &key_type_tacit && key_is_positive(key) && device_key) {
		tacit_use_query(device_key, info);
		result = 0;
	}
	up_read(&key->sem);
	return result;
}

static struct key_type key_type_tacit = {
	.name = TACIT_KEY_TYPE,
	.vet_description = vet_description,
	.instantiate = instantiate,
	.destroy = destroy,
	.describe = describe,
	.read = read,
	.asym_query = query,
	.asym_eds_op = eds_op,
	.asym_verify_signature = verify_signature,
};

/* ---- for the store ---- */

struct tacit_device_key *tacit_device_key_alloc(const struct tacit_blob *blob)
{
	struct tacit_device_key *device_key = kzalloc(sizeof(*device_key), GFP_KERNEL);

	if (!device_key)
		return NULL;
	device_key->blob = tacit_blob_copy(blob);
	if (!device_key->blob) {
		kfree(device_key);
		return NULL;
	}
	INIT_LIST_HEAD(&device_key->node);
	device_key->algorithm = tacit_kind(le32_to_cpu(blob->algorithm));
	tacit_permit_init(&device_key->permit, blob);
	tacit_meter_init(&device_key->meter, tacit_device_key_name(device_key));
	return device_key;
}

const char *tacit_device_key_name(const struct tacit_device_key *device_key)
{
	return (const char *)device_key->blob->name;
}

void tacit_device_key_free(struct tacit_device_key *device_key)
{
	tacit_meter_stop(&device_key->meter);
	kfree(device_key->pending);
	kfree(device_key->blob);
	kfree(device_key);
}

int tacit_device_key_link(struct tacit_device_key *device_key, struct key *ring)
{
	struct key *key;
	int err;

	WRITE_ONCE(admitted, device_key);
	key = key_alloc(&key_type_tacit, tacit_device_key_name(device_key), GLOBAL_ROOT_UID,
			GLOBAL_ROOT_GID, current_cred(), TACIT_KEY_PERM,
			KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BYPASS_RESTRICTION |
			KEY_ALLOC_SET_KEEP, NULL);
	if (IS_ERR(key)) {
		err = PTR_ERR(key);
		goto out;
	}
	device_key->key = key;
	err = key_instantiate_and_link(key, device_key, sizeof(*device_key), ring, NULL);
	if (err)
		key_put(key);
out:
	WRITE_ONCE(admitted, NULL);
	return err;
}

void tacit_device_key_settle(unsigned int keep)
{
	wait_event_timeout(payload_gone, atomic_read(&payloads) <= keep, 2 * HZ);
}

void tacit_device_key_want_block(struct tacit_device_key *device_key)
{
	tacit_event(TACIT_EVENT_RESERVE, tacit_device_key_name(device_key));
}

void tacit_device_key_replace(struct tacit_device_key *device_key)
{
	struct tacit_blob *old = device_key->blob, *fresh = device_key->pending;

	/*
	 * The name's place is the kernel key's, so that the bytes change and the memory does not.
	 */
	down_write(&device_key->key->sem);
	memcpy(old, fresh, tacit_blob_bytes(old));
	up_write(&device_key->key->sem);
	device_key->pending = NULL;
	kfree(fresh);
}

int tacit_key_type_register(void)
{
	return register_key_type(&key_type_tacit);
}

void tacit_key_type_unregister(void)
{
	unregister_key_type(&key_type_tacit);
}
