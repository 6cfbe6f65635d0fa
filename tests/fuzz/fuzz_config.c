// SPDX-License-Identifier: GPL-2.0
/* agent/lib/config*.c: whatever the file holds, the answer is a configuration in its bounds or a text that says why not. */
#include "fuzz.h"

#include <errno.h>

#include "config.h"
#include "key_name.h"

static int ends(const char *text, size_t room)
{
	return strnlen(text, room) < room;
}

static void channel_in_bounds(const struct config_channel *c)
{
	must(ends(c->name, sizeof(c->name)) && c->name[0]);
	must(ends(c->upstream_host, sizeof(c->upstream_host)) && ends(c->server_name, sizeof(c->server_name)));
	must(ends(c->certificate, sizeof(c->certificate)) && ends(c->ca, sizeof(c->ca)));
	must(ends(c->client_id, sizeof(c->client_id)) && ends(c->dummy, sizeof(c->dummy)));
	must(ends(c->key, sizeof(c->key)) && key_name_valid(c->key));
	must(c->qos <= 1);
	must(c->spool >= 1 && c->spool <= CONFIG_SPOOL_MAX);
	must(c->cells >= 1 && c->cells <= 16 && c->ping_every >= 1 && c->ping_every <= 15);
}

static void in_bounds(const struct config *c)
{
	must(c->uplinks.count <= CONFIG_UPLINKS_MAX);
	for (size_t i = 0; i < CONFIG_UPLINKS_MAX; i++)
		must(ends(c->uplinks.name[i], sizeof(c->uplinks.name[i])));
	must(ends(c->user, sizeof(c->user)) && ends(c->keys, sizeof(c->keys)));
	must(c->channel_count <= CONFIG_CHANNELS_MAX && c->allow_count <= CONFIG_ALLOWS_MAX);
	must(c->schedule.jitter + c->schedule.open <= c->schedule.period || !c->schedule.period);
	for (size_t i = 0; i < c->channel_count; i++)
		channel_in_bounds(&c->channels[i]);
	for (size_t i = 0; i < c->allow_count; i++)
		must(c->allows[i].rule.prefix <= 128 && ends(c->allows[i].reason, sizeof(c->allows[i].reason)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	struct config_error error = { "" };
	char *text = exact(data, size);
	int code = config_parse("fuzz.conf", text, size, &config, &error);

	must(!code || (code == -EINVAL && error.text[0] && ends(error.text, sizeof(error.text))));
	if (!code) {
		in_bounds(&config);
		taken();
	}
	free(text);
	return 0;
}
