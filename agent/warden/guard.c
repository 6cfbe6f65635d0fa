// SPDX-License-Identifier: GPL-2.0
/* Loading, pinning and attaching; libbpf's words go to the debug log. */
#include "guard.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "guard_internal.h"
#include "guard_place.h"
#include "log.h"

#include "answer.skel.h"
#include "connect.skel.h"
#include "egress.skel.h"
#include "ingress.skel.h"
#include "retire.skel.h"

#define BPFFS "/sys/fs/bpf"
#define ETHERNET_HEADER 14

/* What goes on when the process ends. Maps that are not named here belong to one load of one object. */
static const char *const pinned[] = { "policy",	 "lease",   "hits",    "flows",	   "holders",	"asked",
				      "opening", "sources", "owners",  "named",	   "datagrams", "hellos",
				      "spent",	 "events",  "buckets", "counters", "arrived" };

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text, *line, *rest;

	(void)level;
	if (vasprintf(&text, format, args) < 0)
		return 0;
	/* The verifier's log is one text of very many lines. */
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (line[0])
			log_debug("%s", line);
	free(text);
	return 0;
}

static int bpffs_mount(struct problem *p)
{
	struct statfs fs;

	if (!statfs(BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return problem_set(p, -errno, "cannot mount bpffs on %s: %s; is CONFIG_BPF_SYSCALL in this kernel?",
				   BPFFS, strerror(errno));
	return 0;
}

static int pin_maps(struct bpf_object *object)
{
	char path[256];
	struct bpf_map *map;

	for (size_t i = 0; i < sizeof(pinned) / sizeof(*pinned); i++) {
		map = bpf_object__find_map_by_name(object, pinned[i]);
		if (!map)
			continue;
		snprintf(path, sizeof(path), "%s/%s", TACIT_BPF_PIN_DIR, pinned[i]);
		if (bpf_map__set_pin_path(map, path))
			return -ENOMEM;
	}
	return 0;
}

/* Maps that are pinned already are taken over here, by libbpf, if their layout is the same. */
int guard_load(struct bpf_object_skeleton *skeleton, struct problem *p)
{
	int error = pin_maps(*skeleton->obj);

	if (!error)
		error = bpf_object__load_skeleton(skeleton);
	if (error)
		return problem_set(p, error,
				   "the kernel refuses the %s program: %s; run as root, TACIT_DEBUG=1 shows why",
				   skeleton->name, strerror(-error));
	return 0;
}

static int on_event(void *context, void *data, size_t bytes)
{
	struct guard *guard = context;

	if (bytes >= sizeof(struct tacit_bpf_event) && guard->event_fn)
		guard->event_fn(data, guard->event_context);
	return 0;
}

static void close_all(struct guard *guard)
{
	egress_bpf__destroy(guard->egress);
	ingress_bpf__destroy(guard->ingress);
	connect_bpf__destroy(guard->connect);
	answer_bpf__destroy(guard->answer);
	retire_bpf__destroy(guard->retire);
	guard->egress = NULL;
	guard->ingress = NULL;
	guard->connect = NULL;
	guard->answer = NULL;
	guard->retire = NULL;
}

/* By which holders of flows are numbered (bpf/share.h). Flows keep theirs, so each load may have another. */
static void number_holders(struct guard *guard)
{
	uint32_t factor[2];

	/* No key: early at boot they must not wait, and those of the object do. */
	if (getrandom(factor, sizeof(factor), GRND_INSECURE) != sizeof(factor))
		return;
	guard->egress->rodata->share_factor = factor[0] | 1;
	guard->ingress->rodata->share_factor = factor[0] | 1;
	guard->egress->rodata->share_second = factor[1] | 1;
	guard->ingress->rodata->share_second = factor[1] | 1;
}

static int load_all(struct guard *guard, struct problem *p)
{
	int error;

	guard->egress = egress_bpf__open();
	guard->ingress = ingress_bpf__open();
	guard->connect = connect_bpf__open();
	guard->answer = answer_bpf__open();
	guard->retire = retire_bpf__open();
	if (!guard->egress || !guard->ingress || !guard->connect || !guard->answer || !guard->retire)
		return problem_set(p, -ENOMEM, "cannot open the eBPF programs: out of memory");
	number_holders(guard);
	error = guard_load(guard->egress->skeleton, p);
	if (!error)
		error = guard_load(guard->ingress->skeleton, p);
	if (!error)
		error = guard_load(guard->connect->skeleton, p);
	if (!error)
		error = guard_load(guard->answer->skeleton, p);
	if (!error)
		error = guard_load(guard->retire->skeleton, p);
	return error;
}

/*
 * Maps of another layout, which another version left, make room: the policy
 * begins anew, and so shut. Until then the old programs hold by the old one.
 */
static int open_all(struct guard *guard, struct problem *p)
{
	int error = load_all(guard, p);

	if (error != -EINVAL || !guard_pins_are())
		return error;
	close_all(guard);
	error = guard_pins_set_aside(p);
	if (error)
		return error;
	error = load_all(guard, p);
	if (error)
		guard_pins_put_back();
	else
		log_notice("the guard's maps are of another version: it begins anew, and so do connections and the "
			   "slots' key");
	return error;
}

int guard_open(struct guard **out, struct problem *p)
{
	struct problem ignored;
	struct guard *guard;
	int error;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(on_libbpf);
	error = bpffs_mount(p);
	if (error)
		return error;
	guard = calloc(1, sizeof(*guard));
	if (!guard)
		return problem_set(p, -ENOMEM, "out of memory");
	guard->fresh = !guard_pins_are();
	guard->cpus = libbpf_num_possible_cpus();
	error = guard->cpus > 0
			? open_all(guard, p)
			: problem_set(
				  p, -EIO,
				  "cannot count processors; is sysfs mounted? See /sys/devices/system/cpu/possible");
	if (error)
		goto fail;
	chmod(TACIT_BPF_PIN_DIR, 0700);
	guard->policy_fd = bpf_map__fd(guard->egress->maps.policy);
	guard->hits_fd = bpf_map__fd(guard->egress->maps.hits);
	guard->flows_fd = bpf_map__fd(guard->egress->maps.flows);
	guard->retire_fd = bpf_program__fd(guard->retire->progs.tacit_retire);
	guard->counters_fd = bpf_map__fd(guard->egress->maps.counters);
	guard->lease_fd = bpf_map__fd(guard->egress->maps.lease);
	guard->sources_fd = bpf_map__fd(guard->ingress->maps.sources);
	guard->hellos_fd = bpf_map__fd(guard->egress->maps.hellos);
	guard->named_fd = bpf_map__fd(guard->egress->maps.named);
	guard->spent_fd = bpf_map__fd(guard->egress->maps.spent);
	guard->ring = ring_buffer__new(bpf_map__fd(guard->egress->maps.events), on_event, guard, NULL);
	if (!guard->ring) {
		error = problem_set(p, -errno, "cannot map the ring of events: %s", strerror(errno));
		goto fail;
	}
	guard->owners = !guard_cgroup_attach(guard->connect, guard->answer, &ignored);
	if (!guard->owners)
		log_debug("%s", ignored.text);
	if (guard_pins_discard(&ignored))
		log_error("%s", ignored.text);
	if (guard_witness_load(guard, &ignored))
		log_error("%s", ignored.text);
	*out = guard;
	return 0;
fail:
	guard_close(guard);
	return error;
}

bool guard_is_new(const struct guard *guard)
{
	return guard->fresh;
}

bool guard_names_owners(const struct guard *guard)
{
	return guard->owners;
}

void guard_close(struct guard *guard)
{
	if (!guard)
		return;
	ring_buffer__free(guard->ring);
	guard_witness_free(guard);
	close_all(guard);
	free(guard);
}

int guard_fd(const struct guard *guard)
{
	return ring_buffer__epoll_fd(guard->ring);
}

int guard_dispatch(struct guard *guard, guard_event_fn *fn, void *context)
{
	int count;

	guard->event_fn = fn;
	guard->event_context = context;
	count = ring_buffer__consume(guard->ring);
	guard->event_fn = NULL;
	return count;
}

/* Ethernet and raw IP (PPP, WWAN, tun) are what the programs can read. */
static int link_header(unsigned int ifindex, uint32_t *bytes, struct problem *p)
{
	struct ifreq request = { 0 };
	int fd, error = 0;

	if (!if_indextoname(ifindex, request.ifr_name))
		return problem_set(p, -ENODEV, "link %u is gone; it is guarded when it comes back", ifindex);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return problem_set(p, -errno, "cannot open a socket: %s", strerror(errno));
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		error = problem_set(p, -errno, "%s: cannot read the link's type: %s", request.ifr_name,
				    strerror(errno));
	close(fd);
	if (error)
		return error;
	switch (request.ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
		*bytes = ETHERNET_HEADER;
		return 0;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
		*bytes = 0;
		return 0;
	}
	return problem_set(p, -EOPNOTSUPP,
			   "%s: cannot guard a link of type %u; name an Ethernet, Wi-Fi, PPP or WWAN link",
			   request.ifr_name, request.ifr_hwaddr.sa_family);
}

int guard_attach(struct guard *guard, unsigned int ifindex, struct problem *p)
{
	uint32_t header = 0;
	int error = link_header(ifindex, &header, p);

	if (!error)
		error = guard_policy_link(guard, ifindex, header, !guard_place_ours(ifindex, GUARD_OUT), p);
	if (error)
		return error;
	/* Ingress first: a server's answer that it misses would leave its flow unverified. */
	error = guard_place_put(ifindex, GUARD_IN, bpf_program__fd(guard->ingress->progs.tacit_ingress));
	if (!error)
		error = guard_place_put(ifindex, GUARD_OUT, bpf_program__fd(guard->egress->progs.tacit_egress));
	if (error)
		return problem_set(
			p, error,
			"link %u: cannot attach the guard: %s; where the kernel has no tcx (before Linux 6.6) load "
			"sch_ingress and cls_bpf",
			ifindex, strerror(-error));
	return 0;
}

static bool program_info(int fd, struct bpf_prog_info *info)
{
	uint32_t bytes = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return !bpf_obj_get_info_by_fd(fd, info, &bytes);
}

bool guard_attached(const struct guard *guard, unsigned int ifindex)
{
	struct bpf_prog_info egress, ingress;

	return program_info(bpf_program__fd(guard->egress->progs.tacit_egress), &egress) &&
	       program_info(bpf_program__fd(guard->ingress->progs.tacit_ingress), &ingress) &&
	       guard_place_has(ifindex, GUARD_OUT, egress.id) && guard_place_has(ifindex, GUARD_IN, ingress.id);
}

bool guard_stands(unsigned int ifindex)
{
	return ifindex && guard_place_ours(ifindex, GUARD_OUT);
}

int guard_remove(struct problem *p)
{
	struct if_nameindex *links;
	int error = 0;

	libbpf_set_print(on_libbpf);
	links = if_nameindex();
	if (!links)
		return problem_set(p, -errno, "cannot list the links: %s", strerror(errno));
	for (struct if_nameindex *link = links; !error && link->if_index; link++) {
		error = guard_place_clear(link->if_index);
		if (error)
			problem_set(p, error, "%s: cannot take the guard off: %s", link->if_name, strerror(-error));
	}
	if_freenameindex(links);
	if (!error && guard_place_unpin())
		error = problem_set(p, -EIO, "cannot take the guard off a link");
	return error ? error : guard_pins_remove(p);
}
