// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "credentials.h"

#define SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

struct credentials {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *standard;
	OSSL_PROVIDER *tacit;
};

/* The sentence, then OpenSSL's own first reason in brackets. */
static void fail(struct credentials_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct credentials_error *error, const char *format, ...)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	if (reason && n > 0 && (size_t)n < sizeof(error->text))
		snprintf(error->text + n, sizeof(error->text) - (size_t)n, " (%s)", reason);
	ERR_clear_error();
}

struct credentials *credentials_new(struct credentials_error *error)
{
	const char *modules = getenv("OPENSSL_MODULES");
	struct credentials *c = calloc(1, sizeof(*c));

	if (!c || !(c->library = OSSL_LIB_CTX_new())) {
		fail(error, "out of memory");
		goto out;
	}
	if (modules && !OSSL_PROVIDER_set_default_search_path(c->library, modules)) {
		fail(error, "OPENSSL_MODULES=%s cannot be used", modules);
		goto out;
	}
	c->standard = OSSL_PROVIDER_load(c->library, "default");
	if (!c->standard) {
		fail(error, "OpenSSL's default provider does not load");
		goto out;
	}
	c->tacit = OSSL_PROVIDER_load(c->library, "tacit");
	if (!c->tacit) {
		fail(error, "OpenSSL's provider tacit.so does not load; is it installed in %s?",
		     modules ? modules : "OpenSSL's modules directory (`openssl version -m`)");
		goto out;
	}
	return c;
out:
	credentials_free(c);
	return NULL;
}

void credentials_free(struct credentials *c)
{
	if (!c)
		return;
	if (c->tacit)
		OSSL_PROVIDER_unload(c->tacit);
	if (c->standard)
		OSSL_PROVIDER_unload(c->standard);
	OSSL_LIB_CTX_free(c->library);
	free(c);
}

static EVP_PKEY *open_key(struct credentials *c, const char *name)
{
	char uri[sizeof("tacit:") + TACIT_NAME_MAX];
	OSSL_STORE_CTX *store;
	EVP_PKEY *key = NULL;

	snprintf(uri, sizeof(uri), "tacit:%s", name);
	store = OSSL_STORE_open_ex(uri, c->library, NULL, NULL, NULL, NULL, NULL, NULL);
	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info)
			break;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return key;
}

static int set_policy(SSL_CTX *context)
{
	/* Tickets would save nothing here: the kernel's key signs in less than a round trip. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_read_ahead(context, 0);
	return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) && SSL_CTX_set_ciphersuites(context, SUITES);
}

/* No tickets, so no resumption, and no early data: each connection proves all anew. */
static int set_server_policy(SSL_CTX *context)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	return SSL_CTX_set_num_tickets(context, 0) && SSL_CTX_set_max_early_data(context, 0);
}

/* Who may have signed the peer's certificate; a server asks for one then, and says whose it takes. */
static int use_ca(SSL_CTX *context, const struct config_channel *config, struct credentials_error *error)
{
	STACK_OF(X509_NAME) *names;

	if (SSL_CTX_load_verify_file(context, config->ca) != 1)
		goto fail;
	if (config->mode != CONFIG_MODE_ACCEPT)
		return 1;
	names = SSL_load_client_CA_file(config->ca);
	if (!names)
		goto fail;
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 1;
fail:
	fail(error, "%s: ca = %s cannot be read as PEM certificates", config->name, config->ca);
	return 0;
}

static int use_key(struct credentials *c, SSL_CTX *context, const struct config_channel *config,
		   struct credentials_error *error)
{
	EVP_PKEY *key = open_key(c, config->key);
	int ret = 0;

	if (!key)
		fail(error, "%s: key `%s` is not in the kernel; make it with `tacit key new %s%s`", config->name,
		     config->key, config->key, config->mode == CONFIG_MODE_ACCEPT ? " --usage tls13-server,csr --rate 6000/min --burst 200" : "");
	else if (SSL_CTX_use_PrivateKey(context, key) != 1 || SSL_CTX_check_private_key(context) != 1)
		fail(error, "%s: certificate %s is not for key `%s`; have `tacit key csr %s` signed", config->name,
		     config->certificate, config->key, config->key);
	else
		ret = 1;
	EVP_PKEY_free(key);
	return ret;
}

