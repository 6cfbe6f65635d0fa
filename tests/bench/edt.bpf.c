// SPDX-License-Identifier: GPL-2.0
/*
 * What the guard's cost is compared with: nothing at all, and about the least
 * that paces packets by departure times: a link's rate from a map, a departure
 * computed from the last one, a stamp.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

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

char LICENSE[] SEC("license") = "GPL";
