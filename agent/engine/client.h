/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One local connection: an app that speaks MQTT 3.1.1 in plain text over
 * loopback. CONNECT, PINGREQ and DISCONNECT are answered here; the rest is the
 * owner's to decide. The local session ends with the connection.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <event2/event.h>
#include <sys/queue.h>

#include "mqtt.h"

#define CLIENT_ID_MAX 256
#define CLIENT_CONNECT_SECONDS 10
/*
 * An app that leaves so much unread is let go when there is a message for it, or
 * it would hold up the others; until it reads, nothing more is read from it.
 */
#define CLIENT_UNREAD_MAX (256u << 10)
/* Packets of one app at a time: the slots do not wait for it. */
#define CLIENT_PACKETS_AT_ONCE 32
/* QoS 2 messages of an app between PUBREC and PUBREL. */
#define CLIENT_RELEASES_MAX 64

struct client;

struct client_callbacks {
	/* Is there room for a packet of this type? If not, reading stops until client_resume(). */
	bool (*room)(enum mqtt_type type, void *arg);
	/* A message. Return: 0, or -errno: it cannot be taken and the connection is closed. */
	int (*publish)(struct client *c, const struct mqtt_publish *publish, void *arg);
	/* The app's identifier is known: an older connection with the same one must go. */
	void (*connected)(struct client *c, void *arg);
	/* A SUBSCRIBE or UNSUBSCRIBE. Return: 0 or -EBADMSG. */
	int (*filters)(struct client *c, enum mqtt_type type, struct mqtt_filters *filters, void *arg);
	/* Something for the operator. */
	void (*note)(struct client *c, const char *text, void *arg);
	/* The connection is closed; a will has gone through publish(). *c is freed after the call. */
	void (*gone)(struct client *c, void *arg);
	void *arg;
};

struct client {
	TAILQ_ENTRY(client) next;
	const struct client_callbacks *callbacks;
	struct bufferevent *bev;
	uint64_t serial;		/* never used twice */
	bool connected;			/* CONNECT was accepted */
	bool paused;			/* the owner has no room, or the app does not read */
	bool ended;			/* the app will send no more */
	bool deaf;			/* nor take any more */
	bool closing;			/* goes once the last answer is out */
	char id[CLIENT_ID_MAX];
	uint16_t last_id;		/* packet identifier of what is sent to the app */
	uint16_t releases[CLIENT_RELEASES_MAX];
	size_t release_count;
	struct mqtt_publish will;	/* views into will_data */
	uint8_t *will_data;		/* NULL: no will */
};

/*
 * client_new - serve an accepted connection
 * @fd: taken, closed with the client, also on failure
 *
 * Return: the client; NULL if there is no memory.
 */
struct client *client_new(struct event_base *base, int fd, uint64_t serial, const struct client_callbacks *callbacks);

/* Close at once, with the will unless the app has said DISCONNECT. */
void client_close(struct client *c);

/* There is room again. *c may be gone afterwards. */
void client_resume(struct client *c);

/* The message of QoS 1 or 2 that came as `id` is safe: PUBACK or PUBREC. */
void client_accepted(struct client *c, uint8_t qos, uint16_t id);

/* Upstream has answered a SUBSCRIBE. */
void client_suback(struct client *c, uint16_t id, const uint8_t *codes, size_t count);
void client_unsuback(struct client *c, uint16_t id);

/*
 * client_deliver - a message for the app
 * @qos: at which it is sent, 0 to 2
 *
 * Return: 0; -ENOBUFS if the app has too much unread, and then it is to be closed.
 */
int client_deliver(struct client *c, const struct mqtt_publish *publish, uint8_t qos);

#endif
