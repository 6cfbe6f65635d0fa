// SPDX-License-Identifier: GPL-2.0
/* The table of flows, the latest first, each with the process that opened it. */
#include "report.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "warden.h"

struct shown {
	struct tacit_flow_key key;
	struct tacit_flow flow;
};

struct gathered {
	struct shown *flows;
	size_t count;
	uint64_t states[TACIT_FLOW_LIMIT];
	struct tacit_policy policy;
};

static bool gather(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context)
{
	struct gathered *g = context;

	if (flow->state < TACIT_FLOW_LIMIT)
		g->states[flow->state]++;
	g->flows[g->count].key = *key;
	g->flows[g->count].flow = *flow;
	return ++g->count < TACIT_FLOWS_MAX;
}

static int by_time(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	return (x->flow.last < y->flow.last) - (x->flow.last > y->flow.last);
}

static const struct tacit_pace *pace_of(const struct tacit_policy *policy, uint32_t ifindex)
{
	static const struct tacit_pace plain = { .other = 1 };

	for (size_t i = 0; i < TACIT_LINKS_MAX; i++)
		if (policy->link[i].ifindex == ifindex)
			return &policy->link[i].pace;
	return &plain;
}

/* When its packets leave. */
static const char *leaves(const struct tacit_policy *policy, const struct shown *s)
{
	if (!policy->schedule.period || (s->flow.class == TACIT_CLASS_URGENT && !pace_of(policy, s->key.ifindex)->urgent))
		return "at once";
	return "in slots";
}

static void add_process(struct json_object *o, const struct tacit_owner *owner)
{
	char comm[TACIT_COMM_BYTES + 1] = "", printable[MESSAGE_TEXT_MAX];

	report_number(o, "uid", owner->uid);
	if (!owner->pid)
		return;
	memcpy(comm, owner->comm, TACIT_COMM_BYTES);
	snprintf(printable, sizeof(printable), "%s", comm);
	message_text(printable);
	report_text(o, "process", printable);
	report_number(o, "pid", owner->pid);
}

static void add_printable(struct json_object *o, const char *name, const char *from, size_t bytes)
{
	char printable[MESSAGE_TEXT_MAX];

	if (!from[0])
		return;
	snprintf(printable, sizeof(printable), "%.*s", (int)bytes, from);
	message_text(printable);
	report_text(o, name, printable);
}

void report_hello(struct json_object *o, const struct tacit_hello *hello)
{
	add_printable(o, "sni", hello->sni, sizeof(hello->sni));
	add_printable(o, "alpn", hello->alpn, sizeof(hello->alpn));
}

static double seconds(uint64_t now, uint64_t then)
{
	return now > then ? (double)((now - then) / 1000000) / 1000 : 0;
}

static struct json_object *flow_json(const struct warden *w, const struct tacit_policy *policy, const struct shown *s,
				     uint64_t now)
{
	struct json_object *o = json_object_new_object();
	char address[GUARD_ADDRESS_MAX];
	struct tacit_hello hello;

	guard_address(s->key.local, s->key.local_port, address);
	report_text(o, "local", address);
	guard_address(s->key.remote, s->key.remote_port, address);
	report_text(o, "remote", address);
	report_text(o, "state", guard_state_name(s->flow.state));
	if (s->flow.state == TACIT_FLOW_DENIED)
		report_text(o, "reason", guard_reason_name(s->flow.reason));
	report_text(o, "opened_by", s->flow.passive ? "the other end" : "the device");
	report_flag(o, "ended", s->flow.closed != 0);
	report_number(o, "bytes", s->flow.bytes);
	report_text(o, "class", guard_class_name(s->flow.class));
	report_text(o, "leaves", leaves(policy, s));
	json_object_object_add(o, "age_s", json_object_new_double(seconds(now, s->flow.opened)));
	json_object_object_add(o, "idle_s", json_object_new_double(seconds(now, s->flow.last)));
	if (s->flow.known)
		add_process(o, &s->flow.owner);
	if (!s->flow.passive && !guard_hello(w->guard, &s->key, &hello))
		report_hello(o, &hello);
	return o;
}

struct json_object *report_flows(void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object(), *states = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct gathered g = { .flows = calloc(TACIT_FLOWS_MAX, sizeof(*g.flows)) };
	uint64_t now = guard_now();

	if (!o || !states || !list || !g.flows) {
		json_object_put(o);
		json_object_put(states);
		json_object_put(list);
		free(g.flows);
		return NULL;
	}
	guard_policy(w->guard, &g.policy);
	guard_flows(w->guard, gather, &g);
	qsort(g.flows, g.count, sizeof(*g.flows), by_time);
	for (size_t i = 0; i < g.count && i < REPORT_FLOWS_MAX; i++)
		json_object_array_add(list, flow_json(w, &g.policy, &g.flows[i], now));
	for (uint32_t s = TACIT_FLOW_SYN; s < TACIT_FLOW_LIMIT; s++)
		report_number(states, guard_state_name(s), g.states[s]);
	report_number(o, "count", g.count);
	report_number(o, "room", TACIT_FLOWS_MAX);
	json_object_object_add(o, "states", states);
	json_object_object_add(o, "flows", list);
	OPENSSL_cleanse(&g.policy, sizeof(g.policy));
	free(g.flows);
	return o;
}
