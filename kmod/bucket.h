/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A token bucket, kept as one moment: when the bucket would be full again.
 * That is the generic cell rate algorithm of ITU-T I.371 in its virtual
 * scheduling form. The caller serialises access.
 */
#ifndef TACIT_BUCKET_H
#define TACIT_BUCKET_H

#include <linux/types.h>

struct tacit_bucket {
	u64 interval;	/* ns a token takes to come back */
	u64 depth;	/* ns by which `full` may lie ahead of now */
	u64 full;	/* ns, the clock of the caller */
};

/* A full bucket of `burst` tokens (at least 1), each back after `interval` ns (at least 1). */
void tacit_bucket_init(struct tacit_bucket *bucket, u64 interval, u32 burst);

/* Takes a token at `now` (ns). False, and nothing taken, when there is none. */
bool tacit_bucket_take(struct tacit_bucket *bucket, u64 now);

#endif
