/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The schedule: when slots open. Pure arithmetic, no clock and no I/O, the same
 * for the engine, the eBPF programs and a simulation; see struct tacit_schedule
 * in tacit_bpf.h for the definition and SipHash (Aumasson, Bernstein, 2012).
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tacit_bpf.h"

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

/* The bounds of a schedule, in nanoseconds. */
#define SCHEDULE_PERIOD_MIN (100 * NSEC_PER_MSEC)
#define SCHEDULE_PERIOD_MAX (3600 * NSEC_PER_SEC)
#define SCHEDULE_OPEN_MIN (10 * NSEC_PER_MSEC)
/* Of an urgent slot; and of the time from one slot of class other to the next. */
#define SCHEDULE_URGENT_OPEN_MIN (5 * NSEC_PER_MSEC)
#define SCHEDULE_OTHER_MAX (1800 * NSEC_PER_SEC)
/* With a budget, to the last slot in which there may be room: what fq can hold for, about 70 min, and room for jitter. */
#define SCHEDULE_AHEAD_MAX (3600 * NSEC_PER_SEC)

/* SipHash-2-4 of `bytes` bytes at `data` under the 16-byte `key`. */
uint64_t siphash24(const uint8_t key[16], const void *data, size_t bytes);

/*
 * schedule_check - may slots be drawn from this schedule?
 *
 * Return: NULL if so, else a sentence for the operator that says what is wrong.
 */
const char *schedule_check(const struct tacit_schedule *s);

/*
 * The slots of a class on an uplink, as a series of their own that begins with 0 (struct
 * tacit_pace in tacit_bpf.h). Class urgent with pace->urgent == 0 has no slots: it is not asked for.
 */
uint64_t schedule_class_start(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class,
			      uint64_t number);

/* How long a slot of the class is open, and how long it is from one to the next on average, ns. */
uint64_t schedule_class_open(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class);
uint64_t schedule_class_span(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class);

/* schedule_departure() for a class, without a budget; the slot's number in the class's series goes to *number. */
uint64_t schedule_class_departure(const struct tacit_schedule *s, const struct tacit_pace *pace,
				  enum tacit_class class, uint64_t now, uint64_t *number);

/*
 * schedule_pace_check - does the pace go with the schedule?
 *
 * Return: NULL if so, else a sentence for the operator that says what is wrong.
 */
const char *schedule_pace_check(const struct tacit_schedule *s, const struct tacit_pace *pace);

/* The opening of slot k, in nanoseconds of CLOCK_MONOTONIC. */
uint64_t schedule_slot_start(const struct tacit_schedule *s, uint64_t k);

/*
 * The earliest slot that opens strictly after `now` (ns); its number goes to
 * *k where k is not NULL. Return: its opening, ns.
 */
uint64_t schedule_next_slot(const struct tacit_schedule *s, uint64_t now, uint64_t *k);

/*
 * When a packet that is ready at `now` (ns) may leave: now, if a slot is open,
 * else the opening of the next one. What eBPF does to every held packet.
 */
uint64_t schedule_departure(const struct tacit_schedule *s, uint64_t now);

#endif
