// SPDX-License-Identifier: GPL-2.0
/*
 * Uses keys of tacit.ko by keyctl(2), for the tests, and checks with OpenSSL
 * what comes back. Shares no code with the product but the ABI header.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tacit_key.h>
#include <time.h>
#include <unistd.h>

#define INFO "enc=msg hash=sha256"
#define SPKI_MAX 512

static key_serial_t ring(void)
{
	FILE *f = fopen(TACIT_KEYRING_PARAMETER, "r");
	key_serial_t serial = 0;

	if (!f || fscanf(f, "%d", &serial) != 1) {
		perror(TACIT_KEYRING_PARAMETER);
		exit(1);
	}
	fclose(f);
	return serial;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static key_serial_t find(const char *name)
{
	key_serial_t key = keyctl_search(ring(), TACIT_KEY_TYPE, name, 0);

	if (key < 0)
		fail("search");
	return key;
}

static void save(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		fail(path);
}

static size_t load(const char *path, void *buffer, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		fail(path);
	n = fread(buffer, 1, size, f);
	fclose(f);
	return n;
}

/* What the tests know of a key: from its blob, and by OpenSSL. */
struct subject {
	key_serial_t key;
	EVP_PKEY *verifier;
	const char *info;
	const EVP_MD *hash;
	size_t max;	/* of a signature */
};

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, OSSL_PARAM_BLD_to_param(params)) != 1) {
		fprintf(stderr, "OpenSSL does not take the public key\n");
		exit(1);
	}
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *ec_key(const char *group, const unsigned char *xy, size_t size)
{
	OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * TACIT_P384_BYTES] = { 0x04 };

	memcpy(point + 1, xy, size);
	OSSL_PARAM_BLD_push_utf8_string(params, "group", group, 0);
	OSSL_PARAM_BLD_push_octet_string(params, "pub", point, 1 + size);
	return from_params("EC", params);
}

static EVP_PKEY *rsa_key(const unsigned char *modulus, size_t size)
{
	OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();

	OSSL_PARAM_BLD_push_BN(params, "n", BN_bin2bn(modulus, (int)size, NULL));
	OSSL_PARAM_BLD_push_ulong(params, "e", 65537);
	return from_params("RSA", params);
}

static struct subject learn(const char *name)
{
	static union tacit_blob_room room;
	struct subject s = { .key = find(name), .info = INFO, .hash = EVP_sha256() };
	size_t size;

	if (keyctl_read(s.key, (char *)&room, sizeof(room)) < TACIT_BLOB_MIN)
		fail("read");
	size = le32toh(room.blob.public_bytes);
	switch (le32toh(room.blob.algorithm)) {
	case TACIT_ALGORITHM_ECDSA_P256:
		s.verifier = ec_key("P-256", room.blob.data, size);
		s.max = TACIT_P256_SIGNATURE_MAX;
		break;
	case TACIT_ALGORITHM_ECDSA_P384:
		s.verifier = ec_key("P-384", room.blob.data, size);
		s.max = TACIT_P384_SIGNATURE_MAX;
		s.info = "enc=msg hash=sha384";
		s.hash = EVP_sha384();
		break;
	case TACIT_ALGORITHM_RSA_PSS:
		s.verifier = rsa_key(room.blob.data, size);
		s.max = size;
		break;
	}
	return s;
}

static void use_hash(struct subject *s, const char *name)
{
	static char info[64];

	snprintf(info, sizeof(info), "enc=msg hash=%s", name);
	s->info = info;
	s->hash = EVP_get_digestbyname(name);
}

/* SubjectPublicKeyInfo */
static size_t spki(const char *name, unsigned char out[SPKI_MAX])
{
	EVP_PKEY *key = learn(name).verifier;
	int size = key ? i2d_PUBKEY(key, &out) : -1;

	if (size <= 0 || size > SPKI_MAX)
		exit(1);
	return (size_t)size;
}

static size_t tls(unsigned char *out, const char *side, size_t hash)
{
	memset(out, ' ', 64);
	snprintf((char *)out + 64, 34, "TLS 1.3, %s CertificateVerify", side);
	RAND_bytes(out + 98, (int)hash);
	return 98 + hash;
}

