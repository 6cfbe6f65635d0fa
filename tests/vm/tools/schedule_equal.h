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

#endif
