/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of a TCP flow. Programs add and change flows and never free
 * one. The warden sweeps what ended, and what was silent for long; an end counts
 * only with the number that TCP would take (origin.h), or a forged RST would make
 * the guard forget. Ports used anew take the place of what they had.
 *
 * A program may hold a flow while its place goes to another. What it then writes
 * must not count for the new one: the state moves only together with the turn that
 * was read before it, nothing becomes verified but by such a move, and a place that
 * was swept is given away only when no program holds it any more (retire.bpf.c).
 * Of what else it may write over, when ports are used anew in that very moment, a
 * reader's place counts for most: the new flow is not proved then, and no more than
 * a hello's bytes leave before it is.
 */
#ifndef TACIT_FLOW_H
#define TACIT_FLOW_H

#include "maps.h"
#include "packet.h"
#include "tls_hello.h"

/* State and turn, as they lie in a flow. */
union flow_word {
	struct {
		__u32 state;
		__u32 turn;
	};
	__u64 both;
};

/* Return: not 0 if it stood at the first and stands at the second now. */
static __always_inline int flow_swap(struct tacit_flow *flow, __u32 state, __u32 turn,
				     __u32 new_state, __u32 new_turn)
{
	union flow_word from = { .state = state, .turn = turn };
	union flow_word to = { .state = new_state, .turn = new_turn };

	return __sync_val_compare_and_swap((__u64 *)&flow->state, from.both, to.both) == from.both;
}

/* It is no flow any more, if it stood there. Return: not 0 if so. */
static __always_inline int flow_take(struct tacit_flow *flow, __u32 state, __u32 turn, __u64 now)
{
	/* Before the state: whoever meets it then sees that it is not left over. */
	flow->last = now;
	return flow_swap(flow, state, turn, TACIT_FLOW_NONE, turn + 1);
}

/*
 * The flow that the packet is of, NULL if there is none. Return: not 0 where it
 * cannot be said: it is being written or freed, and TCP will send again.
 */
static __always_inline int flow_find(struct packet *p, struct tacit_flow **found)
{
	struct tacit_flow *flow = bpf_map_lookup_elem(&flows, &p->key);

	*found = 0;
	if (!flow)
		return 0;
	/* Before anything else of it. */
	p->turn = *(volatile __u32 *)&flow->turn;
	if (*(volatile __u32 *)&flow->state == TACIT_FLOW_NONE)
		return p->now < flow->last || p->now - flow->last < TACIT_RETIRED_NS;
	*found = flow;
	return 0;
}

/* Moves forward only: two processors may see packets of one flow. @turn: as it was read, packet.turn */
static __always_inline int flow_move(struct tacit_flow *flow, __u32 turn, __u32 from, __u32 to)
{
	return flow_swap(flow, from, turn, to, turn);
}

static __always_inline void flow_deny(struct tacit_flow *flow, __u32 turn, __u32 reason)
{
	int i;

	flow->reason = reason;
	/* The other direction may move it meanwhile, twice at most. */
#pragma unroll
	for (i = 0; i < 3; i++)
		if (flow_move(flow, turn, *(volatile __u32 *)&flow->state, TACIT_FLOW_DENIED))
			return;
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
