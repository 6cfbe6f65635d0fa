/* SPDX-License-Identifier: GPL-2.0 */
/* Secrets of apps, sealed under a key of TACIT_ALGORITHM_SECRET: struct tacit_secret. */
#ifndef TACIT_SECRET_H
#define TACIT_SECRET_H

#include <linux/types.h>
#include <tacit_key.h>

#define TACIT_SECRET_REQUEST_MAX (TACIT_NAME_MAX + TACIT_SECRET_MAX)

/*
 * Seals what struct tacit_secret_request holds, for user `uid`. The length of what is in `out`,
 * which has room for TACIT_SECRET_BYTES_MAX; -EILSEQ for a malformed name or no secret;
 * -ENOMEM; what the crypto API says.
 */
int tacit_secret_seal(const u8 key[TACIT_SECRET_KEY_BYTES], u32 uid, const u8 *request, u32 bytes,
		      u8 *out);

/* Is this the form of a struct tacit_secret? 0; -EILSEQ; -EPROTONOSUPPORT for another version. */
int tacit_secret_check(const u8 *sealed, u32 bytes);

/* The user that a well-formed secret says it is of; to be believed once it was opened. */
u32 tacit_secret_uid(const u8 *sealed);

/*
 * Opens a well-formed one into `out`, which has room for TACIT_SECRET_MAX. The length;
 * -EBADMSG; -ENOMEM; what the crypto API says.
 */
int tacit_secret_open(const u8 key[TACIT_SECRET_KEY_BYTES], const u8 *sealed, u32 bytes, u8 *out);

#endif
