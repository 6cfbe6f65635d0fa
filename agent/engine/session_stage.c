// SPDX-License-Identifier: GPL-2.0
/* What a session says upstream: whole packets, in the order in which they must go. */
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "session_internal.h"

#define DUMMY_PAYLOAD 16

/* While it is found out what a filter does no message goes, which might be blamed for it. */
static bool route_on_trial(const struct session *s)
{
	const struct route *r;

	LIST_FOREACH(r, &s->routes->list, next) {
		if (r->id && r->losses)
			return true;
	}
	return false;
}

static size_t window(const struct session *s)
{
	const struct spool_message *m = TAILQ_FIRST(&s->spool->messages);

	return m && m->losses >= SESSION_LOSSES_ALONE ? 1 : SESSION_WINDOW;
}

static struct spool_message *next_message(struct session *s)
{
	return route_on_trial(s) ? NULL : spool_next(s->spool, window(s));
}

static int stage_publish(struct session *s, const struct mqtt_publish *publish)
{
	size_t bytes = mqtt_publish_bytes(publish);
	struct evbuffer_iovec room;
	struct mqtt_buffer b;

	if (evbuffer_reserve_space(s->out, (ev_ssize_t)bytes, &room, 1) != 1)
		return -ENOMEM;
	b = (struct mqtt_buffer){ room.iov_base, bytes, 0 };
	if (mqtt_publish_write(&b, publish))
		return -EMSGSIZE;
	room.iov_len = b.bytes;
	return evbuffer_commit_space(s->out, &room, 1) ? -ENOMEM : 0;
}

/*
 * The PUBLISH of QoS 1 with this identifier goes next: its PUBACK will say that
 * upstream has read the messages of QoS 0 which were sent before it.
 */
static void fence(struct session *s, uint16_t id)
{
	struct spool_message *m;

	TAILQ_FOREACH(m, &s->spool->messages, next) {
		if (m->state == SPOOL_SENT && !m->publish.qos && !m->fence)
			m->fence = id;
	}
}

static int stage_message(struct session *s, struct spool_message *m)
{
	int err;

	if (!m->id && m->publish.qos)
		m->id = session_new_id(s);
	m->publish.id = m->id;
	err = stage_publish(s, &m->publish);
	if (!err && m->id)
		fence(s, m->id);
	if (!err)
		m->state = SPOOL_SENT;
	/* Not a reason to lose the session, over which it would come again. */
	if (err == -EMSGSIZE)
		session_drop(s, m, "it is too long to be sent");
	return err;
}

/* Every dummy has the same size: less noise where the topic is long for the slot. */
static struct mqtt_publish dummy(const struct session *s, const uint8_t *noise)
{
	struct mqtt_publish publish = {
		.qos = 1,
		.topic = { (const uint8_t *)s->options.dummy, strlen(s->options.dummy) },
		.payload = { noise, DUMMY_PAYLOAD },
	};
	size_t over = mqtt_publish_bytes(&publish) + MQTT_SMALL;

	over = over > s->options.publish_max ? over - s->options.publish_max : 0;
	publish.payload.bytes -= over < DUMMY_PAYLOAD ? over : DUMMY_PAYLOAD;
	return publish;
}

static int stage_dummy(struct session *s)
{
	uint8_t noise[DUMMY_PAYLOAD];
	struct mqtt_publish publish = dummy(s, noise);
	int err;

	if (RAND_bytes(noise, sizeof(noise)) != 1)
		return -EIO;
	s->last_dummy = (s->last_dummy + 1) & (DUMMY_ID_FIRST - 1);
	publish.id = s->last_dummy | DUMMY_ID_FIRST;
	err = stage_publish(s, &publish);
	if (!err)
		fence(s, publish.id);
	return err;
}

size_t session_publish_max(const struct session *s, uint8_t qos)
{
	struct mqtt_publish beside = dummy(s, NULL);
	size_t taken = qos ? 0 : mqtt_publish_bytes(&beside);

	return taken < s->options.publish_max ? s->options.publish_max - taken : 0;
}

static void mark_sent(struct session *s, uint16_t id)
{
	struct route *r = routes_find_id(s->routes, id);

	if (r)
		r->sent = ++s->subscribes;
}

