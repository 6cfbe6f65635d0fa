// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "mqtt.h"

/* A C string, its NUL left out, as a view. */
#define VIEW(text) ((struct mqtt_view){ (const uint8_t *)(text), sizeof(text) - 1 })

static struct mqtt_view view_of(const char *text)
{
	return (struct mqtt_view){ (const uint8_t *)text, strlen(text) };
}

/* What is read lies in a block of its own size, so that a byte too far is seen by the sanitizer. */
static uint8_t *exact(const void *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	assert_non_null(copy);
	memcpy(copy, data, bytes);
	return copy;
}

static bool same(struct mqtt_view a, const char *text)
{
	return a.bytes == strlen(text) && !memcmp(a.data, text, a.bytes);
}

/* ---- heads ---- */

/* MQTT 3.1.1, table 2.4: the least and the greatest of each size that is taken. */
static void a_head_is_read_at_each_size(void **state)
{
	static const struct {
		uint8_t bytes[MQTT_HEAD_MAX];
		size_t head, body;
	} cases[] = {
		{ { 0x30, 0x00 }, 2, 0 },
		{ { 0x30, 0x7f }, 2, 127 },
		{ { 0x30, 0x80, 0x01 }, 3, 128 },
		{ { 0x30, 0xff, 0x7f }, 3, 16383 },
		{ { 0x30, 0x80, 0x80, 0x01 }, 4, 16384 },
		{ { 0x30, 0xfc, 0xff, 0x03 }, 4, 65532 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *packet = calloc(1, cases[i].head + cases[i].body);
		struct mqtt_head head;

		assert_non_null(packet);
		memcpy(packet, cases[i].bytes, cases[i].head);
		assert_int_equal(mqtt_head_read(packet, cases[i].head + cases[i].body, &head), 1);
		assert_int_equal(head.type, MQTT_PUBLISH);
		assert_int_equal(head.bytes, cases[i].head);
		assert_int_equal(head.body, cases[i].body);
		for (size_t less = 1; less <= cases[i].head + (cases[i].body > 0); less++)
			assert_int_equal(mqtt_head_read(packet, cases[i].head + cases[i].body - less, &head), 0);
		free(packet);
	}
}

static void what_is_too_large_is_refused_from_its_head(void **state)
{
	struct mqtt_head head;

	(void)state;
	assert_int_equal(mqtt_head_read((const uint8_t[]){ 0x30, 0xfd, 0xff, 0x03 }, 4, &head), -EMSGSIZE);
	assert_int_equal(mqtt_head_read((const uint8_t[]){ 0x30, 0xff, 0xff, 0xff, 0x7f }, 5, &head), -EMSGSIZE);
	/* 2.2.3: four bytes at most. */
	assert_int_equal(mqtt_head_read((const uint8_t[]){ 0x30, 0x80, 0x80, 0x80, 0x80 }, 5, &head), -EBADMSG);
}

/* Table 2.2, bit by bit. */
static void only_the_flags_of_the_standard_are_taken(void **state)
{
	struct mqtt_head head;

	(void)state;
	for (unsigned int first = 0; first < 256; first++) {
		uint8_t packet[] = { (uint8_t)first, 0 };
		unsigned int type = first >> 4, flags = first & 15;
		bool good = type >= 1 && type <= 14;

		if (type == MQTT_PUBLISH)
			good = (flags >> 1 & 3) != 3;
		else if (type == MQTT_PUBREL || type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE)
			good = good && flags == 2;
		else
			good = good && flags == 0;
		assert_int_equal(mqtt_head_read(packet, 2, &head), good ? 1 : -EBADMSG);
	}
}

/* ---- CONNECT ---- */

#define CONNECT_TEXT "\0\4MQTT\4\xee\0\x0a\0\3app\0\1w\0\2go\0\1u\0\1p"

static void a_connect_is_read(void **state)
{
	static const char packet[] = CONNECT_TEXT;
	struct mqtt_connect connect;
	uint8_t *body = exact(packet, sizeof(packet) - 1);

	(void)state;
	assert_int_equal(mqtt_connect_read(body, sizeof(packet) - 1, &connect), 0);
	assert_int_equal(connect.level, 4);
	assert_true(connect.clean);
	assert_true(connect.has_will);
	assert_true(connect.will_retain);
	assert_int_equal(connect.will_qos, 1);
	assert_int_equal(connect.keepalive, 10);
	assert_true(same(connect.client, "app"));
	assert_true(same(connect.will_topic, "w"));
	assert_true(same(connect.will_payload, "go"));
	/* Whatever is missing at its end makes it another packet, and a bad one. */
	for (size_t bytes = 0; bytes < sizeof(packet) - 1; bytes++) {
		uint8_t *part = exact(packet, bytes);

		assert_int_equal(mqtt_connect_read(part, bytes, &connect), -EBADMSG);
		free(part);
	}
	free(body);
}

static int connect_read(const char *packet, size_t bytes, struct mqtt_connect *connect)
{
	uint8_t *body = exact(packet, bytes);
	int ret = mqtt_connect_read(body, bytes, connect);

	free(body);
	return ret;
}
#define CONNECT(text) connect_read(text, sizeof(text) - 1, &connect)

static void a_connect_that_the_standard_forbids_is_refused(void **state)
{
	struct mqtt_connect connect;

	(void)state;
	assert_int_equal(CONNECT("\0\4MQTT\4\2\0\0\0\1a"), 0);
	assert_int_equal(CONNECT("\0\4MQTT\4\3\0\0\0\1a"), -EBADMSG);		/* reserved flag */
	assert_int_equal(CONNECT("\0\4MQTT\4\2\0\0\0\1a!"), -EBADMSG);		/* something behind it */
	assert_int_equal(CONNECT("\0\4MQTX\4\2\0\0\0\1a"), -EBADMSG);
	assert_int_equal(CONNECT("\0\4MQTT\4\x22\0\0\0\1a"), -EBADMSG);		/* will retain without will */
	assert_int_equal(CONNECT("\0\4MQTT\4\x0a\0\0\0\1a"), -EBADMSG);		/* will QoS without will */
	assert_int_equal(CONNECT("\0\4MQTT\4\x1e\0\0\0\1a\0\1w\0\0"), -EBADMSG);	/* will QoS 3 */
	assert_int_equal(CONNECT("\0\4MQTT\4\6\0\0\0\1a\0\1+\0\0"), -EBADMSG);	/* will to a filter */
	assert_int_equal(CONNECT("\0\4MQTT\4\x42\0\0\0\1a\0\1p"), -EBADMSG);	/* password without user */
	assert_int_equal(CONNECT("\0\4MQTT\4\2\0\0\0\1\x80"), -EBADMSG);		/* identifier is no UTF-8 */
}

/* What follows in other versions is not looked at: they get their refusal. */
static void other_versions_are_told_apart(void **state)
{
	struct mqtt_connect connect;

	(void)state;
	assert_int_equal(CONNECT("\0\4MQTT\5\2\0\0\0\0\0"), 0);
	assert_int_equal(connect.level, 5);
	assert_int_equal(CONNECT("\0\6MQIsdp\3\2\0\0\0\1a"), 0);
	assert_int_equal(connect.level, 3);
}

/* ---- PUBLISH ---- */

static void a_publish_survives_writing_and_reading(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t payload = round < 4 ? (size_t)round : chance(&seed) % 20000;
		uint8_t *noise = calloc(1, payload + 1);
		struct mqtt_publish in = {
			.qos = round % 3, .retain = round & 1, .dup = round % 3 && (round & 2),
			.id = round % 3 ? (uint16_t)(1 + chance(&seed) % 65535) : 0,
			.topic = VIEW("house/kitchen/light"), .payload = { noise, payload },
		}, out;
		size_t bytes = mqtt_publish_bytes(&in);
		struct mqtt_buffer b = { malloc(bytes), bytes, 0 };
		struct mqtt_head head;

		assert_non_null(b.data);
		for (size_t i = 0; i < payload; i++)
			noise[i] = (uint8_t)chance(&seed);
		assert_int_equal(mqtt_publish_write(&b, &in), 0);
		assert_int_equal(b.bytes, bytes);
		assert_int_equal(mqtt_head_read(b.data, bytes, &head), 1);
		assert_int_equal(head.bytes + head.body, bytes);
		assert_int_equal(mqtt_publish_read(head.flags, b.data + head.bytes, head.body, &out), 0);
		assert_int_equal(out.qos, in.qos);
		assert_int_equal(out.id, in.id);
		assert_int_equal(out.dup, in.dup);
		assert_int_equal(out.retain, in.retain);
		assert_true(same(out.topic, "house/kitchen/light"));
		assert_int_equal(out.payload.bytes, payload);
		assert_memory_equal(out.payload.data, noise, payload);
		/* A byte less of room, and nothing is written. */
		b.room--;
		b.bytes = 0;
		assert_int_equal(mqtt_publish_write(&b, &in), -EMSGSIZE);
		assert_int_equal(b.bytes, 0);
		free(b.data);
		free(noise);
	}
}

