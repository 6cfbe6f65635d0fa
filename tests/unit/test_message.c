// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "message.h"

#define CHANNELS 2

static struct message status(void)
{
	return (struct message){
		.kind = MESSAGE_CHANNEL,
		.channel = 1,
		.status = { .state = CHANNEL_UP, .clients = 3, .spooled = 5, .suite = 0x1301, .cells = 10, .covers = 7 },
	};
}

static struct message note(void)
{
	return (struct message){ .kind = MESSAGE_NOTE, .priority = LOG_NOTICE, .text = "the broker is back" };
}

static struct message limit(void)
{
	return (struct message){
		.kind = MESSAGE_LIMIT,
		.limit = { .what = MESSAGE_LIMIT_REQUESTS, .network = { 0x20, 1, 0xd, 0xb8, [7] = 1 } },
	};
}

static struct message renewed(void)
{
	return (struct message){ .kind = MESSAGE_RENEWED, .channel = 1, .text = "it is not for the key" };
}

static struct message certificate(void)
{
	return (struct message){ .kind = MESSAGE_CERTIFICATE, .channel = 1, .certificate = { .bytes = 700 } };
}

static void what_the_engine_may_say_is_accepted(void **state)
{
	struct message m = { .kind = MESSAGE_READY };

	(void)state;
	assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = status();
	assert_true(message_check(&m, sizeof(m), CHANNELS));
	for (m.status.state = 0; m.status.state < CHANNEL_STATE_LIMIT; m.status.state++)
		assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = status();
	m.status.suite = 0;
	assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = limit();
	for (m.limit.what = 1; m.limit.what < MESSAGE_LIMIT_END; m.limit.what++)
		assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = limit();
	memcpy(m.limit.network, (uint8_t[16]){ [10] = 0xff, 0xff, 192, 0, 2, 1 }, 16);
	assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = note();
	for (m.priority = LOG_ERR; m.priority <= LOG_INFO; m.priority++)
		assert_true(message_check(&m, sizeof(m), CHANNELS));
	m = renewed();
	assert_true(message_check(&m, sizeof(m), CHANNELS));
	m.serial = UINT32_MAX;
	assert_true(message_check(&m, sizeof(m), CHANNELS));
}

#define REFUSED(make, change)                                         \
	do {                                                          \
		m = make;                                             \
		assert_true(message_check(&m, sizeof(m), CHANNELS));  \
		change;                                               \
		assert_false(message_check(&m, sizeof(m), CHANNELS)); \
	} while (0)

static void each_field_out_of_bounds_is_refused(void **state)
{
	const struct message ready = { .kind = MESSAGE_READY };
	struct message m;

	(void)state;
	REFUSED(ready, m.kind = 0);
	REFUSED(ready, m.kind = MESSAGE_SCHEDULE);
	REFUSED(ready, m.kind = MESSAGE_STOP);
	REFUSED(ready, m.kind = MESSAGE_CERTIFICATE);
	REFUSED(ready, m.kind = MESSAGE_RENEWED + 1);
	REFUSED(ready, m.kind = UINT32_MAX);
	REFUSED(ready, m.channel = 1);
	REFUSED(ready, m.priority = 1);
	REFUSED(ready, m.serial = 1);
	REFUSED(status(), m.channel = CHANNELS);
	REFUSED(status(), m.channel = UINT32_MAX);
	REFUSED(status(), m.priority = 1);
	REFUSED(status(), m.serial = 1);
	REFUSED(status(), m.status.state = CHANNEL_STATE_LIMIT);
	REFUSED(status(), m.status.clients = MESSAGE_CLIENTS_MAX + 1);
	REFUSED(status(), m.status.spooled = CONFIG_SPOOL_MAX + 1);
	REFUSED(status(), m.status.suite = 0x1304);
	REFUSED(status(), m.status.covers = m.status.cells + 1);
	REFUSED(status(), m.status.certificate_end = MESSAGE_TIME_MAX + 1);
	REFUSED(renewed(), m.channel = CHANNELS);
	REFUSED(renewed(), m.priority = 1);
	REFUSED(renewed(), memset(m.text, 'x', sizeof(m.text)));
	REFUSED(note(), m.channel = CHANNELS);
	REFUSED(note(), m.priority = LOG_ERR - 1);
	REFUSED(note(), m.priority = LOG_INFO + 1);
	REFUSED(note(), m.serial = 1);
	REFUSED(note(), memset(m.text, 'x', sizeof(m.text)));
	REFUSED(limit(), m.channel = CHANNELS);
	REFUSED(limit(), m.priority = LOG_ERR);
	REFUSED(limit(), m.serial = 1);
	REFUSED(limit(), m.limit.what = 0);
	REFUSED(limit(), m.limit.what = MESSAGE_LIMIT_END);
	REFUSED(limit(), m.limit.reserved = 1);
	REFUSED(limit(), m.limit.network[8] = 1);
	REFUSED(limit(), m.limit.network[15] = 1);
	m = status();
	assert_false(message_check(&m, sizeof(m), 0));
	assert_false(message_check(&m, sizeof(m) - 1, CHANNELS));
	assert_false(message_check(&m, sizeof(m) + 1, CHANNELS));
	assert_false(message_check(&m, 0, CHANNELS));
}

#define NO_ORDER(change, passed)                                            \
	do {                                                                \
		m = certificate();                                          \
		assert_true(message_check_order(&m, sizeof(m), CHANNELS, 7)); \
		change;                                                     \
		assert_false(message_check_order(&m, sizeof(m), CHANNELS, passed)); \
	} while (0)

