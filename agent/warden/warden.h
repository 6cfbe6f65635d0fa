/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The warden: all that the privileged process holds, and the order in which it
 * comes up. Each part that can be missing for a while (uplink, module, engine)
 * is retried; whatever is missing, the guard holds.
 */
#ifndef WARDEN_H
#define WARDEN_H

#include <event2/event.h>
#include <stdbool.h>
#include <time.h>

#include "barrier.h"
#include "channels.h"
#include "config.h"
#include "control.h"
#include "engine_process.h"
#include "guard.h"
#include "journal.h"
#include "names_watch.h"
#include "renewal.h"
#include "uplink.h"

#include "../keys/module.h"
#include "../keys/module_events.h"

/* Sweeping of flows, and trying again what is missing. */
#define WARDEN_TICK_S 5

/* Exit status: another tacitd runs. */
#define WARDEN_SECOND 3

struct warden;

/* One uplink. */
struct warden_link {
	struct warden *warden;
	struct uplink *uplink;
	struct uplink_status is;
	enum uplink_state said; /* of the states, what the journal was told last */
	unsigned int guarded; /* ifindex that the guard was put on, or 0 */
	unsigned short type; /* that the link was of then */
	int witness; /* packet socket on it, with slots on; -1: none */
	char error[PROBLEM_MAX]; /* why nothing leaves by it; "": it is open */
	struct event *event;
};

struct warden {
	const char *config_file;
	const char *engine_path;
	struct config config;
	time_t started; /* seconds of CLOCK_MONOTONIC: the other clock may be set */

	struct event_base *base;
	struct journal *journal;
	struct control *control;

	struct guard *guard;
	struct warden_link links[CONFIG_UPLINKS_MAX]; /* as the configuration names them */
	unsigned int barrier[CONFIG_UPLINKS_MAX]; /* what the barrier lets pass: ifindices */
	int barrier_news; /* a socket that hears when somebody changes nftables, or negative */
	struct barrier raised;
	char barrier_error[PROBLEM_MAX];

	struct module *module;
	struct module_events *module_events;
	bool root_key; /* the module has one: keys can be used */
	unsigned int root_pause; /* ticks until the TPM, which refused, is asked again */
	bool keys_up; /* and every sealed key of the directory is loaded */
	char keys_error[KEY_ERROR_MAX];

	struct names_watch *names; /* NULL while no rule names a host */
	char resolver_path[CONFIG_PATH_MAX]; /* beside the engine */
	bool existing_entered; /* connections that are older than the guard */
	bool let_out; /* `tacit guard open` was in force when last looked */
	bool held; /* and `tacit guard close --all` */

	struct engine_process *engine;
	bool engine_ready;
	struct renewal renewal;
	struct channels channels;

	struct event *guard_event;
	struct event *barrier_event;
	struct event *module_event;
	struct event *tick;
	struct event *signals[3];
};

/*
 * warden_run - come up, serve until SIGTERM or SIGINT, go down
 *
 * Going down stops the engine and leaves guard, slots and keys in force.
 * Return: the exit status: 0 after a signal, 1 when something that cannot be
 * retried is in the way (the log says what), 3 when it is another tacitd.
 */
int warden_run(struct warden *w);

/* guard_watch.c: put the guard on the uplinks as far as can be, and say so; called at start and each tick. */
void guard_watch_apply(struct warden *w);
/* Renew the lease while the policy in force is this warden's. */
void guard_watch_attend(struct warden *w);
/* The barrier, as it should be: at start, on each change, each tick. */
void guard_watch_barrier(struct warden *w);
/* No guard can be had: the barrier alone then, on links that are there as well. */
void guard_watch_without(struct warden *w);
/* Does the guard stand open on one of the uplinks? Then TLS 1.3 can leave. */
bool guard_watch_open(const struct warden *w);
/* The same, and nothing is wrong with any that is there. */
bool guard_watch_well(const struct warden *w);
/* "on", "closed", "closed by hand" or "not on the uplink". */
const char *guard_watch_mode(const struct warden *w);
/* guard_told.c, for guard_dispatch: an event of the programs becomes a journal entry of the warden `arg`. */
void guard_told(const struct tacit_bpf_event *event, void *arg);
/* Hook guard and uplinks into the event loop. Return: 0 or -ENOMEM. */
int guard_watch_start(struct warden *w);

/* let_out.c, for `tacit guard close --all`: is it in force? For the control socket, false for its end: the answer. */
bool guard_held(const struct warden *w);
struct json_object *guard_hold_asked(bool hold, void *warden);

/* For `tacit guard open`: say once that it is over, each tick; how long it still is, s. */
void let_out_tick(struct warden *w);
uint64_t let_out_left_s(const struct warden *w);
/* For the control socket, 0 seconds for close: the answer. */
struct json_object *let_out_asked(uint64_t seconds, void *warden);

/* key_watch.c: load the keys as far as can be; called at start and each tick until all is well. */
void key_watch_apply(struct warden *w);
void key_watch_stop(struct warden *w);

/* Seconds of CLOCK_MONOTONIC. */
time_t warden_now(void);

/* status.c: the answer to `tacit status`; NULL without memory. */
struct json_object *status_json(void *warden);

#endif
