// SPDX-License-Identifier: GPL-2.0
/*
 * Manages tacit.ko over its netlink family, for the tests: it sends what it is
 * told, right or wrong, and shares no code with the product but the ABI header.
 */
#include <endian.h>
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tacit_key.h>
#include <time.h>

static struct nl_sock *sock;
static int family;
static const char *out_path;
static unsigned char module_point[1 + 2 * TACIT_P256_BYTES] = { 0x04 };

static void die(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, nl_geterror(err));
	exit(1);
}

static size_t load(const char *path, void *buffer, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	n = fread(buffer, 1, size, f);
	fclose(f);
	return n;
}

static void save(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void show_u64(const char *name, struct nlattr *a)
{
	if (a)
		printf(" %s=%llu", name, (unsigned long long)nla_get_u64(a));
}

static void show_u32(const char *name, struct nlattr *a)
{
	if (a)
		printf(" %s=%u", name, nla_get_u32(a));
}

static void show_blob(struct nlattr *a)
{
	struct tacit_blob *blob;

	if (!a)
		return;
	blob = nla_data(a);
	printf(" name=%s allowed=%u flags=%u", (char *)blob->name, le32toh(blob->usage.allowed), le32toh(blob->flags));
	if (blob->usage.uses)
		printf(" spent=%llu", (unsigned long long)le64toh(blob->spent));
	if (out_path)
		save(out_path, blob, nla_len(a));
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *a[TACIT_ATTR_LIMIT];

	(void)arg;
	if (genlmsg_parse(nlmsg_hdr(msg), 0, a, TACIT_ATTR_LIMIT - 1, NULL) < 0)
		return NL_STOP;
	printf("cmd=%u", genlmsg_hdr(nlmsg_hdr(msg))->cmd);
	show_blob(a[TACIT_ATTR_BLOB]);
	if (a[TACIT_ATTR_PUBLIC])
		memcpy(module_point + 1, nla_data(a[TACIT_ATTR_PUBLIC]), 2 * TACIT_P256_BYTES);
	show_u32("origin", a[TACIT_ATTR_ROOT_ORIGIN]);
	show_u32("keys", a[TACIT_ATTR_KEYS]);
	show_u32("serial", a[TACIT_ATTR_SERIAL]);
	show_u64("signatures", a[TACIT_ATTR_SIGNATURES]);
	show_u64("refusals", a[TACIT_ATTR_REFUSALS]);
	if (a[TACIT_ATTR_LAST_USE])
		printf(" last=%s", nla_get_u64(a[TACIT_ATTR_LAST_USE]) ? "some" : "never");
	show_u64("credit", a[TACIT_ATTR_CREDIT]);
	show_u32("last_refusal", a[TACIT_ATTR_LAST_REFUSAL]);
	show_u32("by", a[TACIT_ATTR_LAST_REFUSAL_UID]);
	if (a[TACIT_ATTR_LAST_REFUSAL_TIME])
		printf(" ago=%lld", (long long)(time(NULL) - (time_t)nla_get_u64(a[TACIT_ATTR_LAST_REFUSAL_TIME])));
	if (a[TACIT_ATTR_MODULE_VERSION])
		printf(" version=%s", nla_get_string(a[TACIT_ATTR_MODULE_VERSION]));
	show_u32("kind", a[TACIT_ATTR_EVENT_KIND]);
	if (a[TACIT_ATTR_NAME])
		printf(" name=%s", nla_get_string(a[TACIT_ATTR_NAME]));
	show_u32("reason", a[TACIT_ATTR_EVENT_REASON]);
	show_u32("uid", a[TACIT_ATTR_UID]);
	if (a[TACIT_ATTR_COMM])
		printf(" comm=%s", nla_get_string(a[TACIT_ATTR_COMM]));
	show_u64("count", a[TACIT_ATTR_COUNT]);
	printf("\n");
	fflush(stdout);
	return NL_OK;
}

/* libnl keeps the kernel's errno to itself; the tests want it, and the text. */
static int on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *head = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	size_t skip = sizeof(*e);
	struct nlattr *a;

	(void)who;
	(void)arg;
	fprintf(stderr, "%s", strerrorname_np(-e->error));
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (head->nlmsg_flags & NLM_F_ACK_TLVS) {
		a = nla_find((struct nlattr *)((char *)e + skip),
			     (int)(head->nlmsg_len - NLMSG_HDRLEN - skip), NLMSGERR_ATTR_MSG);
		if (a)
			fprintf(stderr, ": %s", nla_get_string(a));
	}
	fprintf(stderr, "\n");
	exit(1);
}

