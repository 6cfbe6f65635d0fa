/* SPDX-License-Identifier: GPL-2.0 */
/* The last packets that came in by the uplinks, each as far as an error may quote it (quoted.h). */
#ifndef TACIT_ARRIVED_H
#define TACIT_ARRIVED_H

#include "maps.h"
#include "packet.h"

#define QUOTED_PAYLOAD 8
#define QUOTED_IPV4 (sizeof(struct iphdr) + QUOTED_PAYLOAD)
#define QUOTED_IPV6 (sizeof(struct ipv6hdr) + QUOTED_PAYLOAD)
#define ARRIVED_MAX 512 /* a power of two */

/* What an error can quote of a packet, as it lies in memory; of IPv4, zeros behind it. */
struct quoted {
	__u64 word[QUOTED_IPV6 / sizeof(__u64)];
};

/*
 * The last that came in; all zeros: none, or answered by an error. Two CPUs write one
 * at a time only if one is a whole round behind.
 */
struct arrived {
	__u64 next;
	struct quoted packet[ARRIVED_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct arrived);
} arrived SEC(".maps");

/* Return: not 0 where it cannot be quoted: it is too short, or has IP options. */
static __always_inline int quoted_load(struct __sk_buff *skb, __u32 at, int ipv6, struct quoted *q)
{
	__builtin_memset(q, 0, sizeof(*q));
	if (ipv6)
		return packet_load(skb, at, q, QUOTED_IPV6);
	return packet_load(skb, at, q, QUOTED_IPV4) || *(__u8 *)q != 0x45;
}

/* On ingress, of every packet: an error about it may leave. */
static __always_inline void arrived_note(struct __sk_buff *skb, const struct packet *p)
{
	__u32 zero = 0;
	struct arrived *a = bpf_map_lookup_elem(&arrived, &zero);
	int ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);
	struct quoted q;
	__u64 place;

	if (!a || (!ipv6 && skb->protocol != bpf_htons(ETH_P_IP)) ||
	    quoted_load(skb, p->l3, ipv6, &q))
		return;
	place = __sync_fetch_and_add(&a->next, 1) % ARRIVED_MAX;
	a->packet[place] = q;
}

#endif
