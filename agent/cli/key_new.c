// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_name.h"
#include "key_store.h"

const char usage_key_new[] =
	"NAME [OPTION...]\n"
	"\n"
	"  --usage LIST          what it may sign: tls13-client, tls13-server, csr (tls13-client,csr)\n"
	"  --rate N/min          signatures a minute (60/min)\n"
	"  --burst N             signatures at once (20)\n"
	"  --uid USER            user that may sign, besides root; a name, a number or none\n"
	"                        (the engine's user, if there is such a user)\n"
	"  --gid GROUP           group whose members may sign (none)\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  --root-key FILE       root key, made if there is none (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n";

enum { OPTION_USAGE = CLI_OPTION_OWN, OPTION_RATE, OPTION_BURST, OPTION_UID, OPTION_GID };

/* What was asked for; ids as text, because the configuration decides their default. */
struct request {
	const char *name;
	uint32_t usage;
	uint32_t rate;
	uint32_t burst;
	const char *uid;
	const char *gid;
};

/* A decimal number with nothing but `suffix`, or nothing at all, behind it. */
static int number(const char *text, const char *suffix, uint32_t max, uint32_t *out)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || n > max || (*end && (!suffix || strcmp(end, suffix))))
		return -EINVAL;
	*out = n;
	return 0;
}

static int take(int option, struct request *r)
{
	switch (option) {
	case OPTION_USAGE:
		if (key_usage_parse(optarg, &r->usage))
			return cli_usage("--usage takes tls13-client, tls13-server and csr, separated by commas");
		return CLI_OK;
	case OPTION_RATE:
		if (number(optarg, "/min", TACIT_RATE_MAX, &r->rate) || !r->rate)
			return cli_usage("--rate takes 1/min to %u/min", TACIT_RATE_MAX);
		return CLI_OK;
	case OPTION_BURST:
		if (number(optarg, NULL, TACIT_BURST_MAX, &r->burst) || !r->burst)
			return cli_usage("--burst takes 1 to %u", TACIT_BURST_MAX);
		return CLI_OK;
	case OPTION_UID:
		r->uid = optarg;
		return CLI_OK;
	case OPTION_GID:
		r->gid = optarg;
		return CLI_OK;
	}
	return CLI_USAGE;
}

static int parse(int argc, char **argv, struct cli_options *options, struct request *r)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "usage", required_argument, NULL, OPTION_USAGE },
		{ "rate", required_argument, NULL, OPTION_RATE },
		{ "burst", required_argument, NULL, OPTION_BURST },
		{ "uid", required_argument, NULL, OPTION_UID },
		{ "gid", required_argument, NULL, OPTION_GID },
		{ NULL, 0, NULL, 0 }
	};
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		code = option >= CLI_OPTION_OWN ? take(option, r) : cli_option(option, options);
		if (code || options->help)
			return code;
	}
	if (argc - optind != 1)
		return cli_usage("one NAME is wanted");
	r->name = argv[optind];
	if (!key_name_valid(r->name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	return CLI_OK;
}

/* A name, a number or "none". */
static int user_id(const char *text, uint32_t *id)
{
	const struct passwd *user;

	*id = TACIT_ID_NONE;
	if (!strcmp(text, "none") || !number(text, NULL, TACIT_ID_NONE - 1, id))
		return 0;
	user = getpwnam(text);
	if (user)
		*id = user->pw_uid;
	return user ? 0 : -ENOENT;
}

static int group_id(const char *text, uint32_t *id)
{
	const struct group *group;

	*id = TACIT_ID_NONE;
	if (!strcmp(text, "none") || !number(text, NULL, TACIT_ID_NONE - 1, id))
		return 0;
	group = getgrnam(text);
	if (group)
		*id = group->gr_gid;
	return group ? 0 : -ENOENT;
}

static int fill_usage(const struct request *r, const struct key_store *store, struct tacit_usage *usage)
{
	uint32_t uid, gid = TACIT_ID_NONE;

	if (r->uid && user_id(r->uid, &uid))
		return cli_fail(store->options, "there is no user %s", r->uid);
	if (r->gid && group_id(r->gid, &gid))
		return cli_fail(store->options, "there is no group %s", r->gid);
	/* That the engine's user is not there yet is no error: root may sign meanwhile. */
	if (!r->uid)
		user_id(store->config.user, &uid);
	memset(usage, 0, sizeof(*usage));
	usage->allowed = htole32(r->usage);
	usage->rate = htole32(r->rate);
	usage->burst = htole32(r->burst);
	usage->uid = htole32(uid);
	usage->gid = htole32(gid);
	return CLI_OK;
}

static int tell(const struct key_store *store, const struct module_key *key)
{
	const struct key_facts facts = { .key = *key, .sealed = true };
	char fingerprint[KEY_FINGERPRINT_MAX], callers[KEY_CALLERS_TEXT_MAX];

	if (store->options->json)
		return cli_json(key_json(&facts));
	key_fingerprint(&key->blob, fingerprint);
	key_callers_text(&key->blob.usage, callers);
	printf("key %s made in the kernel, sealed in %s/%s.key%s\n", (const char *)key->blob.name, store->paths.keys,
	       (const char *)key->blob.name, key_exposed(&key->blob) ? " (exposed: the root key is a file)" : "");
	printf("public key %s, for %s\n", fingerprint, callers);
	return CLI_OK;
}

int command_key_new(int argc, char **argv)
{
	struct request r = { .usage = TACIT_USAGE_TLS13_CLIENT | TACIT_USAGE_CSR, .rate = 60, .burst = 20 };
	struct cli_options options = { .json = false };
	struct key_error error = { "" };
	struct tacit_usage usage;
	struct key_store store;
	struct module_key key;
	int code;

	code = parse(argc, argv, &options, &r);
	if (code || options.help)
		return code;
	code = key_store_open_up(&store, &options);
	if (code)
		return code;
	code = fill_usage(&r, &store, &usage);
	if (!code && keystore_new(store.module, &store.paths, r.name, TACIT_ALGORITHM_ECDSA_P256, &usage, &key,
				  &error))
		code = cli_fail(&options, "%s", error.text);
	if (!code)
		code = tell(&store, &key);
	key_store_close(&store);
	return code;
}
