/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys that are loaded: the keyring `.tacit`, which the module owns, and
 * their management. Calls are serialised here; they may sleep.
 */
#ifndef TACIT_STORE_H
#define TACIT_STORE_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <tacit_key.h>

#include "adopt.h"
#include "change.h"

/* Makes the keyring. 0 or a negative errno. The key type has been registered. */
int tacit_store_open(void);
/* Gives up all keys, the keyring and the root key. */
void tacit_store_close(void);

/* Serial of the keyring. */
int tacit_store_ring(void);

/* Errors of all calls below are as tacit_key.h documents them, with a text in `extack`. */

int tacit_store_root(const u8 key[TACIT_ROOT_KEY_BYTES], u32 origin,
		     struct netlink_ext_ack *extack);

/*
 * What a call gives back: the sealed key as it is loaded, the caller's to kfree(), and its
 * serial.
 */
struct tacit_loaded {
	struct tacit_blob *blob;
	u32 serial;
};

/* Makes a key of that algorithm, seals it and loads it. */
int tacit_store_new(const char *name, u32 algorithm, const struct tacit_usage *usage,
		    struct tacit_loaded *loaded, struct netlink_ext_ack *extack);

/*
 * Loads a sealed key, which lies in `bytes` bytes. Under a root key that has been in user space
 * it is exposed from then on.
 */
int tacit_store_load(const struct tacit_blob *blob, size_t bytes, u32 *serial,
		     struct netlink_ext_ack *extack);

/* Makes an imported key one of ours, and loads it. */
int tacit_store_import(const struct tacit_adoption *adoption, struct tacit_loaded *loaded,
		       struct netlink_ext_ack *extack);

/*
 * Unloads a key. Signatures under way are finished. `forever` gives its monotonic counter up,
 * so that no sealed copy of it can be loaded again.
 */
int tacit_store_delete(const char *name, bool forever, struct netlink_ext_ack *extack);

/*
 * The same, for ever, where that name is still the key of this serial: nobody got its sealed form,
 * and another client may have taken the name meanwhile.
 */
void tacit_store_undo(const char *name, u32 serial);

/* Seals a change (change.h); `copy` is the caller's to kfree(). */
int tacit_store_change(const char *name, enum tacit_change change, struct tacit_blob **copy,
		       struct netlink_ext_ack *extack);
int tacit_store_stored(const char *name, const struct tacit_blob *blob, u32 bytes,
		       struct netlink_ext_ack *extack);

unsigned int tacit_store_count(void);

struct tacit_device_key;
/*
 * Shows the keys from number `first` on (0 is the first) until `show` returns an
 * error; the number of the key that it failed for, or the count of keys.
 */
unsigned int tacit_store_walk(unsigned int first,
			      int (*show)(struct tacit_device_key *key, void *context),
			      void *context);

#endif
