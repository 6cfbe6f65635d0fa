// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "mqtt.h"

/* ---- reading ---- */

/* What is left of a body; `bad` sticks, so that it need be asked but once. */
struct reader {
	const uint8_t *data;
	size_t bytes;
	bool bad;
};

static uint8_t read_u8(struct reader *r)
{
	if (r->bad || r->bytes < 1) {
		r->bad = true;
		return 0;
	}
	r->bytes--;
	return *r->data++;
}

static uint16_t read_u16(struct reader *r)
{
	uint16_t high = read_u8(r);

	return (uint16_t)(high << 8 | read_u8(r));
}

/* A string or binary field with its 16-bit length (1.5.3). */
static struct mqtt_view read_view(struct reader *r)
{
	struct mqtt_view v = { 0 };
	size_t bytes = read_u16(r);

	if (r->bad || bytes > r->bytes) {
		r->bad = true;
		return v;
	}
	v.data = r->data;
	v.bytes = bytes;
	r->data += bytes;
	r->bytes -= bytes;
	return v;
}

/* Table 2.2: the flags that each type must have. */
static bool flags_valid(enum mqtt_type type, uint8_t flags)
{
	switch (type) {
	case MQTT_PUBLISH:
		return (flags & 0x06) != 0x06;
	case MQTT_PUBREL:
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		return flags == 0x02;
	default:
		return flags == 0;
	}
}

int mqtt_head_read(const uint8_t *data, size_t available, struct mqtt_head *head)
{
	size_t length = 0;
	size_t i;

	if (available < 1)
		return 0;
	if (data[0] >> 4 < MQTT_CONNECT || data[0] >> 4 > MQTT_DISCONNECT)
		return -EBADMSG;
	head->type = data[0] >> 4;
	head->flags = data[0] & 0x0f;
	if (!flags_valid(head->type, head->flags))
		return -EBADMSG;

	for (i = 1; i < MQTT_HEAD_MAX; i++) {
		if (i >= available)
			return 0;
		length |= (size_t)(data[i] & 0x7f) << (7 * (i - 1));
		if (!(data[i] & 0x80))
			break;
	}
	if (i == MQTT_HEAD_MAX)
		return -EBADMSG;
	head->bytes = i + 1;
	head->body = length;
	if (head->bytes + length > MQTT_PACKET_MAX)
		return -EMSGSIZE;
	return available - head->bytes >= length;
}

static void read_will(struct reader *r, uint8_t flags, struct mqtt_connect *connect)
{
	connect->has_will = flags & 0x04;
	connect->will_qos = flags >> 3 & 0x03;
	connect->will_retain = flags & 0x20;
	if (!connect->has_will) {
		if (flags & 0x38)
			r->bad = true;
		return;
	}
	connect->will_topic = read_view(r);
	connect->will_payload = read_view(r);
	if (connect->will_qos > 2 || !mqtt_topic_valid(connect->will_topic))
		r->bad = true;
}

int mqtt_connect_read(const uint8_t *body, size_t bytes, struct mqtt_connect *connect)
{
	struct reader r = { body, bytes, false };
	struct mqtt_view name = read_view(&r);
	struct mqtt_view user = { 0 };
	uint8_t flags;

	memset(connect, 0, sizeof(*connect));
	connect->level = read_u8(&r);
	if (r.bad)
		return -EBADMSG;
	if (name.bytes == 6 && !memcmp(name.data, "MQIsdp", 6)) {	/* 3.1 */
		connect->level = 3;
		return 0;
	}
	if (name.bytes != 4 || memcmp(name.data, "MQTT", 4))
		return -EBADMSG;
	if (connect->level != 4)
		return 0;

	flags = read_u8(&r);
	connect->clean = flags & 0x02;
	connect->keepalive = read_u16(&r);
	connect->client = read_view(&r);
	read_will(&r, flags, connect);
	if (flags & 0x80)
		user = read_view(&r);
	if (flags & 0x40)
		read_view(&r);
	if (r.bad || r.bytes)
		return -EBADMSG;
	/* 3.1.2.3: bit 0 is reserved; 3.1.2.9: no password without a user name. */
	if ((flags & 0x01) || (flags & 0xc0) == 0x40)
		return -EBADMSG;
	if (!mqtt_text_valid(connect->client) || !mqtt_text_valid(user))
		return -EBADMSG;
	return 0;
}