static int stage_control(struct session *s, struct control *c)
{
	uint8_t *packet_data = malloc(control_bytes(c));
	struct mqtt_buffer b = { packet_data, control_bytes(c), 0 };
	int err;

	if (!packet_data)
		return -ENOMEM;
	if (c->type == MQTT_UNSUBSCRIBE)
		c->id = session_new_id(s);
	if (c->type == MQTT_SUBSCRIBE)
		mark_sent(s, c->id);
	err = control_write(&b, c);
	if (!err && evbuffer_add(s->out, b.data, b.bytes))
		err = -ENOMEM;
	free(packet_data);
	controls_remove(&s->controls, c);
	if (s->controls.count + 1 == SESSION_CONTROLS_APPS)
		s->callbacks.room(s->callbacks.arg);
	return err;
}

static int stage_ping(struct session *s)
{
	uint8_t packet_data[MQTT_EMPTY];
	struct mqtt_buffer b = { packet_data, sizeof(packet_data), 0 };

	/* One that waits behind a long message cannot have been answered. */
	if (s->asked && ++s->pings >= SESSION_PINGS_MAX)
		return -ETIMEDOUT;
	mqtt_empty_write(&b, MQTT_PINGREQ);
	if (evbuffer_add(s->out, b.data, b.bytes))
		return -ENOMEM;
	if (!s->ping_end)
		s->ping_end = evbuffer_get_length(s->out);
	return 0;
}

/* The one PUBLISH of QoS 1: `m`, if there is one and it can be sent, else a dummy. */
static int stage_answered(struct session *s, struct spool_message *m)
{
	int err = m ? stage_message(s, m) : -EMSGSIZE;

	return err == -EMSGSIZE ? stage_dummy(s) : err;
}

/* As the slot's last bytes. What is left of a slot that the socket did not take may leave no room. */
static int stage_behind(struct session *s, struct spool_message *m, size_t capacity)
{
	size_t before = evbuffer_get_length(s->out);
	int err;

	if (before + mqtt_publish_bytes(&m->publish) > capacity)
		return 0;
	err = stage_message(s, m);
	s->last = evbuffer_get_length(s->out) - before;
	return err == -EMSGSIZE ? 0 : err;
}

/* One PUBLISH that is answered, what else is, and behind all answers a message that has none. */
static int stage_with_dummy(struct session *s, size_t capacity, bool ping)
{
	struct control *first = TAILQ_FIRST(&s->controls.list);
	/* The controls fit beside a dummy, if not beside a message. */
	bool late = first && first->slots++ >= SESSION_CONTROL_SLOTS;
	struct spool_message *m = late ? NULL : next_message(s);
	struct spool_message *behind = m && !m->publish.qos ? m : NULL;
	size_t room = behind ? mqtt_publish_bytes(&behind->publish) : 0;
	int err = stage_answered(s, behind ? NULL : m);

	if (!err && ping)
		err = stage_ping(s);
	while (!err && !TAILQ_EMPTY(&s->controls.list)) {
		struct control *c = TAILQ_FIRST(&s->controls.list);

		if (evbuffer_get_length(s->out) + control_bytes(c) + room > capacity)
			break;
		err = stage_control(s, c);
	}
	if (!err && behind)
		err = stage_behind(s, behind, capacity);
	return err;
}

int session_stage(struct session *s, size_t capacity, bool ping)
{
	int err = 0;

	s->last = 0;
	if (s->state == SESSION_OPENING && ping && s->pings++ >= SESSION_PINGS_MAX)
		return -ETIMEDOUT;
	if (s->state != SESSION_UP)
		return 0;
	if (s->options.dummy[0])
		return stage_with_dummy(s, capacity, ping);
	if (ping)
		err = stage_ping(s);
	while (!err && evbuffer_get_length(s->out) < capacity) {
		struct spool_message *m = next_message(s);

		if (!TAILQ_EMPTY(&s->controls.list))
			err = stage_control(s, TAILQ_FIRST(&s->controls.list));
		else if (m)
			err = stage_message(s, m);
		else
			break;
		if (err == -EMSGSIZE)
			err = 0;
	}
	return err;
}

void session_disconnect(struct session *s)
{
	uint8_t packet_data[MQTT_EMPTY];
	struct mqtt_buffer b = { packet_data, sizeof(packet_data), 0 };

	if (s->state != SESSION_UP || evbuffer_get_length(s->out))
		return;
	mqtt_empty_write(&b, MQTT_DISCONNECT);
	evbuffer_add(s->out, b.data, b.bytes);
}
