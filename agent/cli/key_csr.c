// SPDX-License-Identifier: GPL-2.0
/* A PKCS #10 request (RFC 2986) for a key of the kernel, made with libcrypto and the tacit provider. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#include "key_name.h"
#include "key_store.h"

const char usage_key_csr[] =
	"NAME [OPTION...]\n"
	"\n"
	"  --subject NAME        of the certificate, as /O=Example/CN=device (/CN=NAME)\n"
	"  --reopen              though a certificate is bound to the key; only root can\n"
	"  -o, --out FILE        instead of standard output\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE "), for --reopen\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS "), for --reopen\n"
	"  -j, --json            JSON on standard output\n"
	"\n"
	"The key needs the usage csr; the kernel signs a request for this very key only.\n";

enum { OPTION_SUBJECT = CLI_OPTION_OWN, OPTION_REOPEN };

struct request {
	const struct cli_options *options;
	const char *name;
	const char *subject;
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *plain;
	OSSL_PROVIDER *tacit;
	EVP_PKEY *key;
	X509_REQ *csr;
};

/* The kernel's reason, which the provider tells, if there is one; else the first error, the cause of all others. */
static int crypto_fail(const struct request *r, const char *what)
{
	char text[512] = "";
	const char *data, *library, *reason;
	unsigned long code;
	int flags;

	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
		library = ERR_lib_error_string(code);
		if (*text && (!library || strcmp(library, "tacit")))
			continue;
		reason = ERR_reason_error_string(code);
		snprintf(text, sizeof(text), "%s%s%s", reason ? reason : "error", *data ? ": " : "", data);
	}
	return cli_fail(r->options, "%s: %s", what, *text ? text : "libcrypto gave no reason");
}

/* A library context of its own: no openssl.cnf changes what happens here. */
static int load_providers(struct request *r)
{
	r->library = OSSL_LIB_CTX_new();
	if (!r->library)
		return crypto_fail(r, "libcrypto");
	r->plain = OSSL_PROVIDER_load(r->library, "default");
	if (!r->plain)
		return crypto_fail(r, "OpenSSL's default provider");
	r->tacit = OSSL_PROVIDER_load(r->library, "tacit");
	if (!r->tacit)
		return crypto_fail(r, "OpenSSL's provider tacit (tacit.so must lie in OpenSSL's module directory, "
				      "or OPENSSL_MODULES name another)");
	return CLI_OK;
}

static int load_key(struct request *r)
{
	OSSL_STORE_INFO *info = NULL;
	OSSL_STORE_CTX *store;
	char uri[TACIT_NAME_MAX + 8];

	snprintf(uri, sizeof(uri), "tacit:%s", r->name);
	store = OSSL_STORE_open_ex(uri, r->library, NULL, NULL, NULL, NULL, NULL, NULL);
	if (store)
		info = OSSL_STORE_load(store);
	if (info)
		r->key = OSSL_STORE_INFO_get1_PKEY(info);
	OSSL_STORE_INFO_free(info);
	OSSL_STORE_close(store);
	return r->key ? CLI_OK : crypto_fail(r, uri);
}

#define RDN_MAX 256

/* One "TYPE=VALUE" up to an unescaped '/'. Return: what follows it, or NULL if it is none. */
static const char *add_rdn(X509_NAME *name, const char *text)
{
	char type[RDN_MAX], value[RDN_MAX];
	size_t n = strcspn(text, "=/"), used = 0;

	if (!n || n >= sizeof(type) || text[n] != '=')
		return NULL;
	memcpy(type, text, n);
	type[n] = '\0';
	for (text += n + 1; *text && *text != '/'; text++) {
		if (*text == '\\' && text[1])
			text++;
		if (used == sizeof(value) - 1)
			return NULL;
		value[used++] = *text;
	}
	if (!used || !X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (unsigned char *)value, used, -1, 0))
		return NULL;
	return text;
}

