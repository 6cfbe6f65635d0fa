// SPDX-License-Identifier: GPL-2.0
/*
 * What may stand in tacit.conf(5), told by the program's own tables: a line a
 * key, tab separated: section, key, "required" or "optional", bounds of a number
 * ("MIN to MAX"), the words of a choice (with commas), the default. Read by
 * tests/unit/test_manual, which compares it with the manual.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_keys.h"

/* Nothing but what is required, so that all else holds its default. */
static const char minimal[] = "[device]\n"
			      "uplink = eth0\n"
			      "[schedule]\n"
			      "period = 2s\n"
			      "jitter = 1s\n"
			      "open = 250ms\n"
			      "[uplink eth0]\n"
			      "[channel name-of-the-channel]\n"
			      "shape = none\n"
			      "listen = 127.0.0.1:1883\n"
			      "upstream = host-of-upstream:8883\n"
			      "key = key\n"
			      "certificate = /c\n"
			      "ca = /needed-to-connect\n"
			      "[allow rule]\n"
			      "protocol = udp\n"
			      "reason = text\n";

static const void *target(const struct config *config, const char *kind)
{
	if (!strcmp(kind, "channel"))
		return &config->channels[0];
	if (!strcmp(kind, "allow"))
		return &config->allows[0];
	return !strcmp(kind, "uplink") ? (const void *)&config->paces[0] : config;
}

static unsigned long long number(const void *field, size_t room)
{
	uint16_t n16;
	uint32_t n32;
	uint64_t n64;

	switch (room) {
	case 1:
		return *(const uint8_t *)field;
	case 2:
		memcpy(&n16, field, sizeof(n16));
		return n16;
	case 4:
		memcpy(&n32, field, sizeof(n32));
		return n32;
	case 8:
		memcpy(&n64, field, sizeof(n64));
		return n64;
	default:
		return 0;
	}
}

static void print_default(const struct config_value *v, const void *section)
{
	const void *field = (const char *)section + v->offset;

	if (v->parse == value_number) {
		printf("%llu", number(field, v->room));
	} else if (v->parse == value_rate) {
		printf("%llu/min", number(field, v->room));
	} else if (v->parse == value_time) {
		printf("%llus", number(field, v->room) / 1000000000);
	} else if (v->parse == value_choice) {
		for (const struct config_choice *c = v->choices; c->word && v->room; c++)
			if (number(field, v->room) == c->value)
				printf("%s", c->word);
	} else if (v->parse == value_pcrs) {
		char text[PCRS_TEXT_MAX];

		pcrs_text((uint32_t)number(field, v->room), text);
		printf("%s", text);
	} else if (v->parse == value_text || v->parse == value_path || v->parse == value_user ||
		   v->parse == value_host || v->parse == value_client_id || v->parse == value_topic) {
		printf("%s", (const char *)field);
	}
}

static void print_key(const char *kind, const struct config_key *key, const struct config *config)
{
	const struct config_value *v = &key->value;

	printf("%s\t%s\t%s\t", kind, key->name, key->required ? "required" : "optional");
	if (v->parse == value_number)
		printf("%llu to %llu", (unsigned long long)v->min, (unsigned long long)v->max);
	putchar('\t');
	for (const struct config_choice *c = v->choices; c && c->word; c++)
		printf("%s%s", c == v->choices ? "" : ",", c->word);
	putchar('\t');
	if (!key->required)
		print_default(v, target(config, kind));
	putchar('\n');
}

int main(void)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_error error;

	if (!config || config_parse("minimal", minimal, sizeof(minimal) - 1, config, &error)) {
		fprintf(stderr, "config_table: %s\n", config ? error.text : "out of memory");
		free(config);
		return 1;
	}
	for (size_t i = 0; i < config_section_count; i++)
		for (size_t k = 0; k < config_sections[i].key_count; k++)
			print_key(config_sections[i].kind, &config_sections[i].keys[k], config);
	free(config);
	return 0;
}
