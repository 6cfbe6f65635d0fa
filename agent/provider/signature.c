// SPDX-License-Identifier: GPL-2.0
#include "signature.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "key.h"

struct signing {
	struct provider *provider;
	struct key *key;
	size_t bytes;
	uint8_t content[TACIT_CONTENT_MAX];
};

/* AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758, 3.2), DER. */
static const uint8_t algorithm_id[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };

static void *newctx(void *provider, const char *properties)
{
	struct signing *s = calloc(1, sizeof(*s));

	(void)properties;
	if (!s) {
		provider_raise(provider, PROVIDER_ERROR_MEMORY, "%zu bytes", sizeof(*s));
		return NULL;
	}
	s->provider = provider;
	return s;
}

static void freectx(void *ctx)
{
	struct signing *s = ctx;

	if (!s)
		return;
	key_put(s->key);
	free(s);
}

static void *dupctx(void *ctx)
{
	const struct signing *from = ctx;
	struct signing *s = newctx(from->provider, NULL);

	if (!s)
		return NULL;
	*s = *from;
	if (s->key)
		key_get(s->key);
	return s;
}

/* Library and version decide by which of its names SHA-256 comes. */
static int is_sha256(const char *name)
{
	static const char *const names[] = { "SHA256", "SHA2-256", "SHA-256", "2.16.840.1.101.3.4.2.1" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcasecmp(name, names[i]))
			return 1;
	}
	return 0;
}

static int check_digest(const struct signing *s, const char *name)
{
	if (is_sha256(name))
		return 1;
	provider_raise(s->provider, PROVIDER_ERROR_DIGEST, "%.32s: keys of tacit.ko sign with SHA-256", name);
	return 0;
}

static int digest_sign_init(void *ctx, const char *digest, void *key, const OSSL_PARAM params[])
{
	struct signing *s = ctx;

	(void)params;
	if (digest && *digest && !check_digest(s, digest))
		return 0;
	/* Without a key it is the one of before, from the start. */
	if (key) {
		key_get(key);
		key_put(s->key);
		s->key = key;
	}
	s->bytes = 0;
	return s->key != NULL;
}

static int digest_sign_update(void *ctx, const unsigned char *data, size_t bytes)
{
	struct signing *s = ctx;

	if (bytes > sizeof(s->content) - s->bytes) {
		provider_raise(s->provider, PROVIDER_ERROR_CONTENT, "key %s: the kernel signs at most %d bytes at once",
			       s->key ? s->key->name : "", TACIT_CONTENT_MAX);
		return 0;
	}
	memcpy(s->content + s->bytes, data, bytes);
	s->bytes += bytes;
	return 1;
}

static int digest_sign(void *ctx, unsigned char *signature, size_t *signature_bytes, size_t room,
		       const unsigned char *content, size_t bytes)
{
	struct signing *s = ctx;
	uint8_t made[TACIT_P256_SIGNATURE_MAX];
	size_t n;

	if (!signature) {
		*signature_bytes = TACIT_P256_SIGNATURE_MAX;
		return 1;
	}
	if (!s->key || !key_sign(s->key, content, bytes, made, &n))
		return 0;
	if (n > room) {
		provider_raise(s->provider, PROVIDER_ERROR_SIGN, "room for %zu bytes of signature, %zu are needed",
			       room, n);
		return 0;
	}
	memcpy(signature, made, n);
	*signature_bytes = n;
	return 1;
}

static int digest_sign_final(void *ctx, unsigned char *signature, size_t *signature_bytes, size_t room)
{
	struct signing *s = ctx;

	return digest_sign(ctx, signature, signature_bytes, room, s->content, s->bytes);
}

static const OSSL_PARAM *gettable_ctx_params(void *ctx, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	(void)provider;
	return params;
}

static int get_ctx_params(void *ctx, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)ctx;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
	if (p && !OSSL_PARAM_set_octet_string(p, algorithm_id, sizeof(algorithm_id)))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
	return !p || OSSL_PARAM_set_utf8_string(p, "SHA256");
}

static const OSSL_PARAM *settable_ctx_params(void *ctx, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	(void)provider;
	return params;
}

static int set_ctx_params(void *ctx, const OSSL_PARAM params[])
{
	const OSSL_PARAM *p;

	if (!params)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (!p)
		return 1;
	return p->data_type == OSSL_PARAM_UTF8_STRING && p->data && check_digest(ctx, p->data);
}

const OSSL_DISPATCH signature_functions[] = {
	{ OSSL_FUNC_SIGNATURE_NEWCTX, (void (*)(void))newctx },
	{ OSSL_FUNC_SIGNATURE_FREECTX, (void (*)(void))freectx },
	{ OSSL_FUNC_SIGNATURE_DUPCTX, (void (*)(void))dupctx },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (void (*)(void))digest_sign_init },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (void (*)(void))digest_sign_update },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (void (*)(void))digest_sign_final },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN, (void (*)(void))digest_sign },
	{ OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (void (*)(void))get_ctx_params },
	{ OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_ctx_params },
	{ OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (void (*)(void))set_ctx_params },
	{ OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (void (*)(void))settable_ctx_params },
	{ 0, NULL }
};
