/* SPDX-License-Identifier: GPL-2.0 */
/* Chance for keystore_fuzz, which can be had again from its seed. */
#ifndef FUZZ_DRAW_H
#define FUZZ_DRAW_H

#include <stddef.h>
#include <stdint.h>

extern uint64_t fuzz_state;	/* set to the seed; not 0 */

uint64_t draw(void);

/* 0 to n - 1 */
uint32_t below(uint32_t n);

/* Two times in three a number at which bounds lie. */
uint32_t odd_number(void);

void noise(void *out, size_t bytes);

/* Changes a few bytes, or a word to an odd number. */
void mutate(uint8_t *data, size_t bytes);

#endif
