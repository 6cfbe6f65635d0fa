// SPDX-License-Identifier: GPL-2.0
/*
 * tacit-engine: the unprivileged half of tacitd. All bytes of peers and apps
 * are parsed in this process; it starts as root, reads what it needs, and gives
 * that up before the first of them arrives.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "credentials.h"
#include "ktls.h"
#include "log.h"
#include "renewal.h"
#include "sandbox.h"
#include "serve.h"
#include "slot_clock.h"

/* Before the clock is looked at again. */
#define CALLBACKS_AT_ONCE 8

struct engine {
	struct config config;
	struct tacit_schedule schedule;
	struct sandbox_user user;
	struct link *link;
	struct event_base *base;
	struct event *tick;
	struct event *terminate;
	struct credentials *credentials;
	struct resolver *resolver;
	struct slot_clock *clock;
	/* By their index in the configuration; each is the one or the other. */
	struct channel *channels[CONFIG_CHANNELS_MAX];
	struct serve *serves[CONFIG_CHANNELS_MAX];
	SSL_CTX *contexts[CONFIG_CHANNELS_MAX];	/* shared with the channel */
};

/* ---- the loop's events ---- */

static void on_slot(uint64_t k, bool missed, void *arg)
{
	struct engine *e = arg;

	for (size_t i = 0; i < e->config.channel_count; i++)
		if (e->channels[i])
			channel_slot(e->channels[i], k, missed);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < e->config.channel_count; i++) {
		if (e->channels[i])
			channel_tick(e->channels[i]);
		else
			serve_tick(e->serves[i]);
	}
}

static void on_stop(void *arg)
{
	struct engine *e = arg;

	for (size_t i = 0; i < e->config.channel_count; i++)
		if (e->channels[i])
			channel_stop(e->channels[i]);
	event_base_loopbreak(e->base);
}

static void on_certificate(const struct message *m, int fd, void *arg)
{
	struct engine *e = arg;
	SSL_CTX *context = e->contexts[m->channel];
	struct credentials_error error = { "" };

	if (!renewal_take(e->credentials, context, &e->config.channels[m->channel], m, fd, &error)) {
		if (e->channels[m->channel])
			channel_renewed(e->channels[m->channel], credentials_end(context), m->certificate.reconnect);
		else
			serve_renewed(e->serves[m->channel], credentials_end(context));
	}
	link_renewed(e->link, m, error.text);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_stop(arg);
}

/* ---- with privilege ---- */

static int fail(struct engine *e, uint32_t channel, const char *text)
{
	link_note(e->link, channel, LOG_ERR, "%s", text);
	return -1;
}

static int check_kernel(struct engine *e)
{
	int err = ktls_probe();

	if (err)
		link_note(e->link, LINK_NO_CHANNEL, LOG_ERR,
			  "this kernel has no TLS records (kTLS): %s; modprobe tls, or build it with CONFIG_TLS",
			  strerror(-err));
	return err;
}

static int find_user(struct engine *e)
{
	struct sandbox_error error;

	return sandbox_find_user(e->config.user, &e->user, &error) ? fail(e, LINK_NO_CHANNEL, error.text) : 0;
}

