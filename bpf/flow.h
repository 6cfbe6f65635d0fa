/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of a TCP flow. Programs add and change flows and never free
 * one, so that a forged RST cannot make the guard forget. The warden sweeps what
 * was silent for long, and ports used anew take the place of what they had: the
 * table may then give the room to another flow while a program on another CPU
 * still holds it.
 */
#ifndef TACIT_FLOW_H
#define TACIT_FLOW_H

#include "maps.h"
#include "packet.h"
#include "scratch.h"

static __always_inline struct tacit_flow *flow_find(struct packet *p)
{
	return bpf_map_lookup_elem(&flows, &p->key);
}

/* A new flow takes the place of an older one with the same addresses and ports. @owner: NULL if not known. */
static __noinline struct tacit_flow *flow_open(struct packet *p, __u32 state, __u32 first,
					       const struct tacit_owner *owner)
{
	struct tacit_flow *flow;
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
	flow->passive = state == TACIT_FLOW_PASSIVE;
	/* It answers when it is asked, and that is visible. */
	flow->class = flow->passive ? TACIT_CLASS_URGENT : TACIT_CLASS_OTHER;
	flow->out.next = first;
	if (bpf_map_update_elem(&flows, &p->key, flow, BPF_ANY))
		return 0;
	return bpf_map_lookup_elem(&flows, &p->key);
}

/* Moves forward only: two processors may see packets of one flow. */
static __always_inline int flow_move(struct tacit_flow *flow, __u32 from, __u32 to)
{
	return __sync_val_compare_and_swap(&flow->state, from, to) == from;
}

static __always_inline void flow_deny(struct tacit_flow *flow, __u32 reason)
{
	flow->reason = reason;
	*(volatile __u32 *)&flow->state = TACIT_FLOW_DENIED;
}

#define TCP_WINDOW_MAX (1u << 30) /* RFC 7323, 2.3 */

/* Where sequence number a stands before b, modulo 2^32. */
static __always_inline int sequence_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

/* Set a reader up on what this segment brings beyond c->r. The caller saw that there is something. */
static __always_inline void flow_read_from(struct tls_read *c, const struct packet *p)
{
	__u32 known = c->r.next - p->seq;

	c->at = p->payload + known;
	c->left = p->bytes - known;
	c->rest = 0;
	c->part = 0;
	c->reason = 0;
	c->outcome = TLS_PENDING;
	c->client = 0;
	c->retried = 0;
	c->verified = 0;
	c->hello_only = 0;
	c->name_at = 0;
	c->alpn_at = 0;
	c->proved = 0;
}

#endif