int mqtt_connack_read(const uint8_t *body, size_t bytes, bool *present, uint8_t *code)
{
	if (bytes != 2 || body[0] > 1 || (body[1] && body[0]))
		return -EBADMSG;
	*present = body[0];
	*code = body[1];
	return 0;
}

int mqtt_publish_read(uint8_t flags, const uint8_t *body, size_t bytes, struct mqtt_publish *publish)
{
	struct reader r = { body, bytes, false };

	memset(publish, 0, sizeof(*publish));
	publish->dup = flags & 0x08;
	publish->qos = flags >> 1 & 0x03;
	publish->retain = flags & 0x01;
	publish->topic = read_view(&r);
	if (publish->qos) {
		publish->id = read_u16(&r);
		if (!publish->id)
			return -EBADMSG;
	}
	if (r.bad || publish->qos > 2 || (publish->dup && !publish->qos))
		return -EBADMSG;
	publish->payload.data = r.data;
	publish->payload.bytes = r.bytes;
	return mqtt_topic_valid(publish->topic) ? 0 : -EILSEQ;
}

int mqtt_id_read(const uint8_t *body, size_t bytes, uint16_t *id)
{
	if (bytes != 2)
		return -EBADMSG;
	*id = (uint16_t)(body[0] << 8 | body[1]);
	return *id ? 0 : -EBADMSG;
}

int mqtt_suback_read(const uint8_t *body, size_t bytes, uint16_t *id, struct mqtt_view *codes)
{
	if (bytes < 3 || mqtt_id_read(body, 2, id))
		return -EBADMSG;
	codes->data = body + 2;
	codes->bytes = bytes - 2;
	return 0;
}

int mqtt_filters_read(enum mqtt_type type, const uint8_t *body, size_t bytes, struct mqtt_filters *filters)
{
	struct reader r = { body, bytes, false };

	filters->id = read_u16(&r);
	filters->qos = type == MQTT_SUBSCRIBE;
	filters->rest.data = r.data;
	filters->rest.bytes = r.bytes;
	return r.bad || !filters->id || !r.bytes ? -EBADMSG : 0;
}

int mqtt_filters_next(struct mqtt_filters *filters, struct mqtt_view *filter, uint8_t *qos)
{
	struct reader r = { filters->rest.data, filters->rest.bytes, false };

	if (!r.bytes)
		return 0;
	*filter = read_view(&r);
	*qos = filters->qos ? read_u8(&r) : 0;
	if (r.bad || *qos > 2 || !mqtt_filter_valid(*filter))
		return -EBADMSG;
	filters->rest.data = r.data;
	filters->rest.bytes = r.bytes;
	return 1;
}

/* ---- writing ---- */

static void put_u8(struct mqtt_buffer *b, uint8_t value)
{
	b->data[b->bytes++] = value;
}

static void put_u16(struct mqtt_buffer *b, uint16_t value)
{
	put_u8(b, value >> 8);
	put_u8(b, value & 0xff);
}

static void put_bytes(struct mqtt_buffer *b, const void *data, size_t bytes)
{
	if (bytes)
		memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
}

static size_t head_bytes(size_t body)
{
	return body < 128 ? 2 : body < 16384 ? 3 : body < 2097152 ? 4 : 5;
}

/* The head, once it is sure that the whole packet fits. */
static int put_head(struct mqtt_buffer *b, enum mqtt_type type, uint8_t flags, size_t body)
{
	size_t whole = head_bytes(body) + body;

	if (whole > MQTT_PACKET_MAX || whole > b->room - b->bytes)
		return -EMSGSIZE;
	put_u8(b, (uint8_t)(type << 4 | flags));
	do {
		uint8_t digit = body & 0x7f;

		body >>= 7;
		put_u8(b, body ? digit | 0x80 : digit);
	} while (body);
	return 0;
}

