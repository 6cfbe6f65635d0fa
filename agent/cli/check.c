// SPDX-License-Identifier: GPL-2.0
/* tacit check: is the configuration one that tacitd takes, and is what it names there? */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "../keys/keydir.h"
#include "doctor.h"

const char usage_check[] =
	"[FILE] [OPTION...]\n"
	"\n"
	"Checks a configuration file, then whether the uplink, the user, the keys and the certificates\n"
	"that it names are there and fit each other.\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n"
	"\n"
	"Exit status 1 if tacitd would refuse the file. What is not there yet is named, and no failure.\n";

/* Every key that a channel names is sealed in the directory; the first that is not is told. */
static void check_channel_keys(const struct doctor *d, struct doctor_finding *f)
{
	for (size_t i = 0; d->root && i < d->config.channel_count; i++) {
		const struct config_channel *c = &d->config.channels[i];
		struct key_error error = { "" };
		union tacit_blob_room key;

		if (!keydir_read(d->config.keys, c->key, &key, &error))
			continue;
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: the key %s: %.300s", c->name, c->key, error.text);
		doctor_cure(f, "make it with `tacit key new %s`, or name another as `key`", c->key);
		return;
	}
	f->state = DOCTOR_OK;
}

static void (*const looks[])(const struct doctor *d, struct doctor_finding *f) = {
	doctor_uplink, doctor_user, doctor_clock, check_channel_keys, doctor_certificates,
};

/* Return: how many things are not as they must be; they are printed, or added to `list`. */
static int look_around(const struct doctor *d, struct json_object *list)
{
	int missing = 0;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct doctor_finding f = { .state = DOCTOR_OK };
		char line[2 * DOCTOR_TEXT_MAX + 4];

		looks[i](d, &f);
		if (f.state != DOCTOR_MISSING)
			continue;
		missing++;
		snprintf(line, sizeof(line), "%s%s%s", f.found, f.cure[0] ? "; " : "", f.cure);
		if (list)
			json_object_array_add(list, json_object_new_string(line));
		else
			printf("  !! %s\n", line);
	}
	return missing;
}

static struct json_object *summary(const char *file, const struct config *config)
{
	struct json_object *o = json_object_new_object(), *channels = json_object_new_array();
	struct json_object *uplinks = json_object_new_array();

	json_object_object_add(o, "file", json_object_new_string(file));
	for (size_t i = 0; i < config->uplinks.count; i++)
		json_object_array_add(uplinks, json_object_new_string(config->uplinks.name[i]));
	json_object_object_add(o, "uplinks", uplinks);
	json_object_object_add(o, "slots", json_object_new_boolean(config->schedule.period != 0));
	for (size_t i = 0; i < config->channel_count; i++)
		json_object_array_add(channels, json_object_new_string(config->channels[i].name));
	json_object_object_add(o, "channels", channels);
	json_object_object_add(o, "allows", json_object_new_int64((int64_t)config->allow_count));
	return o;
}

/* The file may stand alone as well, as in `tacit check FILE`. */
static int parse(int argc, char **argv, struct cli_options *options)
{
	static const struct option longs[] = { CLI_LONG, { NULL, 0, NULL, 0 } };
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		code = cli_option(option, options);
		if (code || options->help)
			return code;
	}
	if (argc - optind > 1)
		return cli_usage("%s is too much", argv[optind + 1]);
	if (optind < argc)
		options->config = argv[optind];
	return CLI_OK;
}

int command_check(int argc, char **argv)
{
	struct cli_options options = { 0 };
	struct doctor d = { .options = &options, .config_good = true, .root = !geteuid() };
	struct json_object *list, *o;
	struct config_error error = { "" };
	char uplinks[CONFIG_UPLINKS_TEXT];
	int code = parse(argc, argv, &options);

	if (code || options.help)
		return code;
	d.config_file = options.config ? options.config : CONFIG_DEFAULT_FILE;
	if (config_load(d.config_file, &d.config, &error))
		return cli_fail(&options, "%s", error.text);
	code = cli_config_paths(&options, &d.config);
	if (code)
		return code;
	if (options.json) {
		list = json_object_new_array();
		o = summary(d.config_file, &d.config);
		look_around(&d, list);
		json_object_object_add(o, "missing", list);
		return cli_json(o);
	}
	printf("%s: good; uplink %s, slots %s, %zu channels, %zu rules\n", d.config_file,
	       config_uplinks_text(&d.config.uplinks, uplinks), d.config.schedule.period ? "on" : "off", d.config.channel_count, d.config.allow_count);
	if (look_around(&d, NULL))
		puts("tacitd takes it, and waits for what is named above");
	return CLI_OK;
}
