// SPDX-License-Identifier: GPL-2.0
/*
 * usage: keystore_threads SECONDS: eight threads that sign, try to revoke, load, delete, make and list keys of
 * tacit.ko at the same time, for so long and until each did something. At the end no key is lost and every use was counted, once.
 *
 * Needs a root key and no keys; leaves none.
 */
#include <keyutils.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "genl_raw.h"

#define INFO "enc=msg hash=sha256"
#define STEADY "steady"
#define GUESTS 2	/* keys that come and go, each by a thread of its own */
#define PATIENCE 120	/* s */
#define BLOB_ROOM sizeof(union tacit_blob_room)

struct sealed {
	char name[TACIT_NAME_MAX];
	uint8_t blob[BLOB_ROOM];
	size_t bytes;
};

static struct sealed steady, guests[GUESTS];
static key_serial_t ring;
static atomic_bool stop;
static atomic_ulong signatures, refusals, absent, attempts, rounds, made, listed;

static _Noreturn void fail(const char *what, int code)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(code < 0 ? -code : code));
	/* Not exit(): the other threads are still in libcrypto. */
	_exit(1);
}

/* ---- netlink ---- */

static void take_blob(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	struct sealed *sealed = context;

	(void)command;
	if (type != TACIT_ATTR_BLOB || bytes > sizeof(sealed->blob))
		return;
	memcpy(sealed->blob, data, bytes);
	sealed->bytes = bytes;
}

static int key_new(struct raw *raw, struct sealed *sealed, const char *name)
{
	struct tacit_usage usage = {
		.allowed = htole32(TACIT_USAGE_TLS13_CLIENT), .rate = htole32(TACIT_RATE_MAX),
		.burst = htole32(TACIT_BURST_MAX), .uid = htole32(TACIT_ID_NONE), .gid = htole32(TACIT_ID_NONE),
	};
	struct raw_request r;

	snprintf(sealed->name, sizeof(sealed->name), "%s", name);
	raw_begin(&r, raw->family, TACIT_CMD_KEY_NEW, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put_u32(&r, TACIT_ATTR_ALGORITHM, TACIT_ALGORITHM_ECDSA_P256);
	return raw_ask(raw, &r, take_blob, sealed);
}

static int key_load(struct raw *raw, const struct sealed *sealed)
{
	struct raw_request r;

	raw_begin(&r, raw->family, TACIT_CMD_KEY_LOAD, 0);
	raw_put(&r, TACIT_ATTR_BLOB, sealed->blob, sealed->bytes);
	return raw_ask(raw, &r, NULL, NULL);
}

static int key_delete(struct raw *raw, const char *name)
{
	struct raw_request r;

	raw_begin(&r, raw->family, TACIT_CMD_KEY_DELETE, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	return raw_ask(raw, &r, NULL, NULL);
}

struct totals {
	uint32_t keys;
	uint64_t signatures, refusals;
};

static void take_totals(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	struct totals *totals = context;

	(void)command;
	if (type == TACIT_ATTR_KEYS && bytes == sizeof(totals->keys))
		memcpy(&totals->keys, data, bytes);
	else if (type == TACIT_ATTR_SIGNATURES && bytes == sizeof(totals->signatures))
		memcpy(&totals->signatures, data, bytes);
	else if (type == TACIT_ATTR_REFUSALS && bytes == sizeof(totals->refusals))
		memcpy(&totals->refusals, data, bytes);
}

static struct totals status(struct raw *raw)
{
	struct totals totals = { 0 };
	struct raw_request r;
	int code;

	raw_begin(&r, raw->family, TACIT_CMD_STATUS, 0);
	code = raw_ask(raw, &r, take_totals, &totals);
	if (code)
		fail("status", code);
	return totals;
}

/* ---- signing ---- */

static bool verified(const struct sealed *sealed, const uint8_t *content, size_t bytes, const uint8_t *signature,
		     long length)
{
	static const uint8_t head[27] = {
		0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
		0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
	};
	const struct tacit_blob *blob = (const struct tacit_blob *)sealed->blob;
	uint8_t spki[sizeof(head) + 2 * TACIT_P256_BYTES];
	const uint8_t *p = spki;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY *key;
	bool good;

	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head), blob->data, 2 * TACIT_P256_BYTES);
	key = d2i_PUBKEY(NULL, &p, sizeof(spki));
	good = c && key && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(c, signature, (size_t)length, content, bytes) == 1;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return good;
}

