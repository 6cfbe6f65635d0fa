// SPDX-License-Identifier: GPL-2.0
#include "import.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define KEY_BYTES 32
#define GROUP "P-256"

/* Everything that the two sides agree on. */
struct agreement {
	uint8_t shared[TACIT_P256_BYTES];
	uint8_t key[KEY_BYTES];
};

/* SEC 1, 2.3.3: 04 || X || Y */
struct point {
	uint8_t form;
	uint8_t xy[IMPORT_POINT_BYTES];
};

static EVP_PKEY *peer_key(const uint8_t xy[IMPORT_POINT_BYTES])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	struct point point = { .form = 4 };
	EVP_PKEY *key = NULL;

	memcpy(point.xy, xy, sizeof(point.xy));
	/* That the point is on the curve is checked here, by libcrypto. */
	if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM[]) {
			OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)GROUP, 0),
			OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, &point, sizeof(point)),
			OSSL_PARAM_construct_end() }) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int own_point(EVP_PKEY *own, uint8_t xy[IMPORT_POINT_BYTES])
{
	struct point point;
	size_t bytes;

	if (!EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, (unsigned char *)&point, sizeof(point),
					     &bytes) ||
	    bytes != sizeof(point) || point.form != 4)
		return -EIO;
	memcpy(xy, point.xy, sizeof(point.xy));
	return 0;
}

static int derive_shared(EVP_PKEY *own, EVP_PKEY *peer, uint8_t shared[TACIT_P256_BYTES])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t bytes = TACIT_P256_BYTES;
	int good = ctx && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		   EVP_PKEY_derive(ctx, shared, &bytes) > 0 && bytes == TACIT_P256_BYTES;

	EVP_PKEY_CTX_free(ctx);
	return good ? 0 : -EIO;
}

/* salt M || P */
static int derive_key(const uint8_t module[IMPORT_POINT_BYTES], const uint8_t own[IMPORT_POINT_BYTES],
		      struct agreement *a)
{
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
	uint8_t salt[2 * IMPORT_POINT_BYTES];
	int good;

	memcpy(salt, module, IMPORT_POINT_BYTES);
	memcpy(salt + IMPORT_POINT_BYTES, own, IMPORT_POINT_BYTES);
	good = ctx && EVP_KDF_derive(ctx, a->key, sizeof(a->key), (OSSL_PARAM[]) {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, a->shared, sizeof(a->shared)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof(salt)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)TACIT_IMPORT_INFO,
						  sizeof(TACIT_IMPORT_INFO) - 1),
		OSSL_PARAM_construct_end() }) > 0;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(hkdf);
	return good ? 0 : -EIO;
}

/* The key is used once, so that the nonce may be zero. */
static int encrypt(const struct agreement *a, const char *name, const struct tacit_usage *usage, const uint8_t *plain,
		   size_t bytes, struct import_message *out)
{
	static const uint8_t nonce[TACIT_NONCE_BYTES];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t padded[TACIT_NAME_MAX] = { 0 };
	int n, good;

	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	good = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, a->key, nonce) &&
	       EVP_EncryptUpdate(ctx, NULL, &n, padded, sizeof(padded)) &&
	       EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)usage, sizeof(*usage)) &&
	       EVP_EncryptUpdate(ctx, out->sealed, &n, plain, bytes) && (size_t)n == bytes &&
	       EVP_EncryptFinal_ex(ctx, out->sealed + bytes, &n) && !n &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TACIT_TAG_BYTES, out->sealed + bytes);
	out->bytes = bytes + TACIT_TAG_BYTES;
	EVP_CIPHER_CTX_free(ctx);
	return good ? 0 : -EIO;
}

int import_encrypt(const uint8_t module[IMPORT_POINT_BYTES], const char *name, const struct tacit_usage *usage,
		   const uint8_t *plain, size_t bytes, struct import_message *out, struct key_error *error)
{
	EVP_PKEY *peer, *own = NULL;
	struct agreement a;
	int code;

	memset(out, 0, sizeof(*out));
	if (!bytes || bytes > TACIT_IMPORT_PLAIN_MAX)
		return key_error_set(error, -EILSEQ, "%zu bytes are too many (or too few) for a key that the kernel takes: "
				     "P-256, P-384, RSA of 2048 or 3072 bits; at most %d", bytes,
				     TACIT_IMPORT_PLAIN_MAX);
	peer = peer_key(module);
	if (!peer)
		return key_error_set(error, -EBADMSG, "the module's one-time key is no point of %s", GROUP);
	own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", GROUP);
	code = own ? own_point(own, out->peer) : -EIO;
	if (!code)
		code = derive_shared(own, peer, a.shared);
	if (!code)
		code = derive_key(module, out->peer, &a);
	if (!code)
		code = encrypt(&a, name, usage, plain, bytes, out);
	OPENSSL_cleanse(&a, sizeof(a));
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	return code ? key_error_set(error, code, "libcrypto could not encrypt the key for the module") : 0;
}
