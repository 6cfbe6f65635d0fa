// SPDX-License-Identifier: GPL-2.0
#include "tap.h"

#include <stdio.h>

static unsigned int count, failures;

void ok(bool good, const char *what)
{
	count++;
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", count, what);
}

int tap_end(void)
{
	printf("1..%u\n", count);
	return failures ? 1 : 0;
}
