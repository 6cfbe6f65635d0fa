// SPDX-License-Identifier: GPL-2.0
/*
 * The rule that would allow what was refused: no wider than that, one
 * destination, one port, one user. Whoever pastes it into tacit.conf(5) says why.
 */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct lines {
	char *text;
	size_t bytes;
};

static void __attribute__((format(printf, 2, 3))) line(struct lines *l, const char *format, ...)
{
	size_t room = GUARD_RULE_TEXT - l->bytes;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->bytes, room, format, args);
	va_end(args);
	/* Half a rule is none: what is written here fits, by its parts' bounds. */
	if (n > 0)
		l->bytes += (size_t)n < room ? (size_t)n : room - 1;
}

/* The rules are asked about a TCP flow before its records are read, so that one more would have spared it that. */
static bool is_spared(uint32_t reason)
{
	return reason == TACIT_REASON_NOT_TLS || reason == TACIT_REASON_NOT_TLS13 ||
	       reason == TACIT_REASON_EARLY_DATA || reason == TACIT_REASON_NOT_A_RECORD ||
	       reason == TACIT_REASON_UNKNOWN_FLOW;
}

/* What lets least out of what it looked like; NULL: no rule can allow it. */
static const char *protocol_of(const struct tacit_bpf_event *event)
{
	static const uint8_t narrowest[] = { TACIT_FORM_DNS, TACIT_FORM_NTP, TACIT_FORM_QUIC, TACIT_FORM_ECHO };

	if (event->protocol == IPPROTO_TCP)
		return is_spared(event->reason) ? "tcp" : NULL;
	if (event->reason != TACIT_REASON_PROTOCOL)
		return NULL;
	for (size_t i = 0; i < sizeof(narrowest); i++)
		if (event->forms & 1u << narrowest[i])
			return guard_form_name(narrowest[i]);
	if (event->protocol == IPPROTO_UDP || event->protocol == IPPROTO_ICMP || event->protocol == IPPROTO_ICMPV6)
		return guard_protocol_name(event->protocol);
	return NULL;
}

/* "udp-192-0-2-1-53": what a section may be called. */
static void name_of(const char *protocol, const char *host, unsigned int port, char name[GUARD_ADDRESS_MAX + 16])
{
	size_t n = (size_t)snprintf(name, GUARD_ADDRESS_MAX + 16, "%s-%s", protocol, host);

	if (port)
		snprintf(name + n, GUARD_ADDRESS_MAX + 16 - n, "-%u", port);
	for (char *c = name; *c; c++)
		if (*c == '.' || *c == ':')
			*c = '-';
}

void guard_rule_for(const struct tacit_bpf_event *event, char text[GUARD_RULE_TEXT])
{
	const char *protocol = protocol_of(event);
	bool older = event->reason == TACIT_REASON_UNKNOWN_FLOW;
	char host[GUARD_ADDRESS_MAX], name[GUARD_ADDRESS_MAX + 16];
	unsigned int port = ntohs(event->remote_port);
	struct lines l = { .text = text };

	text[0] = 0;
	if (!protocol)
		return;
	guard_host(event->remote, host);
	name_of(protocol, host, port, name);
	line(&l, "[allow %.63s]\n", name);
	line(&l, "protocol = %s\naddress = %s\n", protocol, host);
	if (port)
		line(&l, "port = %u\n", port);
	if (older)
		line(&l, "existing = allow\n");
	else if (event->known && event->owner.pid)
		line(&l, "uid = %u\n", event->owner.uid);
	line(&l, "reason = say why; it was refused as %s\n", guard_reason_name(event->reason));
}