static void a_publish_is_no_longer_than_what_is_read(void **state)
{
	static uint8_t zeros[MQTT_PACKET_MAX];
	struct mqtt_publish p = { .topic = VIEW("t"), .payload = { zeros, MQTT_PACKET_MAX - 4 - 3 } };
	uint8_t *room = malloc(MQTT_PACKET_MAX + 16);
	struct mqtt_buffer b = { room, MQTT_PACKET_MAX + 16, 0 };
	struct mqtt_head head;

	(void)state;
	assert_non_null(room);
	assert_int_equal(mqtt_publish_write(&b, &p), 0);
	assert_int_equal(b.bytes, MQTT_PACKET_MAX);
	assert_int_equal(mqtt_head_read(room, b.bytes, &head), 1);
	p.payload.bytes++;
	b.bytes = 0;
	assert_int_equal(mqtt_publish_write(&b, &p), -EMSGSIZE);
	free(room);
}

static void a_publish_that_the_standard_forbids_is_refused(void **state)
{
	struct mqtt_publish p;

	(void)state;
	assert_int_equal(mqtt_publish_read(0, (const uint8_t *)"\0\1tx", 4, &p), 0);
	assert_int_equal(mqtt_publish_read(2, (const uint8_t *)"\0\1t\0\1", 5, &p), 0);
	assert_int_equal(p.payload.bytes, 0);
	assert_int_equal(mqtt_publish_read(2, (const uint8_t *)"\0\1t\0\0", 5, &p), -EBADMSG);	/* identifier 0 */
	assert_int_equal(mqtt_publish_read(2, (const uint8_t *)"\0\1t\0", 4, &p), -EBADMSG);
	assert_int_equal(mqtt_publish_read(0, (const uint8_t *)"\0\0", 2, &p), -EILSEQ);	/* no topic */
	assert_int_equal(mqtt_publish_read(0, (const uint8_t *)"\0\2t", 3, &p), -EBADMSG);	/* topic past the end */
	assert_int_equal(mqtt_publish_read(0, (const uint8_t *)"\0\1#", 3, &p), -EILSEQ);
	assert_int_equal(mqtt_publish_read(8, (const uint8_t *)"\0\1t", 3, &p), -EBADMSG);	/* DUP with QoS 0 */
	assert_int_equal(mqtt_publish_read(6, (const uint8_t *)"\0\1t\0\1", 5, &p), -EBADMSG);	/* QoS 3 */
}

