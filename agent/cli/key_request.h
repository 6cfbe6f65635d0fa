/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked of a key when it is made or imported: the options that `key new` and `key import` share. */
#ifndef KEY_REQUEST_H
#define KEY_REQUEST_H

#include "key_store.h"

/* Ids as text, because the configuration decides their default. */
struct key_request {
	uint32_t usage;
	uint32_t rate;
	uint32_t burst;
	uint32_t uses;		/* 0: no budget */
	const char *uid;
	const char *gid;
	char cgroup[TACIT_CGROUP_MAX];
};

#define KEY_REQUEST_DEFAULTS { .usage = TACIT_USAGE_TLS13_CLIENT | TACIT_USAGE_CSR, .rate = 60, .burst = 20 }

/* For getopt_long(): the options' own numbers, and the lines of a table. */
enum {
	KEY_REQUEST_USAGE = CLI_OPTION_OWN, KEY_REQUEST_RATE, KEY_REQUEST_BURST, KEY_REQUEST_USES, KEY_REQUEST_UID,
	KEY_REQUEST_GID, KEY_REQUEST_CGROUP,
	KEY_REQUEST_END		/* a command's own options begin here */
};

#define KEY_REQUEST_LONG \
	{ "usage", required_argument, NULL, KEY_REQUEST_USAGE }, \
	{ "rate", required_argument, NULL, KEY_REQUEST_RATE }, \
	{ "burst", required_argument, NULL, KEY_REQUEST_BURST }, \
	{ "uses", required_argument, NULL, KEY_REQUEST_USES }, \
	{ "uid", required_argument, NULL, KEY_REQUEST_UID }, \
	{ "gid", required_argument, NULL, KEY_REQUEST_GID }, \
	{ "cgroup", required_argument, NULL, KEY_REQUEST_CGROUP }

#define KEY_REQUEST_HELP \
	"  --usage LIST          what it may sign: tls13-client, tls13-server, csr (tls13-client,csr)\n" \
	"  --rate N/min          uses a minute (60/min)\n" \
	"  --burst N             uses at once (20)\n" \
	"  --uses N              uses in its lifetime (no end)\n" \
	"  --uid USER            user that may use it, besides root; a name, a number or none\n" \
	"                        (the engine's user, if there is such a user)\n" \
	"  --gid GROUP           group whose members may use it (none)\n" \
	"  --cgroup PATH         and only from this cgroup and those below it (any)\n"

/* Take an option below KEY_REQUEST_END. Return: CLI_OK, CLI_USAGE with the error told. */
int key_request_take(int option, struct key_request *r);

/* Return: CLI_OK; CLI_FAILED with the error told: no such user or group. */
int key_request_fill(const struct key_request *r, const struct key_store *store, struct tacit_usage *usage);

/* Tell of a key that is there now. `how`: "made in the kernel". Return: enum cli_exit. */
int key_request_tell(const struct key_store *store, const struct module_key *key, const char *how);

#endif
