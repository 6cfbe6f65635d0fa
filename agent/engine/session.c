// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "session_internal.h"

#define RECEIVED_BYTES (65536 / 8)

/* Content leaves for the socket; a PINGREQ may have gone with it. */
static void on_out(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	struct session *s = arg;

	(void)out;
	if (!s->ping_end || !info->n_deleted)
		return;
	if (info->n_deleted >= s->ping_end)
		s->asked = true;
	s->ping_end -= info->n_deleted < s->ping_end ? info->n_deleted : s->ping_end;
}

int session_init(struct session *s, const struct session_options *options, const struct session_callbacks *callbacks,
		 struct spool *spool, struct routes *routes)
{
	memset(s, 0, sizeof(*s));
	controls_init(&s->controls);
	s->options = *options;
	s->callbacks = *callbacks;
	s->spool = spool;
	s->routes = routes;
	s->in = evbuffer_new();
	s->out = evbuffer_new();
	s->received = calloc(1, RECEIVED_BYTES);
	if (s->in && s->out && s->received && evbuffer_add_cb(s->out, on_out, s))
		return 0;
	session_free(s);
	return -ENOMEM;
}

void session_free(struct session *s)
{
	controls_clear(&s->controls);
	if (s->in)
		evbuffer_free(s->in);
	if (s->out)
		evbuffer_free(s->out);
	free(s->received);
}

/* An answer that is lost for want of memory is asked for again: brokers repeat after a reconnect. */
static void answer(struct session *s, enum mqtt_type type, uint16_t id)
{
	controls_add(&s->controls, type, id, (struct mqtt_view){ 0 });
	s->callbacks.ready(s->callbacks.arg);
}

bool session_wants_input(const struct session *s)
{
	return s->controls.count < SESSION_CONTROLS_MAX;
}

bool session_takes_controls(const struct session *s)
{
	return s->controls.count < SESSION_CONTROLS_APPS;
}

uint16_t session_new_id(struct session *s)
{
	do {
		s->last_id = s->last_id + 1 >= DUMMY_ID_FIRST ? 1 : s->last_id + 1;
	} while (spool_find_id(s->spool, s->last_id) || routes_find_id(s->routes, s->last_id));
	return s->last_id;
}

void session_subscribe(struct session *s, struct route *route)
{
	struct control *c;

	route->id = session_new_id(s);
	if (s->state != SESSION_UP)
		return;		/* on_connack() will */
	c = controls_add(&s->controls, MQTT_SUBSCRIBE, route->id, route->filter);
	/* Upstream knows but one QoS a filter: what the most demanding app wants. */
	if (c)
		c->qos = routes_qos(s->routes, route->filter);
	s->callbacks.ready(s->callbacks.arg);
}

void session_unsubscribe(struct session *s, struct mqtt_view filter)
{
	controls_add(&s->controls, MQTT_UNSUBSCRIBE, 0, filter);
	s->callbacks.ready(s->callbacks.arg);
}

static void heard(struct session *s)
{
	s->asked = false;
	s->pings = 0;
}

void session_open(struct session *s)
{
	struct mqtt_buffer b;
	uint8_t packet[128];

	evbuffer_drain(s->out, evbuffer_get_length(s->out));
	s->state = SESSION_OPENING;
	s->answered = false;
	heard(s);
	s->ping_end = 0;
	s->skip = 0;
	s->skip_noted = false;
	b = (struct mqtt_buffer){ packet, sizeof(packet), 0 };
	if (!mqtt_connect_write(&b, s->options.client_id, false, s->options.keepalive))
		evbuffer_add(s->out, b.data, b.bytes);
	s->callbacks.ready(s->callbacks.arg);
}

void session_drop(struct session *s, struct spool_message *m, const char *why)
{
	s->callbacks.dropped(m, why, s->callbacks.arg);
	spool_remove(s->spool, m);
	s->callbacks.ready(s->callbacks.arg);
}

/* The session has ended without a single answer: the oldest message that was sent may be why. */
static void suspect_oldest(struct session *s, bool hung_up)
{
	struct spool_message *m = TAILQ_FIRST(&s->spool->messages);

	if (s->state != SESSION_UP || !m || m->state != SPOOL_SENT)
		return;
	if (s->answered || !hung_up)
		m->losses = 0;
	else if (++m->losses >= 2 * SESSION_LOSSES_ALONE)
		session_drop(s, m, "the broker hangs up on it; see the broker's limits");
}

