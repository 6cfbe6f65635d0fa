// SPDX-License-Identifier: GPL-2.0
#include "keydir.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "key_name.h"
#include "module.h"

#define LOCK_FILE ".lock"
#define FILE_NAME_MAX (TACIT_NAME_MAX + sizeof(KEYDIR_SUFFIX))

/* Made, and there after a power cut too. An existing one is left as it is. */
static int make_directory(const char *directory)
{
	char path[PATH_MAX];
	int fd, code;

	if (mkdir(directory, 0700))
		return errno == EEXIST ? 0 : -errno;
	if (snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	code = fsync(fd) ? -errno : 0;
	close(fd);
	return code;
}

static int open_directory(const char *directory, bool make, struct key_error *error)
{
	int fd, code = make ? make_directory(directory) : 0;
	struct stat s;

	if (code)
		return key_error_set(error, code, "cannot make the key directory %s: %s", directory, strerror(-code));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return key_error_set(error, -errno, "cannot open the key directory %s: %s", directory, strerror(errno));
	/* Seals hold, but who can put files there can bring back old keys or take keys away. */
	if (fstat(fd, &s) || (s.st_mode & 022) || (s.st_uid && s.st_uid != geteuid())) {
		close(fd);
		return key_error_set(error, -EPERM,
				     "others than root can change the key directory %s; "
				     "make it root's alone: `chown root %s && chmod 0700 %s`",
				     directory, directory, directory);
	}
	return fd;
}

static int take_lock(int fd, const char *directory, unsigned int wait_s, struct key_error *error)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	for (unsigned int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return key_error_set(error, -errno, "cannot lock %s/" LOCK_FILE ": %s", directory, strerror(errno));
		if (i >= wait_s * 50)
			return key_error_set(error, -EBUSY,
					     "another program has been changing keys in %s for %u s; "
					     "`fuser %s/" LOCK_FILE "` names it", directory, wait_s, directory);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int keydir_lock(const char *directory, bool make, unsigned int wait_s, struct key_error *error)
{
	int fd, code, parent = open_directory(directory, make, error);

	if (parent < 0)
		return parent;
	fd = openat(parent, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	code = fd < 0 ? -errno : 0;
	close(parent);
	if (code)
		return key_error_set(error, code, "cannot make %s/" LOCK_FILE ": %s", directory, strerror(-code));
	code = take_lock(fd, directory, wait_s, error);
	if (!code)
		return fd;
	close(fd);
	return code;
}

static int file_name(char out[FILE_NAME_MAX], const char *name, struct key_error *error)
{
	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a key's name is " KEY_NAME_RULE);
	snprintf(out, FILE_NAME_MAX, "%s" KEYDIR_SUFFIX, name);
	return 0;
}

typedef int file_writer(int directory, const char *name, const void *data, size_t bytes);

static int write_by(file_writer *writer, const char *directory, const struct tacit_blob *blob, struct key_error *error)
{
	char file[FILE_NAME_MAX];
	int fd, code;

	code = module_blob_check(blob, le32toh(blob->bytes), error);
	if (code)
		return code;
	code = file_name(file, (const char *)blob->name, error);
	if (code)
		return code;
	fd = open_directory(directory, true, error);
	if (fd < 0)
		return fd;
	code = writer(fd, file, blob, le32toh(blob->bytes));
	close(fd);
	if (code == -EEXIST)
		return key_error_set(error, code, "%s/%s is there already; delete that key first, or take another name",
				     directory, file);
	if (code)
		return key_error_set(error, code, "cannot write %s/%s: %s%s", directory, file, strerror(-code),
				     code == -ENOSPC || code == -EDQUOT ?
					     "; make room there and try again: no key was made, those that are there are as "
					     "they were" : "");
	return 0;
}

int keydir_write(const char *directory, const struct tacit_blob *blob, struct key_error *error)
{
	return write_by(file_write_new, directory, blob, error);
}

int keydir_replace(const char *directory, const struct tacit_blob *blob, struct key_error *error)
{
	return write_by(file_replace, directory, blob, error);
}

static int read_at(int fd, const char *directory, const char *name, union tacit_blob_room *room,
		   struct key_error *error)
{
	struct key_error reason = { "" };
	char file[FILE_NAME_MAX];
	size_t bytes;
	int code;

	code = file_name(file, name, error);
	if (code)
		return code;
	code = file_read(fd, file, room, TACIT_BLOB_MIN, TACIT_BLOB_MAX, &bytes, 0);
	if (code == -EINVAL)
		return key_error_set(error, code, "%s/%s is not a sealed key: a regular file of %d to %d bytes",
				     directory, file, TACIT_BLOB_MIN, TACIT_BLOB_MAX);
	if (code)
		return key_error_set(error, code, "cannot read %s/%s: %s", directory, file, strerror(-code));
	code = module_blob_check(&room->blob, bytes, &reason);
	if (code)
		return key_error_set(error, code, "%s/%s: %s", directory, file, reason.text);
	if (strcmp((const char *)room->blob.name, name))
		return key_error_set(error, -EINVAL, "%s/%s holds the key %s; give the file that name", directory, file,
				     (const char *)room->blob.name);
	return 0;
}

int keydir_read(const char *directory, const char *name, union tacit_blob_room *blob, struct key_error *error)
{
	int code, fd = open_directory(directory, false, error);

	if (fd < 0)
		return fd;
	code = read_at(fd, directory, name, blob, error);
	close(fd);
	return code;
}

int keydir_remove(const char *directory, const char *name, struct key_error *error)
{
	char file[FILE_NAME_MAX];
	int fd, code;

	code = file_name(file, name, error);
	if (code)
		return code;
	fd = open_directory(directory, false, error);
	if (fd < 0)
		return fd;
	if (unlinkat(fd, file, 0) || fsync(fd))
		code = key_error_set(error, -errno, "cannot remove %s/%s: %s", directory, file, strerror(errno));
	close(fd);
	return code;
}

static int is_key_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), suffix = sizeof(KEYDIR_SUFFIX) - 1;

	/* Names that begin with a dot are files being written. */
	return entry->d_name[0] != '.' && n > suffix && !strcmp(entry->d_name + n - suffix, KEYDIR_SUFFIX);
}

static int visit(int fd, const char *directory, char *name, keydir_callback *callback, void *context)
{
	struct key_error reason = { "" };
	union tacit_blob_room room;
	int code;

	name[strlen(name) - (sizeof(KEYDIR_SUFFIX) - 1)] = '\0';
	code = read_at(fd, directory, name, &room, &reason);
	return callback(context, name, code ? NULL : &room.blob, code, &reason);
}

int keydir_each(const char *directory, keydir_callback *callback, void *context, struct key_error *error)
{
	struct dirent **entries;
	int fd, count, code = 0;

	fd = open_directory(directory, false, error);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	count = scandirat(fd, ".", &entries, is_key_file, alphasort);
	if (count < 0) {
		code = key_error_set(error, -errno, "cannot read the key directory %s: %s", directory, strerror(errno));
		close(fd);
		return code;
	}
	for (int i = 0; i < count; i++) {
		if (!code)
			code = visit(fd, directory, entries[i]->d_name, callback, context);
		free(entries[i]);
	}
	free(entries);
	close(fd);
	return code;
}
