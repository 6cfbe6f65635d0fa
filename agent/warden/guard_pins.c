// SPDX-License-Identifier: GPL-2.0
/*
 * What is pinned, as files. Maps that an earlier version left may have another
 * layout: then they are set aside, whole, until the new programs are loaded with
 * maps of their own. The programs on the links go on with the old ones, pinned or
 * not, until each is replaced.
 */
#include "guard_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* bpffs keeps names with a dot for itself. */
#define ASIDE TACIT_BPF_PIN_DIR "-before"

static int unpin(const char *path, struct problem *p)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int error = 0;

	if (!dir)
		return errno == ENOENT ? 0 : problem_set(p, -errno, "cannot read %s: %s", path, strerror(errno));
	while (!error && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) && errno != ENOENT)
			error = problem_set(p, -errno, "cannot unpin %s/%s: %s", path, entry->d_name, strerror(errno));
	}
	closedir(dir);
	if (!error && rmdir(path))
		error = problem_set(p, -errno, "cannot remove %s: %s", path, strerror(errno));
	return error;
}

bool guard_pins_are(void)
{
	return !access(TACIT_BPF_PIN_DIR, F_OK);
}

int guard_pins_set_aside(struct problem *p)
{
	int error = unpin(ASIDE, p);

	if (!error && rename(TACIT_BPF_PIN_DIR, ASIDE))
		error = problem_set(p, -errno, "cannot set %s aside: %s", TACIT_BPF_PIN_DIR, strerror(errno));
	return error;
}

void guard_pins_put_back(void)
{
	struct problem unused;

	if (!unpin(TACIT_BPF_PIN_DIR, &unused))
		rename(ASIDE, TACIT_BPF_PIN_DIR);
}

int guard_pins_discard(struct problem *p)
{
	return unpin(ASIDE, p);
}

int guard_pins_remove(struct problem *p)
{
	int error = unpin(ASIDE, p);

	return error ? error : unpin(TACIT_BPF_PIN_DIR, p);
}
