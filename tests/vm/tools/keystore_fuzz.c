// SPDX-License-Identifier: GPL-2.0
/*
 * usage: keystore_fuzz ROOT_KEY CALLS [SEED]: calls to tacit.ko that nobody should make, drawn from SEED (printed): netlink
 * messages of random and of mutated attributes, sealed keys with bytes changed, some of them sealed anew so that
 * they pass the cipher, and keyctl(2) with all its operations and odd sizes. After that the key `steady` must
 * be there and sign as before. ROOT_KEY (hexadecimal) is set already; no keys are loaded.
 */
#include <keyutils.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "fuzz_draw.h"
#include "fuzz_import.h"
#include "genl_raw.h"

#define STEADY "steady"
#define INFO "enc=msg hash=sha256"
#define ROOM 8192

enum kind { RANDOM, MUTATED, BLOBS, KEYCTL, IMPORTS, KINDS };

static const char *const kinds[KINDS] = {
	[RANDOM] = "netlink, random", [MUTATED] = "netlink, mutated", [BLOBS] = "sealed keys", [KEYCTL] = "keyctl",
	[IMPORTS] = "imports",
};

static struct raw raw;
static key_serial_t ring, steady;
static unsigned char root[TACIT_ROOT_KEY_BYTES];
static union tacit_blob_room sealed;	/* a key that is not loaded */
static size_t sealed_bytes;
static unsigned long calls[KINDS], successes[KINDS];

static _Noreturn void fail(const char *what, int code)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(code < 0 ? -code : code));
	exit(1);
}

/* ---- requests that are right ---- */

static struct tacit_usage good_usage(void)
{
	return (struct tacit_usage){
		.allowed = htole32(TACIT_USAGE_TLS13_CLIENT), .rate = htole32(TACIT_RATE_MAX),
		.burst = htole32(TACIT_BURST_MAX), .uid = htole32(TACIT_ID_NONE), .gid = htole32(TACIT_ID_NONE),
	};
}

static void put_good(struct raw_request *r, uint16_t type)
{
	struct tacit_usage usage = good_usage();
	uint8_t some[ROOM];

	switch (type) {
	case TACIT_ATTR_NAME:
		raw_put_text(r, type, "fz");
		break;
	case TACIT_ATTR_USAGE:
		raw_put(r, type, &usage, sizeof(usage));
		break;
	case TACIT_ATTR_BLOB:
		raw_put(r, type, &sealed, sealed_bytes);
		break;
	case TACIT_ATTR_ROOT_KEY:
		raw_put(r, type, root, sizeof(root));
		break;
	case TACIT_ATTR_ROOT_ORIGIN:
	case TACIT_ATTR_ALGORITHM:
		raw_put_u32(r, type, 1);
		break;
	case TACIT_ATTR_PEER:
	case TACIT_ATTR_PUBLIC:
		noise(some, 64);
		raw_put(r, type, some, 64);
		break;
	case TACIT_ATTR_IMPORT:
		noise(some, 200);
		raw_put(r, type, some, 200);
		break;
	default:
		raw_put_u32(r, type, below(20));
	}
}

