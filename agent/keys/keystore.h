/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The key store as a whole: the module, the root key and the directory
 * of sealed keys brought together, for the warden at its start and for the CLI.
 */
#ifndef KEYS_KEYSTORE_H
#define KEYS_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "module.h"
#include "module_change.h"
#include "rootkey.h"

struct keystore_paths {
	const char *keys;	/* directory of sealed keys */
	struct rootkey_place root;
	unsigned int wait_s;	/* for another program that changes keys; then -EBUSY. 0: who must not wait */
};

struct keystore_result {
	size_t loaded;		/* by this call */
	size_t present;		/* were loaded already */
	size_t failed;
	bool root_given;	/* the module got its root key by this call */
	bool root_created;	/* and it was made by this call */
	enum root_choice root_from;	/* where it is to come from, not ROOT_AUTO but where it was not looked for */
};

/* One sealed key could not be loaded; text names the key, the reason and the cure. */
typedef void keystore_report(void *context, const char *name, int code, const char *text);

/*
 * keystore_up - give the module its root key if it has none, then load every sealed key
 * @create: make the root key if it is not there; never done while sealed
 *	keys are there, because they would be lost for good
 * @report: called for each key that fails, which does not stop the others; may be NULL
 *
 * Return: 0 even if keys failed (see result->failed); -errno if the module
 * cannot be given a root key or the directory cannot be read.
 */
int keystore_up(struct module *m, const struct keystore_paths *paths, bool create, keystore_report *report,
		void *context, struct keystore_result *result, struct key_error *error);

/* Only the root key of it: 0 if the module has one, or got one now. */
int keystore_root(struct module *m, const struct keystore_paths *paths, bool create, struct keystore_result *result,
		  struct key_error *error);

/*
 * Make a key of an enum tacit_algorithm in the kernel and keep it, sealed, in
 * the directory; of a key with a budget, the first block is reserved as well.
 * If it cannot be kept it is dropped from the kernel again.
 * Return: 0; -EEXIST if the name is taken in the kernel or in the directory; -errno.
 */
int keystore_new(struct module *m, const struct keystore_paths *paths, const char *name, uint32_t algorithm,
		 const struct tacit_usage *usage, struct module_key *key, struct key_error *error);

/* The same with a key that was made elsewhere, see module_key_import(). */
int keystore_import(struct module *m, const struct keystore_paths *paths, const char *name,
		    const struct tacit_usage *usage, const uint8_t *pkcs8, size_t bytes, struct module_key *key,
		    struct key_error *error);

/*
 * Change a key and its sealed file: a power cut in between leaves the old state
 * or the new one. Return: 0; as module_key_change() and keydir_replace() fail.
 */
int keystore_change(struct module *m, const struct keystore_paths *paths, enum module_change change,
		    const char *name, struct key_error *error);

/*
 * Remove a key for good: from the kernel and from the directory.
 * Return: 0; -ENOKEY if it is in neither; -errno.
 */
int keystore_delete(struct module *m, const struct keystore_paths *paths, const char *name, struct key_error *error);

#endif
