/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with values that are right each by itself. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cell.h"
#include "config_keys.h"
#include "schedule.h"

/* An OpenSSL peer closes at the 33rd empty record in a row, so 32 is the most that may be sent. */
#define EMPTY_RECORDS_MAX 32
/* A PUBLISH of QoS 1: fixed head of at most 5 bytes, the topic's length, the packet identifier (MQTT 3.1.1, 3.3). */
#define PUBLISH_OVERHEAD (5 + 2 + 2)
/* A PINGREQ and an answer to the broker. */
#define BESIDE_DUMMY (2 + 4)

int config_complain(struct config_error *error, const char *file, int line, const char *format, ...)
{
	va_list args;
	int n = snprintf(error->text, sizeof(error->text), "%s:%d: ", file, line);

	if (n < 0 || (size_t)n >= sizeof(error->text))
		return -EINVAL;
	va_start(args, format);
	vsnprintf(error->text + n, sizeof(error->text) - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

static int complain(const struct config_place *place, const char *text)
{
	return config_complain(place->error, place->file, place->line, "%s", text);
}

int config_check_schedule(const struct config_place *place, void *target)
{
	const char *wrong = schedule_check(target);

	if (!wrong)
		return 0;
	return config_complain(place->error, place->file, place->line,
			       "[schedule]: %s; a schedule that works is period = 2s, jitter = 1s, open = 250ms", wrong);
}

static bool same_address(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	return a->sin6_port == b->sin6_port && !memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr));
}

int config_check_channel(const struct config_place *place, void *target)
{
	struct config_channel *c = target;

	if (!c->server_name[0])
		memcpy(c->server_name, c->upstream_host, sizeof(c->server_name));
	for (const struct config_channel *other = place->config->channels; other < c; other++)
		if (same_address(&other->listen, &c->listen))
			return config_complain(place->error, place->file, place->line,
					       "[channel %s] listens where [channel %s] does; choose another port", c->name,
					       other->name);
	if (!c->dummy[0] && c->cells * c->ping_every >= EMPTY_RECORDS_MAX)
		return complain(place, "cells times ping_every must stay below 32, because peers close a session after 32 "
				       "empty records in a row; choose a smaller ping_every, or set dummy");
	if (c->dummy[0] && strlen(c->dummy) + PUBLISH_OVERHEAD + BESIDE_DUMMY > c->cells * cell_capacity(c->cell))
		return complain(place, "the topic of dummy does not fit the cells of one slot; shorten it, or raise cell");
	return 0;
}

int config_check_allow(const struct config_place *place, void *target)
{
	const struct config_allow *a = target;
	const struct tacit_rule *r = &a->rule;
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	bool is_v4 = r->prefix >= 96 && !memcmp(r->addr, v4, sizeof(v4));
	bool icmp = r->protocol == IPPROTO_ICMP || r->protocol == IPPROTO_ICMPV6;

	if (icmp && r->port)
		return complain(place, "icmp and icmpv6 have no ports; remove port");
	if (r->prefix && icmp && is_v4 != (r->protocol == IPPROTO_ICMP))
		return complain(place, "icmp goes with an IPv4 address and icmpv6 with an IPv6 address; change one of them");
	/* It would be the guard's end: all of TCP without TLS, to anybody. */
	if (r->protocol == IPPROTO_TCP && !r->port && !r->prefix)
		return complain(place, "this rule would let all TCP out unchecked; name an address, a port, or both");
	return 0;
}

int config_check_whole(const struct config_place *place)
{
	const struct config *config = place->config;

	if (!config->uplink[0])
		return complain(place, "there is no [device] section with an uplink; add [device] and uplink = INTERFACE");
	for (size_t i = 0; i < config->channel_count; i++) {
		const struct config_channel *c = &config->channels[i];

		if (c->shape == CONFIG_SHAPE_CONSTANT && !config->schedule.period)
			return config_complain(place->error, place->file, c->line,
					       "[channel %s] has shape = constant, which needs slots; add a [schedule] with "
					       "period, jitter and open",
					       c->name);
	}
	return 0;
}
