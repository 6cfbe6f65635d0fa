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

static int ask(const struct cli_options *options, const char *question, uint64_t seconds)
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
	if (seconds)
		printf("the guard is OPEN for %" PRIu64 " s: everything leaves; `tacit guard close` ends it\n", seconds);
	else
		printf("the guard refuses again what the configuration does not allow\n");
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
	char question[32];
	int code = guard_for(argc, argv, &options, OPEN_MAX_S, &seconds);

	if (code || options.help)
		return code;
	snprintf(question, sizeof(question), "open %" PRIu64, seconds);
	return ask(&options, question, seconds);
}

int command_guard_close(int argc, char **argv)
{
	struct cli_options options = { 0 };
	int code = cli_parse(argc, argv, &options, 0, NULL);

	return code || options.help ? code : ask(&options, "close", 0);
}
