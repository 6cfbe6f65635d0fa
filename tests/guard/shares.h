/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHARES_H
#define SHARES_H

#include "bench.h"

/* Nobody who opens many connections, or answers none, keeps others from theirs. */
void shares_of_table(struct bench *b, void (*ok)(bool good, const char *what));

#endif
