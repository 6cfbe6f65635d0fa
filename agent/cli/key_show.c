// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <stdio.h>

#include "../keys/module_events.h"
#include "key_store.h"

const char usage_key_show[] =
	"NAME [OPTION...]\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n";

static void print_usage(const struct tacit_blob *blob)
{
	char usage[KEY_USAGE_TEXT_MAX], callers[KEY_CALLERS_TEXT_MAX];

	key_usage_text(le32toh(blob->usage.allowed), usage);
	key_callers_text(&blob->usage, callers);
	printf("usage        %s%s\n", usage,
	       key_bound(blob) ? " (csr is closed: a certificate is bound; see `tacit key cert`)" : "");
	printf("rate         %u/min, at most %u at once\n", le32toh(blob->usage.rate), le32toh(blob->usage.burst));
	printf("callers      %s\n", callers);
}

static void print_budget(const struct module_key *key)
{
	unsigned long long all = le64toh(key->blob.usage.uses);

	if (!all)
		printf("budget       without end\n");
	else if (key->serial)
		printf("budget       %llu of %llu uses left, %llu of them in the block at hand\n",
		       (unsigned long long)key_uses_left(key), all, (unsigned long long)key->credit);
	else
		printf("budget       %llu of %llu uses left\n", (unsigned long long)key_uses_left(key), all);
}

static void print_history(const struct module_key *key)
{
	char time[KEY_TIME_TEXT_MAX];

	printf("loaded       as key %d\n", key->serial);
	printf("%-12s %llu\n", le32toh(key->blob.usage.allowed) & TACIT_USAGE_SEAL ? "operations" : "signatures",
	       (unsigned long long)key->signatures);
	printf("refusals     %llu\n", (unsigned long long)key->refusals);
	key_time_text(key->last_use, time);
	printf("last use     %s\n", time);
	if (!key->last_refusal) {
		printf("last refusal none since it was loaded\n");
		return;
	}
	key_time_text(key->last_refusal_time, time);
	printf("last refusal %s, user %u: %s\n", time, key->last_refusal_uid, module_refusal_text(key->last_refusal));
}

static const char *exposed(const struct tacit_blob *blob)
{
	if (key_imported(blob))
		return "yes, for ever: it was made elsewhere and imported";
	return key_exposed(blob) ? "yes: the key or its root key has been in user space" : "no";
}

static int print(const struct key_store *store, const struct key_facts *facts)
{
	const struct module_key *key = &facts->key;
	char fingerprint[KEY_FINGERPRINT_MAX];

	printf("name         %s\n", (const char *)key->blob.name);
	printf("algorithm    %s\n", key_algorithm_title(le32toh(key->blob.algorithm)));
	if (!key_fingerprint(&key->blob, fingerprint))
		printf("fingerprint  SHA-256 of the public key: %s\n", fingerprint);
	print_usage(&key->blob);
	print_budget(key);
	printf("exposed      %s\n", exposed(&key->blob));
	if (facts->sealed)
		printf("sealed in    %s/%s.key\n", store->paths.keys, (const char *)key->blob.name);
	else
		printf("sealed in    no file: gone at the next boot\n");
	if (key->serial)
		print_history(key);
	else
		printf("loaded       no; tacitd loads sealed keys when it starts\n");
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