static long sign(key_serial_t key, const void *data, size_t size, unsigned char *signature)
{
	return keyctl_pkey_sign(key, INFO, data, size, signature, TACIT_P256_SIGNATURE_MAX);
}

static int verified(const struct subject *s, const void *data, size_t size, const unsigned char *signature,
		    size_t length)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key;
	int good = EVP_DigestVerifyInit(c, &key, s->hash, NULL, s->verifier) == 1;

	if (good && EVP_PKEY_is_a(s->verifier, "RSA"))
		good = EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good && EVP_DigestVerify(c, signature, length, data, size) == 1;
	EVP_MD_CTX_free(c);
	return good;
}

/* client|server HASH_BYTES FILE */
static int cmd_tls(char **v)
{
	unsigned char content[256];

	save(v[2], content, tls(content, v[0], strtoul(v[1], NULL, 0)));
	return 0;
}

/* NAME CONTENT SIGNATURE [INFO [BUFFER]] */
static int cmd_sign(char **v)
{
	unsigned char content[2 * TACIT_CONTENT_MAX], signature[2 * TACIT_SIGNATURE_MAX];
	size_t size = load(v[1], content, sizeof(content));
	struct subject s = learn(v[0]);
	long n = keyctl_pkey_sign(s.key, v[3] ? v[3] : s.info, content, size, signature,
				  v[3] && v[4] ? strtoul(v[4], NULL, 0) : s.max);

	if (n < 0)
		fail("sign");
	save(v[2], signature, (size_t)n);
	return 0;
}

/* NAME CONTENT SIGNATURE [HASH] */
static int cmd_verify(char **v)
{
	unsigned char content[2 * TACIT_CONTENT_MAX], signature[TACIT_SIGNATURE_MAX];
	size_t size = load(v[1], content, sizeof(content)), length = load(v[2], signature, sizeof(signature));
	struct subject s = learn(v[0]);

	if (v[3])
		use_hash(&s, v[3]);
	return !verified(&s, content, size, signature, length);
}

/* NAME FILE: SubjectPublicKeyInfo */
static int cmd_public(char **v)
{
	unsigned char der[SPKI_MAX];

	save(v[1], der, spki(v[0], der));
	return 0;
}

/* NAME FILE */
static int cmd_read(char **v)
{
	union tacit_blob_room room;
	long n = keyctl_read(find(v[0]), (char *)&room, sizeof(room));

	if (n < TACIT_BLOB_MIN)
		fail("read");
	save(v[1], &room, (size_t)n);
	return 0;
}

/* NAME encrypt|decrypt|verify */
static int cmd_other(char **v)
{
	char buffer[128] = "";
	key_serial_t key = find(v[0]);
	long n;

	if (!strcmp(v[1], "encrypt"))
		n = keyctl_pkey_encrypt(key, INFO, buffer, 0, buffer, sizeof(buffer));
	else if (!strcmp(v[1], "decrypt"))
		n = keyctl_pkey_decrypt(key, INFO, buffer, 0, buffer, sizeof(buffer));
	else
		n = keyctl_pkey_verify(key, INFO, buffer, 32, buffer, TACIT_P256_SIGNATURE_MAX);
	if (n < 0)
		fail(v[1]);
	return 0;
}

/* KEY NAME FILE OUT: the secret in FILE, sealed */
static int cmd_seal(char **v)
{
	unsigned char request[TACIT_NAME_MAX + 2 * TACIT_SECRET_MAX] = { 0 }, sealed[TACIT_SECRET_BYTES_MAX];
	size_t size = load(v[2], request + TACIT_NAME_MAX, 2 * TACIT_SECRET_MAX);
	long n;

	memcpy(request, v[1], strnlen(v[1], TACIT_NAME_MAX));
	n = keyctl_pkey_encrypt(find(v[0]), "enc=secret", request, TACIT_NAME_MAX + size, sealed, sizeof(sealed));
	if (n < 0)
		fail("seal");
	save(v[3], sealed, (size_t)n);
	return 0;
}

