// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "address.h"
#include "backend.h"
#include "limit.h"
#include "listener.h"
#include "monotonic.h"
#include "serve.h"
#include "visitor.h"

#define SECOND 1000000000ull
#define STATUS_TICKS 2
#define PROBE_TICKS 5
/* Anybody outside can fail a handshake: the operator hears of one, and of how many since. */
#define FAILURE_NOTE_NS (30 * SECOND)
/* When all places are taken, who was silent for so long makes room. */
#define IDLER_NS (5 * SECOND)

/*
 * The guard lets `limit` new connections of a source through (bpf/ingress.bpf.c).
 * This bucket is deeper, by two tokens and what a second brings, so that a
 * client who only connects too often meets the guard alone: one limit, one alert.
 */
#define DEEPER(rate) (2 + ((rate) + 59) / 60)

struct serve {
	struct event_base *base;
	const struct config_channel *config;
	uint32_t index;
	SSL_CTX *context;
	struct link *link;
	struct listener *listener;
	bool paused;
	struct visitor_owner owner;
	struct limit limit;
	struct visitor *visitors[SERVE_VISITORS_MAX];
	size_t count;
	struct message_channel status;
	uint64_t ticks;
	uint64_t failure_told;
	unsigned int failures;	/* since then */
	int backend_error;	/* 0: it answers, or nobody knows otherwise */
};

static void note(const struct serve *s, int priority, const char *text)
{
	link_note(s->link, s->index, priority, "%s: %s", s->config->name, text);
}

static void tell(struct serve *s)
{
	s->status.clients = (uint32_t)s->count;
	link_status(s->link, s->index, &s->status);
}

void serve_renewed(struct serve *s, uint64_t end)
{
	s->status.certificate_end = end;
	tell(s);
}

/* ---- what visitors tell ---- */

static void on_arrived(uint32_t suite, void *arg)
{
	struct serve *s = arg;

	s->status.connects++;
	s->status.suite = suite;
}

static void on_paid(void *arg)
{
	struct serve *s = arg;

	s->status.requests++;
}

static void on_held(const struct visitor *v, void *arg)
{
	struct limit_source *source = visitor_source(v);
	struct serve *s = arg;

	s->status.limited++;
	if (limit_tell(source, monotonic_ns()))
		link_limit(s->link, s->index, MESSAGE_LIMIT_REQUESTS, &source->network);
}

static void on_surplus(struct serve *s, struct limit_source *source)
{
	s->status.limited++;
	if (limit_tell_crowded(source, monotonic_ns()))
		link_limit(s->link, s->index, MESSAGE_LIMIT_CONNECTIONS, &source->network);
}

static void on_failed(const struct visitor *v, const char *text, bool ours, void *arg)
{
	struct serve *s = arg;
	uint64_t now = monotonic_ns();
	char line[MESSAGE_TEXT_MAX], source[ADDRESS_TEXT_MAX], more[64] = "";

	s->status.failed++;
	if (s->failure_told && now - s->failure_told < FAILURE_NOTE_NS) {
		s->failures++;
		return;
	}
	address_source_text(&visitor_source(v)->network, source);
	if (s->failures)
		snprintf(more, sizeof(more), "; %u more before it", s->failures);
	s->failure_told = now;
	s->failures = 0;
	if (ours)
		snprintf(line, sizeof(line), "%s%s", text, more);
	else
		snprintf(line, sizeof(line), "the client %s %s%s", source, text, more);
	note(s, ours ? LOG_ERR : LOG_NOTICE, line);
}

static void set_backend(struct serve *s, int err)
{
	char line[MESSAGE_TEXT_MAX], place[ADDRESS_TEXT_MAX];

	if (err == s->backend_error)
		return;
	s->backend_error = err;
	address_text(&s->config->backend, place);
	s->status.state = err ? CHANNEL_CONNECTING : CHANNEL_UP;
	tell(s);
	if (err)
		snprintf(line, sizeof(line), "no answer from %s (%s), clients are turned away; start the server behind this "
			 "channel, or set upstream to where it listens", place, strerror(-err));
	else
		snprintf(line, sizeof(line), "the server at %s answers", place);
	note(s, err ? LOG_ERR : LOG_NOTICE, line);
}

static void on_backend(int err, void *arg)
{
	set_backend(arg, err);
}

static void on_gone(struct visitor *v, void *arg)
{
	struct serve *s = arg;

	limit_disconnect(visitor_source(v));
	for (size_t i = 0; i < SERVE_VISITORS_MAX; i++) {
		if (s->visitors[i] == v) {
			s->visitors[i] = NULL;
			s->count--;
		}
	}
	if (s->paused) {
		s->paused = false;
		listener_resume(s->listener);
	}
}

/* ---- coming in ---- */

