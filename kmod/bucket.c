// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>

#include "bucket.h"

void tacit_bucket_init(struct tacit_bucket *bucket, u64 interval, u32 burst)
{
	bucket->interval = interval;
	bucket->depth = interval * (burst - 1);
	bucket->full = 0;
}

bool tacit_bucket_take(struct tacit_bucket *bucket, u64 now)
{
	u64 from = max(bucket->full, now);

	if (from - now > bucket->depth)
		return false;
	bucket->full = from + bucket->interval;
	return true;
}
