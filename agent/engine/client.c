// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

static void send_small(struct client *c, enum mqtt_type type, uint16_t id)
{
	uint8_t data[MQTT_SMALL];
	struct mqtt_buffer b = { data, sizeof(data), 0 };

	if (id)
		mqtt_id_write(&b, type, id);
	else
		mqtt_empty_write(&b, type);
	bufferevent_write(c->bev, b.data, b.bytes);
}

static void will_forget(struct client *c)
{
	free(c->will_data);
	c->will_data = NULL;
}

void client_close(struct client *c)
{
	if (c->will_data)
		c->callbacks->publish(c, &c->will, c->callbacks->arg);
	will_forget(c);
	c->callbacks->gone(c, c->callbacks->arg);
	bufferevent_free(c->bev);
	free(c);
}

/* ---- CONNECT ---- */

static int will_keep(struct client *c, const struct mqtt_connect *connect)
{
	size_t topic = connect->will_topic.bytes;
	size_t payload = connect->will_payload.bytes;

	if (!connect->has_will)
		return 0;
	c->will_data = malloc(topic + payload);
	if (!c->will_data)
		return -ENOMEM;
	memcpy(c->will_data, connect->will_topic.data, topic);
	if (payload)
		memcpy(c->will_data + topic, connect->will_payload.data, payload);
	/* Nobody waits for its acknowledgement: identifier 0. */
	c->will = (struct mqtt_publish){
		.qos = connect->will_qos,
		.retain = connect->will_retain,
		.topic = { c->will_data, topic },
		.payload = { c->will_data + topic, payload },
	};
	return 0;
}

static void connack(struct client *c, uint8_t code)
{
	uint8_t data[MQTT_SMALL];
	struct mqtt_buffer b = { data, sizeof(data), 0 };

	mqtt_connack_write(&b, false, code);
	bufferevent_write(c->bev, b.data, b.bytes);
	c->closing = code != MQTT_ACCEPTED;
}

/* 3.1.2.10: one and a half times what the app has promised. */
static void keepalive(struct client *c, uint16_t seconds)
{
	struct timeval limit = { .tv_sec = seconds + seconds / 2 + 1 };

	bufferevent_set_timeouts(c->bev, seconds ? &limit : NULL, NULL);
}

static int on_connect(struct client *c, const uint8_t *body, size_t bytes)
{
	struct mqtt_connect connect;
	char text[80];

	if (c->connected || mqtt_connect_read(body, bytes, &connect))
		return -EBADMSG;
	if (connect.level != 4) {
		snprintf(text, sizeof(text), "an app speaks MQTT level %u; only 3.1.1 (level 4) is spoken here",
			 connect.level);
		c->callbacks->note(c, text, c->callbacks->arg);
		connack(c, MQTT_REFUSED_PROTOCOL);
		return 0;
	}
	/* 3.1.3.1: no name, no session to come back to. */
	if (connect.client.bytes >= CLIENT_ID_MAX || (!connect.client.bytes && !connect.clean)) {
		connack(c, MQTT_REFUSED_IDENTIFIER);
		return 0;
	}
	memcpy(c->id, connect.client.data, connect.client.bytes);
	if (will_keep(c, &connect))
		return -ENOMEM;
	c->connected = true;
	c->callbacks->connected(c, c->callbacks->arg);
	keepalive(c, connect.keepalive);
	connack(c, MQTT_ACCEPTED);
	return 0;
}

/* ---- messages of the app ---- */

static size_t *find_release(struct client *c, uint16_t id, size_t *at)
{
	for (*at = 0; *at < c->release_count; (*at)++) {
		if (c->releases[*at] == id)
			return at;
	}
	return NULL;
}

static int on_publish(struct client *c, uint8_t flags, const uint8_t *body, size_t bytes)
{
	struct mqtt_publish publish;
	size_t at;

	if (mqtt_publish_read(flags, body, bytes, &publish))
		return -EBADMSG;
	/* A QoS 2 message that we have already: the app has not seen our PUBREC. */
	if (publish.qos == 2 && find_release(c, publish.id, &at)) {
		send_small(c, MQTT_PUBREC, publish.id);
		return 0;
	}
	return c->callbacks->publish(c, &publish, c->callbacks->arg);
}

void client_accepted(struct client *c, uint8_t qos, uint16_t id)
{
	if (qos == 1)
		send_small(c, MQTT_PUBACK, id);
	if (qos != 2)
		return;
	send_small(c, MQTT_PUBREC, id);
	if (c->release_count < CLIENT_RELEASES_MAX)
		c->releases[c->release_count++] = id;
}

static int on_id(struct client *c, enum mqtt_type type, const uint8_t *body, size_t bytes)
{
	uint16_t id;
	size_t at;

	if (mqtt_id_read(body, bytes, &id))
		return -EBADMSG;
	if (type == MQTT_PUBREL) {
		if (find_release(c, id, &at))
			c->releases[at] = c->releases[--c->release_count];
		send_small(c, MQTT_PUBCOMP, id);
	}
	if (type == MQTT_PUBREC)
		send_small(c, MQTT_PUBREL, id);
	return 0;
}

static int on_filters(struct client *c, enum mqtt_type type, const uint8_t *body, size_t bytes)
{
	struct mqtt_filters filters;

	if (mqtt_filters_read(type, body, bytes, &filters))
		return -EBADMSG;
	return c->callbacks->filters(c, type, &filters, c->callbacks->arg);
}

