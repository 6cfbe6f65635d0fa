/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A private key on its way into the module, encrypted to the module's one-time
 * key as include/tacit_key.h says under "Import": ECDH on P-256 (SEC 1, 3.3.1),
 * HKDF-SHA-256 (RFC 5869), AES-256-GCM. Pure; internal to agent/keys.
 */
#ifndef KEYS_IMPORT_H
#define KEYS_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "tacit_key.h"

#define IMPORT_POINT_BYTES (2 * TACIT_P256_BYTES)

struct import_message {
	uint8_t peer[IMPORT_POINT_BYTES];	/* our own one-time public key, X || Y */
	size_t bytes;				/* of `sealed` */
	uint8_t sealed[TACIT_IMPORT_MAX];
};

/*
 * import_encrypt - encrypt `bytes` bytes of PrivateKeyInfo
 * @module: the module's one-time public key, X || Y
 *
 * All that is secret on the way is wiped; the plain key is the caller's to wipe.
 * Return: 0; -EILSEQ for what is empty or too long for a key; -EBADMSG if
 * `module` is no point of the curve; -ENOMEM, -EIO if libcrypto fails.
 */
int import_encrypt(const uint8_t module[IMPORT_POINT_BYTES], const char *name, const struct tacit_usage *usage,
		   const uint8_t *plain, size_t bytes, struct import_message *out, struct key_error *error);

#endif
