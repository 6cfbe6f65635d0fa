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

static int check_budget(const struct config_place *place, const struct tacit_pace *pace)
{
	if (!pace->budget || pace->budget >= TACIT_BUDGET_MIN)
		return 0;
	return config_complain(place->error, place->file, config_key_line(place, "budget"), "budget = %u is less than a packet "
			       "may need; it must be 0 (none) or a whole number from %u to %u", pace->budget, TACIT_BUDGET_MIN,
			       TACIT_BUDGET_MAX);
}

/* Whether it goes with the schedule is seen when both are known. */
int config_check_uplink(const struct config_place *place, void *target)
{
	const struct config_pace *one = target;

	return check_budget(place, &one->pace);
}

int config_check_schedule(const struct config_place *place, void *target)
{
	const struct config *config = target;
	const char *wrong = schedule_check(&config->schedule);

	if (!wrong)
		wrong = schedule_pace_check(&config->schedule, &config->pace);
	if (!wrong)
		return check_budget(place, &config->pace);
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
static int check_rescue(const struct config_place *place, struct config_allow *a)
{
	struct tacit_rule *r = &a->rule;

	if (r->protocol != IPPROTO_TCP || !r->port || r->prefix != 128 || r->owned || r->existing)
		return complain(place, "[allow rescue] is the one TLS 1.3 destination that is left when tacitd is dead; give "
				       "it protocol = tcp, a port and the address of one host, and nothing else");
	r->rescue = 1;
	return 0;
}

static int complain_at(const struct config_place *place, const char *key, const char *text)
{
	int line = config_key_line(place, key);

	return config_complain(place->error, place->file, line ? line : place->line, "%s", text);
}

/* What the form of a protocol brings along. */
static int check_form(const struct config_place *place, struct config_allow *a)
{
	static const uint16_t ports[] = { [TACIT_FORM_QUIC] = 443, [TACIT_FORM_NTP] = 123, [TACIT_FORM_DNS] = 53,
					  [TACIT_FORM_ECHO] = 0 };
	struct tacit_rule *r = &a->rule;

	r->protocol = CONFIG_PROTOCOL_OF(a);
	r->form = (__u8)CONFIG_FORM_OF(a);
	if (r->form && !r->port)
		r->port = htons(ports[r->form]);
	if (r->form == TACIT_FORM_QUIC && !r->prefix && !a->host[0])
		return complain(place, "quic goes to named destinations only, for what it carries is not seen; add address or "
				       "host");
	a->to_resolvers = r->form == TACIT_FORM_DNS && !r->prefix && !a->host[0];
	return 0;
}

static int check_destination(const struct config_place *place, const struct config_allow *a)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	const struct tacit_rule *r = &a->rule;
	bool is_v4 = r->prefix >= 96 && !memcmp(r->addr, v4, sizeof(v4));
	bool icmp = r->protocol == IPPROTO_ICMP || r->protocol == IPPROTO_ICMPV6;

	if ((icmp || r->form == TACIT_FORM_ECHO) && r->port)
		return complain(place, "icmp, icmpv6 and echo have no ports; remove port");
	if (r->prefix && icmp && is_v4 != (r->protocol == IPPROTO_ICMP))
		return complain(place, "icmp goes with an IPv4 address and icmpv6 with an IPv6 address; change one of them");
	if (a->host[0] && r->prefix)
		return complain_at(place, "host", "host and address are two ways to say one thing; remove one of them");
	return 0;
}

int config_check_allow(const struct config_place *place, void *target)
{
	struct config_allow *a = target;
	struct tacit_rule *r = &a->rule;
	int error = check_form(place, a);

	if (!error)
		error = check_destination(place, a);
	if (error)
		return error;
	if (config_key_line(place, "urgent") && config_key_line(place, "class"))
		return complain_at(place, "urgent", "urgent and class are two ways to say one thing; remove urgent");
	if (a->cgroup[0])
		r->owned |= TACIT_OWNED_CGROUP;
	if (!strcmp(a->name, CONFIG_RESCUE))
		return check_rescue(place, a);
	if (r->existing && r->protocol != IPPROTO_TCP)
		return complain_at(place, "existing", "only TCP has connections that can be older than the guard; remove existing");
	if (r->existing && (r->owned || a->host[0]))
		return complain_at(place, "existing", "of a connection that is older than the guard only address and port are "
						      "known; remove host, uid and cgroup");
	/* It would be the guard's end: all of TCP without TLS, to anybody. */
	if (r->protocol == IPPROTO_TCP && !r->port && !r->prefix && !a->host[0])
		return complain(place, "this rule would let all TCP out unchecked; name an address, a host, a port, or both");
	return 0;
}

/* By name: so many names, and a way for the questions. */
static int check_hosts(const struct config_place *place)
{
	const struct config *c = place->config;
	bool way = false, remote = false;
	size_t hosts = 0;
	int line = 0;

	for (size_t i = 0; i < c->resolver_count; i++) {
		struct sockaddr_in6 to = { .sin6_addr = c->resolvers[i] };

		remote |= !address_is_loopback(&to);
	}
	for (size_t i = 0; i < c->allow_count; i++) {
		const struct config_allow *a = &c->allows[i];
		size_t before = 0;

		if ((a->host[0] || a->to_resolvers) && !c->resolver_count)
			return config_complain(place->error, place->file, a->line, "[allow %s] is about resolvers, and none is "
					       "named; add resolvers = ADDRESS to [device]", a->name);
		way |= a->to_resolvers || (a->rule.protocol == IPPROTO_UDP && a->rule.port == htons(53));
		if (!a->host[0])
			continue;
		while (strcmp(c->allows[before].host, a->host))
			before++;
		hosts += before == i;
		if (hosts > CONFIG_HOSTS_MAX)
			return config_complain(place->error, place->file, a->line, "there are more than %d names in rules; "
					       "give some by address", CONFIG_HOSTS_MAX);
		line = a->line;
	}
	if (hosts && remote && !way)
		return config_complain(place->error, place->file, line, "the guard would refuse the question for this host; add "
				       "[allow dns] with protocol = dns and a reason");
	return 0;
}

static int check_paces(const struct config_place *place)
{
	const struct config *c = place->config;

	for (size_t i = 0; i < c->pace_count; i++) {
		const struct config_pace *one = &c->paces[i];
		const char *wrong = NULL;
		size_t k;

		for (k = 0; k < c->uplinks.count && strcmp(c->uplinks.name[k], one->name); k++)
			;
		if (k == c->uplinks.count)
			wrong = "is no uplink that [device] names; add it there or remove this section";
		else if (!c->schedule.period)
			wrong = "says what becomes of slots, and there are none; add a [schedule] with period, jitter and open";
		else
			wrong = schedule_pace_check(&c->schedule, &one->pace);
		if (wrong)
			return config_complain(place->error, place->file, one->line, "[uplink %s]: %s", one->name, wrong);
	}
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
	return check_paces(place) ? -EINVAL : check_hosts(place);
}
