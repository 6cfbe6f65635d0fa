/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs tell: exact counters, and events behind token buckets. */
#ifndef TACIT_REPORT_H
#define TACIT_REPORT_H

#include "maps.h"
#include "packet.h"

/* A bucket holds this many events and gains one each interval. */
#define BUCKET_EVENTS 20ull
#define BUCKET_INTERVAL_NS 100000000ull

static __always_inline void report_count(__u32 which)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &which);

	if (counter)
		(*counter)++;
}

static __always_inline __u32 report_bucket(const struct packet *p, __u32 kind,
					   const struct tacit_owner *owner)
{
	if (kind != TACIT_BPF_EVENT_REFUSED)
		return kind;
	if (p->forwarded)
		return TACIT_BUCKET_FORWARDED;
	return owner ? TACIT_BUCKET_USER(owner->uid) : kind;
}

/*
 * The bucket is one number, the time at which it is full again; it moves by
 * compare-and-swap, and whoever loses that race goes without an event.
 */
static __always_inline int report_allowed(__u32 bucket, __u64 now)
{
	__u64 *full = bpf_map_lookup_elem(&buckets, &bucket);
	__u64 was, start;

	if (!full)
		return 0;
	was = *(volatile __u64 *)full;
	start = was > now ? was : now;
	if (start - now > (BUCKET_EVENTS - 1) * BUCKET_INTERVAL_NS)
		return 0;
	return __sync_val_compare_and_swap(full, was, start + BUCKET_INTERVAL_NS) == was;
}

/* @owner: of the socket; NULL where it is not known */
static __noinline int report_event(struct packet *p, __u32 kind, __u32 reason,
				 const struct tacit_owner *owner)
{
	__u64 now = p->now;
	struct tacit_bpf_event *event;
	struct tacit_hello *hello;

	if (!report_allowed(report_bucket(p, kind, owner), now))
		goto lost;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		goto lost;
	__builtin_memset(event, 0, sizeof(*event));
	event->time = now;
	event->kind = kind;
	event->reason = reason;
	event->protocol = p->protocol;
	event->ifindex = p->key.ifindex;
	__builtin_memcpy(event->local, p->key.local, 16);
	__builtin_memcpy(event->remote, p->key.remote, 16);
	event->local_port = p->key.local_port;
	event->remote_port = p->key.remote_port;
	event->ingress = p->ingress;
	event->forms = p->forms;
	if (owner) {
		event->known = 1;
		event->owner = *owner;
	}
	hello = p->protocol == IPPROTO_TCP ? bpf_map_lookup_elem(&hellos, &p->key) : 0;
	if (hello)
		event->hello = *hello;
	bpf_ringbuf_submit(event, 0);
	return 1;
lost:
	report_count(TACIT_COUNT_EVENTS_LOST);
	return 0;
}

#endif
