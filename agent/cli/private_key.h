/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A private key that somebody else made, for a moment in this process: in
 * memory that is not swapped out and not dumped, and wiped when it is freed.
 * Its DER is the module's to parse; here only PEM is taken off.
 */
#ifndef PRIVATE_KEY_H
#define PRIVATE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "../keys/error.h"

/* Of a file; the module takes less (TACIT_IMPORT_PLAIN_MAX). */
#define PRIVATE_KEY_FILE_MAX 16384

struct private_key {
	const uint8_t *der;	/* within `room` */
	size_t bytes;
	uint8_t room[PRIVATE_KEY_FILE_MAX];
};

/*
 * private_key_read - read PKCS #8 (RFC 5208), PEM (RFC 7468) or DER
 * @path: "-" for standard input; a file that others can read is refused
 *
 * The process takes no core dump from here on.
 * Return: 0, the caller frees *out; -errno with the error's text: which form it
 * has instead, and how to turn it into this one.
 */
int private_key_read(struct private_key **out, const char *path, struct key_error *error);

/* Wipes. */
void private_key_free(struct private_key *key);

#endif