static int packet(struct client *c, const struct mqtt_head *head, const uint8_t *body)
{
	if (!c->connected && head->type != MQTT_CONNECT)
		return -EBADMSG;
	switch (head->type) {
	case MQTT_CONNECT:
		return on_connect(c, body, head->body);
	case MQTT_PUBLISH:
		return on_publish(c, head->flags, body, head->body);
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		return on_id(c, head->type, body, head->body);
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		return on_filters(c, head->type, body, head->body);
	case MQTT_PINGREQ:
		if (head->body)
			return -EBADMSG;
		send_small(c, MQTT_PINGRESP, 0);
		return 0;
	case MQTT_DISCONNECT:
		will_forget(c);
		return -ESHUTDOWN;
	default:
		return -EBADMSG;
	}
}

/*
 * The next packet of what was read. Return: 1 if it was dealt with, 0 if it is
 * not whole or must wait, else -errno: the connection is to be closed.
 */
static int next_packet(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t available = evbuffer_get_length(in);
	struct mqtt_head head;
	uint8_t *start;
	int ret;

	if (c->closing || !available)
		return 0;
	start = evbuffer_pullup(in, available < MQTT_HEAD_MAX ? (ev_ssize_t)available : MQTT_HEAD_MAX);
	ret = mqtt_head_read(start, available, &head);
	if (ret <= 0)
		return ret;
	if ((!c->deaf && evbuffer_get_length(bufferevent_get_output(c->bev)) > CLIENT_UNREAD_MAX) ||
	    !c->callbacks->room(head.type, c->callbacks->arg)) {
		c->paused = true;
		bufferevent_disable(c->bev, EV_READ);
		return 0;
	}
	start = evbuffer_pullup(in, (ev_ssize_t)(head.bytes + head.body));
	if (!start)
		return -ENOMEM;
	ret = packet(c, &head, start + head.bytes);
	if (ret)
		return ret;
	evbuffer_drain(in, head.bytes + head.body);
	return 1;
}

static void work(struct client *c)
{
	int packets = 0;
	int ret;

	do {
		ret = next_packet(c);
	} while (ret > 0 && ++packets < CLIENT_PACKETS_AT_ONCE);

	if (ret > 0) {
		bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
		return;
	}
	if (ret == -EBADMSG || ret == -EMSGSIZE)
		c->callbacks->note(c, "an app sent what is no MQTT 3.1.1 or too large, and was cut off",
				   c->callbacks->arg);
	if (ret < 0 || (c->ended && !c->paused))
		client_close(c);
}

void client_resume(struct client *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	if (!c->ended)
		bufferevent_enable(c->bev, EV_READ);
	work(c);
}

static void readable(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (!c->paused)
		work(c);
}

static void written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (evbuffer_get_length(bufferevent_get_output(bev)))
		return;
	if (c->closing)
		client_close(c);
	else
		client_resume(c);
}

static void happened(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	/* What the app has sent before it went is still to be read. */
	if ((what & BEV_EVENT_WRITING) && !(what & BEV_EVENT_TIMEOUT) && !c->closing) {
		c->deaf = true;
		bufferevent_enable(bev, EV_READ);
		client_resume(c);
		return;
	}
	if ((what & BEV_EVENT_TIMEOUT) && !c->paused) {
		client_close(c);
		return;
	}
	c->ended = true;
	if (!c->paused)
		work(c);
}

/* ---- to the app ---- */

void client_suback(struct client *c, uint16_t id, const uint8_t *codes, size_t count)
{
	uint8_t data[MQTT_HEAD_MAX + 2 + 64];
	struct mqtt_buffer b = { data, sizeof(data), 0 };

	if (!mqtt_suback_write(&b, id, codes, count))
		bufferevent_write(c->bev, b.data, b.bytes);
}

void client_unsuback(struct client *c, uint16_t id)
{
	send_small(c, MQTT_UNSUBACK, id);
}

int client_deliver(struct client *c, const struct mqtt_publish *publish, uint8_t qos)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct mqtt_publish copy = *publish;
	struct evbuffer_iovec room;
	struct mqtt_buffer b;

	copy.qos = qos;
	copy.dup = false;
	copy.id = 0;
	if (qos) {
		c->last_id = c->last_id == UINT16_MAX ? 1 : c->last_id + 1;
		copy.id = c->last_id;
	}
	b = (struct mqtt_buffer){ .room = mqtt_publish_bytes(&copy) };
	if (evbuffer_get_length(out) + b.room > CLIENT_UNREAD_MAX)
		return -ENOBUFS;
	if (evbuffer_reserve_space(out, (ev_ssize_t)b.room, &room, 1) != 1)
		return -ENOBUFS;
	b.data = room.iov_base;
	if (mqtt_publish_write(&b, &copy))
		return 0;
	room.iov_len = b.bytes;
	evbuffer_commit_space(out, &room, 1);
	return 0;
}

struct client *client_new(struct event_base *base, int fd, uint64_t serial, const struct client_callbacks *callbacks)
{
	struct timeval limit = { .tv_sec = CLIENT_CONNECT_SECONDS };
	struct client *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	c->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!c->bev) {
		close(fd);
		free(c);
		return NULL;
	}
	c->serial = serial;
	c->callbacks = callbacks;
	bufferevent_setcb(c->bev, readable, written, happened, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, MQTT_PACKET_MAX);
	bufferevent_set_timeouts(c->bev, &limit, NULL);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;
}