static struct nl_msg *request(int command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, 0, 0, family, 0, flags, command, TACIT_GENL_VERSION))
		exit(1);
	return msg;
}

static int transact(struct nl_msg *msg)
{
	int err = nl_send_auto(sock, msg);

	nlmsg_free(msg);
	if (err < 0)
		die("send", err);
	err = nl_recvmsgs_default(sock);
	if (err >= 0 && out_path)
		out_path = NULL;
	return err < 0;
}

static void unhex(const char *hex, unsigned char *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &out[i]) != 1)
			exit(2);
}

/* HEX [ORIGIN [BYTES]] */
static int root(char **v)
{
	unsigned char key[TACIT_ROOT_KEY_BYTES];
	struct nl_msg *msg = request(TACIT_CMD_ROOT_SET, NLM_F_ACK);

	unhex(v[0], key, sizeof(key));
	nla_put(msg, TACIT_ATTR_ROOT_KEY, v[1] && v[2] ? atoi(v[2]) : (int)sizeof(key), key);
	nla_put_u32(msg, TACIT_ATTR_ROOT_ORIGIN, v[1] ? strtoul(v[1], NULL, 0) : TACIT_ROOT_FILE);
	return transact(msg);
}

/* [SEALED [OPTIONS]] */
static int trusted(char **v)
{
	struct nl_msg *msg = request(TACIT_CMD_ROOT_TRUSTED, NLM_F_ACK);

	if (v[0])
		nla_put_string(msg, TACIT_ATTR_ROOT_TRUSTED, v[0]);
	if (v[0] && v[1])
		nla_put_string(msg, TACIT_ATTR_ROOT_OPTIONS, v[1]);
	return transact(msg);
}

/* NAME ALLOWED RATE BURST UID GID FILE [RESERVED [ALGORITHM [USES [CGROUP]]]] */
static struct tacit_usage usage_of(char **v)
{
	struct tacit_usage usage = {
		.allowed = htole32(strtoul(v[1], NULL, 0)), .rate = htole32(strtoul(v[2], NULL, 0)),
		.burst = htole32(strtoul(v[3], NULL, 0)), .uid = htole32(strtoul(v[4], NULL, 0)),
		.gid = htole32(strtoul(v[5], NULL, 0)),
	};

	if (!v[6] || !v[7])
		return usage;
	usage.reserved = htole32(strtoul(v[7], NULL, 0));
	if (v[8] && v[9])
		usage.uses = htole64(strtoull(v[9], NULL, 0));
	if (v[8] && v[9] && v[10])
		memcpy(usage.cgroup, v[10], strnlen(v[10], sizeof(usage.cgroup)));
	return usage;
}

static int new_key(char **v)
{
	struct nl_msg *msg = request(TACIT_CMD_KEY_NEW, 0);
	struct tacit_usage usage = usage_of(v);

	out_path = v[6];
	nla_put_string(msg, TACIT_ATTR_NAME, v[0]);
	nla_put(msg, TACIT_ATTR_USAGE, sizeof(usage), &usage);
	nla_put_u32(msg, TACIT_ATTR_ALGORITHM, v[7] && v[8] ? strtoul(v[8], NULL, 0) : TACIT_ALGORITHM_ECDSA_P256);
	return transact(msg);
}

static int load_key(char **v)
{
	char blob[4000];
	size_t size = load(v[0], blob, sizeof(blob));
	struct nl_msg *msg = request(TACIT_CMD_KEY_LOAD, 0);

	nla_put(msg, TACIT_ATTR_BLOB, (int)size, blob);
	return transact(msg);
}

/* Keeps the errno instead of ending the program. */
static int keep_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	(void)who;
	*(int *)arg = -e->error;
	return NL_STOP;
}

