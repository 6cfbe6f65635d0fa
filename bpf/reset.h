/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell the app at once: the packet that may not leave becomes a RST from the
 * other end and goes back up (RFC 9293, 3.10.7.4: its sequence number is
 * exactly what the app's side expects next).
 */
#ifndef TACIT_RESET_H
#define TACIT_RESET_H

#include <linux/pkt_cls.h>
#include "packet.h"

#define RESET_HOPS 64
#define RESET_TCP_BYTES 20

static __always_inline __u16 reset_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Addresses as in the packet's key: 16 bytes each, an IPv4 one in the last 4. */
struct reset_pseudo {
	__u8 from[16];
	__u8 to[16];
	__be32 length;
	__be32 protocol;
	__u8 tcp[RESET_TCP_BYTES];
};

static __always_inline void reset_tcp(const struct packet *p, struct reset_pseudo *s)
{
	__u32 end = p->seq + p->bytes + !!(p->flags & TCP_SYN) + !!(p->flags & TCP_FIN);
	__be32 seq = p->flags & TCP_ACK ? bpf_htonl(p->ack) : 0;
	__be32 ack = bpf_htonl(end);
	__u16 sum;

	__builtin_memset(s, 0, sizeof(*s));
	__builtin_memcpy(s->from, p->key.remote, 16);
	__builtin_memcpy(s->to, p->key.local, 16);
	if (!p->ipv6) {
		/* ::ffff: would count in the sum. */
		__builtin_memset(s->from, 0, 12);
		__builtin_memset(s->to, 0, 12);
	}
	s->length = bpf_htonl(RESET_TCP_BYTES);
	s->protocol = bpf_htonl(IPPROTO_TCP);
	__builtin_memcpy(s->tcp, &p->key.remote_port, 2);
	__builtin_memcpy(s->tcp + 2, &p->key.local_port, 2);
	__builtin_memcpy(s->tcp + 4, &seq, 4);
	__builtin_memcpy(s->tcp + 8, &ack, 4);
	s->tcp[12] = RESET_TCP_BYTES / 4 << 4;
	s->tcp[13] = TCP_RST | TCP_ACK;
	sum = reset_fold(bpf_csum_diff(0, 0, (__be32 *)s, sizeof(*s), 0));
	__builtin_memcpy(s->tcp + 16, &sum, 2);
}

static __always_inline int reset_store_ipv4(struct __sk_buff *skb, const struct packet *p)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(sizeof(ip) + RESET_TCP_BYTES),
		.ttl = RESET_HOPS,
		.protocol = IPPROTO_TCP,
	};

	__builtin_memcpy(&ip.saddr, p->key.remote + 12, 4);
	__builtin_memcpy(&ip.daddr, p->key.local + 12, 4);
	ip.check = reset_fold(bpf_csum_diff(0, 0, (__be32 *)&ip, sizeof(ip), 0));
	return bpf_skb_store_bytes(skb, p->l3, &ip, sizeof(ip), 0);
}

static __always_inline int reset_store_ipv6(struct __sk_buff *skb, const struct packet *p)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(RESET_TCP_BYTES),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = RESET_HOPS,
	};

	__builtin_memcpy(&ip.saddr, p->key.remote, 16);
	__builtin_memcpy(&ip.daddr, p->key.local, 16);
	return bpf_skb_store_bytes(skb, p->l3, &ip, sizeof(ip), 0);
}

/* The link header goes the other way too, or the packet would be another station's. */
static __always_inline int reset_swap_ethernet(struct __sk_buff *skb)
{
	__u8 was[2 * ETH_ALEN], now[2 * ETH_ALEN];

	if (bpf_skb_load_bytes(skb, 0, was, sizeof(was)))
		return -1;
	__builtin_memcpy(now, was + ETH_ALEN, ETH_ALEN);
	__builtin_memcpy(now + ETH_ALEN, was, ETH_ALEN);
	return bpf_skb_store_bytes(skb, 0, now, sizeof(now), 0);
}

/* Packets with IP options or extension headers are dropped instead: they are rare. */
static __noinline int reset_to_app(struct __sk_buff *skb, struct packet *p)
{
	struct reset_pseudo segment;
	__u32 ip_bytes;

	if (!p)
		return TC_ACT_SHOT;
	ip_bytes = p->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	if (p->protocol != IPPROTO_TCP || p->flags & TCP_RST || p->l4 != p->l3 + ip_bytes)
		return TC_ACT_SHOT;
	reset_tcp(p, &segment);
	if (bpf_skb_change_tail(skb, p->l4 + RESET_TCP_BYTES, 0))
		return TC_ACT_SHOT;
	if ((p->ipv6 ? reset_store_ipv6(skb, p) : reset_store_ipv4(skb, p)) ||
	    bpf_skb_store_bytes(skb, p->l4, segment.tcp, RESET_TCP_BYTES, 0) ||
	    (p->l3 == ETH_HLEN && reset_swap_ethernet(skb)))
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

#endif
