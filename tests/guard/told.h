/* SPDX-License-Identifier: GPL-2.0 */
/* What an event tells, beside whom it is about. */
#ifndef TOLD_H
#define TOLD_H

#include "bench.h"

void told_events(struct bench *b, void (*ok)(bool good, const char *what));

#endif
