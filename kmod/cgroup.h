/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TACIT_CGROUP_H
#define TACIT_CGROUP_H

#include <linux/types.h>

/*
 * Is the current process in that cgroup of the v2 hierarchy, or below it? `path` is absolute,
 * without a slash at its end. A path and no number names it, for numbers are given out anew at
 * each boot. False where the kernel has no cgroups.
 */
bool tacit_in_cgroup(const char *path);

#endif
