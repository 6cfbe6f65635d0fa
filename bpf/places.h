/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a flow's reader stood at the ends of segments, so that what is sent again
 * before the flow is proved can be read again: the pages that it lies in may be
 * the app's (sendfile, MSG_ZEROCOPY) and hold other words by now. TCP begins anew
 * only where something began or ended before; the flow's own beginning is always
 * known, and of other places the last TACIT_PLACES: what comes in more segments at
 * a time, and loses one, is refused when it is sent again, and told; no TLS library
 * writes such a hello.
 */
#ifndef TACIT_PLACES_H
#define TACIT_PLACES_H

#include "tacit_bpf.h"

/* The reader stands at a segment's end; a place that is known keeps what it has. */
static __noinline int place_keep(struct tacit_flow *flow, const struct tacit_reader *r)
{
	__u32 kept, i;

	if (!flow || !r || r->next == flow->first)
		return 0;
	kept = flow->kept;
	for (i = 0; i < TACIT_PLACES; i++)
		if (i < kept && flow->place[i].next == r->next)
			return 0;
	flow->place[kept % TACIT_PLACES] = *r;
	/* It stays what it is at its end: all are there. */
	flow->kept = kept + 1 ? kept + 1 : TACIT_PLACES;
	return 0;
}

/* Return: 1, and the reader as it stood before the byte `seq`; 0 if that is not known. */
static __always_inline int place_find(const struct tacit_flow *flow, __u32 seq, struct tacit_reader *r)
{
	__u32 i;

	if (!flow || !r)
		return 0;
	if (seq == flow->first) {
		__builtin_memset(r, 0, sizeof(*r));
		r->next = seq;
		return 1;
	}
	for (i = 0; i < TACIT_PLACES; i++) {
		if (i < flow->kept && flow->place[i].next == seq) {
			*r = flow->place[i];
			return 1;
		}
	}
	return 0;
}

#endif
