// SPDX-License-Identifier: GPL-2.0
/*
 * agent/lib/mqtt.c on a stream, as the engine reads it: what is read lies within the packet, and
 * what was read and can be written comes out as it came in.
 */
#include "fuzz.h"

#include <errno.h>

#include "mqtt.h"

static void within(struct mqtt_view view, const uint8_t *body, size_t bytes)
{
	must(!view.bytes || (view.data >= body && view.data + view.bytes <= body + bytes));
}

static void connect_body(const uint8_t *body, size_t bytes)
{
	struct mqtt_connect connect;

	if (mqtt_connect_read(body, bytes, &connect) || connect.level != 4)
		return;
	within(connect.client, body, bytes);
	must(mqtt_text_valid(connect.client));
	if (connect.has_will) {
		within(connect.will_topic, body, bytes);
		within(connect.will_payload, body, bytes);
		must(connect.will_qos <= 2);
	}
}

static void publish_body(const struct mqtt_head *head, const uint8_t *packet)
{
	const uint8_t *body = packet + head->bytes;
	struct mqtt_publish publish;
	struct mqtt_buffer buffer = { .room = head->bytes + head->body };
	int code = mqtt_publish_read(head->flags, body, head->body, &publish);

	if (code && code != -EILSEQ)
		return;
	within(publish.topic, body, head->body);
	within(publish.payload, body, head->body);
	must(publish.qos <= 2 && !publish.id == !publish.qos);
	must(!!code == !mqtt_topic_valid(publish.topic));
	if (mqtt_publish_bytes(&publish) != buffer.room)
		return;	/* a head of more bytes than needed */
	buffer.data = malloc(buffer.room);
	must(buffer.data && !mqtt_publish_write(&buffer, &publish));
	must(buffer.bytes == buffer.room && !memcmp(buffer.data, packet, buffer.room));
	free(buffer.data);
	taken();
}

static void filters_body(enum mqtt_type type, const uint8_t *body, size_t bytes)
{
	static const uint8_t topic[] = "a/b/c";
	struct mqtt_filters filters;
	struct mqtt_view filter;
	uint8_t qos = 0;
	size_t count = 0;

	if (mqtt_filters_read(type, body, bytes, &filters))
		return;
	while (mqtt_filters_next(&filters, &filter, &qos) == 1) {
		within(filter, body, bytes);
		must(qos <= 2 && ++count <= bytes);
		if (!mqtt_filter_valid(filter) || !mqtt_share_valid(filter))
			continue;
		filter = mqtt_share_filter(filter);
		within(filter, body, bytes);
		mqtt_topic_matches(filter, (struct mqtt_view){ topic, sizeof(topic) - 1 });
		if (mqtt_topic_valid(filter))
			must(mqtt_topic_matches(filter, filter));
	}
}

static void packet(const struct mqtt_head *head, const uint8_t *data)
{
	/* A body of its own, for the sanitizer; the publisher's is compared with its head. */
	uint8_t *copy = exact(data, head->bytes + head->body);
	const uint8_t *body = copy + head->bytes;
	struct mqtt_view codes;
	uint16_t id;
	uint8_t code;
	bool present;

	switch (head->type) {
	case MQTT_CONNECT:
		connect_body(body, head->body);
		break;
	case MQTT_CONNACK:
		mqtt_connack_read(body, head->body, &present, &code);
		break;
	case MQTT_PUBLISH:
		publish_body(head, copy);
		break;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		filters_body(head->type, body, head->body);
		break;
	case MQTT_SUBACK:
		if (!mqtt_suback_read(body, head->body, &id, &codes))
			within(codes, body, head->body);
		break;
	default:
		if (!mqtt_id_read(body, head->body, &id))
			must(id && head->body == 2);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size) {
		struct mqtt_head head;
		uint8_t *start = exact(data, size < MQTT_HEAD_MAX ? size : MQTT_HEAD_MAX);
		int whole = mqtt_head_read(start, size < MQTT_HEAD_MAX ? size : MQTT_HEAD_MAX, &head);

		free(start);
		if (whole < 0)
			break;
		whole = mqtt_head_read(data, size, &head);
		if (whole != 1)
			break;
		must(head.bytes <= MQTT_HEAD_MAX && head.bytes + head.body <= size);
		must(head.bytes + head.body <= MQTT_PACKET_MAX);
		packet(&head, data);
		data += head.bytes + head.body;
		size -= head.bytes + head.body;
	}
	return 0;
}
