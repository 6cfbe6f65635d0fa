// SPDX-License-Identifier: GPL-2.0
#include "key_public.h"

#include <endian.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

static EVP_PKEY *from_data(const char *type, OSSL_PARAM params[])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *ec(const char *group, const uint8_t *xy, size_t bytes)
{
	uint8_t point[1 + 2 * TACIT_P384_BYTES] = { 4 };	/* SEC 1, 2.3.3 */

	memcpy(point + 1, xy, bytes);
	return from_data("EC", (OSSL_PARAM[]) {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + bytes),
		OSSL_PARAM_construct_end()
	});
}

static EVP_PKEY *rsa(const uint8_t *modulus, size_t bytes)
{
	unsigned char native[TACIT_PUBLIC_MAX];
	unsigned int e = 65537;
	BIGNUM *n = BN_bin2bn(modulus, bytes, NULL);
	int good = n && BN_bn2nativepad(n, native, bytes) > 0;

	BN_free(n);
	return !good ? NULL : from_data("RSA", (OSSL_PARAM[]) {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native, bytes),
		OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e),
		OSSL_PARAM_construct_end()
	});
}

EVP_PKEY *key_public(const struct tacit_blob *blob)
{
	size_t bytes = le32toh(blob->public_bytes);

	switch (le32toh(blob->algorithm)) {
	case TACIT_ALGORITHM_ECDSA_P256:
		return bytes == 2 * TACIT_P256_BYTES ? ec("P-256", blob->data, bytes) : NULL;
	case TACIT_ALGORITHM_ECDSA_P384:
		return bytes == 2 * TACIT_P384_BYTES ? ec("P-384", blob->data, bytes) : NULL;
	case TACIT_ALGORITHM_RSA_PSS:
		return bytes && bytes <= TACIT_PUBLIC_MAX ? rsa(blob->data, bytes) : NULL;
	default:
		return NULL;
	}
}
