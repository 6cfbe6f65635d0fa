/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory of sealed keys: one file NAME.key a key, holding its struct
 * tacit_blob and nothing else. What is read from it is checked for size, magic
 * and name; the seal is for the kernel to check.
 */
#ifndef KEYS_KEYDIR_H
#define KEYS_KEYDIR_H

#include <stdbool.h>

#include "error.h"
#include "tacit_key.h"

#define KEYDIR_SUFFIX ".key"

/*
 * Called for each sealed key. `code` is 0 and `blob` its content, or -errno
 * with `blob` NULL and the reason in error->text.
 * Return: 0 to go on, else what keydir_each() shall return.
 */
typedef int keydir_callback(void *context, const char *name, const struct tacit_blob *blob, int code,
			    const struct key_error *error);

/*
 * Write a key under the name in its blob, whole or not at all, safe on disk on
 * return; the directory is made (0700) if its parent is there.
 * Return: 0; -EEXIST if there is such a file, which is left as it is; -errno.
 */
int keydir_write(const char *directory, const struct tacit_blob *blob, struct key_error *error);

/* The same, but a sealed key of that name is replaced: a power cut leaves the old one or the new one. */
int keydir_replace(const char *directory, const struct tacit_blob *blob, struct key_error *error);

/*
 * keydir_lock - one program at a time changes keys
 * @make: make the directory if its parent is there
 *
 * @wait_s: seconds, for whoever holds it may be stopped; a command waits KEYDIR_LOCK_SECONDS
 *
 * Held from what is asked of the module until the file says the same, so that no program puts
 * back what another has changed or deleted meanwhile.
 * Return: a descriptor, which gives the lock up when closed; -ENOENT; -EBUSY; -errno.
 */
#define KEYDIR_LOCK_SECONDS 10
int keydir_lock(const char *directory, bool make, unsigned int wait_s, struct key_error *error);

/* Return: 0; -ENOENT; -EINVAL for what is not a sealed key of that name; -errno. */
int keydir_read(const char *directory, const char *name, union tacit_blob_room *blob, struct key_error *error);

/* Return: 0; -ENOENT; -errno. */
int keydir_remove(const char *directory, const char *name, struct key_error *error);

/* Call back for each NAME.key, in the order of names. A directory that is not there holds none. */
int keydir_each(const char *directory, keydir_callback *callback, void *context, struct key_error *error);

#endif
