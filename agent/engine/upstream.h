/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A channel's connection to its peer: name, TCP, handshake, kernel keys. Each
 * attempt is started from outside, in a slot; nothing here starts by itself.
 */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "config.h"
#include "ktls.h"
#include "message.h"
#include "resolver.h"

#define UPSTREAM_ERROR_MAX 340

struct upstream_callbacks {
	/* CHANNEL_RESOLVING, CONNECTING, HANDSHAKE; DOWN: the name is resolved, call upstream_start() again. */
	void (*state)(enum channel_state state, void *arg);
	/* The kernel encrypts: upstream_tls() may be used. */
	void (*up)(uint32_t suite, void *arg);
	/* The attempt has failed; all is closed. `text` is for the operator. */
	void (*failed)(const char *text, void *arg);
	void *arg;
};

struct upstream_options {
	const struct config_channel *config;
	SSL_CTX *context;		/* taken */
	struct resolver *resolver;	/* NULL where config->upstream_host is an address */
	unsigned int user_timeout;	/* ms: how long sent bytes may stay unacknowledged */
	unsigned int send_buffer;	/* bytes, 0: the system's */
};

struct upstream;

/* Return: NULL if there is no memory; then the context is freed. */
struct upstream *upstream_new(struct event_base *base, const struct upstream_options *options,
			      const struct upstream_callbacks *callbacks);
void upstream_free(struct upstream *u);

/* Begin an attempt: ask for the name, or connect if that is known. Closes what was there. */
void upstream_start(struct upstream *u);

/* Close at once. No callback is called. */
void upstream_close(struct upstream *u);

/* Only after up() and before upstream_close(). */
struct ktls *upstream_tls(struct upstream *u);

#endif
