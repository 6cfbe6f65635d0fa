/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>

#include "config.h"
#include "config_values.h"

#define BLANKS " \t"

/* "uplink = NAME", with a comment or without. */
static bool names_uplink(const char *line, size_t bytes, char *uplink)
{
	const struct config_value value = { .room = IF_NAMESIZE };
	char copy[128], *name;

	if (bytes >= sizeof(copy))
		return false;
	memcpy(copy, line, bytes);
	copy[bytes] = 0;
	if (strncmp(copy, "uplink", 6))
		return false;
	name = copy + 6 + strspn(copy + 6, BLANKS);
	if (*name++ != '=')
		return false;
	name += strspn(name, BLANKS);
	name[strcspn(name, BLANKS ";#\r")] = 0;
	return value_interface(name, &value, uplink);
}

bool config_uplink(const char *text, size_t bytes, char *uplink)
{
	while (bytes) {
		const char *end = memchr(text, '\n', bytes);
		size_t line = end ? (size_t)(end - text) : bytes;

		if (names_uplink(text, line, uplink))
			return true;
		text += line + (end ? 1 : 0);
		bytes -= line + (end ? 1 : 0);
	}
	return false;
}
