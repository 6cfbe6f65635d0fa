// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "channel.h"
#include "listener.h"
#include "loss.h"
#include "proxy.h"
#include "schedule.h"
#include "shaper.h"
#include "upstream.h"

#define STATUS_TICKS 2
#define PLAIN_PING_TICKS 30
#define PLAIN_KEEPALIVE 120
#define KEEPALIVE_MAX 65535u
/* Unacknowledged for longer than this and four slots: the connection is dead. */
#define USER_TIMEOUT_MS 20000u
#define RECORD_MAX 16384
#define RECORDS_AT_ONCE 32

struct channel {
	struct event_base *base;
	struct channel_options options;
	const struct config_channel *config;
	bool shaped;
	struct listener *listener;
	struct proxy *proxy;
	struct session *session;
	struct upstream *upstream;
	struct shaper shaper;
	struct event *readable;		/* the upstream socket, while TLS is up */
	struct event *writable;		/* the same, shape none only */
	struct event *flush;		/* shape none: something waits */
	struct message_channel status;
	unsigned int failures;		/* in a row */
	unsigned int wait;		/* slots until the next attempt */
	uint64_t ticks;
	bool renew;			/* connect anew */
	char last_failure[UPSTREAM_ERROR_MAX];
	uint8_t buffer[RECORD_MAX];
};

static void tell(struct channel *ch)
{
	proxy_status(ch->proxy, &ch->status);
	link_status(ch->options.link, ch->options.index, &ch->status);
}

static void set_state(enum channel_state state, void *arg)
{
	struct channel *ch = arg;

	ch->status.state = state;
	if (state < CHANNEL_SESSION)
		ch->status.suite = 0;
	tell(ch);
}

static bool tls_is_up(const struct channel *ch)
{
	return ch->status.state >= CHANNEL_SESSION;
}

/* ---- going down ---- */

static void close_upstream(struct channel *ch, bool hung_up)
{
	if (ch->readable)
		event_free(ch->readable);
	if (ch->writable)
		event_free(ch->writable);
	ch->readable = NULL;
	ch->writable = NULL;
	upstream_close(ch->upstream);
	session_close(ch->session, hung_up);
}

/* A connection has been lost or was never had; the same failure again and again is told once. */
static void go_down(struct channel *ch, const char *text, bool hung_up)
{
	close_upstream(ch, hung_up);
	ch->wait = ch->failures < 4 ? 1u << ch->failures : CHANNEL_BACKOFF_MAX;
	ch->failures++;
	set_state(CHANNEL_DOWN, ch);
	if (!strcmp(ch->last_failure, text))
		return;
	snprintf(ch->last_failure, sizeof(ch->last_failure), "%s", text);
	link_note(ch->options.link, ch->options.index, LOG_ERR, "%s: %s", ch->config->name, text);
}

static void failed(const char *text, void *arg)
{
	go_down(arg, text, false);
}

static void lost(struct channel *ch, int err)
{
	struct ktls *tls = upstream_tls(ch->upstream);
	char text[UPSTREAM_ERROR_MAX];

	loss_text(text, sizeof(text), err, tls->alert, ch->session->code);
	/* The peer is told, in a cell, when it is we who go. */
	if (ch->shaped && err == -EKEYEXPIRED)
		shaper_close(&ch->shaper, tls, ch->session->out);
	go_down(ch, text, err == -EPIPE || err == -ECONNRESET);
}

/* ---- going up ---- */

static const char *suite_name(uint32_t suite)
{
	switch (suite) {
	case TLS_SUITE_AES_128_GCM_SHA256:
		return "AES-128-GCM";
	case TLS_SUITE_AES_256_GCM_SHA384:
		return "AES-256-GCM";
	default:
		return "ChaCha20-Poly1305";
	}
}

static void session_is_up(struct channel *ch)
{
	ch->failures = 0;
	ch->last_failure[0] = 0;
	ch->status.connects++;
	link_note(ch->options.link, ch->options.index, LOG_NOTICE, "%s: connected to %s:%u, TLS 1.3 by the kernel, %s",
		  ch->config->name, ch->config->upstream_host, ch->config->upstream_port,
		  suite_name(ch->status.suite));
	set_state(CHANNEL_UP, ch);
}

static int receive(struct channel *ch)
{
	ssize_t n = ktls_receive(upstream_tls(ch->upstream), ch->buffer, sizeof(ch->buffer));
	int err;

	if (n <= 0)
		return (int)n;
	err = session_input(ch->session, ch->buffer, (size_t)n);
	if (!err && ch->status.state == CHANNEL_SESSION && ch->session->state == SESSION_UP)
		session_is_up(ch);
	return err;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *ch = arg;
	int err = 0;

	(void)fd;
	(void)what;
	for (int i = 0; !err && i < RECORDS_AT_ONCE; i++) {
		if (!session_wants_input(ch->session)) {
			event_del(ch->readable);
			return;
		}
		err = receive(ch);
	}
	if (err && err != -EAGAIN && err != -EINTR)
		lost(ch, err);
}

