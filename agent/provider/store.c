// SPDX-License-Identifier: GPL-2.0
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/store.h>

#include "keymgmt.h"

struct session {
	struct provider *provider;
	char name[TACIT_NAME_MAX + 1];	/* room for one too many, so that key_open() can refuse it */
	int done;
};

static void *store_open(void *provider, const char *uri)
{
	struct session *s;

	if (strncasecmp(uri, STORE_SCHEME, sizeof(STORE_SCHEME) - 1))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		provider_raise(provider, PROVIDER_ERROR_MEMORY, "%zu bytes", sizeof(*s));
		return NULL;
	}
	s->provider = provider;
	strncpy(s->name, uri + sizeof(STORE_SCHEME) - 1, sizeof(s->name) - 1);
	return s;
}

static const OSSL_PARAM *store_settable(void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_STORE_PARAM_EXPECT, NULL),
		OSSL_PARAM_END
	};

	(void)provider;
	return params;
}

static int store_set(void *session, const OSSL_PARAM params[])
{
	struct session *s = session;
	const OSSL_PARAM *p = params ? OSSL_PARAM_locate_const(params, OSSL_STORE_PARAM_EXPECT) : NULL;
	int expected = 0;

	if (!p)
		return 1;
	if (!OSSL_PARAM_get_int(p, &expected))
		return 0;
	/* There are keys here and nothing else. */
	if (expected && expected != OSSL_STORE_INFO_PKEY && expected != OSSL_STORE_INFO_PUBKEY)
		s->done = 1;
	return 1;
}

static int store_load(void *session, OSSL_CALLBACK *callback, void *context, OSSL_PASSPHRASE_CALLBACK *ask,
		      void *ask_context)
{
	struct session *s = session;
	struct key *k;

	(void)ask;
	(void)ask_context;
	s->done = 1;
	k = key_open(s->provider, s->name, strlen(s->name));
	return k ? keymgmt_offer(k, callback, context) : 0;
}

static int store_eof(void *session)
{
	return ((struct session *)session)->done;
}

static int store_close(void *session)
{
	free(session);
	return 1;
}

/* Asked for the key in another provider's hands first; that is not to be had. */
static int store_export(void *session, const void *reference, size_t bytes, OSSL_CALLBACK *callback, void *context)
{
	(void)session;
	(void)reference;
	(void)bytes;
	(void)callback;
	(void)context;
	return 0;
}

const OSSL_DISPATCH store_functions[] = {
	{ OSSL_FUNC_STORE_OPEN, (void (*)(void))store_open },
	{ OSSL_FUNC_STORE_SETTABLE_CTX_PARAMS, (void (*)(void))store_settable },
	{ OSSL_FUNC_STORE_SET_CTX_PARAMS, (void (*)(void))store_set },
	{ OSSL_FUNC_STORE_LOAD, (void (*)(void))store_load },
	{ OSSL_FUNC_STORE_EOF, (void (*)(void))store_eof },
	{ OSSL_FUNC_STORE_CLOSE, (void (*)(void))store_close },
	{ OSSL_FUNC_STORE_EXPORT_OBJECT, (void (*)(void))store_export },
	{ 0, NULL }
};
