// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "spool.h"

void spool_init(struct spool *spool, size_t count_max)
{
	TAILQ_INIT(&spool->messages);
	spool->count = 0;
	spool->bytes = 0;
	spool->count_max = count_max;
}

void spool_clear(struct spool *spool)
{
	while (!TAILQ_EMPTY(&spool->messages))
		spool_remove(spool, TAILQ_FIRST(&spool->messages));
}

bool spool_has_room(const struct spool *spool)
{
	return spool->count < spool->count_max && spool->bytes < SPOOL_BYTES_MAX;
}

static size_t message_bytes(const struct mqtt_publish *publish)
{
	return publish->topic.bytes + publish->payload.bytes;
}

struct spool_message *spool_add(struct spool *spool, const struct mqtt_publish *publish, uint8_t qos,
				uint64_t client)
{
	struct spool_message *m = calloc(1, sizeof(*m) + message_bytes(publish));

	if (!m)
		return NULL;
	m->client = client;
	m->client_id = publish->id;
	m->client_qos = publish->qos;
	m->publish = *publish;
	m->publish.id = 0;
	m->publish.dup = false;
	m->publish.qos = qos;
	m->publish.topic.data = m->data;
	m->publish.payload.data = m->data + publish->topic.bytes;
	memcpy(m->data, publish->topic.data, publish->topic.bytes);
	if (publish->payload.bytes)
		memcpy(m->data + publish->topic.bytes, publish->payload.data, publish->payload.bytes);
	TAILQ_INSERT_TAIL(&spool->messages, m, next);
	spool->count++;
	spool->bytes += message_bytes(publish);
	return m;
}

void spool_remove(struct spool *spool, struct spool_message *m)
{
	TAILQ_REMOVE(&spool->messages, m, next);
	spool->count--;
	spool->bytes -= message_bytes(&m->publish);
	free(m);
}

struct spool_message *spool_find(struct spool *spool, uint16_t id)
{
	struct spool_message *m;

	TAILQ_FOREACH(m, &spool->messages, next) {
		if (m->state != SPOOL_WAITING && m->id == id)
			return m;
	}
	return NULL;
}

bool spool_find_id(const struct spool *spool, uint16_t id)
{
	const struct spool_message *m;

	TAILQ_FOREACH(m, &spool->messages, next) {
		if (m->id == id)
			return true;
	}
	return false;
}

struct spool_message *spool_find_client(struct spool *spool, uint64_t client, uint16_t client_id)
{
	struct spool_message *m;

	TAILQ_FOREACH(m, &spool->messages, next) {
		if (m->client == client && m->client_id == client_id)
			return m;
	}
	return NULL;
}

struct spool_message *spool_next(struct spool *spool, size_t window)
{
	struct spool_message *m;
	bool unreleased = false;

	TAILQ_FOREACH(m, &spool->messages, next) {
		if (m->state == SPOOL_WAITING)
			return unreleased && m->publish.qos == 1 ? NULL : m;
		if (!window--)
			return NULL;
		unreleased |= m->publish.qos == 2 && m->state == SPOOL_SENT;
	}
	return NULL;
}
