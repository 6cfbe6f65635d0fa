// SPDX-License-Identifier: GPL-2.0
/*
 * A flow that is over leaves the table in two steps, for the table gives its
 * place away at once while a program on another processor may still hold it. Run
 * by the warden (BPF_PROG_TEST_RUN), this makes it no flow any more, if it is
 * still what the warden saw; the warden deletes it when all programs that ran at
 * the time are through (guard_flows.c).
 */
#include "flow.h"
#include "share.h"

SEC("syscall")
int tacit_retire(struct tacit_retiring *ctx)
{
	struct tacit_flow_key key = ctx->key;
	struct tacit_flow *flow = bpf_map_lookup_elem(&flows, &key);
	__u32 state, turn, holder;

	if (!flow)
		return 0;
	holder = *(volatile __u32 *)&flow->holder;
	turn = *(volatile __u32 *)&flow->turn;
	state = *(volatile __u32 *)&flow->state;
	/* As flow_take(), but that a packet that comes by meanwhile keeps its flow. */
	if (flow->opened != ctx->opened ||
	    __sync_val_compare_and_swap(&flow->last, ctx->last, ctx->now) != ctx->last ||
	    !flow_swap(flow, state, turn, TACIT_FLOW_NONE, turn + 1))
		return 0;
	if (*(volatile __u64 *)&flow->last != ctx->now) {
		flow_swap(flow, TACIT_FLOW_NONE, turn + 1, state, turn);
		return 0;
	}
	if (state != TACIT_FLOW_NONE)
		share_add(holder, -1);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
