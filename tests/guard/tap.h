/* SPDX-License-Identifier: GPL-2.0 */
/* What a test says: a line a check (TAP, testanything.org), on standard output. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

void ok(bool good, const char *what);
/* The plan. Return: the exit status, 1 where a check failed. */
int tap_end(void);

#endif
