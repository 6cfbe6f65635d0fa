/* SPDX-License-Identifier: GPL-2.0 */
/* Small files that must be whole or not there. Internal to agent/keys. */
#ifndef KEYS_FILE_H
#define KEYS_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* All of it to a descriptor, however many calls it takes. Return: 0 or -errno. */
int file_write_all(int fd, const void *data, size_t bytes);

/*
 * file_write_new - a new file, 0600, safe on disk on return
 * @directory: descriptor of its directory
 * @name: its name there
 *
 * Written beside its place (`.NAME.tacit-new`), synced and then put there, and the
 * directory synced, so that a power cut leaves the whole file or none. Writers
 * of one directory take turns by flock(2), and remove what one that died left
 * half written. Return: 0; -EEXIST if the name is taken, by whatever; -errno.
 */
int file_write_new(int directory, const char *name, const void *data, size_t bytes);

/* The same, but what has that name is replaced: a power cut leaves the old file or the new one, whole. */
int file_replace(int directory, const char *name, const void *data, size_t bytes);

/*
 * file_read - read a regular file of `min` to `max` bytes; `bytes` becomes its size
 * @mode: bits that its mode must not have; its owner must be root or the caller where there are any
 *
 * A symbolic link at the end of the name is not followed.
 * Return: 0; -EINVAL for another size or kind; -EPERM for owner or mode; -errno.
 */
int file_read(int directory, const char *name, void *data, size_t min, size_t max, size_t *bytes, mode_t mode);

#endif
