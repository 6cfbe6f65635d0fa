// SPDX-License-Identifier: GPL-2.0
/* The upstream session with a dummy topic: what lies in a slot, and when a message counts as taken. */
#include "unit.h"

#include "session.h"

#define CAPACITY 300
#define PUBLISH_MAX (CAPACITY - MQTT_EMPTY)
#define PACKETS_MAX 16

struct packet {
	enum mqtt_type type;
	uint8_t qos;
	bool dup;
	bool dummy;
	uint16_t id;
	size_t bytes;
	char payload[32];
};

struct fixture {
	struct session s;
	struct spool spool;
	struct routes routes;
	char done[256];			/* payloads, in order, a space behind each */
	struct packet packets[PACKETS_MAX];	/* of the last slot */
	size_t count;
};

static void on_done(const struct spool_message *m, void *arg)
{
	struct fixture *f = arg;

	strncat(f->done, (const char *)m->publish.payload.data, m->publish.payload.bytes);
	strcat(f->done, " ");
}

static void on_publish(const struct mqtt_publish *publish, void *arg)
{
	(void)publish;
	(void)arg;
}

static void on_dropped(const struct spool_message *m, const char *why, void *arg)
{
	(void)m;
	(void)arg;
	fail_msg("dropped: %s", why);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* One packet from the broker. */
static void say(struct fixture *f, enum mqtt_type type, uint16_t id)
{
	uint8_t bytes[8];
	struct mqtt_buffer b = { bytes, sizeof(bytes), 0 };

	assert_int_equal(type == MQTT_CONNACK ? mqtt_connack_write(&b, true, MQTT_ACCEPTED) : mqtt_id_write(&b, type, id), 0);
	assert_int_equal(session_input(&f->s, bytes, b.bytes), 0);
}

static void bring_up(struct fixture *f)
{
	session_open(&f->s);
	evbuffer_drain(f->s.out, evbuffer_get_length(f->s.out));
	say(f, MQTT_CONNACK, 0);
}

static int setup(void **state)
{
	static const struct session_options options = {
		.client_id = "lamp", .dummy = "tacit/dummy", .publish_max = PUBLISH_MAX, .keepalive = 60,
	};
	struct fixture *f = calloc(1, sizeof(*f));
	struct session_callbacks callbacks = {
		.publish = on_publish, .done = on_done, .dropped = on_dropped, .room = nothing, .ready = nothing, .arg = f,
	};

	assert_non_null(f);
	spool_init(&f->spool, 100);
	routes_init(&f->routes);
	assert_int_equal(session_init(&f->s, &options, &callbacks, &f->spool, &f->routes), 0);
	bring_up(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	session_free(&f->s);
	spool_clear(&f->spool);
	routes_clear(&f->routes);
	free(f);
	return 0;
}

static void add(struct fixture *f, uint8_t qos, const char *payload, size_t bytes)
{
	struct mqtt_publish publish = {
		.qos = qos, .id = qos ? 7 : 0, .topic = { (const uint8_t *)"house/light", 11 },
		.payload = { (const uint8_t *)payload, bytes },
	};

	assert_non_null(spool_add(&f->spool, &publish, qos, 1));
}

static void app_says(struct fixture *f, uint8_t qos, const char *payload)
{
	add(f, qos, payload, strlen(payload));
}

/* A message whose PUBLISH is so long upstream. */
static void app_says_long(struct fixture *f, uint8_t qos, size_t bytes)
{
	static char text[CAPACITY];
	size_t head = qos ? 18 : 16;

	memset(text, 'x', sizeof(text));
	add(f, qos, text, bytes - head);
	assert_int_equal(mqtt_publish_bytes(&TAILQ_LAST(&f->spool.messages, spool_list)->publish), bytes);
}

static void read_packet(struct packet *p, const struct mqtt_head *head, const uint8_t *body)
{
	struct mqtt_publish publish;

	*p = (struct packet){ .type = head->type, .bytes = head->bytes + head->body };
	if (head->type != MQTT_PUBLISH)
		return;
	assert_int_equal(mqtt_publish_read(head->flags, body, head->body, &publish), 0);
	p->qos = publish.qos;
	p->dup = publish.dup;
	p->id = publish.id;
	p->dummy = publish.topic.bytes == 11 && !memcmp(publish.topic.data, "tacit/dummy", 11);
	if (!p->dummy)
		memcpy(p->payload, publish.payload.data, publish.payload.bytes < 31 ? publish.payload.bytes : 31);
}

/* A slot goes by, and is taken apart. */
static void slot(struct fixture *f, bool ping)
{
	size_t at = 0, bytes;
	uint8_t *out;

	assert_int_equal(session_stage(&f->s, CAPACITY, ping), 0);
	bytes = evbuffer_get_length(f->s.out);
	assert_true(bytes <= CAPACITY);
	assert_true(f->s.last <= bytes);
	out = evbuffer_pullup(f->s.out, -1);
	for (f->count = 0; at < bytes; f->count++) {
		struct mqtt_head head;

		assert_true(f->count < PACKETS_MAX);
		assert_int_equal(mqtt_head_read(out + at, bytes - at, &head), 1);
		read_packet(&f->packets[f->count], &head, out + at + head.bytes);
		at += head.bytes + head.body;
	}
	evbuffer_drain(f->s.out, bytes);
}

static void is_dummy(const struct packet *p)
{
	assert_int_equal(p->type, MQTT_PUBLISH);
	assert_true(p->dummy);
	assert_int_equal(p->qos, 1);
}

static void is_message(const struct packet *p, uint8_t qos, const char *payload)
{
	assert_int_equal(p->type, MQTT_PUBLISH);
	assert_false(p->dummy);
	assert_int_equal(p->qos, qos);
	assert_string_equal(p->payload, payload);
}

static void qos_0_rides_behind_the_dummy(void **state)
{
	struct fixture *f = *state;
	size_t cover;

	slot(f, false);
	assert_int_equal(f->count, 1);
	is_dummy(&f->packets[0]);
	assert_int_equal(f->s.last, 0);
	cover = f->packets[0].bytes;
	app_says(f, 0, "on");
	app_says(f, 0, "off");
	slot(f, false);
	assert_int_equal(f->count, 2);
	is_dummy(&f->packets[0]);
	assert_int_equal(f->packets[0].bytes, cover);
	is_message(&f->packets[1], 0, "on");
	assert_int_equal(f->s.last, f->packets[1].bytes);
}

/* Whatever is answered goes before it: the answer would wait for the message otherwise. */
static void nothing_that_is_answered_comes_behind_a_message(void **state)
{
	struct fixture *f = *state;
	struct mqtt_publish down = { .qos = 1, .id = 5, .topic = { (const uint8_t *)"t", 1 } };
	uint8_t bytes[16];
	struct mqtt_buffer b = { bytes, sizeof(bytes), 0 };

	assert_int_equal(mqtt_publish_write(&b, &down), 0);
	assert_int_equal(session_input(&f->s, bytes, b.bytes), 0);
	session_unsubscribe(&f->s, (struct mqtt_view){ (const uint8_t *)"house/#", 7 });
	app_says(f, 0, "on");
	slot(f, true);
	assert_int_equal(f->count, 5);
	is_dummy(&f->packets[0]);
	assert_int_equal(f->packets[1].type, MQTT_PINGREQ);
	assert_int_equal(f->packets[2].type, MQTT_PUBACK);
	assert_int_equal(f->packets[3].type, MQTT_UNSUBSCRIBE);
	is_message(&f->packets[4], 0, "on");
}

static void qos_0_is_taken_when_what_came_behind_it_is_answered(void **state)
{
	struct fixture *f = *state;
	uint16_t before, behind;

	app_says(f, 0, "one");
	app_says(f, 0, "two");
	app_says(f, 1, "three");
	slot(f, false);
	before = f->packets[0].id;
	slot(f, false);
	behind = f->packets[0].id;
	assert_int_not_equal(before, behind);
	/* That one was sent before the message: its answer says nothing. */
	say(f, MQTT_PUBACK, before);
	assert_string_equal(f->done, "");
	say(f, MQTT_PUBACK, behind);
	assert_string_equal(f->done, "one ");
	/* A message of QoS 1 will do as well. */
	slot(f, false);
	assert_int_equal(f->count, 1);
	is_message(&f->packets[0], 1, "three");
	say(f, MQTT_PUBACK, f->packets[0].id);
	assert_string_equal(f->done, "one two three ");
	assert_int_equal(f->spool.count, 0);
}

static void what_was_not_answered_comes_again(void **state)
{
	struct fixture *f = *state;
	uint16_t behind;

	app_says(f, 0, "one");
	slot(f, false);
	app_says(f, 0, "two");
	slot(f, false);
	behind = f->packets[0].id;
	say(f, MQTT_PUBACK, behind);
	slot(f, false);
	session_close(&f->s, true);
	assert_int_equal(f->s.last, 0);
	bring_up(f);
	/* An identifier of the old session proves nothing in the new one. */
	slot(f, false);
	assert_int_equal(f->count, 2);
	is_message(&f->packets[1], 0, "two");
	/* MQTT 3.1.1, 3.3.1.1: no DUP with QoS 0. */
	assert_false(f->packets[1].dup);
	say(f, MQTT_PUBACK, behind);
	say(f, MQTT_PUBACK, f->packets[0].id);
	assert_string_equal(f->done, "one ");
	slot(f, false);
	assert_int_equal(f->count, 1);
	say(f, MQTT_PUBACK, f->packets[0].id);
	assert_string_equal(f->done, "one two ");
}

static void qos_1_takes_the_dummys_place(void **state)
{
	struct fixture *f = *state;

	app_says(f, 1, "on");
	app_says(f, 0, "off");
	slot(f, true);
	assert_int_equal(f->count, 2);
	is_message(&f->packets[0], 1, "on");
	assert_int_equal(f->packets[1].type, MQTT_PINGREQ);
	assert_int_equal(f->s.last, 0);
	slot(f, false);
	is_dummy(&f->packets[0]);
	is_message(&f->packets[1], 0, "off");
}

static void the_longest_message_fits_beside_dummy_and_ping(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(session_publish_max(&f->s, 1), PUBLISH_MAX);
	slot(f, false);
	assert_int_equal(session_publish_max(&f->s, 0), PUBLISH_MAX - f->packets[0].bytes);
	app_says_long(f, 0, session_publish_max(&f->s, 0));
	slot(f, true);
	assert_int_equal(f->count, 3);
	is_dummy(&f->packets[0]);
	assert_int_equal(f->packets[1].type, MQTT_PINGREQ);
	assert_int_equal(f->s.last, f->packets[2].bytes);
	assert_int_equal(f->packets[0].bytes + f->packets[1].bytes + f->packets[2].bytes, CAPACITY);
}

static void controls_wait_for_messages_but_not_for_ever(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 8; i++)
		app_says_long(f, 0, session_publish_max(&f->s, 0));
	session_unsubscribe(&f->s, (struct mqtt_view){ (const uint8_t *)"house/#", 7 });
	for (int i = 0; i < SESSION_CONTROL_SLOTS; i++) {
		slot(f, false);
		assert_int_equal(f->count, 2);
		assert_int_equal(f->packets[1].type, MQTT_PUBLISH);
	}
	slot(f, false);
	assert_int_equal(f->count, 2);
	is_dummy(&f->packets[0]);
	assert_int_equal(f->packets[1].type, MQTT_UNSUBSCRIBE);
	slot(f, false);
	assert_int_equal(f->packets[1].type, MQTT_PUBLISH);
}

/* The socket has taken nothing: what was staged stays, and nothing that would lie across two slots is put behind it. */
static void a_message_is_not_cut_by_what_is_left_over(void **state)
{
	struct fixture *f = *state;

	app_says_long(f, 0, session_publish_max(&f->s, 0));
	app_says_long(f, 0, session_publish_max(&f->s, 0));
	assert_int_equal(session_stage(&f->s, CAPACITY, false), 0);
	assert_int_not_equal(f->s.last, 0);
	assert_int_equal(session_stage(&f->s, CAPACITY, false), 0);
	assert_int_equal(f->s.last, 0);
	assert_int_equal(TAILQ_FIRST(&f->spool.messages)->state, SPOOL_SENT);
	assert_int_equal(TAILQ_LAST(&f->spool.messages, spool_list)->state, SPOOL_WAITING);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(qos_0_rides_behind_the_dummy),
		test(nothing_that_is_answered_comes_behind_a_message),
		test(qos_0_is_taken_when_what_came_behind_it_is_answered),
		test(what_was_not_answered_comes_again),
		test(qos_1_takes_the_dummys_place),
		test(the_longest_message_fits_beside_dummy_and_ping),
		test(controls_wait_for_messages_but_not_for_ever),
		test(a_message_is_not_cut_by_what_is_left_over),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
