/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with values that are right each by itself. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config_keys.h"
#include "schedule.h"

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

int config_key_line(const struct config_place *place, const char *key)
{
	for (size_t i = 0; i < place->section->key_count; i++)
		if (!strcmp(place->section->keys[i].name, key))
			return place->seen & 1u << i ? place->lines[i] : 0;
	return 0;
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

int config_check_device(const struct config_place *place, void *target)
{
	const struct config *c = target;

	if (c->unattended < CONFIG_UNATTENDED_MIN || c->unattended > CONFIG_UNATTENDED_MAX)
		return complain(place, "unattended is out of bounds; it must be a time from 10s to 8760h");
	return 0;
}

/* One destination and no more: it is what is left open when all else is shut. */
static int check_rescue(const struct config_place *place, struct tacit_rule *r)
{
	if (r->protocol != IPPROTO_TCP || !r->port || r->prefix != 128)
		return complain(place, "[allow rescue] is the one TLS 1.3 destination that is left when tacitd is dead; give "
				       "it protocol = tcp, a port and the address of one host");
	r->rescue = 1;
	return 0;
}

int config_check_allow(const struct config_place *place, void *target)
{
	struct config_allow *a = target;
	const struct tacit_rule *r = &a->rule;
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	bool is_v4 = r->prefix >= 96 && !memcmp(r->addr, v4, sizeof(v4));
	bool icmp = r->protocol == IPPROTO_ICMP || r->protocol == IPPROTO_ICMPV6;

	if (icmp && r->port)
		return complain(place, "icmp and icmpv6 have no ports; remove port");
	if (r->prefix && icmp && is_v4 != (r->protocol == IPPROTO_ICMP))
		return complain(place, "icmp goes with an IPv4 address and icmpv6 with an IPv6 address; change one of them");
	if (!strcmp(a->name, CONFIG_RESCUE))
		return check_rescue(place, &a->rule);
	/* It would be the guard's end: all of TCP without TLS, to anybody. */
	if (r->protocol == IPPROTO_TCP && !r->port && !r->prefix)
		return complain(place, "this rule would let all TCP out unchecked; name an address, a port, or both");
	return 0;
}

int config_check_whole(const struct config_place *place)
{
	const struct config *config = place->config;

	if (!config->uplinks.count)
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
