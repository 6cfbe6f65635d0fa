// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "slot_clock.h"

/* Room between the end of a slot and a ring, and between a ring and an opening. */
#define MARGIN NSEC_PER_MSEC

struct slot_clock {
	struct tacit_schedule schedule;
	void (*slot)(uint64_t k, bool missed, void *arg);
	void *arg;
	struct event *event;
	int fd;
	uint64_t k;		/* the slot that is waited for */
	uint64_t opening;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

uint64_t slot_clock_ring(const struct tacit_schedule *schedule, uint64_t k)
{
	uint64_t opening = schedule_slot_start(schedule, k);
	uint64_t ring = opening > SLOT_CLOCK_LEAD ? opening - SLOT_CLOCK_LEAD : 0;
	uint64_t end = k ? schedule_slot_start(schedule, k - 1) + schedule->open + MARGIN : 0;

	if (ring < end)
		ring = end;
	return ring + MARGIN > opening ? opening : ring;
}

static int wait_for_slot(struct slot_clock *clock, uint64_t after)
{
	struct itimerspec at = { 0 };
	uint64_t ring;

	clock->opening = schedule_next_slot(&clock->schedule, after, &clock->k);
	ring = slot_clock_ring(&clock->schedule, clock->k);
	at.it_value.tv_sec = (time_t)(ring / NSEC_PER_SEC);
	at.it_value.tv_nsec = (long)(ring % NSEC_PER_SEC);
	return timerfd_settime(clock->fd, TFD_TIMER_ABSTIME, &at, NULL) ? -errno : 0;
}

static void ring(evutil_socket_t fd, short what, void *arg)
{
	struct slot_clock *clock = arg;
	uint64_t expirations, time, opening, k;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) != (ssize_t)sizeof(expirations))
		return;
	time = now();
	k = clock->k;
	opening = clock->opening;
	/* After a long sleep only the first of the missed slots is told. */
	wait_for_slot(clock, time > opening ? time : opening);
	clock->slot(k, time + MARGIN >= opening + clock->schedule.open, clock->arg);
}

struct slot_clock *slot_clock_new(struct event_base *base, const struct tacit_schedule *schedule,
				  void (*slot)(uint64_t k, bool missed, void *arg), void *arg)
{
	struct slot_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return NULL;
	clock->schedule = *schedule;
	clock->slot = slot;
	clock->arg = arg;
	clock->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (clock->fd < 0)
		goto out;
	clock->event = event_new(base, clock->fd, EV_READ | EV_PERSIST, ring, clock);
	if (!clock->event || event_priority_set(clock->event, SLOT_CLOCK_PRIORITY) || event_add(clock->event, NULL))
		goto out;
	/* The first slot is one whose ring is still to come. */
	if (wait_for_slot(clock, now() + SLOT_CLOCK_LEAD))
		goto out;
	return clock;
out:
	slot_clock_free(clock);
	return NULL;
}

void slot_clock_free(struct slot_clock *clock)
{
	if (!clock)
		return;
	if (clock->event)
		event_free(clock->event);
	if (clock->fd >= 0)
		close(clock->fd);
	explicit_bzero(&clock->schedule, sizeof(clock->schedule));
	free(clock);
}
