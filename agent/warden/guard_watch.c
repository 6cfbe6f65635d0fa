// SPDX-License-Identifier: GPL-2.0
/* Guard and uplinks in the event loop: what changes is acted on. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "standing.h"
#include "warden.h"

static const char *name_of(const struct warden_link *l)
{
	return l->warden->config.uplinks.name[l - l->warden->links];
}

/* One line when the state changes, not one a tick. */
static void say_state(struct warden_link *l, const char *error)
{
	struct warden *w = l->warden;

	if (!strcmp(l->error, error) && l->said == l->is.state)
		return;
	if (strcmp(l->error, error) && error[0])
		journal_add(w->journal, LOG_ERR, "guard", "closed", NULL, "nothing leaves by %s: %s", name_of(l), error);
	else if (!error[0] && l->is.state == UPLINK_DOWN)
		journal_add(w->journal, LOG_NOTICE, "guard", "down", NULL, "%s is down, and guarded", name_of(l));
	else if (!error[0])
		journal_add(w->journal, LOG_NOTICE, "guard", "on", NULL, "%s is guarded%s", name_of(l),
			    w->config.schedule.period ? ", slots are on" : "");
	snprintf(l->error, sizeof(l->error), "%.*s", (int)sizeof(l->error) - 1, error);
	l->said = l->is.state;
}

static void shut(struct warden_link *l)
{
	struct problem p = { "" };

	if (l->guarded && guard_link_set(l->warden->guard, l->guarded, false, &p))
		log_error("cannot shut %s: %s", name_of(l), p.text);
}

/* Once: what comes to be after the guard has no such excuse. */
static void enter_existing(const struct warden_link *l)
{
	struct warden *w = l->warden;
	int count = 0;

	if (guard_is_new(w->guard) && !w->existing_entered)
		count = guard_enter_existing(w->guard, &w->config, l->guarded);
	if (count < 0)
		journal_add(w->journal, LOG_ERR, "guard", "existing", NULL,
			    "cannot list the connections that stand (%s): those that rules with existing are for are reset",
			    strerror(-count));
	else if (count)
		journal_add(w->journal, LOG_WARNING, "guard", "existing", NULL,
			    "%s: %d connections that are older than the guard go on by rule, unverified", name_of(l), count);
}

/* Slots hold without it. */
static void watch_departures(struct warden_link *l)
{
	struct problem p = { "" };

	if (l->witness >= 0)
		close(l->witness);
	l->witness = -1;
	if (!l->warden->config.schedule.period)
		return;
	l->witness = guard_witness(l->warden->guard, l->guarded, &p);
	if (l->witness < 0 && p.text[0])
		log_warning("%s", p.text);
}

/* Of a link that the barrier does not have yet nothing is known. */
static bool stayed(const struct warden_link *l)
{
	const struct warden *w = l->warden;
	uint32_t place = (uint32_t)(l - w->links);

	return w->raised.standing < 0 || w->barrier[place] != l->guarded || standing_is(w->raised.standing, place);
}

static bool is_guarded(const struct warden_link *l)
{
	return l->guarded && l->type == l->is.type && stayed(l) && guard_attached(l->warden->guard, l->guarded);
}

/*
 * A link that was made anew, or left for another namespace and came back, is another link; and so is one
 * whose header is another (a modem that is told to speak raw IP), as the guard must know where IP begins.
 */
static int attach(struct warden_link *l, struct problem *p)
{
	struct guard *guard = l->warden->guard;
	int error;

	if (l->guarded == l->is.ifindex && is_guarded(l))
		return 0;
	shut(l);
	l->guarded = 0;
	error = guard_attach(guard, l->is.ifindex, p);
	if (error)
		return error;
	l->guarded = l->is.ifindex;
	l->type = l->is.type;
	/* The barrier let pass the link that was, if it had this index, too. */
	l->warden->barrier[l - l->warden->links] = 0;
	watch_departures(l);
	enter_existing(l);
	return 0;
}

/* By an alternative name the barrier does not know it, and it may be there twice. */
static bool is_misnamed(const struct warden_link *l)
{
	return l->is.ifindex && strcmp(l->is.name, name_of(l));
}

static bool is_named(const struct warden *w, const char *name)
{
	for (size_t i = 0; i < w->config.uplinks.count; i++)
		if (!strcmp(w->config.uplinks.name[i], name))
			return true;
	return false;
}

/* A link that is named twice is there once, under its own name. */
static void look_at(struct warden_link *l)
{
	uplink_status(l->uplink, &l->is);
	if (is_misnamed(l) && is_named(l->warden, l->is.name))
		l->is.ifindex = 0;
}

static int absent(const struct warden_link *l, struct problem *p)
{
	if (l->is.name[0])
		return problem_set(p, -ENODEV, "%s is another name of the link %s: leave it out of `uplink`", name_of(l),
				   l->is.name);
	return problem_set(p, -ENODEV, "%s", l->is.text);
}

