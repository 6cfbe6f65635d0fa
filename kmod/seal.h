/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sealing a private key into a blob: AES-256-GCM (SP 800-38D), all that stands
 * before it as additional data.
 */
#ifndef TACIT_SEAL_H
#define TACIT_SEAL_H

#include <crypto/aead.h>
#include <tacit_key.h>

/* gcm(aes) with this key; ERR_PTR on failure. Freed with crypto_free_aead(). */
struct crypto_aead *tacit_seal_alloc(const u8 key[TACIT_ROOT_KEY_BYTES]);

/*
 * One run of the cipher over `buffer`, which lies on the heap: `ad` bytes of additional data, then
 * `text` bytes worked on in place, then room for the tag, or the tag. `nonce` may be part of the
 * additional data. 0; -EBADMSG; -ENOMEM; what the crypto API says.
 */
int tacit_seal_crypt(struct crypto_aead *aead, u8 *buffer, u32 ad, u32 text,
		     const u8 nonce[TACIT_NONCE_BYTES], bool seal);

/*
 * Draws a nonce and fills in nonce, sealed and tag; the rest of the blob has
 * been filled in; `key` is blob->sealed_bytes long. 0; -ENOKEY without a root
 * key; what the crypto API says.
 */
int tacit_seal(struct tacit_blob *blob, const u8 *key);
int tacit_seal_with(struct crypto_aead *aead, struct tacit_blob *blob, const u8 *key);

/*
 * Opens the seal: blob->sealed_bytes of private key, on the heap; freed with kfree_sensitive().
 * ERR_PTR: -EBADMSG when a bit was changed or the root key is another; -ENOKEY without a root
 * key; what the crypto API says.
 */
u8 *tacit_unseal(const struct tacit_blob *blob);
u8 *tacit_unseal_with(struct crypto_aead *aead, const struct tacit_blob *blob);

#endif
