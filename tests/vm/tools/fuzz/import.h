/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The caller's side of an import as include/tacit_key.h describes it: what is encrypted is a good
 * PrivateKeyInfo, or one that was changed.
 */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tacit_key.h>

#define FUZZ_POINT (2 * TACIT_P256_BYTES)

struct fuzz_import {
	uint8_t module[FUZZ_POINT];	/* M */
	uint8_t peer[FUZZ_POINT];	/* P */
	uint8_t plain[TACIT_IMPORT_PLAIN_MAX];
	size_t plain_bytes;
	uint8_t sealed[TACIT_IMPORT_MAX];
	size_t sealed_bytes;
};

/* raw_attribute: the answer of KEY_IMPORT_BEGIN */
void fuzz_import_take(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes);

/* The plain key: one of three that are made once, `wrong` with something changed. */
void fuzz_import_draw(struct fuzz_import *import, bool wrong);

/* Encrypts it to the module. Return: false when libcrypto failed. */
bool fuzz_import_encrypt(struct fuzz_import *import, const char *name, const struct tacit_usage *usage);

#endif
