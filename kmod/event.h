/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: TACIT_CMD_EVENT to the family's multicast group, in the initial
 * network namespace. What users cause is metered, so that nobody floods the
 * operator: what is not told at once is told a second later, as a count.
 */
#ifndef TACIT_EVENT_H
#define TACIT_EVENT_H

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <tacit_key.h>

#include "bucket.h"

/* Index 0 is for uses, the others for enum tacit_refusal. */
#define TACIT_METER_CAUSES TACIT_REFUSAL_LIMIT

struct tacit_caller {
	u32 uid;
	u32 pid;
	char comm[TASK_COMM_LEN];
};

/* A key's uses and refusals that are still to be told. */
struct tacit_meter {
	const char *name;
	spinlock_t lock;	/* all below but `work` */
	struct tacit_bucket used;
	struct tacit_bucket refused;
	struct {
		u64 count;
		struct tacit_caller last;
	} pending[TACIT_METER_CAUSES];
	struct tacit_last_refusal {
		int reason;	/* 0: never */
		u32 uid;
		s64 time;	/* seconds since the epoch */
	} last_refusal;
	struct delayed_work work;
};

/*
 * What the operator did: told at once, with the current process as the caller.
 * `name` may be NULL.
 */
void tacit_event(enum tacit_event_kind kind, const char *name);

/* `name` must live as long as the meter. */
void tacit_meter_init(struct tacit_meter *meter, const char *name);

/* The current process used the key (cause 0) or was refused (enum tacit_refusal). May sleep. */
void tacit_meter_count(struct tacit_meter *meter, int cause);

/* The last refusal; its reason is 0 if there was none. */
struct tacit_last_refusal tacit_meter_last_refusal(struct tacit_meter *meter);

/* Tells what is pending; after that nothing runs any more. May sleep. */
void tacit_meter_stop(struct tacit_meter *meter);

#endif
