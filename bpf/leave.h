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
#include "packet.h"
#include "report.h"
#include "schedule.h"

#define PRIORITY_HELD 0
#define PRIORITY_EXEMPT 7

static __always_inline int leave_at_once(struct __sk_buff *skb, struct tacit_policy *pol,
					 __u32 counter)
{
	if (pol->schedule.period)
		skb->priority = PRIORITY_EXEMPT;
	report_count(counter);
	return TC_ACT_OK;
}

/* In a slot; *departure says when, in ns of CLOCK_MONOTONIC. */
static __noinline int leave_in_slot(struct __sk_buff *skb, struct tacit_policy *pol,
				    const struct packet *p, __u64 *departure)
{
	__u64 now, when;

	if (!pol || !p || !departure)
		return TC_ACT_SHOT;
	now = p->now;
	when = now;
	if (pol->schedule.period) {
		when = schedule_departure(&pol->schedule, now);
		if (bpf_skb_set_tstamp(skb, when, BPF_SKB_TSTAMP_DELIVERY_MONO))
			return TC_ACT_SHOT;
		skb->priority = PRIORITY_HELD;
	}
	*departure = when;
	report_count(when > now ? TACIT_COUNT_HELD : TACIT_COUNT_PASSED);
	return TC_ACT_OK;
}

#endif