/* ---- the rest ---- */

static void small_packets_are_written_as_the_standard_shows_them(void **state)
{
	uint8_t data[64];
	struct mqtt_buffer b = { data, sizeof(data), 0 };

	(void)state;
	assert_int_equal(mqtt_connack_write(&b, true, 0), 0);
	assert_int_equal(mqtt_id_write(&b, MQTT_PUBREL, 0x1234), 0);
	assert_int_equal(mqtt_id_write(&b, MQTT_PUBACK, 0x1234), 0);
	assert_int_equal(mqtt_empty_write(&b, MQTT_PINGREQ), 0);
	assert_int_equal(mqtt_filter_write(&b, MQTT_SUBSCRIBE, 1, VIEW("a/#"), 2), 0);
	assert_int_equal(mqtt_filter_write(&b, MQTT_UNSUBSCRIBE, 2, VIEW("a"), 0), 0);
	assert_int_equal(mqtt_suback_write(&b, 3, (const uint8_t *)"\0\x80", 2), 0);
	assert_int_equal(b.bytes, 4 + 4 + 4 + 2 + 10 + 7 + 6);
	assert_memory_equal(data,
			    "\x20\2\1\0" "\x62\2\x12\x34" "\x40\2\x12\x34" "\xc0\0" "\x82\x08\0\1\0\3a/#\2"
			    "\xa2\5\0\2\0\1a" "\x90\4\0\3\0\x80", b.bytes);
	assert_int_equal(mqtt_filter_bytes(MQTT_SUBSCRIBE, VIEW("a/#")), 10);
	b.bytes = 0;
	assert_int_equal(mqtt_connect_write(&b, "lamp", false, 60), 0);
	assert_memory_equal(data, "\x10\x10\0\4MQTT\4\0\0\x3c\0\4lamp", b.bytes);
	b.room = 1;
	b.bytes = 0;
	assert_int_equal(mqtt_empty_write(&b, MQTT_PINGREQ), -EMSGSIZE);
}

