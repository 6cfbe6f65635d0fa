/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A channel with mode = accept: a TLS 1.3 server on the uplink in front of a
 * plain server on loopback. Each client is held to the channel's limit, and the
 * operator told of the one who wants more. What is served is visible in time.
 */
#ifndef SERVE_H
#define SERVE_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "config.h"
#include "link.h"

/* Connections at a time, and those of one source. */
#define SERVE_VISITORS_MAX 64
#define SERVE_VISITORS_OF_ONE 16

struct serve;

struct serve_options {
	const struct config_channel *config;
	uint32_t index;
	SSL_CTX *context;	/* taken, also on failure */
	struct link *link;
};

/* Binds the listener. Return: the channel, or NULL with a note to the operator. */
struct serve *serve_new(struct event_base *base, const struct serve_options *options);

/* Closes all connections, each with close_notify. */
void serve_free(struct serve *s);

/* The context has a certificate that ends then (seconds since 1970): new connections show it, others go on. */
void serve_renewed(struct serve *s, uint64_t end);

/* Every second: status, time limits, and whether the server behind is back. */
void serve_tick(struct serve *s);

#endif