/* FILE: for each byte, load the blob with one bit of it changed. None must be taken. */
static int flip(char **v)
{
	unsigned char blob[TACIT_BLOB_MAX];
	size_t size = load(v[0], blob, sizeof(blob));
	int err, bad = 0;

	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, keep_error, &err);
	for (size_t i = 0; i < size; i++) {
		struct nl_msg *msg = request(TACIT_CMD_KEY_LOAD, 0);

		blob[i] ^= 1u << (i % 8);
		nla_put(msg, TACIT_ATTR_BLOB, (int)size, blob);
		blob[i] ^= 1u << (i % 8);
		err = 0;
		nl_send_auto(sock, msg);
		nlmsg_free(msg);
		nl_recvmsgs_default(sock);
		if (err != EBADMSG && err != EINVAL && err != EOPNOTSUPP && err != ENOPKG) {
			printf("byte %zu: errno %d\n", i, err);
			bad = 1;
		}
	}
	printf("%zu bytes flipped\n", size);
	return bad;
}

static int delete_key(char **v)
{
	struct nl_msg *msg = request(TACIT_CMD_KEY_DELETE, NLM_F_ACK);

	nla_put_string(msg, TACIT_ATTR_NAME, v[0]);
	return transact(msg);
}

static int status(char **v)
{
	(void)v;
	return transact(request(TACIT_CMD_STATUS, 0));
}

/* STATUS with an attribute that it does not take */
static int stray(char **v)
{
	struct nl_msg *msg = request(TACIT_CMD_STATUS, 0);

	nla_put_u32(msg, atoi(v[0]), 1);
	return transact(msg);
}

/* reserve|bind|reopen NAME FILE: FILE gets the changed key */
static int change(char **v)
{
	struct nl_msg *msg = request(!strcmp(v[0], "reserve") ? TACIT_CMD_KEY_RESERVE :
				     !strcmp(v[0], "bind") ? TACIT_CMD_KEY_BIND : TACIT_CMD_CSR_REOPEN, 0);

	out_path = v[2];
	nla_put_string(msg, TACIT_ATTR_NAME, v[1]);
	return transact(msg);
}

/* NAME FILE */
static int stored(char **v)
{
	char blob[4000];
	size_t size = load(v[1], blob, sizeof(blob));
	struct nl_msg *msg = request(TACIT_CMD_KEY_STORED, NLM_F_ACK);

	nla_put_string(msg, TACIT_ATTR_NAME, v[0]);
	nla_put(msg, TACIT_ATTR_BLOB, (int)size, blob);
	return transact(msg);
}

/* ---- import, by OpenSSL and tacit_key.h alone ---- */


static EVP_PKEY *peer_of(const unsigned char *point, size_t size)
{
	OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	OSSL_PARAM_BLD_push_utf8_string(params, "group", "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(params, "pub", point, size);
	EVP_PKEY_fromdata_init(c);
	EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, OSSL_PARAM_BLD_to_param(params));
	return key;
}

static void derive(EVP_PKEY *own, const unsigned char salt[128], unsigned char key[32])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
	unsigned char z[TACIT_P256_BYTES];
	size_t size = sizeof(z);

	if (EVP_PKEY_derive_init(c) != 1 ||
	    EVP_PKEY_derive_set_peer(c, peer_of(module_point, sizeof(module_point))) != 1 ||
	    EVP_PKEY_derive(c, z, &size) != 1)
		exit(3);
	c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size = 32;
	if (EVP_PKEY_derive_init(c) != 1 || EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) != 1 ||
	    EVP_PKEY_CTX_set1_hkdf_salt(c, salt, 128) != 1 || EVP_PKEY_CTX_set1_hkdf_key(c, z, sizeof(z)) != 1 ||
	    EVP_PKEY_CTX_add1_hkdf_info(c, (unsigned char *)TACIT_IMPORT_INFO, strlen(TACIT_IMPORT_INFO)) != 1 ||
	    EVP_PKEY_derive(c, key, &size) != 1)
		exit(3);
}

