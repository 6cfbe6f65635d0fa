/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one MQTT session that a channel holds upstream, from start to stop and
 * over every reconnect (clean session 0). It turns what waits (spool, routes,
 * answers that are owed) into whole packets when it is asked to stage some, and
 * upstream's bytes into calls. It knows neither sockets nor slots.
 */
#ifndef SESSION_H
#define SESSION_H

#include <event2/buffer.h>

#include "controls.h"
#include "routes.h"
#include "spool.h"

/* Messages under way at once; what stock brokers take. */
#define SESSION_WINDOW 20
/*
 * A message that the broker answers by hanging up would hold up all others for
 * ever. After so many sessions it is sent alone, and after twice as many dropped.
 */
#define SESSION_LOSSES_ALONE 5
/* Sessions that the broker ends instead of answering a SUBSCRIBE, before that is given up. */
#define SESSION_LOSSES_ROUTE 3
/* PINGREQs without a sign of life before the session counts as lost. */
#define SESSION_PINGS_MAX 3
/* With a dummy topic: slots in which messages leave no room for the first of them, before a dummy does. */
#define SESSION_CONTROL_SLOTS 4
/* Answers and requests that wait to be sent; above it, upstream is not read. */
#define SESSION_CONTROLS_MAX 512

/* Above it, apps that want more of them wait: there is room for answers still. */
#define SESSION_CONTROLS_APPS (SESSION_CONTROLS_MAX / 2)

enum session_state {
	SESSION_DOWN,
	SESSION_OPENING,	/* CONNECT is staged or sent */
	SESSION_UP,
};

struct session_callbacks {
	/* A message from upstream. */
	void (*publish)(const struct mqtt_publish *publish, void *arg);
	/* Upstream has acknowledged it for good; it is removed from the spool after the call. */
	void (*done)(const struct spool_message *m, void *arg);
	/* This message cannot be sent, or the broker hangs up whenever it gets it; it is removed after the call. */
	void (*dropped)(const struct spool_message *m, const char *why, void *arg);
	/* The broker hangs up whenever it gets this SUBSCRIBE. */
	void (*unroutable)(struct route *route, void *arg);
	/* Every filter of an app's SUBSCRIBE has its answer. */
	void (*subscribed)(uint64_t client, const struct route_request *request, void *arg);
	/* session_takes_controls() has become true. */
	void (*room)(void *arg);
	/* Something for the operator. */
	void (*note)(const char *text, void *arg);
	/* There is something new to stage. */
	void (*ready)(void *arg);
	void *arg;
};

struct session_options {
	const char *client_id;
	const char *dummy;	/* topic, or "": see session_stage() */
	size_t publish_max;	/* bytes that a PUBLISH has with a dummy topic */
	uint16_t keepalive;	/* seconds, told to the broker */
};

struct session {
	enum session_state state;
	struct session_options options;
	struct session_callbacks callbacks;
	struct spool *spool;
	struct routes *routes;
	struct evbuffer *in;	/* from upstream, less than a packet between calls */
	struct evbuffer *out;	/* staged and not yet sent */
	size_t last;		/* bytes at the end of `out` that are to leave as the slot's last */
	struct controls controls;	/* answers and requests that wait */
	size_t skip;		/* bytes to come of a packet that is not taken */
	bool skip_noted;	/* in this session */
	uint16_t last_id;
	uint16_t last_dummy;
	unsigned int subscribes;	/* sent so far */
	bool answered;		/* a message was acknowledged in this session */
	bool asked;		/* a PINGREQ has left `out` since upstream was last heard */
	size_t ping_end;	/* bytes of `out` up to the end of its first PINGREQ, 0: it has none */
	unsigned int pings;	/* that were due while `asked`; CONNECT counts as one as well */
	uint8_t code;		/* of the last CONNACK */
	uint8_t *received;	/* bitmap of QoS 2 identifiers that upstream has not released */
};

/* Return: 0 or -ENOMEM; then the session is not to be used. */
int session_init(struct session *s, const struct session_options *options, const struct session_callbacks *callbacks,
		 struct spool *spool, struct routes *routes);
void session_free(struct session *s);

/* TLS is up: CONNECT comes first. */
void session_open(struct session *s);

/* TLS has gone. What was not acknowledged waits again. `hung_up`: it was the broker who closed. */
void session_close(struct session *s, bool hung_up);

/*
 * session_input - bytes from upstream
 *
 * Return: 0; -ECONNREFUSED if the broker refused us, with its reason in s->code;
 * -EPROTO for anything that MQTT forbids; -ENOMEM. On failure close the connection.
 * A message above MQTT_PACKET_MAX or to a topic that is not valid is acknowledged,
 * or it would come again for ever, and left out with a note.
 */
int session_input(struct session *s, const void *data, size_t bytes);

/* May upstream be read? Not while too many answers wait to be sent. */
bool session_wants_input(const struct session *s);

/* May apps subscribe and unsubscribe? */
bool session_takes_controls(const struct session *s);

/*
 * session_stage - put whole packets into s->out until it holds `capacity` bytes or nothing is left
 * @ping: a PINGREQ is due
 *
 * With a dummy topic exactly one PUBLISH of QoS 1 is staged while the session is
 * up, a real one or a dummy, and nothing goes over capacity. A message of QoS 0
 * comes behind a dummy and all else: a broker answers in the order in which it
 * reads, so that what it has to do for the message delays no answer.
 * Return: 0; -ETIMEDOUT if the broker has not answered SESSION_PINGS_MAX pings; -ENOMEM.
 */
int session_stage(struct session *s, size_t capacity, bool ping);

/* The largest PUBLISH of this QoS that fits one slot; only with a dummy topic. */
size_t session_publish_max(const struct session *s, uint8_t qos);

/* Ask upstream for a route's filter. */
void session_subscribe(struct session *s, struct route *route);

/* No app wants this filter any longer. */
void session_unsubscribe(struct session *s, struct mqtt_view filter);

/* Say good-bye: DISCONNECT into s->out, if that is at the start of a packet. */
void session_disconnect(struct session *s);

#endif
