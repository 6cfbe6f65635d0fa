// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"

static int fail(struct sandbox_error *error, const char *what)
{
	int err = -errno;

	snprintf(error->text, sizeof(error->text), "%s: %s", what, strerror(-err));
	return err;
}

int sandbox_close_others(int keep)
{
	if (keep > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, (unsigned int)keep - 1, 0))
		return -errno;
	return close_range((unsigned int)keep + 1, ~0u, 0) ? -errno : 0;
}

int sandbox_find_user(const char *user, struct sandbox_user *found, struct sandbox_error *error)
{
	struct passwd *entry = getpwnam(user);
	char *end;

	if (!entry) {
		unsigned long number = strtoul(user, &end, 10);

		if (*user < '0' || *user > '9' || *end || number >= 0xffffffffu) {
			snprintf(error->text, sizeof(error->text),
				 "there is no user `%s`; make one: useradd --system --no-create-home %s", user, user);
			return -ENOENT;
		}
		entry = getpwuid((uid_t)number);
		found->uid = (uid_t)number;
		found->gid = entry ? entry->pw_gid : (gid_t)number;
	} else {
		found->uid = entry->pw_uid;
		found->gid = entry->pw_gid;
	}
	if (!found->uid || !found->gid) {
		snprintf(error->text, sizeof(error->text), "the engine does not run as root; set user to another");
		return -EPERM;
	}
	return 0;
}

/* Owned by root and not writable by others, or it would be no cage. */
static int enter_empty_root(struct sandbox_error *error)
{
	struct stat st;

	if (mkdir("/run/tacit", 0755) && errno != EEXIST)
		return fail(error, "/run/tacit cannot be made");
	if (mkdir(SANDBOX_ROOT, 0555) && errno != EEXIST)
		return fail(error, SANDBOX_ROOT " cannot be made");
	if (lstat(SANDBOX_ROOT, &st))
		return fail(error, SANDBOX_ROOT);
	if (!S_ISDIR(st.st_mode) || st.st_uid || (st.st_mode & 0222)) {
		errno = EPERM;
		return fail(error, SANDBOX_ROOT " is not an empty directory of root's; remove it");
	}
	if (chroot(SANDBOX_ROOT) || chdir("/"))
		return fail(error, "chroot to " SANDBOX_ROOT);
	return 0;
}

static int become(const struct sandbox_user *user, struct sandbox_error *error)
{
	if (setgroups(0, NULL) || setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return fail(error, "the engine's user cannot be taken on");
	if (!setuid(0) || !seteuid(0)) {
		errno = EPERM;
		return fail(error, "privilege could be had back");
	}
	return 0;
}

int sandbox_enter(const struct sandbox_user *user, struct sandbox_error *error)
{
	struct rlimit none = { 0, 0 }, files = { SANDBOX_FILES, SANDBOX_FILES };
	int err;

	if (setrlimit(RLIMIT_CORE, &none))
		return fail(error, "RLIMIT_CORE");
	if (setrlimit(RLIMIT_NOFILE, &files))
		return fail(error, "RLIMIT_NOFILE");
	err = enter_empty_root(error);
	if (!err)
		err = become(user, error);
	if (err)
		return err;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail(error, "PR_SET_NO_NEW_PRIVS");
	/* Last: a change of uid may set it again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fail(error, "PR_SET_DUMPABLE");
	return 0;
}
