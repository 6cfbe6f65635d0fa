// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "limit.h"

#define SECOND 1000000000ull
#define START (1000 * SECOND)

static struct limit l;
static uint64_t wait;

static struct in6_addr address(const char *text)
{
	struct in6_addr a;

	assert_int_equal(inet_pton(AF_INET6, text, &a), 1);
	return a;
}

static struct limit_source *connect_from(const char *text, uint64_t now)
{
	struct in6_addr a = address(text);

	return limit_connect(&l, &a, now);
}

static unsigned int take_all(struct limit_source *s, uint64_t now)
{
	unsigned int n = 0;

	while (limit_take(&l, s, now, &wait))
		n++;
	return n;
}

static void a_bucket_holds_a_burst_and_fills_at_the_rate(void **state)
{
	struct limit_source *s;

	(void)state;
	limit_init(&l, 60, 20);
	s = connect_from("::ffff:192.0.2.1", START);
	assert_int_equal(take_all(s, START), 20);
	assert_int_equal(wait, SECOND);
	assert_int_equal(take_all(s, START + SECOND - 1), 0);
	assert_int_equal(wait, 1);
	assert_int_equal(take_all(s, START + SECOND), 1);
	assert_int_equal(take_all(s, START + 11 * SECOND), 10);
	/* Never more than a burst, however long nobody came. */
	assert_int_equal(take_all(s, START + 1000 * SECOND), 20);
}

/* In any window of t seconds at most burst + rate * t: taken as often as can be, over a random minute. */
static void nobody_gets_more_than_rate_and_burst(void **state)
{
	uint64_t seed = 7, now = START;
	unsigned int taken = 0;
	struct limit_source *s;

	(void)state;
	limit_init(&l, 120, 5);
	s = connect_from("::ffff:192.0.2.1", now);
	while (now < START + 60 * SECOND) {
		now += chance(&seed) % (SECOND / 3);
		taken += take_all(s, now);
	}
	assert_in_range(taken, 118, 125 + 1);
}

static void the_slowest_and_the_fastest_limit_can_be_kept(void **state)
{
	struct limit_source *s;

	(void)state;
	limit_init(&l, 1, 1000);
	s = connect_from("::ffff:192.0.2.1", START);
	assert_int_equal(take_all(s, START), 1000);
	assert_int_equal(wait, 60 * SECOND);
	limit_init(&l, 60000, 1);
	s = connect_from("::ffff:192.0.2.1", START);
	assert_int_equal(take_all(s, START), 1);
	assert_int_equal(wait, SECOND / 1000);
}

static void sources_do_not_disturb_each_other(void **state)
{
	struct limit_source *a, *b;

	(void)state;
	limit_init(&l, 60, 20);
	a = connect_from("::ffff:192.0.2.1", START);
	b = connect_from("::ffff:192.0.2.2", START);
	assert_ptr_not_equal(a, b);
	take_all(a, START);
	assert_int_equal(take_all(b, START), 20);
}

static void ipv6_counts_by_its_64(void **state)
{
	struct limit_source *a;

	(void)state;
	limit_init(&l, 60, 20);
	a = connect_from("2001:db8:1:2:3:4:5:6", START);
	assert_ptr_equal(connect_from("2001:db8:1:2:ffff::1", START), a);
	assert_ptr_not_equal(connect_from("2001:db8:1:3::1", START), a);
	assert_int_equal(a->connections, 2);
}

static void who_comes_back_is_known_until_the_bucket_is_full(void **state)
{
	struct limit_source *s;

	(void)state;
	limit_init(&l, 60, 20);
	s = connect_from("::ffff:192.0.2.1", START);
	take_all(s, START);
	limit_disconnect(s);
	s = connect_from("::ffff:192.0.2.1", START + 5 * SECOND);
	assert_int_equal(take_all(s, START + 5 * SECOND), 5);
	limit_disconnect(s);
	s = connect_from("::ffff:192.0.2.1", START + 60 * SECOND);
	assert_int_equal(take_all(s, START + 60 * SECOND), 20);
}