/* Content of a CertificateVerify, or with one bit wrong what must be refused. */
static void sign_once(const struct sealed *sealed, bool may_be_absent, unsigned int turn)
{
	uint8_t content[130], signature[TACIT_SIGNATURE_MAX];
	bool wrong = turn % 7 == 3;
	key_serial_t key;
	long n;

	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	RAND_bytes(content + 98, 32);
	content[turn % 98] ^= wrong;
	key = keyctl_search(ring, TACIT_KEY_TYPE, sealed->name, 0);
	n = key < 0 ? -1 : keyctl_pkey_sign(key, INFO, content, sizeof(content), signature,
					       TACIT_P256_SIGNATURE_MAX);
	if (n >= 0 && !wrong) {
		signatures++;
		if (turn % 16 == 0 && !verified(sealed, content, sizeof(content), signature, n))
			fail("a signature that OpenSSL does not verify", EBADMSG);
	} else if (n < 0 && (errno == EAGAIN || (wrong && errno == EPERM))) {
		refusals++;
	} else if (n < 0 && may_be_absent && (errno == ENOKEY || errno == EKEYREVOKED || errno == EKEYREJECTED)) {
		absent++;
	} else {
		fail(n < 0 ? "sign" : "signed what must be refused", n < 0 ? errno : EPERM);
	}
}

/* ---- the threads ---- */

static void *sign_steady(void *unused)
{
	(void)unused;
	for (unsigned int turn = 0; !stop; turn++)
		sign_once(&steady, false, turn);
	return NULL;
}

static void *sign_guests(void *unused)
{
	(void)unused;
	for (unsigned int turn = 0; !stop; turn++)
		sign_once(&guests[turn % GUESTS], true, turn / GUESTS);
	return NULL;
}

/* None of this may succeed, root or not. */
static void *try_revoke(void *unused)
{
	(void)unused;
	for (unsigned int turn = 0; !stop; turn++) {
		const char *name = turn % 2 ? guests[turn / 2 % GUESTS].name : STEADY;
		key_serial_t key = keyctl_search(ring, TACIT_KEY_TYPE, name, 0);

		if (key < 0)
			continue;
		if (!keyctl_revoke(key) || !keyctl_invalidate(key) || !keyctl_unlink(key, ring) ||
		    !keyctl_clear(ring) || !keyctl_setperm(key, 0x3f3f3f3f) || !keyctl_set_timeout(key, 1) ||
		    !keyctl_update(key, "x", 1) || !keyctl_revoke(ring) || !keyctl_invalidate(ring))
			fail("a key was let go", EPERM);
		attempts++;
	}
	return NULL;
}

static void *come_and_go(void *which)
{
	struct sealed *guest = which;
	static __thread struct raw raw;
	int code;

	raw_open(&raw);
	while (!stop) {
		code = key_delete(&raw, guest->name);
		if (code)
			fail("delete", code);
		code = key_load(&raw, guest);
		if (code)
			fail("load", code);
		rounds++;
	}
	close(raw.fd);
	return NULL;
}

static void *make_and_drop(void *unused)
{
	static __thread struct raw raw;
	struct sealed sealed = { .bytes = 0 };
	int code;

	(void)unused;
	raw_open(&raw);
	while (!stop) {
		code = key_new(&raw, &sealed, "fleeting");
		if (!code && key_new(&raw, &sealed, "fleeting") != -EEXIST)
			fail("two of one name", EEXIST);
		if (!code)
			code = key_delete(&raw, "fleeting");
		if (code)
			fail("new and delete", code);
		made++;
	}
	close(raw.fd);
	return NULL;
}

