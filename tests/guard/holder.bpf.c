// SPDX-License-Identifier: GPL-2.0
/*
 * As the ingress program, were it interrupted for long between its look at a flow
 * and its verdict that the server chose TLS 1.3 (bpf/ingress.bpf.c, verified()).
 */
#include <linux/pkt_cls.h>
#include "flow.h"
#include "holder.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holding);
} holding SEC(".maps");

struct held {
	struct holding *h;
	struct tacit_flow *flow;
	__u32 turn;
};

static long hold(__u32 i, struct held *held)
{
	(void)i;
	return *(volatile __u32 *)&held->h->go != 0;
}

/* Whoever retired the flow has to wait for as long again. */
static long hold_round(__u32 i, struct held *held)
{
	int retired = *(volatile __u32 *)&held->flow->turn != held->turn;

	(void)i;
	bpf_loop(HOLD_STEPS, hold, held, 0);
	return (retired && held->h->until_retired) || *(volatile __u32 *)&held->h->go != 0;
}

SEC("tc")
int bench_hold(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct holding *h = bpf_map_lookup_elem(&holding, &zero);
	struct tacit_flow *flow = h ? bpf_map_lookup_elem(&flows, &h->key) : 0;
	struct held held;

	(void)skb;
	if (!flow)
		return TC_ACT_SHOT;
	held.h = h;
	held.flow = flow;
	held.turn = *(volatile __u32 *)&flow->turn;
	*(volatile __u32 *)&h->held = 1;
	bpf_loop(HOLD_ROUNDS, hold_round, &held, 0);
	h->moved = flow_move(flow, held.turn, TACIT_FLOW_HELLO, TACIT_FLOW_VERIFIED);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
