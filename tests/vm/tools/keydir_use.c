// SPDX-License-Identifier: GPL-2.0
/*
 * The directory of sealed keys, used step by step by tests of what a power cut
 * leaves: the files hold blobs that are whole by their lengths, filled with a
 * value, and no real keys.
 *
 * usage: keydir_use DIRECTORY new NAME VALUE | replace NAME VALUE | remove NAME | show
 * `show` prints `NAME VALUE` for each key; exit status 1 if one is not whole.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../agent/keys/keydir.h"

/* An RSA key's: more than one page, so that half of it can be lost. */
#define PUBLIC_BYTES TACIT_RSA_3072_BYTES
#define SEALED_BYTES 1900

static void fill(union tacit_blob_room *room, const char *name, int value)
{
	struct tacit_blob *blob = &room->blob;

	memset(room, 0, sizeof(*room));
	memcpy(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES);
	blob->version = htole32(TACIT_BLOB_VERSION);
	blob->algorithm = htole32(TACIT_ALGORITHM_RSA_PSS);
	blob->bytes = htole32(TACIT_BLOB_BYTES(PUBLIC_BYTES, SEALED_BYTES));
	blob->public_bytes = htole32(PUBLIC_BYTES);
	blob->sealed_bytes = htole32(SEALED_BYTES);
	snprintf((char *)blob->name, sizeof(blob->name), "%s", name);
	memset(blob->data, value, TACIT_BLOB_BYTES(PUBLIC_BYTES, SEALED_BYTES) - TACIT_BLOB_HEAD_BYTES);
}

static int show(void *context, const char *name, const struct tacit_blob *blob, int code, const struct key_error *error)
{
	union tacit_blob_room want;
	int *bad = context;

	if (code) {
		printf("BAD %s\n", error->text);
		*bad = 1;
		return 0;
	}
	fill(&want, name, blob->data[0]);
	if (memcmp(&want, blob, le32toh(blob->bytes))) {
		printf("BAD %s is of two halves\n", name);
		*bad = 1;
	} else {
		printf("%s %d\n", name, blob->data[0]);
	}
	return 0;
}

static int work(int argc, char **argv, struct key_error *error)
{
	const char *directory = argv[1], *what = argc > 2 ? argv[2] : "";
	union tacit_blob_room room;
	int bad = 0;

	if (argc == 3 && !strcmp(what, "show"))
		return keydir_each(directory, show, &bad, error) || bad;
	if (argc == 4 && !strcmp(what, "remove"))
		return keydir_remove(directory, argv[3], error);
	if (argc != 5)
		return -EINVAL;
	fill(&room, argv[3], atoi(argv[4]));
	if (!strcmp(what, "new"))
		return keydir_write(directory, &room.blob, error);
	return strcmp(what, "replace") ? -EINVAL : keydir_replace(directory, &room.blob, error);
}

int main(int argc, char **argv)
{
	struct key_error error = { "" };
	int code = argc > 1 ? work(argc, argv, &error) : -EINVAL;

	if (code && error.text[0])
		fprintf(stderr, "%s\n", error.text);
	return code ? 1 : 0;
}
