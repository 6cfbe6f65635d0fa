// SPDX-License-Identifier: GPL-2.0
#include "keymgmt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>

/* Of P-256; NIST SP 800-57 part 1, table 2. */
#define BITS 256
#define SECURITY_BITS 128

int keymgmt_offer(struct key *k, OSSL_CALLBACK *callback, void *context)
{
	int type = OSSL_OBJECT_PKEY, code;
	OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &type),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, (char *)PROVIDER_KEY_TYPE, 0),
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
	return !k->name[0];
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

	/* All are of one group; the public half stands for the private one. */
	if (!(selection & OSSL_KEYMGMT_SELECT_KEYPAIR))
		return 1;
	return !empty(a) && !empty(b) && !memcmp(a->point, b->point, sizeof(a->point));
}

static int validate(const void *key, int selection, int check)
{
	(void)selection;
	(void)check;
	/* The kernel checked it when it was made or loaded. */
	return key && !empty(key);
}

static const OSSL_PARAM *gettable_params(void *ctx)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
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

static int get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;

	return !empty(k) && set_int(params, OSSL_PKEY_PARAM_BITS, BITS) &&
	       set_int(params, OSSL_PKEY_PARAM_SECURITY_BITS, SECURITY_BITS) &&
	       set_int(params, OSSL_PKEY_PARAM_MAX_SIZE, TACIT_P256_SIGNATURE_MAX) &&
	       set_text(params, OSSL_PKEY_PARAM_GROUP_NAME, PROVIDER_GROUP) &&
	       set_text(params, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256") &&
	       set_text(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST, "SHA256") &&
	       set_bytes(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, k->point, sizeof(k->point)) &&
	       set_bytes(params, OSSL_PKEY_PARAM_PUB_KEY, k->point, sizeof(k->point));
}

static const OSSL_PARAM *export_types(int selection)
{
	static const OSSL_PARAM public_half[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END
	};

	return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : public_half;
}

/*
 * The public half goes out, so that a certificate is matched with the key and a
 * request can carry it. Where the private half is asked for all is refused:
 * libcrypto would take what it gets for a whole key.
 */
static int export(void *key, int selection, OSSL_CALLBACK *callback, void *context)
{
	struct key *k = key;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)PROVIDER_GROUP, 0),
		OSSL_PARAM_END,
		OSSL_PARAM_END
	};

	if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) {
		provider_raise(k->provider, PROVIDER_ERROR_PRIVATE, "key %s can be used but not exported", k->name);
		return 0;
	}
	if (empty(k))
		return 0;
	if (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)
		params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, k->point, sizeof(k->point));
	return callback(params, context);
}

static const char *query_operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? PROVIDER_SIGNATURE_NAME : NULL;
}

/* No import: a server's certificate must not end up here. */
const OSSL_DISPATCH keymgmt_functions[] = {
	{ OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))new },
	{ OSSL_FUNC_KEYMGMT_LOAD, (void (*)(void))load },
	{ OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))release },
	{ OSSL_FUNC_KEYMGMT_DUP, (void (*)(void))dup },
	{ OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))has },
	{ OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))match },
	{ OSSL_FUNC_KEYMGMT_VALIDATE, (void (*)(void))validate },
	{ OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))gettable_params },
	{ OSSL_FUNC_KEYMGMT_EXPORT, (void (*)(void))export },
	{ OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (void (*)(void))export_types },
	{ OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (void (*)(void))query_operation_name },
	{ 0, NULL }
};
