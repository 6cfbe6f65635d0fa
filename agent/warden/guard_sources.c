// SPDX-License-Identifier: GPL-2.0
/* Who is over a limit of what the device serves. */
#include "guard_internal.h"

#include <bpf/bpf.h>

/* A walk beside programs that add sources may see some twice: it ends all the same. */
#define WALK_MAX (2 * TACIT_SOURCES_MAX)

int guard_limited(const struct guard *guard, guard_source_fn *fn, void *context)
{
	uint64_t now = guard_now();
	struct tacit_source_key key, next;
	struct tacit_source source;
	int limited = 0;

	for (int i = 0; i < WALK_MAX; i++) {
		if (bpf_map_get_next_key(guard->sources_fd, i ? &key : NULL, &next))
			break;
		key = next;
		if (bpf_map_lookup_elem(guard->sources_fd, &key, &source) || !source.limited ||
		    source.limited + TACIT_EPISODE_NS < now)
			continue;
		limited++;
		if (fn && !fn(&key, &source, context))
			break;
	}
	return limited;
}