static void answers_are_read(void **state)
{
	struct mqtt_view codes;
	bool present;
	uint8_t code;
	uint16_t id;

	(void)state;
	assert_int_equal(mqtt_connack_read((const uint8_t *)"\1\0", 2, &present, &code), 0);
	assert_true(present);
	assert_int_equal(mqtt_connack_read((const uint8_t *)"\0\5", 2, &present, &code), 0);
	assert_int_equal(code, MQTT_REFUSED_AUTHORITY);
	assert_int_equal(mqtt_connack_read((const uint8_t *)"\1\5", 2, &present, &code), -EBADMSG);
	assert_int_equal(mqtt_connack_read((const uint8_t *)"\2\0", 2, &present, &code), -EBADMSG);
	assert_int_equal(mqtt_connack_read((const uint8_t *)"\0\0\0", 3, &present, &code), -EBADMSG);
	assert_int_equal(mqtt_id_read((const uint8_t *)"\x12\x34", 2, &id), 0);
	assert_int_equal(id, 0x1234);
	assert_int_equal(mqtt_id_read((const uint8_t *)"\0\0", 2, &id), -EBADMSG);
	assert_int_equal(mqtt_id_read((const uint8_t *)"\0\1\0", 3, &id), -EBADMSG);
	assert_int_equal(mqtt_suback_read((const uint8_t *)"\0\1\2", 3, &id, &codes), 0);
	assert_int_equal(codes.bytes, 1);
	assert_int_equal(codes.data[0], 2);
	assert_int_equal(mqtt_suback_read((const uint8_t *)"\0\1", 2, &id, &codes), -EBADMSG);
}