/* Return: false if there was none to be sent away. */
static bool make_room(struct serve *s)
{
	struct visitor *idler = NULL;

	for (size_t i = 0; i < SERVE_VISITORS_MAX; i++) {
		struct visitor *v = s->visitors[i];

		if (v && (!idler || visitor_active(v) < visitor_active(idler)))
			idler = v;
	}
	if (!idler || monotonic_ns() - visitor_active(idler) < IDLER_NS)
		return false;
	visitor_close(idler);
	return true;
}

static int peer_of(int fd, struct in6_addr *address)
{
	struct sockaddr_in6 peer = { 0 };
	socklen_t bytes = sizeof(peer);
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer;

	if (getpeername(fd, (struct sockaddr *)&peer, &bytes))
		return -errno;
	*address = peer.sin6_addr;
	if (peer.sin6_family == AF_INET) {
		memset(address, 0, sizeof(*address));
		address->s6_addr[10] = 0xff;
		address->s6_addr[11] = 0xff;
		memcpy(&address->s6_addr[12], &v4->sin_addr, sizeof(v4->sin_addr));
	}
	return 0;
}

static void admit(struct serve *s, int fd, struct limit_source *source)
{
	struct visitor *v = visitor_new(&s->owner, fd, source);
	size_t i = 0;

	if (!v) {
		limit_disconnect(source);
		return;
	}
	while (s->visitors[i])
		i++;
	s->visitors[i] = v;
	s->count++;
	visitor_start(v);
}

/* Return: false while there is no more place; those who come wait in the kernel's queue. */
static bool on_accepted(int fd, void *arg)
{
	struct serve *s = arg;
	struct limit_source *source;
	struct in6_addr address;

	if (peer_of(fd, &address) || (s->count == SERVE_VISITORS_MAX && !make_room(s))) {
		close(fd);
		return true;
	}
	source = limit_connect(&s->limit, &address, monotonic_ns());
	if (source->connections > SERVE_VISITORS_OF_ONE) {
		on_surplus(s, source);
		limit_disconnect(source);
		close(fd);
		return true;
	}
	admit(s, fd, source);
	s->paused = s->count == SERVE_VISITORS_MAX;
	return !s->paused;
}

/* ---- from start to stop ---- */

void serve_tick(struct serve *s)
{
	uint64_t now = monotonic_ns();

	for (size_t i = 0; i < SERVE_VISITORS_MAX; i++)
		if (s->visitors[i])
			visitor_tick(s->visitors[i], now);
	if (s->paused)
		make_room(s);
	/* At start, and then as long as it is away, so that the operator sees when it is back. */
	if (s->ticks == 1 || (s->backend_error && s->ticks % PROBE_TICKS == 0))
		set_backend(s, backend_probe(&s->config->backend));
	if (s->ticks++ % STATUS_TICKS == 0)
		tell(s);
}

static void say_where(struct serve *s)
{
	char line[MESSAGE_TEXT_MAX], listen[ADDRESS_TEXT_MAX], behind[ADDRESS_TEXT_MAX];

	address_text(&s->config->listen, listen);
	address_text(&s->config->backend, behind);
	snprintf(line, sizeof(line), "serves %s by TLS 1.3 on %s, to %s", behind, listen,
		 s->config->ca[0] ? "clients with a certificate" : "anybody");
	note(s, LOG_NOTICE, line);
}

struct serve *serve_new(struct event_base *base, const struct serve_options *options)
{
	const struct config_channel *config = options->config;
	struct serve *s = calloc(1, sizeof(*s));
	char line[MESSAGE_TEXT_MAX], place[ADDRESS_TEXT_MAX];

	if (!s) {
		SSL_CTX_free(options->context);
		link_note(options->link, options->index, LOG_ERR, "%s: out of memory", config->name);
		return NULL;
	}
	s->base = base;
	s->config = config;
	s->index = options->index;
	s->context = options->context;
	s->link = options->link;
	s->owner = (struct visitor_owner){ base,   config,     s->context, &s->limit, on_arrived, on_failed,
					   on_backend, on_paid, on_held,    on_gone,   s };
	limit_init(&s->limit, config->limit_rate, config->limit_burst + DEEPER(config->limit_rate));
	s->listener = listener_new(base, &config->listen, on_accepted, s);
	if (!s->listener) {
		address_text(&config->listen, place);
		snprintf(line, sizeof(line), "nobody can connect to %s: %s; is another program there?", place,
			 strerror(errno));
		note(s, LOG_ERR, line);
		serve_free(s);
		return NULL;
	}
	s->status.state = CHANNEL_UP;
	say_where(s);
	return s;
}

void serve_free(struct serve *s)
{
	if (!s)
		return;
	/* First, so that nobody comes in by the places that are freed. */
	s->paused = false;
	listener_free(s->listener);
	for (size_t i = 0; i < SERVE_VISITORS_MAX; i++)
		if (s->visitors[i])
			visitor_close(s->visitors[i]);
	SSL_CTX_free(s->context);
	free(s);
}
