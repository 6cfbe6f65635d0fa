/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The MQTT proxy of one channel: many local connections on the one hand, one
 * upstream session on the other, and between them spool and routes.
 *
 * To an app, PUBACK (QoS 1) and PUBREC (QoS 2) mean that upstream has the
 * message for good. QoS 0 goes up as QoS 1, so that it survives a reconnect. With
 * a dummy topic QoS 2 goes up as QoS 1 too, as every slot carries one PUBLISH of
 * QoS 1 whatever there is: then a reconnect may bring a message twice. QoS 0
 * goes up as QoS 0 then, behind the dummy, and survives a reconnect as well;
 * with `qos = 0` so does every message.
 */
#ifndef PROXY_H
#define PROXY_H

#include <event2/event.h>

#include "link.h"
#include "session.h"

#define PROXY_CLIENTS_MAX 64

struct proxy;

struct proxy_options {
	const struct config_channel *config;
	uint32_t channel;	/* its index, for notes */
	uint16_t keepalive;	/* upstream's, seconds */
	/* With a dummy topic: the largest PUBLISH that is taken, as it must fit one slot. Else 0. */
	size_t publish_max;
	struct link *link;
	/* Something waits to be sent up. */
	void (*ready)(void *arg);
	void *arg;
};

/* Return: the proxy, or NULL if there is no memory. */
struct proxy *proxy_new(struct event_base *base, const struct proxy_options *options);
void proxy_free(struct proxy *p);

/* An app has connected; fd is taken. Return: false if that was the last one there is room for. */
bool proxy_accept(struct proxy *p, int fd);

/* When an app has gone there is room again: freed(arg) says so. */
void proxy_set_freed(struct proxy *p, void (*freed)(void *arg), void *arg);

/* The upstream session, for the channel to feed and drain. */
struct session *proxy_session(struct proxy *p);

/* Fill in clients, spooled, messages and received. */
void proxy_status(const struct proxy *p, struct message_channel *status);

#endif