static int set_subject(struct request *r)
{
	X509_NAME *name = X509_REQ_get_subject_name(r->csr);
	char otherwise[TACIT_NAME_MAX + 8];
	const char *text = r->subject;

	if (!text) {
		snprintf(otherwise, sizeof(otherwise), "/CN=%s", r->name);
		text = otherwise;
	}
	while (text && *text == '/')
		text = add_rdn(name, text + 1);
	if (!text || *text)
		return cli_fail(r->options,
				"the subject is not of the form /TYPE=VALUE/TYPE=VALUE, such as /O=Example/CN=device");
	return CLI_OK;
}

static int make(struct request *r)
{
	EVP_MD_CTX *digest;
	int code;

	r->csr = X509_REQ_new_ex(r->library, NULL);
	if (!r->csr)
		return crypto_fail(r, "certificate request");
	code = set_subject(r);
	if (code)
		return code;
	digest = EVP_MD_CTX_new();
	if (!X509_REQ_set_version(r->csr, X509_REQ_VERSION_1) || !X509_REQ_set_pubkey(r->csr, r->key) || !digest ||
	    !EVP_DigestSignInit_ex(digest, NULL, NULL, r->library, NULL, r->key, NULL) ||
	    X509_REQ_sign_ctx(r->csr, digest) <= 0)
		code = crypto_fail(r, "signing the request");
	EVP_MD_CTX_free(digest);
	return code;
}

static int write_out(const struct request *r, const char *path)
{
	BIO *pem = BIO_new(BIO_s_mem());
	char *data;
	long bytes;
	int code;

	if (!pem || !PEM_write_bio_X509_REQ(pem, r->csr)) {
		code = crypto_fail(r, "writing PEM");
	} else if (bytes = BIO_get_mem_data(pem, &data), r->options->json && !path) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "csr", json_object_new_string_len(data, bytes));
		code = cli_json(o);
	} else {
		code = key_write_out(r->options, path, data, bytes);
	}
	BIO_free(pem);
	return code;
}

/* Until the next certificate is bound by `tacit key cert`. A key that is not closed stays as it is. */
static int reopen(const struct request *r)
{
	struct key_error error = { "" };
	struct key_store store;
	struct module_key key;
	int code = key_store_open(&store, r->options);

	if (code)
		return code;
	code = module_key_find(store.module, r->name, &key, &error);
	if (!code && key_bound(&key.blob))
		code = keystore_change(store.module, &store.paths, MODULE_CHANGE_REOPEN, r->name, &error);
	key_store_close(&store);
	return code ? cli_fail(r->options, "%s", error.text) : CLI_OK;
}

static void cleanup(struct request *r)
{
	X509_REQ_free(r->csr);
	EVP_PKEY_free(r->key);
	if (r->tacit)
		OSSL_PROVIDER_unload(r->tacit);
	if (r->plain)
		OSSL_PROVIDER_unload(r->plain);
	OSSL_LIB_CTX_free(r->library);
}

int command_key_csr(int argc, char **argv)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "subject", required_argument, NULL, OPTION_SUBJECT },
		{ "reopen", no_argument, NULL, OPTION_REOPEN },
		{ "out", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 }
	};
	struct cli_options options = { .json = false };
	struct request r = { .options = &options };
	const char *path = NULL;
	bool again = false;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT "o:", longs, NULL)) != -1) {
		if (option == 'o')
			path = optarg;
		else if (option == OPTION_SUBJECT)
			r.subject = optarg;
		else if (option == OPTION_REOPEN)
			again = true;
		else if ((code = cli_option(option, &options)) || options.help)
			return code;
	}
	if (argc - optind != 1)
		return cli_usage("one NAME is wanted");
	r.name = argv[optind];
	if (!key_name_valid(r.name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	code = again ? reopen(&r) : CLI_OK;
	if (!code)
		code = load_providers(&r);
	if (!code)
		code = load_key(&r);
	if (!code)
		code = make(&r);
	if (!code)
		code = write_out(&r, path);
	cleanup(&r);
	return code;
}
