/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an skb to what the guard asks about a packet. What does not lie in the
 * skb's linear part is read by bpf_skb_load_bytes, which sees all of a packet.
 */
#ifndef TACIT_PACKET_H
#define TACIT_PACKET_H

#include <linux/bpf.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "tacit_bpf.h"

#define EXTENSION_HEADERS_MAX 4
#define EXTENSION_BYTES 8 /* of one that may leave */
#define EXTENSION_OPTION_BYTES 6
#define FRAGMENT_MASK 0x3fff /* more fragments, and the offset */
#define TCP_OPTION_EOL 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_TIMESTAMP 8
#define TCP_OPTIONS_MAX 40
#define IPV4_ROUTER_ALERT 0x94040000u /* a whole option (RFC 2113) */
#define IPV4_OPTION_WORDS 10
#define ARP_BYTES 28
/* The verifier goes through such a function by itself, once, not for every way to its callers. */
#define PACKET_ALONE __attribute__((weak)) __noinline
#define PACKET_NEAR 512 /* fixed headers that begin before this are read in place, where they can */

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

#define TCP_RESERVED 0x0e /* of the byte before the flags (RFC 9293, 3.1; the last bit is a flag, RFC 9768) */

/* As the device sees it: local is the source of what leaves, the target of what comes. */
struct packet {
	struct tacit_flow_key key;
	__u64 now; /* when it was read, CLOCK_MONOTONIC ns; the clock is asked but once */
	__u32 l3; /* offsets in the skb */
	__u32 l4;
	__u32 payload;
	__u32 bytes; /* of payload */
	__u32 end; /* of the packet; the frame may be longer: packet_cut() */
	__u32 seq;
	__u32 ack;
	__u32 timestamps; /* where the option lies in a SYN; 0: it has none */
	__u8 ipv6;
	__u8 hops;		/* hop limit, IPv6 only */
	__u8 forwarded;		/* came in elsewhere; not of this device */
	__u8 rescue;		/* the guard is shut, and this is for [allow rescue] */
	__u8 protocol;
	__u8 flags; /* of TCP */
	__u8 icmp;  /* type */
	__u8 forms;	/* bit TACIT_FORM_*, once rule.h has looked */
	__u8 link;	/* its place in the policy */
	__u8 begins;	/* the first of a flow: a SYN, a QUIC Initial; of no meaning for other datagrams */
	__u8 asked;	/* it comes by again, and only then is anything noted */
	__u8 idle;	/* TCP: there is something in reserved bits, or urgent where nothing is */
	__u32 ingress;	/* link that what is forwarded came in by */
	__u32 turn;	/* of its flow, when that was found */
};

/* n bytes, a constant; a third of what the helper takes. Return: 0, or not 0 where they are not all there. */
static __always_inline int packet_load(struct __sk_buff *skb, __u32 at, void *to, __u32 n)
{
	const __u8 *data = (const __u8 *)(long)skb->data;

	/* Or the compiler compares another copy than the one that is added. */
	asm volatile("" : "+r"(at));
	if (at < PACKET_NEAR && data + at + n <= (const __u8 *)(long)skb->data_end) {
		__builtin_memcpy(to, data + at, n);
		return 0;
	}
	return bpf_skb_load_bytes(skb, at, to, n);
}

static __always_inline void packet_map_ipv4(__u8 to[16], __be32 addr)
{
	__builtin_memset(to, 0, 10);
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(to + 12, &addr, 4);
}

/*
 * An app may set IP options and routing headers without privilege and write what
 * it likes into them; with a source route the packet is for another host than
 * the rules see. So no option leaves but those that say nothing. Return: 1 if
 * there is another between `at` and `end`.
 */
PACKET_ALONE int packet_has_options(struct __sk_buff *skb, __u32 at, __u32 end)
{
	__be32 word;
	__u32 i;

	for (i = 0; i < IPV4_OPTION_WORDS && at < end; i++, at += sizeof(word)) {
		if (bpf_skb_load_bytes(skb, at, &word, sizeof(word)))
			return 1;
		/* End of list and no operation are the bytes 0 and 1. */
		if (word & bpf_htonl(0xfefefefe) && word != bpf_htonl(IPV4_ROUTER_ALERT))
			return 1;
	}
	return 0;
}

