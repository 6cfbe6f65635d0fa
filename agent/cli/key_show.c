// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <stdio.h>

#include "key_store.h"

const char usage_key_show[] =
	"NAME [OPTION...]\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n";

static int print(const struct key_store *store, const struct key_facts *facts)
{
	const struct module_key *key = &facts->key;
	char fingerprint[KEY_FINGERPRINT_MAX], usage[KEY_USAGE_TEXT_MAX], callers[KEY_CALLERS_TEXT_MAX];
	char last[KEY_TIME_TEXT_MAX];

	key_fingerprint(&key->blob, fingerprint);
	key_usage_text(le32toh(key->blob.usage.allowed), usage);
	key_callers_text(&key->blob.usage, callers);
	key_time_text(key->last_use, last);
	printf("name         %s\n", (const char *)key->blob.name);
	printf("algorithm    ECDSA P-256 with SHA-256\n");
	printf("fingerprint  SHA-256 of the public key: %s\n", fingerprint);
	printf("usage        %s\n", usage);
	printf("rate         %u/min, at most %u at once\n", le32toh(key->blob.usage.rate),
	       le32toh(key->blob.usage.burst));
	printf("callers      %s\n", callers);
	printf("exposed      %s\n",
	       key_exposed(&key->blob) ? "yes: the key or its root key has been in user space" : "no");
	if (facts->sealed)
		printf("sealed in    %s/%s.key\n", store->paths.keys, (const char *)key->blob.name);
	else
		printf("sealed in    no file: gone at the next boot\n");
	if (!key->serial) {
		printf("loaded       no; tacitd loads sealed keys when it starts\n");
		return CLI_OK;
	}
	printf("loaded       as key %d\n", key->serial);
	printf("signatures   %llu\n", (unsigned long long)key->signatures);
	printf("refusals     %llu\n", (unsigned long long)key->refusals);
	printf("last use     %s\n", last);
	return CLI_OK;
}

int command_key_show(int argc, char **argv)
{
	struct cli_options options = { .json = false };
	struct key_facts facts;
	struct key_store store;
	const char *name;
	int code;

	code = cli_parse(argc, argv, &options, 1, &name);
	if (code || options.help)
		return code;
	code = key_store_open(&store, &options);
	if (code)
		return code;
	code = key_store_find(&store, name, &facts);
	if (!code)
		code = options.json ? cli_json(key_json(&facts)) : print(&store, &facts);
	key_store_close(&store);
	return code;
}
