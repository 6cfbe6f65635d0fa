// SPDX-License-Identifier: GPL-2.0
/*
 * The first and only process of a small machine of any architecture: loads /modules/NN.ko in order and then
 * /tacit.ko, gives it the root key, makes keys, loads the sealed keys of /blobs/NAME that other machines made, and signs
 * with all. What it has to say goes to the console, lines that begin with "tacit:". Static, and of C alone.
 */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../vm/tools/genl_raw.h"

#define CONTENT 130

static struct raw raw;
static int ring;

#define say(...) (printf("tacit: " __VA_ARGS__), fflush(stdout))

static void say_bytes(const char *what, const char *name, const uint8_t *data, size_t bytes)
{
	printf("tacit: %s %s ", what, name);
	for (size_t i = 0; i < bytes; i++)
		printf("%02x", data[i]);
	printf("\n");
	fflush(stdout);
}

static size_t load_file(const char *path, void *buffer, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, room);

	if (n < 0)
		say("error %s: %s\n", path, strerrorname_np(errno));
	if (fd >= 0)
		close(fd);
	return n < 0 ? 0 : (size_t)n;
}

static int insert(const char *path)
{
	int fd = open(path, O_RDONLY);
	long code = fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", 0);

	code = code ? errno : 0;
	if (fd >= 0)
		close(fd);
	return (int)code;
}

static void insert_all(void)
{
	char path[64];
	struct stat st;

	for (int i = 10; i < 100; i++) {
		snprintf(path, sizeof(path), "/modules/%d.ko", i);
		/* One that this machine's processor has no use for refuses, and is not missed. */
		if (!stat(path, &st))
			insert(path);
	}
}

static int root_set(void)
{
	uint8_t key[TACIT_ROOT_KEY_BYTES];
	struct raw_request r;

	if (load_file("/root.key", key, sizeof(key)) != sizeof(key))
		return -EINVAL;
	raw_begin(&r, raw.family, TACIT_CMD_ROOT_SET, 0);
	raw_put_u32(&r, TACIT_ATTR_ROOT_ORIGIN, TACIT_ROOT_FILE);
	raw_put(&r, TACIT_ATTR_ROOT_KEY, key, sizeof(key));
	return raw_ask(&raw, &r, NULL, NULL);
}

/* A CertificateVerify of a client, with a hash that tells nothing: the test looks at the signature. */
static void sign(const char *name, uint32_t algorithm)
{
	const char *info = algorithm == TACIT_ALGORITHM_ECDSA_P384 ? "enc=msg hash=sha384" : "enc=msg hash=sha256";
	long room = algorithm == TACIT_ALGORITHM_ECDSA_P384 ? TACIT_P384_SIGNATURE_MAX : TACIT_P256_SIGNATURE_MAX;
	uint8_t content[CONTENT], signature[TACIT_SIGNATURE_MAX];
	struct keyctl_pkey_params params = { .in_len = CONTENT, .out_len = (uint32_t)room };
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, ring, TACIT_KEY_TYPE, name, 0), n = -1;

	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	memset(content + 98, 'h', 32);
	if (key > 0) {
		params.key_id = (int)key;
		n = syscall(SYS_keyctl, KEYCTL_PKEY_SIGN, &params, info, content, signature);
	}
	if (n < 0)
		say("error signing with %s: %s\n", name, strerrorname_np(errno));
	else
		say_bytes("signature", name, signature, (size_t)n);
}

static void take_blob(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	(void)command;
	if (type == TACIT_ATTR_BLOB)
		say_bytes("blob", context, data, bytes);
}

static void make(const char *name, uint32_t algorithm)
{
	struct tacit_usage usage = {
		.allowed = htole32(TACIT_USAGE_TLS13_CLIENT), .rate = htole32(600), .burst = htole32(10),
		.uid = htole32(TACIT_ID_NONE), .gid = htole32(TACIT_ID_NONE),
	};
	struct raw_request r;
	int code;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_NEW, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, name);
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put_u32(&r, TACIT_ATTR_ALGORITHM, algorithm);
	code = raw_ask(&raw, &r, take_blob, (void *)name);
	if (code)
		say("error making %s: %s\n", name, strerrorname_np(-code));
	else
		sign(name, algorithm);
}

/* A sealed key of another machine; then the same with a bit of it turned, which must be refused. */
static void take_over(const char *name)
{
	union tacit_blob_room room;
	struct raw_request r;
	char path[300];
	size_t bytes;
	int code;

	snprintf(path, sizeof(path), "/blobs/%s", name);
	bytes = load_file(path, &room, sizeof(room));
	if (bytes < sizeof(room.blob))
		return;
	room.bytes[40] ^= 1;
	raw_begin(&r, raw.family, TACIT_CMD_KEY_LOAD, 0);
	raw_put(&r, TACIT_ATTR_BLOB, &room, bytes);
	say("changed %s %s\n", name, strerrorname_np(-raw_ask(&raw, &r, NULL, NULL)));
	room.bytes[40] ^= 1;
	raw_begin(&r, raw.family, TACIT_CMD_KEY_LOAD, 0);
	raw_put(&r, TACIT_ATTR_BLOB, &room, bytes);
	code = raw_ask(&raw, &r, NULL, NULL);
	if (code)
		say("error loading %s: %s\n", name, strerrorname_np(-code));
	else
		sign(name, le32toh(room.blob.algorithm));
}

static void take_all(void)
{
	DIR *d = opendir("/blobs");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			take_over(e->d_name);
}

static void work(void)
{
	char serial[32] = "", names[256] = "";
	int code;

	insert_all();
	code = insert("/tacit.ko");
	say("module %s\n", code ? strerrorname_np(code) : "loaded");
	if (code)
		return;
	load_file(TACIT_KEYRING_PARAMETER, serial, sizeof(serial) - 1);
	ring = atoi(serial);
	raw_open(&raw);
	code = root_set();
	if (code)
		say("error root key: %s\n", strerrorname_np(-code));
	load_file("/names", names, sizeof(names) - 1);
	if (names[0]) {
		char name[64];

		names[strcspn(names, "\n")] = 0;
		snprintf(name, sizeof(name), "%s-p256", names);
		make(name, TACIT_ALGORITHM_ECDSA_P256);
		snprintf(name, sizeof(name), "%s-p384", names);
		make(name, TACIT_ALGORITHM_ECDSA_P384);
	}
	take_all();
	say("done\n");
}

int main(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	work();
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
