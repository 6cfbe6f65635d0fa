/* SPDX-License-Identifier: GPL-2.0 */
/* What holder.bpf.c and stale.c share. */
#ifndef HOLDER_H
#define HOLDER_H

#include "tacit_bpf.h"

#define HOLD_STEPS (1u << 21) /* of a few ns each: a round */
#define HOLD_ROUNDS 1000      /* or until `go` */

struct holding {
	struct tacit_flow_key key;
	__u32 held;	/* the flow was found */
	__u32 go;
	__u32 moved;	/* it became verified by the holder */
	__u32 until_retired;	/* or for so long */
};

#endif
