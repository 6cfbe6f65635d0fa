// SPDX-License-Identifier: GPL-2.0
/*
 * Brings secrets into a guest whose memory is searched for them afterwards, and leaves no copy of its own: they
 * come under a mask, are unmasked byte by byte where they are needed, and wiped there.
 *
 *	keystore_hand root MASKED		the root key, into the module
 *	keystore_hand file MASKED FILE		into a file, in place, which `wipe` overwrites
 *	keystore_hand wipe FILE
 *	keystore_hand hold MASKED SECONDS	into this process's memory, and wait: the canary
 *	keystore_hand sign NAME HASH TIMES	sign a CertificateVerify of a client
 */
#include <fcntl.h>
#include <keyutils.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "genl_raw.h"

#define MASK 0x5a

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static size_t size_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !st.st_size)
		fail(path);
	return (size_t)st.st_size;
}

/* One byte at a time: a vector register would go to the stack of saved registers with the secret in it. */
static void unmask(const char *path, volatile uint8_t *out, size_t bytes)
{
	uint8_t masked[4096];
	int fd = open(path, O_RDONLY);

	if (fd < 0 || bytes > sizeof(masked) || read(fd, masked, bytes) != (ssize_t)bytes)
		fail(path);
	close(fd);
	for (size_t i = 0; i < bytes; i++)
		out[i] = masked[i] ^ MASK;
}

static volatile uint8_t *map(const char *path, size_t bytes)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *at;

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		fail(path);
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fail(path);
	close(fd);
	return at;
}

static int root(char **v)
{
	static struct raw_request r;
	static struct raw raw;
	uint8_t zeros[TACIT_ROOT_KEY_BYTES] = { 0 };
	size_t at;
	int code;

	raw_open(&raw);
	raw_begin(&r, raw.family, TACIT_CMD_ROOT_SET, 0);
	raw_put_u32(&r, TACIT_ATTR_ROOT_ORIGIN, TACIT_ROOT_FILE);
	at = r.head.nlmsg_len + NLA_HDRLEN;
	raw_put(&r, TACIT_ATTR_ROOT_KEY, zeros, sizeof(zeros));
	unmask(v[0], (uint8_t *)&r + at, sizeof(zeros));
	code = raw_ask(&raw, &r, NULL, NULL);
	explicit_bzero(&r, sizeof(r));
	/* The kernel's answer to a mistake would have the request in it. */
	explicit_bzero(&raw, sizeof(raw));
	if (code)
		fprintf(stderr, "root: %s\n", strerrorname_np(-code));
	return code != 0;
}

static int file(char **v)
{
	size_t bytes = size_of(v[0]);

	unmask(v[0], map(v[1], bytes), bytes);
	return 0;
}

static int wipe(char **v)
{
	size_t bytes = size_of(v[0]);
	volatile uint8_t *at = map(v[0], bytes);

	for (size_t i = 0; i < bytes; i++)
		at[i] = 0;
	return unlink(v[0]);
}

static int hold(char **v)
{
	size_t bytes = size_of(v[0]);
	volatile uint8_t *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	unmask(v[0], at, bytes);
	printf("holding\n");
	fflush(stdout);
	sleep((unsigned int)atoi(v[1]));
	return 0;
}

static int sign(char **v)
{
	uint8_t content[130], signature[TACIT_SIGNATURE_MAX];
	FILE *f = fopen(TACIT_KEYRING_PARAMETER, "r");
	struct keyctl_pkey_query query;
	int ring;
	key_serial_t key;
	char info[64];

	if (!f || fscanf(f, "%d", &ring) != 1)
		fail(TACIT_KEYRING_PARAMETER);
	fclose(f);
	key = keyctl_search(ring, TACIT_KEY_TYPE, v[0], 0);
	snprintf(info, sizeof(info), "enc=msg hash=%s", v[1]);
	if (key < 0 || keyctl_pkey_query(key, info, &query) || query.max_sig_size > sizeof(signature))
		fail(v[0]);
	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	for (int times = atoi(v[2]); times; times--) {
		if (getentropy(content + 98, 32) ||
		    keyctl_pkey_sign(key, info, content, sizeof(content), signature, query.max_sig_size) < 0)
			fail("sign");
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		int (*run)(char **v);
	} commands[] = {
		{ "root", 1, root }, { "file", 2, file }, { "wipe", 1, wipe }, { "hold", 2, hold }, { "sign", 3, sign },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 == commands[i].arguments)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: keystore_hand root|file|wipe|hold|sign ...\n");
	return 2;
}
