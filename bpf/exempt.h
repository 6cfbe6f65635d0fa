/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keeps the link itself alive and leaves at once, also when the guard is
 * shut: EAPOL, neighbour discovery, listener reports and DHCP, of this device and
 * for this link only. Programs can have such packets sent, some without privilege,
 * so that each is held to its form and carries no more than it must.
 */
#ifndef TACIT_EXEMPT_H
#define TACIT_EXEMPT_H

#include "dhcp.h"
#include "listener.h"
#include "packet.h"

#define EAPOL_HEAD 4
#define EAPOL_EAP 0
#define EAPOL_START 1
#define EAPOL_LOGOFF 2
#define EAPOL_KEY 3
#define EAPOL_MKA 5

/*
 * A packet socket tells the kernel one type and may write another into its frame,
 * and what others read counts. Return: 1 if they are one.
 */
static __always_inline int exempt_type_agrees(struct __sk_buff *skb)
{
	__be16 type;

	return !bpf_skb_load_bytes(skb, 2 * ETH_ALEN, &type, sizeof(type)) && type == skb->protocol;
}

/* To a station, or to a group that no bridge forwards (IEEE 802.1X, 11.1.1). */
static __always_inline int eapol_is_near(const __u8 to[ETH_ALEN])
{
	return !(to[0] & 1) ||
	       (to[0] == 0x01 && to[1] == 0x80 && to[2] == 0xc2 && !to[3] && !to[4] &&
		(to[5] == 0x00 || to[5] == 0x03 || to[5] == 0x0e));
}

/*
 * EAPOL (IEEE 802.1X, 11.3) is how a Wi-Fi or 802.1X link comes up. Return: 1 if it is
 * that, of this device; what stood behind it is cut off.
 */
PACKET_ALONE int exempt_is_eapol(struct __sk_buff *skb)
{
	__u8 h[ETH_HLEN + EAPOL_HEAD], body[4] = { 0 };
	__u32 bytes, end;

	if (skb->ingress_ifindex || !exempt_type_agrees(skb) ||
	    bpf_skb_load_bytes(skb, 0, h, sizeof(h)) || !eapol_is_near(h))
		return 0;
	bytes = (__u32)h[16] << 8 | h[17];
	end = sizeof(h) + bytes;
	if (h[14] < 1 || h[14] > 3 || end > skb->len)
		return 0;
	if (packet_cut(skb, end))
		return 0;
	if (bytes >= sizeof(body) && bpf_skb_load_bytes(skb, sizeof(h), body, sizeof(body)))
		return 0;
	switch (h[15]) {
	case EAPOL_EAP:
		/* Request, response, success or failure, of that length (RFC 3748, 4). */
		return body[0] >= 1 && body[0] <= 4 && ((__u32)body[2] << 8 | body[3]) == bytes;
	case EAPOL_START:
	case EAPOL_LOGOFF:
		return !bytes;
	case EAPOL_KEY:
		/* Descriptors of RC4, RSN and WPA. */
		return body[0] == 1 || body[0] == 2 || body[0] == 254;
	case EAPOL_MKA:
		return body[0] >= 1 && body[0] <= 3;
	}
	return 0;
}

#define ND_SOLICIT_ROUTER 133
#define ND_SOLICIT 135
#define ND_ADVERTISE 136
#define ND_OPTION_NONCE 14

/*
 * One option, a link address or a nonce (RFC 4861, 4.6.1; RFC 7527), of 8 bytes, where
 * links are not Ethernet of 16.
 */
static __always_inline int discovery_is_option(struct __sk_buff *skb, const struct packet *p,
					       __u32 at)
{
	__u8 option[2];

	if (bpf_skb_load_bytes(skb, at, option, sizeof(option)) || skb->len - at != option[1] * 8u)
		return 0;
	if (option[1] != 1 && (option[1] != 2 || p->l3 == ETH_HLEN))
		return 0;
	return option[0] == 1 || option[0] == 2 || option[0] == ND_OPTION_NONCE;
}

/* To the target itself or to its group of solicited nodes (RFC 4291, 2.7.1). */
static __always_inline int discovery_asks(const __u8 to[16], const __u8 target[16])
{
	__u64 high, low, low_target, high_target;

	__builtin_memcpy(&high, to, 8);
	__builtin_memcpy(&low, to + 8, 8);
	__builtin_memcpy(&high_target, target, 8);
	__builtin_memcpy(&low_target, target + 8, 8);
	if (high == high_target && low == low_target)
		return 1;
	low_target &= bpf_cpu_to_be64(0xffffff);
	return high == bpf_cpu_to_be64(0xff02000000000000ull) &&
	       low == (low_target | bpf_cpu_to_be64(0x1ff000000ull));
}

/*
 * Neighbour discovery as a host has it (RFC 4861, 4.1, 4.3 and 4.4), never routed: no
 * advertisement of a router's.
 */
PACKET_ALONE int discovery_is_plain(struct __sk_buff *skb, struct packet *p)
{
	__u32 bytes = sizeof(struct icmp6hdr) + 16;
	__u8 h[sizeof(struct icmp6hdr) + 16] = { 0 };

	if (!p || p->hops != 255 || p->l4 != p->l3 + sizeof(struct ipv6hdr))
		return 0;
	if (p->icmp == ND_SOLICIT_ROUTER) {
		bytes = sizeof(struct icmp6hdr);
		if (bpf_skb_load_bytes(skb, p->l4, h, sizeof(struct icmp6hdr)))
			return 0;
	} else if ((p->icmp != ND_SOLICIT && p->icmp != ND_ADVERTISE) ||
		   bpf_skb_load_bytes(skb, p->l4, h, sizeof(h))) {
		return 0;
	}
	/* Code and reserved, but for an advertisement's flags. */
	if (h[1] || h[4] & (p->icmp == ND_ADVERTISE ? 0x1f : 0xff) || h[5] || h[6] || h[7])
		return 0;
	if (p->icmp == ND_SOLICIT && !discovery_asks(p->key.remote, h + 8))
		return 0;
	return skb->len == p->l4 + bytes || discovery_is_option(skb, p, p->l4 + bytes);
}

/*
 * Discovery, listener reports, and DHCP by broadcast or to link-local addresses. A
 * unicast renewal wants a rule; without one a client rebinds by broadcast.
 */
static __always_inline int exempt_is_upkeep(struct __sk_buff *skb, struct packet *p)
{
	if (p->forwarded)
		return 0;
	if (p->protocol == IPPROTO_ICMPV6 && p->ipv6)
		return discovery_is_plain(skb, p) || listener_reports(skb, p);
	return p->protocol == IPPROTO_UDP && packet_is_dhcp(p) && dhcp_is_plain(skb, p);
}

#endif