static size_t publish_body(const struct mqtt_publish *publish)
{
	return 2 + publish->topic.bytes + (publish->qos ? 2 : 0) + publish->payload.bytes;
}

size_t mqtt_publish_bytes(const struct mqtt_publish *publish)
{
	size_t body = publish_body(publish);

	return head_bytes(body) + body;
}

int mqtt_publish_write(struct mqtt_buffer *b, const struct mqtt_publish *publish)
{
	uint8_t flags = (uint8_t)(publish->dup << 3 | publish->qos << 1 | publish->retain);
	int err;

	if (publish->topic.bytes > UINT16_MAX)
		return -EMSGSIZE;
	err = put_head(b, MQTT_PUBLISH, flags, publish_body(publish));
	if (err)
		return err;
	put_u16(b, (uint16_t)publish->topic.bytes);
	put_bytes(b, publish->topic.data, publish->topic.bytes);
	if (publish->qos)
		put_u16(b, publish->id);
	put_bytes(b, publish->payload.data, publish->payload.bytes);
	return 0;
}

int mqtt_connect_write(struct mqtt_buffer *b, const char *client, bool clean, uint16_t keepalive)
{
	size_t bytes = strlen(client);
	int err;

	if (bytes > UINT16_MAX)
		return -EMSGSIZE;
	err = put_head(b, MQTT_CONNECT, 0, 10 + 2 + bytes);
	if (err)
		return err;
	put_u16(b, 4);
	put_bytes(b, "MQTT", 4);
	put_u8(b, 4);
	put_u8(b, clean ? 0x02 : 0);
	put_u16(b, keepalive);
	put_u16(b, (uint16_t)bytes);
	put_bytes(b, client, bytes);
	return 0;
}

int mqtt_connack_write(struct mqtt_buffer *b, bool present, uint8_t code)
{
	int err = put_head(b, MQTT_CONNACK, 0, 2);

	if (err)
		return err;
	put_u8(b, present);
	put_u8(b, code);
	return 0;
}

int mqtt_id_write(struct mqtt_buffer *b, enum mqtt_type type, uint16_t id)
{
	int err = put_head(b, type, type == MQTT_PUBREL ? 0x02 : 0, 2);

	if (err)
		return err;
	put_u16(b, id);
	return 0;
}

int mqtt_empty_write(struct mqtt_buffer *b, enum mqtt_type type)
{
	return put_head(b, type, 0, 0);
}

static size_t filter_body(enum mqtt_type type, struct mqtt_view filter)
{
	return 2 + 2 + filter.bytes + (type == MQTT_SUBSCRIBE);
}

size_t mqtt_filter_bytes(enum mqtt_type type, struct mqtt_view filter)
{
	size_t body = filter_body(type, filter);

	return head_bytes(body) + body;
}

int mqtt_filter_write(struct mqtt_buffer *b, enum mqtt_type type, uint16_t id, struct mqtt_view filter, uint8_t qos)
{
	int err;

	if (filter.bytes > UINT16_MAX)
		return -EMSGSIZE;
	err = put_head(b, type, 0x02, filter_body(type, filter));
	if (err)
		return err;
	put_u16(b, id);
	put_u16(b, (uint16_t)filter.bytes);
	put_bytes(b, filter.data, filter.bytes);
	if (type == MQTT_SUBSCRIBE)
		put_u8(b, qos);
	return 0;
}

int mqtt_suback_write(struct mqtt_buffer *b, uint16_t id, const uint8_t *codes, size_t count)
{
	int err = put_head(b, MQTT_SUBACK, 0, 2 + count);

	if (err)
		return err;
	put_u16(b, id);
	put_bytes(b, codes, count);
	return 0;
}
