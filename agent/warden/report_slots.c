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

/* The uplinks on which it is a slot of class other, too. */
static struct json_object *others_json(const struct config *config, uint64_t k)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < config->uplinks.count; i++)
		if (k % config_pace(config, config->uplinks.name[i])->other == 0)
			json_object_array_add(list, json_object_new_string(config->uplinks.name[i]));
	return list;
}

static struct json_object *slot_json(const struct config *config, uint64_t k, uint64_t start, uint64_t open, uint64_t now)
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
	json_object_object_add(o, "other_on", others_json(config, k));
	return o;
}

static struct json_object *slots_json(const struct config *config, const struct tacit_schedule *s)
{
	struct json_object *list = json_object_new_array();
	uint64_t now = guard_now(), k = now / s->period;

	for (; json_object_array_length(list) < REPORT_SLOTS; k++) {
		uint64_t start = schedule_slot_start(s, k);

		if (start + s->open > now)
			json_object_array_add(list, slot_json(config, k, start, s->open, now));
	}
	return list;
}

/* What the slot that is filled now has; what was stamped for earlier ones is of the past. */
static struct json_object *class_json(const struct warden_link *l, const struct tacit_schedule *s,
				      const struct tacit_pace *pace, enum tacit_class class)
{
	struct json_object *o = json_object_new_object();
	uint64_t number, filled, bytes;

	report_text(o, "class", guard_class_name(class));
	report_number(o, "every", class == TACIT_CLASS_OTHER ? pace->other : 1);
	report_number(o, "dense", class == TACIT_CLASS_URGENT ? pace->urgent : 1);
	if (!s->period || (class == TACIT_CLASS_URGENT && !pace->urgent))
		return o;
	schedule_class_departure(s, pace, class, guard_now(), &number);
	report_number(o, "slot", number);
	if (!pace->budget || guard_spent(l->warden->guard, l->guarded, class, &filled, &bytes))
		return o;
	report_number(o, "full_slots", filled > number ? filled - number : 0);
	report_number(o, "used", filled < number ? 0 : bytes);
	return o;
}

static void add_classes(struct json_object *o, const struct warden_link *l, const struct tacit_schedule *s,
			const struct tacit_pace *pace)
{
	static const enum tacit_class classes[] = { TACIT_CLASS_CHANNEL, TACIT_CLASS_OTHER, TACIT_CLASS_URGENT };
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		json_object_array_add(list, class_json(l, s, pace, classes[i]));
	report_number(o, "budget", pace->budget);
	json_object_object_add(o, "classes", list);
}

/* Absent where nothing watches. */
static void add_departures(struct json_object *o, const struct warden_link *l)
{
	struct tacit_left left;

	if (l->witness < 0 || guard_left(l->warden->guard, l->guarded, &left))
		return;
	report_number(o, "left_packets", left.packets);
	report_number(o, "left_bytes", left.bytes);
	report_number(o, "late", left.late);
	report_number(o, "latest_ns", left.latest);
}

/* Each has an fq of its own. */
static struct json_object *links_json(struct warden *w, const struct tacit_schedule *s)
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
		add_classes(o, l, s, config_pace(&w->config, w->config.uplinks.name[i]));
		add_departures(o, l);
		json_object_array_add(list, o);
	}
	return list;
}

struct json_object *report_slots(void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object();
	uint64_t counters[TACIT_COUNT_LIMIT] = { 0 };
	struct tacit_schedule schedule = { 0 };
	bool known;

	if (!o)
		return NULL;
	guard_counters(w->guard, counters);
	known = !guard_schedule(w->guard, &schedule);
	json_object_object_add(o, "uplinks", links_json(w, &schedule));
	report_flag(o, "on", w->config.schedule.period != 0);
	report_number(o, "period_ns", w->config.schedule.period);
	report_number(o, "jitter_ns", w->config.schedule.jitter);
	report_number(o, "open_ns", w->config.schedule.open);
	report_number(o, "held", counters[TACIT_COUNT_HELD]);
	report_number(o, "handshake", counters[TACIT_COUNT_HANDSHAKE]);
	report_number(o, "passed", counters[TACIT_COUNT_PASSED]);
	report_number(o, "overflow", counters[TACIT_COUNT_OVERFLOW]);
	if (known && schedule.period)
		json_object_object_add(o, "slots", slots_json(&w->config, &schedule));
	OPENSSL_cleanse(&schedule, sizeof(schedule));
	return o;
}
