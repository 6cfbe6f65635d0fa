// SPDX-License-Identifier: GPL-2.0
/* Whether what was held left in time: bpf/witness.bpf.c on a packet socket for each link. */
#include "guard_internal.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "witness.skel.h"

int guard_witness_load(struct guard *guard, struct problem *p)
{
	int error;

	guard->witness = witness_bpf__open();
	if (!guard->witness)
		return problem_set(p, -ENOMEM, "cannot open the witness program: out of memory");
	error = guard_load(guard->witness->skeleton, p);
	if (error)
		guard_witness_free(guard);
	return error;
}

void guard_witness_free(struct guard *guard)
{
	witness_bpf__destroy(guard->witness);
	guard->witness = NULL;
}

int guard_witness(const struct guard *guard, unsigned int ifindex, struct problem *p)
{
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)ifindex };
	int program, fd;

	if (!guard->witness)
		return -EOPNOTSUPP;
	/* Protocol 0: it sees nothing before the program is on it and it is bound. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return problem_set(p, -errno, "cannot open a packet socket: %s; late departures are not counted",
				   strerror(errno));
	program = bpf_program__fd(guard->witness->progs.tacit_witness);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) ||
	    bind(fd, (struct sockaddr *)&link, sizeof(link))) {
		problem_set(p, -errno, "cannot watch link %u: %s; late departures are not counted", ifindex, strerror(errno));
		close(fd);
		return -EIO;
	}
	return fd;
}

int guard_left(const struct guard *guard, unsigned int ifindex, struct tacit_left *left)
{
	uint32_t place;
	int error = guard->witness ? guard_link_place(guard, ifindex, &place) : -ENODEV;

	return error ? error : bpf_map_lookup_elem(bpf_map__fd(guard->witness->maps.left), &place, left);
}
