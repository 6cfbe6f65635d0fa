/* SPDX-License-Identifier: GPL-2.0 */
/* keyctl(2) with all its operations and odd sizes. */
#ifndef FUZZ_KEYCTL_H
#define FUZZ_KEYCTL_H

#include <stdbool.h>

/* One call. Return: it was no error. */
bool odd_keyctl(void);

#endif