static void on_flush(evutil_socket_t fd, short what, void *arg);

static void on_up(uint32_t suite, void *arg)
{
	struct channel *ch = arg;
	int fd = upstream_tls(ch->upstream)->fd;

	ch->readable = event_new(ch->base, fd, EV_READ | EV_PERSIST, on_readable, ch);
	ch->writable = event_new(ch->base, fd, EV_WRITE, on_flush, ch);
	if (!ch->readable || !ch->writable || event_add(ch->readable, NULL)) {
		failed("out of memory", ch);
		return;
	}
	ch->shaper.ping_owed = false;
	set_state(CHANNEL_SESSION, ch);
	ch->status.suite = suite;
	session_open(ch->session);
}

/* By the operator's word, and so nothing to do with data. What is not acknowledged is sent again. */
static void renew(struct channel *ch)
{
	link_note(ch->options.link, ch->options.index, LOG_NOTICE, "%s: connecting anew to show the new certificate",
		  ch->config->name);
	channel_stop(ch);
	close_upstream(ch, false);
	ch->wait = 0;
	set_state(CHANNEL_DOWN, ch);
}

static void attempt(struct channel *ch)
{
	ch->renew = false;
	if (ch->wait && --ch->wait)
		return;
	upstream_start(ch->upstream);
}

/* ---- shape constant ---- */

static int emit(struct channel *ch, uint64_t k)
{
	struct ktls *tls = upstream_tls(ch->upstream);
	int ret = shaper_room(&ch->shaper, tls);

	if (ret < 0)
		return ret;
	if (!ret) {
		shaper_missed(&ch->shaper, k, &ch->status);
		return 0;
	}
	ret = session_stage(ch->session, shaper_capacity(&ch->shaper), shaper_ping(&ch->shaper, k));
	if (!ret)
		ret = shaper_emit(&ch->shaper, tls, ch->session->out, ch->session->last, &ch->status);
	if (!ret && session_wants_input(ch->session))
		event_add(ch->readable, NULL);
	return ret;
}

void channel_slot(struct channel *ch, uint64_t k, bool missed)
{
	int err;

	if (!ch->shaped)
		return;
	if (ch->status.state == CHANNEL_DOWN && !missed)
		attempt(ch);
	if (!tls_is_up(ch))
		return;
	if (missed) {
		shaper_missed(&ch->shaper, k, &ch->status);
		return;
	}
	if (ch->renew) {
		renew(ch);
		return;
	}
	err = emit(ch, k);
	if (err)
		lost(ch, err);
}

/* ---- shape none ---- */

static int send_plain(struct channel *ch, bool ping)
{
	struct evbuffer *out = ch->session->out;
	int err = session_stage(ch->session, RECORD_MAX, ping);

	while (!err && evbuffer_get_length(out)) {
		size_t bytes = evbuffer_get_length(out) < RECORD_MAX ? evbuffer_get_length(out) : RECORD_MAX;
		uint8_t *data = evbuffer_pullup(out, (ev_ssize_t)bytes);
		ssize_t n = data ? ktls_send(upstream_tls(ch->upstream), data, bytes) : -ENOMEM;

		if (n == -EAGAIN)
			return event_add(ch->writable, NULL) ? -ENOMEM : 0;
		if (n < 0)
			return (int)n;
		evbuffer_drain(out, (size_t)n);
		ch->status.cells++;
		err = session_stage(ch->session, RECORD_MAX, false);
	}
	if (!err && session_wants_input(ch->session))
		event_add(ch->readable, NULL);
	return err;
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct channel *ch = arg;
	int err;

	(void)fd;
	(void)what;
	if (!tls_is_up(ch))
		return;
	err = send_plain(ch, false);
	if (err)
		lost(ch, err);
}

/* Something waits: with slots it goes on waiting. */
static void on_ready(void *arg)
{
	struct channel *ch = arg;

	if (!ch->shaped && tls_is_up(ch))
		event_active(ch->flush, 0, 0);
}

void channel_tick(struct channel *ch)
{
	int err = 0;

	if (++ch->ticks % STATUS_TICKS == 0)
		tell(ch);
	if (ch->shaped)
		return;
	if (ch->renew && tls_is_up(ch))
		renew(ch);
	else if (ch->status.state == CHANNEL_DOWN)
		attempt(ch);
	else if (tls_is_up(ch) && ch->ticks % PLAIN_PING_TICKS == 0)
		err = send_plain(ch, true);
	if (err)
		lost(ch, err);
}

/* ---- from start to stop ---- */

static bool on_accepted(int fd, void *arg)
{
	struct channel *ch = arg;
	bool more = proxy_accept(ch->proxy, fd);

	if (!more)
		link_note(ch->options.link, ch->options.index, LOG_WARNING,
			  "%s: %d apps are connected, the most there may be; others wait", ch->config->name,
			  PROXY_CLIENTS_MAX);
	return more;
}

static void on_freed(void *arg)
{
	struct channel *ch = arg;

	listener_resume(ch->listener);
}