/*
 * The same of an IPv6 extension header (RFC 8200, 4): 8 bytes of padding, an MLD
 * router alert (RFC 2711) or the length of a segment for offload (RFC 2675),
 * which `jumbo` must be. Return: 1 if it is anything else.
 */
PACKET_ALONE int packet_has_extension(struct __sk_buff *skb, __u32 at, __u32 jumbo)
{
	__u32 left = EXTENSION_OPTION_BYTES, type, n, i;
	__u64 options, value;

	if (bpf_skb_load_bytes(skb, at, &options, EXTENSION_BYTES))
		return 1;
	options = bpf_be64_to_cpu(options);
	if (options >> 48 & 0xff)
		return 1;
	options <<= 16;
	for (i = 0; i < EXTENSION_OPTION_BYTES && left; i++) {
		type = options >> 56;
		n = options >> 48 & 0xff;
		if (!type) {
			options <<= 8;
			left--;
			continue;
		}
		if (left < 2 || n > left - 2)
			return 1;
		value = n ? options << 16 >> (64 - 8 * n) : 0;
		if (!(type == 1 && !value) && !(type == 5 && n == 2 && !value) &&
		    !(type == 0xc2 && n == 4 && jumbo && value == jumbo))
			return 1;
		options <<= 8 * (n + 2);
		left -= n + 2;
	}
	return 0;
}

/*
 * What stands behind `end`, where what the link carries ends, is nothing of it: the
 * padding of a short frame that came in on another link, or words. It stays here.
 * Return: not 0 where it cannot be cut off.
 */
static __always_inline int packet_cut(struct __sk_buff *skb, __u32 end)
{
	return end < skb->len && (skb->gso_size || bpf_skb_change_tail(skb, end, 0));
}

/* A request or an answer of Ethernet and IPv4 (RFC 826); with nothing behind it any more. */
static __always_inline int packet_is_arp(struct __sk_buff *skb)
{
	__be64 head;

	if (skb->len < ETH_HLEN + ARP_BYTES ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &head, sizeof(head)))
		return 0;
	if (head != bpf_cpu_to_be64(0x0001080006040001ull) &&
	    head != bpf_cpu_to_be64(0x0001080006040002ull))
		return 0;
	return !packet_cut(skb, ETH_HLEN + ARP_BYTES);
}

