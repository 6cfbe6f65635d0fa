// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/key-type.h>
#include <linux/key.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rootkey_trusted.h"

#define ASK_AGAIN_S 60

/*
 * With the TPM as the only source, where static calls are patched: a source that did not start then
 * does nothing. Elsewhere it would be called through NULL, or, with TEE, before there is a TEE.
 */
#if IS_REACHABLE(CONFIG_TRUSTED_KEYS) && IS_ENABLED(CONFIG_HAVE_STATIC_CALL) && \
	IS_ENABLED(CONFIG_TRUSTED_KEYS_TPM) && !IS_ENABLED(CONFIG_TRUSTED_KEYS_TEE) && \
	!IS_ENABLED(CONFIG_TRUSTED_KEYS_CAAM) && !IS_ENABLED(CONFIG_TRUSTED_KEYS_DCP)
#include <keys/trusted-type.h>

/* "new 32" or "load HEX", a blank, options. */
#define COMMAND_MAX (5 + TACIT_ROOT_TRUSTED_MAX + 1 + TACIT_ROOT_OPTIONS_MAX + 1)

/* A key of the kernel's own, which no process can find: in no keyring, with no permission. */
static struct key *instantiate(const char *command)
{
	struct key *key = key_alloc(&key_type_trusted, "tacit-root", GLOBAL_ROOT_UID,
				    GLOBAL_ROOT_GID, current_cred(), 0, KEY_ALLOC_NOT_IN_QUOTA,
				    NULL);
	int err;

	if (IS_ERR(key))
		return key;
	err = key_instantiate_and_link(key, command, strlen(command), NULL, NULL);
	if (!err)
		return key;
	key_put(key);
	return ERR_PTR(err);
}

/*
 * A kernel with the type and without a source for it has functions that do nothing, so that the
 * key is there and empty.
 */
static int take(struct key *key, char *sealed, u8 *plain)
{
	const struct trusted_key_payload *payload;
	int err = 0;

	down_read(&key->sem);
	payload = key->payload.data[0];
	if (!payload || !payload->blob_len || !memchr_inv(payload->key, 0, sizeof(payload->key)))
		err = -ENODEV;
	else if (payload->key_len != TACIT_ROOT_KEY_BYTES ||
		 2 * payload->blob_len > TACIT_ROOT_TRUSTED_MAX)
		err = -EMSGSIZE;
	if (!err && sealed)
		*bin2hex(sealed, payload->blob, payload->blob_len) = '\0';
	if (!err && plain)
		memcpy(plain, payload->key, TACIT_ROOT_KEY_BYTES);
	up_read(&key->sem);
	return err;
}

static int run(const char *verb, const char *argument, const char *options, char *sealed,
	       u8 *plain)
{
	char *command = kmalloc(COMMAND_MAX, GFP_KERNEL);
	struct key *key;
	int err;

	if (!command)
		return -ENOMEM;
	snprintf(command, COMMAND_MAX, "%s %s%s%s", verb, argument, *options ? " " : "", options);
	key = instantiate(command);
	/* Options may hold a password of the TPM's. */
	kfree_sensitive(command);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = take(key, sealed, plain);
	/* The collector frees it, and the type wipes what it held. */
	key_put(key);
	return err;
}
#else
static int run(const char *verb, const char *argument, const char *options, char *sealed,
	       u8 *plain)
{
	return -ENODEV;
}
#endif

static int explain(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case 0:
	case -ENOMEM:
	case -ERESTARTSYS:
		return err;
	case -ENODEV:
		NL_SET_ERR_MSG(extack, "this kernel has no trusted keys that tacit can use (CONFIG_TRUSTED_KEYS on x86, with a TPM as their only source, and the TPM); take another root = in [device]");
		return err;
	case -EMSGSIZE:
		NL_SET_ERR_MSG(extack, "the trusted key is not of 32 bytes: it was not made by tacit");
		return -EMSGSIZE;
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "the kernel does not take this trusted key, or its options: see root_trusted in tacit.conf(5); a TPM wants keyhandle=");
		return err;
	default:
		NL_SET_ERR_MSG(extack, "the kernel cannot seal or unseal the trusted key: another machine's file, or one that was changed; see the kernel log");
		return -EKEYREJECTED;
	}
}

int tacit_root_trusted_make(const char *options, char sealed[TACIT_ROOT_TRUSTED_MAX + 1],
			    struct netlink_ext_ack *extack)
{
	return explain(run("new", "32", options, sealed, NULL), extack);
}

int tacit_root_trusted_unseal(const char *sealed, const char *options,
			      u8 key[TACIT_ROOT_KEY_BYTES], struct netlink_ext_ack *extack)
{
	return explain(run("load", sealed, options, NULL, key), extack);
}

bool tacit_root_trusted_present(void)
{
	static DEFINE_MUTEX(lock);
	static unsigned long asked;	/* in jiffies, when the answer was no */
	static bool known, present;
	char *sealed;
	bool answer;

	mutex_lock(&lock);
	/* A no may be for want of memory, or because the source is not up yet. */
	if (!present && (!known || time_after(jiffies, asked + ASK_AGAIN_S * HZ))) {
		sealed = kmalloc(TACIT_ROOT_TRUSTED_MAX + 1, GFP_KERNEL);
		present = sealed && !run("new", "32", "", sealed, NULL);
		kfree(sealed);
		asked = jiffies;
		known = true;
	}
	answer = present;
	mutex_unlock(&lock);
	return answer;
}
