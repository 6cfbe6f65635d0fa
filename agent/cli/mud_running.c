// SPDX-License-Identifier: GPL-2.0
/* What tacitd says of the policy in force, put into a struct config as if it had been read from a file. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "config_values.h"
#include "control_client.h"
#include "mud_running.h"

/* Return: false where a member is not what tacitd writes, of another version perhaps. */
static bool read_rule(struct json_object *rule, struct config_allow *a)
{
	const struct config_value protocol = { .room = sizeof(a->protocol), .choices = config_protocols },
				  host = { .room = sizeof(a->host) };
	const char *address = control_text(rule, "address");
	int64_t port = control_number(rule, "port");

	snprintf(a->name, sizeof(a->name), "%s", control_text(rule, "name"));
	if (!value_choice(control_text(rule, "protocol"), &protocol, &a->protocol) || port < 0 || port > UINT16_MAX)
		return false;
	a->rule.protocol = CONFIG_PROTOCOL_OF(a);
	a->rule.form = (__u8)CONFIG_FORM_OF(a);
	a->rule.port = htons((uint16_t)port);
	a->rule.existing = control_flag(rule, "existing");
	a->rule.rescue = control_flag(rule, "rescue");
	if (json_object_object_get_ex(rule, "uid", NULL)) {
		a->rule.owned |= TACIT_OWNED_UID;
		a->rule.uid = (__u32)control_number(rule, "uid");
	}
	if (json_object_object_get_ex(rule, "cgroup", NULL)) {
		a->rule.owned |= TACIT_OWNED_CGROUP;
		snprintf(a->cgroup, sizeof(a->cgroup), "%s", control_text(rule, "cgroup"));
	}
	a->to_resolvers = !strcmp(address, "the resolvers");
	if (json_object_object_get_ex(rule, "host", NULL))
		return value_host_name(control_text(rule, "host"), &host, a->host);
	return a->to_resolvers || !strcmp(address, "any") || value_address(address, NULL, &a->rule);
}

/* "HOST:PORT", of an IPv6 address too. */
static bool read_upstream(const char *text, struct config_channel *c)
{
	const char *colon = strrchr(text, ':');
	unsigned int port;

	if (!colon || (size_t)(colon - text) >= sizeof(c->upstream_host) || sscanf(colon + 1, "%u", &port) != 1 || port > UINT16_MAX)
		return false;
	memcpy(c->upstream_host, text, (size_t)(colon - text));
	c->upstream_port = (uint16_t)port;
	return c->upstream_host[0] != '\0';
}

static bool read_channel(struct json_object *channel, struct config_channel *c)
{
	snprintf(c->name, sizeof(c->name), "%s", control_text(channel, "name"));
	c->mode = !strcmp(control_text(channel, "mode"), "accept") ? CONFIG_MODE_ACCEPT : CONFIG_MODE_CONNECT;
	c->limit_rate = (uint32_t)control_number(channel, "limit_per_minute");
	return c->mode == CONFIG_MODE_ACCEPT ? value_listen(control_text(channel, "listen"), NULL, &c->listen) :
					       read_upstream(control_text(channel, "upstream"), c);
}

static bool read_all(struct json_object *guard, struct json_object *status, struct config *config)
{
	struct json_object *rules = control_list(guard, "rules"), *channels = control_list(status, "channels");

	config->allow_count = json_object_array_length(rules);
	config->channel_count = json_object_array_length(channels);
	if (config->allow_count > CONFIG_ALLOWS_MAX || config->channel_count > CONFIG_CHANNELS_MAX)
		return false;
	for (size_t i = 0; i < config->allow_count; i++)
		if (!read_rule(json_object_array_get_idx(rules, i), &config->allows[i]))
			return false;
	for (size_t i = 0; i < config->channel_count; i++)
		if (!read_channel(json_object_array_get_idx(channels, i), &config->channels[i]))
			return false;
	return true;
}

static int ask(const struct cli_options *options, const char *question, struct json_object **answer)
{
	FILE *answers;
	int code = control_question(options, question, &answers);

	*answer = NULL;
	if (code)
		return code;
	*answer = control_read(answers);
	fclose(answers);
	return *answer ? CLI_OK : cli_fail(options, "tacitd gave no answer; its log says why");
}

int mud_running(const struct cli_options *options, struct config *config, struct mud_state *state)
{
	struct json_object *guard = NULL, *status = NULL;
	int code;

	memset(config, 0, sizeof(*config));
	code = ask(options, "guard", &guard);
	if (!code)
		code = ask(options, "status", &status);
	if (!code && !read_all(guard, status, config))
		code = cli_fail(options, "tacitd tells its policy in words that this program does not know; is it of another "
					 "version? Restart it");
	state->on = !strcmp(control_text(guard, "mode"), "on");
	state->open = control_number(guard, "open_s") > 0;
	json_object_put(guard);
	json_object_put(status);
	return code;
}
