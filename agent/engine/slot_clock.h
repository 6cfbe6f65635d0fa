/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rings shortly before each slot opens, so that what is sent then is held by
 * eBPF and leaves at the opening to the nanosecond: the moment at which this
 * process got the processor does not show on the wire.
 */
#ifndef SLOT_CLOCK_H
#define SLOT_CLOCK_H

#include <event2/event.h>

#include "schedule.h"

/* Enough for a slow machine under load; what is early costs nothing but delay. */
#define SLOT_CLOCK_LEAD (50 * NSEC_PER_MSEC)

/* libevent's: the clock has the first, and everything without one of its own the second of two. */
#define SLOT_CLOCK_PRIORITIES 2
#define SLOT_CLOCK_PRIORITY 0

struct slot_clock;

/*
 * slot_clock_new - call slot(k, missed, arg) for every slot to come
 * @base: with SLOT_CLOCK_PRIORITIES
 * @schedule: copied; has passed schedule_check()
 *
 * `missed`: the process was kept from running until the slot had closed; nothing
 * may be sent for it, or the next slot would carry twice as much.
 * Return: the clock, or NULL with errno set.
 */
struct slot_clock *slot_clock_new(struct event_base *base, const struct tacit_schedule *schedule,
				  void (*slot)(uint64_t k, bool missed, void *arg), void *arg);
void slot_clock_free(struct slot_clock *clock);

/*
 * When to ring for slot k: SLOT_CLOCK_LEAD before its opening, but not before
 * the end of slot k - 1; where that leaves no room, at the opening. Pure.
 */
uint64_t slot_clock_ring(const struct tacit_schedule *schedule, uint64_t k);

#endif
