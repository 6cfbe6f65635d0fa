/* SPDX-License-Identifier: GPL-2.0 */
/* What schedule_equal.c and its eBPF half share. */
#ifndef SCHEDULE_EQUAL_H
#define SCHEDULE_EQUAL_H

#include "tacit_bpf.h"

#define BATCH 1024

struct batch {
	struct tacit_schedule schedule;
	struct tacit_pace pace;
	__u32 class;
	__u32 reserved;
	__u64 now[BATCH];
	__u64 departure[BATCH];
	__u64 number[BATCH];
};

/* What slots are asked for, one after the other, and what was given. */
struct spending {
	__u64 spent;
	__u32 budget;
	__u32 reserved;
	__u64 earliest[BATCH];
	__u32 bytes[BATCH];
	__u64 number[BATCH]; /* NO_ROOM: dropped */
};

#define NO_ROOM (~0ull)

#endif
