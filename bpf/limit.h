/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many connections one source may open to a port in a time. What is over it
 * is dropped, not reset: TCP tries again after a second, so that whoever was only
 * hasty gets in at the rate that is allowed, and a forged source makes the device
 * send nothing to whom it was taken from. One event an episode (tacit_bpf.h).
 */
#ifndef TACIT_LIMIT_H
#define TACIT_LIMIT_H

#include "maps.h"
#include "packet.h"
#include "report.h"

struct limit_walk {
	struct tacit_policy *policy;
	__be16 port;
	__u32 burst;
	__u64 interval;
};

static long limit_try(__u32 i, struct limit_walk *walk)
{
	struct tacit_limit *limit = &walk->policy->limit[i & (TACIT_LIMITS_MAX - 1)];

	if (limit->port != walk->port)
		return 0;
	walk->burst = limit->burst;
	walk->interval = limit->interval;
	return 1;
}

static __always_inline void limit_source_key(struct tacit_source_key *key, const struct packet *p)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->addr, p->key.remote, 16);
	if (p->ipv6)
		__builtin_memset(key->addr + 8, 0, 8);
	key->ifindex = p->key.ifindex;
	key->port = p->key.local_port;
}

/* The bucket is one number, as in report.h; whoever loses a race for it tries once more. */
static __always_inline int limit_take(struct tacit_source *source, const struct limit_walk *walk,
				      __u64 now)
{
	__u64 was, start;
	int i;

#pragma unroll
	for (i = 0; i < 2; i++) {
		was = *(volatile __u64 *)&source->full;
		start = was > now ? was : now;
		if (start - now > (walk->burst - 1) * walk->interval)
			return 0;
		if (__sync_val_compare_and_swap(&source->full, was, start + walk->interval) == was)
			return 1;
	}
	return 0;
}

static __always_inline void limit_tell(struct packet *p, struct tacit_source *source, __u64 now)
{
	__u64 last = *(volatile __u64 *)&source->limited;

	report_count(TACIT_COUNT_LIMITED);
	/* Another processor's packet may have a later time than this one's. */
	if (last && (last > now || now - last < TACIT_EPISODE_NS)) {
		source->limited = now;
		__sync_fetch_and_add(&source->count, 1);
		return;
	}
	if (__sync_val_compare_and_swap(&source->limited, last, now) != last)
		return;
	source->count = 1;
	report_event(p, TACIT_BPF_EVENT_LIMITED, 0, 0);
}

/* A SYN that comes in. Return: 1 if it is over its source's limit. */
static __noinline int limit_is_over(struct tacit_policy *pol, struct packet *p)
{
	struct limit_walk walk = { .policy = pol };
	struct tacit_source fresh = { 0 };
	struct tacit_source_key key;
	struct tacit_source *source;
	__u32 limits;
	__u64 now;

	if (!pol || !p)
		return 0;
	now = p->now;
	walk.port = p->key.local_port;
	limits = pol->limits > TACIT_LIMITS_MAX ? TACIT_LIMITS_MAX : pol->limits;
	bpf_loop(limits, limit_try, &walk, 0);
	if (!walk.burst)
		return 0;
	limit_source_key(&key, p);
	source = bpf_map_lookup_elem(&sources, &key);
	if (!source) {
		fresh.full = now + walk.interval;
		/* Where there is no room, nobody is shut out. */
		if (!bpf_map_update_elem(&sources, &key, &fresh, BPF_NOEXIST))
			return 0;
		source = bpf_map_lookup_elem(&sources, &key);
		if (!source)
			return 0;
	}
	if (limit_take(source, &walk, now))
		return 0;
	limit_tell(p, source, now);
	return 1;
}

#endif
