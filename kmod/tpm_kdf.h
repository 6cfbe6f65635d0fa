/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a TPM session is computed with (TPM 2.0 Library, part 1, 11.4.10 and
 * 21), SHA-256 and AES-128 throughout, so that every key, nonce and coordinate
 * has TACIT_TPM_BYTES.
 */
#ifndef TACIT_TPM_KDF_H
#define TACIT_TPM_KDF_H

#include <linux/types.h>

#define TACIT_TPM_BYTES 32
#define TACIT_TPM_AES_BYTES 16

/* RFC 2104 over the pieces, at most 128 bytes in all. */
#define TACIT_TPM_HMAC_MAX 128
void tacit_tpm_hmac(const u8 key[TACIT_TPM_BYTES], const u8 *message, size_t bytes,
		    u8 out[TACIT_TPM_BYTES]);

/* KDFa, 256 bits. The label is at most 8 characters. */
void tacit_tpm_kdfa(const u8 key[TACIT_TPM_BYTES], const char *label,
		    const u8 newer[TACIT_TPM_BYTES], const u8 older[TACIT_TPM_BYTES],
		    u8 out[TACIT_TPM_BYTES]);

/* KDFe, 256 bits: `z`, `u` and `v` are x coordinates. */
void tacit_tpm_kdfe(const u8 z[TACIT_TPM_BYTES], const char *label,
		    const u8 u[TACIT_TPM_BYTES], const u8 v[TACIT_TPM_BYTES],
		    u8 out[TACIT_TPM_BYTES]);

/*
 * CFB with AES-128, in place; `secret` is key || IV. 0 or a negative errno.
 * The kernel's AES library reads its whole table before each block, against
 * cache timing; it promises no more.
 */
int tacit_tpm_cfb(const u8 secret[2 * TACIT_TPM_AES_BYTES], u8 *data, size_t bytes, bool encrypt);

#endif
