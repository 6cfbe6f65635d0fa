// SPDX-License-Identifier: GPL-2.0
/* A private key that was made elsewhere: read, encrypted for the module, wiped. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "key_name.h"
#include "key_request.h"
#include "private_key.h"

const char usage_key_import[] =
	"NAME FILE [OPTION...]\n"
	"\n"
	"FILE holds one private key, PKCS #8 in PEM or DER; - is standard input: ECDSA on P-256 or\n"
	"P-384, or RSA of 2048 or 3072 bits. The key goes into the kernel encrypted to a one-time key\n"
	"of the module's and is shown as exposed for ever. Remove FILE afterwards: shred -u FILE\n"
	"\n"
	KEY_REQUEST_HELP
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  --root-key FILE       root key, made if there is none (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n";

struct wish {
	struct key_request request;
	const char *name;
	const char *file;
};

static int parse(int argc, char **argv, struct cli_options *options, struct wish *w)
{
	static const struct option longs[] = { CLI_LONG, KEY_REQUEST_LONG, { NULL, 0, NULL, 0 } };
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		code = option >= CLI_OPTION_OWN ? key_request_take(option, &w->request) : cli_option(option, options);
		if (code || options->help)
			return code;
	}
	if (argc - optind != 2)
		return cli_usage("a NAME and a FILE (or -) are wanted");
	w->name = argv[optind];
	w->file = argv[optind + 1];
	if (!key_name_valid(w->name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	return CLI_OK;
}

static int import(struct key_store *store, const struct wish *w)
{
	struct key_error error = { "" };
	struct private_key *private;
	struct tacit_usage usage;
	struct module_key key;
	int code;

	code = key_request_fill(&w->request, store, &usage);
	if (code)
		return code;
	/* All else is done: the key stands in this process as shortly as can be. */
	if (private_key_read(&private, w->file, &error))
		return cli_fail(store->options, "%s", error.text);
	if (keystore_import(store->module, &store->paths, w->name, &usage, private->der, private->bytes, &key, &error))
		code = cli_fail(store->options, "%s: %s", w->file, error.text);
	private_key_free(private);
	return code ? code : key_request_tell(store, &key, "imported");
}

int command_key_import(int argc, char **argv)
{
	struct wish w = { .request = KEY_REQUEST_DEFAULTS };
	struct cli_options options = { .json = false };
	struct key_store store;
	int code;

	code = parse(argc, argv, &options, &w);
	if (code || options.help)
		return code;
	code = key_store_open_up(&store, &options);
	if (code)
		return code;
	code = import(&store, &w);
	key_store_close(&store);
	return code;
}
