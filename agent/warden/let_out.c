// SPDX-License-Identifier: GPL-2.0
/*
 * `tacit guard open` and `close --all`: for a time everything leaves, or until it is ended nothing does. Both
 * are the kernel's to hold; here they are asked for, and told.
 */
#include <errno.h>

#include <openssl/crypto.h>

#include "log.h"
#include "schedule.h"
#include "warden.h"

#define LET_OUT_MAX_S (24 * 3600)

uint64_t let_out_left_s(const struct warden *w)
{
	struct tacit_policy policy;
	uint64_t left = guard_policy(w->guard, &policy) ? 0 : guard_let_out_left(&policy);

	OPENSSL_cleanse(&policy, sizeof(policy));
	return (left + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

bool guard_held(const struct warden *w)
{
	struct tacit_policy policy;
	bool held = !guard_policy(w->guard, &policy) && policy.mode == TACIT_GUARD_HELD;

	OPENSSL_cleanse(&policy, sizeof(policy));
	return held;
}

/* The operator is told of its end, whoever asked for it; and at the start that it is closed by hand. */
void let_out_tick(struct warden *w)
{
	bool open = let_out_left_s(w), held = guard_held(w);

	if (held && !w->held)
		journal_add(w->journal, LOG_WARNING, "guard", "held", NULL,
			    "CLOSED by `tacit guard close --all`: nothing leaves but [allow rescue], until `tacit guard close --end`");
	w->held = held;

	if (w->let_out && !open)
		journal_add(w->journal, LOG_NOTICE, "guard", "shut", NULL,
			    "the guard refuses again what it let out by `tacit guard open`");
	w->let_out = open;
}

struct json_object *let_out_asked(uint64_t seconds, void *warden)
{
	struct warden *w = warden;
	struct json_object *o = json_object_new_object();
	struct problem p = { "" };

	if (!o)
		return NULL;
	if (seconds > LET_OUT_MAX_S)
		problem_set(&p, -EINVAL, "the guard opens for 24h at most");
	else if (seconds && guard_held(w))
		problem_set(&p, -EBUSY, "the guard is closed by hand; end that first: tacit guard close --end");
	else if (guard_let_out(w->guard, seconds * NSEC_PER_SEC, &p))
		log_error("%s", p.text);
	if (p.text[0]) {
		json_object_object_add(o, "error", json_object_new_string(p.text));
		return o;
	}
	if (seconds)
		journal_add(w->journal, LOG_WARNING, "guard", "open", NULL,
			    "OPEN by `tacit guard open`: for %llu s everything leaves, plain text too",
			    (unsigned long long)seconds);
	let_out_tick(w);
	json_object_object_add(o, "open_s", json_object_new_int64((int64_t)seconds));
	return o;
}

struct json_object *guard_hold_asked(bool hold, void *warden)
{
	struct json_object *o = json_object_new_object();
	struct problem p = { "" };
	struct warden *w = warden;
	bool held = guard_held(w);

	if (!o)
		return NULL;
	if (held == hold) {
		json_object_object_add(o, "closed_by_hand", json_object_new_boolean(hold));
		return o;
	}
	if (guard_hold(w->guard, hold, &p)) {
		log_error("%s", p.text);
		json_object_object_add(o, "error", json_object_new_string(p.text));
		return o;
	}
	let_out_tick(w);
	if (!hold) {
		journal_add(w->journal, LOG_NOTICE, "guard", "released", NULL,
			    "the guard is no longer closed by hand: what the configuration allows leaves again");
		guard_watch_apply(w);
	}
	json_object_object_add(o, "closed_by_hand", json_object_new_boolean(hold));
	return o;
}
