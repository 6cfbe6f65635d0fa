/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's end of the socket to the warden: what is told to the operator
 * goes out here, and its orders come in. See message.h.
 */
#ifndef LINK_H
#define LINK_H

#include <event2/event.h>

#include "message.h"

/* For facts that belong to no channel. */
#define LINK_NO_CHANNEL 0u

struct link;

/*
 * link_open - check and take the descriptor that the warden left us
 *
 * Return: the link; NULL with a line in the log if MESSAGE_FD is no
 * SOCK_SEQPACKET socket: the engine was not started by the warden.
 */
struct link *link_open(void);
void link_free(struct link *link);

/* Wait for MESSAGE_SCHEDULE. Return: 0, -EPIPE if the warden has gone, -EPROTO for anything else it says. */
int link_wait_schedule(struct link *link, struct tacit_schedule *schedule);

struct link_orders {
	/* The warden says so, or has gone. */
	void (*stop)(void *arg);
	/* `m` is a checked MESSAGE_CERTIFICATE; `fd` is closed after the call. To be answered by link_renewed(). */
	void (*certificate)(const struct message *m, int fd, void *arg);
	void *arg;
};

/*
 * link_watch - from now on call back when the warden gives an order
 * @channels: how many there are
 *
 * Return: 0 or -ENOMEM.
 */
int link_watch(struct link *link, struct event_base *base, size_t channels, const struct link_orders *orders);

/*
 * Return: 0 or -errno; what the socket does not take at once is lost, as status is said again.
 * @refusal: why a certificate was not taken; "": it was.
 */
int link_ready(struct link *link);
int link_renewed(struct link *link, const struct message *order, const char *refusal);
int link_status(struct link *link, uint32_t channel, const struct message_channel *status);

/* A client wants more than its limit: once in each episode, so that the bucket of the notes is not asked. */
int link_limit(struct link *link, uint32_t channel, enum message_limit_kind what, const struct in6_addr *network);

/*
 * A fact for the operator, in the log as well; LOG_ERR to LOG_INFO. No secret
 * is ever an argument. Behind a token bucket: what it swallows is counted and
 * told with the next one that passes. What apps can cause is LOG_WARNING, which
 * has a bucket of its own: no app can drown what the operator needs to know.
 */
void link_note(struct link *link, uint32_t channel, int priority, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