static void an_episode_is_told_once(void **state)
{
	struct limit_source *s;

	(void)state;
	limit_init(&l, 60, 20);
	s = connect_from("::ffff:192.0.2.1", START);
	take_all(s, START);
	assert_true(limit_tell(s, START));
	assert_false(limit_tell(s, START));
	take_all(s, START + 15 * SECOND);
	assert_false(limit_tell(s, START + 15 * SECOND));
	/* It was full at START + 35 s. */
	take_all(s, START + 36 * SECOND);
	assert_true(limit_tell(s, START + 36 * SECOND));
	assert_false(limit_tell(s, START + 37 * SECOND));
}

/* A connection too many takes no token: a bucket that is full all the time ends no such episode. */
static void a_crowd_is_told_once(void **state)
{
	struct limit_source *s;

	(void)state;
	limit_init(&l, 60, 20);
	s = connect_from("::ffff:192.0.2.1", START);
	assert_true(limit_tell_crowded(s, START));
	for (unsigned int i = 1; i < 200; i++)
		assert_false(limit_tell_crowded(s, START + i * SECOND));
	/* Too many requests are another matter. */
	assert_true(limit_tell(s, START + 199 * SECOND));
	/* Who goes and comes again has begun no other episode. */
	limit_disconnect(s);
	assert_ptr_not_equal(connect_from("::ffff:192.0.2.2", START + 200 * SECOND), s);
	assert_ptr_equal(connect_from("::ffff:192.0.2.1", START + 200 * SECOND), s);
	assert_false(limit_tell_crowded(s, START + 258 * SECOND));
	assert_true(limit_tell_crowded(s, START + 258 * SECOND + LIMIT_CROWDED_NS));
}

static void flood(uint64_t now, bool stay)
{
	for (unsigned int i = 0; i < 4 * LIMIT_SOURCES; i++) {
		struct in6_addr a = address("2001:db8::");
		struct limit_source *s;

		a.s6_addr[6] = (uint8_t)(i >> 8);
		a.s6_addr[7] = (uint8_t)i;
		s = limit_connect(&l, &a, now);
		limit_take(&l, s, now, &wait);
		if (!stay)
			limit_disconnect(s);
	}
}

static void a_flood_of_sources_takes_nothing_from_those_that_are_known(void **state)
{
	struct limit_source *known, *owing, *late;

	(void)state;
	for (int stay = 0; stay < 2; stay++) {
		limit_init(&l, 60, 20);
		known = connect_from("::ffff:192.0.2.1", START);
		owing = connect_from("::ffff:192.0.2.2", START);
		take_all(owing, START);
		limit_disconnect(owing);
		flood(START, stay);
		assert_int_equal(take_all(known, START), 20);
		assert_ptr_equal(connect_from("::ffff:192.0.2.2", START), owing);
		assert_int_equal(take_all(owing, START), 0);
		/* All that found no room are one. */
		late = connect_from("::ffff:192.0.2.3", START);
		assert_ptr_equal(late, &l.shared);
		assert_int_equal(take_all(late, START), 0);
		assert_true(IN6_IS_ADDR_UNSPECIFIED(&late->network));
		limit_disconnect(late);
		/* The flood is over: once their buckets are full, there is room again. */
		late = connect_from("::ffff:192.0.2.3", START + 2 * SECOND);
		if (stay)
			assert_ptr_equal(late, &l.shared);
		else
			assert_ptr_not_equal(late, &l.shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_a_burst_and_fills_at_the_rate),
		cmocka_unit_test(nobody_gets_more_than_rate_and_burst),
		cmocka_unit_test(the_slowest_and_the_fastest_limit_can_be_kept),
		cmocka_unit_test(sources_do_not_disturb_each_other),
		cmocka_unit_test(ipv6_counts_by_its_64),
		cmocka_unit_test(who_comes_back_is_known_until_the_bucket_is_full),
		cmocka_unit_test(an_episode_is_told_once),
		cmocka_unit_test(a_crowd_is_told_once),
		cmocka_unit_test(a_flood_of_sources_takes_nothing_from_those_that_are_known),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
