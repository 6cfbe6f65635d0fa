/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "tls_keys.h"

#define LABEL_PREFIX "tls13 "
#define CONTEXT_MAX 64
/* struct HkdfLabel of RFC 8446, 7.1: length, label<7..255>, context<0..255> */
#define INFO_MAX (2 + 1 + sizeof(LABEL_PREFIX) - 1 + TLS_LABEL_MAX + 1 + CONTEXT_MAX)
#define EXPAND_MAX 255

#define AEAD_IV_BYTES 12
#define AEAD_SALT_BYTES 4

struct suite {
	enum tls_suite id;
	const char *hash;
	size_t secret_bytes;
	size_t key_bytes;
	uint16_t kernel_cipher;
};

static const struct suite suites[] = {
	{ TLS_SUITE_AES_128_GCM_SHA256, "SHA256", 32, TLS_CIPHER_AES_GCM_128_KEY_SIZE, TLS_CIPHER_AES_GCM_128 },
	{ TLS_SUITE_AES_256_GCM_SHA384, "SHA384", 48, TLS_CIPHER_AES_GCM_256_KEY_SIZE, TLS_CIPHER_AES_GCM_256 },
	{ TLS_SUITE_CHACHA20_POLY1305_SHA256, "SHA256", 32, TLS_CIPHER_CHACHA20_POLY1305_KEY_SIZE,
	  TLS_CIPHER_CHACHA20_POLY1305 },
};

static const struct suite *find_suite(enum tls_suite id)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

static int hkdf_expand(const char *hash, const uint8_t *secret, size_t secret_bytes, const uint8_t *info,
		       size_t info_bytes, uint8_t *out, size_t bytes)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, secret_bytes),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_bytes),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	int error = 0;

	if (!context || EVP_KDF_derive(context, out, bytes, params) != 1) {
		OPENSSL_cleanse(out, bytes);
		error = -EIO;
	}
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return error;
}

int tls_expand_label(enum tls_suite suite, const uint8_t *secret, size_t secret_bytes, const char *label,
		     const uint8_t *context, size_t context_bytes, uint8_t *out, size_t bytes)
{
	const struct suite *s = find_suite(suite);
	size_t label_bytes = strnlen(label, TLS_LABEL_MAX + 1);
	const size_t prefix_bytes = sizeof(LABEL_PREFIX) - 1;
	uint8_t info[INFO_MAX], *p = info;

	if (!s || secret_bytes != s->secret_bytes || !label_bytes || label_bytes > TLS_LABEL_MAX ||
	    context_bytes > CONTEXT_MAX || !bytes || bytes > EXPAND_MAX) {
		if (bytes)
			OPENSSL_cleanse(out, bytes);
		return -EINVAL;
	}
	*p++ = 0; /* the length's high byte: EXPAND_MAX fits in the low one */
	*p++ = (uint8_t)bytes;
	*p++ = (uint8_t)(prefix_bytes + label_bytes);
	memcpy(p, LABEL_PREFIX, prefix_bytes);
	memcpy(p + prefix_bytes, label, label_bytes);
	p += prefix_bytes + label_bytes;
	*p++ = (uint8_t)context_bytes;
	if (context_bytes)
		memcpy(p, context, context_bytes);
	p += context_bytes;
	return hkdf_expand(s->hash, secret, secret_bytes, info, (size_t)(p - info), out, bytes);
}

/* The kernel wants a GCM nonce in two parts, "salt" and "iv": TLS 1.2's fixed and explicit one; ChaCha20's whole. */
static void lay_out(const struct suite *s, const uint8_t *key, const uint8_t *iv, const uint8_t *sequence,
		    struct tls_kernel_keys *keys)
{
	keys->info.version = TLS_1_3_VERSION;
	keys->info.cipher_type = s->kernel_cipher;
	switch (s->id) {
	case TLS_SUITE_AES_128_GCM_SHA256:
		keys->bytes = sizeof(keys->aes128);
		memcpy(keys->aes128.key, key, sizeof(keys->aes128.key));
		memcpy(keys->aes128.salt, iv, sizeof(keys->aes128.salt));
		memcpy(keys->aes128.iv, iv + AEAD_SALT_BYTES, sizeof(keys->aes128.iv));
		memcpy(keys->aes128.rec_seq, sequence, sizeof(keys->aes128.rec_seq));
		break;
	case TLS_SUITE_AES_256_GCM_SHA384:
		keys->bytes = sizeof(keys->aes256);
		memcpy(keys->aes256.key, key, sizeof(keys->aes256.key));
		memcpy(keys->aes256.salt, iv, sizeof(keys->aes256.salt));
		memcpy(keys->aes256.iv, iv + AEAD_SALT_BYTES, sizeof(keys->aes256.iv));
		memcpy(keys->aes256.rec_seq, sequence, sizeof(keys->aes256.rec_seq));
		break;
	case TLS_SUITE_CHACHA20_POLY1305_SHA256:
		keys->bytes = sizeof(keys->chacha20);
		memcpy(keys->chacha20.key, key, sizeof(keys->chacha20.key));
		memcpy(keys->chacha20.iv, iv, sizeof(keys->chacha20.iv));
		memcpy(keys->chacha20.rec_seq, sequence, sizeof(keys->chacha20.rec_seq));
		break;
	}
}

int tls_kernel_keys(enum tls_suite suite, const uint8_t *secret, size_t secret_bytes, uint64_t sequence,
		    struct tls_kernel_keys *keys)
{
	const struct suite *s = find_suite(suite);
	uint8_t key[TLS_CIPHER_AES_GCM_256_KEY_SIZE], iv[AEAD_IV_BYTES], number[8];
	int error;

	OPENSSL_cleanse(keys, sizeof(*keys));
	if (!s)
		return -EINVAL;
	error = tls_expand_label(suite, secret, secret_bytes, "key", NULL, 0, key, s->key_bytes);
	if (error)
		goto wipe;
	error = tls_expand_label(suite, secret, secret_bytes, "iv", NULL, 0, iv, sizeof(iv));
	if (error)
		goto wipe;
	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(sequence >> (56 - 8 * i));
	lay_out(s, key, iv, number, keys);
wipe:
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(iv, sizeof(iv));
	return error;
}
