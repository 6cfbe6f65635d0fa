/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key of tacit.ko as the provider holds it: its name, its serial and its
 * public half. Reached by keyctl(2); see Documentation/crypto/asymmetric-keys.rst
 * and keyctl_pkey_sign(3).
 */
#ifndef PROVIDER_KEY_H
#define PROVIDER_KEY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "provider.h"
#include "tacit_key.h"

/* SEC 1, 2.3.3: 04 || X || Y */
#define KEY_POINT_BYTES (1 + 2 * TACIT_P256_BYTES)

struct key {
	struct provider *provider;
	atomic_uint references;
	_Atomic int32_t serial;
	char name[TACIT_NAME_MAX];
	uint8_t point[KEY_POINT_BYTES];
};

/* Read the serial of the module's keyring from sysfs. Return: it, or 0 where the module is not loaded. */
int32_t key_find_ring(struct provider *p);

/*
 * The key of that name, as text of `bytes` bytes without a NUL.
 * Return: the key with one reference, or NULL with an error raised.
 */
struct key *key_open(struct provider *p, const char *name, size_t bytes);

struct key *key_get(struct key *k);
void key_put(struct key *k);

/*
 * key_sign - let the kernel sign
 * @content: whole, not hashed; at most TACIT_CONTENT_MAX bytes
 * @signature: a DER Ecdsa-Sig-Value (RFC 3279, 2.2.3), at most TACIT_P256_SIGNATURE_MAX bytes
 *
 * Return: 1, or 0 with an error raised that names the kernel's reason.
 */
int key_sign(struct key *k, const uint8_t *content, size_t bytes, uint8_t signature[TACIT_P256_SIGNATURE_MAX],
	     size_t *signature_bytes);

#endif