/* The same for a SUBSCRIBE. */
static void suspect_route(struct session *s, bool hung_up)
{
	struct route *r, *oldest = NULL;

	LIST_FOREACH(r, &s->routes->list, next) {
		if (r->id && r->sent && (!oldest || r->sent < oldest->sent))
			oldest = r;
	}
	LIST_FOREACH(r, &s->routes->list, next)
		r->sent = 0;
	if (!oldest || s->state != SESSION_UP)
		return;
	if (!hung_up)
		oldest->losses = 0;
	else if (++oldest->losses >= SESSION_LOSSES_ROUTE)
		s->callbacks.unroutable(oldest, s->callbacks.arg);
}

void session_close(struct session *s, bool hung_up)
{
	struct spool_message *m;

	suspect_oldest(s, hung_up);
	suspect_route(s, hung_up);
	s->state = SESSION_DOWN;
	evbuffer_drain(s->in, evbuffer_get_length(s->in));
	evbuffer_drain(s->out, evbuffer_get_length(s->out));
	controls_forget_answers(&s->controls);
	if (session_takes_controls(s))
		s->callbacks.room(s->callbacks.arg);
	TAILQ_FOREACH(m, &s->spool->messages, next) {
		if (m->state != SPOOL_SENT)
			continue;
		m->state = SPOOL_WAITING;
		m->publish.dup = m->publish.qos != 0;
		m->fence = 0;
	}
}

/* ---- what upstream says ---- */

static void start_over(struct session *s, bool present)
{
	struct spool_message *m;
	struct route *r;

	if (!present)
		memset(s->received, 0, RECEIVED_BYTES);
	TAILQ_FOREACH(m, &s->spool->messages, next) {
		if (m->state != SPOOL_RELEASED)
			continue;
		/* A broker that has forgotten us may have forgotten the message too: rather twice than never. */
		if (present)
			answer(s, MQTT_PUBREL, m->id);
		else
			m->state = SPOOL_WAITING;
	}
	LIST_FOREACH(r, &s->routes->list, next) {
		if (!present || r->id)
			session_subscribe(s, r);
	}
}

static int on_connack(struct session *s, const uint8_t *body, size_t bytes)
{
	bool present;
	int err = mqtt_connack_read(body, bytes, &present, &s->code);

	if (err || s->state != SESSION_OPENING)
		return -EPROTO;
	if (s->code != MQTT_ACCEPTED)
		return -ECONNREFUSED;
	s->state = SESSION_UP;
	start_over(s, present);
	s->callbacks.ready(s->callbacks.arg);
	return 0;
}

static void acknowledge(struct session *s, uint8_t qos, uint16_t id)
{
	if (qos)
		answer(s, qos == 1 ? MQTT_PUBACK : MQTT_PUBREC, id);
}

static void note_skipped(struct session *s, const char *text)
{
	if (!s->skip_noted)
		s->callbacks.note(text, s->callbacks.arg);
	s->skip_noted = true;
}

static int on_publish(struct session *s, uint8_t flags, const uint8_t *body, size_t bytes)
{
	struct mqtt_publish publish;
	int err = mqtt_publish_read(flags, body, bytes, &publish);
	uint8_t bit;

	if (err == -EILSEQ) {
		note_skipped(s, "the broker sent a message whose topic is not valid; it is left out");
		acknowledge(s, publish.qos, publish.id);
		return 0;
	}
	if (err)
		return -EPROTO;
	bit = (uint8_t)(1u << (publish.id & 7));
	if (publish.qos < 2 || !(s->received[publish.id >> 3] & bit))
		s->callbacks.publish(&publish, s->callbacks.arg);
	if (publish.qos == 2)
		s->received[publish.id >> 3] |= bit;
	acknowledge(s, publish.qos, publish.id);
	return 0;
}

static void finish(struct session *s, struct spool_message *m)
{
	s->callbacks.done(m, s->callbacks.arg);
	spool_remove(s->spool, m);
	s->callbacks.ready(s->callbacks.arg);
}

/* Upstream has read the PUBLISH `id`, and so all that was sent before. */
static void passed(struct session *s, uint16_t id)
{
	struct spool_message *m, *after;

	for (m = TAILQ_FIRST(&s->spool->messages); m; m = after) {
		after = TAILQ_NEXT(m, next);
		if (m->state != SPOOL_SENT || m->publish.qos || m->fence != id)
			continue;
		s->answered = true;
		finish(s, m);
	}
}

static int on_id(struct session *s, enum mqtt_type type, const uint8_t *body, size_t bytes)
{
	struct spool_message *m;
	uint16_t id;

	if (mqtt_id_read(body, bytes, &id))
		return -EPROTO;
	if (type == MQTT_PUBACK)
		passed(s, id);
	m = spool_find(s->spool, id);
	s->answered |= m != NULL;
	switch (type) {
	case MQTT_PUBACK:
		if (m && m->publish.qos == 1)
			finish(s, m);
		break;
	case MQTT_PUBREC:
		if (m && m->publish.qos == 2 && m->state == SPOOL_SENT)
			m->state = SPOOL_RELEASED;
		answer(s, MQTT_PUBREL, id);
		break;
	case MQTT_PUBCOMP:
		if (m && m->state == SPOOL_RELEASED)
			finish(s, m);
		break;
	case MQTT_PUBREL:
		s->received[id >> 3] &= (uint8_t)~(1u << (id & 7));
		answer(s, MQTT_PUBCOMP, id);
		break;
	default:	/* UNSUBACK: the app has had its answer */
		break;
	}
	return 0;
}

