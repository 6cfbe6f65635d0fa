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

/* The slots of the present period, once drawn; for each CPU, as programs on tc have one to themselves. */
struct schedule_drawn {
	struct tacit_schedule of;
	__u64 begin; /* of the period */
	__u64 start;
	__u64 next;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct schedule_drawn);
} drawn SEC(".maps");

static __always_inline int schedule_same(const struct tacit_schedule *a,
					 const struct tacit_schedule *b)
{
	__u64 x[2], y[2];

	__builtin_memcpy(x, a->key, sizeof(x));
	__builtin_memcpy(y, b->key, sizeof(y));
	return !((a->period ^ b->period) | (a->jitter ^ b->jitter) | (a->open ^ b->open) |
		 (x[0] ^ y[0]) | (x[1] ^ y[1]));
}

/* Now, if a slot is open, else the opening of the next one; ns of CLOCK_MONOTONIC. */
static __always_inline __u64 schedule_departure(const struct tacit_schedule *s, __u64 now)
{
	__u32 zero = 0;
	struct schedule_drawn *d = bpf_map_lookup_elem(&drawn, &zero);
	__u64 k;

	if (!d)
		return now + s->period;
	if (!schedule_same(&d->of, s) || now - d->begin >= s->period) {
		k = now / s->period;
		d->of = *s;
		d->begin = k * s->period;
		d->start = schedule_start(s, k);
		d->next = schedule_start(s, k + 1);
	}
	if (now < d->start)
		return d->start;
	if (now - d->start < s->open)
		return now;
	return d->next;
}

#endif
