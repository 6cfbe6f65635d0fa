// SPDX-License-Identifier: GPL-2.0
#include "rootkey.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "file.h"

int rootkey_read(const char *path, uint8_t key[TACIT_ROOT_KEY_BYTES], struct key_error *error)
{
	size_t bytes;
	int code = file_read(AT_FDCWD, path, key, TACIT_ROOT_KEY_BYTES, TACIT_ROOT_KEY_BYTES, &bytes, 077);

	memset(key, 0, code ? TACIT_ROOT_KEY_BYTES : 0);
	switch (-code) {
	case 0:
		return 0;
	case ENOENT:
		return key_error_set(error, code, "there is no root key at %s", path);
	case EPERM:
		return key_error_set(error, code,
				     "others than root can read or change the root key %s; "
				     "make it root's alone: `chown root %s && chmod 0600 %s`",
				     path, path, path);
	case EINVAL:
		return key_error_set(error, code, "%s is not a root key: a regular file of %d bytes", path,
				     TACIT_ROOT_KEY_BYTES);
	default:
		return key_error_set(error, code, "cannot read the root key %s: %s", path, strerror(-code));
	}
}

static int draw(uint8_t key[TACIT_ROOT_KEY_BYTES])
{
	ssize_t n;

	/* So few bytes come whole or not at all, and only when the generator is seeded. */
	do {
		n = getrandom(key, TACIT_ROOT_KEY_BYTES, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == TACIT_ROOT_KEY_BYTES ? 0 : -EIO;
}

int rootkey_create(const char *path, struct key_error *error)
{
	char for_directory[PATH_MAX], for_name[PATH_MAX];
	uint8_t key[TACIT_ROOT_KEY_BYTES];
	int fd, code;

	if (snprintf(for_directory, PATH_MAX, "%s", path) >= PATH_MAX || snprintf(for_name, PATH_MAX, "%s", path) < 1)
		return key_error_set(error, -ENAMETOOLONG, "the root key's path is too long or empty");
	fd = open(dirname(for_directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return key_error_set(error, -errno, "cannot make the root key %s: %s", path, strerror(errno));
	code = draw(key);
	if (!code)
		code = file_write_new(fd, basename(for_name), key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	close(fd);
	if (code)
		return key_error_set(error, code, "cannot make the root key %s: %s%s", path, strerror(-code),
				     code == -ENOSPC || code == -EDQUOT ? "; make room there and try again" : "");
	return 0;
}