static void filters_are_gone_through(void **state)
{
	static const char packet[] = "\0\7\0\3a/b\1\0\1#\2";
	uint8_t *body = exact(packet, sizeof(packet) - 1);
	struct mqtt_filters filters;
	struct mqtt_view filter;
	uint8_t qos;

	(void)state;
	assert_int_equal(mqtt_filters_read(MQTT_SUBSCRIBE, body, sizeof(packet) - 1, &filters), 0);
	assert_int_equal(filters.id, 7);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), 1);
	assert_true(same(filter, "a/b"));
	assert_int_equal(qos, 1);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), 1);
	assert_true(same(filter, "#"));
	assert_int_equal(qos, 2);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), 0);

	assert_int_equal(mqtt_filters_read(MQTT_SUBSCRIBE, body, 2, &filters), -EBADMSG);
	assert_int_equal(mqtt_filters_read(MQTT_SUBSCRIBE, (const uint8_t *)"\0\0\0\1a\0", 6, &filters), -EBADMSG);
	assert_int_equal(mqtt_filters_read(MQTT_SUBSCRIBE, (const uint8_t *)"\0\1\0\1a\3", 6, &filters), 0);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), -EBADMSG);
	assert_int_equal(mqtt_filters_read(MQTT_SUBSCRIBE, (const uint8_t *)"\0\1\0\1a", 5, &filters), 0);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), -EBADMSG);
	assert_int_equal(mqtt_filters_read(MQTT_UNSUBSCRIBE, (const uint8_t *)"\0\1\0\1a", 5, &filters), 0);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), 1);
	assert_int_equal(mqtt_filters_next(&filters, &filter, &qos), 0);
	free(body);
}

/* ---- topics ---- */

