/* SPDX-License-Identifier: GPL-2.0 */
/* What the verifier of this kernel has to do for each program that is shipped. */
#ifndef LOADS_H
#define LOADS_H

#include <stdbool.h>
#include <stddef.h>

/* The verifier gives up after a million instructions (BPF_COMPLEXITY_LIMIT_INSNS); a third leaves room for others. */
#define LOADS_MOST 333333u

struct load {
	const char *name;
	unsigned int instructions;	/* of the program */
	unsigned int verified;		/* that the verifier went through */
	size_t log;			/* bytes of its log, level 1 */
};

/* Load all. `tell` gets each program; loads that failed have verified == 0, and the log's end is on standard error. */
void loads_each(void (*tell)(const struct load *load));

#endif
