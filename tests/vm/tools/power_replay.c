// SPDX-License-Identifier: GPL-2.0
/*
 * Every state in which a power cut could leave a disk, from a log of its
 * writes (Documentation/admin-guide/device-mapper/log-writes.rst; the layout is
 * in drivers/md/dm-log-writes.c): after each write, and in the middle of each that is
 * longer than a block, the image is put on a device, mounted, and the key directory in
 * it is compared with what the states file allows there.
 *
 * usage: power_replay LOG IMAGE DEVICE MOUNTPOINT STATES
 *
 * IMAGE is the disk before the first write. STATES: line i is what the directory
 * `keys` holds after step i, as `NAME=VALUE...`, line 0 before the first. The marks
 * `begin-i` and `done-i` in the log say between which two a cut may choose.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../agent/keys/keydir.h"

#define LOG_MAGIC 0x6a736677736872ULL
#define FLAG_DISCARD 4u
#define FLAG_MARK 8u
#define BLOCK_BYTES 4096u
#define STATES_MAX 32
#define TEXT_MAX 512

struct log_super {
	uint64_t magic, version, entries;
	uint32_t sector_bytes;
};

struct log_entry {
	uint64_t sector, sectors, flags, data_bytes;
};

struct replay {
	uint8_t *log, *image;
	size_t log_bytes, image_bytes, sector_bytes;
	const char *device, *mountpoint;
	char states[STATES_MAX][TEXT_MAX];
	int count;		/* of states */
	int begun, done;	/* by the marks */
	unsigned long tried, bad, seen_old, seen_new;
};

static uint8_t *slurp(const char *path, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat s;
	uint8_t *data;
	size_t got = 0;

	if (fd < 0 || fstat(fd, &s) || !(data = malloc(s.st_size))) {
		perror(path);
		exit(1);
	}
	while (got < (size_t)s.st_size) {
		ssize_t n = read(fd, data + got, s.st_size - got);

		if (n <= 0) {
			perror(path);
			exit(1);
		}
		got += n;
	}
	close(fd);
	*bytes = got;
	return data;
}

static int add_key(void *context, const char *name, const struct tacit_blob *blob, int code,
		   const struct key_error *error)
{
	char *text = context;
	size_t used = strlen(text), last;

	if (code) {
		snprintf(text + used, TEXT_MAX - used, "BROKEN(%s) ", error->text);
		return 0;
	}
	last = le32toh(blob->bytes) - TACIT_BLOB_HEAD_BYTES - 1;
	if (blob->data[0] != blob->data[last / 2] || blob->data[0] != blob->data[last])
		snprintf(text + used, TEXT_MAX - used, "HALF(%s) ", name);
	else
		snprintf(text + used, TEXT_MAX - used, "%s=%d ", name, blob->data[0]);
	return 0;
}

static void put_image(const struct replay *r)
{
	int fd = open(r->device, O_WRONLY | O_CLOEXEC);
	size_t put = 0;

	while (fd >= 0 && put < r->image_bytes) {
		ssize_t n = pwrite(fd, r->image + put, r->image_bytes - put, put);

		if (n <= 0)
			break;
		put += n;
	}
	if (fd < 0 || put < r->image_bytes) {
		perror(r->device);
		exit(1);
	}
	close(fd);
}

static void look(struct replay *r, char text[TEXT_MAX])
{
	struct key_error error = { "" };
	char directory[300];

	text[0] = '\0';
	put_image(r);
	if (mount(r->device, r->mountpoint, "ext4", 0, NULL)) {
		snprintf(text, TEXT_MAX, "UNMOUNTABLE: %s", strerror(errno));
		return;
	}
	snprintf(directory, sizeof(directory), "%s/keys", r->mountpoint);
	if (keydir_each(directory, add_key, text, &error))
		snprintf(text, TEXT_MAX, "UNREADABLE: %s", error.text);
	if (umount(r->mountpoint)) {
		perror("umount");
		exit(1);
	}
}

