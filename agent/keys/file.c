// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".tacit-new"

int file_write_all(int fd, const void *from, size_t bytes)
{
	const char *data = from;

	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		bytes -= n;
	}
	return 0;
}

/* rename(2) that never replaces; not every file system knows how, but those can make links. */
static int place_new(int directory, const char *from, const char *to)
{
	if (!renameat2(directory, from, directory, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(directory, from, directory, to, 0))
		return -errno;
	unlinkat(directory, from, 0);
	return 0;
}

static int is_temporary(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), suffix = sizeof(TEMPORARY_SUFFIX) - 1;

	return entry->d_name[0] == '.' && n > suffix && !strcmp(entry->d_name + n - suffix, TEMPORARY_SUFFIX);
}

/* Who holds the lock is the only one that writes: whatever is half written was left by one that died. */
static void sweep(int directory)
{
	struct dirent **entries;
	int count = scandirat(directory, ".", &entries, is_temporary, NULL);

	for (int i = 0; i < count; i++) {
		unlinkat(directory, entries[i]->d_name, 0);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static int write_temporary(int directory, const char *temporary, const void *data, size_t bytes)
{
	int code, fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	code = file_write_all(fd, data, bytes);
	if (!code && (fchmod(fd, 0600) || fsync(fd)))
		code = -errno;
	if (close(fd) && !code)
		code = -errno;
	return code;
}

static int write_locked(int directory, const char *name, const void *data, size_t bytes, bool replace)
{
	char temporary[NAME_MAX + 1];
	int code;

	if (snprintf(temporary, sizeof(temporary), ".%s" TEMPORARY_SUFFIX, name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	code = write_temporary(directory, temporary, data, bytes);
	if (!code && replace)
		code = renameat(directory, temporary, directory, name) ? -errno : 0;
	else if (!code)
		code = place_new(directory, temporary, name);
	if (code) {
		unlinkat(directory, temporary, 0);
		return code;
	}
	return fsync(directory) ? -errno : 0;
}

static int write_file(int directory, const char *name, const void *data, size_t bytes, bool replace)
{
	int code;

	while (flock(directory, LOCK_EX)) {
		if (errno != EINTR)
			return -errno;
	}
	sweep(directory);
	code = write_locked(directory, name, data, bytes, replace);
	flock(directory, LOCK_UN);
	return code;
}

int file_write_new(int directory, const char *name, const void *data, size_t bytes)
{
	return write_file(directory, name, data, bytes, false);
}

int file_replace(int directory, const char *name, const void *data, size_t bytes)
{
	return write_file(directory, name, data, bytes, true);
}

int file_read(int directory, const char *name, void *data, size_t min, size_t max, size_t *bytes, mode_t mode)
{
	struct stat s = { .st_size = 0 };
	size_t got = 0;
	int fd, code = 0;

	/* O_NONBLOCK: a pipe of that name must not hang us. */
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -EINVAL : -errno;
	if (fstat(fd, &s))
		code = -errno;
	else if (!S_ISREG(s.st_mode) || s.st_size < (off_t)min || s.st_size > (off_t)max)
		code = -EINVAL;
	else if (mode && ((s.st_mode & mode) || (s.st_uid && s.st_uid != geteuid())))
		code = -EPERM;
	while (!code && got < (size_t)s.st_size) {
		ssize_t n = read(fd, (char *)data + got, s.st_size - got);

		if (n > 0)
			got += n;
		else if (!n)
			code = -EINVAL;
		else if (errno != EINTR)
			code = -errno;
	}
	close(fd);
	if (code)
		explicit_bzero(data, max);
	*bytes = got;
	return code;
}
