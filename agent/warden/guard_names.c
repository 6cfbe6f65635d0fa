// SPDX-License-Identifier: GPL-2.0
/* The guard's words for people. */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *cure;
} reasons[TACIT_REASON_LIMIT] = {
	[TACIT_REASON_NONE] = { "none", "" },
	[TACIT_REASON_CLOSED] = { "guard closed", "see `tacit status` for what keeps it closed" },
	[TACIT_REASON_NOT_TLS] = { "not TLS", "send it through a channel, or add an [allow] rule" },
	[TACIT_REASON_NOT_TLS13] = { "not TLS 1.3", "turn TLS 1.3 on at both ends, or add an [allow] rule" },
	[TACIT_REASON_DATA_IN_SYN] = { "data in SYN", "turn TCP Fast Open off in the app" },
	[TACIT_REASON_EARLY_DATA] = { "0-RTT data", "turn early data off in the app" },
	[TACIT_REASON_NOT_A_RECORD] = { "plain text after the handshake",
					"find out what the app does: this is no mistake" },
	[TACIT_REASON_UNKNOWN_FLOW] = { "connection older than the guard",
					"let the app connect again; existing = allow in a rule is for the next time" },
	[TACIT_REASON_PROTOCOL] = { "neither TCP nor allowed", "add an [allow] rule if it is needed" },
	[TACIT_REASON_TABLE_FULL] = { "no place in the table of flows", "find out by tacit flows who has so many connections" },
	[TACIT_REASON_FRAGMENT] = { "IP fragment", "lower the MTU or the size of what the app sends" },
	[TACIT_REASON_MALFORMED] = { "malformed", "find out what the app does: no working stack sends this" },
	[TACIT_REASON_SENT_AGAIN] = { "sent again from an unknown place",
				      "let the app connect again: its hello is in more segments than can be kept" },
	[TACIT_REASON_ANOTHERS] = { "of another's connection",
				    "find out who writes addresses that are not its own: it came in elsewhere than the connection" },
	[TACIT_REASON_UNATTENDED] = { "tacitd is away", "start tacitd; until then only [allow rescue] passes" },
	[TACIT_REASON_TIMESTAMPS] = { "TCP timestamps", "set net.ipv4.tcp_timestamps to 0 where it was sent" },
};

const char *guard_reason_name(uint32_t reason)
{
	return reason < TACIT_REASON_LIMIT && reasons[reason].name ? reasons[reason].name : "?";
}

const char *guard_reason_cure(uint32_t reason)
{
	return reason < TACIT_REASON_LIMIT && reasons[reason].cure ? reasons[reason].cure : "?";
}

const char *guard_state_name(uint32_t state)
{
	static const char *const names[] = {
		[TACIT_FLOW_NONE] = "none",	    [TACIT_FLOW_SYN] = "opening",   [TACIT_FLOW_HELLO] = "pending",
		[TACIT_FLOW_VERIFIED] = "verified", [TACIT_FLOW_DENIED] = "denied", [TACIT_FLOW_ALLOWED] = "allowed",
		[TACIT_FLOW_PASSIVE] = "accepting", [TACIT_FLOW_UNVERIFIED] = "unverified",
	};

	return state < sizeof(names) / sizeof(*names) ? names[state] : "?";
}

const char *guard_mode_name(uint32_t mode)
{
	static const char *const names[] = {
		[TACIT_GUARD_CLOSED] = "closed", [TACIT_GUARD_ON] = "on", [TACIT_GUARD_HELD] = "closed by hand",
	};

	return mode < sizeof(names) / sizeof(*names) ? names[mode] : "?";
}

const char *guard_protocol_name(uint32_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_GRE:
		return "gre";
	case IPPROTO_IGMP:
		return "igmp";
	}
	return "other";
}

const char *guard_form_name(uint32_t form)
{
	static const char *const names[] = {
		[TACIT_FORM_ANY] = "any", [TACIT_FORM_QUIC] = "quic", [TACIT_FORM_NTP] = "ntp",
		[TACIT_FORM_DNS] = "dns", [TACIT_FORM_ECHO] = "echo",
	};

	return form < sizeof(names) / sizeof(*names) ? names[form] : "?";
}

const char *guard_class_name(uint32_t class)
{
	static const char *const names[] = {
		[TACIT_CLASS_OTHER] = "other", [TACIT_CLASS_URGENT] = "urgent", [TACIT_CLASS_CHANNEL] = "channel",
	};

	return class < sizeof(names) / sizeof(*names) ? names[class] : "?";
}

void guard_host(const uint8_t addr[16], char text[GUARD_ADDRESS_MAX])
{
	struct in6_addr a;

	memcpy(&a, addr, sizeof(a));
	if (IN6_IS_ADDR_V4MAPPED(&a))
		inet_ntop(AF_INET, addr + 12, text, GUARD_ADDRESS_MAX);
	else
		inet_ntop(AF_INET6, addr, text, GUARD_ADDRESS_MAX);
}

void guard_address(const uint8_t addr[16], uint16_t port_be, char text[GUARD_ADDRESS_MAX])
{
	char host[GUARD_ADDRESS_MAX];

	guard_host(addr, host);
	/* An IPv6 address is at most 45 bytes. */
	snprintf(text, GUARD_ADDRESS_MAX, strchr(host, ':') ? "[%.46s]:%u" : "%.46s:%u", host, ntohs(port_be));
}
