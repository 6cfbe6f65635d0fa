/* SPDX-License-Identifier: GPL-2.0 */
/* The key store as the key commands reach it: configuration, module and directory. */
#ifndef KEY_STORE_H
#define KEY_STORE_H

#include "../keys/keystore.h"
#include "cli.h"
#include "key_text.h"

struct key_store {
	const struct cli_options *options;
	struct config config;
	struct keystore_paths paths;
	struct module *module;
};

/* Read the configuration and connect to the module. Return: CLI_OK, or CLI_FAILED with the error told. */
int key_store_open(struct key_store *store, const struct cli_options *options);

/* The same, and bring the store up: root key (made if there was never one) and sealed keys. */
int key_store_open_up(struct key_store *store, const struct cli_options *options);

void key_store_close(struct key_store *store);

/* The key's facts, loaded or only sealed. Return: CLI_OK, or CLI_FAILED with the error told. */
int key_store_find(struct key_store *store, const char *name, struct key_facts *facts);

/*
 * Write to a file, or to standard output where `path` is NULL.
 * Return: CLI_OK, or CLI_FAILED with the error told.
 */
int key_write_out(const struct cli_options *options, const char *path, const char *data, size_t bytes);

#endif
