// SPDX-License-Identifier: GPL-2.0
/* Departures by the eBPF arithmetic, for schedule_equal.c to compare. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "budget.h"
#include "schedule.h"
#include "schedule_equal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct batch);
} batches SEC(".maps");

static long one(__u32 i, struct batch **batch)
{
	struct schedule_slot slot;

	i &= BATCH - 1;
	schedule_slot(&(*batch)->schedule, &(*batch)->pace, (*batch)->class, (*batch)->class, (*batch)->now[i], &slot);
	(*batch)->departure[i] = slot.departure;
	(*batch)->number[i] = slot.number;
	return 0;
}

SEC("tc")
int depart(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct batch *batch = bpf_map_lookup_elem(&batches, &zero);

	(void)skb;
	if (batch)
		bpf_loop(BATCH, one, &batch, 0);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct spending);
} spendings SEC(".maps");

static long spend(__u32 i, struct spending **s)
{
	__u64 number = 0;

	i &= BATCH - 1;
	if (!budget_fits(&(*s)->spent, (*s)->budget, (*s)->earliest[i], (*s)->bytes[i], &number) &&
	    budget_take(&(*s)->spent, (*s)->budget, (*s)->earliest[i], (*s)->bytes[i], &number))
		number = NO_ROOM;
	(*s)->number[i] = number;
	return 0;
}

SEC("tc")
int spend_all(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct spending *s = bpf_map_lookup_elem(&spendings, &zero);

	(void)skb;
	if (s)
		bpf_loop(BATCH, spend, &s, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
