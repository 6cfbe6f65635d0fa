// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "key_name.h"
#include "key_reference.h"
#include "key_store.h"

const char usage_key_reference[] =
	"NAME [OPTION...]\n"
	"\n"
	"Writes a PEM file that names the key, for programs that take a key file and no URI\n"
	"(curl, nginx, mosquitto). It holds no secret; the program needs the OpenSSL provider tacit.\n"
	"\n"
	"  -o, --out FILE        instead of standard output\n"
	"  -j, --json            JSON on standard output\n";

/* Lines of 64 are RFC 7468's limit. */
#define PEM_LINE 64
#define PEM_MAX 512

static int pem(const char *name, char out[PEM_MAX])
{
	uint8_t der[KEY_REFERENCE_MAX];
	char base64[(KEY_REFERENCE_MAX + 2) / 3 * 4 + 1];
	size_t used;
	int n;

	n = EVP_EncodeBlock((unsigned char *)base64, der, key_reference_write(der, name));
	used = snprintf(out, PEM_MAX, "-----BEGIN " KEY_REFERENCE_LABEL "-----\n");
	for (int i = 0; i < n; i += PEM_LINE)
		used += snprintf(out + used, PEM_MAX - used, "%.*s\n", PEM_LINE, base64 + i);
	used += snprintf(out + used, PEM_MAX - used, "-----END " KEY_REFERENCE_LABEL "-----\n");
	return used;
}

int command_key_reference(int argc, char **argv)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "out", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 }
	};
	struct cli_options options = { .json = false };
	const char *path = NULL;
	char text[PEM_MAX];
	int option, code, bytes;

	while ((option = getopt_long(argc, argv, CLI_SHORT "o:", longs, NULL)) != -1) {
		if (option == 'o')
			path = optarg;
		else if ((code = cli_option(option, &options)) || options.help)
			return code;
	}
	if (argc - optind != 1)
		return cli_usage("one NAME is wanted");
	if (!key_name_valid(argv[optind]))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	bytes = pem(argv[optind], text);
	if (options.json && !path) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "reference", json_object_new_string(text));
		return cli_json(o);
	}
	return key_write_out(&options, path, text, bytes);
}
