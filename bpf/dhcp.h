/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client's DHCP (RFC 2131, 2; RFC 8415, 8): its port is not for everybody, and still
 * it must have the form, be no longer than servers must take, and have nothing but
 * zeros where a client has nothing to say. What options hold is not looked at.
 */
#ifndef TACIT_DHCP_H
#define TACIT_DHCP_H

#include "packet.h"

#define DHCP_MAX 548 /* in an IP datagram of 576 bytes (RFC 2131, 2) */
#define DHCP_HEAD 36 /* up to the hardware address' first 8 bytes */
#define DHCP_COOKIE_AT 236
#define DHCP_FIXED 240
#define DHCP_COOKIE 0x63825363u
#define DHCP_END 255
#define DHCP6_HEAD 4
#define DHCP6_OPTION_MAX 255
#define DHCP6_TYPES 0x0b7au /* of messages, a client's: 1, 3 to 6, 8, 9 and 11 */

struct dhcp_walk {
	struct __sk_buff *skb;
	__u32 at;
	__u32 end;
	__u32 ended;
	__u32 wrong;
};

/* One option, or one byte of padding. */
static long dhcp_option(__u32 i, struct dhcp_walk *walk)
{
	__u8 option[2] = { 0 };

	(void)i;
	if (walk->at >= walk->end)
		return 1;
	if (bpf_skb_load_bytes(walk->skb, walk->at, option, 1)) {
		walk->wrong = 1;
		return 1;
	}
	if (walk->ended || !option[0] || option[0] == DHCP_END) {
		walk->wrong |= walk->ended && option[0];
		walk->ended |= option[0] == DHCP_END;
		walk->at++;
		return 0;
	}
	if (bpf_skb_load_bytes(walk->skb, walk->at, option, sizeof(option))) {
		walk->wrong = 1;
		return 1;
	}
	walk->at += sizeof(option) + option[1];
	return 0;
}

static long dhcp6_option(__u32 i, struct dhcp_walk *walk)
{
	__be16 option[2];

	(void)i;
	if (walk->at >= walk->end)
		return 1;
	if (bpf_skb_load_bytes(walk->skb, walk->at, option, sizeof(option)) || !option[0] ||
	    bpf_ntohs(option[0]) > DHCP6_OPTION_MAX) {
		walk->wrong = 1;
		return 1;
	}
	walk->at += sizeof(option) + bpf_ntohs(option[1]);
	return 0;
}

static __always_inline int dhcp_is_plain4(struct __sk_buff *skb, struct packet *p)
{
	struct dhcp_walk walk = { .skb = skb };
	__u8 h[DHCP_HEAD];
	__u64 word;
	__be32 cookie;
	__u32 i;

	if (p->bytes < DHCP_FIXED || bpf_skb_load_bytes(skb, p->payload, h, sizeof(h)) ||
	    bpf_skb_load_bytes(skb, p->payload + DHCP_COOKIE_AT, &cookie, sizeof(cookie)))
		return 0;
	/* A request of Ethernet's, not relayed, and no flag but the one for broadcast. */
	if (h[0] != 1 || h[1] != 1 || h[2] != ETH_ALEN || h[3] || h[10] & 0x7f || h[11] ||
	    h[34] || h[35] || cookie != bpf_htonl(DHCP_COOKIE))
		return 0;
	/* Addresses that servers fill in, */
	for (i = 16; i < 28; i++)
		if (h[i])
			return 0;
	/* the rest of the hardware address, and names of servers and files. */
	for (i = DHCP_HEAD; i < DHCP_COOKIE_AT; i += sizeof(word))
		if (bpf_skb_load_bytes(skb, p->payload + i, &word, sizeof(word)) || word)
			return 0;
	walk.at = p->payload + DHCP_FIXED;
	walk.end = p->payload + p->bytes;
	bpf_loop(DHCP_MAX, dhcp_option, &walk, 0);
	return walk.at == walk.end && walk.ended && !walk.wrong;
}

static __always_inline int dhcp_is_plain6(struct __sk_buff *skb, struct packet *p)
{
	struct dhcp_walk walk = { .skb = skb };
	__u8 type;

	if (p->bytes < DHCP6_HEAD || bpf_skb_load_bytes(skb, p->payload, &type, sizeof(type)) ||
	    type > 15 || !(DHCP6_TYPES >> type & 1))
		return 0;
	walk.at = p->payload + DHCP6_HEAD;
	walk.end = p->payload + p->bytes;
	bpf_loop(DHCP_MAX, dhcp6_option, &walk, 0);
	return walk.at == walk.end && !walk.wrong;
}

/* Of what goes to DHCP servers: is it DHCP, and one datagram? */
PACKET_ALONE int dhcp_is_plain(struct __sk_buff *skb, struct packet *p)
{
	if (!p || p->bytes > DHCP_MAX || skb->gso_size)
		return 0;
	return p->ipv6 ? dhcp_is_plain6(skb, p) : dhcp_is_plain4(skb, p);
}

#endif
