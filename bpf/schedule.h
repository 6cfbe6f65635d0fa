/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a packet may leave: the same arithmetic as agent/lib/schedule.c, held
 * equal to it by tests/vm/tools/schedule_equal.c. The warden checked the
 * schedule: 0 < period <= 1 h, jitter + open <= period.
 */
#ifndef TACIT_SCHEDULE_H
#define TACIT_SCHEDULE_H

#include "siphash.h"
#include "tacit_bpf.h"

static __always_inline __u64 schedule_start(const struct tacit_schedule *s, __u64 k)
{
	return k * s->period + siphash_word(s->key, k) % (s->jitter + 1);
}

/* Now, if a slot is open, else the opening of the next one; ns of CLOCK_MONOTONIC. */
static __always_inline __u64 schedule_departure(const struct tacit_schedule *s, __u64 now)
{
	__u64 k = now / s->period;
	__u64 start = schedule_start(s, k);

	if (now < start)
		return start;
	if (now - start < s->open)
		return now;
	return schedule_start(s, k + 1);
}

#endif
