/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The key type `tacit` (Documentation/security/keys/core.rst): use of a key by
 * keyctl(2). Keys are made by the module alone; add_key(2) and request_key(2)
 * get EPERM.
 */
#ifndef TACIT_KEY_TYPE_H
#define TACIT_KEY_TYPE_H

#include <linux/key-type.h>
#include <linux/list.h>
#include <tacit_key.h>

#include "algorithm.h"
#include "event.h"
#include "usage.h"

/*
 * View, read and search for everybody, nothing else for anybody. Search is
 * what signing needs; the module checks the caller itself, because a refusal
 * by the key service could not be told as an event.
 */
#define TACIT_KEY_PERM ((key_perm_t)0x0b0b0b0b)

/*
 * A loaded key: the payload of a kernel key. The private key is in `blob`,
 * sealed, and nowhere else. `blob` is the payload's own.
 */
struct tacit_device_key {
	struct list_head node;	/* store */
	struct key *key;
	const struct tacit_kind *algorithm;
	struct tacit_blob *blob;	/* changes under key->sem */
	struct tacit_blob *pending;	/* what takes its place when stored; the store's lock */
	struct tacit_permit permit;
	struct tacit_meter meter;
	atomic64_t signatures;
	atomic64_t refusals;
	s64 last_use;		/* seconds since the epoch, 0 never */
};

int tacit_key_type_register(void);
/* Waits until the key service has let go of the type. */
void tacit_key_type_unregister(void);

/* From a checked, authentic blob, of which it has a copy. NULL without memory. */
struct tacit_device_key *tacit_device_key_alloc(const struct tacit_blob *blob);
/* Its name. */
const char *tacit_device_key_name(const struct tacit_device_key *device_key);
/* Only for one that was not linked; a linked one goes with its kernel key. */
void tacit_device_key_free(struct tacit_device_key *device_key);

/*
 * Makes a kernel key of it and links that into `ring`. On success the payload
 * belongs to the kernel key, the caller holds a reference to that in ->key, and
 * the module stays until the key is gone. Serialised by the caller. 0 or a negative errno.
 */
int tacit_device_key_link(struct tacit_device_key *device_key, struct key *ring);

/* Waits, two seconds at most, until all payloads that were let go are freed but `keep`. */
void tacit_device_key_settle(unsigned int keep);

/* Tells that the next block of the key's budget is wanted. */
void tacit_device_key_want_block(struct tacit_device_key *device_key);

/* The pending blob takes the place of the other; they are of one length. May sleep. */
void tacit_device_key_replace(struct tacit_device_key *device_key);

#endif
