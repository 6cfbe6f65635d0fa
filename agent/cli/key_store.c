// SPDX-License-Identifier: GPL-2.0
#include "key_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../keys/keydir.h"
#include "log.h"

int key_store_open(struct key_store *store, const struct cli_options *options)
{
	struct key_error error = { "" };
	int code;

	store->options = options;
	store->module = NULL;
	code = cli_config(options, &store->config);
	if (code)
		return code;
	store->paths.keys = store->config.keys;
	store->paths.wait_s = KEYDIR_LOCK_SECONDS;
	store->paths.root = (struct rootkey_place){
		store->config.root_key, store->config.root, store->config.root_pcrs, store->config.root_trusted,
	};
	if (module_open(&store->module, &error))
		return cli_fail(options, "%s", error.text);
	return CLI_OK;
}

static void report(void *context, const char *name, int code, const char *text)
{
	(void)context;
	(void)code;
	log_warning("key %s was not loaded: %s", name, text);
}

int key_store_open_up(struct key_store *store, const struct cli_options *options)
{
	struct key_error error = { "" };
	struct keystore_result result;
	int code;

	code = key_store_open(store, options);
	if (code)
		return code;
	if (keystore_up(store->module, &store->paths, true, report, NULL, &result, &error)) {
		key_store_close(store);
		return cli_fail(options, "%s", error.text);
	}
	if (result.root_created && result.root_from == ROOT_TPM)
		log_notice("made a root key that the TPM of this machine alone can unseal; keep a copy of " ROOTKEY_TPM_NAME
			   ", which stands beside %s: without it no sealed key can be loaded", store->paths.root.file);
	else if (result.root_created && result.root_from == ROOT_TRUSTED)
		log_notice("made a root key that the kernel's trusted keys of this machine alone can unseal; keep a copy of "
			   ROOTKEY_TRUSTED_NAME ", which stands beside %s: without it no sealed key can be loaded",
			   store->paths.root.file);
	else if (result.root_created)
		log_notice("made the root key %s; keep a copy in a safe place: without it no sealed key can be loaded",
			   store->paths.root.file);
	return CLI_OK;
}

void key_store_close(struct key_store *store)
{
	module_close(store->module);
	store->module = NULL;
}

int key_store_find(struct key_store *store, const char *name, struct key_facts *facts)
{
	struct key_error error = { "" }, unused = { "" };
	union tacit_blob_room blob;
	int code;

	memset(facts, 0, sizeof(*facts));
	code = module_key_find(store->module, name, &facts->key, &error);
	if (code && code != -ENOKEY)
		return cli_fail(store->options, "%s", error.text);
	facts->sealed = !keydir_read(store->paths.keys, name, &blob, &unused);
	if (code && !facts->sealed)
		return cli_fail(store->options, "%s", error.text);
	if (code)
		facts->key.room = blob;
	return CLI_OK;
}

int key_write_out(const struct cli_options *options, const char *path, const char *data, size_t bytes)
{
	FILE *f = path ? fopen(path, "we") : stdout;
	bool bad;

	if (!f)
		return cli_fail(options, "cannot write %s: %s", path, strerror(errno));
	bad = fwrite(data, 1, bytes, f) != bytes || fflush(f);
	if (path && fclose(f))
		bad = true;
	if (bad)
		return cli_fail(options, "cannot write %s: %s", path ? path : "standard output", strerror(errno));
	return CLI_OK;
}
