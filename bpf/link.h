/* SPDX-License-Identifier: GPL-2.0 */
/* The uplink that a packet is on, as the policy has it, and whether it is shut. */
#ifndef TACIT_LINK_H
#define TACIT_LINK_H

#include "maps.h"

/* Few enough to look at each. *place: in the policy. Return: NULL for a link that it does not have. */
static __always_inline const struct tacit_link *link_find(const struct tacit_policy *pol,
							  __u32 ifindex, __u8 *place)
{
	int i;

#pragma unroll
	for (i = 0; i < TACIT_LINKS_MAX; i++)
		if (pol->link[i].ifindex == ifindex) {
			*place = i;
			return &pol->link[i];
		}
	return 0;
}

/* Open to all that the policy allows? Else why not: then only the rescue destination passes. */
static __always_inline __u32 link_shut(const struct tacit_policy *pol, const struct tacit_link *link,
				       __u64 now)
{
	__u32 zero = 0;
	__u64 *until = bpf_map_lookup_elem(&lease, &zero);

	if (pol->mode != TACIT_GUARD_ON || !link->open)
		return TACIT_REASON_CLOSED;
	return until && now <= *until ? 0 : TACIT_REASON_UNATTENDED;
}

#endif
