/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small secrets, sealed in the kernel for the user that calls (include/tacit_key.h,
 * "Secrets"), and the directory in which a user keeps them: one file NAME.secret each.
 * Needs no privilege. Functions return 0 or -errno and fill in the error's text.
 */
#ifndef KEYS_SECRET_H
#define KEYS_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "tacit_key.h"

#define SECRET_SUFFIX ".secret"

/* Name of the key that seals, where the caller does not say another. */
#define SECRET_KEY "secrets"

/* Room for a sealed secret. */
union secret_room {
	struct tacit_secret sealed;
	uint8_t bytes[TACIT_SECRET_BYTES_MAX];
};

/* A plain secret and where it lies between kernel and user; in secure memory, see secure.h. */
struct secret_plain {
	size_t bytes;
	struct tacit_secret_request request;	/* the next member goes on where this ends */
	uint8_t secret[TACIT_SECRET_MAX];
};

/*
 * secret_seal - seal plain->bytes bytes of plain->secret by the key `key`
 *
 * -ENOPKG: the module is not loaded; -ENOKEY: no such key; -EOPNOTSUPP: the key
 * does not seal; -EACCES: not for this user; -EAGAIN, -EDQUOT, -EBUSY: rate and budget.
 */
int secret_seal(const char *key, const char *name, struct secret_plain *plain, union secret_room *out,
		struct key_error *error);

/* The way back. Also -EBADMSG: changed, or sealed by another key; -EACCES: another user's. */
int secret_open(const char *key, const union secret_room *sealed, struct secret_plain *plain,
		struct key_error *error);

/* Keep it, in place of one of the same name: a power cut leaves the old one or the new one. The directory is made. */
int secret_write(const char *directory, const union secret_room *sealed, struct key_error *error);

/* -ENOENT; -EINVAL for what is no sealed secret of that name. */
int secret_read(const char *directory, const char *name, union secret_room *sealed, struct key_error *error);

int secret_remove(const char *directory, const char *name, struct key_error *error);

/* Called for each NAME.secret, in the order of names; not 0 ends the list and is returned. */
typedef int secret_callback(void *context, const char *name);
int secret_each(const char *directory, secret_callback *callback, void *context, struct key_error *error);

#endif
