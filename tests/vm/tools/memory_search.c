// SPDX-License-Identifier: GPL-2.0
/*
 * usage: memory_search DUMP <SECRETS: looks in a dump of a machine's memory for secrets. A line of SECRETS
 * is a label and the secret in hexadecimal, big-endian. Sought is every stretch of 16 bytes that begins at a multiple of 8
 * within it, so that half a key is found as well, in four orders: as it is (and so within any DER), reversed (native
 * digits, least significant first), and both with the bytes of each 64-bit word turned round.
 * Prints a line for each label: LABEL HITS, and the first places. Runs on the host.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRETCH 16
#define SECRET_MAX 1024
#define LABELS_MAX 64
#define PATTERNS_MAX 16384
#define SHOWN 3

struct pattern {
	uint8_t bytes[STRETCH];
	int label, order, at, next;
};

static const char *const orders[] = { "big-endian", "native digits", "words turned", "digits turned" };
static struct pattern patterns[PATTERNS_MAX];
static int count;
static int heads[65536];	/* by the first two bytes: number of the pattern + 1 */
static struct {
	char name[64];
	unsigned long hits;
} labels[LABELS_MAX];
static int label_count;

static void add(const uint8_t *secret, int bytes, int order)
{
	for (int at = 0; at + STRETCH <= bytes; at += 8) {
		struct pattern *p = &patterns[count];
		int *head;

		if (count == PATTERNS_MAX)
			exit(2);
		memcpy(p->bytes, secret + at, STRETCH);
		head = &heads[p->bytes[0] << 8 | p->bytes[1]];
		p->label = label_count;
		p->order = order;
		p->at = at;
		p->next = *head;
		*head = ++count;
	}
}

static void turn(uint8_t *bytes, int size)
{
	for (int i = 0; i < size / 2; i++) {
		uint8_t other = bytes[i];

		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = other;
	}
}

static void turn_words(uint8_t *bytes, int size)
{
	for (int i = 0; i + 8 <= size; i += 8)
		turn(bytes + i, 8);
}

static void add_secret(const char *name, const char *hex)
{
	uint8_t secret[SECRET_MAX];
	int size = 0;

	for (; size < SECRET_MAX && sscanf(hex + 2 * size, "%2hhx", &secret[size]) == 1; size++)
		;
	if (size < STRETCH || size % 8 || label_count == LABELS_MAX) {
		fprintf(stderr, "%s: %d bytes cannot be sought\n", name, size);
		exit(2);
	}
	snprintf(labels[label_count].name, sizeof(labels[0].name), "%s", name);
	for (int reversed = 0; reversed < 2; reversed++) {
		add(secret, size, reversed);
		turn_words(secret, size);
		add(secret, size, 2 + reversed);
		turn_words(secret, size);
		turn(secret, size);
	}
	label_count++;
}

static void look(const uint8_t *memory, size_t size)
{
	for (size_t i = 0; i + STRETCH <= size; i++) {
		for (int n = heads[memory[i] << 8 | memory[i + 1]]; n; n = patterns[n - 1].next) {
			const struct pattern *p = &patterns[n - 1];

			if (memcmp(memory + i, p->bytes, STRETCH))
				continue;
			if (labels[p->label].hits++ < SHOWN)
				printf("# %s: %s, from byte %d of it, at 0x%zx\n", labels[p->label].name,
				       orders[p->order], p->at, i);
		}
	}
}

int main(int argc, char **argv)
{
	static char line[2 * SECRET_MAX + 128];
	char name[64];
	struct stat st;
	int fd, at;
	void *memory;

	while (fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%63s %n", name, &at) == 1)
			add_secret(name, line + at);
	fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0 || fstat(fd, &st) || !st.st_size || !label_count) {
		fprintf(stderr, "usage: memory_search DUMP <SECRETS\n");
		return 2;
	}
	memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return 2;
	look(memory, (size_t)st.st_size);
	for (int i = 0; i < label_count; i++)
		printf("%s %lu\n", labels[i].name, labels[i].hits);
	return 0;
}
