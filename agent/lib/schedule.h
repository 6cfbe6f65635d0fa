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

/* SipHash-2-4 of `bytes` bytes at `data` under the 16-byte `key`. */
uint64_t siphash24(const uint8_t key[16], const void *data, size_t bytes);

/*
 * schedule_check - may slots be drawn from this schedule?
 *
 * Return: NULL if so, else a sentence for the operator that says what is wrong.
 */
const char *schedule_check(const struct tacit_schedule *s);

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
