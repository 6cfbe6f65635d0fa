// SPDX-License-Identifier: GPL-2.0
/* What the warden takes from its resolver. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "names.h"

static struct names_answer answer(const char *address)
{
	struct names_answer a = { .count = 1 };
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1) {
		a.addr[0][10] = a.addr[0][11] = 0xff;
		memcpy(a.addr[0] + 12, &v4, 4);
	} else {
		a.ipv6 = 1;
		assert_int_equal(inet_pton(AF_INET6, address, a.addr[0]), 1);
	}
	return a;
}

static bool taken(const char *address)
{
	struct names_answer a = answer(address);

	return names_check(&a, sizeof(a), 1);
}

static void addresses_are_another_machines(void **state)
{
	static const char *const good[] = { "192.0.2.1", "10.0.0.1", "223.255.255.255", "2001:db8::1", "fd00::1" };
	static const char *const bad[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.9.9", "169.254.1.1", "224.0.0.1",
					   "255.255.255.255", "::", "::1", "fe80::1", "ff02::1", "::192.0.2.1" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(taken(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(taken(bad[i]));
}

static void messages_are_bounded(void **state)
{
	struct names_answer a = answer("192.0.2.1"), b;

	(void)state;
	assert_true(names_check(&a, sizeof(a), 1));
	assert_false(names_check(&a, sizeof(a) - 1, 1));
	assert_false(names_check(&a, sizeof(a) + 1, 1));
	assert_false(names_check(&a, 0, 1));
	assert_false(names_check(&a, sizeof(a), 0));
	b = a;
	b.host = 1;
	assert_false(names_check(&b, sizeof(b), 1));
	assert_true(names_check(&b, sizeof(b), 2));
	b = a;
	b.ipv6 = 1;
	assert_false(names_check(&b, sizeof(b), 1));
	b.ipv6 = 2;
	assert_false(names_check(&b, sizeof(b), 1));
	b = a;
	b.count = 2;
	assert_false(names_check(&b, sizeof(b), 1));
	b.count = NAMES_ADDRESSES_MAX + 1;
	assert_false(names_check(&b, sizeof(b), 1));
	b.count = 0;
	assert_true(names_check(&b, sizeof(b), 1));
}

static void names_are_numbered_once(void **state)
{
	static struct config config;
	const char *hosts[CONFIG_HOSTS_MAX];

	(void)state;
	config.allow_count = 4;
	strcpy(config.allows[0].host, "a.test");
	strcpy(config.allows[2].host, "b.test");
	strcpy(config.allows[3].host, "a.test");
	assert_int_equal(names_hosts(&config, hosts), 2);
	assert_string_equal(hosts[0], "a.test");
	assert_string_equal(hosts[1], "b.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_another_machines),
		cmocka_unit_test(messages_are_bounded),
		cmocka_unit_test(names_are_numbered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
