/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STALE_H
#define STALE_H

#include "bench.h"

/* A program that still holds a flow when its place goes to another, after a sweep and by a new SYN, changes nothing. */
void stale_flows(struct bench *b, void (*ok)(bool good, const char *what));

#endif
