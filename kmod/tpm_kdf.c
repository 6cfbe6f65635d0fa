// SPDX-License-Identifier: GPL-2.0
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/bug.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "tpm_kdf.h"
#include "tpm_wire.h"

#define LABEL_MAX 8

static void hash_padded(const u8 key[TACIT_TPM_BYTES], u8 pad, const u8 *message, size_t bytes,
			u8 out[SHA256_DIGEST_SIZE])
{
	u8 padded[SHA256_BLOCK_SIZE + TACIT_TPM_HMAC_MAX];
	int i;

	memset(padded, pad, SHA256_BLOCK_SIZE);
	for (i = 0; i < TACIT_TPM_BYTES; i++)
		padded[i] ^= key[i];
	memcpy(padded + SHA256_BLOCK_SIZE, message, bytes);
	sha256(padded, SHA256_BLOCK_SIZE + bytes, out);
	memzero_explicit(padded, sizeof(padded));
}

void tacit_tpm_hmac(const u8 key[TACIT_TPM_BYTES], const u8 *message, size_t bytes,
		    u8 out[TACIT_TPM_BYTES])
{
	u8 inner[SHA256_DIGEST_SIZE];

	if (WARN_ON_ONCE(bytes > TACIT_TPM_HMAC_MAX))
		bytes = TACIT_TPM_HMAC_MAX;
	hash_padded(key, 0x36, message, bytes, inner);
	hash_padded(key, 0x5c, inner, sizeof(inner), out);
	memzero_explicit(inner, sizeof(inner));
}

/* counter || label with its NUL || u || v || bits, all of one round of 256 bits */
void tacit_tpm_kdfa(const u8 key[TACIT_TPM_BYTES], const char *label,
		    const u8 newer[TACIT_TPM_BYTES], const u8 older[TACIT_TPM_BYTES],
		    u8 out[TACIT_TPM_BYTES])
{
	u8 message[4 + LABEL_MAX + 1 + 2 * TACIT_TPM_BYTES + 4];
	struct tacit_tpm_wire wire;

	tacit_tpm_wire_init(&wire, message, sizeof(message));
	tacit_tpm_put_u32(&wire, 1);
	tacit_tpm_put(&wire, label, strlen(label) + 1);
	tacit_tpm_put(&wire, newer, TACIT_TPM_BYTES);
	tacit_tpm_put(&wire, older, TACIT_TPM_BYTES);
	tacit_tpm_put_u32(&wire, 8 * TACIT_TPM_BYTES);
	tacit_tpm_hmac(key, message, wire.at, out);
}

void tacit_tpm_kdfe(const u8 z[TACIT_TPM_BYTES], const char *label,
		    const u8 u[TACIT_TPM_BYTES], const u8 v[TACIT_TPM_BYTES],
		    u8 out[TACIT_TPM_BYTES])
{
	u8 message[4 + LABEL_MAX + 1 + 3 * TACIT_TPM_BYTES];
	struct tacit_tpm_wire wire;

	tacit_tpm_wire_init(&wire, message, sizeof(message));
	tacit_tpm_put_u32(&wire, 1);
	tacit_tpm_put(&wire, z, TACIT_TPM_BYTES);
	tacit_tpm_put(&wire, label, strlen(label) + 1);
	tacit_tpm_put(&wire, u, TACIT_TPM_BYTES);
	tacit_tpm_put(&wire, v, TACIT_TPM_BYTES);
	sha256(message, wire.at, out);
	memzero_explicit(message, sizeof(message));
}

int tacit_tpm_cfb(const u8 secret[2 * TACIT_TPM_AES_BYTES], u8 *data, size_t bytes, bool encrypt)
{
	u8 last[AES_BLOCK_SIZE], stream[AES_BLOCK_SIZE];
	struct crypto_aes_ctx aes;
	int err = aes_expandkey(&aes, secret, TACIT_TPM_AES_BYTES);
	size_t i, n;

	memcpy(last, secret + TACIT_TPM_AES_BYTES, sizeof(last));
	for (; !err && bytes; data += n, bytes -= n) {
		n = min_t(size_t, bytes, AES_BLOCK_SIZE);
		aes_encrypt(&aes, stream, last);
		/* The next block is fed with this one's ciphertext, whichever side it is on. */
		for (i = 0; i < n; i++) {
			last[i] = encrypt ? data[i] ^ stream[i] : data[i];
			data[i] ^= stream[i];
		}
	}
	memzero_explicit(&aes, sizeof(aes));
	memzero_explicit(stream, sizeof(stream));
	memzero_explicit(last, sizeof(last));
	return err;
}
