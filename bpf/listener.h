/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listener reports (RFC 2710, RFC 3810) name the groups and sources that programs ask
 * for, 16 bytes each, of any program. So of groups there leave those that were assigned
 * for good (RFC 4291, 2.7) with a number of 17 bits, and those of solicited nodes, whose last
 * 3 bytes are an address's; and no sources.
 */
#ifndef TACIT_LISTENER_H
#define TACIT_LISTENER_H

#include "packet.h"
#include "report.h"
#include "sum.h"

#define MLD_REPORT 131
#define MLD_DONE 132
#define MLD2_REPORT 143
#define MLD_BYTES 24
#define MLD2_HEAD 8
#define MLD2_RECORD 20	   /* without sources */
#define MLD2_RECORDS_MAX 512 /* more than a packet of 10000 bytes holds */
#define MLD2_TYPE_MAX 6

static __always_inline int group_is_plain(const __u8 g[16])
{
	__u64 high, middle;

	__builtin_memcpy(&high, g, 8);
	__builtin_memcpy(&middle, g + 8, 8);
	high = bpf_be64_to_cpu(high);
	middle = bpf_be64_to_cpu(middle);
	if (high == 0xff02000000000000ull && middle >> 24 == 0x1ff)
		return 1;
	return (high & 0xfff0ffffffffffffull) == 0xff00000000000000ull && middle <= 0x1ffff;
}

static __always_inline int listener_first(struct __sk_buff *skb, const struct packet *p)
{
	__u8 h[MLD_BYTES];
	__u32 i;

	if (skb->len - p->l4 != sizeof(h) || bpf_skb_load_bytes(skb, p->l4, h, sizeof(h)))
		return 0;
	/* Code, delay and reserved. */
	if (h[1] || h[4] || h[5] || h[6] || h[7] || !group_is_plain(h + 8))
		return 0;
	if (p->key.remote[0] != 0xff)
		return 0;
	for (i = 1; i < 16; i++)
		if (h[0] == MLD_REPORT && p->key.remote[i] != h[8 + i])
			return 0;
	return 1;
}

struct listener_walk {
	struct __sk_buff *skb;
	__u32 from;
	__u32 to;
	__u32 left;
	__u32 kept;
	__s64 sum;
};

static long listener_record(__u32 i, struct listener_walk *walk)
{
	__u8 r[MLD2_RECORD];

	(void)i;
	if (!walk->left || bpf_skb_load_bytes(walk->skb, walk->from, r, sizeof(r)))
		return 1;
	walk->left--;
	walk->from += sizeof(r) + ((__u32)r[2] << 8 | r[3]) * 16 + r[1] * 4;
	if (!r[0] || r[0] > MLD2_TYPE_MAX || r[1] || r[2] || r[3] || !group_is_plain(r + 4))
		return 0;
	if (bpf_skb_store_bytes(walk->skb, walk->to, r, sizeof(r), 0))
		return 1;
	walk->to += sizeof(r);
	walk->kept++;
	walk->sum = bpf_csum_diff(0, 0, (__be32 *)r, sizeof(r), walk->sum);
	return 0;
}

/* Written anew of the records that may leave. Return: 0 where there is none. */
static __always_inline int listener_second(struct __sk_buff *skb, struct packet *p)
{
	__u8 h[MLD2_HEAD], head[MLD2_HEAD] = { MLD2_REPORT };
	struct listener_walk walk = { .skb = skb };
	__u32 bytes, records;
	__be16 field;

	if (bpf_skb_load_bytes(skb, p->l4, h, sizeof(h)))
		return 0;
	walk.from = p->l4 + sizeof(h);
	walk.to = walk.from;
	walk.left = (__u32)h[6] << 8 | h[7];
	records = walk.left;
	bpf_loop(MLD2_RECORDS_MAX, listener_record, &walk, 0);
	if (!walk.kept)
		return 0;
	bytes = sizeof(h) + walk.kept * MLD2_RECORD;
	field = bpf_htons(walk.kept);
	__builtin_memcpy(head + 6, &field, sizeof(field));
	field = sum_icmpv6(p, bytes, bpf_csum_diff(0, 0, (__be32 *)head, sizeof(head), walk.sum));
	__builtin_memcpy(head + 2, &field, sizeof(field));
	field = bpf_htons(p->l4 - p->l3 - sizeof(struct ipv6hdr) + bytes);
	if (bpf_skb_change_tail(skb, p->l4 + bytes, 0) ||
	    bpf_skb_store_bytes(skb, p->l4, head, sizeof(head), 0) ||
	    bpf_skb_store_bytes(skb, p->l3 + 4, &field, sizeof(field), 0))
		return 0;
	if (walk.kept != records) {
		report_count(TACIT_COUNT_REASON_FIRST + TACIT_REASON_MALFORMED);
		report_event(p, TACIT_BPF_EVENT_REFUSED, TACIT_REASON_MALFORMED, 0);
	}
	return 1;
}

/* A report that may leave, or what is left of it then. */
static __noinline int listener_reports(struct __sk_buff *skb, struct packet *p)
{
	if (!p || p->hops != 1)
		return 0;
	if (p->icmp == MLD2_REPORT)
		return p->key.remote[0] == 0xff && listener_second(skb, p);
	if (p->icmp == MLD_REPORT || p->icmp == MLD_DONE)
		return listener_first(skb, p);
	return 0;
}

#endif
