/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a packet that may leave does so. fq holds a packet until its departure
 * time and looks at no other; priority 7 goes to the queue that fq serves
 * first and never holds, and any other would be a way round on some kernels, so
 * that both are written on every packet while slots are on.
 */
#ifndef TACIT_LEAVE_H
#define TACIT_LEAVE_H

#include <linux/pkt_cls.h>
#include "budget.h"
#include "maps.h"
#include "packet.h"
#include "priority.h"
#include "report.h"
#include "schedule.h"

static __always_inline int leave_at_once(struct __sk_buff *skb, struct tacit_policy *pol,
					 __u32 counter)
{
	if (pol->schedule.period)
		skb->priority = PRIORITY_EXEMPT;
	report_count(counter);
	return TC_ACT_OK;
}

/* Where the latest slot that was filled has no room, or is over. Return: as over_budget(). */
static __noinline int budget_search(const struct tacit_pace *pace, __u32 place, __u64 earliest,
				    __u32 bytes, __u64 *number)
{
	__u64 *taken = bpf_map_lookup_elem(&spent, &place);

	if (!pace || !number || !taken || !pace->budget)
		return 1;
	return budget_take(taken, pace->budget, earliest, bytes, number);
}

/* Put the packet off until its slot has room. Return: not 0 where it is to be dropped. */
static __always_inline int over_budget(const struct tacit_schedule *s,
				       const struct tacit_pace *pace, __u32 place, __u32 class,
				       __u32 bytes, struct schedule_slot *slot)
{
	__u64 *taken = bpf_map_lookup_elem(&spent, &place), number = 0;

	if (!taken || (!budget_fits(taken, pace->budget, slot->number, bytes, &number) &&
		       budget_search(pace, place, slot->number, bytes, &number)))
		return 1;
	if (number == slot->number)
		return 0;
	slot->departure = schedule_later(s, schedule_multiple(pace, class), place, class, number);
	slot->number = number;
	return 0;
}

/* In a slot of the class; *departure says when, in ns of CLOCK_MONOTONIC. */
static __noinline int leave_in_slot(struct __sk_buff *skb, struct tacit_policy *pol,
				    const struct packet *p, __u32 class, __u64 *departure)
{
	const struct tacit_pace *pace;
	struct schedule_slot slot;
	__u32 link, place;
	__u64 now;

	if (!pol || !p || !departure)
		return TC_ACT_SHOT;
	now = p->now;
	link = p->link % TACIT_LINKS_MAX;
	pace = &pol->link[link].pace;
	slot.departure = now;
	if (pol->schedule.period && (class != TACIT_CLASS_URGENT || pace->urgent)) {
		place = TACIT_SPENT(link, class);
		schedule_slot(&pol->schedule, pace, place, class, now, &slot);
		if (pace->budget &&
		    over_budget(&pol->schedule, pace, place, class, skb->wire_len, &slot)) {
			report_count(TACIT_COUNT_OVERFLOW);
			return TC_ACT_SHOT;
		}
		if (bpf_skb_set_tstamp(skb, slot.departure, BPF_SKB_TSTAMP_DELIVERY_MONO))
			return TC_ACT_SHOT;
		skb->priority = class == TACIT_CLASS_URGENT ? PRIORITY_HELD_URGENT : PRIORITY_HELD;
	} else if (pol->schedule.period) {
		skb->priority = PRIORITY_EXEMPT;
	}
	*departure = slot.departure;
	report_count(slot.departure > now ? TACIT_COUNT_HELD : TACIT_COUNT_PASSED);
	return TC_ACT_OK;
}

#endif
