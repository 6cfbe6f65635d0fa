/* SPDX-License-Identifier: GPL-2.0 */
/* How a flow begins. */
#ifndef TACIT_FLOW_OPEN_H
#define TACIT_FLOW_OPEN_H

#include "flow.h"
#include "share.h"
#include "scratch.h"

/* The flow's place goes to `fresh`. Return: 0 where another processor is at it. */
static __always_inline struct tacit_flow *flow_renew(struct tacit_flow *flow,
						     const struct tacit_flow *fresh)
{
	__u32 turn = *(volatile __u32 *)&flow->turn, state = *(volatile __u32 *)&flow->state;
	const __u32 head = sizeof(union flow_word);

	/* Left over: flow_find() let the packet pass for that. */
	if (state == TACIT_FLOW_NONE && (fresh->opened < flow->last ||
					 fresh->opened - flow->last < TACIT_RETIRED_NS))
		return 0;
	if (!flow_take(flow, state, turn, fresh->opened))
		return 0;
	/* Whoever took it counts it: nobody else does. */
	if (state != TACIT_FLOW_NONE)
		share_add(flow->holder, -1);
	__builtin_memcpy((__u64 *)flow + 1, (const __u64 *)fresh + 1, sizeof(*flow) - head);
	if (!flow_swap(flow, TACIT_FLOW_NONE, turn + 1, fresh->state, turn + 1))
		return 0;
	share_add(fresh->holder, 1);
	return flow;
}

/*
 * A new flow takes the place of an older one with the same addresses and ports.
 * @owner: NULL if not known. Return: NULL where there is no room for it, or not for one more of his.
 */
static __noinline struct tacit_flow *flow_open(struct packet *p, __u32 state, __u32 first,
					       const struct tacit_owner *owner)
{
	struct tacit_flow *flow, *before;
	__u64 now;

	if (!p)
		return 0;
	now = p->now;
	flow = &scratch_of(p)->flow;
	__builtin_memset(flow, 0, sizeof(*flow));
	flow->state = state;
	flow->opened = now;
	flow->last = now;
	flow->start = now;
	if (owner) {
		flow->known = 1;
		flow->owner = *owner;
	}
	flow->first = first;
	flow->ingress = p->ingress;
	flow->passive = state == TACIT_FLOW_PASSIVE;
	/* It answers when it is asked, and that is visible. */
	flow->class = flow->passive ? TACIT_CLASS_URGENT : TACIT_CLASS_OTHER;
	flow->out.next = first;
	flow->holder = share_holder(p, flow);
	before = bpf_map_lookup_elem(&flows, &p->key);
	if (!(before && before->holder == flow->holder) && !share_has_room(flow->holder))
		return 0;
	if (before)
		return flow_renew(before, flow);
	if (bpf_map_update_elem(&flows, &p->key, flow, BPF_NOEXIST))
		return 0;
	share_add(flow->holder, 1);
	return bpf_map_lookup_elem(&flows, &p->key);
}

#endif