static void orders_are_checked_as_well(void **state)
{
	struct message m = { .kind = MESSAGE_STOP };

	(void)state;
	assert_true(message_check_order(&m, sizeof(m), CHANNELS, -1));
	assert_false(message_check_order(&m, sizeof(m), CHANNELS, 7));
	assert_false(message_check_order(&m, sizeof(m) - 1, CHANNELS, -1));
	m = certificate();
	m.serial = UINT32_MAX;
	assert_true(message_check_order(&m, sizeof(m), CHANNELS, 7));
	NO_ORDER((void)m, -1);
	NO_ORDER(m.channel = CHANNELS, 7);
	NO_ORDER(m.priority = 1, 7);
	NO_ORDER((m.kind = MESSAGE_STOP, m.serial = 1), -1);
	NO_ORDER(m.certificate.bytes = 0, 7);
	NO_ORDER(m.certificate.bytes = MESSAGE_CERTIFICATE_BYTES_MAX + 1, 7);
	NO_ORDER(m.certificate.reconnect = 2, 7);
	NO_ORDER(m.kind = MESSAGE_SCHEDULE, 7);
	NO_ORDER(m.kind = MESSAGE_READY, 7);
	NO_ORDER(m.kind = UINT32_MAX, 7);
}

static void text_is_made_fit_to_be_shown(void **state)
{
	char text[MESSAGE_TEXT_MAX] = "a\033[2Jb\nc\x7f\xc3\xa4 ~", full[MESSAGE_TEXT_MAX];

	(void)state;
	message_text(text);
	assert_string_equal(text, "a?[2Jb?c??? ~");
	memset(full, 'x', sizeof(full));
	message_text(full);
	assert_int_equal(strlen(full), MESSAGE_TEXT_MAX - 1);
}

static void every_state_has_a_name(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < CHANNEL_STATE_LIMIT; s++) {
		assert_non_null(channel_state_name(s));
		for (uint32_t other = 0; other < s; other++)
			assert_string_not_equal(channel_state_name(s), channel_state_name(other));
	}
	assert_string_equal(channel_state_name(CHANNEL_UP), "up");
	assert_string_equal(channel_state_name(CHANNEL_STATE_LIMIT), "?");
	assert_string_equal(channel_state_name(UINT32_MAX), "?");
}

static void messages_travel_whole(void **state)
{
	struct message sent = status(), got;
	char large[sizeof(struct message) + 1] = { 0 };
	size_t bytes = 0;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(message_send(pair[0], &sent), 0);
	assert_int_equal(message_receive(pair[1], &got, &bytes), 0);
	assert_int_equal(bytes, sizeof(got));
	assert_memory_equal(&got, &sent, sizeof(got));

	/* What is too short or too long is seen to be so, and nothing of the message before shows through. */
	assert_int_equal(send(pair[0], "abc", 3, 0), 3);
	assert_int_equal(message_receive(pair[1], &got, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_int_equal(got.status.cells, 0);
	assert_int_equal(send(pair[0], large, sizeof(large), 0), sizeof(large));
	assert_int_equal(message_receive(pair[1], &got, &bytes), 0);
	assert_int_equal(bytes, sizeof(large));
	assert_false(message_check(&got, bytes, CHANNELS));

	close(pair[0]);
	assert_int_equal(message_receive(pair[1], &got, &bytes), -EPIPE);
	assert_int_equal(message_send(pair[1], &sent), -EPIPE);
	close(pair[1]);
	assert_int_equal(message_send(-1, &sent), -EBADF);
	assert_int_equal(message_receive(-1, &got, &bytes), -EBADF);
}

static void a_descriptor_travels_with_a_message(void **state)
{
	struct message sent = certificate(), got;
	int pair[2], pipes[2], passed;
	size_t bytes = 0;
	char c = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(message_send_with(pair[0], &sent, pipes[0]), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(message_receive_with(pair[1], &got, &bytes, &passed), 0);
	assert_memory_equal(&got, &sent, sizeof(got));
	assert_true(passed >= 0 && passed != pipes[0]);
	assert_int_equal(read(passed, &c, 1), 1);
	assert_int_equal(c, 'x');
	close(passed);

	assert_int_equal(message_send(pair[0], &sent), 0);
	assert_int_equal(message_receive_with(pair[1], &got, &bytes, &passed), 0);
	assert_int_equal(passed, -1);

	/* Who does not ask for descriptors gets none: what the engine sends along is dropped by the kernel. */
	assert_int_equal(message_send_with(pair[0], &sent, pipes[0]), 0);
	close(pipes[0]);
	assert_int_equal(message_receive(pair[1], &got, &bytes), 0);
	assert_int_equal(bytes, sizeof(got));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(pipes[1], "x", 1), -1);
	close(pipes[1]);
	close(pair[0]);
	assert_int_equal(message_receive_with(pair[1], &got, &bytes, &passed), -EPIPE);
	assert_int_equal(message_send_with(pair[1], &sent, 0), -EPIPE);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_engine_may_say_is_accepted),
		cmocka_unit_test(each_field_out_of_bounds_is_refused),
		cmocka_unit_test(text_is_made_fit_to_be_shown),
		cmocka_unit_test(every_state_has_a_name),
		cmocka_unit_test(messages_travel_whole),
		cmocka_unit_test(orders_are_checked_as_well),
		cmocka_unit_test(a_descriptor_travels_with_a_message),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
