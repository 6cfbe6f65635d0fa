/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sealing a private scalar into a blob: AES-256-GCM (SP 800-38D), the blob's
 * clear part as additional data.
 */
#ifndef TACIT_SEAL_H
#define TACIT_SEAL_H

#include <crypto/aead.h>
#include <tacit_key.h>

/* gcm(aes) with this key; ERR_PTR on failure. Freed with crypto_free_aead(). */
struct crypto_aead *tacit_seal_alloc(const u8 key[TACIT_ROOT_KEY_BYTES]);

/*
 * Draws a nonce and fills in nonce, sealed and tag; the rest of the blob has
 * been filled in. 0; -ENOKEY without a root key; what the crypto API says.
 */
int tacit_seal(struct tacit_blob *blob, const u8 scalar[TACIT_PRIVATE_MAX]);
int tacit_seal_with(struct crypto_aead *aead, struct tacit_blob *blob,
		    const u8 scalar[TACIT_PRIVATE_MAX]);

/*
 * Opens the seal: the scalar, for the caller to wipe. 0; -EBADMSG when a bit
 * was changed or the root key is another; -ENOKEY without a root key; what the
 * crypto API says. Nothing is written on failure.
 */
int tacit_unseal(const struct tacit_blob *blob, u8 scalar[TACIT_PRIVATE_MAX]);
int tacit_unseal_with(struct crypto_aead *aead, const struct tacit_blob *blob,
		      u8 scalar[TACIT_PRIVATE_MAX]);

#endif
