// SPDX-License-Identifier: GPL-2.0
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "import.h"

void fuzz_import_take(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	struct fuzz_import *import = context;

	(void)command;
	if (type == TACIT_ATTR_PUBLIC && bytes == sizeof(import->module))
		memcpy(import->module, data, bytes);
}

/* One key of each kind, made once: 0 P-256, 1 P-384, 2 RSA. */
static const uint8_t *fuzz_import_key(unsigned int kind, size_t *bytes)
{
	static uint8_t *der[3];
	static size_t sizes[3];

	if (!der[kind]) {
		EVP_PKEY *key = kind == 2 ? EVP_RSA_gen(2048) : EVP_EC_gen(kind ? "P-384" : "P-256");
		PKCS8_PRIV_KEY_INFO *info = key ? EVP_PKEY2PKCS8(key) : NULL;
		int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der[kind]) : -1;

		if (n < 0 || n > TACIT_IMPORT_PLAIN_MAX)
			abort();
		sizes[kind] = (size_t)n;
		PKCS8_PRIV_KEY_INFO_free(info);
		EVP_PKEY_free(key);
	}
	*bytes = sizes[kind];
	return der[kind];
}

void fuzz_import_draw(struct fuzz_import *import, bool wrong)
{
	const uint8_t *key = fuzz_import_key(below(8) ? below(2) : 2, &import->plain_bytes);

	memcpy(import->plain, key, import->plain_bytes);
	if (!wrong)
		return;
	/* The heads and the beginnings of the numbers deserve more than their share. */
	mutate(import->plain, below(2) && import->plain_bytes > 48 ? 48 : import->plain_bytes);
	if (!below(6))
		import->plain_bytes = below((uint32_t)import->plain_bytes);
	else if (!below(6))
		import->plain_bytes += below((uint32_t)(sizeof(import->plain) - import->plain_bytes));
}

static EVP_PKEY *fuzz_import_point(const uint8_t point[FUZZ_POINT])
{
	uint8_t encoded[1 + FUZZ_POINT] = { 4 };
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"P-256", 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof(encoded)),
		OSSL_PARAM_END,
	};

	memcpy(encoded + 1, point, FUZZ_POINT);
	if (!c || EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

/* Z, and P of a key pair that is drawn once. */
static bool fuzz_import_agree(struct fuzz_import *import, uint8_t z[TACIT_P256_BYTES])
{
	static EVP_PKEY *own;
	uint8_t encoded[1 + FUZZ_POINT];
	size_t bytes = 0, z_bytes = TACIT_P256_BYTES;
	EVP_PKEY *module = fuzz_import_point(import->module);
	EVP_PKEY_CTX *c;
	bool good;

	if (!own)
		own = EVP_EC_gen("P-256");
	c = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
	good = module && c &&
	       EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof(encoded), &bytes) == 1 &&
	       bytes == sizeof(encoded) && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, module) == 1 &&
	       EVP_PKEY_derive(c, z, &z_bytes) == 1;
	if (good)
		memcpy(import->peer, encoded + 1, FUZZ_POINT);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(module);
	return good;
}

static bool fuzz_import_derive(const struct fuzz_import *import, uint8_t z[TACIT_P256_BYTES], uint8_t key[32])
{
	uint8_t salt[2 * FUZZ_POINT];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *c = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, z, TACIT_P256_BYTES),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof(salt)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (char *)TACIT_IMPORT_INFO, sizeof(TACIT_IMPORT_INFO) - 1),
		OSSL_PARAM_END,
	};
	bool good;

	memcpy(salt, import->module, FUZZ_POINT);
	memcpy(salt + FUZZ_POINT, import->peer, FUZZ_POINT);
	good = c && EVP_KDF_derive(c, key, 32, params) == 1;
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	return good;
}

bool fuzz_import_encrypt(struct fuzz_import *import, const char *name, const struct tacit_usage *usage)
{
	static const uint8_t nonce[TACIT_NONCE_BYTES];
	uint8_t padded[TACIT_NAME_MAX] = { 0 }, z[TACIT_P256_BYTES], key[32];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool good;
	int n;

	memcpy(padded, name, strlen(name));
	import->sealed_bytes = import->plain_bytes + TACIT_TAG_BYTES;
	good = c && fuzz_import_agree(import, z) && fuzz_import_derive(import, z, key) &&
	       EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	       EVP_EncryptUpdate(c, NULL, &n, padded, sizeof(padded)) == 1 &&
	       EVP_EncryptUpdate(c, NULL, &n, (const uint8_t *)usage, sizeof(*usage)) == 1 &&
	       EVP_EncryptUpdate(c, import->sealed, &n, import->plain, (int)import->plain_bytes) == 1 &&
	       EVP_EncryptFinal_ex(c, import->sealed + import->plain_bytes, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TACIT_TAG_BYTES, import->sealed + import->plain_bytes) == 1;
	EVP_CIPHER_CTX_free(c);
	return good;
}
