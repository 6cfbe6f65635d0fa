// SPDX-License-Identifier: GPL-2.0
#include <keyutils.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "draw.h"
#include "target.h"

struct raw raw;
key_serial_t ring, steady;
unsigned char root[TACIT_ROOT_KEY_BYTES];
union tacit_blob_room sealed;
size_t sealed_bytes;

_Noreturn void fail(const char *what, int code)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(code < 0 ? -code : code));
	exit(1);
}

struct tacit_usage good_usage(void)
{
	return (struct tacit_usage){
		.allowed = htole32(TACIT_USAGE_TLS13_CLIENT), .rate = htole32(TACIT_RATE_MAX),
		.burst = htole32(TACIT_BURST_MAX), .uid = htole32(TACIT_ID_NONE), .gid = htole32(TACIT_ID_NONE),
	};
}

static void take_sealed(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	(void)context;
	(void)command;
	if (type != TACIT_ATTR_BLOB || bytes > sizeof(sealed))
		return;
	memcpy(&sealed, data, bytes);
	sealed_bytes = bytes;
}

int key_new(const char *name)
{
	struct tacit_usage usage = good_usage();
	struct raw_request r;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_NEW, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put_u32(&r, TACIT_ATTR_ALGORITHM, TACIT_ALGORITHM_ECDSA_P256);
	return raw_ask(&raw, &r, take_sealed, NULL);
}

int key_delete(const char *name)
{
	struct raw_request r;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_DELETE, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	return raw_ask(&raw, &r, NULL, NULL);
}

/* ---- keys that got in: fuzzing makes some, and they must not pile up ---- */

struct names {
	char name[64][TACIT_NAME_MAX];
	int count;
};

static void take_name(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	const struct tacit_blob *blob = (const struct tacit_blob *)data;
	struct names *names = context;

	(void)command;
	if (type != TACIT_ATTR_BLOB || bytes < sizeof(*blob) || names->count == 64)
		return;
	if (strnlen((const char *)blob->name, TACIT_NAME_MAX) == TACIT_NAME_MAX)
		fail("a key without an end to its name", EBADMSG);
	if (strcmp((const char *)blob->name, STEADY))
		memcpy(names->name[names->count++], blob->name, TACIT_NAME_MAX);
}

void sweep(void)
{
	static struct names names;
	struct raw_request r;
	int code;

	do {
		names.count = 0;
		raw_begin(&r, raw.family, TACIT_CMD_KEY_LIST, NLM_F_DUMP);
		code = raw_ask(&raw, &r, take_name, &names);
		if (code)
			fail("list", code);
		for (int i = 0; i < names.count; i++) {
			code = key_delete(names.name[i]);
			if (code)
				fail(names.name[i], code);
		}
	} while (names.count);
}

void still_signs(const struct tacit_blob *blob)
{
	static const uint8_t head[27] = {
		0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
		0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
	};
	uint8_t content[130], signature[TACIT_SIGNATURE_MAX], spki[sizeof(head) + 64];
	const uint8_t *p = spki;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY *key;
	long n = -1;

	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	noise(content + 98, 32);
	if (keyctl_search(ring, TACIT_KEY_TYPE, STEADY, 0) != steady)
		fail("the key is another", ENOKEY);
	/* What it signed just now may have emptied its bucket. */
	for (int tries = 0; n < 0 && tries < 50; tries++) {
		n = keyctl_pkey_sign(steady, INFO, content, sizeof(content), signature, TACIT_P256_SIGNATURE_MAX);
		if (n < 0 && errno == EAGAIN)
			usleep(20000);
	}
	if (n < 0)
		fail("sign", errno);
	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head), blob->data, 64);
	key = d2i_PUBKEY(NULL, &p, sizeof(spki));
	if (!key || EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestVerify(c, signature, (size_t)n, content, sizeof(content)) != 1)
		fail("OpenSSL does not verify", EBADMSG);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
}

void set_up(const char *hex)
{
	FILE *f = fopen(TACIT_KEYRING_PARAMETER, "r");
	int code;

	for (size_t i = 0; i < sizeof(root); i++)
		if (sscanf(hex + 2 * i, "%2hhx", &root[i]) != 1)
			exit(2);
	if (!f || fscanf(f, "%d", &ring) != 1)
		fail(TACIT_KEYRING_PARAMETER, errno);
	fclose(f);
	raw_open(&raw);
	code = key_new(STEADY);
	if (code)
		fail("new", code);
	steady = keyctl_search(ring, TACIT_KEY_TYPE, STEADY, 0);
}