/* KEY SEALED OUT */
static int cmd_open(char **v)
{
	unsigned char sealed[2 * TACIT_SECRET_BYTES_MAX], room[TACIT_NAME_MAX + TACIT_SECRET_MAX];
	size_t size = load(v[1], sealed, sizeof(sealed));
	long n = keyctl_pkey_decrypt(find(v[0]), "enc=secret", sealed, size, room, sizeof(room));

	if (n < 0)
		fail("open");
	save(v[2], room, (size_t)n);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* NAME COUNT [HASH]: random contents, each signature checked; how fast it signed. Rate limits are waited for. */
/* How many bytes of r and of s (RFC 3279, 2.2.3) are short of the curve's width: leading zeros that DER leaves out. */
static void count_short(const unsigned char *der, size_t size, size_t width, unsigned int *r, unsigned int *s)
{
	const size_t r_size = size > 3 ? der[3] : 0, s_at = 4 + r_size;
	const size_t s_size = s_at + 1 < size ? der[s_at + 1] : 0;

	/* A zero byte in front only keeps the number from being negative. */
	*r += r_size && r_size - !der[4] < width;
	*s += s_size && s_size - !der[s_at + 2] < width;
}

static int cmd_many(char **v)
{
	unsigned int short_r = 0, short_s = 0;
	unsigned char content[160], signature[TACIT_SIGNATURE_MAX], last[TACIT_SIGNATURE_MAX] = { 0 };
	struct subject s = learn(v[0]);
	size_t longest = 0, shortest = sizeof(signature);
	int count = atoi(v[1]);
	double spent = 0;

	if (v[2])
		use_hash(&s, v[2]);
	for (int i = 0; i < count; i++) {
		size_t size = tls(content, i % 2 ? "client" : "server", i % 3 ? 32 : 48);
		double start = now();
		long n = keyctl_pkey_sign(s.key, s.info, content, size, signature, s.max);

		if (n < 0 && errno == EAGAIN) {
			usleep(20000);
			i--;
			continue;
		}
		spent += now() - start;
		if (n < 0)
			fail("sign");
		if (!verified(&s, content, size, signature, (size_t)n) || !memcmp(signature, last, (size_t)n)) {
			fprintf(stderr, "signature %d is wrong\n", i);
			return 1;
		}
		memcpy(last, signature, sizeof(last));
		longest = (size_t)n > longest ? (size_t)n : longest;
		shortest = (size_t)n < shortest ? (size_t)n : shortest;
		if (s.max < TACIT_RSA_2048_BYTES)
			count_short(signature, (size_t)n, s.max == TACIT_P256_SIGNATURE_MAX ? TACIT_P256_BYTES : TACIT_P384_BYTES,
				    &short_r, &short_s);
	}
	printf("# %.0f signatures a second\n", count / spent);
	printf("# %d signatures of %zu to %zu bytes, %u with a short r, %u with a short s\n", count, shortest, longest,
	       short_r, short_s);
	return 0;
}

/* Signs as fast as it can, `tries` times; how many were granted. The others must be EAGAIN. */
static int burst(key_serial_t key, const char *side, int tries)
{
	unsigned char content[160], signature[TACIT_P256_SIGNATURE_MAX];
	size_t size = tls(content, side, 32);
	int granted = 0;

	while (tries--) {
		if (sign(key, content, size, signature) >= 0)
			granted++;
		else if (errno != EAGAIN)
			fail("sign");
	}
	return granted;
}

/*
 * NAME SIDE BURST SECONDS: of a key that is made with this burst and gets a
 * token back in so many seconds. A slow machine may see one more come back.
 */
static int cmd_rate(char **v)
{
	unsigned char signature[TACIT_P256_SIGNATURE_MAX];
	key_serial_t key = find(v[0]);
	int full = atoi(v[2]), seconds = atoi(v[3]), first, second;

	/* What is refused for its content does not count. */
	for (int i = 0; i < 2 * full; i++)
		sign(key, "x", 1, signature);
	first = burst(key, v[1], 3 * full);
	usleep((unsigned int)seconds * 1000000 + 100000);
	second = burst(key, v[1], 3 * full);
	printf("granted %d, then %d\n", first, second);
	return !(first == full || first == full + 1) || !(second == 1 || second == 2);
}

/* NAME SECONDS: signs while others delete and load the key; prints how often it was there */
static int cmd_hammer(char **v)
{
	unsigned char content[160], signature[TACIT_P256_SIGNATURE_MAX];
	size_t size = tls(content, "client", 32);
	double end = now() + atoi(v[1]);
	int granted = 0, gone = 0;

	while (now() < end) {
		key_serial_t key = keyctl_search(ring(), TACIT_KEY_TYPE, v[0], 0);

		if (key >= 0 && sign(key, content, size, signature) >= 0)
			granted++;
		else if (errno == ENOKEY || errno == EAGAIN || errno == EKEYREVOKED || errno == EKEYREJECTED)
			gone++;
		else
			fail("hammer");
	}
	printf("# %d signatures while the key came and went, %d times not to be had\n", granted, gone);
	return !granted;
}

/* NAME: the same content twice gives two signatures, for the nonce is hedged */
static int cmd_hedged(char **v)
{
	unsigned char content[160], a[TACIT_P256_SIGNATURE_MAX], b[TACIT_P256_SIGNATURE_MAX];
	size_t size = tls(content, "client", 32);
	key_serial_t key = find(v[0]);

	if (sign(key, content, size, a) < 0 || sign(key, content, size, b) < 0)
		fail("sign");
	return !memcmp(a, b, sizeof(a));
}

static X509_REQ *request(const char *name)
{
	X509_REQ *req = X509_REQ_new();
	X509_NAME *subject = X509_REQ_get_subject_name(req);
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "digitalSignature");
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();

	X509_REQ_set_version(req, 0);
	X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Tacit", -1, -1, 0);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_REQ_set_pubkey(req, learn(name).verifier);
	sk_X509_EXTENSION_push(extensions, usage);
	X509_REQ_add_extensions(req, extensions);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return req;
}

