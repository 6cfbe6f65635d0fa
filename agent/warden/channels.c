// SPDX-License-Identifier: GPL-2.0
#include "channels.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "log.h"

void channels_init(struct channels *c, const struct config *config, struct journal *journal)
{
	memset(c, 0, sizeof(*c));
	c->config = config;
	c->journal = journal;
}

/* An engine gone wild must not fill the log. */
static bool note_allowed(struct channels *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != c->second) {
		if (c->dropped)
			log_warning("engine: %u notes were dropped", c->dropped);
		c->second = now.tv_sec;
		c->notes = 0;
		c->dropped = 0;
	}
	if (c->notes >= CHANNELS_NOTES_A_SECOND) {
		c->dropped++;
		return false;
	}
	c->notes++;
	return true;
}

static void on_status(struct channels *c, const struct message *m)
{
	struct message_channel *last = &c->last[m->channel];
	bool changed = last->state != m->status.state;

	*last = m->status;
	if (last->state == CHANNEL_UP)
		c->error[m->channel][0] = '\0';
	if (!changed || !note_allowed(c))
		return;
	journal_add(c->journal, last->state == CHANNEL_UP ? LOG_NOTICE : LOG_INFO, "channel", "state", NULL, "%s is %s",
		    c->config->channels[m->channel].name, channel_state_name(last->state));
}

static void on_note(struct channels *c, struct message *m)
{
	const char *name = c->config->channels[m->channel].name;
	size_t bytes = strlen(name);
	bool named;

	if (!note_allowed(c))
		return;
	message_text(m->text);
	/* For its own log the engine says whose note it is. */
	named = !strncmp(m->text, name, bytes) && m->text[bytes] == ':';
	if (m->priority <= LOG_WARNING)
		memcpy(c->error[m->channel], m->text, sizeof(m->text));
	journal_add(c->journal, (int)m->priority, "channel", "note", NULL, "%s%s%s", named ? "" : name, named ? "" : ": ",
		    m->text);
}

bool channels_alert_shown(struct channels_budget *b, char more[CHANNELS_MORE_MAX])
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec / 60 != b->minute) {
		b->minute = now.tv_sec / 60;
		b->shown = 0;
	}
	if (b->shown >= CHANNELS_ALERTS_A_MINUTE) {
		b->swallowed++;
		return false;
	}
	more[0] = '\0';
	if (b->swallowed)
		snprintf(more, CHANNELS_MORE_MAX, "; %u more clients did before", b->swallowed);
	b->swallowed = 0;
	b->shown++;
	return true;
}

void channels_alert(struct channels *c, size_t i, const char *source)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(c->alert[i], sizeof(c->alert[i]), "%s at %s", source, when);
	c->alerts[i]++;
}

static struct json_object *limit_detail(const struct config_channel *channel, const char *source)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "channel", json_object_new_string(channel->name));
	json_object_object_add(o, "client", json_object_new_string(source));
	json_object_object_add(o, "limit_per_minute", json_object_new_int64(channel->limit_rate));
	return o;
}

/* Promise 5: suspicious use raises an alert. */
static void on_limit(struct channels *c, const struct message *m)
{
	const struct config_channel *channel = &c->config->channels[m->channel];
	char source[ADDRESS_TEXT_MAX], more[CHANNELS_MORE_MAX];
	struct in6_addr network;

	if (channel->mode != CONFIG_MODE_ACCEPT)
		return;
	memcpy(&network, m->limit.network, sizeof(network));
	address_source_text(&network, source);
	channels_alert(c, m->channel, source);
	if (!channels_alert_shown(&c->engine_alerts, more))
		return;
	if (m->limit.what == MESSAGE_LIMIT_CONNECTIONS)
		journal_add(c->journal, LOG_WARNING, "channel", "limit", limit_detail(channel, source),
			    "%s: the client %s opens too many connections at a time, the rest are closed; find out what it "
			    "does%s", channel->name, source, more);
	else
		journal_add(c->journal, LOG_WARNING, "channel", "limit", limit_detail(channel, source),
			    "%s: the client %s asks more than %u times a minute and is held to that; find out what it does, "
			    "or raise limit%s", channel->name, source, channel->limit_rate, more);
}

void channels_message(struct channels *c, struct message *m)
{
	if (m->kind == MESSAGE_CHANNEL)
		on_status(c, m);
	else if (m->kind == MESSAGE_NOTE)
		on_note(c, m);
	else if (m->kind == MESSAGE_LIMIT)
		on_limit(c, m);
}

void channels_down(struct channels *c)
{
	for (size_t i = 0; i < CONFIG_CHANNELS_MAX; i++) {
		c->last[i].state = CHANNEL_DOWN;
		c->last[i].clients = 0;
		c->last[i].suite = 0;
	}
}

/* RFC 8446, B.4. */
static const char *suite_name(uint32_t suite)
{
	switch (suite) {
	case 0x1301:
		return "TLS_AES_128_GCM_SHA256";
	case 0x1302:
		return "TLS_AES_256_GCM_SHA384";
	case 0x1303:
		return "TLS_CHACHA20_POLY1305_SHA256";
	default:
		return NULL;
	}
}

