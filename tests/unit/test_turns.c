// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "turns.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* Feed it in pieces of `piece` bytes, paying whenever it wants to be paid. Return: tokens, the first one included. */
static unsigned int feed(struct turns *t, const char *text, size_t bytes, size_t piece)
{
	unsigned int tokens = 0;

	for (size_t at = 0; at < bytes;) {
		size_t n = bytes - at < piece ? bytes - at : piece;
		uint8_t *copy = malloc(n);
		size_t passed;

		assert_non_null(copy);
		memcpy(copy, text + at, n);
		passed = turns_pass(t, copy, n);
		free(copy);
		assert_true(passed <= n);
		at += passed;
		if (passed < n) {
			turns_paid(t);
			tokens++;
		}
	}
	return tokens;
}

static void a_turn_is_a_request(void **state)
{
	struct turns t;

	(void)state;
	turns_begin(&t);
	assert_int_equal(feed(&t, "hello", 5, 1), 0);
	assert_int_equal(feed(&t, "again", 5, 5), 0);
	turns_answered(&t);
	assert_int_equal(feed(&t, "more", 4, 4), 1);
	assert_int_equal(feed(&t, "and more", 8, 8), 0);
	turns_answered(&t);
	turns_answered(&t);
	assert_int_equal(feed(&t, GET, strlen(GET), 1), 1);
}

static void requests_in_one_breath_are_counted(void **state)
{
	static const char ten[] = GET GET GET GET GET GET GET GET GET GET;
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 16, 27, 28, 29, sizeof(ten) };
	struct turns t;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		turns_begin(&t);
		assert_int_equal(feed(&t, ten, strlen(ten), pieces[i]), 9);
		turns_answered(&t);
		assert_int_equal(feed(&t, ten, strlen(ten), pieces[i]), 10);
	}
}

/* Up to where the second request begins to be one, so that the server behind cannot answer it. */
static void what_is_not_paid_does_not_pass(void **state)
{
	static const char two[] = GET "GET /b HTTP/1.1\r\n\r\n";
	size_t dot = strlen(GET) + strlen("GET /b HTTP/1");
	struct turns t;

	(void)state;
	turns_begin(&t);
	assert_int_equal(turns_pass(&t, (const uint8_t *)two, strlen(two)), dot);
	assert_int_equal(turns_pass(&t, (const uint8_t *)two + dot, strlen(two) - dot), 0);
	turns_paid(&t);
	assert_int_equal(turns_pass(&t, (const uint8_t *)two + dot, strlen(two) - dot), strlen(two) - dot);
	turns_answered(&t);
	assert_int_equal(turns_pass(&t, (const uint8_t *)two, 1), 0);
}

static void what_only_looks_like_it_does_not_count(void **state)
{
	static const char text[] = "HHTTP/2. HTTP/ 1. http/1.1 HTTPS/1.1 HTHTTP/0.9 HTTP/1 .";
	struct turns t;

	(void)state;
	turns_begin(&t);
	assert_int_equal(feed(&t, text, strlen(text), 4), 0);
	assert_int_equal(feed(&t, "HHTTP/1.1 HTHTTP/1.0", 20, 3), 1);
}

static void long_bodies_are_counted_by_bytes(void **state)
{
	static char body[10 * TURN_BYTES];
	struct turns t;

	(void)state;
	turns_begin(&t);
	assert_int_equal(feed(&t, body, TURN_BYTES, 16384), 0);
	assert_int_equal(feed(&t, body, 1, 1), 1);
	assert_int_equal(feed(&t, body, sizeof(body) - 1, 16384), 9);
	assert_int_equal(feed(&t, body, sizeof(body), sizeof(body)), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_is_a_request),
		cmocka_unit_test(requests_in_one_breath_are_counted),
		cmocka_unit_test(what_is_not_paid_does_not_pass),
		cmocka_unit_test(what_only_looks_like_it_does_not_count),
		cmocka_unit_test(long_bodies_are_counted_by_bytes),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
