// SPDX-License-Identifier: GPL-2.0
/* What the guard lets out, by which rule and how often; whom it refused and whom it limits. */
#include "report.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "schedule.h"
#include "warden.h"

void report_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

void report_number(struct json_object *o, const char *name, uint64_t value)
{
	json_object_object_add(o, name, json_object_new_int64((int64_t)value));
}

void report_flag(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

/* "any", "192.0.2.0/24", "2001:db8::1" */
static void rule_address(const struct tacit_rule *rule, char *text, size_t room)
{
	char host[GUARD_ADDRESS_MAX];
	unsigned int whole = 128, prefix = rule->prefix;

	if (!prefix) {
		snprintf(text, room, "any");
		return;
	}
	guard_host(rule->addr, host);
	if (!strchr(host, ':')) {
		whole -= 96;
		prefix -= 96;
	}
	if (prefix == whole)
		snprintf(text, room, "%s", host);
	else
		snprintf(text, room, "%s/%u", host, prefix);
}

static struct json_object *rule_json(const struct warden *w, size_t i)
{
	const struct config_allow *allow = &w->config.allows[i];
	struct json_object *o = json_object_new_object();
	char address[GUARD_ADDRESS_MAX + 8];
	uint64_t hits = 0;

	rule_address(&allow->rule, address, sizeof(address));
	guard_rule_hits(w->guard, i, &hits);
	report_text(o, "name", allow->name);
	report_text(o, "protocol", allow->rule.form ? guard_form_name(allow->rule.form) :
						      guard_protocol_name(allow->rule.protocol));
	report_text(o, "address", allow->host[0] ? allow->host : allow->to_resolvers ? "the resolvers" : address);
	if (allow->host[0]) {
		report_text(o, "host", allow->host);
		names_watch_json(w->names, allow->host, o);
	}
	if (allow->rule.owned & TACIT_OWNED_UID)
		report_number(o, "uid", allow->rule.uid);
	if (allow->cgroup[0])
		report_text(o, "cgroup", allow->cgroup);
	report_flag(o, "existing", allow->rule.existing);
	report_number(o, "port", ntohs(allow->rule.port));
	report_text(o, "class", guard_class_name(allow->rule.class));
	report_flag(o, "urgent", allow->rule.class == TACIT_CLASS_URGENT);
	/* By TLS 1.3 only, and counted only while nothing else passes. */
	report_flag(o, "rescue", allow->rule.rescue);
	report_number(o, "hits", hits);
	report_text(o, "reason", allow->reason);
	return o;
}

static struct json_object *rules_json(const struct warden *w)
{
	struct json_object *rules = json_object_new_array();

	for (size_t i = 0; i < w->config.allow_count; i++)
		json_object_array_add(rules, rule_json(w, i));
	return rules;
}

static struct json_object *limits_json(const struct warden *w)
{
	struct json_object *limits = json_object_new_array();

	for (size_t i = 0; i < w->config.channel_count; i++) {
		const struct config_channel *c = &w->config.channels[i];
		struct json_object *o;

		if (c->mode != CONFIG_MODE_ACCEPT)
			continue;
		o = json_object_new_object();
		report_text(o, "channel", c->name);
		report_number(o, "port", ntohs(c->listen.sin6_port));
		report_number(o, "a_minute", c->limit_rate);
		report_number(o, "burst", c->limit_burst);
		json_object_array_add(limits, o);
	}
	return limits;
}

static bool add_limited(const struct tacit_source_key *key, const struct tacit_source *source, void *context)
{
	struct json_object *list = context, *o = json_object_new_object();
	char client[GUARD_ADDRESS_MAX];

	guard_host(key->addr, client);
	/* IPv6 is counted by the network. */
	if (strchr(client, ':'))
		snprintf(client + strlen(client), sizeof(client) - strlen(client), "/64");
	report_text(o, "client", client);
	report_number(o, "port", ntohs(key->port));
	report_number(o, "dropped", source->count);
	json_object_array_add(list, o);
	return json_object_array_length(list) < REPORT_LIMITED;
}

static struct json_object *limited_json(const struct warden *w)
{
	struct json_object *list = json_object_new_array();

	guard_limited(w->guard, add_limited, list);
	return list;
}

static struct json_object *reasons_json(const uint64_t counters[TACIT_COUNT_LIMIT])
{
	struct json_object *reasons = json_object_new_object();

	for (uint32_t r = 1; r < TACIT_REASON_LIMIT; r++)
		if (counters[TACIT_COUNT_REASON_FIRST + r])
			report_number(reasons, guard_reason_name(r), counters[TACIT_COUNT_REASON_FIRST + r]);
	return reasons;
}

/* Of the uplinks that are shut: why. */
static struct json_object *errors_json(const struct warden *w)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < w->config.uplinks.count; i++) {
		struct json_object *o;

		if (!w->links[i].error[0])
			continue;
		o = json_object_new_object();
		report_text(o, "uplink", w->config.uplinks.name[i]);
		report_text(o, "error", w->links[i].error);
		json_object_array_add(list, o);
	}
	return list;
}

struct json_object *report_guard(void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object();
	uint64_t counters[TACIT_COUNT_LIMIT] = { 0 };
	char uplinks[CONFIG_UPLINKS_TEXT];

	if (!o)
		return NULL;
	guard_counters(w->guard, counters);
	report_text(o, "uplink", config_uplinks_text(&w->config.uplinks, uplinks));
	report_text(o, "mode", guard_watch_mode(w));
	json_object_object_add(o, "errors", errors_json(w));
	report_number(o, "open_s", let_out_left_s(w));
	report_flag(o, "closed_by_hand", guard_held(w));
	report_text(o, "refuse", w->config.refuse == TACIT_REFUSE_RESET ? "reset" : "drop");
	report_number(o, "unattended_s", w->config.unattended / NSEC_PER_SEC);
	json_object_object_add(o, "rules", rules_json(w));
	json_object_object_add(o, "limits", limits_json(w));
	report_number(o, "passed", counters[TACIT_COUNT_PASSED]);
	report_number(o, "held", counters[TACIT_COUNT_HELD]);
	report_number(o, "handshake", counters[TACIT_COUNT_HANDSHAKE]);
	report_number(o, "verified_flows", counters[TACIT_COUNT_VERIFIED]);
	report_number(o, "opened", counters[TACIT_COUNT_OPENED]);
	report_number(o, "refused", counters[TACIT_COUNT_REFUSED]);
	report_number(o, "events_lost", counters[TACIT_COUNT_EVENTS_LOST]);
	json_object_object_add(o, "reasons", reasons_json(counters));
	report_number(o, "limited", counters[TACIT_COUNT_LIMITED]);
	json_object_object_add(o, "limited_now", limited_json(w));
	json_object_object_add(o, "refusals", journal_last(w->journal, "guard", "refused", REPORT_REFUSALS));
	return o;
}
