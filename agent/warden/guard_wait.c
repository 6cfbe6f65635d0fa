// SPDX-License-Identifier: GPL-2.0
/* What a map frees it gives away at once, while a program may still hold it: wait for those that run. */
#include "guard_internal.h"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An update of a map of maps waits for the same (kernel/bpf/syscall.c, maybe_wait_bpf_programs()). */
static int wait_by_map(void)
{
	uint32_t zero = 0;
	int inner, outer, error = -1;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(zero), sizeof(zero), 1, NULL);
	if (inner >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (uint32_t)inner);

		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, NULL, sizeof(zero), sizeof(inner), 1, &opts);
		if (outer >= 0) {
			error = bpf_map_update_elem(outer, &zero, &inner, BPF_ANY);
			close(outer);
		}
		close(inner);
	}
	return error;
}

int guard_wait_programs(void)
{
	/* membarrier(2): by synchronize_rcu. Not every kernel has it, and none with nohz_full. */
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? wait_by_map() : 0;
}
