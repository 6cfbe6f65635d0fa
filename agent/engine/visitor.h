/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A visitor: one connection of a client to an accept channel, from its TCP to
 * its end. Handshake, kTLS, a connection to the server behind the channel, then
 * bytes both ways (relay.h). What it asks for is paid with tokens of its source;
 * without one it is not read.
 */
#ifndef VISITOR_H
#define VISITOR_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "config.h"
#include "limit.h"

#define VISITOR_HANDSHAKE_SECONDS 10
#define VISITOR_BACKEND_SECONDS 5
/* No byte either way for so long: the connection is closed. */
#define VISITOR_IDLE_SECONDS 120
/* Our end is sent: time for the client to see it, and for what it still sends. */
#define VISITOR_LINGER_SECONDS 5

struct visitor;

/* One for all visitors of a channel. */
struct visitor_owner {
	struct event_base *base;
	const struct config_channel *config;
	SSL_CTX *context;
	const struct limit *limit;
	/* The handshake is done. @suite: TLS cipher suite */
	void (*arrived)(uint32_t suite, void *arg);
	/* It is turned away; `text` goes on where "the client ADDRESS" ends; `ours`: our key failed, a sentence of its own. */
	void (*failed)(const struct visitor *v, const char *text, bool ours, void *arg);
	/* The server behind the channel took a connection (0) or did not (-errno). */
	void (*backend)(int err, void *arg);
	/* A token was paid. */
	void (*paid)(void *arg);
	/* There was none: it is held until there is. */
	void (*held)(const struct visitor *v, void *arg);
	/* The connection is closed; *v is freed after the call. */
	void (*gone)(struct visitor *v, void *arg);
	void *arg;
};

/*
 * visitor_new - serve an accepted connection
 * @fd: non-blocking; taken, closed with the visitor, also on failure
 * @source: where it comes from; to be disconnected by the owner, in gone()
 *
 * Nothing is called back before visitor_start(). Return: the visitor; NULL if there is no memory.
 */
struct visitor *visitor_new(const struct visitor_owner *owner, int fd, struct limit_source *source);

/* *v may be gone afterwards, as after each function that has no const here. */
void visitor_start(struct visitor *v);

/* Every second: what has taken too long is ended. @now: ns of CLOCK_MONOTONIC */
void visitor_tick(struct visitor *v, uint64_t now);

/* Close at once, with close_notify if TLS is up. */
void visitor_close(struct visitor *v);

struct limit_source *visitor_source(const struct visitor *v);

/* When a byte moved last, ns of CLOCK_MONOTONIC. */
uint64_t visitor_active(const struct visitor *v);

#endif
