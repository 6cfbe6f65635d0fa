// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks that record who opens a socket, and the one that answers it, stand on the root of the cgroup v2
 * tree. It is reached by a mount of our own that no one sees, so that it does
 * not matter where, or whether, the system mounted it.
 */
#include "guard_internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answer.skel.h"
#include "connect.skel.h"

/* Of one cgroup so many are looked through for the one that an event names. */
#define CHILDREN_MAX 4096

static int cgroup_root(void)
{
	int fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC);
	int root = -1;

	if (fs < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		root = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (root < 0)
		root = -errno;
	close(fs);
	return root;
}

uint64_t guard_cgroup_id(const char *path)
{
	union {
		struct file_handle handle;
		uint8_t room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} found = { .handle = { .handle_bytes = sizeof(uint64_t) } };
	int root = cgroup_root(), mount;
	uint64_t id = 0;

	if (root < 0)
		return 0;
	/* The handle of a cgroup is its id (cgroup_get_from_id()). */
	if (!name_to_handle_at(root, path + 1, &found.handle, &mount, 0) && found.handle.handle_bytes == sizeof(id))
		memcpy(&id, found.handle.f_handle, sizeof(id));
	close(root);
	return id;
}

/* The child directory with that inode number, which is a cgroup's id, or its lower half. Return: false if none. */
static bool child_of(int parent, uint64_t id, char name[NAME_MAX + 1])
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), looked_at = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && looked_at++ < CHILDREN_MAX && (entry = readdir(dir))) {
		found = entry->d_type == DT_DIR && entry->d_name[0] != '.' && entry->d_ino == (ino_t)id;
		if (found)
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

int guard_cgroup_path(const struct tacit_owner *owner, char path[TACIT_CGROUP_MAX])
{
	int at = cgroup_root(), below, error = 0;
	char name[NAME_MAX + 1];
	size_t bytes = 0;

	if (at < 0)
		return at;
	for (size_t level = 1; !error && level < TACIT_CGROUP_LEVELS && owner->above[level]; level++) {
		below = -1;
		if (!child_of(at, owner->above[level], name))
			error = -ENOENT;
		else if (bytes + 1 + strlen(name) >= TACIT_CGROUP_MAX)
			error = -ENAMETOOLONG;
		else
			below = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (!error && below < 0)
			error = -errno;
		close(at);
		at = below;
		if (!error)
			bytes += (size_t)sprintf(path + bytes, "/%s", name);
	}
	if (at >= 0)
		close(at);
	if (!bytes)
		snprintf(path, TACIT_CGROUP_MAX, "/");
	return error;
}

/* A link that stands gets the new program in one step; else a new one is pinned. */
static int attach(const struct bpf_program *program, int root)
{
	struct bpf_link *link;
	char path[256];
	int error;

	snprintf(path, sizeof(path), "%s/link_%s", TACIT_BPF_PIN_DIR, bpf_program__name(program));
	link = bpf_link__open(path);
	if (link) {
		error = bpf_link_update(bpf_link__fd(link), bpf_program__fd(program), NULL);
		bpf_link__destroy(link);
		if (!error)
			return 0;
		unlink(path);
	}
	link = bpf_program__attach_cgroup(program, root);
	if (!link)
		return -errno;
	error = bpf_link__pin(link, path);
	bpf_link__destroy(link);
	return error;
}

int guard_cgroup_attach(struct connect_bpf *connect, struct answer_bpf *answer, struct problem *p)
{
	const struct bpf_program *programs[] = {
		connect->progs.tacit_connect4,
		connect->progs.tacit_connect6,
		connect->progs.tacit_sendmsg4,
		connect->progs.tacit_sendmsg6,
		answer->progs.tacit_answer,
	};
	int root = cgroup_root();
	int error = 0;

	if (root < 0)
		return problem_set(p, root, "no cgroup v2: %s; is CONFIG_CGROUP_BPF in this kernel?", strerror(-root));
	for (size_t i = 0; !error && i < sizeof(programs) / sizeof(*programs); i++)
		error = attach(programs[i], root);
	close(root);
	if (error)
		return problem_set(p, error, "cannot put the hooks on the root cgroup: %s", strerror(-error));
	return 0;
}