/* The order matters: nothing that was stamped may meet a qdisc that does not hold it. */
static int get_ready(struct warden_link *l, struct problem *p)
{
	const struct tacit_schedule *schedule = &l->warden->config.schedule;
	int error;

	look_at(l);
	if (!l->is.ifindex) {
		shut(l);
		l->guarded = 0;
		return absent(l, p);
	}
	error = attach(l, p);
	if (error)
		return error;
	if (is_misnamed(l))
		return problem_set(p, -EINVAL, "%s is another name of the link %s: write %s as `uplink`", name_of(l),
				   l->is.name, l->is.name);
	/* A policy of an earlier warden may still have it open. */
	if (schedule->period && !l->is.fq)
		shut(l);
	if (l->is.state == UPLINK_BARE || !l->is.fq)
		error = uplink_prepare(l->uplink, schedule, config_pace(&l->warden->config, name_of(l)), p);
	uplink_status(l->uplink, &l->is);
	if (!error && l->is.state == UPLINK_BARE)
		error = problem_set(p, -EIO, "%s", l->is.text);
	return error;
}

/* The policy is set when all these links can hold what it stamps; those that cannot are shut by then. */
static void apply(struct warden *w, struct warden_link *links, size_t count)
{
	struct problem problems[CONFIG_UPLINKS_MAX] = { { "" } };
	int errors[CONFIG_UPLINKS_MAX];

	for (size_t i = 0; i < count; i++) {
		struct problem unused;

		errors[i] = get_ready(&links[i], &problems[i]);
		/* It may have been left open by an earlier warden, too. */
		if (errors[i] && links[i].is.ifindex)
			guard_link_set(w->guard, links[i].is.ifindex, false, &unused);
	}
	for (size_t i = 0; i < count; i++) {
		struct problem *p = &problems[i];

		if (!errors[i])
			errors[i] = guard_policy_set(w->guard, &w->config, TACIT_GUARD_ON, p);
		if (!errors[i])
			errors[i] = guard_link_set(w->guard, links[i].guarded, true, p);
		say_state(&links[i], !errors[i] ? "" : p->text[0] ? p->text : "the guard could not be set");
	}
}

/* What the configuration no longer names stays guarded, and nobody watches whether it can hold packets. */
static void shut_others(struct warden *w)
{
	unsigned int ifindexes[CONFIG_UPLINKS_MAX];
	size_t count = w->config.uplinks.count;
	struct problem p;

	for (size_t i = 0; i < count; i++)
		ifindexes[i] = if_nametoindex(w->config.uplinks.name[i]);
	if (guard_links_only(w->guard, ifindexes, count, &p))
		log_error("cannot shut the links that are named no more: %s", p.text);
}

/* The link of that name, if it has a guard; 0 if it was made anew, or never had one. */
static unsigned int guarded_before(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	return guard_stands(ifindex) ? ifindex : 0;
}

/* What a link that is not there yet would send waits for the guard. */
static void raise_barrier(struct warden *w)
{
	struct barrier_link links[CONFIG_UPLINKS_MAX];
	struct problem p = { "" };
	size_t count = w->config.uplinks.count;

	for (size_t i = 0; i < count; i++) {
		links[i] = (struct barrier_link){ w->config.uplinks.name[i], w->links[i].guarded };
		/* At the start: the guard of an earlier warden may stand on it. */
		if (!w->links[i].guarded && !barrier_is_up(&w->raised))
			links[i].ifindex = guarded_before(links[i].name);
	}
	barrier_forget(&w->raised);
	barrier_set(links, count, &w->raised, &p);
	for (size_t i = 0; i < count; i++)
		w->barrier[i] = links[i].ifindex;
	if (p.text[0] && strcmp(p.text, w->barrier_error))
		journal_add(w->journal, LOG_WARNING, "guard", "barrier", NULL, "%s", p.text);
	else if (!p.text[0] && w->barrier_error[0])
		journal_add(w->journal, LOG_NOTICE, "guard", "barrier", NULL, "the barrier before links that come later is up");
	snprintf(w->barrier_error, sizeof(w->barrier_error), "%s", p.text);
}

static bool is_altered(const struct warden *w)
{
	if (!barrier_is_up(&w->raised) || barrier_check(&w->raised) != -ENOENT)
		return false;
	journal_add(w->journal, LOG_WARNING, "guard", "barrier", NULL,
		    "another program changed the tables tacit of nftables; they are put back");
	return true;
}

void guard_watch_barrier(struct warden *w)
{
	bool as_asked = barrier_is_up(&w->raised);

	for (size_t i = 0; i < w->config.uplinks.count; i++)
		as_asked &= w->barrier[i] == w->links[i].guarded;
	if (!as_asked || is_altered(w))
		raise_barrier(w);
}

