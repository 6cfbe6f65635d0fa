/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a TLS 1.3 application traffic secret to what the kernel wants: record
 * key and iv by HKDF-Expand-Label (RFC 8446, 7.1 and 7.3), laid out as in
 * linux/tls.h (Documentation/networking/tls.rst). Pure computing on libcrypto.
 */
#ifndef TLS_KEYS_H
#define TLS_KEYS_H

#include <linux/tls.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define TLS_SECRET_MAX 48	/* SHA-384 */
#define TLS_LABEL_MAX 32

enum tls_suite {
	TLS_SUITE_AES_128_GCM_SHA256 = 0x1301,
	TLS_SUITE_AES_256_GCM_SHA384 = 0x1302,
	TLS_SUITE_CHACHA20_POLY1305_SHA256 = 0x1303,
};

/* What setsockopt(SOL_TLS, TLS_TX or TLS_RX) takes. */
struct tls_kernel_keys {
	socklen_t bytes;	/* of the member that holds */
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_128 aes128;
		struct tls12_crypto_info_aes_gcm_256 aes256;
		struct tls12_crypto_info_chacha20_poly1305 chacha20;
	};
};

/*
 * HKDF-Expand-Label(secret, label, context, bytes) into `out`; the hash is that
 * of `suite`, the secret has the hash's length. `label` is without "tls13 ".
 *
 * Return: 0, -EINVAL for a suite, label or length out of bounds, -EIO if
 * libcrypto fails; then `out` is wiped.
 */
int tls_expand_label(enum tls_suite suite, const uint8_t *secret, size_t secret_bytes, const char *label,
		     const uint8_t *context, size_t context_bytes, uint8_t *out, size_t bytes);

/*
 * tls_kernel_keys - key, salt, iv and sequence number for one direction
 * @sequence: of the next record, 0 for the first after Finished
 *
 * The caller wipes *keys when the kernel has them (OPENSSL_cleanse).
 * Return: as tls_expand_label().
 */
int tls_kernel_keys(enum tls_suite suite, const uint8_t *secret, size_t secret_bytes, uint64_t sequence,
		    struct tls_kernel_keys *keys);

#endif
