// SPDX-License-Identifier: GPL-2.0
#include "provider.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "decoder.h"
#include "key.h"
#include "keymgmt.h"
#include "signature.h"
#include "store.h"

/* The only name that leaves this shared object; see provider-base(7). */
__attribute__((visibility("default"))) OSSL_provider_init_fn OSSL_provider_init;

void provider_raise_at(const struct provider *p, const char *file, int line, const char *function,
		       enum provider_reason reason, const char *format, ...)
{
	va_list args;

	if (!p->new_error || !p->set_error_debug || !p->vset_error)
		return;
	p->new_error(p->core);
	p->set_error_debug(p->core, file, line, function);
	va_start(args, format);
	p->vset_error(p->core, reason, format, args);
	va_end(args);
}

static const OSSL_ITEM reasons[] = {
	{ PROVIDER_ERROR_MODULE, "kernel module tacit not loaded" },
	{ PROVIDER_ERROR_NAME, "malformed key name" },
	{ PROVIDER_ERROR_NO_KEY, "no such key in the kernel" },
	{ PROVIDER_ERROR_READ, "cannot read public half" },
	{ PROVIDER_ERROR_ALGORITHM, "unknown algorithm or version" },
	{ PROVIDER_ERROR_PRIVATE, "private half stays in the kernel" },
	{ PROVIDER_ERROR_DIGEST, "digest not offered" },
	{ PROVIDER_ERROR_PADDING, "padding not offered" },
	{ PROVIDER_ERROR_CONTENT, "content too long" },
	{ PROVIDER_ERROR_REFUSED, "signature refused by the kernel" },
	{ PROVIDER_ERROR_SIGN, "signing failed" },
	{ PROVIDER_ERROR_MEMORY, "out of memory" },
	{ PROVIDER_ERROR_ORDER, "no other provider is loaded before this one" },
	{ 0, NULL }
};

static const OSSL_ITEM *get_reason_strings(void *ctx)
{
	(void)ctx;
	return reasons;
}

static const OSSL_PARAM *gettable_params(void *ctx)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
		OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
		OSSL_PARAM_END
	};

	(void)ctx;
	return params;
}

static int get_params(void *ctx, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)ctx;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);
	if (p && !OSSL_PARAM_set_utf8_ptr(p, "tacit: keys in the kernel"))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_VERSION);
	if (p && !OSSL_PARAM_set_utf8_ptr(p, TACIT_VERSION))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_BUILDINFO);
	if (p && !OSSL_PARAM_set_utf8_ptr(p, TACIT_VERSION))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
	return !p || OSSL_PARAM_set_int(p, 1);
}

#define PROPERTIES "provider=" PROVIDER_NAME

static const OSSL_ALGORITHM keymgmts[] = {
	{ PROVIDER_EC_NAMES, PROPERTIES, keymgmt_ec_functions, "P-256 and P-384 keys of tacit.ko" },
	{ PROVIDER_RSA_NAMES, PROPERTIES, keymgmt_rsa_functions, "RSA keys of tacit.ko" },
	{ NULL, NULL, NULL, NULL }
};

static const OSSL_ALGORITHM signatures[] = {
	{ PROVIDER_ECDSA, PROPERTIES, signature_functions, "ECDSA by tacit.ko" },
	{ PROVIDER_RSA_PSS, PROPERTIES, signature_functions, "RSA-PSS by tacit.ko" },
	{ NULL, NULL, NULL, NULL }
};

static const OSSL_ALGORITHM stores[] = {
	{ "tacit", PROPERTIES, store_functions, "keys of tacit.ko by name" },
	{ NULL, NULL, NULL, NULL }
};

static const OSSL_ALGORITHM decoders[] = {
	{ "DER", PROPERTIES ",input=pem", decoder_pem_functions, "PEM reference to a key of tacit.ko" },
	{ PROVIDER_EC_NAMES, PROPERTIES ",input=der,structure=" DECODER_STRUCTURE, decoder_ec_functions,
	  "reference to an EC key of tacit.ko" },
	{ PROVIDER_RSA_NAMES, PROPERTIES ",input=der,structure=" DECODER_STRUCTURE, decoder_rsa_functions,
	  "reference to an RSA key of tacit.ko" },
	{ NULL, NULL, NULL, NULL }
};

