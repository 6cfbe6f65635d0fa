// SPDX-License-Identifier: GPL-2.0
/* tacit guard open and close: for service staff, and for a time. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "control_client.h"
#include "guard_for.h"

#define NS_PER_S 1000000000ull
#define OPEN_S 600
#define OPEN_MAX_S (24 * 3600)

const char usage_guard_open[] =
	"[--for TIME]\n"
	"\n"
	"Let everything out that the guard would refuse, plain text too, until TIME is over or\n"
	"`tacit guard close` says so. The kernel holds the time: it ends without tacitd as well.\n"
	"\n"
	"      --for TIME        like 90s, 10min or 2h; 24h at most (10min)\n"
	"  -j, --json            JSON on standard output\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n";

const char usage_guard_close[] =
	"[--all | --end]\n"
	"\n"
	"End what `tacit guard open` began: the guard refuses again what the configuration does not\n"
	"allow.\n"
	"\n"
	"      --all             let nothing out at all, but [allow rescue], whatever the configuration\n"
	"                        allows, until --end or a reboot; without tacitd as well\n"
	"      --end             end that\n"
	"  -j, --json            JSON on standard output\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n";

/* @done: what to say then */
static int ask(const struct cli_options *options, const char *question, const char *done)
{
	struct json_object *answer, *error;
	FILE *answers;
	int code = control_question(options, question, &answers);

	if (code)
		return code;
	answer = control_read(answers);
	fclose(answers);
	if (!answer)
		return cli_fail(options, "tacitd gave no answer; its log says why");
	if (json_object_object_get_ex(answer, "error", &error)) {
		code = cli_fail(options, "%s", json_object_get_string(error));
		json_object_put(answer);
		return code;
	}
	if (options->json)
		return cli_json(answer);
	json_object_put(answer);
	puts(done);
	return CLI_OK;
}

int guard_for(int argc, char **argv, struct cli_options *options, uint64_t most, uint64_t *seconds)
{
	static const struct option longs[] = { CLI_LONG, { "for", required_argument, NULL, CLI_OPTION_OWN },
					       { NULL, 0, NULL, 0 } };
	const char *time = NULL;
	uint64_t ns;
	int option;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		int code = option == CLI_OPTION_OWN ? CLI_OK : cli_option(option, options);

		if (option == CLI_OPTION_OWN)
			time = optarg;
		if (code || options->help)
			return code;
	}
	if (argc > optind)
		return cli_usage("%s is too much", argv[optind]);
	if (!time)
		return CLI_OK;
	if (config_time(time, &ns) || ns < NS_PER_S || ns > most * NS_PER_S)
		return cli_usage("--for %s is refused; it must be a time from 1s to %" PRIu64 "h, like 10min", time, most / 3600);
	*seconds = (ns + NS_PER_S - 1) / NS_PER_S;
	return CLI_OK;
}

int command_guard_open(int argc, char **argv)
{
	struct cli_options options = { 0 };
	uint64_t seconds = OPEN_S;
	char question[32], done[128];
	int code = guard_for(argc, argv, &options, OPEN_MAX_S, &seconds);

	if (code || options.help)
		return code;
	snprintf(question, sizeof(question), "open %" PRIu64, seconds);
	snprintf(done, sizeof(done), "the guard is OPEN for %" PRIu64 " s: everything leaves; `tacit guard close` ends it",
		 seconds);
	return ask(&options, question, done);
}

int command_guard_close(int argc, char **argv)
{
	enum { ALL = CLI_OPTION_OWN, END };
	static const struct option longs[] = { CLI_LONG,
					       { "all", no_argument, NULL, ALL },
					       { "end", no_argument, NULL, END },
					       { NULL, 0, NULL, 0 } };
	struct cli_options options = { 0 };
	bool all = false, end = false;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		all |= option == ALL;
		end |= option == END;
		code = option == ALL || option == END ? CLI_OK : cli_option(option, &options);
		if (code || options.help)
			return code;
	}
	if (argc > optind)
		return cli_usage("%s is too much", argv[optind]);
	if (all && end)
		return cli_usage("--all and --end are opposites");
	if (all)
		return ask(&options, "hold",
			   "the guard is CLOSED: nothing leaves but [allow rescue]; `tacit guard close --end` ends it");
	if (end)
		return ask(&options, "release", "what the configuration allows leaves again");
	return ask(&options, "close", "the guard is not open: it refuses what the configuration does not allow");
}
