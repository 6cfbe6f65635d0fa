// SPDX-License-Identifier: GPL-2.0
#include "keymgmt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>

/* The only public exponent, as tacit_key.h says. */
#define RSA_E 65537u

int keymgmt_offer(struct key *k, OSSL_CALLBACK *callback, void *context)
{
	int type = OSSL_OBJECT_PKEY, code;
	OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &type),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, (char *)k->kind->type, 0),
		OSSL_PARAM_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &k, sizeof(k)),
		OSSL_PARAM_END
	};

	code = callback(params, context);
	/* load() below has set it to NULL if it took the key. */
	key_put(k);
	return code;
}

/*
 * A key without anything in it. When a certificate is matched with a key
 * libcrypto begins by trying to import the one into the other's provider; that
 * fails here, as it should, but without this it would leave an error behind.
 */
static void *new(void *provider)
{
	struct key *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->provider = provider;
	k->references = 1;
	return k;
}

static bool empty(const struct key *k)
{
	return !k->kind;
}

static void *load(const void *reference, size_t bytes)
{
	struct key *k, **from = (struct key **)reference;

	if (bytes != sizeof(k))
		return NULL;
	k = *from;
	*from = NULL;
	return k;
}

static void release(void *key)
{
	key_put(key);
}

/* Keys never change, so a copy is the key itself. */
static void *dup(const void *key, int selection)
{
	(void)selection;
	return key_get((struct key *)key);
}

static int has(const void *key, int selection)
{
	(void)selection;
	return key && !empty(key);
}

static int match(const void *one, const void *other, int selection)
{
	const struct key *a = one, *b = other;

	if (empty(a) || empty(b) || a->kind != b->kind)
		return 0;
	/* The public half stands for the private one. */
	if (!(selection & OSSL_KEYMGMT_SELECT_KEYPAIR))
		return 1;
	return a->public_bytes == b->public_bytes && !memcmp(a->point, b->point, 1 + a->public_bytes);
}

static int validate(const void *key, int selection, int check)
{
	(void)selection;
	(void)check;
	/* The kernel checked it when it was made or loaded. */
	return key && !empty(key);
}

#define COMMON_PARAMS \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL), \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL), \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL), \
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0)

static const OSSL_PARAM *ec_gettable_params(void *ctx)
{
	static const OSSL_PARAM params[] = {
		COMMON_PARAMS,
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	return params;
}

static const OSSL_PARAM *rsa_gettable_params(void *ctx)
{
	static const OSSL_PARAM params[] = {
		COMMON_PARAMS,
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	return params;
}

static int set_int(OSSL_PARAM *params, const char *name, int value)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);

	return !p || OSSL_PARAM_set_int(p, value);
}

static int set_text(OSSL_PARAM *params, const char *name, const char *value)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);

	return !p || OSSL_PARAM_set_utf8_string(p, value);
}

static int set_bytes(OSSL_PARAM *params, const char *name, const void *value, size_t bytes)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);

	return !p || OSSL_PARAM_set_octet_string(p, value, bytes);
}

/* NIST SP 800-57 part 1, table 2. */
static int security_bits(const struct key *k)
{
	if (k->kind->group)
		return k->public_bytes / 2 * 8 / 2;
	return k->public_bytes == TACIT_RSA_2048_BYTES ? 112 : 128;
}

static int get_common(const struct key *k, OSSL_PARAM params[])
{
	int bits = (k->kind->group ? k->public_bytes / 2 : k->public_bytes) * 8;

	return set_int(params, OSSL_PKEY_PARAM_BITS, bits) &&
	       set_int(params, OSSL_PKEY_PARAM_SECURITY_BITS, security_bits(k)) &&
	       set_int(params, OSSL_PKEY_PARAM_MAX_SIZE, key_signature_max(k)) &&
	       set_text(params, OSSL_PKEY_PARAM_DEFAULT_DIGEST, k->kind->digest);
}

