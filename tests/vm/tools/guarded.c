// SPDX-License-Identifier: GPL-2.0
/*
 * usage: guarded LINK: do the guard's programs stand on it, both ways? Exit status 0 or 1. The tc and
 * bpftool of Debian 12 know nothing of tcx.
 */
#include <net/if.h>
#include <stdio.h>

#include "../../../agent/warden/guard_place.h"

int main(int argc, char **argv)
{
	unsigned int ifindex = argc == 2 ? if_nametoindex(argv[1]) : 0;

	if (!ifindex) {
		fprintf(stderr, "usage: guarded LINK, one that is there\n");
		return 2;
	}
	return guard_place_ours(ifindex, GUARD_OUT) && guard_place_ours(ifindex, GUARD_IN) ? 0 : 1;
}