/* NAME FILE: a CertificationRequestInfo of its key */
static int cmd_request(char **v)
{
	unsigned char *der = NULL;
	X509_REQ *req = request(v[0]);
	int size = i2d_re_X509_REQ_tbs(req, &der);

	save(v[1], der, (size_t)size);
	return 0;
}

/*
 * NAME FILE COUNT: mutations of a CertificationRequestInfo. Whatever is signed
 * OpenSSL must read as a request of version 0 for this key, to the last byte.
 */
static int cmd_mutate(char **v)
{
	unsigned char original[TACIT_CONTENT_MAX], content[TACIT_CONTENT_MAX], signature[TACIT_P256_SIGNATURE_MAX];
	unsigned char own[SPKI_MAX], random[8];
	size_t full = load(v[1], original, sizeof(original) - 8);
	key_serial_t key = find(v[0]);
	int taken = 0, count = atoi(v[2]);
	size_t own_size = spki(v[0], own);

	for (int i = 0; i < count; i++) {
		size_t size = full;
		const unsigned char *p = content;
		X509_REQ_INFO *info;

		memcpy(content, original, full);
		RAND_bytes(random, sizeof(random));
		content[(random[0] << 8 | random[1]) % full] = random[2];
		if (random[3] < 64)
			content[(random[4] << 8 | random[5]) % full] ^= 1 << (random[6] & 7);
		if (random[3] % 16 == 1)
			size = (random[4] << 8 | random[5]) % (full + 8);
		if (sign(key, content, size, signature) < 0) {
			if (errno == EPERM)
				continue;
			fail("sign");
		}
		taken++;
		info = d2i_X509_REQ_INFO(NULL, &p, (long)size);
		if (!info || p != content + size) {
			fprintf(stderr, "mutation %d was signed, but OpenSSL cannot read it\n", i);
			save("/run/mutation", content, size);
			return 1;
		}
		X509_REQ_INFO_free(info);
		if (!memmem(content, size, own, own_size)) {
			fprintf(stderr, "mutation %d was signed without this key in it\n", i);
			return 1;
		}
	}
	printf("# %d mutations, %d of them still requests and signed\n", count, taken);
	return 0;
}

