/* SPDX-License-Identifier: GPL-2.0 */
/* Which word was meant? Pure. */
#ifndef CONFIG_HINT_H
#define CONFIG_HINT_H

#include <stddef.h>

/*
 * The distance between two words: how many letters must be changed, put in, left out
 * or swapped with their neighbour to make one of the other. At most CONFIG_HINT_FAR,
 * which is also that of words too long to be compared.
 */
#define CONFIG_HINT_FAR 3
unsigned int config_hint_distance(const char *a, const char *b);

#endif
