/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell both ends at once: the packet that may not leave becomes a RST from the
 * other end, which goes back up to the app, and then the RST that the app's
 * stack would have sent to the other end, which would else keep a connection
 * that is dead. Each has exactly the sequence number that is expected next
 * (RFC 9293, 3.10.7.4; RFC 5961, 3.2).
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

/* What a TCP checksum covers: an IPv4 address stands in the last 4 bytes. */
struct reset_segment {
	__u8 from[16];
	__u8 to[16];
	__be32 length;
	__be32 protocol;
	__u8 tcp[RESET_TCP_BYTES];
};

#define RESET_PSEUDO_BYTES (sizeof(struct reset_segment) - RESET_TCP_BYTES)

static __always_inline void reset_ports(struct reset_segment *s, __be16 from, __be16 to)
{
	__builtin_memcpy(s->tcp, &from, 2);
	__builtin_memcpy(s->tcp + 2, &to, 2);
}

static __always_inline void reset_numbers(struct reset_segment *s, __u32 seq, __u32 ack)
{
	__be32 word = bpf_htonl(seq);

	__builtin_memcpy(s->tcp + 4, &word, 4);
	word = bpf_htonl(ack);
	__builtin_memcpy(s->tcp + 8, &word, 4);
}

/* If the checksum is left to the device (`partial`), the pseudo header's sum stands there. */
static __always_inline void reset_sum(struct reset_segment *s, int partial)
{
	__u16 sum;

	if (partial)
		sum = ~reset_fold(bpf_csum_diff(0, 0, (__be32 *)s, RESET_PSEUDO_BYTES, 0));
	else
		sum = reset_fold(bpf_csum_diff(0, 0, (__be32 *)s, sizeof(*s), 0));
	__builtin_memcpy(s->tcp + 16, &sum, 2);
}

static __always_inline void reset_segment(const struct packet *p, struct reset_segment *s, int up,
					  int partial)
{
	__u32 end = p->seq + p->bytes + !!(p->flags & TCP_SYN) + !!(p->flags & TCP_FIN);

	__builtin_memset(s, 0, sizeof(*s));
	__builtin_memcpy(s->from, up ? p->key.remote : p->key.local, 16);
	__builtin_memcpy(s->to, up ? p->key.local : p->key.remote, 16);
	if (!p->ipv6) {
		/* ::ffff: would count in the sum. */
		__builtin_memset(s->from, 0, 12);
		__builtin_memset(s->to, 0, 12);
	}
	s->length = bpf_htonl(RESET_TCP_BYTES);
	s->protocol = bpf_htonl(IPPROTO_TCP);
	if (up) {
		reset_ports(s, p->key.remote_port, p->key.local_port);
		reset_numbers(s, p->flags & TCP_ACK ? p->ack : 0, end);
	} else {
		reset_ports(s, p->key.local_port, p->key.remote_port);
		reset_numbers(s, p->seq, p->ack);
	}
	s->tcp[12] = RESET_TCP_BYTES / 4 << 4;
	s->tcp[13] = TCP_RST | TCP_ACK;
	reset_sum(s, partial);
}

static __always_inline int reset_store_ipv4(struct __sk_buff *skb, const struct packet *p,
					    const struct reset_segment *s)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(sizeof(ip) + RESET_TCP_BYTES),
		.ttl = RESET_HOPS,
		.protocol = IPPROTO_TCP,
	};

	__builtin_memcpy(&ip.saddr, s->from + 12, 4);
	__builtin_memcpy(&ip.daddr, s->to + 12, 4);
	ip.check = reset_fold(bpf_csum_diff(0, 0, (__be32 *)&ip, sizeof(ip), 0));
	return bpf_skb_store_bytes(skb, p->l3, &ip, sizeof(ip), 0);
}

static __always_inline int reset_store_ipv6(struct __sk_buff *skb, const struct packet *p,
					    const struct reset_segment *s)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(RESET_TCP_BYTES),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = RESET_HOPS,
	};

	__builtin_memcpy(&ip.saddr, s->from, 16);
	__builtin_memcpy(&ip.daddr, s->to, 16);
	return bpf_skb_store_bytes(skb, p->l3, &ip, sizeof(ip), 0);
}

static __noinline int reset_store(struct __sk_buff *skb, struct packet *p, int up, int partial)
{
	struct reset_segment segment;

	if (!p)
		return -1;
	reset_segment(p, &segment, up, partial);
	if (p->ipv6 ? reset_store_ipv6(skb, p, &segment) : reset_store_ipv4(skb, p, &segment))
		return -1;
	return bpf_skb_store_bytes(skb, p->l4, segment.tcp, RESET_TCP_BYTES, 0);
}

/* The link header goes the other way too, or the packet would be another station's. */
static __noinline int reset_turn(struct __sk_buff *skb)
{
	__u8 was[2 * ETH_ALEN], now[2 * ETH_ALEN];

	if (bpf_skb_load_bytes(skb, 0, was, sizeof(was)))
		return -1;
	__builtin_memcpy(now, was + ETH_ALEN, ETH_ALEN);
	__builtin_memcpy(now + ETH_ALEN, was, ETH_ALEN);
	return bpf_skb_store_bytes(skb, 0, now, sizeof(now), 0);
}

/*
 * Is the checksum left to the device (CHECKSUM_PARTIAL)? No helper says so, but
 * one that amends checksums keeps its hands off such a one. The field is
 * overwritten afterwards. Return: 1 or 0, or -1.
 */
static __always_inline int reset_is_partial(struct __sk_buff *skb, const struct packet *p)
{
	__u32 field = p->l4 + 16;
	__u16 sum = 0;

	if (bpf_skb_store_bytes(skb, field, &sum, sizeof(sum), 0) ||
	    bpf_l4_csum_replace(skb, field, 0, 1, 4) ||
	    bpf_skb_load_bytes(skb, field, &sum, sizeof(sum)))
		return -1;
	return !sum;
}

/*
 * The app is told. Return: what tc shall do; TC_ACT_UNSPEC says that the packet
 * is now the RST for the other end, and may leave. Packets with IP options or
 * extension headers are dropped instead: they are rare.
 */
static __noinline int reset(struct __sk_buff *skb, struct packet *p)
{
	__u32 ip_bytes;
	int partial;

	if (!p)
		return TC_ACT_SHOT;
	ip_bytes = p->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	if (p->protocol != IPPROTO_TCP || p->flags & TCP_RST || p->l4 != p->l3 + ip_bytes ||
	    bpf_skb_change_tail(skb, p->l4 + RESET_TCP_BYTES, 0))
		return TC_ACT_SHOT;
	partial = reset_is_partial(skb, p);
	if (partial < 0 || reset_store(skb, p, 1, partial) ||
	    (p->l3 == ETH_HLEN && reset_turn(skb)))
		return TC_ACT_SHOT;
	/* The other end of a connection that only begins knows nothing of it. */
	if (p->flags & TCP_SYN || !(p->flags & TCP_ACK))
		return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
	if (bpf_clone_redirect(skb, skb->ifindex, BPF_F_INGRESS) ||
	    reset_store(skb, p, 0, partial) || (p->l3 == ETH_HLEN && reset_turn(skb)))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

#endif
