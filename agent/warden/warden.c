// SPDX-License-Identifier: GPL-2.0
#include "warden.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"
#include "report.h"
#include "schedule.h"

time_t warden_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int engine_schedule(struct tacit_schedule *schedule, void *arg)
{
	struct warden *w = arg;

	return guard_schedule(w->guard, schedule);
}

static void on_engine_message(struct message *m, void *arg)
{
	struct warden *w = arg;

	if (m->kind == MESSAGE_READY) {
		if (w->engine_ready)
			return;
		w->engine_ready = true;
		journal_add(w->journal, LOG_INFO, "engine", "ready", NULL, "engine %d is sandboxed and listens",
			    engine_process_pid(w->engine));
	} else if (m->kind == MESSAGE_RENEWED) {
		renewal_message(w, m);
	} else {
		channels_message(&w->channels, m);
	}
}

static void on_engine_changed(pid_t pid, const char *why, void *arg)
{
	struct warden *w = arg;

	if (pid)
		return;
	w->engine_ready = false;
	channels_down(&w->channels);
	renewal_abandon(w);
	journal_add(w->journal, LOG_ERR, "engine", "ended", NULL,
		    "the engine ended (%s); guard and slots hold, it is started again", why);
}

/* Without a schedule, a guard or keys a handshake could not leave or be signed: the engine waits for all three. */
static void start_engine(struct warden *w)
{
	const struct engine_callbacks callbacks = { engine_schedule, on_engine_message, on_engine_changed, w };
	int error;

	if (w->engine || !w->root_key || !guard_watch_open(w) || !w->config.channel_count)
		return;
	error = engine_process_start(&w->engine, w->base, w->engine_path, w->config_file, w->config.channel_count,
				     &callbacks);
	if (error)
		journal_add(w->journal, LOG_ERR, "engine", "missing", NULL,
			    "cannot start %s: %s; reinstall tacit or name the right --engine", w->engine_path,
			    strerror(-error));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;
	struct problem p = { "" };

	(void)fd;
	(void)what;
	guard_sweep(w->guard);
	let_out_tick(w);
	if (guard_policy_cgroups(w->guard, &w->config, &p))
		log_error("%s", p.text);
	names_watch_tick(w->names, w->guard);
	guard_watch_attend(w);
	guard_watch_barrier(w);
	if (!guard_watch_well(w))
		guard_watch_apply(w);
	if (!w->keys_up)
		key_watch_apply(w);
	start_engine(w);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct warden *w = arg;

	(void)what;
	log_notice("signal %d: closing the channels; guard, slots and keys stay in force, after %llu s without tacitd "
		   "nothing passes but [allow rescue]",
		   (int)signal, (unsigned long long)(w->config.unattended / NSEC_PER_SEC));
	event_base_loopexit(w->base, NULL);
}

/* Certificates, from the files that the configuration names; the configuration itself is not read again. */
static void on_hangup(evutil_socket_t signal, short what, void *arg)
{
	struct json_object *answer;

	(void)signal;
	(void)what;
	answer = renewal_start(arg, NULL, false, 0);
	json_object_put(answer);
}

static void on_entry(struct json_object *entry, void *arg)
{
	struct warden *w = arg;

	if (w->control)
		control_publish(w->control, entry);
}

static int start_loop(struct warden *w)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct timeval tick = { .tv_sec = WARDEN_TICK_S };

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		w->signals[i] = evsignal_new(w->base, signals[i], signals[i] == SIGHUP ? on_hangup : on_signal, w);
		if (!w->signals[i] || event_add(w->signals[i], NULL))
			return -ENOMEM;
	}
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	if (!w->tick || event_add(w->tick, &tick))
		return -ENOMEM;
	return 0;
}

static struct json_object *on_certificate(const char *key, bool reconnect, uint64_t ticket, void *arg)
{
	return renewal_start(arg, key, reconnect, ticket);
}

/* It has said so itself, where whoever started it looks; here for whoever wonders what went on. */
static void on_second(pid_t pid, void *arg)
{
	struct warden *w = arg;

	journal_add(w->journal, LOG_WARNING, "warden", "second", NULL,
		    "a second tacitd (pid %d) was started and has ended: this one, %d, runs; stop it first, or give the other "
		    "its own `control`", (int)pid, (int)getpid());
}

