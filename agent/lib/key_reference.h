/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that names a key of the kernel instead of holding one, in PEM
 * (RFC 7468): the provider reads it, `tacit key reference` writes it.
 *
 *   KeyReference ::= SEQUENCE { type UTF8String ("tacit key"), name UTF8String }
 */
#ifndef KEY_REFERENCE_H
#define KEY_REFERENCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tacit_key.h"

#define KEY_REFERENCE_LABEL "TACIT KEY REFERENCE"
#define KEY_REFERENCE_TYPE "tacit key"

/* DER lengths of one byte do: nothing here reaches 128. */
#define KEY_REFERENCE_MAX (2 + 2 + sizeof(KEY_REFERENCE_TYPE) - 1 + 2 + TACIT_NAME_MAX - 1)

#define KEY_REFERENCE_SEQUENCE 0x30
#define KEY_REFERENCE_UTF8 0x0c

/* Lay out the reference to a valid name (see key_name.h). Return: its length in bytes. */
static inline size_t key_reference_write(uint8_t out[KEY_REFERENCE_MAX], const char *name)
{
	size_t type = sizeof(KEY_REFERENCE_TYPE) - 1, n = strlen(name), i = 0;

	out[i++] = KEY_REFERENCE_SEQUENCE;
	out[i++] = 2 + type + 2 + n;
	out[i++] = KEY_REFERENCE_UTF8;
	out[i++] = type;
	memcpy(out + i, KEY_REFERENCE_TYPE, type);
	i += type;
	out[i++] = KEY_REFERENCE_UTF8;
	out[i++] = n;
	memcpy(out + i, name, n);
	return i + n;
}

/*
 * Is this a reference, whole and nothing behind it? Then the name, its length in
 * *bytes, without a NUL and not checked; else NULL.
 */
static inline const char *key_reference_read(const uint8_t *der, size_t length, size_t *bytes)
{
	const size_t type = sizeof(KEY_REFERENCE_TYPE) - 1, head = 2 + 2 + type + 2;

	if (length < head || length > KEY_REFERENCE_MAX || der[0] != KEY_REFERENCE_SEQUENCE || der[1] != length - 2)
		return NULL;
	if (der[2] != KEY_REFERENCE_UTF8 || der[3] != type || memcmp(der + 4, KEY_REFERENCE_TYPE, type))
		return NULL;
	if (der[head - 2] != KEY_REFERENCE_UTF8 || der[head - 1] != length - head)
		return NULL;
	*bytes = length - head;
	return (const char *)der + head;
}

#endif
