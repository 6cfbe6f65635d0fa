/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wiping the kernel stack below the caller. The kernel's curve and cipher code
 * leaves scalars, keys and half-way results in frames that are gone; nobody else
 * wipes them.
 */
#ifndef TACIT_BURN_H
#define TACIT_BURN_H

/* Called by whoever called what computed with a secret. */
void tacit_burn_stack(void);

#endif
