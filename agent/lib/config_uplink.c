/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_values.h"

#define BLANKS " \t"

/* "uplink = NAME ...", with a comment or without. What is no name is passed over: better one guarded than none. */
static bool names_uplink(const char *line, size_t bytes, struct config_uplinks *uplinks)
{
	char copy[256], *name, *word;

	if (bytes >= sizeof(copy))
		bytes = sizeof(copy) - 1;
	memcpy(copy, line, bytes);
	copy[bytes] = 0;
	if (strncmp(copy, "uplink", 6))
		return false;
	name = copy + 6 + strspn(copy + 6, BLANKS);
	if (*name++ != '=')
		return false;
	name += strspn(name, BLANKS);
	name[strcspn(name, ";#\r")] = 0;
	uplinks->count = 0;
	while ((word = strsep(&name, BLANKS ","))) {
		struct config_uplinks one;

		if (uplinks->count < CONFIG_UPLINKS_MAX && value_uplinks(word, NULL, &one))
			memcpy(uplinks->name[uplinks->count++], one.name[0], sizeof(one.name[0]));
	}
	return uplinks->count > 0;
}

bool config_uplink(const char *text, size_t bytes, struct config_uplinks *uplinks)
{
	while (bytes) {
		const char *end = memchr(text, '\n', bytes);
		size_t line = end ? (size_t)(end - text) : bytes;

		if (names_uplink(text, line, uplinks))
			return true;
		text += line + (end ? 1 : 0);
		bytes -= line + (end ? 1 : 0);
	}
	return false;
}

const struct tacit_pace *config_pace(const struct config *config, const char *link)
{
	for (size_t i = 0; i < config->pace_count; i++)
		if (!strcmp(config->paces[i].name, link))
			return &config->paces[i].pace;
	return &config->pace;
}

const char *config_uplinks_text(const struct config_uplinks *uplinks, char text[CONFIG_UPLINKS_TEXT])
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < uplinks->count; i++)
		used += (size_t)snprintf(text + used, CONFIG_UPLINKS_TEXT - used, "%s%s", i ? ", " : "", uplinks->name[i]);
	return text;
}
