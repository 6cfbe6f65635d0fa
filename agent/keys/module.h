/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of the module's generic netlink family (include/tacit_key.h): the
 * management of the key store. Needs CAP_NET_ADMIN. Not for use by two threads.
 *
 * Every function returns 0 or -errno as the kernel gave it, and on failure
 * fills in the error's text: the kernel's own words where it sent some.
 */
#ifndef KEYS_MODULE_H
#define KEYS_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "tacit_key.h"
#include "tacit_root.h"

#define MODULE_VERSION_MAX 32

struct module;

struct module_status {
	uint32_t root_origin;	/* enum tacit_root_origin */
	uint32_t root_pcrs;	/* that it is bound to: bit n is PCR n */
	uint32_t root_facts;	/* TACIT_ROOT_FACT_* */
	uint32_t keys;
	uint64_t signatures;
	uint64_t refusals;
	char version[MODULE_VERSION_MAX];
};

/* A key that is loaded. The blob's magic, name and sizes have been checked; it is longer than its struct. */
struct module_key {
	union {
		struct tacit_blob blob;
		union tacit_blob_room room;
	};
	int32_t serial;
	uint64_t signatures;
	uint64_t refusals;
	uint64_t last_use;	/* seconds since the epoch, 0 never */
	uint64_t credit;	/* uses until the next block of the budget; of a key with one */
	uint32_t last_refusal;	/* enum tacit_refusal, 0 none; the next two are of the same */
	uint32_t last_refusal_uid;
	uint64_t last_refusal_time;
};

/* Return: 0 to go on, anything else ends the list and is what module_key_list() returns. */
typedef int module_key_callback(void *context, const struct module_key *key);

/* -ENOENT: the module is not loaded. On failure *out is NULL. */
int module_open(struct module **out, struct key_error *error);
void module_close(struct module *m);

int module_status(struct module *m, struct module_status *status, struct key_error *error);

/* The caller wipes `key`; copies made on the way are wiped here. -EBUSY: keys are loaded under another root key. */
int module_root_set(struct module *m, const uint8_t key[TACIT_ROOT_KEY_BYTES], enum tacit_root_origin origin,
		    struct key_error *error);

/*
 * TACIT_CMD_ROOT_TPM, three ways: make a root key and seal it to the PCRs; have it unsealed and
 * accepted; seal it anew, to other PCRs. Errors as in tacit_root.h.
 */
int module_root_tpm_make(struct module *m, uint32_t pcrs, struct tacit_root_blob *blob, struct key_error *error);
int module_root_tpm_accept(struct module *m, const struct tacit_root_blob *blob, struct key_error *error);
int module_root_tpm_reseal(struct module *m, const struct tacit_root_blob *old, uint32_t pcrs,
			   struct tacit_root_blob *blob, struct key_error *error);

/* TACIT_CMD_ROOT_TRUSTED: have a trusted key made, and have it unsealed and accepted. Errors as in tacit_root.h. */
int module_root_trusted_make(struct module *m, const char *options, char sealed[TACIT_ROOT_TRUSTED_MAX + 1],
			     struct key_error *error);
int module_root_trusted_accept(struct module *m, const char *sealed, const char *options, struct key_error *error);

/* Make a key of an enum tacit_algorithm in the kernel; it is loaded as well, and *key has the sealed blob to be kept. */
int module_key_new(struct module *m, const char *name, uint32_t algorithm, const struct tacit_usage *usage,
		   struct module_key *key, struct key_error *error);

/* Load a sealed key. `serial` may be NULL. -EEXIST: a key of that name is loaded. */
int module_key_load(struct module *m, const struct tacit_blob *blob, int32_t *serial, struct key_error *error);

/*
 * Drop a key from the kernel for good: its monotonic counter, if it has one, is given up, so that sealed copies
 * are void; its sealed file stays. -ENOKEY: there is none of that name.
 */
int module_key_delete(struct module *m, const char *name, struct key_error *error);

/* Call back for each key that is loaded. */
int module_key_list(struct module *m, module_key_callback *callback, void *context, struct key_error *error);

/* The key of that name. -ENOKEY: it is not loaded. */
int module_key_find(struct module *m, const char *name, struct module_key *key, struct key_error *error);

/* "none", "file", "tpm", or "?" */
const char *module_root_origin_name(uint32_t origin);

/*
 * Are these `bytes` bytes a blob whose fields may be shown: magic, version, sizes, name? Says nothing of its
 * seal. The functions below want a blob that passed.
 */
int module_blob_check(const struct tacit_blob *blob, size_t bytes, struct key_error *error);

/* A blob is longer than its struct: this copies all of it. */
void module_blob_copy(union tacit_blob_room *to, const struct tacit_blob *from);

#endif
