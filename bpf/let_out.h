/* SPDX-License-Identifier: GPL-2.0 */
/* `tacit guard open`: for a time, which the kernel holds, nothing is refused. */
#ifndef TACIT_LET_OUT_H
#define TACIT_LET_OUT_H

#include "maps.h"

/* Asked of the clock that goes on while the machine sleeps: it is not open for longer than was said. */
static __always_inline int let_out(const struct tacit_policy *pol)
{
	return pol->open_until && bpf_ktime_get_boot_ns() < pol->open_until;
}

#endif
