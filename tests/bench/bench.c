// SPDX-License-Identifier: GPL-2.0
/*
 * What tests/bench/guest measures, in one loop for all: so many operations, and the time that they took in
 * nanoseconds, which under QEMU's -icount shift=0 is instructions.
 *
 *	bench sign KEY HASH COUNT	KEY is a file, or a URI such as tacit:device
 *	bench tpm KIND COUNT		p256, p384 or rsa in a TPM 2.0 through libtss2: TPM2TOOLS_TCTI names it
 *	bench handshake KEY CERTIFICATE SERVER_KEY SERVER_CERTIFICATE COUNT
 *
 * Prints COUNT and nanoseconds; of a handshake (TLS 1.3, mutual) only what the client does is counted.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

#define CONTENT 130

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static void tell(unsigned int count, unsigned long long ns)
{
	printf("%u %llu\n", count, ns);
}

static EVP_PKEY *key_open(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *key = NULL;

	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	if (!key)
		fail(uri);
	return key;
}

/* A client's CertificateVerify (RFC 8446, 4.4.3), another one each time. */
static void content_draw(unsigned char content[CONTENT], unsigned int number)
{
	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	memset(content + 98, 0, 32);
	memcpy(content + 98, &number, sizeof(number));
}

static void sign_once(EVP_PKEY *key, const char *hash, unsigned int number)
{
	unsigned char content[CONTENT], signature[512];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	size_t bytes = sizeof(signature);

	content_draw(content, number);
	if (!c || EVP_DigestSignInit_ex(c, &p, hash, NULL, NULL, key, NULL) != 1)
		fail("DigestSignInit");
	if (EVP_PKEY_is_a(key, "RSA") &&
	    (EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) != 1 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) != 1))
		fail("PSS");
	if (EVP_DigestSign(c, signature, &bytes, content, sizeof(content)) != 1)
		fail("DigestSign");
	EVP_MD_CTX_free(c);
}

/* KEY HASH COUNT */
static int sign(char **v)
{
	EVP_PKEY *key = key_open(v[0]);
	unsigned int count = (unsigned int)atoi(v[2]);
	unsigned long long start;

	for (unsigned int i = 0; i < 4; i++)
		sign_once(key, v[1], i);
	start = now();
	for (unsigned int i = 0; i < count; i++)
		sign_once(key, v[1], i);
	tell(count, now() - start);
	return 0;
}

/* ---- TPM ---- */

static ESYS_TR tpm_key(ESYS_CONTEXT *tpm, const char *kind, TPM2_ALG_ID hash_algorithm)
{
	TPM2B_PUBLIC template = {
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM |
					    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN,
			.parameters.eccDetail = {
				.symmetric.algorithm = TPM2_ALG_NULL,
				.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = hash_algorithm },
				.curveID = strcmp(kind, "p384") ? TPM2_ECC_NIST_P256 : TPM2_ECC_NIST_P384,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		},
	};
	const TPMS_RSA_PARMS rsa = {
		.symmetric.algorithm = TPM2_ALG_NULL,
		.scheme = { .scheme = TPM2_ALG_RSAPSS, .details.rsapss.hashAlg = hash_algorithm },
		.keyBits = 2048,
	};
	TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	TPM2B_DATA outside = { .size = 0 };
	TPML_PCR_SELECTION pcrs = { .count = 0 };
	TPM2B_PUBLIC *public = NULL;
	TPM2B_CREATION_DATA *creation = NULL;
	TPM2B_DIGEST *hash = NULL;
	TPMT_TK_CREATION *ticket = NULL;
	ESYS_TR key;

	if (!strcmp(kind, "rsa")) {
		template.publicArea.type = TPM2_ALG_RSA;
		template.publicArea.parameters.rsaDetail = rsa;
		memset(&template.publicArea.unique, 0, sizeof(template.publicArea.unique));
	}
	if (Esys_CreatePrimary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template,
			       &outside, &pcrs, &key, &public, &creation, &hash, &ticket))
		fail("CreatePrimary");
	Esys_Free(public);
	Esys_Free(creation);
	Esys_Free(hash);
	Esys_Free(ticket);
	return key;
}

