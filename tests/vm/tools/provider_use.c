// SPDX-License-Identifier: GPL-2.0
/*
 * What a program does with the provider that no program of the shelf does on
 * request: sign in many threads and in forked children, and use other
 * providers' keys while ours is loaded. OPENSSL_CONF loads the provider.
 *
 * usage: provider_use threads|fork URI | peace
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#define WORKERS 8
#define EACH 12

/* What a TLS 1.3 client signs: RFC 8446, 4.4.3, with a hash of SHA-256's size. */
static const char context[] = "TLS 1.3, client CertificateVerify";

#define CONTENT (64 + sizeof(context) + 32)

static void fill(uint8_t content[CONTENT], int worker, int turn)
{
	memset(content, ' ', 64);
	memcpy(content + 64, context, sizeof(context));
	memset(content + 64 + sizeof(context), worker, 32);
	content[CONTENT - 1] = turn;
}

static EVP_PKEY *key_by_uri(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	OSSL_STORE_INFO *info = store ? OSSL_STORE_load(store) : NULL;
	EVP_PKEY *key = info ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;

	OSSL_STORE_INFO_free(info);
	OSSL_STORE_close(store);
	return key;
}

/* The public half alone, as another provider has it. */
static EVP_PKEY *public_half(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	const unsigned char *p = der;
	EVP_PKEY *half = n > 0 ? d2i_PUBKEY(NULL, &p, n) : NULL;

	OPENSSL_free(der);
	return half;
}

static bool sign(EVP_PKEY *key, const char *digest, const uint8_t *content, size_t bytes, uint8_t *signature,
		 size_t *signature_bytes)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) > 0 &&
		    EVP_DigestSign(ctx, signature, signature_bytes, content, bytes) > 0;

	EVP_MD_CTX_free(ctx);
	return good;
}

static bool verify(EVP_PKEY *key, const char *digest, const uint8_t *content, size_t bytes, const uint8_t *signature,
		   size_t signature_bytes)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) > 0 &&
		    EVP_DigestVerify(ctx, signature, signature_bytes, content, bytes) > 0;

	EVP_MD_CTX_free(ctx);
	return good;
}

static EVP_PKEY *key, *half;

/* Return: signatures made that verify. */
static long work(int worker)
{
	uint8_t content[CONTENT], signature[512];
	size_t n;
	long good = 0;

	for (int i = 0; i < EACH; i++) {
		n = sizeof(signature);
		fill(content, worker, i);
		if (!sign(key, "SHA256", content, sizeof(content), signature, &n)) {
			ERR_print_errors_fp(stderr);
			continue;
		}
		good += verify(half, "SHA256", content, sizeof(content), signature, n);
	}
	return good;
}

static void *thread(void *worker)
{
	return (void *)work((int)(intptr_t)worker);
}

static long in_threads(void)
{
	pthread_t threads[WORKERS];
	long good = 0;

	for (intptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, thread, (void *)i))
			abort();
	for (int i = 0; i < WORKERS; i++) {
		void *n;

		pthread_join(threads[i], &n);
		good += (long)n;
	}
	return good;
}

/* The key is opened before and used after, in children and in the parent at once. */
static long in_children(void)
{
	long good = 0;
	int status;

	for (int i = 1; i < WORKERS; i++) {
		pid_t child = fork();

		if (child < 0)
			abort();
		if (!child)
			_exit(work(i));
	}
	good = work(0);
	while (wait(&status) > 0)
		good += WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return good;
}

static int use(const char *uri, long (*all)(void))
{
	long good;

	key = key_by_uri(uri);
	half = key ? public_half(key) : NULL;
	if (!half) {
		ERR_print_errors_fp(stderr);
		return 1;
	}
	good = all();
	printf("%ld of %d signatures are good\n", good, WORKERS * EACH);
	EVP_PKEY_free(half);
	EVP_PKEY_free(key);
	return good == WORKERS * EACH ? 0 : 1;
}

/* ---- keys of the default provider ---- */

static bool is_default(EVP_PKEY *k)
{
	return !strcmp(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(k)), "default");
}

static int bad;

static void say(bool good, const char *what, const char *name)
{
	printf("%s: %s: %s\n", good ? "good" : "BAD", name, what);
	if (!good) {
		ERR_print_errors_fp(stdout);
		bad = 1;
	}
}

static void signs(EVP_PKEY *k, const char *name, const char *digest)
{
	static const uint8_t content[] = "anything at all";
	uint8_t signature[1024];
	size_t n = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	bool ours = EVP_DigestSignInit_ex(ctx, &inner, digest, NULL, NULL, k, NULL) > 0;

	say(ours && !strcmp(OSSL_PROVIDER_get0_name(EVP_PKEY_CTX_get0_provider(inner)), "default"),
	    "signing is the default provider's", name);
	EVP_MD_CTX_free(ctx);
	say(sign(k, digest, content, sizeof(content), signature, &n) &&
	    verify(k, digest, content, sizeof(content), signature, n), "signs and verifies", name);
}

static void derives(EVP_PKEY *k, const char *name)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k, NULL);
	uint8_t secret[256];
	size_t n = sizeof(secret);

	say(ctx && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, k) > 0 &&
	    EVP_PKEY_derive(ctx, secret, &n) > 0, "derives", name);
	EVP_PKEY_CTX_free(ctx);
}

static void round_trip(EVP_PKEY *k, const char *name)
{
	unsigned char *der = NULL;
	int n = i2d_PrivateKey(k, &der);
	const unsigned char *p = der;
	EVP_PKEY *again = n > 0 ? d2i_AutoPrivateKey(NULL, &p, n) : NULL;

	say(again && is_default(again) && EVP_PKEY_eq(k, again) == 1, "is written, read and compared", name);
	EVP_PKEY_free(again);
	OPENSSL_free(der);
}

static int peace(void)
{
	static const struct {
		const char *name, *group, *digest;
		bool derives;
	} kinds[] = {
		{ "EC", "P-256", "SHA256", true }, { "EC", "P-256", "SHA512", true },
		{ "EC", "P-384", "SHA384", true }, { "ED25519", NULL, NULL, false },
		{ "RSA", NULL, "SHA256", false },
	};

	if (!OSSL_PROVIDER_available(NULL, "tacit")) {
		puts("BAD: the provider tacit is not loaded");
		return 1;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = kinds[i].group ? kinds[i].group : kinds[i].name;
		EVP_PKEY *k = kinds[i].group ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", kinds[i].group) :
			      !strcmp(name, "RSA") ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048) :
						     EVP_PKEY_Q_keygen(NULL, NULL, name);

		say(k && is_default(k), "is made by the default provider", name);
		if (!k)
			continue;
		signs(k, name, kinds[i].digest);
		if (kinds[i].derives)
			derives(k, name);
		round_trip(k, name);
		EVP_PKEY_free(k);
	}
	return bad;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "threads"))
		return use(argv[2], in_threads);
	if (argc == 3 && !strcmp(argv[1], "fork"))
		return use(argv[2], in_children);
	if (argc == 2 && !strcmp(argv[1], "peace"))
		return peace();
	fprintf(stderr, "usage: provider_use threads|fork URI | peace\n");
	return 2;
}
