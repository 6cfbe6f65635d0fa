// SPDX-License-Identifier: GPL-2.0
/* tacit key reseal: another state of the machine in which the TPM gives the root key. */
#include <getopt.h>
#include <stdio.h>

#include "key_store.h"

const char usage_key_reseal[] =
	"[OPTION...]\n"
	"\n"
	"  --pcrs LIST           PCRs that must stay as they are now, like 7 or 0,7; none: any state;\n"
	"                        default: root_pcrs of the configuration, else none\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --root-key FILE       of the root key; what a TPM sealed stands beside it as " ROOTKEY_TPM_NAME
	" (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n"
	"\n"
	"Before firmware is changed: --pcrs none; after the boot that follows, once more with those\n"
	"that are wanted. The TPM must be able to unseal the root key now.\n";

enum { OPTION_PCRS = CLI_OPTION_OWN };

/* Return: CLI_OK with *pcrs set if it was given, or help asked for; CLI_USAGE. */
static int parse(int argc, char **argv, struct cli_options *options, uint32_t *pcrs, bool *given)
{
	static const struct option longs[] = {
		CLI_LONG, { "pcrs", required_argument, NULL, OPTION_PCRS }, { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		int code = CLI_OK;

		if (option != OPTION_PCRS)
			code = cli_option(option, options);
		else if (!pcrs_parse(optarg, pcrs))
			code = cli_usage("--pcrs %.40s: it must be numbers from 0 to 23 with commas between, or none", optarg);
		else
			*given = true;
		if (code || options->help)
			return code;
	}
	return argc > optind ? cli_usage("%s is too much", argv[optind]) : CLI_OK;
}

int command_key_reseal(int argc, char **argv)
{
	struct cli_options options = { .json = false };
	struct key_error error = { "" };
	char text[PCRS_TEXT_MAX];
	struct key_store store;
	bool given = false;
	uint32_t pcrs = 0;
	int code;

	code = parse(argc, argv, &options, &pcrs, &given);
	if (code || options.help)
		return code;
	code = key_store_open(&store, &options);
	if (code)
		return code;
	if (!given)
		pcrs = store.config.root_pcrs;
	pcrs_text(pcrs, text);
	if (rootkey_reseal(store.module, &store.paths.root, pcrs, &error)) {
		code = cli_fail(&options, "%s", error.text);
	} else if (options.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "pcrs", json_object_new_string(text));
		code = cli_json(o);
	} else {
		printf("sealed anew; PCRs: %s\n", text);
	}
	key_store_close(&store);
	return code;
}