static void tpm_sign(ESYS_CONTEXT *tpm, ESYS_TR key, const EVP_MD *hash, unsigned int number)
{
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_TK_HASHCHECK ticket = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPM2B_DIGEST digest = { .size = (UINT16)EVP_MD_get_size(hash) };
	TPMT_SIGNATURE *signature = NULL;
	unsigned char content[CONTENT];

	content_draw(content, number);
	if (EVP_Digest(content, sizeof(content), digest.buffer, NULL, hash, NULL) != 1 ||
	    Esys_Sign(tpm, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &scheme, &ticket, &signature))
		fail("Sign");
	Esys_Free(signature);
}

/* KIND COUNT */
static int tpm(char **v)
{
	bool sha384 = !strcmp(v[0], "p384");
	const EVP_MD *hash = sha384 ? EVP_sha384() : EVP_sha256();
	unsigned int count = (unsigned int)atoi(v[1]);
	TSS2_TCTI_CONTEXT *tcti = NULL;
	ESYS_CONTEXT *context = NULL;
	unsigned long long start;
	ESYS_TR key;

	if (Tss2_TctiLdr_Initialize(getenv("TPM2TOOLS_TCTI"), &tcti) || Esys_Initialize(&context, tcti, NULL))
		fail("no TPM");
	Esys_Startup(context, TPM2_SU_CLEAR);
	key = tpm_key(context, v[0], sha384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256);
	tpm_sign(context, key, hash, 0);
	start = now();
	for (unsigned int i = 0; i < count; i++)
		tpm_sign(context, key, hash, i);
	tell(count, now() - start);
	Esys_FlushContext(context, key);
	Esys_Finalize(&context);
	Tss2_TctiLdr_Finalize(&tcti);
	return 0;
}

/* ---- handshakes ---- */

static SSL_CTX *context(const SSL_METHOD *method, const char *key, const char *certificate)
{
	SSL_CTX *c = SSL_CTX_new(method);
	EVP_PKEY *private = key_open(key);

	if (!c || SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(c, certificate) != 1 || SSL_CTX_use_PrivateKey(c, private) != 1)
		fail(certificate);
	EVP_PKEY_free(private);
	SSL_CTX_set_num_tickets(c, 0);
	return c;
}

static int take_any(int good, X509_STORE_CTX *store)
{
	(void)good;
	(void)store;
	return 1;
}

/* Nanoseconds that the client took. */
static unsigned long long shake(SSL_CTX *client_context, SSL_CTX *server_context)
{
	SSL *client = SSL_new(client_context), *server = SSL_new(server_context);
	unsigned long long spent = 0;
	BIO *one, *other;
	int done = 0;

	if (!client || !server || BIO_new_bio_pair(&one, 65536, &other, 65536) != 1)
		fail("memory");
	SSL_set_bio(client, one, one);
	SSL_set_bio(server, other, other);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int turns = 0; done != 3 && turns < 10; turns++) {
		unsigned long long start = now();

		done |= SSL_do_handshake(client) == 1;
		spent += now() - start;
		done |= (SSL_do_handshake(server) == 1) << 1;
	}
	if (done != 3 || !SSL_get0_peer_certificate(server))
		fail("handshake");
	SSL_free(client);
	SSL_free(server);
	return spent;
}

/* KEY CERTIFICATE SERVER_KEY SERVER_CERTIFICATE COUNT */
static int handshake(char **v)
{
	SSL_CTX *client = context(TLS_client_method(), v[0], v[1]);
	SSL_CTX *server = context(TLS_server_method(), v[2], v[3]);
	unsigned int count = (unsigned int)atoi(v[4]);
	unsigned long long spent = 0;

	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, take_any);
	SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, take_any);
	for (unsigned int i = 0; i < 3; i++)
		shake(client, server);
	for (unsigned int i = 0; i < count; i++)
		spent += shake(client, server);
	tell(count, spent);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		int (*run)(char **v);
	} commands[] = { { "sign", 3, sign }, { "tpm", 2, tpm }, { "handshake", 5, handshake } };
	const char *directory = getenv("B");

	/* The default provider first, then ours out of the build directory. */
	if (!OSSL_PROVIDER_load(NULL, "default"))
		fail("default provider");
	if (directory) {
		OSSL_PROVIDER_set_default_search_path(NULL, directory);
		if (!OSSL_PROVIDER_load(NULL, "tacit"))
			fail("tacit provider");
	}
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 == commands[i].arguments)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: bench sign|tpm|handshake ...\n");
	return 2;
}