static int ec_get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;

	return !empty(k) && get_common(k, params) &&
	       set_text(params, OSSL_PKEY_PARAM_GROUP_NAME, k->kind->group) &&
	       set_text(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST, k->kind->digest) &&
	       set_bytes(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, k->point, 1 + k->public_bytes) &&
	       set_bytes(params, OSSL_PKEY_PARAM_PUB_KEY, k->point, 1 + k->public_bytes);
}

static int set_integer(OSSL_PARAM *params, const char *name, const uint8_t *big_endian, size_t bytes)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);
	BIGNUM *n;
	int good;

	if (!p)
		return 1;
	n = BN_bin2bn(big_endian, bytes, NULL);
	good = n && OSSL_PARAM_set_BN(p, n);
	BN_free(n);
	return good;
}

/* Big-endian. */
static const uint8_t rsa_e[] = { RSA_E >> 16, RSA_E >> 8 & 0xff, RSA_E & 0xff };

static int rsa_get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;

	return !empty(k) && get_common(k, params) &&
	       set_integer(params, OSSL_PKEY_PARAM_RSA_N, k->point + 1, k->public_bytes) &&
	       set_integer(params, OSSL_PKEY_PARAM_RSA_E, rsa_e, sizeof(rsa_e));
}

static const OSSL_PARAM *ec_export_types(int selection)
{
	static const OSSL_PARAM public_half[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END
	};

	return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : public_half;
}

static const OSSL_PARAM *rsa_export_types(int selection)
{
	static const OSSL_PARAM public_half[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END
	};

	return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : public_half;
}

/*
 * The public half goes out, so that a certificate is matched with the key and a
 * request can carry it. Where the private half is asked for all is refused:
 * libcrypto would take what it gets for a whole key.
 */
static int may_export(const struct key *k, int selection)
{
	if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) {
		provider_raise(k->provider, PROVIDER_ERROR_PRIVATE, "key %s can be used but not exported", k->name);
		return 0;
	}
	return !empty(k);
}

static int ec_export(void *key, int selection, OSSL_CALLBACK *callback, void *context)
{
	struct key *k = key;
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END };

	if (!may_export(k, selection))
		return 0;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)k->kind->group, 0);
	if (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)
		params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, k->point, 1 + k->public_bytes);
	return callback(params, context);
}

static int rsa_export(void *key, int selection, OSSL_CALLBACK *callback, void *context)
{
	struct key *k = key;
	unsigned char n[TACIT_PUBLIC_MAX];
	unsigned int e = RSA_E;
	BIGNUM *modulus;
	int good;

	if (!may_export(k, selection))
		return 0;
	/* Parameters are in the machine's byte order. */
	modulus = BN_bin2bn(k->point + 1, k->public_bytes, NULL);
	good = modulus && BN_bn2nativepad(modulus, n, k->public_bytes) > 0;
	BN_free(modulus);
	return good && callback((OSSL_PARAM[]) {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, k->public_bytes),
		OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e),
		OSSL_PARAM_construct_end()
	}, context);
}

static const char *ec_operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? PROVIDER_ECDSA : NULL;
}

static const char *rsa_operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? PROVIDER_RSA_PSS : NULL;
}

/* No import: a server's certificate must not end up here. */
#define KEYMGMT_FUNCTIONS(type) { \
	{ OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))new }, \
	{ OSSL_FUNC_KEYMGMT_LOAD, (void (*)(void))load }, \
	{ OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))release }, \
	{ OSSL_FUNC_KEYMGMT_DUP, (void (*)(void))dup }, \
	{ OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))has }, \
	{ OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))match }, \
	{ OSSL_FUNC_KEYMGMT_VALIDATE, (void (*)(void))validate }, \
	{ OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))type##_get_params }, \
	{ OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))type##_gettable_params }, \
	{ OSSL_FUNC_KEYMGMT_EXPORT, (void (*)(void))type##_export }, \
	{ OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (void (*)(void))type##_export_types }, \
	{ OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (void (*)(void))type##_operation_name }, \
	{ 0, NULL } \
}

const OSSL_DISPATCH keymgmt_ec_functions[] = KEYMGMT_FUNCTIONS(ec);
const OSSL_DISPATCH keymgmt_rsa_functions[] = KEYMGMT_FUNCTIONS(rsa);
