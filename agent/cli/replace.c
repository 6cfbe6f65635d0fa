// SPDX-License-Identifier: GPL-2.0
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../keys/file.h"

static int fail(char *text, const char *path, int error)
{
	const char *cure = "";

	if (error == ENOSPC || error == EDQUOT)
		cure = "; make room there";
	else if (error == ENOENT)
		cure = "; make its directory, or name another place as `certificate`";
	else if (error == EACCES || error == EPERM)
		cure = "; run as root";
	snprintf(text, REPLACE_TEXT_MAX, "%s cannot be written: %s%s", path, strerror(error), cure);
	return -error;
}

/* The directory's descriptor and the name in it, behind all links. */
static int find_place(struct replace *r, const char *path)
{
	char *real = realpath(path, NULL), *copy;
	int error = 0;

	if (!real && errno != ENOENT)
		return -errno;
	copy = strdup(real ? real : path);
	if (!copy) {
		free(real);
		return -ENOMEM;
	}
	if (snprintf(r->name, sizeof(r->name), "%s", basename(copy)) >= (int)sizeof(r->name))
		error = -ENAMETOOLONG;
	strcpy(copy, real ? real : path);
	if (!error) {
		r->directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = r->directory < 0 ? -errno : 0;
	}
	free(copy);
	free(real);
	return error;
}

static int name_beside(const struct replace *r, const char *what, char name[NAME_MAX + 1])
{
	static unsigned int count;

	if (snprintf(name, NAME_MAX + 1, ".%s.%d.%u.%s", r->name, (int)getpid(), count++, what) > NAME_MAX)
		return -ENAMETOOLONG;
	/* Left by a process of the same number that died. */
	unlinkat(r->directory, name, 0);
	return 0;
}

static int keep_old(struct replace *r)
{
	char name[NAME_MAX + 1];
	struct stat s = { .st_mode = 0 };
	int code = name_beside(r, "old", name);

	if (code)
		return code;
	if (!linkat(r->directory, r->name, r->directory, name, 0)) {
		strcpy(r->kept, name);
		return 0;
	}
	code = -errno;
	if (code == -ENOENT)
		return 0;
	if (fstatat(r->directory, r->name, &s, AT_SYMLINK_NOFOLLOW) || !S_ISREG(s.st_mode))
		return S_ISDIR(s.st_mode) ? -EISDIR : code;
	/* FAT has no links. */
	r->swaps = true;
	return 0;
}

static int write_beside(struct replace *r, const void *data, size_t bytes)
{
	char name[NAME_MAX + 1];
	int fd, code = name_beside(r, "new", name);

	if (code)
		return code;
	fd = openat(r->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	strcpy(r->temporary, name);
	code = file_write_all(fd, data, bytes);
	if (!code && (fchmod(fd, 0644) || fsync(fd)))
		code = -errno;
	if (close(fd) && !code)
		code = -errno;
	return code;
}

int replace_prepare(struct replace *r, const char *path, const void *data, size_t bytes, char *text)
{
	int code;

	*r = (struct replace){ .directory = -1 };
	code = find_place(r, path);
	if (!code)
		code = keep_old(r);
	if (!code)
		code = write_beside(r, data, bytes);
	return code ? fail(text, path, -code) : 0;
}

int replace_commit(struct replace *r, char *text)
{
	/* Not every C library has renameat2(2). */
	if (syscall(SYS_renameat2, r->directory, r->temporary, r->directory, r->name, r->swaps ? RENAME_EXCHANGE : 0))
		return fail(text, r->name, errno);
	r->placed = true;
	if (r->swaps)
		strcpy(r->kept, r->temporary);
	r->temporary[0] = '\0';
	return fsync(r->directory) ? fail(text, r->name, errno) : 0;
}

int replace_undo(struct replace *r)
{
	int code = 0;

	if (!r->placed)
		return 0;
	if (r->kept[0] ? renameat(r->directory, r->kept, r->directory, r->name) :
			 unlinkat(r->directory, r->name, 0) && errno != ENOENT)
		code = -errno;
	/* What has no other name any more must not be dropped. */
	if (code)
		r->kept[0] = '\0';
	r->placed = false;
	fsync(r->directory);
	return code;
}

void replace_drop(struct replace *r)
{
	if (r->directory < 0)
		return;
	if (r->temporary[0])
		unlinkat(r->directory, r->temporary, 0);
	if (r->kept[0])
		unlinkat(r->directory, r->kept, 0);
	close(r->directory);
	r->directory = -1;
}
