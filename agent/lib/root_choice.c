// SPDX-License-Identifier: GPL-2.0
#include "root_choice.h"

#include <stdio.h>
#include <string.h>

#define PCR_COUNT 24

bool pcrs_parse(const char *text, uint32_t *pcrs)
{
	uint32_t all = 0;

	if (!strcmp(text, "none")) {
		*pcrs = 0;
		return true;
	}
	for (;;) {
		unsigned int n = 0;
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 2; text++, digits++)
			n = 10 * n + (unsigned int)(*text - '0');
		if (!digits || n >= PCR_COUNT || all & 1u << n)
			return false;
		all |= 1u << n;
		if (!*text) {
			*pcrs = all;
			return true;
		}
		if (*text++ != ',')
			return false;
	}
}

void pcrs_text(uint32_t pcrs, char text[PCRS_TEXT_MAX])
{
	size_t used = 0;

	for (unsigned int n = 0; n < PCR_COUNT; n++)
		if (pcrs & 1u << n)
			used += (size_t)snprintf(text + used, PCRS_TEXT_MAX - used, "%s%u", used ? "," : "", n);
	if (!used)
		strcpy(text, "none");
}
