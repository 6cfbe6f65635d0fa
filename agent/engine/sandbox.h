/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Giving up privilege, once and for good: an empty root directory, a user of
 * its own, no new privileges, no core dump, a bounded number of descriptors.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/types.h>

#define SANDBOX_ROOT "/run/tacit/empty"
#define SANDBOX_ERROR_MAX 256
/* Descriptors: eight channels with 64 connections each, and a second one for each; accept(2) must not run out. */
#define SANDBOX_FILES 2048

struct sandbox_user {
	uid_t uid;
	gid_t gid;
};

struct sandbox_error {
	char text[SANDBOX_ERROR_MAX];
};

/* Close what was inherited, but for standard input, output, error and descriptor `keep`. Return: 0 or -errno. */
int sandbox_close_others(int keep);

/*
 * sandbox_find_user - a name of passwd(5), or a number
 *
 * Return: 0; -ENOENT if there is none, -EPERM for root; *error is set.
 */
int sandbox_find_user(const char *user, struct sandbox_user *found, struct sandbox_error *error);

/*
 * sandbox_enter - become `user` in SANDBOX_ROOT
 *
 * Return: 0, or -errno with *error set: then do not run.
 */
int sandbox_enter(const struct sandbox_user *user, struct sandbox_error *error);

#endif
