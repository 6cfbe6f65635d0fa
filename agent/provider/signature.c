// SPDX-License-Identifier: GPL-2.0
#include "signature.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "digest.h"
#include "key.h"

struct signing {
	struct provider *provider;
	struct key *key;
	const struct digest *digest;	/* NULL: the key's own */
	size_t bytes;
	uint8_t content[TACIT_CONTENT_MAX];
};

static bool is_rsa(const struct signing *s)
{
	return s->key && !s->key->kind->group;
}

static const struct digest *digest_of(const struct signing *s)
{
	return s->digest ? s->digest : digest_find(s->key->kind->digest);
}

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

/* An ECDSA key of the kernel signs with one hash, an RSA key with all. */
static int take_digest(struct signing *s, const char *name)
{
	const struct digest *digest = digest_find(name);

	if (!s->key) {
		s->digest = digest;
		return digest != NULL;
	}
	if (digest && (is_rsa(s) || !strcmp(digest->name, s->key->kind->digest))) {
		s->digest = digest;
		return 1;
	}
	provider_raise(s->provider, PROVIDER_ERROR_DIGEST, "%.32s: key %s, %s, signs with %s", name, s->key->name,
		       s->key->kind->title, is_rsa(s) ? "SHA256, SHA384 or SHA512" : s->key->kind->digest);
	return 0;
}

static int set_ctx_params(void *ctx, const OSSL_PARAM params[]);

static int digest_sign_init(void *ctx, const char *digest, void *key, const OSSL_PARAM params[])
{
	struct signing *s = ctx;

	/* Without a key it is the one of before, from the start. */
	if (key) {
		if (!((struct key *)key)->kind)
			return 0;
		key_get(key);
		key_put(s->key);
		s->key = key;
		s->digest = NULL;
	}
	s->bytes = 0;
	if (!s->key || (digest && *digest && !take_digest(s, digest)))
		return 0;
	return set_ctx_params(ctx, params);
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
	uint8_t made[TACIT_SIGNATURE_MAX];
	size_t n;

	if (!s->key)
		return 0;
	if (!signature) {
		*signature_bytes = key_signature_max(s->key);
		return 1;
	}
	if (!key_sign(s->key, digest_of(s)->kernel, content, bytes, made, &n))
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
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	(void)provider;
	return params;
}

#define ALGORITHM_ID_MAX 67

/* AlgorithmIdentifier of ecdsa-with-SHA256 and -SHA384 (RFC 5758, 3.2), DER. */
static size_t ecdsa_id(const struct digest *digest, uint8_t out[ALGORITHM_ID_MAX])
{
	static const uint8_t id[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01 };

	memcpy(out, id, sizeof(id));
	/* ...4.3.2 for SHA-256, ...4.3.3 for SHA-384, ...4.3.4 for SHA-512 */
	out[sizeof(id) - 1] += digest->oid_end;
	return sizeof(id);
}

/* AlgorithmIdentifier of id-RSASSA-PSS with MGF1 of the same hash and a salt as long as it (RFC 4055, 3.1), DER. */
static size_t rsa_pss_id(const struct digest *digest, uint8_t out[ALGORITHM_ID_MAX])
{
	enum { HASH = 29, MGF_HASH = 59, SALT = 66 };
	static const uint8_t id[] = {
		0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34,
		0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00,
		0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08,
		0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00,
		0xa2, 0x03, 0x02, 0x01, 0x00
	};

	_Static_assert(sizeof(id) == ALGORITHM_ID_MAX && SALT == sizeof(id) - 1, "the lengths within agree");
	memcpy(out, id, sizeof(id));
	out[HASH] = digest->oid_end;
	out[MGF_HASH] = digest->oid_end;
	out[SALT] = digest->bytes;
	return sizeof(id);
}

static int get_ctx_params(void *ctx, OSSL_PARAM params[])
{
	const struct signing *s = ctx;
	uint8_t id[ALGORITHM_ID_MAX];
	size_t n;
	OSSL_PARAM *p;

	if (!s->key)
		return 0;
	n = is_rsa(s) ? rsa_pss_id(digest_of(s), id) : ecdsa_id(digest_of(s), id);
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
	if (p && !OSSL_PARAM_set_octet_string(p, id, n))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p && p->data_type == OSSL_PARAM_UTF8_STRING && !OSSL_PARAM_set_utf8_string(p, OSSL_PKEY_RSA_PAD_MODE_PSS))
		return 0;
	if (p && p->data_type != OSSL_PARAM_UTF8_STRING && !OSSL_PARAM_set_int(p, RSA_PKCS1_PSS_PADDING))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
	return !p || OSSL_PARAM_set_utf8_string(p, digest_of(s)->name);
}

static const OSSL_PARAM *settable_ctx_params(void *ctx, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END
	};

	(void)ctx;
	(void)provider;
	return params;
}

/* Words or numbers: older callers use the latter. Return: whether the parameter is one of the two. */
static bool is_value(const OSSL_PARAM *p, const char *word, int number)
{
	int n;

	if (p->data_type == OSSL_PARAM_UTF8_STRING)
		return p->data && !strcasecmp(p->data, word);
	return OSSL_PARAM_get_int(p, &n) && n == number;
}

static bool is_salt(const OSSL_PARAM *p, const struct digest *digest)
{
	char number[8];

	snprintf(number, sizeof(number), "%u", digest->bytes);
	return is_value(p, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST) ||
	       is_value(p, number, digest->bytes);
}

static int refuse_padding(const struct signing *s, const char *what)
{
	provider_raise(s->provider, PROVIDER_ERROR_PADDING,
		       "key %s: %s; RSA keys of the kernel sign with PSS, one hash throughout and a salt of its length",
		       s->key ? s->key->name : "", what);
	return 0;
}

static int set_ctx_params(void *ctx, const OSSL_PARAM params[])
{
	struct signing *s = ctx;
	const OSSL_PARAM *p;

	if (!params)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p && (p->data_type != OSSL_PARAM_UTF8_STRING || !p->data || !take_digest(s, p->data)))
		return 0;
	if (!is_rsa(s))
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p && !is_value(p, OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING))
		return refuse_padding(s, "another padding was asked for");
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	if (p && !is_salt(p, digest_of(s)))
		return refuse_padding(s, "another length of the salt was asked for");
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
	if (p && (p->data_type != OSSL_PARAM_UTF8_STRING || !p->data || digest_find(p->data) != digest_of(s)))
		return refuse_padding(s, "another hash for MGF1 was asked for");
	return 1;
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
