// SPDX-License-Identifier: GPL-2.0
/* When the uplink opens next, and what waits for it. */
#include "report.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <time.h>

#include "schedule.h"
#include "warden.h"

/* RFC 3339 in UTC, to the millisecond. */
static void wall_clock(int64_t ns, char *text, size_t room)
{
	time_t s = (time_t)(ns / (int64_t)NSEC_PER_SEC);
	char to_seconds[32];
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(to_seconds, sizeof(to_seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, room, "%s.%03dZ", to_seconds, (int)(ns % (int64_t)NSEC_PER_SEC / (int64_t)NSEC_PER_MSEC));
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * (int64_t)NSEC_PER_SEC + t.tv_nsec;
}

static struct json_object *slot_json(uint64_t k, uint64_t start, uint64_t open, uint64_t now)
{
	struct json_object *o = json_object_new_object();
	int64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	char text[64];

	wall_clock((int64_t)start + offset, text, sizeof(text));
	report_number(o, "slot", k);
	report_text(o, "opens", text);
	/* Negative: it is open. */
	json_object_object_add(o, "in_ns", json_object_new_int64((int64_t)(start - now)));
	report_number(o, "open_ns", open);
	return o;
}

static struct json_object *slots_json(const struct tacit_schedule *s)
{
	struct json_object *list = json_object_new_array();
	uint64_t now = guard_now(), k = now / s->period;

	for (; json_object_array_length(list) < REPORT_SLOTS; k++) {
		uint64_t start = schedule_slot_start(s, k);

		if (start + s->open > now)
			json_object_array_add(list, slot_json(k, start, s->open, now));
	}
	return list;
}

/* Each has an fq of its own. */
static struct json_object *links_json(struct warden *w)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < w->config.uplinks.count; i++) {
		struct json_object *o = json_object_new_object();
		struct warden_link *l = &w->links[i];

		uplink_status(l->uplink, &l->is);
		report_text(o, "name", w->config.uplinks.name[i]);
		report_text(o, "state", uplink_state_name(l->is.state));
		if (l->is.text[0])
			report_text(o, "error", l->is.text);
		report_number(o, "waiting", l->is.held);
		report_number(o, "drops", l->is.drops);
		report_number(o, "late_ns", l->is.late_ns);
		json_object_array_add(list, o);
	}
	return list;
}

struct json_object *report_slots(void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object();
	uint64_t counters[TACIT_COUNT_LIMIT] = { 0 };
	struct tacit_schedule schedule;

	if (!o)
		return NULL;
	guard_counters(w->guard, counters);
	json_object_object_add(o, "uplinks", links_json(w));
	report_flag(o, "on", w->config.schedule.period != 0);
	report_number(o, "period_ns", w->config.schedule.period);
	report_number(o, "jitter_ns", w->config.schedule.jitter);
	report_number(o, "open_ns", w->config.schedule.open);
	report_number(o, "held", counters[TACIT_COUNT_HELD]);
	report_number(o, "handshake", counters[TACIT_COUNT_HANDSHAKE]);
	report_number(o, "passed", counters[TACIT_COUNT_PASSED]);
	if (!guard_schedule(w->guard, &schedule)) {
		if (schedule.period)
			json_object_object_add(o, "slots", slots_json(&schedule));
		OPENSSL_cleanse(&schedule, sizeof(schedule));
	}
	return o;
}
