/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Monotonic counters, one for each key with a budget, where the root key's origin has such
 * (TPM 2.0 NV counters). A key's sealed blob names its counter and what it read when the blob
 * was current; a blob of an earlier reading is an old one that was put back.
 */
#ifndef TACIT_COUNTER_H
#define TACIT_COUNTER_H

#include <linux/types.h>
#include <tacit_key.h>

/* All may sleep, and are called one at a time. Return 0 or a negative errno. */
struct tacit_counter_ops {
	/*
	 * A fresh counter: its number, not 0, and what it reads, which is more than any counter
	 * of that number ever read before. -ENOSPC where there is no room for one.
	 */
	int (*make)(u32 *number, u64 *value);
	/* -ENOENT: there is none of that number. */
	int (*read)(u32 number, u64 *value);
	/* One step further; `value` is what it reads then. */
	int (*advance)(u32 number, u64 *value);
	/* Gives it up for good. */
	int (*drop)(u32 number);
};

/*
 * Called by the root key's origin when its key was accepted, and with NULL when it goes. The
 * store's lock is held.
 */
void tacit_counter_provide(const struct tacit_counter_ops *ops);

/*
 * Gives a fresh blob with a budget a counter, where there are such; others are left as they are.
 * 0; what the origin says.
 */
int tacit_counter_give(struct tacit_blob *blob);

/* Gives up what a blob was given that came to nothing. Called wherever such a blob is freed. */
void tacit_counter_withdraw(struct tacit_blob *blob);

/* The same, dispatched; without ops -ENODEV. */
int tacit_counter_advance(u32 number, u64 *value);
int tacit_counter_drop(u32 number);

/*
 * Is a blob of this reading current? One step ahead it is as well: it was written, and power
 * failed before the counter followed; then it follows now. Number 0 is always current. 0; -ESTALE;
 * what the origin says.
 */
int tacit_counter_check(u32 number, u64 reading);

#endif