static int encrypt(const unsigned char key[32], const char *name, const struct tacit_usage *usage,
		   const unsigned char *plain, int size, unsigned char *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char nonce[12] = { 0 }, padded[TACIT_NAME_MAX] = { 0 };
	int n, m;

	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce);
	EVP_EncryptUpdate(c, NULL, &n, padded, sizeof(padded));
	EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)usage, sizeof(*usage));
	EVP_EncryptUpdate(c, out, &n, plain, size);
	EVP_EncryptFinal_ex(c, out + n, &m);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + n + m);
	return n + m + 16;
}

/*
 * NAME ALLOWED RATE BURST UID GID FILE PKCS8 [FAULT]: FILE gets the sealed key. FAULT: "late" leaves BEGIN
 * out, "flip" changes a bit, "name" sends another name, "point" a peer that is on no curve.
 */
static int import(char **v)
{
	const char *fault = v[8] ? v[8] : "", *file = v[6];
	unsigned char plain[4096], sealed[4200], salt[128], key[32], *own_point;
	struct tacit_usage usage = usage_of((char *[]){ v[0], v[1], v[2], v[3], v[4], v[5], NULL, NULL, NULL });
	int size = (int)load(v[7], plain, sizeof(plain));
	EVP_PKEY *own = EVP_EC_gen("P-256");
	struct nl_msg *msg;

	EVP_PKEY_get1_encoded_public_key(own, &own_point);
	/* Without BEGIN any point will do. */
	memcpy(module_point, own_point, sizeof(module_point));
	if (strcmp(fault, "late"))
		transact(request(TACIT_CMD_KEY_IMPORT_BEGIN, 0));
	memcpy(salt, module_point + 1, 64);
	memcpy(salt + 64, own_point + 1, 64);
	derive(own, salt, key);
	size = encrypt(key, v[0], &usage, plain, size, sealed);
	if (!strcmp(fault, "flip"))
		sealed[size / 2] ^= 1;
	if (!strcmp(fault, "point"))
		own_point[1] ^= 1;
	msg = request(TACIT_CMD_KEY_IMPORT, 0);
	nla_put_string(msg, TACIT_ATTR_NAME, strcmp(fault, "name") ? v[0] : "mallory");
	nla_put(msg, TACIT_ATTR_USAGE, sizeof(usage), &usage);
	nla_put(msg, TACIT_ATTR_PEER, 64, own_point + 1);
	nla_put(msg, TACIT_ATTR_IMPORT, size, sealed);
	out_path = file;
	return transact(msg);
}

static int list(char **v)
{
	(void)v;
	return transact(request(TACIT_CMD_KEY_LIST, NLM_F_DUMP));
}

static int no_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* SECONDS */
static int events(char **v)
{
	time_t end = time(NULL) + atoi(v[0]);
	int group = genl_ctrl_resolve_grp(sock, TACIT_GENL_NAME, TACIT_GENL_EVENTS);
	int err = group < 0 ? group : nl_socket_add_membership(sock, group);
	struct pollfd p = { .fd = nl_socket_get_fd(sock), .events = POLLIN };

	if (err < 0)
		die("group", err);
	nl_socket_modify_cb(sock, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_sequence, NULL);
	printf("listening\n");
	fflush(stdout);
	while (time(NULL) < end)
		if (poll(&p, 1, 100) > 0)
			nl_recvmsgs_default(sock);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **v);
} commands[] = {
	{ "status", 0, status }, { "root", 1, root }, { "trusted", 0, trusted }, { "new", 7, new_key }, { "load", 1, load_key },
	{ "flip", 1, flip }, { "delete", 1, delete_key }, { "list", 0, list }, { "import", 8, import },
	{ "change", 3, change }, { "stored", 2, stored },
	{ "events", 1, events }, { "stray", 1, stray },
};

int main(int argc, char **argv)
{
	int one = 1;

	sock = nl_socket_alloc();
	if (!sock || genl_connect(sock))
		return 1;
	family = genl_ctrl_resolve(sock, TACIT_GENL_NAME);
	if (family < 0)
		die("family", family);
	setsockopt(nl_socket_get_fd(sock), 270 /* SOL_NETLINK */, NETLINK_EXT_ACK, &one, sizeof(one));
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, NULL);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, NULL);
	nl_socket_disable_auto_ack(sock);
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 >= commands[i].arguments)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: keystore_admin status|root|new|load|flip|delete|list|events|stray ...\n");
	return 2;
}
