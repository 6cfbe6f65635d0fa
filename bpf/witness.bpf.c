// SPDX-License-Identifier: GPL-2.0
/*
 * When held packets did leave. Runs on a packet socket, which sees what the
 * driver is given, behind fq (packet(7)); it lets the socket have nothing. What the
 * egress program wrote is not looked at, but for which class's slots were meant.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <bpf/bpf_helpers.h>
#include "link.h"
#include "priority.h"
#include "schedule.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TACIT_LINKS_MAX);
	__type(key, __u32);
	__type(value, struct tacit_left);
} left SEC(".maps");

/* How long ago the last slot ended; 0 in a slot. A slot's end is counted from its own opening. */
static __always_inline __u64 behind_slot(const struct tacit_schedule *s, const struct tacit_pace *pace,
					 __u32 class, __u64 now)
{
	__u32 multiple = schedule_multiple(pace, class);
	struct schedule_series series;
	__u64 j, opened;

	schedule_series(s, class == TACIT_CLASS_URGENT ? multiple : 1, class, &series);
	if (!series.of.period)
		return 0;
	j = now / series.of.period;
	opened = schedule_start(&series, j);
	if (opened > now && j)
		opened = schedule_start(&series, j - 1);
	if (opened > now || now - opened < series.of.open)
		return 0;
	return now - opened - series.of.open;
}

static __always_inline void note(struct tacit_left *l, __u32 bytes, __u64 behind)
{
	__sync_fetch_and_add(&l->packets, 1);
	__sync_fetch_and_add(&l->bytes, bytes);
	if (behind <= TACIT_LATE_NS)
		return;
	__sync_fetch_and_add(&l->late, 1);
	/* Of two at a time one may be forgotten; it counted above. */
	if (behind > l->latest)
		l->latest = behind;
}

SEC("socket")
int tacit_witness(struct __sk_buff *skb)
{
	__u32 zero = 0, place, class = TACIT_CLASS_CHANNEL, priority = skb->priority;
	struct tacit_policy *pol = bpf_map_lookup_elem(&policy, &zero);
	const struct tacit_link *link;
	struct tacit_left *l;
	__u8 at = 0;

	if (skb->pkt_type != PACKET_OUTGOING || !pol || !pol->schedule.period)
		return 0;
	if (priority == PRIORITY_HELD_URGENT)
		class = TACIT_CLASS_URGENT;
	else if (priority != PRIORITY_HELD)
		return 0;
	link = link_find(pol, skb->ifindex, &at);
	place = at;
	l = bpf_map_lookup_elem(&left, &place);
	/* fq holds IP only, so that nothing else was stamped. */
	if (!link || !l)
		return 0;
	note(l, skb->len, behind_slot(&pol->schedule, &link->pace, class, bpf_ktime_get_ns()));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
