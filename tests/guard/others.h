/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OTHERS_H
#define OTHERS_H

#include "bench.h"

/* Whoever writes another's addresses does nothing to its connections; whoever comes after them has their ports. */
void others_flows(struct bench *b, void (*ok)(bool good, const char *what));

#endif
