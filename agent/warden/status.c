// SPDX-License-Identifier: GPL-2.0
/* The truth in one object: what `tacit status` shows and `tacit status -j` prints. */
#include <string.h>
#include <unistd.h>

#include "warden.h"

#define TAIL 8

static void text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void number(struct json_object *o, const char *name, uint64_t value)
{
	json_object_object_add(o, name, json_object_new_int64((int64_t)value));
}

static void flag(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

static struct json_object *uplink_json(struct warden *w, size_t i)
{
	struct json_object *o = json_object_new_object();
	struct warden_link *l = &w->links[i];

	uplink_status(l->uplink, &l->is);
	text(o, "name", w->config.uplinks.name[i]);
	text(o, "state", uplink_state_name(l->is.state));
	text(o, "guard", !l->guarded ? "not on it" : l->error[0] ? "closed" :
			 guard_held(w) ? guard_mode_name(TACIT_GUARD_HELD) : "on");
	flag(o, "fq", l->is.fq);
	flag(o, "tcp_timestamps", l->is.timestamps);
	number(o, "held", l->is.held);
	number(o, "drops", l->is.drops);
	/* The guard's word for it is the fuller one, where it has tried. */
	if (l->error[0] || l->is.text[0])
		text(o, "error", l->error[0] ? l->error : l->is.text);
	return o;
}

static struct json_object *uplinks_json(struct warden *w)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < w->config.uplinks.count; i++)
		json_object_array_add(list, uplink_json(w, i));
	return list;
}

static struct json_object *guard_json(struct warden *w)
{
	struct json_object *o = json_object_new_object();
	struct json_object *reasons = json_object_new_object();
	uint64_t counters[TACIT_COUNT_LIMIT] = { 0 };
	int limited = 0;

	text(o, "mode", guard_watch_mode(w));
	number(o, "open_s", let_out_left_s(w));
	flag(o, "closed_by_hand", guard_held(w));
	guard_counters(w->guard, counters);
	if (counters[TACIT_COUNT_LIMITED])
		limited = guard_limited(w->guard, NULL, NULL);
	number(o, "passed", counters[TACIT_COUNT_PASSED]);
	number(o, "held", counters[TACIT_COUNT_HELD]);
	number(o, "handshake", counters[TACIT_COUNT_HANDSHAKE]);
	number(o, "verified_flows", counters[TACIT_COUNT_VERIFIED]);
	number(o, "opened", counters[TACIT_COUNT_OPENED]);
	number(o, "refused", counters[TACIT_COUNT_REFUSED]);
	number(o, "limited", counters[TACIT_COUNT_LIMITED]);
	number(o, "limited_sources", limited > 0 ? (uint64_t)limited : 0);
	number(o, "events_lost", counters[TACIT_COUNT_EVENTS_LOST]);
	for (uint32_t r = 1; r < TACIT_REASON_LIMIT; r++)
		if (counters[TACIT_COUNT_REASON_FIRST + r])
			number(reasons, guard_reason_name(r), counters[TACIT_COUNT_REASON_FIRST + r]);
	json_object_object_add(o, "reasons", reasons);
	return o;
}

/* Whether a link that comes, or comes back, waits for the guard. */
static struct json_object *barrier_json(const struct warden *w)
{
	struct json_object *o = json_object_new_object();

	text(o, "state", !barrier_is_up(&w->raised) ? "none" : w->barrier_error[0] ? "weak" : "up");
	if (w->barrier_error[0])
		text(o, "error", w->barrier_error);
	return o;
}

static struct json_object *schedule_json(const struct config *config)
{
	struct json_object *o = json_object_new_object();

	number(o, "period_ns", config->schedule.period);
	number(o, "jitter_ns", config->schedule.jitter);
	number(o, "open_ns", config->schedule.open);
	return o;
}

static struct json_object *keys_json(struct warden *w, bool *there)
{
	struct json_object *o = json_object_new_object();
	struct module_status status = { 0 };
	struct key_error error = { "" };

	*there = w->module && !module_status(w->module, &status, &error) && status.root_origin != TACIT_ROOT_NONE;
	if (!status.version[0]) {
		text(o, "error", w->keys_error[0] ? w->keys_error : error.text);
		return o;
	}
	text(o, "module", status.version);
	text(o, "root_key", module_root_origin_name(status.root_origin));
	/* A root key that has been in user space makes every key under it worth less. */
	flag(o, "exposed", status.root_origin == TACIT_ROOT_FILE);
	if (status.root_origin == TACIT_ROOT_TPM) {
		char pcrs[PCRS_TEXT_MAX];

		pcrs_text(status.root_pcrs, pcrs);
		text(o, "root_pcrs", pcrs);
	}
	number(o, "loaded", status.keys);
	number(o, "signatures", status.signatures);
	number(o, "refusals", status.refusals);
	if (w->keys_error[0])
		text(o, "error", w->keys_error);
	return o;
}

static const char *engine_state(const struct warden *w)
{
	if (!w->config.channel_count)
		return "not needed";
	if (!w->engine)
		return "waits for guard and keys";
	if (!engine_process_pid(w->engine))
		return "ended, is started again";
	return w->engine_ready ? "ready" : "starting";
}

static struct json_object *engine_json(const struct warden *w)
{
	struct json_object *o = json_object_new_object();

	text(o, "state", engine_state(w));
	number(o, "pid", w->engine ? (uint64_t)engine_process_pid(w->engine) : 0);
	number(o, "restarts", w->engine ? engine_process_restarts(w->engine) : 0);
	return o;
}

/* Is every promise kept right now that this kernel can keep? */
static bool healthy(const struct warden *w, bool keys)
{
	if (w->raised.error && !barrier_cannot(w->raised.error))
		return false;
	if (!keys || w->keys_error[0] || !guard_watch_well(w) || let_out_left_s(w) || guard_held(w))
		return false;
	if (!w->config.channel_count)
		return true;
	for (size_t i = 0; i < w->config.channel_count; i++)
		if (w->channels.last[i].state != CHANNEL_UP)
			return false;
	return w->engine_ready;
}

struct json_object *status_json(void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object();
	bool keys;

	if (!o)
		return NULL;
	text(o, "version", TACIT_VERSION);
	number(o, "pid", (uint64_t)getpid());
	number(o, "uptime_s", (uint64_t)(warden_now() - w->started));
	text(o, "configuration", w->config_file);
	json_object_object_add(o, "uplinks", uplinks_json(w));
	json_object_object_add(o, "guard", guard_json(w));
	json_object_object_add(o, "barrier", barrier_json(w));
	json_object_object_add(o, "schedule", schedule_json(&w->config));
	json_object_object_add(o, "keys", keys_json(w, &keys));
	json_object_object_add(o, "engine", engine_json(w));
	json_object_object_add(o, "channels", channels_json(&w->channels));
	json_object_object_add(o, "events", journal_tail(w->journal, TAIL));
	flag(o, "healthy", healthy(w, keys));
	return o;
}
