// SPDX-License-Identifier: GPL-2.0
/* Guard and uplink in the event loop: what they report becomes journal entries, what changes is acted on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "warden.h"

/* One line when the state changes, not one a tick. */
static void say_state(struct warden *w, const char *error)
{
	if (!strcmp(w->guard_error, error))
		return;
	snprintf(w->guard_error, sizeof(w->guard_error), "%s", error);
	if (error[0])
		journal_add(w->journal, LOG_ERR, "guard", "closed", NULL, "nothing leaves: %s", error);
	else
		journal_add(w->journal, LOG_NOTICE, "guard", "on", NULL, "%s is guarded%s", w->config.uplink,
			    w->config.schedule.period ? ", slots are on" : "");
}

/* The order matters: nothing that was stamped may meet a qdisc that does not hold it. */
static int apply(struct warden *w, struct problem *p)
{
	enum tacit_guard_mode mode = TACIT_GUARD_ON;
	int error = 0;

	uplink_status(w->uplink, &w->link);
	if (!w->link.ifindex) {
		w->guarded = 0;
		return problem_set(p, -ENODEV, "%s", w->link.text);
	}
	/* A policy of an earlier warden may still say "on". */
	if (w->config.schedule.period && !w->link.fq)
		guard_mode_set(w->guard, TACIT_GUARD_CLOSED, p);
	if (w->guarded != w->link.ifindex || !guard_attached(w->guard, w->link.ifindex)) {
		w->guarded = 0;
		error = guard_attach(w->guard, w->link.ifindex, p);
		if (error)
			return error;
		w->guarded = w->link.ifindex;
	}
	if (w->link.state == UPLINK_BARE || !w->link.fq)
		error = uplink_prepare(w->uplink, &w->config.schedule, p);
	if (error) {
		guard_mode_set(w->guard, TACIT_GUARD_CLOSED, p);
		return error;
	}
	uplink_status(w->uplink, &w->link);
	if (w->link.state == UPLINK_BARE) {
		mode = TACIT_GUARD_CLOSED;
		problem_set(p, -EIO, "%s", w->link.text);
	}
	error = guard_policy_set(w->guard, &w->config, mode, p);
	return error ? error : mode == TACIT_GUARD_CLOSED ? -EIO : 0;
}

void guard_watch_apply(struct warden *w)
{
	struct problem p = { "" };

	if (apply(w, &p))
		say_state(w, p.text[0] ? p.text : "the guard could not be set");
	else
		say_state(w, "");
	guard_watch_attend(w);
}

void guard_watch_attend(struct warden *w)
{
	int error;

	if (!w->guarded || w->guard_error[0])
		return;
	error = guard_attend(w->guard, w->config.unattended);
	if (error)
		log_error("cannot renew the guard's lease: %s", strerror(-error));
}

static void on_uplink_change(const struct uplink_status *status, void *arg)
{
	struct warden *w = arg;
	struct problem p = { "" };

	/* Shut at once, then see what can be mended. */
	if (status->state == UPLINK_BARE && guard_mode_set(w->guard, TACIT_GUARD_CLOSED, &p))
		log_error("cannot close the guard: %s", p.text);
	guard_watch_apply(w);
}

static void on_uplink_readable(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)fd;
	(void)what;
	uplink_dispatch(w->uplink, on_uplink_change, w);
}

static void add_owner(struct json_object *detail, const struct tacit_owner *owner, char *text, size_t room)
{
	char comm[TACIT_COMM_BYTES + 1] = "", printable[MESSAGE_TEXT_MAX];

	memcpy(comm, owner->comm, TACIT_COMM_BYTES);
	snprintf(printable, sizeof(printable), "%s", comm);
	message_text(printable);
	snprintf(text, room, "%.16s (pid %u, uid %u)", printable, owner->pid, owner->uid);
	json_object_object_add(detail, "process", json_object_new_string(printable));
	json_object_object_add(detail, "pid", json_object_new_int64(owner->pid));
	json_object_object_add(detail, "uid", json_object_new_int64(owner->uid));
	json_object_object_add(detail, "cgroup", json_object_new_int64((int64_t)owner->cgroup));
}

