// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "key_name.h"
#include "key_store.h"

const char usage_key_delete[] =
	"NAME [OPTION...]\n"
	"\n"
	"Removes a key from the kernel and its sealed file from the disk. It cannot be\n"
	"brought back, and its certificate is of no more use; on a terminal the name is asked for again.\n"
	"\n"
	"  -y, --yes             do not ask\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n";

static bool confirmed(const char *name)
{
	char line[TACIT_NAME_MAX + 2];

	fprintf(stderr, "The key %s cannot be brought back. Type its name to remove it: ", name);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, name);
}

int command_key_delete(int argc, char **argv)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "yes", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 }
	};
	struct cli_options options = { .json = false };
	bool yes = !isatty(STDIN_FILENO);
	struct key_error error = { "" };
	struct key_store store;
	const char *name;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT "y", longs, NULL)) != -1) {
		if (option == 'y')
			yes = true;
		else if ((code = cli_option(option, &options)) || options.help)
			return code;
	}
	if (argc - optind != 1)
		return cli_usage("one NAME is wanted");
	name = argv[optind];
	if (!key_name_valid(name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	code = key_store_open(&store, &options);
	if (code)
		return code;
	if (!yes && !confirmed(name))
		code = cli_fail(&options, "key %s was left as it is", name);
	else if (keystore_delete(store.module, &store.paths, name, &error))
		code = cli_fail(&options, "%s", error.text);
	key_store_close(&store);
	if (code)
		return code;
	if (options.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "deleted", json_object_new_string(name));
		return cli_json(o);
	}
	printf("key %s removed\n", name);
	return CLI_OK;
}
