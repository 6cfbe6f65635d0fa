/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the root key is kept, and how the module gets it: from the TPM, of which user
 * space only holds what it sealed (struct tacit_root_blob), from the kernel's trusted keys, of
 * which it holds the same (in hex), or from a file of TACIT_ROOT_KEY_BYTES random bytes. All
 * are regular files of root's; a root key in a file nobody else can read.
 */
#ifndef KEYS_ROOTKEY_H
#define KEYS_ROOTKEY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "module.h"
#include "root_choice.h"
#include "tacit_key.h"

#define ROOTKEY_TPM_NAME "root.tpm"
#define ROOTKEY_TRUSTED_NAME "root.trusted"

/*
 * rootkey_read - read the root key of a file
 * @path: of the file; a symbolic link at its end is refused
 * @key: filled in; the caller wipes it. Zero on failure
 *
 * Return: 0; -ENOENT; -EPERM if somebody but root owns the file or can read or
 * write it; -EINVAL if it has another size or is not a regular file; -errno.
 */
int rootkey_read(const char *path, uint8_t key[TACIT_ROOT_KEY_BYTES], struct key_error *error);

/*
 * Draw a root key with getrandom(2) and keep it at `path`, 0600, safe on disk
 * on return. Return: 0; -EEXIST if there is such a file; -errno.
 */
int rootkey_create(const char *path, struct key_error *error);

struct rootkey_place {
	const char *file;	/* of the root key; what was sealed stands beside it as ROOTKEY_TPM_NAME or _TRUSTED_NAME */
	enum root_choice choice;
	uint32_t pcrs;		/* that a root key is sealed to when it is made: bit n is PCR n */
	const char *options;	/* of a trusted key; "" */
};

/* The file of a root key: what ROOT_TPM or ROOT_TRUSTED sealed, or that of ROOT_FILE. Return: 0; -ENAMETOOLONG. */
int rootkey_path(const struct rootkey_place *place, enum root_choice from, char path[PATH_MAX], struct key_error *error);

/*
 * rootkey_decide - where the root key comes from, by what is there
 * @facts: TACIT_ROOT_FACT_* of the module
 * @from: ROOT_TPM, ROOT_TRUSTED or ROOT_FILE
 * @there: it is there already; else it is to be made
 *
 * With ROOT_AUTO what a TPM sealed comes first, then what the kernel's trusted keys sealed, then
 * the file; then, for a new one, the TPM if there is one, and trusted keys if they can be had. A sealed root key that cannot be unsealed is never
 * passed over for a file: keys sealed under it would be lost, and new ones be worth less.
 * Return: 0; -errno where it cannot be seen.
 */
int rootkey_decide(const struct rootkey_place *place, uint32_t facts, enum root_choice *from, bool *there,
		   struct key_error *error);

/* Make a root key where rootkey_decide() said; it is safe on disk on return. Return: 0; -EEXIST; -errno. */
int rootkey_make(struct module *m, const struct rootkey_place *place, enum root_choice from, struct key_error *error);

/* Have the module take it. Return: 0; -errno as rootkey_read(), module_root_set() and tacit_root.h say. */
int rootkey_give(struct module *m, const struct rootkey_place *place, enum root_choice from, struct key_error *error);

/* Have the TPM seal it to other PCRs, as they are now, and keep that instead. Return: 0; -errno. */
int rootkey_reseal(struct module *m, const struct rootkey_place *place, uint32_t pcrs, struct key_error *error);

#endif