static const OSSL_ALGORITHM *query_operation(void *ctx, int operation, int *no_store)
{
	(void)ctx;
	*no_store = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return keymgmts;
	case OSSL_OP_SIGNATURE:
		return signatures;
	case OSSL_OP_STORE:
		return stores;
	case OSSL_OP_DECODER:
		return decoders;
	default:
		return NULL;
	}
}

static void teardown(void *ctx)
{
	free(ctx);
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown },
	{ OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable_params },
	{ OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation },
	{ OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, (void (*)(void))get_reason_strings },
	{ 0, NULL }
};

/* What init needs of the core only once. */
struct core_once {
	OSSL_FUNC_core_get_libctx_fn *get_libctx;
	OSSL_FUNC_CRYPTO_free_fn *free;
};

static void take_core(struct provider *p, struct core_once *once, const OSSL_DISPATCH *in)
{
	for (; in->function_id; in++) {
		switch (in->function_id) {
		case OSSL_FUNC_CORE_NEW_ERROR:
			p->new_error = OSSL_FUNC_core_new_error(in);
			break;
		case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
			p->set_error_debug = OSSL_FUNC_core_set_error_debug(in);
			break;
		case OSSL_FUNC_CORE_VSET_ERROR:
			p->vset_error = OSSL_FUNC_core_vset_error(in);
			break;
		case OSSL_FUNC_BIO_READ_EX:
			p->bio_read = OSSL_FUNC_BIO_read_ex(in);
			break;
		case OSSL_FUNC_BIO_GETS:
			p->bio_gets = OSSL_FUNC_BIO_gets(in);
			break;
		case OSSL_FUNC_CORE_GET_LIBCTX:
			once->get_libctx = OSSL_FUNC_core_get_libctx(in);
			break;
		case OSSL_FUNC_CRYPTO_FREE:
			once->free = OSSL_FUNC_CRYPTO_free(in);
			break;
		}
	}
}

/* Have libcrypto look for one that bears the name, loading the default provider where nobody does. */
static int other_first(OSSL_LIB_CTX *library, const char *type)
{
	EVP_KEYMGMT *other = EVP_KEYMGMT_fetch(library, type, NULL);

	if (!other && OSSL_PROVIDER_load(library, "default"))
		other = EVP_KEYMGMT_fetch(library, type, NULL);
	EVP_KEYMGMT_free(other);
	return other != NULL;
}

/*
 * Our key management must bear the names EC and RSA, or libssl knows no use for
 * the keys. Where nobody says which provider is meant libcrypto takes the one that
 * it saw first, so that, seen first, we would stand before the real EC: no key
 * could be generated any more. So have it look now, while we are not offered yet.
 *
 * An openssl.cnf that names this provider alone switches libcrypto's own fall
 * back to the default provider off, for every program that reads it; so does
 * `-provider tacit`. Then the default provider is loaded here, so that it is
 * never hidden.
 *
 * Return: 1, or 0 where there is no other EC or RSA: then this one must not come first.
 */
static int others_first(const struct provider *p, const struct core_once *once)
{
	OSSL_LIB_CTX *library;
	int good;

	/* The core's context can be used as ours only where both are of one libcrypto. */
	if (!once->get_libctx || once->free != CRYPTO_free)
		return 1;
	library = (OSSL_LIB_CTX *)once->get_libctx(p->core);
	ERR_set_mark();
	good = other_first(library, PROVIDER_EC) && other_first(library, PROVIDER_RSA);
	ERR_pop_to_mark();
	if (!good)
		provider_raise(p, PROVIDER_ERROR_ORDER,
			       "name `default` before `tacit` in openssl.cnf or on the command line");
	return good;
}

int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **ctx)
{
	struct core_once once = { NULL, NULL };
	struct provider *p = calloc(1, sizeof(*p));

	if (!p)
		return 0;
	p->core = core;
	take_core(p, &once, in);
	if (!p->bio_read || !p->bio_gets || !others_first(p, &once)) {
		free(p);
		return 0;
	}
	/* Now, while sysfs can be seen: the program may go into an empty root afterwards. */
	key_find_ring(p);
	*out = functions;
	*ctx = p;
	return 1;
}
