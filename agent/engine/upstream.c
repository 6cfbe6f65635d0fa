// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handshake.h"
#include "tacit_bpf.h"
#include "upstream.h"

struct upstream {
	struct event_base *base;
	struct upstream_options options;
	struct upstream_callbacks callbacks;
	struct resolver_request *request;
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
	size_t count;		/* 0: the name is not resolved */
	size_t next;		/* to be tried */
	int fd;
	struct event *io;
	struct event *deadline;
	struct handshake *handshake;
	struct ktls tls;
};

void upstream_close(struct upstream *u)
{
	if (u->request)
		resolver_cancel(u->request);
	u->request = NULL;
	event_del(u->deadline);
	if (u->io)
		event_free(u->io);
	u->io = NULL;
	handshake_free(u->handshake);
	u->handshake = NULL;
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

static void fail(struct upstream *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct upstream *u, const char *format, ...)
{
	char text[UPSTREAM_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	upstream_close(u);
	u->callbacks.failed(text, u->callbacks.arg);
}

static void next_address(struct upstream *u)
{
	/* When all have been tried the name is asked for again. */
	if (++u->next >= u->count)
		u->count = 0;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *u = arg;
	const struct config_channel *config = u->options.config;

	(void)fd;
	(void)what;
	next_address(u);
	fail(u, "%s:%u does not answer", config->upstream_host, config->upstream_port);
}

/* ---- handshake ---- */

static void go_on(evutil_socket_t fd, short what, void *arg);

static int wait_for(struct upstream *u, short what)
{
	if (u->io)
		event_free(u->io);
	u->io = event_new(u->base, u->fd, what, go_on, u);
	return u->io && !event_add(u->io, NULL) ? 0 : -ENOMEM;
}

/* From here on the kernel encrypts, and eBPF holds every byte for its slot. */
static void hand_over(struct upstream *u)
{
	int settled = TACIT_PRIORITY_SETTLED;
	int bytes = (int)u->options.send_buffer;
	uint32_t suite;
	int err = handshake_to_kernel(u->handshake, &u->tls, &suite);

	handshake_free(u->handshake);
	u->handshake = NULL;
	event_del(u->deadline);
	if (!err && setsockopt(u->fd, SOL_SOCKET, SO_PRIORITY, &settled, sizeof(settled)))
		err = -errno;
	if (!err && bytes && setsockopt(u->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)))
		err = -errno;
	if (err) {
		fail(u, "the kernel does not take the connection over (kTLS): %s", strerror(-err));
		return;
	}
	event_free(u->io);
	u->io = NULL;
	u->callbacks.up(suite, u->callbacks.arg);
}

static void shake(struct upstream *u)
{
	int ret = handshake_step(u->handshake);

	if (ret == 0)
		hand_over(u);
	if (ret < 0) {
		next_address(u);
		fail(u, "%s", handshake_error(u->handshake));
	}
	if (ret > 0 && wait_for(u, ret == 1 ? EV_READ : EV_WRITE))
		fail(u, "out of memory");
}

/* ---- TCP ---- */

static void connected(struct upstream *u)
{
	const struct config_channel *config = u->options.config;
	socklen_t bytes = sizeof(int);
	int err = 0;

	if (getsockopt(u->fd, SOL_SOCKET, SO_ERROR, &err, &bytes))
		err = errno;
	if (err) {
		next_address(u);
		fail(u, "%s:%u: %s", config->upstream_host, config->upstream_port, strerror(err));
		return;
	}
	u->handshake = handshake_new(u->options.context, u->fd, config->server_name);
	if (!u->handshake) {
		fail(u, "out of memory");
		return;
	}
	u->callbacks.state(CHANNEL_HANDSHAKE, u->callbacks.arg);
	shake(u);
}

static void go_on(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *u = arg;

	(void)fd;
	(void)what;
	if (u->handshake)
		shake(u);
	else
		connected(u);
}

static int open_socket(struct upstream *u, int family)
{
	int one = 1;

	u->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0)
		return -errno;
	if (setsockopt(u->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(u->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &u->options.user_timeout, sizeof(int)))
		return -errno;
	return 0;
}

static void start_connect(struct upstream *u)
{
	const struct resolver_address *a = &u->addresses[u->next];
	struct timeval limit = { .tv_sec = TACIT_HANDSHAKE_NS / 1000000000 };
	int err = open_socket(u, a->any.sa_family);

	if (!err && connect(u->fd, &a->any, a->bytes) && errno != EINPROGRESS)
		err = -errno;
	if (!err)
		err = wait_for(u, EV_WRITE);
	if (!err && event_add(u->deadline, &limit))
		err = -ENOMEM;
	if (err) {
		next_address(u);
		fail(u, "%s:%u: %s", u->options.config->upstream_host, u->options.config->upstream_port,
		     strerror(-err));
		return;
	}
	u->callbacks.state(CHANNEL_CONNECTING, u->callbacks.arg);
}

/* ---- name ---- */

static void resolved(const struct resolver_address *addresses, size_t count, const char *error, void *arg)
{
	struct upstream *u = arg;

	u->request = NULL;
	if (!count) {
		fail(u, "%s cannot be resolved: %s", u->options.config->upstream_host, error);
		return;
	}
	memcpy(u->addresses, addresses, count * sizeof(*addresses));
	u->count = count;
	u->next = 0;
	u->callbacks.state(CHANNEL_DOWN, u->callbacks.arg);
}

void upstream_start(struct upstream *u)
{
	const struct config_channel *config = u->options.config;

	upstream_close(u);
	if (!u->count && resolver_literal(config->upstream_host, config->upstream_port, &u->addresses[0])) {
		u->count = 1;
		u->next = 0;
	}
	if (u->count) {
		start_connect(u);
		return;
	}
	u->callbacks.state(CHANNEL_RESOLVING, u->callbacks.arg);
	u->request = resolver_start(u->options.resolver, config->upstream_host, config->upstream_port, resolved, u);
}

struct ktls *upstream_tls(struct upstream *u)
{
	return &u->tls;
}

struct upstream *upstream_new(struct event_base *base, const struct upstream_options *options,
			      const struct upstream_callbacks *callbacks)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u)
		goto out_context;
	u->deadline = evtimer_new(base, on_deadline, u);
	if (!u->deadline)
		goto out_free;
	u->base = base;
	u->options = *options;
	u->callbacks = *callbacks;
	u->fd = -1;
	return u;

out_free:
	free(u);
out_context:
	SSL_CTX_free(options->context);
	return NULL;
}

void upstream_free(struct upstream *u)
{
	if (!u)
		return;
	upstream_close(u);
	event_free(u->deadline);
	SSL_CTX_free(u->options.context);
	free(u);
}
