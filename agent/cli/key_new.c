// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "key_name.h"
#include "key_request.h"

const char usage_key_new[] =
	"NAME [OPTION...]\n"
	"\n"
	"  --algorithm NAME      p256, p384, or secret: a key that seals secrets (p256)\n"
	KEY_REQUEST_HELP
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  --root-key FILE       root key, made if there is none (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n";

enum { OPTION_ALGORITHM = KEY_REQUEST_END };

struct wish {
	struct key_request request;
	uint32_t algorithm;
	const char *name;
};

static int take_algorithm(const char *text, struct wish *w)
{
	if (key_algorithm_parse(text, &w->algorithm))
		return cli_usage("--algorithm takes p256, p384 and secret; an RSA key can only be imported");
	return CLI_OK;
}

static int take(int option, struct cli_options *options, struct wish *w)
{
	if (option == OPTION_ALGORITHM)
		return take_algorithm(optarg, w);
	return option >= CLI_OPTION_OWN ? key_request_take(option, &w->request) : cli_option(option, options);
}

static int parse(int argc, char **argv, struct cli_options *options, struct wish *w)
{
	static const struct option longs[] = {
		CLI_LONG,
		KEY_REQUEST_LONG,
		{ "algorithm", required_argument, NULL, OPTION_ALGORITHM },
		{ NULL, 0, NULL, 0 }
	};
	const uint32_t usual = w->request.usage;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		code = take(option, options, w);
		if (code || options->help)
			return code;
	}
	if (argc - optind != 1)
		return cli_usage("one NAME is wanted");
	w->name = argv[optind];
	if (!key_name_valid(w->name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	if (w->algorithm != TACIT_ALGORITHM_SECRET)
		return CLI_OK;
	if (w->request.usage != usual)
		return cli_usage("a key that seals secrets signs nothing: leave --usage out");
	w->request.usage = TACIT_USAGE_SEAL;
	return CLI_OK;
}

int command_key_new(int argc, char **argv)
{
	struct wish w = { .request = KEY_REQUEST_DEFAULTS, .algorithm = TACIT_ALGORITHM_ECDSA_P256 };
	struct cli_options options = { .json = false };
	struct key_error error = { "" };
	struct tacit_usage usage;
	struct key_store store;
	struct module_key key;
	int code;

	code = parse(argc, argv, &options, &w);
	if (code || options.help)
		return code;
	code = key_store_open_up(&store, &options);
	if (code)
		return code;
	code = key_request_fill(&w.request, &store, &usage);
	if (!code && keystore_new(store.module, &store.paths, w.name, w.algorithm, &usage, &key, &error))
		code = cli_fail(&options, "%s", error.text);
	if (!code)
		code = key_request_tell(&store, &key, "made in the kernel");
	key_store_close(&store);
	return code;
}
