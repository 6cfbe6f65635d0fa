/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages on their way up, in the order in which the apps gave them. A message
 * stays until upstream has acknowledged it for good, so that it can be sent
 * again after a reconnect. In memory: what is here is lost with the process,
 * which is why an app's QoS 1 or 2 message is acknowledged only when upstream has.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <sys/queue.h>

#include "mqtt.h"

/* Topics and payloads together, whatever the number of messages. */
#define SPOOL_BYTES_MAX (4u << 20)

enum spool_state {
	SPOOL_WAITING,		/* not sent in this session */
	SPOOL_SENT,
	SPOOL_RELEASED,		/* QoS 2: upstream has it, PUBREL is on its way */
};

struct spool_message {
	TAILQ_ENTRY(spool_message) next;
	enum spool_state state;
	uint64_t client;	/* serial of the app's connection; it may be gone */
	uint16_t client_id;	/* packet identifier there, 0 with QoS 0 */
	uint8_t client_qos;
	uint8_t losses;		/* sessions in a row that ended with this one as the oldest unanswered */
	uint16_t id;		/* packet identifier upstream, 0 until it is first sent and with QoS 0 */
	uint16_t fence;		/* QoS 0: of the PUBLISH that was sent next, 0: none was in this session */
	struct mqtt_publish publish;	/* as for upstream, views into data */
	uint8_t data[];
};

TAILQ_HEAD(spool_list, spool_message);

struct spool {
	struct spool_list messages;
	size_t count;
	size_t bytes;
	size_t count_max;
};

void spool_init(struct spool *spool, size_t count_max);
void spool_clear(struct spool *spool);

/* May an app's next message come in? Up to one message over the bound in bytes. */
bool spool_has_room(const struct spool *spool);

/*
 * spool_add - copy a message to the end, even if the spool is full
 * @publish: the app's
 * @qos: upstream's
 *
 * Return: the message, or NULL if there is no memory.
 */
struct spool_message *spool_add(struct spool *spool, const struct mqtt_publish *publish, uint8_t qos,
				uint64_t client);

void spool_remove(struct spool *spool, struct spool_message *m);

/* The message that was sent under `id`, or NULL. */
struct spool_message *spool_find(struct spool *spool, uint16_t id);

/* Is `id` taken by a message that was sent at least once, in this session or before? */
bool spool_find_id(const struct spool *spool, uint16_t id);

/* The message that the connection `client` gave under `client_id`, or NULL. */
struct spool_message *spool_find_client(struct spool *spool, uint64_t client, uint16_t client_id);

/*
 * The next message that may be sent, or NULL: none waits, `window` are under
 * way, or a QoS 1 message would overtake a QoS 2 message, which brokers deliver
 * only when it is released.
 */
struct spool_message *spool_next(struct spool *spool, size_t window);

#endif
