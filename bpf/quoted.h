/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors of ICMP quote the packet that they are about (RFC 792; RFC 4443, 2.4), and
 * whoever makes the kernel write one chooses what: an app that sends to the device's
 * own address from the cloud's (IPV6_FREEBIND), a machine behind the device whose
 * source is the cloud's address. So an error leaves only for a packet that came in
 * by an uplink not long ago, to that packet's sender, once; and of the quotation no
 * more than IP header and 8 bytes, as they came in.
 */
#ifndef TACIT_QUOTED_H
#define TACIT_QUOTED_H

#include "arrived.h"
#include "packet.h"
#include "reset.h"
#include "scratch.h"
#include "sum.h"

#define ICMP_HEAD 8

/* Is this its source? */
static __always_inline int quoted_is_from(const struct quoted *q, const __u8 remote[16], int ipv6)
{
	__u64 high, low;

	__builtin_memcpy(&high, remote, 8);
	__builtin_memcpy(&low, remote + 8, 8);
	if (ipv6)
		return q->word[1] == high && q->word[2] == low;
	return !__builtin_memcmp((const __u8 *)q + 12, remote + 12, 4);
}

struct quoted_walk {
	struct arrived *arrived;
	struct scratch *room;
	__u64 last;
	__u32 found;
};

static long quoted_try(__u32 i, struct quoted_walk *walk)
{
	struct quoted *came = &walk->arrived->packet[(walk->last - i) % ARRIVED_MAX];
	struct scratch *room = walk->room;
	__u64 differ = 0;
	__u32 n;

#pragma unroll
	for (n = 0; n < sizeof(*came) / sizeof(__u64); n++)
		differ |= (came->word[n] ^ room->quoted.word[n]) & room->mask.word[n];
	if (differ)
		return 0;
	room->quoted = *came;
	/* One error a packet, or they could be made to tell something by their number. */
	__builtin_memset(came, 0, sizeof(*came));
	walk->found = 1;
	return 1;
}

/*
 * All must agree but what changes on the way through the device: traffic class, hops, and sums, for
 * addresses that were translated and translated back may leave another sum than they found.
 */
static __always_inline void quoted_mask(const struct quoted *q, int ipv6, struct quoted *mask)
{
	__u8 *m = (__u8 *)mask, protocol;

	__builtin_memset(mask, 0xff, sizeof(*mask));
	if (ipv6) {
		protocol = ((const __u8 *)q)[6];
		m[0] = 0xf0;
		m[1] = 0x0f;
		m[7] = 0;
		m += sizeof(struct ipv6hdr);
	} else {
		protocol = ((const __u8 *)q)[9];
		m[1] = 0;
		m[8] = 0;
		m[10] = 0;
		m[11] = 0;
		m += sizeof(struct iphdr);
	}
	if (protocol == IPPROTO_UDP)
		m[6] = m[7] = 0;
	else if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		m[2] = m[3] = 0;
}

/* Is it a packet that came in, from where the error goes? Then scratch.quoted is what came in. */
static __noinline int quoted_came(struct packet *p)
{
	struct quoted_walk walk = { 0 };
	__u32 zero = 0;

	walk.arrived = bpf_map_lookup_elem(&arrived, &zero);
	if (!p || !walk.arrived)
		return 0;
	walk.room = scratch_of(p);
	walk.last = walk.arrived->next - 1;
	quoted_mask(&walk.room->quoted, p->ipv6, &walk.room->mask);
	bpf_loop(ARRIVED_MAX, quoted_try, &walk, 0);
	return walk.found;
}

/* What says something of the 4 bytes behind the sum: an MTU, or where the mistake stands. */
static __always_inline __be32 error_parameter(const __u8 *icmp, int ipv6)
{
	if (ipv6)
		return icmp[0] == 2 || icmp[0] == 4 ? bpf_htonl(0xffff) : 0;
	if (icmp[0] == 3 && icmp[1] == 4)
		return bpf_htonl(0xffff);
	return icmp[0] == 12 ? bpf_htonl(0xff000000) : 0;
}

/* The IP header's length and sum for `bytes` behind it. Return: 0. */
static __always_inline int error_length(struct __sk_buff *skb, const struct packet *p, int ipv6,
					__u32 bytes)
{
	__be16 length = bpf_htons(bytes);
	struct iphdr ip;

	if (ipv6)
		return bpf_skb_store_bytes(skb, p->l3 + 4, &length, sizeof(length), 0);
	if (bpf_skb_load_bytes(skb, p->l3, &ip, sizeof(ip)))
		return -1;
	ip.tot_len = bpf_htons(sizeof(ip) + bytes);
	ip.check = 0;
	ip.check = reset_fold(bpf_csum_diff(0, 0, (__be32 *)&ip, sizeof(ip), 0));
	return bpf_skb_store_bytes(skb, p->l3, &ip, sizeof(ip), 0);
}

static __always_inline int error_write(struct __sk_buff *skb, struct packet *p, int ipv6,
				       __u8 icmp[ICMP_HEAD], struct quoted *q)
{
	__u32 bytes = ipv6 ? QUOTED_IPV6 : QUOTED_IPV4;
	__be32 parameter;
	__s64 sum;
	__u16 field = 0;

	__builtin_memcpy(&parameter, icmp + 4, sizeof(parameter));
	parameter &= error_parameter(icmp, ipv6);
	__builtin_memcpy(icmp + 4, &parameter, sizeof(parameter));
	__builtin_memcpy(icmp + 2, &field, sizeof(field));
	sum = bpf_csum_diff(0, 0, (__be32 *)icmp, ICMP_HEAD, 0);
	sum = bpf_csum_diff(0, 0, (__be32 *)q, bytes, sum);
	field = ipv6 ? sum_icmpv6(p, ICMP_HEAD + bytes, sum) : reset_fold(sum);
	__builtin_memcpy(icmp + 2, &field, sizeof(field));
	return bpf_skb_change_tail(skb, p->l4 + ICMP_HEAD + bytes, 0) ||
	       error_length(skb, p, ipv6, ICMP_HEAD + bytes) ||
	       bpf_skb_store_bytes(skb, p->l4, icmp, ICMP_HEAD, 0) ||
	       bpf_skb_store_bytes(skb, p->l4 + ICMP_HEAD, q, bytes, 0);
}

static __always_inline int error_answers(struct __sk_buff *skb, struct packet *p, int ipv6)
{
	struct quoted *q = &scratch_of(p)->quoted;
	__u8 icmp[ICMP_HEAD];

	if (p->l4 != p->l3 + (ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) ||
	    bpf_skb_load_bytes(skb, p->l4, icmp, sizeof(icmp)) ||
	    quoted_load(skb, p->l4 + sizeof(icmp), ipv6, q))
		return 0;
	return quoted_is_from(q, p->key.remote, ipv6) && quoted_came(p) &&
	       !error_write(skb, p, ipv6, icmp, q);
}

/* An error of the kernel's: is it one that may leave? Then it is cut to what came in. */
static __noinline int error_may_leave(struct __sk_buff *skb, struct packet *p)
{
	if (!p)
		return 0;
	return p->ipv6 ? error_answers(skb, p, 1) : error_answers(skb, p, 0);
}

#endif