/* A source went over its limit; the next word of it is in another episode. */
static void on_limited(struct warden *w, const struct tacit_bpf_event *event, struct json_object *detail)
{
	const struct config_channel *channel = NULL;
	char source[GUARD_ADDRESS_MAX], more[CHANNELS_MORE_MAX];

	for (size_t i = 0; i < w->config.channel_count && !channel; i++)
		if (w->config.channels[i].mode == CONFIG_MODE_ACCEPT &&
		    w->config.channels[i].listen.sin6_port == event->local_port)
			channel = &w->config.channels[i];
	guard_host(event->remote, source);
	if (channel)
		channels_alert(&w->channels, (size_t)(channel - w->config.channels), source);
	/* Sources can be forged: each of them would be an entry. */
	if (!channels_alert_shown(&w->channels.guard_alerts, more)) {
		json_object_put(detail);
		return;
	}
	json_object_object_add(detail, "client", json_object_new_string(source));
	json_object_object_add(detail, "port", json_object_new_int(ntohs(event->local_port)));
	if (channel)
		json_object_object_add(detail, "channel", json_object_new_string(channel->name));
	journal_add(w->journal, LOG_WARNING, "guard", "limited", detail,
		    "%s: %s opens more than %u connections a minute; those over it are dropped until it slows down%s",
		    channel ? channel->name : "?", source, channel ? channel->limit_rate : 0, more);
}

static void on_guard_event(const struct tacit_bpf_event *event, void *arg)
{
	struct warden *w = arg;
	struct json_object *detail = json_object_new_object();
	char local[GUARD_ADDRESS_MAX], remote[GUARD_ADDRESS_MAX], owner[64] = "unknown";

	if (!detail)
		return;
	if (event->kind == TACIT_BPF_EVENT_LIMITED) {
		on_limited(w, event, detail);
		return;
	}
	guard_address(event->local, event->local_port, local);
	guard_address(event->remote, event->remote_port, remote);
	if (event->known)
		add_owner(detail, &event->owner, owner, sizeof(owner));
	json_object_object_add(detail, "destination", json_object_new_string(remote));
	json_object_object_add(detail, "protocol", json_object_new_string(guard_protocol_name(event->protocol)));
	if (event->kind == TACIT_BPF_EVENT_VERIFIED) {
		journal_add(w->journal, LOG_INFO, "guard", "verified", detail, "%s to %s by %s: the server chose TLS 1.3",
			    local, remote, owner);
		return;
	}
	json_object_object_add(detail, "reason", json_object_new_string(guard_reason_name(event->reason)));
	json_object_object_add(detail, "cure", json_object_new_string(guard_reason_cure(event->reason)));
	journal_add(w->journal, LOG_WARNING, "guard", "refused", detail, "%s from %s to %s by %s refused: %s; %s",
		    guard_protocol_name(event->protocol), local, remote, owner, guard_reason_name(event->reason),
		    guard_reason_cure(event->reason));
}

static void on_guard_readable(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)fd;
	(void)what;
	guard_dispatch(w->guard, on_guard_event, w);
}

int guard_watch_start(struct warden *w)
{
	w->guard_event = event_new(w->base, guard_fd(w->guard), EV_READ | EV_PERSIST, on_guard_readable, w);
	w->uplink_event = event_new(w->base, uplink_fd(w->uplink), EV_READ | EV_PERSIST, on_uplink_readable, w);
	if (!w->guard_event || !w->uplink_event || event_add(w->guard_event, NULL) || event_add(w->uplink_event, NULL))
		return -ENOMEM;
	if (!guard_names_owners(w->guard))
		journal_add(w->journal, LOG_WARNING, "guard", "nameless", NULL,
			    "events name no process: the kernel has no cgroup v2 hooks; boot with cgroup v2");
	return 0;
}