static int open_control(struct warden *w)
{
	const struct control_handlers handlers = { status_json, on_certificate, let_out_asked, guard_hold_asked, on_second, w };
	int error = control_open(&w->control, w->base, w->config.control, &handlers);

	if (error == -EADDRINUSE)
		log_error("%s: another tacitd runs; stop it first, or give this one its own `control`",
			  w->config.control);
	else if (error)
		log_error("%s: cannot listen: %s; name a path that root can write as `control`", w->config.control,
			  strerror(-error));
	if (error)
		return error;
	control_serve(w->control, "guard", report_guard);
	control_serve(w->control, "flows", report_flows);
	control_serve(w->control, "slots", report_slots);
	return 0;
}

/* It lies beside the engine. */
static void start_names(struct warden *w)
{
	const char *slash = strrchr(w->engine_path, '/');
	int n = snprintf(w->resolver_path, sizeof(w->resolver_path), "%.*stacit-resolver",
			 slash ? (int)(slash + 1 - w->engine_path) : 0, w->engine_path);
	int error = n < 0 || (size_t)n >= sizeof(w->resolver_path) ? -ENAMETOOLONG : 0;

	if (!error)
		error = names_watch_start(&w->names, w->base, w->resolver_path, w->config_file, &w->config, w->guard,
					  w->journal);
	if (error)
		log_error("names in rules are not resolved: %s", strerror(-error));
}

/* The guard first: until a policy says otherwise, nothing leaves. */
static int open_guard(struct warden *w)
{
	struct problem p = { "" };
	int error = guard_open(&w->guard, &p);

	for (size_t i = 0; !error && i < w->config.uplinks.count; i++) {
		w->links[i].warden = w;
		w->links[i].witness = -1;
		error = uplink_open(&w->links[i].uplink, w->config.uplinks.name[i], &p);
	}
	if (!error)
		error = guard_watch_start(w);
	if (error)
		log_error("%s", p.text[0] ? p.text : strerror(-error));
	return error;
}

static int come_up(struct warden *w)
{
	int error;

	w->base = event_base_new();
	w->journal = journal_new(on_entry, w);
	if (!w->base || !w->journal || start_loop(w)) {
		log_error("out of memory");
		return -ENOMEM;
	}
	channels_init(&w->channels, &w->config, w->journal);
	/* Two wardens on one guard would pull it to and fro; but a socket that cannot be had leaves no gap. */
	error = open_control(w);
	if (error == -EADDRINUSE)
		return error;
	if (open_guard(w)) {
		guard_watch_without(w);
		return -EIO;
	}
	guard_watch_apply(w);
	if (error)
		return error;
	start_names(w);
	key_watch_apply(w);
	start_engine(w);
	return 0;
}

static void event_drop(struct event *event)
{
	if (event)
		event_free(event);
}

static void go_down(struct warden *w)
{
	engine_process_stop(w->engine);
	names_watch_stop(w->names);
	renewal_stop(w);
	key_watch_stop(w);
	event_drop(w->guard_event);
	event_drop(w->barrier_event);
	for (size_t i = 0; i < CONFIG_UPLINKS_MAX; i++)
		event_drop(w->links[i].event);
	event_drop(w->tick);
	event_drop(w->signals[0]);
	event_drop(w->signals[1]);
	event_drop(w->signals[2]);
	for (size_t i = 0; i < CONFIG_UPLINKS_MAX; i++) {
		uplink_close(w->links[i].uplink);
		if (w->links[i].warden && w->links[i].witness >= 0)
			close(w->links[i].witness);
	}
	if (w->barrier_news >= 0)
		close(w->barrier_news);
	barrier_forget(&w->raised);
	if (w->guard)
		guard_close(w->guard);
	control_close(w->control);
	w->control = NULL;
	journal_free(w->journal);
	if (w->base)
		event_base_free(w->base);
}

int warden_run(struct warden *w)
{
	int error = come_up(w);

	if (!error) {
		log_notice("tacitd %s: up", TACIT_VERSION);
		notify_ready();
		event_base_dispatch(w->base);
	}
	go_down(w);
	return error == -EADDRINUSE ? WARDEN_SECOND : error ? 1 : 0;
}
