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

/* One row an enum tacit_algorithm that signs: what libcrypto wants to hear of it. */
struct key_kind {
	uint32_t algorithm;
	const char *type;		/* PROVIDER_EC or PROVIDER_RSA */
	const char *title;		/* for people */
	const char *group;		/* NULL for RSA */
	const char *digest;		/* the one, or for RSA the default */
	uint32_t public_bytes;		/* 0 for RSA */
	uint32_t signature_max;		/* 0 for RSA: as long as the modulus */
};

struct key {
	struct provider *provider;
	const struct key_kind *kind;	/* NULL while there is nothing in it */
	atomic_uint references;
	_Atomic int32_t serial;
	char name[TACIT_NAME_MAX];
	uint32_t public_bytes;
	/* SEC 1, 2.3.3: 04 || X || Y; of RSA the modulus, big-endian, from [1] on */
	uint8_t point[1 + TACIT_PUBLIC_MAX];
};

/* Greatest length of a signature, which is of room for the kernel, too. */
static inline uint32_t key_signature_max(const struct key *k)
{
	return k->kind->signature_max ? k->kind->signature_max : k->public_bytes;
}

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
 * @hash: as the kernel names it: sha256, sha384, sha512; one that the key's kind has
 * @content: whole, not hashed; at most TACIT_CONTENT_MAX bytes
 * @signature: a DER Ecdsa-Sig-Value (RFC 3279, 2.2.3) or, of RSA, EMSA-PSS (RFC 8017, 9.1)
 *
 * Return: 1, or 0 with an error raised that names the kernel's reason.
 */
int key_sign(struct key *k, const char *hash, const uint8_t *content, size_t bytes,
	     uint8_t signature[TACIT_SIGNATURE_MAX], size_t *signature_bytes);

#endif
