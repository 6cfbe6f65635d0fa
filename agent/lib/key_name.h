/* SPDX-License-Identifier: GPL-2.0 */
/* The rule for a key's name (see tacit_key.h), for all who take one from outside. */
#ifndef KEY_NAME_H
#define KEY_NAME_H

#include <stdbool.h>
#include <string.h>

#include "tacit_key.h"

/* Is `name`, NUL terminated, 1 to 63 of [a-z0-9._-] with the first one of [a-z0-9]? */
static inline bool key_name_valid(const char *name)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strnlen(name, TACIT_NAME_MAX);

	return n >= 1 && n < TACIT_NAME_MAX && name[0] != '.' && name[0] != '_' && name[0] != '-' &&
	       strspn(name, all) == n;
}

#define KEY_NAME_RULE "1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or a digit"

#endif
