// SPDX-License-Identifier: GPL-2.0
/* linux/bpf.h of Debian 12 knows nothing of tcx, and libbpf 1.1 lets it through. */
#include "guard_place.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tacit_bpf.h"

/* Beside what guard_pins.c sets aside: a link that is let go of guards no more. */
#define PINS TACIT_BPF_PIN_DIR "-links"
#define PIN_MAX 64

/* Of enum bpf_attach_type, and of the flags of BPF_LINK_CREATE: in front of all others. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define IN_FRONT (1u << 3)
#define LINK_TYPE_TCX 11
/* So many there can be at one place (BPF_MPROG_MAX). */
#define PROGRAMS_MAX 64

/* Where our filters stand on a link; first, and known again by the program's name. */
#define FILTER_PRIORITY 1
#define FILTER_HANDLE 0x7ac1

static const char *name_of(enum guard_way way)
{
	return way == GUARD_OUT ? "tacit_egress" : "tacit_ingress";
}

static bool is_ours(uint32_t id, enum guard_way way)
{
	struct bpf_prog_info info = { 0 };
	uint32_t bytes = sizeof(info);
	int fd = id ? bpf_prog_get_fd_by_id(id) : -1;
	bool ours;

	if (fd < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(fd, &info, &bytes) && !strcmp(info.name, name_of(way));
	close(fd);
	return ours;
}

/* ---- tcx ---- */

static enum bpf_attach_type tcx_type(enum guard_way way)
{
	return (enum bpf_attach_type)(way == GUARD_OUT ? TCX_EGRESS : TCX_INGRESS);
}

/* Return: how many programs there are, or -errno: -EINVAL before Linux 6.6. */
static int tcx_programs(unsigned int ifindex, enum guard_way way, uint32_t ids[PROGRAMS_MAX])
{
	uint32_t count = PROGRAMS_MAX, flags = 0;

	return bpf_prog_query((int)ifindex, tcx_type(way), 0, &flags, ids, &count) ? -errno : (int)count;
}

static void tcx_pin(unsigned int ifindex, enum guard_way way, char path[PIN_MAX])
{
	snprintf(path, PIN_MAX, PINS "/%s-%u", way == GUARD_OUT ? "egress" : "ingress", ifindex);
}

static bool tcx_info(int fd, struct bpf_link_info *info)
{
	uint32_t bytes = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return !bpf_obj_get_info_by_fd(fd, info, &bytes) && info->type == LINK_TYPE_TCX;
}

/* All that are pinned, or those only of links that are no more. */
static int tcx_unpin(bool all)
{
	DIR *dir = opendir(PINS);
	struct dirent *entry;
	int error = 0;

	while (dir && !error && (entry = readdir(dir))) {
		char path[sizeof(PINS) + sizeof(entry->d_name)];
		struct bpf_link_info info;
		int fd;

		snprintf(path, sizeof(path), PINS "/%s", entry->d_name);
		fd = entry->d_name[0] == '.' ? -1 : bpf_obj_get(path);
		if (fd < 0)
			continue;
		/* Without its pin it would go, but when is not said. */
		if (all && bpf_link_detach(fd) && errno != ENOLINK)
			error = -errno;
		/* Its first word is the index, as that of XDP is. */
		if (!error && (all || (tcx_info(fd, &info) && !info.xdp.ifindex)))
			unlink(path);
		close(fd);
	}
	if (dir)
		closedir(dir);
	return error;
}

static bool tcx_has(unsigned int ifindex, enum guard_way way, uint32_t id)
{
	uint32_t ids[PROGRAMS_MAX];
	int count = tcx_programs(ifindex, way, ids);

	for (int i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* The link that is pinned gets the program, if it is on that link of ours. Return: is it there? */
static bool tcx_replace(unsigned int ifindex, enum guard_way way, int program, const char *path)
{
	int fd = bpf_obj_get(path);
	struct bpf_link_info info;
	bool done;

	if (fd < 0)
		return false;
	done = !bpf_link_update(fd, program, NULL) && tcx_info(fd, &info) && tcx_has(ifindex, way, info.prog_id);
	close(fd);
	return done;
}

static int tcx_put(unsigned int ifindex, enum guard_way way, int program)
{
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = IN_FRONT);
	char path[PIN_MAX];
	int fd, error;

	tcx_unpin(false);
	tcx_pin(ifindex, way, path);
	if (tcx_replace(ifindex, way, program, path))
		return 0;
	fd = bpf_link_create(program, (int)ifindex, tcx_type(way), &opts);
	if (fd < 0)
		return -errno;
	/* What is pinned there is on a link that is no more, or that has this index in another namespace. */
	unlink(path);
	error = mkdir(PINS, 0700) && errno != EEXIST ? -errno : 0;
	if (!error && bpf_obj_pin(fd, path))
		error = -errno;
	close(fd);
	return error;
}

/* ---- clsact ---- */

static enum bpf_tc_attach_point point_of(enum guard_way way)
{
	return way == GUARD_OUT ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

static uint32_t filter_program(unsigned int ifindex, enum guard_way way)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point_of(way));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}

static int filter_put(unsigned int ifindex, enum guard_way way, int program)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, both, .ifindex = (int)ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point_of(way));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY,
			    .flags = BPF_TC_F_REPLACE, .prog_fd = program);
	int error = bpf_tc_hook_create(&both);

	return error && error != -EEXIST ? error : bpf_tc_attach(&hook, &opts);
}

static int filter_clear(unsigned int ifindex, enum guard_way way)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point_of(way));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);

	return is_ours(filter_program(ifindex, way), way) ? bpf_tc_detach(&hook, &opts) : 0;
}

/* ---- either ---- */

int guard_place_put(unsigned int ifindex, enum guard_way way, int program)
{
	uint32_t ids[PROGRAMS_MAX];

	if (tcx_programs(ifindex, way, ids) < 0 || tcx_put(ifindex, way, program))
		return filter_put(ifindex, way, program);
	/* A version that knew no tcx left it; not before now, so that one of them always stands. */
	return filter_clear(ifindex, way);
}

bool guard_place_has(unsigned int ifindex, enum guard_way way, uint32_t id)
{
	return tcx_has(ifindex, way, id) || filter_program(ifindex, way) == id;
}

bool guard_place_ours(unsigned int ifindex, enum guard_way way)
{
	uint32_t ids[PROGRAMS_MAX];
	int count = tcx_programs(ifindex, way, ids);

	for (int i = 0; i < count; i++)
		if (is_ours(ids[i], way))
			return true;
	return is_ours(filter_program(ifindex, way), way);
}

int guard_place_clear(unsigned int ifindex)
{
	int error = filter_clear(ifindex, GUARD_OUT);

	return error ? error : filter_clear(ifindex, GUARD_IN);
}

int guard_place_unpin(void)
{
	int error = tcx_unpin(true);

	rmdir(PINS);
	return error;
}
