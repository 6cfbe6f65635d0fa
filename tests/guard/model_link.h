/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model's part of what keeps a link alive, from the RFCs and standards that are
 * named with each. Frames are of Ethernet, the device's own.
 */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool slow_arp(const uint8_t *frame, size_t bytes);
bool slow_eapol(const uint8_t *frame, size_t bytes);

/* An IP packet, as far as the model has parsed it. */
struct slow_packet {
	const uint8_t *remote;	/* 16 bytes */
	uint8_t hops;
	bool bare;		/* nothing stands between the IP header and its payload */
	const uint8_t *at;	/* behind the IP headers, */
	size_t bytes;		/* to the packet's end */
};

/* ICMPv6: discovery, or a listener report of which something may leave. */
bool slow_discovery(const struct slow_packet *p);
bool slow_report(const struct slow_packet *p);

/* What a client sends to DHCP's ports; `m` is the datagram's payload. */
bool slow_dhcp4(const uint8_t *m, size_t bytes);
bool slow_dhcp6(const uint8_t *m, size_t bytes);

#endif
