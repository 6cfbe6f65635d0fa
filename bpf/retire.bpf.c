// SPDX-License-Identifier: GPL-2.0
/*
 * A flow that is over leaves the table in two steps, for the table gives its
 * place away at once while a program on another processor may still hold it. Run
 * by the warden (BPF_PROG_TEST_RUN), this makes it no flow any more, if it is
 * still what the warden saw; the warden deletes it when all programs that ran at
 * the time are through (guard_flows.c).
 */
#include "flow.h"

SEC("syscall")
int tacit_retire(struct tacit_retiring *ctx)
{
	struct tacit_flow_key key = ctx->key;
	struct tacit_flow *flow = bpf_map_lookup_elem(&flows, &key);
	__u32 state, turn;

	if (!flow)
		return 0;
	turn = *(volatile __u32 *)&flow->turn;
	state = *(volatile __u32 *)&flow->state;
	if (flow->opened != ctx->opened || flow->last != ctx->last)
		return 0;
	return flow_take(flow, state, turn, ctx->now);
}

char LICENSE[] SEC("license") = "GPL";