static int on_suback(struct session *s, const uint8_t *body, size_t bytes)
{
	struct route_request *request;
	struct mqtt_view codes;
	struct route *route;
	uint64_t client;
	uint16_t id;

	if (mqtt_suback_read(body, bytes, &id, &codes) || codes.bytes != 1)
		return -EPROTO;
	route = routes_find_id(s->routes, id);
	if (!route)
		return 0;
	client = route->client;
	request = routes_answer(s->routes, route, codes.data[0]);
	if (request)
		s->callbacks.subscribed(client, request, s->callbacks.arg);
	free(request);
	return 0;
}

static int packet(struct session *s, const struct mqtt_head *head, const uint8_t *body)
{
	if ((s->state == SESSION_UP) == (head->type == MQTT_CONNACK))
		return -EPROTO;
	switch (head->type) {
	case MQTT_CONNACK:
		return on_connack(s, body, head->body);
	case MQTT_PUBLISH:
		return on_publish(s, head->flags, body, head->body);
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
	case MQTT_UNSUBACK:
		return on_id(s, head->type, body, head->body);
	case MQTT_SUBACK:
		return on_suback(s, body, head->body);
	case MQTT_PINGRESP:
		return head->body ? -EPROTO : 0;
	default:
		return -EPROTO;
	}
}

/*
 * A PUBLISH above MQTT_PACKET_MAX: its identifier is found and the rest goes by.
 * Return: 1 if it was, 0 if more of it is needed, else -errno.
 */
static int long_publish(struct session *s, const struct mqtt_head *head, size_t available)
{
	uint8_t qos = head->flags >> 1 & 3;
	size_t bytes = head->bytes + 2;
	const uint8_t *start;
	uint16_t id = 0;

	if (available < bytes)
		return 0;
	start = evbuffer_pullup(s->in, (ev_ssize_t)bytes);
	if (!start)
		return -ENOMEM;
	bytes += (size_t)(start[bytes - 2] << 8 | start[bytes - 1]) + (qos ? 2 : 0);
	if (bytes > head->bytes + head->body)
		return -EPROTO;
	if (available < bytes)
		return 0;
	start = evbuffer_pullup(s->in, (ev_ssize_t)bytes);
	if (!start)
		return -ENOMEM;
	if (qos && mqtt_id_read(start + bytes - 2, 2, &id))
		return -EPROTO;
	note_skipped(s, "the broker sent a message of more than 64 KiB; it is left out, see the limit of its publisher");
	acknowledge(s, qos, id);
	s->skip = head->bytes + head->body;
	return 1;
}

static void skip(struct session *s)
{
	size_t available = evbuffer_get_length(s->in);
	size_t bytes = available < s->skip ? available : s->skip;

	evbuffer_drain(s->in, bytes);
	s->skip -= bytes;
}

/* Return: 1 if a packet was dealt with, 0 if it is not whole, else -errno. */
static int next_packet(struct session *s)
{
	size_t available = evbuffer_get_length(s->in);
	struct mqtt_head head;
	uint8_t *start;
	int ret;

	/* The head first: only a whole packet is worth moving together. */
	start = evbuffer_pullup(s->in, available < MQTT_HEAD_MAX ? (ev_ssize_t)available : MQTT_HEAD_MAX);
	ret = available ? mqtt_head_read(start, available, &head) : 0;
	if (ret == -EMSGSIZE && head.type == MQTT_PUBLISH && s->state == SESSION_UP)
		return long_publish(s, &head, available);
	if (ret < 0)
		return -EPROTO;
	if (!ret)
		return 0;
	start = evbuffer_pullup(s->in, (ev_ssize_t)(head.bytes + head.body));
	if (!start)
		return -ENOMEM;
	ret = packet(s, &head, start + head.bytes);
	if (ret)
		return ret;
	evbuffer_drain(s->in, head.bytes + head.body);
	return 1;
}

int session_input(struct session *s, const void *data, size_t bytes)
{
	int ret;

	heard(s);
	if (evbuffer_add(s->in, data, bytes))
		return -ENOMEM;
	do {
		skip(s);
		ret = next_packet(s);
	} while (ret > 0);
	return ret;
}
