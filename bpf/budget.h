/* SPDX-License-Identifier: GPL-2.0 */
/* How much may leave in a slot; see struct tacit_pace in tacit_bpf.h. */
#ifndef TACIT_BUDGET_H
#define TACIT_BUDGET_H

#include <linux/types.h>
#include "tacit_bpf.h"

#define BUDGET_TRIES 8

/* As few words as can be, so that one instruction of the processor can exchange them. */
static __always_inline __u64 budget_word(__u64 number, __u64 bytes)
{
	return number << TACIT_SPENT_BITS | bytes;
}

/*
 * Take `bytes` from slot `earliest` of the class, or from one after it.
 * *number is the one. Return: not 0 where none has room within TACIT_BUDGET_AHEAD.
 */
static __always_inline int budget_take(__u64 *word, __u32 budget, __u64 earliest, __u64 bytes,
				       __u64 *number)
{
	__u64 seen = *(volatile __u64 *)word, is, taken, after, slots;
	int i;

	for (i = 0; i < BUDGET_TRIES; i++) {
		*number = seen >> TACIT_SPENT_BITS;
		taken = seen & TACIT_SPENT_BYTES;
		/* Ahead of what can be: of another schedule. */
		if (*number < earliest || *number > earliest + 2 * TACIT_BUDGET_AHEAD) {
			*number = earliest;
			taken = 0;
		}
		if (taken && taken + bytes > budget) {
			*number += 1;
			taken = 0;
		}
		if (*number > earliest + TACIT_BUDGET_AHEAD)
			return 1;
		taken += bytes;
		after = *number;
		/* It was let into an empty slot, whole: the next ones pay for it. */
		if (taken > budget) {
			slots = taken / budget;
			after += slots < TACIT_BUDGET_AHEAD ? slots : TACIT_BUDGET_AHEAD;
			taken %= budget;
		}
		is = __sync_val_compare_and_swap(word, seen, budget_word(after, taken));
		if (is == seen)
			return 0;
		seen = is;
	}
	return 1;
}

/*
 * budget_take() where the latest slot is one of those and has room, which is nearly always.
 * Return: not 0 if so.
 */
static __always_inline int budget_fits(__u64 *word, __u32 budget, __u64 earliest, __u64 bytes,
				       __u64 *number)
{
	__u64 seen = *(volatile __u64 *)word, taken = seen & TACIT_SPENT_BYTES;

	*number = seen >> TACIT_SPENT_BITS;
	return *number - earliest <= TACIT_BUDGET_AHEAD && taken && taken + bytes <= budget &&
	       __sync_val_compare_and_swap(word, seen, seen + bytes) == seen;
}

#endif
