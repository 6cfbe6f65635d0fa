/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a datagram looks like, by its first bytes: enough to tell one protocol
 * from another, not to prove it. An app that means to can say anything behind them.
 */
#ifndef TACIT_FORM_H
#define TACIT_FORM_H

#include "maps.h"
#include "packet.h"

#define FORM_HEAD_BYTES 12
#define FORM_BIT(form) (1u << (form))

#define QUIC_LONG 0x80
#define QUIC_FIXED 0x40
#define QUIC_TYPE(first) (((first) >> 4) & 3)
#define QUIC_INITIAL_MIN 1200 /* RFC 9000, 14.1 */
#define QUIC_V1 0x00000001u
#define QUIC_V2 0x6b3343cfu
/* Types of long headers; version 2 has others on purpose (RFC 9369, 3.2). */
#define QUIC_V1_INITIAL 0
#define QUIC_V1_EARLY 1
#define QUIC_V2_INITIAL 1
#define QUIC_V2_EARLY 2

#define NTP_BYTES 48
#define NTP_BYTES_MAX 1200 /* with NTS cookies in extension fields (RFC 8915, 5) */
#define NTP_MODE_CLIENT 3

#define DNS_QUERY_MIN 17 /* the header, the root's name, type and class */
#define DNS_QUERY_MAX 512
#define DNS_RESPONSE 0x80
#define DNS_OPCODE 0x78

/* A flow begins with an Initial; before that, a short header is as good as noise. */
static __always_inline int form_is_quic(struct packet *p, const __u8 *head)
{
	__u32 version, initial, early;

	if (!(head[0] & QUIC_LONG))
		return bpf_map_lookup_elem(&datagrams, &p->key) != 0;
	__builtin_memcpy(&version, head + 1, 4);
	version = bpf_ntohl(version);
	if (!(head[0] & QUIC_FIXED) || (version != QUIC_V1 && version != QUIC_V2))
		return 0;
	initial = version == QUIC_V1 ? QUIC_V1_INITIAL : QUIC_V2_INITIAL;
	early = version == QUIC_V1 ? QUIC_V1_EARLY : QUIC_V2_EARLY;
	if (QUIC_TYPE(head[0]) == early)
		return 0;
	if (bpf_map_lookup_elem(&datagrams, &p->key))
		return 1;
	p->begins = QUIC_TYPE(head[0]) == initial && p->bytes >= QUIC_INITIAL_MIN;
	return p->begins;
}

/* One question, no answers, and at most the pseudo record of EDNS (RFC 6891) behind it. */
static __always_inline int form_is_dns(const struct packet *p, const __u8 *head)
{
	return p->bytes >= DNS_QUERY_MIN && p->bytes <= DNS_QUERY_MAX &&
	       !(head[2] & (DNS_RESPONSE | DNS_OPCODE)) && !head[4] && head[5] == 1 && !head[6] &&
	       !head[7] && !head[8] && !head[9] && !head[10] && head[11] <= 1;
}

/* A client's, of version 3 or 4; all of it comes in words of four bytes (RFC 5905, 7.3 and 7.5). */
static __always_inline int form_is_ntp(const struct packet *p, const __u8 *head)
{
	__u8 version = (head[0] >> 3) & 7;

	return p->bytes >= NTP_BYTES && p->bytes <= NTP_BYTES_MAX && !(p->bytes & 3) &&
	       (head[0] & 7) == NTP_MODE_CLIENT && (version == 3 || version == 4);
}

static __always_inline int form_is_echo(const struct packet *p)
{
	if (p->protocol == IPPROTO_ICMPV6)
		return p->ipv6 && (p->icmp == 128 || p->icmp == 129);
	return p->protocol == IPPROTO_ICMP && !p->ipv6 && (p->icmp == 0 || p->icmp == 8);
}

/* Sets p->forms and p->begins. */
static __noinline int form_read(struct __sk_buff *skb, struct packet *p)
{
	__u8 head[FORM_HEAD_BYTES];

	if (!p)
		return 0;
	p->forms = FORM_BIT(TACIT_FORM_ANY);
	if (form_is_echo(p))
		p->forms |= FORM_BIT(TACIT_FORM_ECHO);
	if (p->protocol != IPPROTO_UDP || p->bytes < sizeof(head) ||
	    bpf_skb_load_bytes(skb, p->payload, head, sizeof(head)))
		return 0;
	if (form_is_quic(p, head))
		p->forms |= FORM_BIT(TACIT_FORM_QUIC);
	/* Of several datagrams in one packet (UDP_SEGMENT) the head is the first one's only. */
	if (skb->gso_size)
		return 0;
	if (form_is_ntp(p, head))
		p->forms |= FORM_BIT(TACIT_FORM_NTP);
	if (form_is_dns(p, head))
		p->forms |= FORM_BIT(TACIT_FORM_DNS);
	return 0;
}

#endif