static void take_steady(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	(void)command;
	if (type == TACIT_ATTR_BLOB && bytes >= sizeof(struct tacit_blob) &&
	    !strcmp((const char *)((const struct tacit_blob *)data)->name, STEADY))
		*(int *)context += 1;
}

static void *look(void *unused)
{
	static __thread struct raw raw;
	char text[4096], blob[BLOB_ROOM];
	struct raw_request r;
	FILE *f;

	(void)unused;
	raw_open(&raw);
	while (!stop) {
		int seen = 0, code;

		raw_begin(&r, raw.family, TACIT_CMD_KEY_LIST, NLM_F_DUMP);
		code = raw_ask(&raw, &r, take_steady, &seen);
		if (code || seen != 1)
			fail("the list lacks a key", code ? code : ENOKEY);
		status(&raw);
		for (int i = 0; i < GUESTS; i++) {
			key_serial_t key = keyctl_search(ring, TACIT_KEY_TYPE, guests[i].name, 0);

			if (key >= 0 && keyctl_read(key, blob, sizeof(blob)) > 0 && memcmp(blob, TACIT_BLOB_MAGIC, 8))
				fail("what was read is no blob", EBADMSG);
		}
		f = fopen("/proc/keys", "r");
		while (f && fgets(text, sizeof(text), f))
			;
		if (f)
			fclose(f);
		listed++;
	}
	close(raw.fd);
	return NULL;
}

/* ---- */

static void set_up(struct raw *raw)
{
	FILE *f = fopen(TACIT_KEYRING_PARAMETER, "r");
	int code;

	if (!f || fscanf(f, "%d", &ring) != 1)
		fail(TACIT_KEYRING_PARAMETER, errno);
	fclose(f);
	code = key_new(raw, &steady, STEADY);
	for (int i = 0; !code && i < GUESTS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "guest%d", i);
		code = key_new(raw, &guests[i], name);
	}
	if (code)
		fail("new", code);
}

static bool all_did(void)
{
	return signatures && refusals && attempts && rounds && made && listed;
}

static int judge(struct raw *raw, const struct totals *before)
{
	struct totals after = status(raw);
	int bad = 0;

	printf("# %lu signatures, %lu refusals, %lu times absent, %lu attempts to revoke, %lu deleted and loaded, "
	       "%lu made, %lu listed\n", signatures, refusals, absent, attempts, rounds, made, listed);
	if (after.signatures - before->signatures != signatures || after.refusals - before->refusals != refusals) {
		printf("the module counts %llu signatures, %llu refusals\n",
		       (unsigned long long)(after.signatures - before->signatures),
		       (unsigned long long)(after.refusals - before->refusals));
		bad = 1;
	}
	if (after.keys != 1 + GUESTS) {
		printf("%u keys are loaded, not %d\n", after.keys, 1 + GUESTS);
		bad = 1;
	}
	if (!all_did()) {
		printf("a thread did nothing\n");
		bad = 1;
	}
	return bad;
}

int main(int argc, char **argv)
{
	void *(*const work[])(void *) = { sign_steady, sign_steady, sign_guests, try_revoke, come_and_go, come_and_go,
					  make_and_drop, look };
	enum { THREADS = sizeof(work) / sizeof(work[0]) };
	static struct raw raw;
	pthread_t threads[THREADS];
	struct totals before;
	int bad, guest = 0;

	if (argc != 2)
		return 2;
	raw_open(&raw);
	set_up(&raw);
	before = status(&raw);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work[i], work[i] == come_and_go ? &guests[guest++] : NULL))
			fail("thread", errno);
	sleep((unsigned int)atoi(argv[1]));
	/* On a machine with much else to do that may not have been enough for each. */
	for (int more = 0; more < PATIENCE && !all_did(); more++)
		sleep(1);
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	bad = judge(&raw, &before);
	key_delete(&raw, STEADY);
	for (int i = 0; i < GUESTS; i++)
		key_delete(&raw, guests[i].name);
	return bad;
}