/* Two pings' time: the broker drops us after one and a half times this. */
static uint16_t keepalive(const struct channel *ch)
{
	uint64_t seconds = PLAIN_KEEPALIVE;

	if (ch->shaped)
		seconds = 30 + 2 * ch->shaper.ping_every * ch->options.slot / NSEC_PER_SEC;
	return (uint16_t)(seconds < KEEPALIVE_MAX ? seconds : KEEPALIVE_MAX);
}

static struct proxy *make_proxy(struct channel *ch)
{
	/* PINGREQ rides beside the one PUBLISH. */
	size_t capacity = ch->shaped && ch->config->dummy[0] ? shaper_capacity(&ch->shaper) - MQTT_EMPTY : 0;
	struct proxy_options options = {
		.config = ch->config,
		.channel = ch->options.index,
		.keepalive = keepalive(ch),
		.publish_max = capacity,
		.link = ch->options.link,
		.ready = on_ready,
		.arg = ch,
	};

	return proxy_new(ch->base, &options);
}

static struct upstream *make_upstream(struct channel *ch)
{
	uint64_t slots = 4 * ch->options.slot / NSEC_PER_MSEC;
	size_t cells = (size_t)ch->config->cell * ch->config->cells;
	struct upstream_options options = {
		.config = ch->config,
		.context = ch->options.context,
		.resolver = ch->options.resolver,
		.user_timeout = USER_TIMEOUT_MS + (ch->shaped ? (unsigned int)slots : 0),
		/* Two slots' cells and what the kernel adds to each. */
		.send_buffer = ch->shaped ? (unsigned int)(16384 + 4 * cells) : 0,
	};
	struct upstream_callbacks callbacks = { set_state, on_up, failed, ch };

	return upstream_new(ch->base, &options, &callbacks);
}

static bool dummy_fits(const struct channel *ch)
{
	struct mqtt_publish empty = { .qos = 1, .topic = { NULL, strlen(ch->config->dummy) } };

	return !ch->shaped || mqtt_publish_bytes(&empty) + MQTT_EMPTY + MQTT_SMALL <= shaper_capacity(&ch->shaper);
}

struct channel *channel_new(struct event_base *base, const struct channel_options *options)
{
	struct channel *ch = calloc(1, sizeof(*ch));

	if (!ch) {
		SSL_CTX_free(options->context);
		goto no_memory;
	}
	ch->base = base;
	ch->options = *options;
	ch->config = options->config;
	ch->status.certificate_end = options->certificate_end;
	ch->shaped = ch->config->shape == CONFIG_SHAPE_CONSTANT;
	if (ch->shaped)
		shaper_init(&ch->shaper, ch->config);
	ch->upstream = make_upstream(ch);
	if (!dummy_fits(ch)) {
		link_note(options->link, options->index, LOG_ERR,
			  "%s: the topic of dummy does not fit a slot beside a ping and an answer; shorten it, or raise cell",
			  ch->config->name);
		goto out;
	}
	ch->proxy = make_proxy(ch);
	ch->flush = event_new(base, -1, 0, on_flush, ch);
	if (!ch->upstream || !ch->proxy || !ch->flush)
		goto no_memory;
	ch->session = proxy_session(ch->proxy);
	ch->listener = listener_new(base, &ch->config->listen, on_accepted, ch);
	if (!ch->listener) {
		link_note(options->link, options->index, LOG_ERR, "%s: nobody can connect on port %u: %s",
			  ch->config->name, ntohs(ch->config->listen.sin6_port), strerror(errno));
		goto out;
	}
	proxy_set_freed(ch->proxy, on_freed, ch);
	return ch;

no_memory:
	link_note(options->link, options->index, LOG_ERR, "%s: out of memory", options->config->name);
out:
	channel_free(ch);
	return NULL;
}

void channel_stop(struct channel *ch)
{
	struct ktls *tls = upstream_tls(ch->upstream);

	if (!tls_is_up(ch))
		return;
	session_disconnect(ch->session);
	if (ch->shaped) {
		shaper_close(&ch->shaper, tls, ch->session->out);
	} else {
		send_plain(ch, false);
		ktls_send_close(tls);
	}
	shutdown(tls->fd, SHUT_WR);
	/* Closing with bytes unread would be a reset, and what has just been sent would go with it. */
	while (ktls_receive(tls, ch->buffer, sizeof(ch->buffer)) >= 0)
		;
}

void channel_renewed(struct channel *ch, uint64_t end, bool reconnect)
{
	ch->status.certificate_end = end;
	ch->renew = reconnect && ch->status.state != CHANNEL_DOWN;
	/* The old one may be why it is down. */
	ch->wait = 0;
	ch->failures = 0;
	ch->last_failure[0] = 0;
	tell(ch);
}

void channel_free(struct channel *ch)
{
	if (!ch)
		return;
	listener_free(ch->listener);
	if (ch->session)
		close_upstream(ch, false);
	proxy_free(ch->proxy);
	upstream_free(ch->upstream);
	if (ch->flush)
		event_free(ch->flush);
	free(ch);
}
