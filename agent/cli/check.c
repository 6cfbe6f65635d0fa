// SPDX-License-Identifier: GPL-2.0
/* tacit check: is the configuration one that tacitd takes? */
#include <stdio.h>

#include "cli.h"

static struct json_object *summary(const char *file, const struct config *config)
{
	struct json_object *o = json_object_new_object(), *channels = json_object_new_array();

	json_object_object_add(o, "file", json_object_new_string(file));
	json_object_object_add(o, "uplink", json_object_new_string(config->uplink));
	json_object_object_add(o, "slots", json_object_new_boolean(config->schedule.period != 0));
	for (size_t i = 0; i < config->channel_count; i++)
		json_object_array_add(channels, json_object_new_string(config->channels[i].name));
	json_object_object_add(o, "channels", channels);
	json_object_object_add(o, "allows", json_object_new_int64((int64_t)config->allow_count));
	return o;
}

int command_check(int argc, char **argv)
{
	struct cli_options options = { 0 };
	struct config_error error = { "" };
	struct config config;
	const char *file;
	int code = cli_parse(argc, argv, &options, 0, NULL);

	if (code || options.help)
		return code;
	file = options.config ? options.config : CONFIG_DEFAULT_FILE;
	if (config_load(file, &config, &error))
		return cli_fail(&options, "%s", error.text);
	if (options.json)
		return cli_json(summary(file, &config));
	printf("%s: good; uplink %s, slots %s, %zu channels, %zu rules\n", file, config.uplink,
	       config.schedule.period ? "on" : "off", config.channel_count, config.allow_count);
	return CLI_OK;
}