SSL_CTX *credentials_context(struct credentials *c, const struct config_channel *config,
			     struct credentials_error *error)
{
	bool server = config->mode == CONFIG_MODE_ACCEPT;
	SSL_CTX *context;

	ERR_clear_error();
	context = SSL_CTX_new_ex(c->library, NULL, server ? TLS_server_method() : TLS_client_method());
	if (!context || !set_policy(context) || (server && !set_server_policy(context))) {
		fail(error, "%s: OpenSSL cannot be set to TLS 1.3", config->name);
		goto out;
	}
	if (!server || config->ca[0]) {
		if (!use_ca(context, config, error))
			goto out;
	}
	if (SSL_CTX_use_certificate_chain_file(context, config->certificate) != 1) {
		fail(error, "%s: certificate = %s cannot be read as PEM, leaf first", config->name,
		     config->certificate);
		goto out;
	}
	if (!use_key(c, context, config, error))
		goto out;
	return context;
out:
	SSL_CTX_free(context);
	return NULL;
}

/* The next certificate of the text; NULL at its end, or for what is none: then there is an error in the queue. */
static X509 *read_next(struct credentials *c, BIO *pem)
{
	X509 *certificate = X509_new_ex(c->library, NULL);

	if (certificate && PEM_read_bio_X509(pem, &certificate, NULL, NULL))
		return certificate;
	X509_free(certificate);
	if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
		ERR_clear_error();
	return NULL;
}

/* The leaf is taken off it. Return: NULL if there is none, or something in the text cannot be read. */
static STACK_OF(X509) *read_chain(struct credentials *c, const void *text, size_t bytes, X509 **leaf)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *pem = BIO_new_mem_buf(text, (int)bytes);
	X509 *next;

	*leaf = NULL;
	while (chain && pem && (next = read_next(c, pem))) {
		if (!sk_X509_push(chain, next)) {
			X509_free(next);
			break;
		}
	}
	BIO_free(pem);
	if (chain && !ERR_peek_error())
		*leaf = sk_X509_shift(chain);
	if (*leaf)
		return chain;
	sk_X509_pop_free(chain, X509_free);
	return NULL;
}

int credentials_renew(struct credentials *c, SSL_CTX *context, const struct config_channel *config, const void *pem,
		      size_t bytes, struct credentials_error *error)
{
	EVP_PKEY *key = SSL_CTX_get0_privatekey(context);
	STACK_OF(X509) *chain;
	X509 *leaf;
	int taken;

	ERR_clear_error();
	chain = read_chain(c, pem, bytes, &leaf);
	if (!chain) {
		fail(error, "%s: certificate = %s cannot be read as PEM, leaf first", config->name,
		     config->certificate);
		return -EINVAL;
	}
	/* OpenSSL lets go of the context's key before it takes the new one, and they are the same: it must not be the last. */
	key = key && EVP_PKEY_up_ref(key) ? key : NULL;
	/* It looks at everything before it changes anything. */
	taken = key && SSL_CTX_use_cert_and_key(context, leaf, key, chain, 1) == 1;
	if (!taken)
		fail(error, "%s: certificate %s %s key `%s`", config->name, config->certificate,
		     ERR_GET_REASON(ERR_peek_error()) == SSL_R_PRIVATE_KEY_MISMATCH ? "is not for" : "cannot be used with",
		     config->key);
	EVP_PKEY_free(key);
	X509_free(leaf);
	sk_X509_pop_free(chain, X509_free);
	return taken ? 0 : -EINVAL;
}

uint64_t credentials_end(const SSL_CTX *context)
{
	const X509 *certificate = SSL_CTX_get0_certificate(context);
	struct tm tm;
	time_t end;

	if (!certificate || !ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm))
		return 0;
	end = timegm(&tm);
	return end > 0 ? (uint64_t)end : 0;
}

int credentials_client_id(struct credentials *c, const SSL_CTX *context, const char *name, char *id, size_t room)
{
	X509 *certificate = SSL_CTX_get0_certificate(context);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char *der = NULL;
	int bytes = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : -1;
	int ret = -ENOMEM;

	if (bytes > 0 && EVP_Q_digest(c->library, "SHA256", NULL, der, (size_t)bytes, digest, NULL)) {
		snprintf(id, room, "%.*s-%02x%02x%02x%02x", (int)room - 10, name, digest[0], digest[1], digest[2],
			 digest[3]);
		ret = 0;
	}
	OPENSSL_free(der);
	return ret;
}
