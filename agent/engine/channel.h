/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A channel: local listener and MQTT proxy on the one hand, upstream connection
 * and shaper on the other. With the shape `constant` all it sends up, and every
 * attempt to connect, begins in channel_slot(); apps cannot cause anything.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "config.h"
#include "link.h"
#include "resolver.h"

/* Attempts wait 1, 2, 4, ... this many slots. */
#define CHANNEL_BACKOFF_MAX 16

struct channel;

struct channel_options {
	const struct config_channel *config;
	uint32_t index;
	uint64_t slot;			/* ns between slots, jitter included; 0 without a schedule */
	SSL_CTX *context;		/* taken, also on failure */
	uint64_t certificate_end;	/* for the status, see message.h */
	struct resolver *resolver;	/* may be NULL; see struct upstream_options */
	struct link *link;
};

/* Binds the listener. Return: the channel, or NULL with a note to the operator. */
struct channel *channel_new(struct event_base *base, const struct channel_options *options);
void channel_free(struct channel *ch);

/* A slot is about to open; see slot_clock.h. */
void channel_slot(struct channel *ch, uint64_t k, bool missed);

/* Every second: status, and all that has no slots to wait for. */
void channel_tick(struct channel *ch);

/*
 * channel_renewed - the context has another certificate, which ends at `end` (seconds since 1970)
 * @reconnect: say good-bye in the next slot, whatever there is to say, and connect in the one
 *             after; else the session goes on, and the wire does not show that anything happened
 */
void channel_renewed(struct channel *ch, uint64_t end, bool reconnect);

/* Say good-bye upstream: DISCONNECT, close_notify, FIN. */
void channel_stop(struct channel *ch);

#endif