/* What is due for a slot goes before all else, and the rest lets it in again and again. */
static struct event_base *new_base(void)
{
	struct timeval limit = { .tv_usec = 2000 };
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (!config)
		return NULL;
	if (!event_config_set_max_dispatch_interval(config, &limit, CALLBACKS_AT_ONCE, SLOT_CLOCK_PRIORITY + 1))
		base = event_base_new_with_config(config);
	event_config_free(config);
	if (base && event_base_priority_init(base, SLOT_CLOCK_PRIORITIES)) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

static int make_base(struct engine *e)
{
	e->base = new_base();
	if (!e->base)
		return fail(e, LINK_NO_CHANNEL, "there is no event loop");
	e->resolver = resolver_new(e->base);
	if (!e->resolver)
		return fail(e, LINK_NO_CHANNEL, "out of memory");
	return 0;
}

static int make_channel(struct engine *e, uint32_t index)
{
	struct config_channel *config = &e->config.channels[index];
	struct credentials_error error;
	struct channel_options options = {
		.config = config,
		.index = index,
		.slot = e->schedule.period + e->schedule.jitter,
		.resolver = e->resolver,
		.link = e->link,
	};

	if (config->shape == CONFIG_SHAPE_CONSTANT && !e->schedule.period)
		return fail(e, index, "shape = constant needs a schedule; set period in [schedule]");
	options.context = credentials_context(e->credentials, config, &error);
	if (!options.context)
		return fail(e, index, error.text);
	if (!config->client_id[0] && credentials_client_id(e->credentials, options.context, config->name,
							   config->client_id, sizeof(config->client_id))) {
		SSL_CTX_free(options.context);
		return fail(e, index, "the certificate's public key cannot be digested for client_id; set client_id");
	}
	options.certificate_end = credentials_end(options.context);
	SSL_CTX_up_ref(options.context);
	e->contexts[index] = options.context;
	e->channels[index] = channel_new(e->base, &options);
	return e->channels[index] ? 0 : -1;
}

static int make_serve(struct engine *e, uint32_t index)
{
	struct config_channel *config = &e->config.channels[index];
	struct credentials_error error;
	struct serve_options options = { .config = config, .index = index, .link = e->link };

	options.context = credentials_context(e->credentials, config, &error);
	if (!options.context)
		return fail(e, index, error.text);
	SSL_CTX_up_ref(options.context);
	e->contexts[index] = options.context;
	e->serves[index] = serve_new(e->base, &options);
	if (!e->serves[index])
		return -1;
	serve_renewed(e->serves[index], credentials_end(options.context));
	return 0;
}

static int make_channels(struct engine *e)
{
	struct credentials_error error;

	e->credentials = credentials_new(&error);
	if (!e->credentials)
		return fail(e, LINK_NO_CHANNEL, error.text);
	for (uint32_t i = 0; i < e->config.channel_count; i++) {
		bool accept = e->config.channels[i].mode == CONFIG_MODE_ACCEPT;

		if (accept ? make_serve(e, i) : make_channel(e, i))
			return -1;
	}
	return 0;
}

static int get_schedule(struct engine *e)
{
	const char *wrong;

	if (link_wait_schedule(e->link, &e->schedule))
		return fail(e, LINK_NO_CHANNEL, "the warden did not send a schedule");
	wrong = e->schedule.period ? schedule_check(&e->schedule) : NULL;
	return wrong ? fail(e, LINK_NO_CHANNEL, wrong) : 0;
}

static int make_timers(struct engine *e)
{
	const struct link_orders orders = { on_stop, on_certificate, e };
	struct timeval second = { .tv_sec = 1 };

	e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
	e->terminate = evsignal_new(e->base, SIGTERM, on_signal, e);
	if (!e->tick || event_add(e->tick, &second) || !e->terminate || event_add(e->terminate, NULL))
		return fail(e, LINK_NO_CHANNEL, "out of memory");
	if (e->schedule.period) {
		e->clock = slot_clock_new(e->base, &e->schedule, on_slot, e);
		if (!e->clock)
			return fail(e, LINK_NO_CHANNEL, "there is no timer for the slots");
	}
	return link_watch(e->link, e->base, e->config.channel_count, &orders) ? fail(e, LINK_NO_CHANNEL, "out of memory") : 0;
}

static int enter_sandbox(struct engine *e)
{
	struct sandbox_error error;

	return sandbox_enter(&e->user, &error) ? fail(e, LINK_NO_CHANNEL, error.text) : 0;
}

static int prepare(struct engine *e)
{
	static int (*const steps[])(struct engine *) = {
		check_kernel, find_user, make_base, get_schedule, make_channels, enter_sandbox, make_timers,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i](e))
			return -1;
	}
	return 0;
}

static void release(struct engine *e)
{
	slot_clock_free(e->clock);
	for (size_t i = 0; i < e->config.channel_count; i++) {
		channel_free(e->channels[i]);
		serve_free(e->serves[i]);
		SSL_CTX_free(e->contexts[i]);
	}
	resolver_free(e->resolver);
	credentials_free(e->credentials);
	if (e->tick)
		event_free(e->tick);
	if (e->terminate)
		event_free(e->terminate);
	link_free(e->link);
	if (e->base)
		event_base_free(e->base);
	explicit_bzero(&e->schedule, sizeof(e->schedule));
}

static int run(struct engine *e, const char *file)
{
	struct config_error error;

	e->link = link_open();
	if (!e->link)
		return -1;
	if (config_load(file, &e->config, &error)) {
		e->config.channel_count = 0;
		return fail(e, LINK_NO_CHANNEL, error.text);
	}
	if (prepare(e) || link_ready(e->link))
		return -1;
	return event_base_dispatch(e->base) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	static struct engine e;
	int ret;

	log_open("tacit-engine");
	event_set_log_callback(log_libevent);
	if (argc != 3 || strcmp(argv[1], "-c")) {
		fprintf(stderr, "usage: tacit-engine -c CONFIG (started by tacitd)\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (sandbox_close_others(MESSAGE_FD)) {
		log_error("inherited descriptors cannot be closed: %s", strerror(errno));
		return 1;
	}
	ret = run(&e, argv[2]);
	release(&e);
	return ret ? 1 : 0;
}
