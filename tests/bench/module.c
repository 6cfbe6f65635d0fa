// SPDX-License-Identifier: GPL-2.0
/*
 * What tests/bench/guest measures of the module itself, without a library or a process in between.
 *
 *	bench_module unseal FILE COUNT		the root key, that a TPM sealed, is given to the module anew
 *	bench_module load FILE NAME COUNT	a sealed key is loaded; it is deleted in between, which does not count
 *
 * Prints COUNT and nanoseconds, which under QEMU's -icount shift=0 is instructions.
 */
#include <fcntl.h>
#include <time.h>

#include <tacit_root.h>

#include "../vm/tools/genl_raw.h"

static struct raw raw;
static uint8_t file[TACIT_BLOB_MAX];
static size_t bytes;

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

/* What it took. */
static unsigned long long ask(uint8_t command, uint16_t type, const void *data, size_t n)
{
	unsigned long long start = now();
	struct raw_request r;
	int code;

	raw_begin(&r, raw.family, command, 0);
	raw_put(&r, type, data, n);
	code = raw_ask(&raw, &r, NULL, NULL);
	if (code) {
		fprintf(stderr, "command %d: %s\n", command, strerrorname_np(-code));
		exit(1);
	}
	return now() - start;
}

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, file, sizeof(file));

	if (n <= 0) {
		perror(path);
		exit(1);
	}
	bytes = (size_t)n;
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned long long spent = 0;
	int count = argc > 3 ? atoi(argv[argc - 1]) : 0;
	int unseal = argc == 4 && !strcmp(argv[1], "unseal"), load = argc == 5 && !strcmp(argv[1], "load");

	if (!unseal && !load) {
		fprintf(stderr, "usage: bench_module unseal FILE COUNT | load FILE NAME COUNT\n");
		return 2;
	}
	read_file(argv[2]);
	raw_open(&raw);
	for (int i = 0; i < count; i++) {
		if (load)
			ask(TACIT_CMD_KEY_DELETE, TACIT_ATTR_NAME, argv[3], strlen(argv[3]) + 1);
		spent += load ? ask(TACIT_CMD_KEY_LOAD, TACIT_ATTR_BLOB, file, bytes) :
				ask(TACIT_CMD_ROOT_TPM, TACIT_ATTR_ROOT_BLOB, file, bytes);
	}
	printf("%d %llu\n", count, spent);
	return 0;
}
