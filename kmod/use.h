/* SPDX-License-Identifier: GPL-2.0 */
/* What keyctl(2) does with a key, behind the key service: asked, permitted, done, told. */
#ifndef TACIT_USE_H
#define TACIT_USE_H

#include <linux/keyctl.h>

#include "key_type.h"

/* Operations and sizes of a key, as keyctl_pkey_query() tells them. */
void tacit_use_query(const struct tacit_device_key *device_key, struct kernel_pkey_query *info);

/*
 * One operation. The key cannot go or change meanwhile. The length of what is in `out`, or
 * an errno as tacit_key.h documents it.
 */
int tacit_use(struct tacit_device_key *device_key, const struct kernel_pkey_params *params,
	      const void *in, void *out);

/* Uses and refusals of all keys since the module was loaded. */
void tacit_use_totals(u64 *uses, u64 *refusals);

#endif