static void judge(struct replay *r, unsigned long entry, const char *part)
{
	const char *old = r->states[r->done], *new = r->states[r->begun];
	char found[TEXT_MAX];

	look(r, found);
	r->tried++;
	if (strcmp(found, old) && strcmp(found, new)) {
		r->bad++;
		printf("BAD after %s of write %lu, in step %d: `%s`, neither `%s` nor `%s`\n", part, entry, r->begun,
		       found, old, new);
	} else if (r->begun != r->done) {
		r->seen_old += !strcmp(found, old);
		r->seen_new += !strcmp(found, new);
	}
}

static void take_mark(struct replay *r, const char *text, size_t bytes)
{
	char word[64] = "";
	int n;

	memcpy(word, text, bytes < sizeof(word) - 1 ? bytes : sizeof(word) - 1);
	if (sscanf(word, "begin-%d", &n) == 1 && n < r->count)
		r->begun = n;
	else if (sscanf(word, "done-%d", &n) == 1 && n < r->count)
		r->done = n;
	else if (strcmp(word, "dm-log-writes-end")) /* the target's own last one */
		printf("a mark that is not known: %s\n", word);
}

/* Return: the entry's length in the log, 0 if it is malformed. */
static size_t step(struct replay *r, size_t at, unsigned long number)
{
	const struct log_entry *e = (const struct log_entry *)(r->log + at);
	size_t to, bytes, half;

	if (at + r->sector_bytes > r->log_bytes)
		return 0;
	if (le64toh(e->flags) & FLAG_MARK) {
		take_mark(r, (const char *)(e + 1), le64toh(e->data_bytes));
		/* What was told to be safe must be: look without a further write. */
		judge(r, number, "all (a mark)");
		return r->sector_bytes;
	}
	to = le64toh(e->sector) * r->sector_bytes;
	bytes = le64toh(e->sectors) * r->sector_bytes;
	if (le64toh(e->flags) & FLAG_DISCARD)
		return r->sector_bytes;
	if (to + bytes > r->image_bytes || at + r->sector_bytes + bytes > r->log_bytes)
		return 0;
	/* A disk is trusted with a block of its file system, and with no more. */
	half = bytes / 2 / BLOCK_BYTES * BLOCK_BYTES;
	if (half) {
		memcpy(r->image + to, r->log + at + r->sector_bytes, half);
		judge(r, number, "half");
	}
	memcpy(r->image + to, r->log + at + r->sector_bytes, bytes);
	if (bytes)
		judge(r, number, "all");
	return r->sector_bytes + bytes;
}

static void read_states(struct replay *r, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f) {
		perror(path);
		exit(1);
	}
	while (r->count < STATES_MAX && fgets(r->states[r->count], TEXT_MAX, f)) {
		r->states[r->count][strcspn(r->states[r->count], "\n")] = '\0';
		r->count++;
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	struct replay r = { .count = 0 };
	const struct log_super *super;
	unsigned long entries;
	size_t at;

	if (argc != 6)
		return 2;
	r.log = slurp(argv[1], &r.log_bytes);
	r.image = slurp(argv[2], &r.image_bytes);
	r.device = argv[3];
	r.mountpoint = argv[4];
	read_states(&r, argv[5]);
	super = (const struct log_super *)r.log;
	entries = le64toh(super->entries);
	r.sector_bytes = le32toh(super->sector_bytes);
	if (le64toh(super->magic) != LOG_MAGIC || !r.sector_bytes) {
		puts("BAD: this is no log of writes");
		return 1;
	}
	at = r.sector_bytes;
	for (unsigned long i = 0; i < entries; i++) {
		size_t bytes = step(&r, at, i);

		if (!bytes) {
			printf("BAD: entry %lu of %lu is malformed\n", i, entries);
			return 1;
		}
		at += bytes;
	}
	printf("%lu states tried from %lu writes; within steps the old state %lu times and the new one %lu times; "
	       "%d of %d steps done, %lu bad\n", r.tried, entries, r.seen_old, r.seen_new, r.done, r.count - 1, r.bad);
	return r.bad || r.done != r.count - 1 || !r.seen_old || !r.seen_new;
}
