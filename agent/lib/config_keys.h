/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What may stand in tacit.conf(5): the sections and the keys of each, as tables.
 * For config.c only.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "config_values.h"

#define CONFIG_KEYS_MAX 32	/* of one section: bits of a uint32_t */

struct config_section;

struct config_key {
	const char *name;
	bool required;	/* whatever else stands in the section */
	struct config_value value;
};

/* What a section's check is given: the whole, for comparing, and where to complain. */
struct config_place {
	const char *file;
	int line;	/* of the section's head */
	const struct config *config;
	struct config_error *error;
	const struct config_section *section;
	uint32_t seen;		/* which of its keys were given */
	const int *lines;	/* and where */
};

struct config_section {
	const char *kind;
	bool named;	/* [kind NAME], any number of them */
	bool all_or_none;	/* the required keys may be missing together */
	const struct config_key *keys;
	size_t key_count;
	/* What no key can know alone, once the section is complete. Return: 0, or -EINVAL and the error's text is set. */
	int (*check)(const struct config_place *place, void *target);
};

extern const struct config_section config_sections[];
extern const size_t config_section_count;

/* Set "FILE:LINE: text". Return: -EINVAL, always. */
int config_complain(struct config_error *error, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The line of a key of this section, 0 where it was not given. */
int config_key_line(const struct config_place *place, const char *key);

/* The checks; config_check_whole() is for what concerns several sections. */
int config_check_device(const struct config_place *place, void *target);
int config_check_channel(const struct config_place *place, void *target);
int config_check_allow(const struct config_place *place, void *target);
int config_check_schedule(const struct config_place *place, void *target);
int config_check_uplink(const struct config_place *place, void *target);
int config_check_whole(const struct config_place *place);

#endif