static long attempt(const char *what, key_serial_t key, key_serial_t r)
{
	if (!strcmp(what, "revoke"))
		return keyctl_revoke(key);
	if (!strcmp(what, "invalidate"))
		return keyctl_invalidate(key);
	if (!strcmp(what, "unlink"))
		return keyctl_unlink(key, r);
	if (!strcmp(what, "setperm"))
		return keyctl_setperm(key, 0x3f3f3f3f);
	if (!strcmp(what, "timeout"))
		return keyctl_set_timeout(key, 1);
	if (!strcmp(what, "chown"))
		return keyctl_chown(key, getuid(), getgid());
	if (!strcmp(what, "update"))
		return keyctl_update(key, "x", 1);
	if (!strcmp(what, "link"))
		return keyctl_link(key, KEY_SPEC_SESSION_KEYRING);
	if (!strcmp(what, "move"))
		return keyctl_move(key, r, KEY_SPEC_SESSION_KEYRING, 0);
	if (!strcmp(what, "instantiate"))
		return keyctl_instantiate(key, "x", 1, 0);
	if (!strcmp(what, "clear-ring"))
		return keyctl_clear(r);
	if (!strcmp(what, "revoke-ring"))
		return keyctl_revoke(r);
	if (!strcmp(what, "invalidate-ring"))
		return keyctl_invalidate(r);
	if (!strcmp(what, "setperm-ring"))
		return keyctl_setperm(r, 0x3f3f3f3f);
	if (!strcmp(what, "timeout-ring"))
		return keyctl_set_timeout(r, 1);
	if (!strcmp(what, "restrict-ring"))
		return keyctl_restrict_keyring(r, NULL, NULL);
	if (!strcmp(what, "link-ring"))
		return keyctl_link(r, KEY_SPEC_SESSION_KEYRING);
	if (!strcmp(what, "add-key"))
		return add_key(TACIT_KEY_TYPE, "other", "x", 1, KEY_SPEC_SESSION_KEYRING);
	if (!strcmp(what, "add-key-ring"))
		return add_key("user", "other", "x", 1, r);
	if (!strcmp(what, "request-key"))
		return request_key(TACIT_KEY_TYPE, "absent", "x", KEY_SPEC_SESSION_KEYRING);
	fprintf(stderr, "%s: unknown\n", what);
	return 0;
}

/* NAME OPERATION...: each must be refused, and not for want of a key; prints how */
static int cmd_try(char **v)
{
	key_serial_t r = ring(), key = find(v[0]);
	int bad = 0;

	keyctl_join_session_keyring(NULL);
	for (v++; *v; v++) {
		long n = attempt(*v, key, r);
		int refused = n < 0 && (errno == EACCES || errno == EPERM || errno == EOPNOTSUPP);

		printf("%s: %s\n", *v, n < 0 ? strerrorname_np(errno) : "done");
		bad |= !refused;
	}
	return bad;
}

static int cmd_query(char **v)
{
	struct keyctl_pkey_query q;

	if (keyctl_pkey_query(find(v[0]), INFO, &q) < 0)
		fail("query");
	printf("ops=%u size=%u data=%u sig=%u enc=%u dec=%u\n", q.supported_ops, q.key_size, q.max_data_size,
	       q.max_sig_size, q.max_enc_size, q.max_dec_size);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **v);
} commands[] = {
	{ "tls", 3, cmd_tls }, { "sign", 3, cmd_sign }, { "verify", 3, cmd_verify },
	{ "public", 2, cmd_public }, { "read", 2, cmd_read },
	{ "other", 2, cmd_other }, { "seal", 4, cmd_seal }, { "open", 3, cmd_open },
	{ "many", 2, cmd_many }, { "hedged", 1, cmd_hedged },
	{ "request", 2, cmd_request }, { "mutate", 3, cmd_mutate }, { "try", 2, cmd_try },
	{ "query", 1, cmd_query }, { "rate", 4, cmd_rate }, { "hammer", 2, cmd_hammer },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 >= commands[i].arguments)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: keystore_use tls|sign|public|read|other|many|hedged|request|mutate|try|query ...\n");
	return 2;
}
