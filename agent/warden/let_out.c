// SPDX-License-Identifier: GPL-2.0
/* `tacit guard open`: for a time everything leaves. The kernel ends it; here it is asked for, and told. */
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

/* The operator is told of its end, whoever asked for it. */
void let_out_tick(struct warden *w)
{
	bool open = let_out_left_s(w);

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
