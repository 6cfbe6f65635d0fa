// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"
#include "handshake.h"
#include "monotonic.h"
#include "relay.h"
#include "visitor.h"

#define SECOND 1000000000ull
/* What we sent stays unacknowledged for longer: the client is not there any more. */
#define USER_TIMEOUT_MS 20000

enum stage {
	STAGE_WAITING,		/* for a token, before the handshake */
	STAGE_HANDSHAKE,
	STAGE_CONNECTING,	/* to the server behind the channel */
	STAGE_RELAY,
	STAGE_LINGER,		/* our end is sent; what still comes is dropped */
};

struct visitor {
	const struct visitor_owner *owner;
	struct limit_source *source;
	enum stage stage;
	uint64_t deadline;	/* of the stage; STAGE_RELAY has idle_deadline() */
	uint64_t active;
	int fd;
	int backend;
	struct event *client_read, *client_write;
	struct event *backend_read, *backend_write;
	struct event *token;	/* there may be one now */
	uint64_t wait;		/* until then, ns */
	struct handshake *handshake;
	bool tls_is_up;
	struct ktls tls;
	struct relay relay;
};

static void go_on(struct visitor *v);

/* ---- the end ---- */

static void drop_event(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

/* The server behind must not take a request that was cut off for a whole one: a reset, not an end. */
static void reset_backend(struct visitor *v)
{
	struct linger none = { .l_onoff = 1 };

	if (v->backend >= 0)
		setsockopt(v->backend, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

static void drop_backend(struct visitor *v)
{
	drop_event(&v->backend_read);
	drop_event(&v->backend_write);
	/* Whoever ends it, for whatever reason: the client has not said that this was all, or not all went on. */
	if (v->stage == STAGE_RELAY && !v->relay.up.finished)
		reset_backend(v);
	if (v->backend >= 0)
		close(v->backend);
	v->backend = -1;
}

/* Without a word: the client sees that it was cut off. */
static void drop(struct visitor *v)
{
	drop_backend(v);
	drop_event(&v->client_read);
	drop_event(&v->client_write);
	drop_event(&v->token);
	handshake_free(v->handshake);
	close(v->fd);
	v->owner->gone(v, v->owner->arg);
	OPENSSL_cleanse(v, sizeof(*v));
	free(v);
}

/*
 * Say good-bye, and stay until the client has seen it: closing with bytes unread
 * is a reset, which could overtake the last word.
 */
static void linger(struct visitor *v)
{
	drop_backend(v);
	handshake_free(v->handshake);
	v->handshake = NULL;
	if (v->tls_is_up)
		ktls_send_close(&v->tls);
	shutdown(v->fd, SHUT_WR);
	v->stage = STAGE_LINGER;
	v->deadline = monotonic_ns() + VISITOR_LINGER_SECONDS * SECOND;
	event_del(v->client_write);
	event_del(v->token);
	if (event_add(v->client_read, NULL))
		drop(v);
}

static void drop_what_comes(struct visitor *v)
{
	ssize_t n;

	if (v->tls_is_up)
		n = ktls_receive(&v->tls, v->relay.up.data, sizeof(v->relay.up.data));
	else
		n = recv(v->fd, v->relay.up.data, sizeof(v->relay.up.data), MSG_DONTWAIT);
	if (n == -EPIPE || (n == 0 && !v->tls_is_up))
		drop(v);
	else if (n < 0 && n != -EAGAIN && n != -EINTR && (v->tls_is_up || (errno != EAGAIN && errno != EINTR)))
		event_del(v->client_read);
}

void visitor_close(struct visitor *v)
{
	if (v->tls_is_up && v->stage != STAGE_LINGER)
		ktls_send_close(&v->tls);
	drop(v);
}

static void turn_away(struct visitor *v, const char *text, bool ours)
{
	v->owner->failed(v, text, ours, v->owner->arg);
	linger(v);
}

/* ---- tokens ---- */

static bool pay(void *arg)
{
	struct visitor *v = arg;

	if (limit_take(v->owner->limit, v->source, monotonic_ns(), &v->wait)) {
		v->owner->paid(v->owner->arg);
		return true;
	}
	v->owner->held(v, v->owner->arg);
	return false;
}

static void wait_for_token(struct visitor *v)
{
	/* Rounded up, so that it is there. */
	uint64_t us = v->wait / 1000 + 1;
	struct timeval wait = { .tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000) };

	event_add(v->token, &wait);
}

static void on_token(evutil_socket_t fd, short what, void *arg)
{
	struct visitor *v = arg;

	(void)fd;
	(void)what;
	if (v->stage == STAGE_RELAY) {
		/* It was no idler that had to wait. */
		v->active = monotonic_ns();
		relay_resume(&v->relay);
	}
	go_on(v);
}

/* ---- bytes ---- */

static void set_event(struct event *event, bool wanted)
{
	if (wanted)
		event_add(event, NULL);
	else
		event_del(event);
}

static void relay(struct visitor *v)
{
	uint64_t before = v->relay.bytes;
	int ret = relay_move(&v->relay);
	unsigned int wants = relay_wants(&v->relay);

	if (v->relay.bytes != before)
		v->active = monotonic_ns();
	if (ret == -EKEYEXPIRED) {
		turn_away(v, "changes its TLS keys, which kTLS cannot follow; it has to connect again", false);
		return;
	}
	if (ret) {
		if (ret < 0)
			reset_backend(v);
		drop(v);
		return;
	}
	set_event(v->client_read, wants & RELAY_CLIENT_READ);
	set_event(v->client_write, wants & RELAY_CLIENT_WRITE);
	set_event(v->backend_read, wants & RELAY_BACKEND_READ);
	set_event(v->backend_write, wants & RELAY_BACKEND_WRITE);
	if (v->relay.held && !event_pending(v->token, EV_TIMEOUT, NULL))
		wait_for_token(v);
}

/* ---- the server behind ---- */

static void no_backend(struct visitor *v, int err)
{
	v->owner->backend(err, v->owner->arg);
	linger(v);
}

static void connected(struct visitor *v)
{
	int err = 0;
	socklen_t bytes = sizeof(err);

	if (getsockopt(v->backend, SOL_SOCKET, SO_ERROR, &err, &bytes))
		err = errno;
	if (err) {
		no_backend(v, -err);
		return;
	}
	v->owner->backend(0, v->owner->arg);
	event_del(v->backend_write);
	v->stage = STAGE_RELAY;
	v->active = monotonic_ns();
	relay_init(&v->relay, &v->tls, v->backend, pay, v);
	relay(v);
}

static void on_backend(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

static void connect_backend(struct visitor *v)
{
	struct event_base *base = v->owner->base;

	v->stage = STAGE_CONNECTING;
	v->deadline = monotonic_ns() + VISITOR_BACKEND_SECONDS * SECOND;
	event_del(v->client_read);
	v->backend = backend_connect(&v->owner->config->backend);
	if (v->backend < 0) {
		no_backend(v, v->backend);
		return;
	}
	v->backend_read = event_new(base, v->backend, EV_READ | EV_PERSIST, on_backend, v);
	v->backend_write = event_new(base, v->backend, EV_WRITE | EV_PERSIST, on_backend, v);
	if (!v->backend_read || !v->backend_write || event_add(v->backend_write, NULL))
		drop(v);
}

/* ---- the handshake ---- */

static void hand_over(struct visitor *v)
{
	uint32_t suite;
	int err = handshake_to_kernel(v->handshake, &v->tls, &suite);

	handshake_free(v->handshake);
	v->handshake = NULL;
	if (err) {
		v->owner->failed(v, "cannot be served: the kernel does not take the connection over (kTLS)", false,
				 v->owner->arg);
		drop(v);
		return;
	}
	v->tls_is_up = true;
	v->owner->arrived(suite, v->owner->arg);
	connect_backend(v);
}

static void shake(struct visitor *v)
{
	int ret = handshake_step(v->handshake);

	if (ret == 0) {
		set_event(v->client_write, false);
		hand_over(v);
	} else if (ret < 0) {
		turn_away(v, handshake_error(v->handshake), handshake_key_failed(v->handshake));
	} else {
		set_event(v->client_read, ret == 1);
		set_event(v->client_write, ret == 2);
	}
}

static void knock(struct visitor *v)
{
	if (!pay(v)) {
		wait_for_token(v);
		return;
	}
	v->handshake = handshake_accept(v->owner->context, v->fd);
	if (!v->handshake) {
		drop(v);
		return;
	}
	v->stage = STAGE_HANDSHAKE;
	v->deadline = monotonic_ns() + VISITOR_HANDSHAKE_SECONDS * SECOND;
	shake(v);
}

/* ---- from start to end ---- */

static void go_on(struct visitor *v)
{
	switch (v->stage) {
	case STAGE_WAITING:
		knock(v);
		break;
	case STAGE_HANDSHAKE:
		shake(v);
		break;
	case STAGE_CONNECTING:
		connected(v);
		break;
	case STAGE_RELAY:
		relay(v);
		break;
	case STAGE_LINGER:
		drop_what_comes(v);
		break;
	}
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

struct visitor *visitor_new(const struct visitor_owner *owner, int fd, struct limit_source *source)
{
	struct visitor *v = calloc(1, sizeof(*v));
	unsigned int timeout = USER_TIMEOUT_MS;
	int one = 1;

	if (!v)
		goto out_close;
	v->owner = owner;
	v->source = source;
	v->fd = fd;
	v->backend = -1;
	v->active = monotonic_ns();
	v->client_read = event_new(owner->base, fd, EV_READ | EV_PERSIST, on_client, v);
	v->client_write = event_new(owner->base, fd, EV_WRITE | EV_PERSIST, on_client, v);
	v->token = evtimer_new(owner->base, on_token, v);
	if (!v->client_read || !v->client_write || !v->token)
		goto out_free;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout)))
		goto out_free;
	return v;

out_free:
	drop_event(&v->client_read);
	drop_event(&v->client_write);
	drop_event(&v->token);
	free(v);
out_close:
	close(fd);
	return NULL;
}

void visitor_start(struct visitor *v)
{
	go_on(v);
}

/* Our end is out: the client has less time to come to its own. */
static uint64_t idle_deadline(const struct visitor *v)
{
	uint64_t seconds = v->relay.down.finished ? VISITOR_LINGER_SECONDS : VISITOR_IDLE_SECONDS;

	return v->active + seconds * SECOND;
}

/* An answer that the client did not take must not look complete. */
static void end_idler(struct visitor *v)
{
	if (v->relay.down.finished || relay_wants(&v->relay) & RELAY_CLIENT_WRITE)
		drop(v);
	else
		linger(v);
}

void visitor_tick(struct visitor *v, uint64_t now)
{
	switch (v->stage) {
	case STAGE_WAITING:
		if (now > v->active + VISITOR_IDLE_SECONDS * SECOND)
			drop(v);
		break;
	case STAGE_HANDSHAKE:
		if (now > v->deadline)
			turn_away(v, "does not finish the handshake", false);
		break;
	case STAGE_CONNECTING:
		if (now > v->deadline)
			no_backend(v, -ETIMEDOUT);
		break;
	case STAGE_RELAY:
		if (!v->relay.held && now > idle_deadline(v))
			end_idler(v);
		break;
	case STAGE_LINGER:
		if (now > v->deadline)
			drop(v);
		break;
	}
}

struct limit_source *visitor_source(const struct visitor *v)
{
	return v->source;
}

uint64_t visitor_active(const struct visitor *v)
{
	return v->active;
}