static void filters_and_topics_are_told_from_nonsense(void **state)
{
	static const char *const filters[] = { "a", "/", "a/b", "+", "#", "+/a", "a/+/b", "a/#", "/#", "+/#", "a//b", "\xc3\xa9" };
	static const char *const bad[] = { "", "a#", "#/a", "a/#/b", "a+", "+a", "a/+b", "##", "\xc3", "\xc0\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "a\x01", "\x7f", "\xc2\x80", "\xef\xbf\xbf", "\xef\xb7\x90", "\xff" };
	char deep[MQTT_LEVELS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		uint8_t *copy = exact(filters[i], strlen(filters[i]));
		bool wild = strpbrk(filters[i], "+#");

		assert_true(mqtt_filter_valid((struct mqtt_view){ copy, strlen(filters[i]) }));
		assert_int_equal(mqtt_topic_valid((struct mqtt_view){ copy, strlen(filters[i]) }), !wild);
		free(copy);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *copy = exact(bad[i], strlen(bad[i]));

		assert_false(mqtt_filter_valid((struct mqtt_view){ copy, strlen(bad[i]) }));
		assert_false(mqtt_topic_valid((struct mqtt_view){ copy, strlen(bad[i]) }));
		free(copy);
	}
	assert_false(mqtt_topic_valid(VIEW("a\0b")));
	memset(deep, '/', sizeof(deep));
	assert_true(mqtt_topic_valid((struct mqtt_view){ (uint8_t *)deep, MQTT_LEVELS_MAX - 1 }));
	assert_false(mqtt_topic_valid((struct mqtt_view){ (uint8_t *)deep, MQTT_LEVELS_MAX }));
}

/* The examples of section 4.7, and what lies at their edges. */
static void topics_match_as_the_standard_says(void **state)
{
	static const struct {
		const char *filter, *topic;
		bool matches;
	} cases[] = {
		{ "sport/tennis/player1/#", "sport/tennis/player1", true },
		{ "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
		{ "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true },
		{ "sport/tennis/player1/#", "sport/tennis/player10", false },
		{ "sport/#", "sport", true },
		{ "sport/#", "sports", false },
		{ "#", "a/b/c", true },
		{ "#", "/", true },
		{ "sport/tennis/+", "sport/tennis/player1", true },
		{ "sport/tennis/+", "sport/tennis/player1/ranking", false },
		{ "sport/+", "sport", false },
		{ "sport/+", "sport/", true },
		{ "+/+", "/finance", true },
		{ "/+", "/finance", true },
		{ "+", "/finance", false },
		{ "+", "finance", true },
		{ "+/a", "b/a", true },
		{ "#", "$SYS/load", false },
		{ "+/load", "$SYS/load", false },
		{ "$SYS/#", "$SYS/load", true },
		{ "$SYS/+", "$SYS/load", true },
		{ "a/b", "a/b", true },
		{ "a/b", "a/b/", false },
		{ "a/b/", "a/b", false },
		{ "a", "A", false },
		{ "a//b", "a//b", true },
		{ "a/+/b", "a//b", true },
		{ "a/+", "a/b/c", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mqtt_view filter = view_of(cases[i].filter), topic = view_of(cases[i].topic);
		uint8_t *f = exact(filter.data, filter.bytes), *t = exact(topic.data, topic.bytes);

		filter.data = f;
		topic.data = t;
		if (mqtt_topic_matches(filter, topic) != cases[i].matches)
			fail_msg("%s and %s", cases[i].filter, cases[i].topic);
		free(f);
		free(t);
	}
}

/* Whatever comes, the readers stay within it; the sanitizers watch. */
static void noise_is_survived(void **state)
{
	static const char seedling[] = CONNECT_TEXT;
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t bytes = chance(&seed) % (sizeof(seedling) - 1);
		uint8_t *body = exact(seedling, bytes);
		struct mqtt_filters filters;
		struct mqtt_connect connect;
		struct mqtt_publish publish;
		struct mqtt_head head;
		struct mqtt_view view;
		uint8_t qos;

		for (size_t i = 0; i < bytes; i++)
			if (chance(&seed) % 4 == 0)
				body[i] = (uint8_t)(chance(&seed) % 8 ? chance(&seed) % 8 : chance(&seed));
		mqtt_head_read(body, bytes, &head);
		mqtt_connect_read(body, bytes, &connect);
		if (!mqtt_publish_read((uint8_t)(round & 15), body, bytes, &publish) && publish.payload.bytes)
			assert_ptr_equal(publish.payload.data + publish.payload.bytes, body + bytes);
		if (!mqtt_filters_read(MQTT_SUBSCRIBE, body, bytes, &filters)) {
			while (mqtt_filters_next(&filters, &view, &qos) > 0)
				assert_true(qos <= 2 && view.bytes > 0);
		}
		free(body);
	}
}

static void shared_filters_are_told_apart(void **state)
{
	static const char *const bad[] = { "$share", "$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a",
					   "$share/#" };
	static const char *const good[] = { "a", "$share/g/a", "$share/g/#", "$share/g//", "$shared", "$shar/x", "+" };
	struct mqtt_view inner;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(mqtt_share_valid(view_of(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(mqtt_share_valid(view_of(good[i])));
	inner = mqtt_share_filter(view_of("$share/g/a/+"));
	assert_int_equal(inner.bytes, 3);
	assert_memory_equal(inner.data, "a/+", 3);
	assert_int_equal(mqtt_share_filter(view_of("$shared/a")).bytes, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_read_at_each_size),
		cmocka_unit_test(what_is_too_large_is_refused_from_its_head),
		cmocka_unit_test(only_the_flags_of_the_standard_are_taken),
		cmocka_unit_test(a_connect_is_read),
		cmocka_unit_test(a_connect_that_the_standard_forbids_is_refused),
		cmocka_unit_test(other_versions_are_told_apart),
		cmocka_unit_test(a_publish_survives_writing_and_reading),
		cmocka_unit_test(a_publish_is_no_longer_than_what_is_read),
		cmocka_unit_test(a_publish_that_the_standard_forbids_is_refused),
		cmocka_unit_test(small_packets_are_written_as_the_standard_shows_them),
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(filters_are_gone_through),
		cmocka_unit_test(filters_and_topics_are_told_from_nonsense),
		cmocka_unit_test(topics_match_as_the_standard_says),
		cmocka_unit_test(shared_filters_are_told_apart),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests_name("mqtt", tests, NULL, NULL);
}
