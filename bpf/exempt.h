/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keeps the link itself alive and leaves at once, also when the guard is
 * shut: EAPOL, neighbour discovery, listener reports and DHCP, of this device and
 * for this link only. Programs can have such packets sent, some without privilege,
 * so that each is held to its form and carries no more than it must.
 */
#ifndef TACIT_EXEMPT_H
#define TACIT_EXEMPT_H

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

/* EAPOL (IEEE 802.1X, 11.3) is how a Wi-Fi or 802.1X link comes up. Return: 1 if it is that, and nothing behind it. */
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
	if (skb->len > end && packet_has_trailer(skb, ETH_HLEN, end))
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

#endif
