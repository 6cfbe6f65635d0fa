// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../keys/keydir.h"
#include "key_store.h"

const char usage_key_list[] =
	"[OPTION...]\n"
	"\n"
	"Lists the keys that are loaded and those that are only sealed on disk.\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n";

struct list {
	struct key_facts *keys;
	size_t count;
	size_t bad;	/* files that are no sealed keys */
};

static struct key_facts *add(struct list *l)
{
	struct key_facts *keys = reallocarray(l->keys, l->count + 1, sizeof(*keys));

	if (!keys)
		return NULL;
	l->keys = keys;
	memset(&keys[l->count], 0, sizeof(*keys));
	return &keys[l->count++];
}

static int add_loaded(void *context, const struct module_key *key)
{
	struct key_facts *facts = add(context);

	if (!facts)
		return -ENOMEM;
	facts->key = *key;
	return 0;
}

static int add_sealed(void *context, const char *name, const struct tacit_blob *blob, int code,
		      const struct key_error *error)
{
	struct list *l = context;
	struct key_facts *facts;

	if (code) {
		fprintf(stderr, "tacit: %s\n", error->text);
		l->bad++;
		return 0;
	}
	for (size_t i = 0; i < l->count; i++) {
		if (!strcmp((const char *)l->keys[i].key.blob.name, name)) {
			l->keys[i].sealed = true;
			return 0;
		}
	}
	facts = add(l);
	if (!facts)
		return -ENOMEM;
	module_blob_copy(&facts->key.room, blob);
	facts->sealed = true;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct key_facts *one = a, *other = b;

	return strcmp((const char *)one->key.blob.name, (const char *)other->key.blob.name);
}

/* What is out of the ordinary about a key. */
static const char *remark(const struct key_facts *facts)
{
	if (!facts->key.serial)
		return "not loaded";
	if (!facts->sealed)
		return "no sealed file: gone at the next boot";
	if (key_imported(&facts->key.blob))
		return "imported, exposed";
	return key_exposed(&facts->key.blob) ? "exposed" : "";
}

static int print(const struct list *l)
{
	char fingerprint[KEY_FINGERPRINT_MAX], usage[KEY_USAGE_TEXT_MAX], last[KEY_TIME_TEXT_MAX];

	if (!l->count) {
		puts("no keys; `tacit key new NAME` makes one");
		return CLI_OK;
	}
	printf("%-16s %-17s %-24s %10s %8s  %-19s  %s\n", "NAME", "FINGERPRINT", "USAGE", "SIGNATURES", "REFUSALS",
	       "LAST USE", "REMARK");
	for (size_t i = 0; i < l->count; i++) {
		const struct module_key *key = &l->keys[i].key;

		key_fingerprint(&key->blob, fingerprint);
		key_usage_text(le32toh(key->blob.usage.allowed), usage);
		key_time_text(key->last_use, last);
		printf("%-16s %.16s  %-24s %10llu %8llu  %-19s  %s\n", (const char *)key->blob.name, fingerprint, usage,
		       (unsigned long long)key->signatures, (unsigned long long)key->refusals, last,
		       remark(&l->keys[i]));
	}
	return CLI_OK;
}

static int print_json(const struct list *l)
{
	struct json_object *o = json_object_new_object(), *array = json_object_new_array();

	for (size_t i = 0; i < l->count; i++)
		json_object_array_add(array, key_json(&l->keys[i]));
	json_object_object_add(o, "keys", array);
	return cli_json(o);
}

int command_key_list(int argc, char **argv)
{
	struct cli_options options = { .json = false };
	struct key_error error = { "" };
	struct list l = { .keys = NULL };
	struct key_store store;
	int code;

	code = cli_parse(argc, argv, &options, 0, NULL);
	if (code || options.help)
		return code;
	code = key_store_open(&store, &options);
	if (code)
		return code;
	if (module_key_list(store.module, add_loaded, &l, &error) ||
	    keydir_each(store.paths.keys, add_sealed, &l, &error)) {
		code = cli_fail(&options, "%s", error.text[0] ? error.text : "out of memory");
	} else {
		if (l.count)
			qsort(l.keys, l.count, sizeof(*l.keys), by_name);
		code = options.json ? print_json(&l) : print(&l);
		/* A file that was passed over has been named above; the list is not whole. */
		if (l.bad)
			code = CLI_FAILED;
	}
	free(l.keys);
	key_store_close(&store);
	return code;
}
