// SPDX-License-Identifier: GPL-2.0
#include "key_request.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CGROUP_MOUNT "/sys/fs/cgroup"

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

/* As /proc/PID/cgroup writes it, or below where cgroup v2 is mounted. */
static int take_cgroup(const char *path, char cgroup[TACIT_CGROUP_MAX])
{
	size_t mount = sizeof(CGROUP_MOUNT) - 1, n;

	if (!strncmp(path, CGROUP_MOUNT "/", mount + 1))
		path += mount;
	n = strlen(path);
	if (n < 2 || n >= TACIT_CGROUP_MAX || path[0] != '/' || path[n - 1] == '/')
		return -EINVAL;
	memset(cgroup, 0, TACIT_CGROUP_MAX);
	memcpy(cgroup, path, n);
	return 0;
}

int key_request_take(int option, struct key_request *r)
{
	switch (option) {
	case KEY_REQUEST_USAGE:
		if (key_usage_parse(optarg, &r->usage))
			return cli_usage("--usage takes tls13-client, tls13-server and csr, separated by commas");
		return CLI_OK;
	case KEY_REQUEST_RATE:
		if (number(optarg, "/min", TACIT_RATE_MAX, &r->rate) || !r->rate)
			return cli_usage("--rate takes 1/min to %u/min", TACIT_RATE_MAX);
		return CLI_OK;
	case KEY_REQUEST_BURST:
		if (number(optarg, NULL, TACIT_BURST_MAX, &r->burst) || !r->burst)
			return cli_usage("--burst takes 1 to %u", TACIT_BURST_MAX);
		return CLI_OK;
	case KEY_REQUEST_USES:
		if (number(optarg, NULL, UINT32_MAX, &r->uses) || !r->uses)
			return cli_usage("--uses takes 1 to %u", UINT32_MAX);
		return CLI_OK;
	case KEY_REQUEST_UID:
		r->uid = optarg;
		return CLI_OK;
	case KEY_REQUEST_GID:
		r->gid = optarg;
		return CLI_OK;
	case KEY_REQUEST_CGROUP:
		if (take_cgroup(optarg, r->cgroup))
			return cli_usage("--cgroup takes a path of up to %d characters, such as /system.slice/a.service",
					 TACIT_CGROUP_MAX - 1);
		return CLI_OK;
	}
	return CLI_USAGE;
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

int key_request_fill(const struct key_request *r, const struct key_store *store, struct tacit_usage *usage)
{
	uint32_t uid = TACIT_ID_NONE, gid = TACIT_ID_NONE;

	if (r->uid && user_id(r->uid, &uid))
		return cli_fail(store->options, "there is no user %s", r->uid);
	if (r->gid && group_id(r->gid, &gid))
		return cli_fail(store->options, "there is no group %s", r->gid);
	/* That the engine's user is not there yet is no error: root may sign meanwhile. Secrets are everybody's own. */
	if (!r->uid && !(r->usage & TACIT_USAGE_SEAL))
		user_id(store->config.user, &uid);
	memset(usage, 0, sizeof(*usage));
	usage->allowed = htole32(r->usage);
	usage->rate = htole32(r->rate);
	usage->burst = htole32(r->burst);
	usage->uid = htole32(uid);
	usage->gid = htole32(gid);
	usage->uses = htole64(r->uses);
	memcpy(usage->cgroup, r->cgroup, sizeof(usage->cgroup));
	return CLI_OK;
}

int key_request_tell(const struct key_store *store, const struct module_key *key, const char *how)
{
	const struct key_facts facts = { .key = *key, .sealed = true };
	const char *name = (const char *)key->blob.name;
	char fingerprint[KEY_FINGERPRINT_MAX], callers[KEY_CALLERS_TEXT_MAX];

	if (store->options->json)
		return cli_json(key_json(&facts));
	key_callers_text(&key->blob.usage, callers);
	printf("key %s %s, sealed in %s/%s.key%s\n", name, how, store->paths.keys, name, key_exposed_text(&key->blob));
	if (!key_fingerprint(&key->blob, fingerprint))
		printf("public key %s, for %s\n", fingerprint, callers);
	return CLI_OK;
}
