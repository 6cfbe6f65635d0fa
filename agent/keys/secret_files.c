// SPDX-License-Identifier: GPL-2.0
/* The files of sealed secrets. What is read is checked for size, magic and name; the seal is the kernel's to check. */
#include "secret.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "key_name.h"

#define FILE_NAME_MAX (TACIT_NAME_MAX + sizeof(SECRET_SUFFIX))

/* mkdir -p, 0700; what is there already stays as it is. */
static int make_directories(const char *directory)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int open_directory(const char *directory, bool make, struct key_error *error)
{
	struct stat s;
	int fd, code = make ? make_directories(directory) : 0;

	if (code)
		return key_error_set(error, code, "cannot make the directory %s: %s", directory, strerror(-code));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return key_error_set(error, -errno, "cannot open the directory %s: %s", directory, strerror(errno));
	/* Seals hold, but who can put files there can bring back old secrets or take them away. */
	if (fstat(fd, &s) || (s.st_mode & 022) || (s.st_uid && s.st_uid != geteuid())) {
		close(fd);
		return key_error_set(error, -EPERM, "others than user %u can change the directory %s; `chmod 0700 %s`, "
				     "or name another with --directory", geteuid(), directory, directory);
	}
	return fd;
}

static int file_name(char out[FILE_NAME_MAX], const char *name, struct key_error *error)
{
	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a secret's name is " KEY_NAME_RULE);
	snprintf(out, FILE_NAME_MAX, "%s" SECRET_SUFFIX, name);
	return 0;
}

int secret_write(const char *directory, const union secret_room *sealed, struct key_error *error)
{
	char file[FILE_NAME_MAX];
	int fd, code = file_name(file, (const char *)sealed->sealed.name, error);

	if (code)
		return code;
	fd = open_directory(directory, true, error);
	if (fd < 0)
		return fd;
	code = file_replace(fd, file, sealed, le32toh(sealed->sealed.bytes));
	close(fd);
	if (code)
		return key_error_set(error, code, "cannot write %s/%s: %s", directory, file, strerror(-code));
	return 0;
}

static bool well_formed(const union secret_room *room, size_t bytes, const char *name)
{
	const struct tacit_secret *s = &room->sealed;

	return !memcmp(s->magic, TACIT_SECRET_MAGIC, sizeof(s->magic)) &&
	       le32toh(s->version) == TACIT_SECRET_VERSION && le32toh(s->bytes) == bytes &&
	       memchr(s->name, 0, sizeof(s->name)) && !strcmp((const char *)s->name, name);
}

int secret_read(const char *directory, const char *name, union secret_room *sealed, struct key_error *error)
{
	char file[FILE_NAME_MAX];
	size_t bytes = 0;
	int fd, code = file_name(file, name, error);

	if (code)
		return code;
	fd = open_directory(directory, false, error);
	if (fd < 0)
		return fd;
	code = file_read(fd, file, sealed, TACIT_SECRET_HEAD_BYTES + 1 + TACIT_TAG_BYTES, TACIT_SECRET_BYTES_MAX,
			 &bytes, 0);
	close(fd);
	if (code == -ENOENT)
		return key_error_set(error, code, "there is no secret %s in %s", name, directory);
	if (code && code != -EINVAL)
		return key_error_set(error, code, "cannot read %s/%s: %s", directory, file, strerror(-code));
	if (code || !well_formed(sealed, bytes, name))
		return key_error_set(error, -EINVAL, "%s/%s is no sealed secret of that name that this version knows",
				     directory, file);
	return 0;
}

int secret_remove(const char *directory, const char *name, struct key_error *error)
{
	char file[FILE_NAME_MAX];
	int fd, code = file_name(file, name, error);

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

static int is_secret_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), suffix = sizeof(SECRET_SUFFIX) - 1;

	return entry->d_name[0] != '.' && n > suffix && !strcmp(entry->d_name + n - suffix, SECRET_SUFFIX);
}

int secret_each(const char *directory, secret_callback *callback, void *context, struct key_error *error)
{
	struct dirent **entries;
	int count, code = 0, fd = open_directory(directory, false, error);

	/* Nobody has put a secret there yet. */
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	count = scandirat(fd, ".", &entries, is_secret_file, alphasort);
	close(fd);
	if (count < 0)
		return key_error_set(error, -errno, "cannot read the directory %s: %s", directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - (sizeof(SECRET_SUFFIX) - 1)] = '\0';
		if (!code && key_name_valid(entries[i]->d_name))
			code = callback(context, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return code;
}
