/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root key from a file: TACIT_ROOT_KEY_BYTES random bytes, a regular file
 * of root's that nobody else can read.
 */
#ifndef KEYS_ROOTKEY_H
#define KEYS_ROOTKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "tacit_key.h"

/*
 * rootkey_read - read the root key
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

#endif
