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

/* The slots of one class: number j opens at j * span + jitter_k, with k = j * every + first. */
struct schedule_series {
	struct tacit_schedule of; /* period, jitter and open as the class has them */
	__u64 first;
	__u32 every;
};

/* Two slots in a row, once drawn; for each CPU, as programs on tc have one to themselves. */
struct schedule_drawn {
	struct tacit_schedule of;
	__u32 multiple;
	__u32 reserved;
	__u64 begin; /* of the period, or periods, of the first of them */
	__u64 span;  /* from there to the second's */
	__u64 open;
	__u64 number; /* of the first, in the class's series */
	__u64 start;
	__u64 next;
	__u64 later; /* another slot that was looked for, 0: none, and its start */
	__u64 later_start;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TACIT_LINKS_MAX * TACIT_CLASSES);
	__type(key, __u32);
	__type(value, struct schedule_drawn);
} drawn SEC(".maps");

/* A packet's slot. */
struct schedule_slot {
	__u64 number; /* in the class's series */
	__u64 departure; /* now, if it is open; ns of CLOCK_MONOTONIC */
};

static __always_inline __u32 schedule_multiple(const struct tacit_pace *pace, __u32 class)
{
	if (class == TACIT_CLASS_CHANNEL)
		return 1;
	return class == TACIT_CLASS_URGENT ? pace->urgent : pace->other;
}

static __always_inline void schedule_series(const struct tacit_schedule *s, __u32 multiple,
					    __u32 class, struct schedule_series *series)
{
	__u32 n = multiple ? multiple : 1;

	series->of = *s;
	series->every = class == TACIT_CLASS_URGENT ? 1 : n;
	series->first = 0;
	if (class != TACIT_CLASS_URGENT)
		return;
	series->of.period /= n;
	series->of.jitter /= n;
	series->of.open /= n;
	series->first = TACIT_URGENT_SLOTS;
}

static __always_inline __u64 schedule_start(const struct schedule_series *s, __u64 j)
{
	__u64 k = j * s->every;

	return k * s->of.period + siphash_word(s->of.key, k + s->first) % (s->of.jitter + 1);
}

static __always_inline int schedule_same(const struct tacit_schedule *a,
					 const struct tacit_schedule *b)
{
	__u64 x[2], y[2];

	__builtin_memcpy(x, a->key, sizeof(x));
	__builtin_memcpy(y, b->key, sizeof(y));
	return !((a->period ^ b->period) | (a->jitter ^ b->jitter) | (a->open ^ b->open) |
		 (x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static __noinline int schedule_draw(struct schedule_drawn *d, const struct tacit_schedule *s,
				    __u32 multiple, __u32 class, __u64 now)
{
	struct schedule_series series;

	if (!d || !s)
		return 0;
	schedule_series(s, multiple, class, &series);
	d->of = *s;
	d->multiple = multiple;
	d->span = series.of.period * series.every;
	d->open = series.of.open;
	d->number = d->span ? now / d->span : 0;
	d->begin = d->number * d->span;
	d->start = schedule_start(&series, d->number);
	d->next = schedule_start(&series, d->number + 1);
	d->later = 0;
	return 0;
}

/*
 * The start of slot `number`, which is ahead of the one that schedule_slot() just gave
 * for this place: what fills it comes in a row, so that it is drawn but once.
 */
static __always_inline __u64 schedule_later(const struct tacit_schedule *s, __u32 multiple,
					    __u32 place, __u32 class, __u64 number)
{
	struct schedule_drawn *d = bpf_map_lookup_elem(&drawn, &place);
	struct schedule_series series;

	if (d && d->later == number)
		return d->later_start;
	schedule_series(s, multiple, class, &series);
	if (!d)
		return schedule_start(&series, number);
	d->later_start = schedule_start(&series, number);
	d->later = number;
	return d->later_start;
}

/* The slot that is open now, else the next one. Place: TACIT_SPENT(link, class). */
static __always_inline void schedule_slot(const struct tacit_schedule *s,
					  const struct tacit_pace *pace, __u32 place, __u32 class,
					  __u64 now, struct schedule_slot *slot)
{
	__u32 multiple = schedule_multiple(pace, class);
	struct schedule_drawn *d = bpf_map_lookup_elem(&drawn, &place);

	slot->number = 0;
	slot->departure = now + s->period;
	if (!d)
		return;
	if (!schedule_same(&d->of, s) || d->multiple != multiple || now - d->begin >= d->span)
		schedule_draw(d, s, multiple, class, now);
	slot->number = d->number;
	slot->departure = now;
	if (now < d->start) {
		slot->departure = d->start;
	} else if (now - d->start >= d->open) {
		slot->number = d->number + 1;
		slot->departure = d->next;
	}
}

#endif