/* What the shape promises and where that ends: DESIGN.md, "Modes of a channel". */
static const char *guarantee(const struct config_channel *channel)
{
	if (channel->mode == CONFIG_MODE_ACCEPT)
		return "TLS 1.3 with keys in the kernel; what is served leaves at once and is visible, in time and size";
	if (channel->shape != CONFIG_SHAPE_CONSTANT)
		return "TLS 1.3 with keys in the kernel; size and time are visible";
	if (channel->dummy[0] && !channel->qos)
		return "slots, cells and the broker's acknowledgements do not depend on data; latency up to a period a "
		       "message";
	if (channel->dummy[0])
		return "slots, cells and the broker's acknowledgements do not depend on data, but a message of QoS 1 or 2 "
		       "may be acknowledged later than a dummy (qos = 0 mends that); latency up to a period a message";
	return "slots and cells do not depend on data; the broker's acknowledgements tell that something was published "
	       "(set dummy)";
}

/* What only an accept channel has. */
static void add_served(struct json_object *o, const struct channels *c, size_t i)
{
	const struct config_channel *channel = &c->config->channels[i];
	const struct message_channel *last = &c->last[i];
	char listen[ADDRESS_TEXT_MAX];

	address_text(&channel->listen, listen);
	json_object_object_add(o, "listen", json_object_new_string(listen));
	json_object_object_add(o, "client_certificates", json_object_new_boolean(channel->ca[0] != '\0'));
	json_object_object_add(o, "limit_per_minute", json_object_new_int64(channel->limit_rate));
	json_object_object_add(o, "burst", json_object_new_int64(channel->limit_burst));
	json_object_object_add(o, "requests", json_object_new_int64((int64_t)last->requests));
	json_object_object_add(o, "limited", json_object_new_int64((int64_t)last->limited));
	json_object_object_add(o, "failed", json_object_new_int64((int64_t)last->failed));
	json_object_object_add(o, "alerts", json_object_new_int64((int64_t)c->alerts[i]));
	if (c->alert[i][0])
		json_object_object_add(o, "last_alert", json_object_new_string(c->alert[i]));
}

static struct json_object *channel_json(const struct channels *c, size_t i)
{
	const struct config_channel *channel = &c->config->channels[i];
	const struct message_channel *last = &c->last[i];
	struct json_object *o = json_object_new_object();
	char upstream[CONFIG_HOST_MAX + 8];

	if (!o)
		return NULL;
	snprintf(upstream, sizeof(upstream), "%s:%u", channel->upstream_host, channel->upstream_port);
	json_object_object_add(o, "name", json_object_new_string(channel->name));
	json_object_object_add(o, "mode",
			       json_object_new_string(channel->mode == CONFIG_MODE_ACCEPT ? "accept" : "connect"));
	json_object_object_add(o, "state", json_object_new_string(channel_state_name(last->state)));
	json_object_object_add(o, "upstream", json_object_new_string(upstream));
	json_object_object_add(o, "key", json_object_new_string(channel->key));
	json_object_object_add(o, "mode",
			       json_object_new_string(channel->mode == CONFIG_MODE_ACCEPT ? "accept" : "connect"));
	json_object_object_add(o, "certificate", json_object_new_string(channel->certificate));
	if (last->certificate_end)
		json_object_object_add(o, "certificate_end", json_object_new_int64((int64_t)last->certificate_end));
	json_object_object_add(o, "shape",
			       json_object_new_string(channel->shape == CONFIG_SHAPE_CONSTANT ? "constant" : "none"));
	json_object_object_add(o, "guarantee", json_object_new_string(guarantee(channel)));
	if (suite_name(last->suite))
		json_object_object_add(o, "suite", json_object_new_string(suite_name(last->suite)));
	json_object_object_add(o, "clients", json_object_new_int64(last->clients));
	json_object_object_add(o, "connects", json_object_new_int64((int64_t)last->connects));
	if (channel->mode == CONFIG_MODE_ACCEPT) {
		add_served(o, c, i);
		goto out;
	}
	json_object_object_add(o, "spooled", json_object_new_int64(last->spooled));
	json_object_object_add(o, "cells", json_object_new_int64((int64_t)last->cells));
	json_object_object_add(o, "covers", json_object_new_int64((int64_t)last->covers));
	json_object_object_add(o, "slots_missed", json_object_new_int64((int64_t)last->slots_missed));
	json_object_object_add(o, "messages", json_object_new_int64((int64_t)last->messages));
	json_object_object_add(o, "received", json_object_new_int64((int64_t)last->received));
out:
	if (c->error[i][0])
		json_object_object_add(o, "error", json_object_new_string(c->error[i]));
	return o;
}

struct json_object *channels_json(const struct channels *c)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < c->config->channel_count; i++)
		json_object_array_add(array, channel_json(c, i));
	return array;
}