static __always_inline int packet_read_ipv4(struct __sk_buff *skb, struct packet *p, int leaves,
					    __u32 *end)
{
	struct iphdr ip;

	if (packet_load(skb, p->l3, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return TACIT_REASON_MALFORMED;
	packet_map_ipv4(p->key.local, leaves ? ip.saddr : ip.daddr);
	packet_map_ipv4(p->key.remote, leaves ? ip.daddr : ip.saddr);
	p->protocol = ip.protocol;
	p->l4 = p->l3 + ip.ihl * 4;
	/* 0: a segment for offload that is too big for the field. */
	if (ip.tot_len)
		*end = p->l3 + bpf_ntohs(ip.tot_len);
	if (ip.frag_off & bpf_htons(FRAGMENT_MASK))
		return TACIT_REASON_FRAGMENT;
	if (leaves && ip.ihl > 5 && packet_has_options(skb, p->l3 + sizeof(ip), p->l4))
		return TACIT_REASON_MALFORMED;
	return 0;
}

static __always_inline int packet_is_mapped(const __u8 addr[16])
{
	__u64 high;
	__u32 middle;

	__builtin_memcpy(&high, addr, 8);
	__builtin_memcpy(&middle, addr + 8, 4);
	return !high && middle == bpf_htonl(0xffff);
}

/* Steps over the extension headers that an upper-layer packet may wear (RFC 8200, 4.1). */
static __always_inline int packet_read_ipv6(struct __sk_buff *skb, struct packet *p, int leaves,
					    __u32 *end)
{
	struct ipv6hdr ip;
	__u8 extension[2];
	int i;

	if (packet_load(skb, p->l3, &ip, sizeof(ip)) || ip.version != 6)
		return TACIT_REASON_MALFORMED;
	__builtin_memcpy(p->key.local, leaves ? &ip.saddr : &ip.daddr, 16);
	__builtin_memcpy(p->key.remote, leaves ? &ip.daddr : &ip.saddr, 16);
	p->ipv6 = 1;
	/* IPv4's addresses are written so in keys and rules; on a wire they never are (RFC 4291, 2.5.5.2). */
	if (packet_is_mapped(p->key.local) || packet_is_mapped(p->key.remote))
		return TACIT_REASON_MALFORMED;
	p->hops = ip.hop_limit;
	p->protocol = ip.nexthdr;
	p->l4 = p->l3 + sizeof(ip);
	if (ip.payload_len)
		*end = p->l4 + bpf_ntohs(ip.payload_len);

	for (i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		if (p->protocol == IPPROTO_FRAGMENT)
			return TACIT_REASON_FRAGMENT;
		if (p->protocol != IPPROTO_HOPOPTS && p->protocol != IPPROTO_DSTOPTS &&
		    p->protocol != IPPROTO_ROUTING)
			return 0;
		if (bpf_skb_load_bytes(skb, p->l4, extension, sizeof(extension)))
			return TACIT_REASON_MALFORMED;
		if (leaves && (p->protocol == IPPROTO_ROUTING ||
			       packet_has_extension(skb, p->l4, p->protocol == IPPROTO_HOPOPTS ?
							       skb->len - p->l3 - sizeof(ip) : 0)))
			return TACIT_REASON_MALFORMED;
		p->protocol = extension[0];
		p->l4 += (extension[1] + 1) * 8;
	}
	return TACIT_REASON_MALFORMED;
}

struct option_walk {
	struct __sk_buff *skb;
	__u32 at;
	__u32 end;
	__u32 found;
};

static long packet_option(__u32 i, struct option_walk *walk)
{
	__u8 option[2] = { 0, 0 };

	(void)i;
	if (walk->at >= walk->end || bpf_skb_load_bytes(walk->skb, walk->at, option, 1) ||
	    option[0] == TCP_OPTION_EOL)
		return 1;
	if (option[0] == TCP_OPTION_NOP) {
		walk->at++;
		return 0;
	}
	if (option[0] == TCP_OPTION_TIMESTAMP) {
		walk->found = walk->at;
		return 1;
	}
	if (bpf_skb_load_bytes(walk->skb, walk->at, option, 2) || option[1] < 2)
		return 1;
	walk->at += option[1];
	return 0;
}

static __always_inline int packet_has_urgent(const struct packet *p)
{
	return p->flags & TCP_URG && p->bytes;
}

static __always_inline int packet_read_tcp(struct __sk_buff *skb, struct packet *p, int leaves,
					   __u32 end)
{
	struct option_walk walk = { .skb = skb };
	__u8 h[20];
	__be16 port;
	__be32 word;
	__u32 bytes;

	if (packet_load(skb, p->l4, h, sizeof(h)))
		return TACIT_REASON_MALFORMED;
	bytes = (h[12] >> 4) * 4;
	p->payload = p->l4 + bytes;
	if (bytes < sizeof(h) || p->payload > end)
		return TACIT_REASON_MALFORMED;
	__builtin_memcpy(&port, h, 2);
	if (leaves)
		p->key.local_port = port;
	else
		p->key.remote_port = port;
	__builtin_memcpy(&port, h + 2, 2);
	if (leaves)
		p->key.remote_port = port;
	else
		p->key.local_port = port;
	__builtin_memcpy(&word, h + 4, 4);
	p->seq = bpf_ntohl(word);
	__builtin_memcpy(&word, h + 8, 4);
	p->ack = bpf_ntohl(word);
	p->flags = h[13];
	p->bytes = end - p->payload;
	p->idle = h[12] & TCP_RESERVED ||
		  (!packet_has_urgent(p) && (h[18] || h[19] || p->flags & TCP_URG));
	if (p->flags & TCP_SYN) {
		walk.at = p->l4 + sizeof(h);
		walk.end = p->payload;
		bpf_loop(TCP_OPTIONS_MAX, packet_option, &walk, 0);
		p->timestamps = walk.found;
	}
	return 0;
}

static __always_inline int packet_read_udp(struct __sk_buff *skb, struct packet *p, int leaves,
					   __u32 end)
{
	struct udphdr udp;

	if (packet_load(skb, p->l4, &udp, sizeof(udp)))
		return TACIT_REASON_MALFORMED;
	p->payload = p->l4 + sizeof(udp);
	if (p->payload > end)
		return TACIT_REASON_MALFORMED;
	p->bytes = end - p->payload;
	p->key.local_port = leaves ? udp.source : udp.dest;
	p->key.remote_port = leaves ? udp.dest : udp.source;
	return 0;
}

/* Of a packet that is not read: where and when it is. */
static __always_inline void packet_clear(struct __sk_buff *skb, struct packet *p)
{
	__builtin_memset(p, 0, sizeof(*p));
	p->now = bpf_ktime_get_ns();
	p->key.ifindex = skb->ifindex;
}

/*
 * Fill in *p. Return: 0, or why it cannot be judged (enum tacit_reason); then
 * what was read so far stands in *p, for the event.
 */
static __always_inline int packet_read(struct __sk_buff *skb, struct packet *p, __u32 link_header,
				       int leaves)
{
	__u32 end = skb->len;
	int reason;

	packet_clear(skb, p);
	p->l3 = link_header;
	p->forwarded = leaves && skb->ingress_ifindex;
	p->ingress = leaves ? skb->ingress_ifindex : 0;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		reason = packet_read_ipv4(skb, p, leaves, &end);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		reason = packet_read_ipv6(skb, p, leaves, &end);
	else
		reason = TACIT_REASON_PROTOCOL;
	if (reason)
		return reason;
	if (end > skb->len || p->l4 > end)
		return TACIT_REASON_MALFORMED;

	switch (p->protocol) {
	case IPPROTO_TCP:
		reason = packet_read_tcp(skb, p, leaves, end);
		break;
	case IPPROTO_UDP:
		reason = packet_read_udp(skb, p, leaves, end);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (p->l4 == end || bpf_skb_load_bytes(skb, p->l4, &p->icmp, 1))
			reason = TACIT_REASON_MALFORMED;
		break;
	}
	p->end = end;
	return reason;
}

/* No payload and no flag but ACK (and those of congestion): it says nothing. */
static __always_inline int packet_is_bare_ack(const struct packet *p)
{
	return p->protocol == IPPROTO_TCP && !p->bytes &&
	       (p->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK;
}

static __always_inline int address_is_link_local(const __u8 *a)
{
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80;
}

/* By broadcast or to this link's servers, as far as ports and addresses say. */
static __always_inline int packet_is_dhcp(const struct packet *p)
{
	const __u32 *remote = (const __u32 *)p->key.remote;

	if (p->ipv6)
		return p->key.local_port == bpf_htons(546) && p->key.remote_port == bpf_htons(547) &&
		       ((p->key.remote[0] == 0xff && p->key.remote[1] == 2) ||
			address_is_link_local(p->key.remote));
	return p->key.local_port == bpf_htons(68) && p->key.remote_port == bpf_htons(67) &&
	       remote[3] == 0xffffffff;
}

/* Errors that the kernel itself writes (RFC 792, RFC 4443); forwarded ones may hold anything. */
static __always_inline int packet_is_icmp_error(const struct packet *p)
{
	if (p->forwarded)
		return 0;
	if (p->protocol == IPPROTO_ICMPV6 && p->ipv6)
		return p->icmp >= 1 && p->icmp <= 4;
	return p->protocol == IPPROTO_ICMP && !p->ipv6 &&
	       (p->icmp == 3 || p->icmp == 11 || p->icmp == 12);
}

#endif
