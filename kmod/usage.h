/* SPDX-License-Identifier: GPL-2.0 */
/* What a loaded key may sign, for whom and how often: struct tacit_usage, ready to be asked. */
#ifndef TACIT_USAGE_H
#define TACIT_USAGE_H

#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <tacit_key.h>

#include "bucket.h"

struct tacit_permit {
	u32 allowed;
	kuid_t uid;
	kgid_t gid;
	spinlock_t lock;	/* bucket */
	struct tacit_bucket bucket;
};

/* From a usage that tacit_usage_check() found good. */
void tacit_permit_init(struct tacit_permit *permit, const struct tacit_usage *usage);

/*
 * May the current process have `content` signed now? Asked in this order:
 * caller, content, rate; a signature is counted against the rate only when it
 * is granted. 0, or enum tacit_refusal.
 */
int tacit_permit_ask(struct tacit_permit *permit, const u8 *content, size_t length,
		     const u8 public_key[2 * TACIT_P256_BYTES]);

/* The errno of an enum tacit_refusal, as tacit_key.h documents it; negative. */
int tacit_refusal_errno(int refusal);

/* "tls13-client,csr" */
void tacit_permit_describe(const struct tacit_permit *permit, struct seq_file *out);

#endif