void guard_watch_without(struct warden *w)
{
	guard_watch_barrier(w);
	for (size_t i = 0; i < w->config.uplinks.count; i++)
		if (w->barrier[i])
			log_error("the guard's last policy holds on %s, for as long as `unattended` says, until tacitd runs",
				  w->config.uplinks.name[i]);
		else if (barrier_is_up(&w->raised))
			log_error("nothing of IP leaves by %s until tacitd runs", w->config.uplinks.name[i]);
		else
			log_error("NOTHING GUARDS %s until tacitd runs", w->config.uplinks.name[i]);
}

void guard_watch_apply(struct warden *w)
{
	/* A link may come at any moment from here on. */
	guard_watch_barrier(w);
	shut_others(w);
	apply(w, w->links, w->config.uplinks.count);
	w->existing_entered = true;
	guard_watch_barrier(w);
	guard_watch_attend(w);
}

static bool is_open(const struct warden_link *l)
{
	return l->guarded && !l->error[0];
}

bool guard_watch_open(const struct warden *w)
{
	for (size_t i = 0; i < w->config.uplinks.count; i++)
		if (is_open(&w->links[i]))
			return true;
	return false;
}

/* One of several may be unplugged. That another program took tcx off is not announced. */
bool guard_watch_well(const struct warden *w)
{
	bool ready = false;

	for (size_t i = 0; i < w->config.uplinks.count; i++) {
		const struct warden_link *l = &w->links[i];

		if (l->is.state != UPLINK_ABSENT && (!is_open(l) || !is_guarded(l)))
			return false;
		ready |= is_open(l) && l->is.state == UPLINK_READY;
	}
	return ready;
}

const char *guard_watch_mode(const struct warden *w)
{
	for (size_t i = 0; i < w->config.uplinks.count; i++)
		if (w->links[i].guarded && guard_held(w))
			return guard_mode_name(TACIT_GUARD_HELD);
		else if (w->links[i].guarded)
			return guard_mode_name(guard_watch_open(w) ? TACIT_GUARD_ON : TACIT_GUARD_CLOSED);
	return "not on the uplink";
}

void guard_watch_attend(struct warden *w)
{
	int error;

	if (!guard_watch_open(w))
		return;
	error = guard_attend(w->guard, w->config.unattended);
	if (error)
		log_error("cannot renew the guard's lease: %s", strerror(-error));
}

static void on_uplink_change(const struct uplink_status *status, void *arg)
{
	struct warden_link *l = arg;

	/* Shut at once, then see what can be mended. */
	if (status->state == UPLINK_BARE)
		shut(l);
	apply(l->warden, l, 1);
	guard_watch_barrier(l->warden);
	guard_watch_attend(l->warden);
}

static void on_uplink_readable(evutil_socket_t fd, short what, void *arg)
{
	struct warden_link *l = arg;

	(void)fd;
	(void)what;
	uplink_dispatch(l->uplink, on_uplink_change, l);
}

static void on_guard_readable(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)fd;
	(void)what;
	guard_dispatch(w->guard, guard_told, w);
}

/*
 * What is put up here is announced as well. So a barrier that is there, but not as the links are guarded
 * (a guard that was taken off), waits for the tick; one that is not there at all is announced by nothing.
 */
static void on_nftables_changed(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;

	(void)what;
	barrier_hear(fd);
	if (!barrier_is_up(&w->raised) || is_altered(w))
		raise_barrier(w);
}

/* Without, each tick looks. */
static int listen_for_barrier(struct warden *w)
{
	w->barrier_news = barrier_listen();
	if (w->barrier_news < 0)
		return 0;
	w->barrier_event = event_new(w->base, w->barrier_news, EV_READ | EV_PERSIST, on_nftables_changed, w);
	return !w->barrier_event || event_add(w->barrier_event, NULL) ? -ENOMEM : 0;
}

int guard_watch_start(struct warden *w)
{
	w->guard_event = event_new(w->base, guard_fd(w->guard), EV_READ | EV_PERSIST, on_guard_readable, w);
	if (!w->guard_event || event_add(w->guard_event, NULL) || listen_for_barrier(w))
		return -ENOMEM;
	for (size_t i = 0; i < w->config.uplinks.count; i++) {
		struct warden_link *l = &w->links[i];

		l->event = event_new(w->base, uplink_fd(l->uplink), EV_READ | EV_PERSIST, on_uplink_readable, l);
		if (!l->event || event_add(l->event, NULL))
			return -ENOMEM;
	}
	if (!guard_names_owners(w->guard))
		journal_add(w->journal, LOG_WARNING, "guard", "nameless", NULL,
			    "events name no process%s: the kernel has no cgroup v2 hooks; boot with cgroup v2",
			    w->config.schedule.period ? ", and packets of class other leave in every slot" : "");
	return 0;
}
