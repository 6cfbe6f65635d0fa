/* SPDX-License-Identifier: GPL-2.0 */
/* What a loaded key may do, for whom and how often: struct tacit_usage, ready to be asked. */
#ifndef TACIT_USAGE_H
#define TACIT_USAGE_H

#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <tacit_key.h>

#include "bucket.h"
#include "content.h"

struct tacit_permit {
	u32 allowed;
	kuid_t uid;
	kgid_t gid;
	char cgroup[TACIT_CGROUP_MAX];	/* empty for any */
	bool counted;			/* there is a budget */
	u64 whole;			/* all of it */
	spinlock_t lock;		/* all below */
	struct tacit_bucket bucket;
	bool csr_closed;
	u64 low_told;	/* ns: when it was last said that this block runs out */
	u64 credit;	/* uses until the next block of the budget */
	u64 block;	/* what the last one was */
	u64 left;	/* in the budget behind that */
};

/* From a blob that passed tacit_blob_check(). */
void tacit_permit_init(struct tacit_permit *permit, const struct tacit_blob *blob);

/*
 * May the current process have `content` signed now? Asked in this order: caller,
 * content, cgroup, budget, rate; a use is counted against the last two only when it
 * is granted. 0, or enum tacit_refusal.
 */
int tacit_permit_sign(struct tacit_permit *permit, const u8 *content, size_t length,
		      const struct tacit_subject *subject);

/* May it seal or open a secret? Without a user and a group in the usage, all may. */
int tacit_permit_seal(struct tacit_permit *permit);

/*
 * Is half of the block gone, or all of it? True once a second at most, for it is told to
 * somebody.
 */
bool tacit_permit_low(struct tacit_permit *permit);

/* What the next block would be: 0 where there is no budget, or nothing left of it. */
u64 tacit_permit_next_block(struct tacit_permit *permit);
/* A block was stored. */
void tacit_permit_credit(struct tacit_permit *permit, u64 block);
u64 tacit_permit_credit_left(struct tacit_permit *permit);

/* Are requests closed? */
void tacit_permit_close(struct tacit_permit *permit, bool closed);

/* The errno of an enum tacit_refusal, as tacit_key.h documents it; negative. */
int tacit_refusal_errno(int refusal);

/* "tls13-client,csr" */
void tacit_permit_describe(const struct tacit_permit *permit, struct seq_file *out);

#endif