static const struct {
	uint8_t command;
	uint16_t attributes[5];
} requests[] = {
	{ TACIT_CMD_STATUS, { 0 } },
	{ TACIT_CMD_ROOT_SET, { TACIT_ATTR_ROOT_KEY, TACIT_ATTR_ROOT_ORIGIN } },
	{ TACIT_CMD_KEY_NEW, { TACIT_ATTR_NAME, TACIT_ATTR_USAGE, TACIT_ATTR_ALGORITHM } },
	{ TACIT_CMD_KEY_LOAD, { TACIT_ATTR_BLOB } },
	{ TACIT_CMD_KEY_DELETE, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_LIST, { 0 } },
	{ TACIT_CMD_KEY_IMPORT_BEGIN, { 0 } },
	{ TACIT_CMD_KEY_IMPORT, { TACIT_ATTR_NAME, TACIT_ATTR_USAGE, TACIT_ATTR_PEER, TACIT_ATTR_IMPORT } },
	{ TACIT_CMD_KEY_BIND, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_CSR_REOPEN, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_RESERVE, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_STORED, { TACIT_ATTR_NAME, TACIT_ATTR_BLOB } },
	{ TACIT_CMD_ROOT_TPM, { TACIT_ATTR_ROOT_BLOB, TACIT_ATTR_ROOT_PCRS } },
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static void good_request(struct raw_request *r, size_t which)
{
	raw_begin(r, raw.family, requests[which].command,
		  requests[which].command == TACIT_CMD_KEY_LIST ? NLM_F_DUMP : 0);
	for (int i = 0; i < 5 && requests[which].attributes[i]; i++)
		put_good(r, requests[which].attributes[i]);
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

static int key_new(const char *name)
{
	struct tacit_usage usage = good_usage();
	struct raw_request r;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_NEW, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put_u32(&r, TACIT_ATTR_ALGORITHM, TACIT_ALGORITHM_ECDSA_P256);
	return raw_ask(&raw, &r, take_sealed, NULL);
}

static int key_delete(const char *name)
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

static void sweep(void)
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

/* ---- netlink ---- */

/* Sends it as it is, whatever its head says, and reads what comes. */
static void throw(const struct raw_request *r, size_t bytes, enum kind kind)
{
	ssize_t n;

	calls[kind]++;
	if (send(raw.fd, r, bytes, 0) < 0)
		return;
	while ((n = recv(raw.fd, raw.answer, sizeof(raw.answer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)raw.answer;

		if (head->nlmsg_type != NLMSG_ERROR || !*(const int *)NLMSG_DATA(head))
			successes[kind]++;
	}
}

static void random_message(void)
{
	struct raw_request r;
	uint8_t some[ROOM];
	unsigned int attributes = below(5);

	raw_begin(&r, raw.family, (uint8_t)below(TACIT_CMD_LIMIT + 3), (uint16_t)(below(4) ? 0 : NLM_F_DUMP));
	r.head.nlmsg_seq = ++raw.sequence;
	r.head.nlmsg_flags |= below(2) ? NLM_F_ACK : 0;
	r.genl.version = (uint8_t)below(4);
	while (attributes--) {
		static const uint16_t flags[] = { 0, 0, 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER };
		size_t bytes = below(8) ? below(80) : below(3000);

		noise(some, bytes);
		raw_put(&r, (uint16_t)(below(TACIT_ATTR_LIMIT + 4) | flags[below(5)]), some, bytes);
	}
	throw(&r, r.head.nlmsg_len, RANDOM);
}

/* A right request, and then something about it that is not. */
static void mutated_message(void)
{
	struct raw_request r;
	size_t bytes;

	good_request(&r, below(REQUESTS));
	r.head.nlmsg_seq = ++raw.sequence;
	r.head.nlmsg_flags |= NLM_F_ACK;
	bytes = r.head.nlmsg_len;
	switch (below(6)) {
	case 0:	/* attributes, their heads included */
		mutate(r.attributes, bytes - NLMSG_HDRLEN - GENL_HDRLEN);
		break;
	case 1:	/* cut short, and its head knows */
		bytes = NLMSG_HDRLEN + below((uint32_t)(bytes - NLMSG_HDRLEN + 1));
		r.head.nlmsg_len = (uint32_t)bytes;
		break;
	case 2:	/* and its head does not */
		r.head.nlmsg_len = (uint32_t)bytes + below(64) - 32;
		break;
	case 3:	/* an attribute that is not the command's, or twice the same */
		put_good(&r, (uint16_t)below(TACIT_ATTR_LIMIT + 1));
		bytes = r.head.nlmsg_len;
		break;
	case 4:	/* another command's attributes */
		r.genl.cmd = (uint8_t)below(TACIT_CMD_LIMIT + 1);
		break;
	default:
		r.head.nlmsg_flags ^= (uint16_t)(1u << below(12)) & (uint16_t)~NLM_F_REQUEST;
		mutate(r.attributes, bytes - NLMSG_HDRLEN - GENL_HDRLEN);
	}
	/* The root key stays what it is: another one would only be taken while no key is loaded. */
	throw(&r, bytes, MUTATED);
}

/* ---- sealed keys ---- */

/* AES-256-GCM over all that stands before the sealed part, as the module does it. */
static bool seal_anew(struct tacit_blob *blob, size_t bytes)
{
	uint8_t *tag = (uint8_t *)blob + bytes - TACIT_TAG_BYTES;
	uint8_t *text = tag - TACIT_P256_BYTES, *nonce = text - TACIT_NONCE_BYTES, scalar[TACIT_P256_BYTES] = { 0 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool good;
	int n;

	/* The scalar is not known here: 1 and the generator would do, noise is more. */
	scalar[31] = 1;
	if (below(2))
		noise(scalar, sizeof(scalar));
	good = c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, root, nonce) == 1 &&
	       EVP_EncryptUpdate(c, NULL, &n, (uint8_t *)blob, (int)(text - (uint8_t *)blob)) == 1 &&
	       EVP_EncryptUpdate(c, text, &n, scalar, sizeof(scalar)) == 1 &&
	       EVP_EncryptFinal_ex(c, tag, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TACIT_TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	return good;
}

static void set_generator(struct tacit_blob *blob)
{
	static const uint8_t generator[] = {
		0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
		0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
		0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
		0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
	};

	memcpy(blob->data, generator, sizeof(generator));
}

static void mutated_blob(void)
{
	union tacit_blob_room room;
	size_t bytes = sealed_bytes;
	bool anew = below(4) == 0;
	struct raw_request r;
	int code;

	memcpy(&room, &sealed, bytes);
	if (anew)
		set_generator(&room.blob);
	/* The fields deserve more than their share of the bytes. */
	if (below(3))
		mutate(room.bytes, below(2) ? TACIT_BLOB_HEAD_BYTES : 24);
	else
		mutate(room.bytes, bytes);
	if (!below(8)) {
		bytes = below(4) ? below((uint32_t)bytes) : bytes + below(sizeof(room) - (uint32_t)bytes);
		if (!below(2))
			room.blob.bytes = htole32((uint32_t)bytes);
	}
	if (anew && (bytes != sealed_bytes || !seal_anew(&room.blob, bytes)))
		anew = false;
	raw_begin(&r, raw.family, TACIT_CMD_KEY_LOAD, 0);
	raw_put(&r, TACIT_ATTR_BLOB, &room, bytes);
	calls[BLOBS]++;
	code = raw_ask(&raw, &r, NULL, NULL);
	if (code)
		return;
	successes[BLOBS]++;
	if (!anew && (bytes != sealed_bytes || memcmp(&room, &sealed, bytes)))
		fail("a changed blob was loaded", EBADMSG);
	sweep();
}

/* ---- imports: PKCS #8 with something wrong about it, properly encrypted ---- */

static void mutated_import(void)
{
	struct tacit_usage usage = good_usage();
	struct fuzz_import import;
	struct raw_request r;
	bool untouched = below(64) == 0;
	int code;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_IMPORT_BEGIN, 0);
	if (raw_ask(&raw, &r, fuzz_import_take, &import))
		return;
	fuzz_import_draw(&import, !untouched);
	if (!fuzz_import_encrypt(&import, "fz-import", &usage))
		fail("encrypting an import", EINVAL);
	raw_begin(&r, raw.family, TACIT_CMD_KEY_IMPORT, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, "fz-import");
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put(&r, TACIT_ATTR_PEER, import.peer, sizeof(import.peer));
	raw_put(&r, TACIT_ATTR_IMPORT, import.sealed, import.sealed_bytes);
	calls[IMPORTS]++;
	code = raw_ask(&raw, &r, NULL, NULL);
	if (untouched && code)
		fail("a good key is not imported", code);
	if (code)
		return;
	successes[IMPORTS]++;
	sweep();
}

/* ---- keyctl ---- */

static const char *odd_info(char room[128])
{
	static const char *const infos[] = { INFO, "enc=msg hash=sha384", "enc=msg hash=sha512", "enc=pkcs1", "enc=raw",
					     "enc=secret", "", "enc=", "hash=", "enc=msg", "enc=msg hash=sha256 x=y",
					     "enc=msg enc=msg hash=sha256" };

	snprintf(room, 128, "%s", infos[below(sizeof(infos) / sizeof(infos[0]))]);
	if (!below(3))
		mutate((uint8_t *)room, strlen(room) + 1);
	room[127] = 0;
	return room;
}

static uint32_t odd_size(uint32_t room)
{
	static const uint32_t odd[] = { 0, 1, 64, 97, 98, 129, 130, 131, 146, 4095, 4096, 4097, 0x7fffffff, 0xffffffff };

	return below(2) ? odd[below(sizeof(odd) / sizeof(odd[0]))] : below(room);
}

static void fill_content(uint8_t *content, size_t room)
{
	noise(content, room);
	if (!below(4))
		return;
	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	if (below(2))
		mutate(content, 98);
}

/* The core writes up to the greatest signature, whatever the caller's size says: room is always there. */
static long odd_pkey(key_serial_t key)
{
	static uint8_t in[ROOM], out[ROOM];
	struct keyctl_pkey_query query;
	char info[128];
	struct keyctl_pkey_params params = {
		.key_id = key, .in_len = odd_size(sizeof(in)), .out_len = odd_size(sizeof(out)),
	};

	if (params.in_len > sizeof(in) && below(2))
		params.in_len = sizeof(in);
	if (params.out_len > sizeof(out))
		params.out_len = sizeof(out);
	if (below(2))
		params.out_len = TACIT_P256_SIGNATURE_MAX;
	fill_content(in, sizeof(in));
	switch (below(5)) {
	case 0:
		return syscall(SYS_keyctl, KEYCTL_PKEY_QUERY, key, below(20) ? 0 : odd_number(), odd_info(info), &query);
	case 1:
		return syscall(SYS_keyctl, KEYCTL_PKEY_ENCRYPT, &params, odd_info(info), in, out);
	case 2:
		return syscall(SYS_keyctl, KEYCTL_PKEY_DECRYPT, &params, odd_info(info), in, out);
	case 3:
		return syscall(SYS_keyctl, KEYCTL_PKEY_VERIFY, &params, odd_info(info), in, out);
	default:
		return syscall(SYS_keyctl, KEYCTL_PKEY_SIGN, &params, odd_info(info), below(16) ? in : NULL,
			       below(16) ? out : NULL);
	}
}

static long odd_other(key_serial_t key)
{
	static uint8_t in[ROOM];
	char name[80];
	int operation;

	noise(in, sizeof(in));
	snprintf(name, sizeof(name), "%s", below(2) ? STEADY : "fz");
	mutate((uint8_t *)name, below(2) ? strlen(name) : 0);
	switch (below(4)) {
	case 0:
		return syscall(SYS_add_key, TACIT_KEY_TYPE, name, in, (size_t)below(600),
			       below(2) ? ring : KEY_SPEC_PROCESS_KEYRING);
	case 1:
		return syscall(SYS_request_key, TACIT_KEY_TYPE, name, NULL, below(2) ? ring : 0);
	case 2:
		return keyctl_read(key, (char *)in, below(sizeof(in)));
	default:
		operation = (int)below(KEYCTL_WATCH_KEY + 4);
		/* These are about the process, not about the key. */
		if (operation == KEYCTL_JOIN_SESSION_KEYRING || operation == KEYCTL_SESSION_TO_PARENT ||
		    operation == KEYCTL_SET_REQKEY_KEYRING)
			return -1;
		return syscall(SYS_keyctl, operation, key, below(2) ? (long)(uintptr_t)in : (long)odd_number(),
			       below(2) ? (long)(uintptr_t)name : (long)below(600), below(2) ? ring : (long)odd_number());
	}
}

static void odd_keyctl(void)
{
	key_serial_t key = below(4) ? steady : below(2) ? ring : (key_serial_t)(draw() >> 33);

	calls[KEYCTL]++;
	if ((below(2) ? odd_pkey(key) : odd_other(key)) >= 0)
		successes[KEYCTL]++;
}

/* ---- */

/* The key is where it was, and signs what OpenSSL verifies. */
static void still_signs(const struct tacit_blob *blob)
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

static void set_up(const char *hex)
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

int main(int argc, char **argv)
{
	union tacit_blob_room first;
	unsigned long count;

	if (argc < 3)
		return 2;
	count = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		fuzz_state = strtoull(argv[3], NULL, 0);
	else if (getentropy(&fuzz_state, sizeof(fuzz_state)))
		return 1;
	fuzz_state |= !fuzz_state;
	printf("# seed %llu\n", (unsigned long long)fuzz_state);
	fflush(stdout);
	set_up(argv[1]);
	first = sealed;
	if (key_new("fz-sealed") || key_delete("fz-sealed"))
		fail("new", EINVAL);
	for (unsigned long i = 0; i < count; i++) {
		switch (below(8)) {
		case 0:
		case 1:
			random_message();
			break;
		case 2:
		case 3:
			mutated_message();
			break;
		case 4:
			/* Curve arithmetic costs much, so that these are fewer. */
			if (below(4))
				mutated_blob();
			else
				mutated_import();
			break;
		default:
			odd_keyctl();
		}
		if (i % 500 == 499)
			sweep();
		if (i % 10000 == 9999)
			still_signs(&first.blob);
	}
	sweep();
	still_signs(&first.blob);
	for (int i = 0; i < KINDS; i++)
		printf("# %s: %lu calls, %lu of them no error\n", kinds[i], calls[i], successes[i]);
	return key_delete(STEADY) != 0;
}
