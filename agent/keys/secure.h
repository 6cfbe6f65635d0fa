/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for what must not be found later: not swapped out, not dumped, not inherited, wiped when freed. */
#ifndef KEYS_SECURE_H
#define KEYS_SECURE_H

#include <stddef.h>

/* Zeroed. The process takes no core dump and cannot be traced by its like from here on. Return: NULL without memory. */
void *secure_alloc(size_t bytes);

/* `p` may be NULL. */
void secure_free(void *p, size_t bytes);

#endif
