// SPDX-License-Identifier: GPL-2.0
/*
 * What the guard's cost is compared with: nothing at all, and about the least
 * that paces packets by departure times: a link's rate from a map, a departure
 * computed from the last one, a stamp. That program is what the kernel's own
 * selftests and Cilium's bandwidth manager do for each packet of a pod.
 *
 * A test run repeats one packet, which a guard that reads each byte once would
 * know from the second time on. bench_next gives it the next sequence number,
 * bench_first makes its flow forget what it read; both then go on in the program
 * that cb[0] names. What they cost is measured by going on in the empty one.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "tacit_bpf.h"

struct pace {
	__u64 bytes_a_second;
	__u64 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct pace);
} paces SEC(".maps");

SEC("tc")
int bench_empty(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_OK;
}

SEC("tc")
int bench_edt(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex;
	__u64 now, when, delay;
	struct pace *p;

	if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6))
		return TC_ACT_OK;
	p = bpf_map_lookup_elem(&paces, &link);
	if (!p || !p->bytes_a_second)
		return TC_ACT_OK;
	now = bpf_ktime_get_ns();
	delay = (__u64)skb->wire_len * 1000000000ull / p->bytes_a_second;
	when = *(volatile __u64 *)&p->last + delay;
	if (when <= now) {
		*(volatile __u64 *)&p->last = now;
		return TC_ACT_OK;
	}
	*(volatile __u64 *)&p->last = when;
	if (bpf_skb_set_tstamp(skb, when, BPF_SKB_TSTAMP_DELIVERY_MONO))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

/* The guard's own, put in its place by who loads this. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TACIT_FLOWS_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, struct tacit_flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tacit_flow_key);
} the_flow SEC(".maps");

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

SEC("tc")
int bench_next(struct __sk_buff *skb)
{
	struct frame *frame = (void *)(long)skb->data;

	if ((void *)(frame + 1) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	frame->tcp.seq = bpf_htonl(bpf_ntohl(frame->tcp.seq) + skb->mark);
	bpf_tail_call(skb, &measured, skb->cb[0]);
	return TC_ACT_SHOT;
}

SEC("tc")
int bench_first(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct tacit_flow_key *key = bpf_map_lookup_elem(&the_flow, &zero);
	struct tacit_flow *flow = key ? bpf_map_lookup_elem(&flows, key) : 0;

	if (!flow)
		return TC_ACT_SHOT;
	flow->state = TACIT_FLOW_SYN;
	__builtin_memset(&flow->out, 0, sizeof(flow->out));
	flow->out.next = flow->first;
	bpf_tail_call(skb, &measured, skb->cb[0]);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
