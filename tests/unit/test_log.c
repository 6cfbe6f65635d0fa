// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <unistd.h>

#include "log.h"

/* What `print` says on standard error, which is a pipe here. Up to `room` - 1 bytes, NUL terminated. */
static void capture(void (*print)(void), char *out, size_t room)
{
	int saved = dup(STDERR_FILENO), pipe_ends[2];
	ssize_t n;

	assert_int_equal(pipe(pipe_ends), 0);
	dup2(pipe_ends[1], STDERR_FILENO);
	close(pipe_ends[1]);
	log_open("tacitd");
	print();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(pipe_ends[0], out, room - 1);
	close(pipe_ends[0]);
	assert_true(n >= 0);
	out[n] = 0;
}

static void print_each(void)
{
	log_error("no uplink %s", "eth0");
	log_warning("w");
	log_notice("n");
	log_info("i");
}

static void print_debug(void)
{
	log_debug("d");
}

static void print_forged(void)
{
	log_info("peer says %s", "a\n<0>tacitd: all is lost\033[2J\377");
}

static void print_long(void)
{
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_info("%s", text);
}

static void lines_carry_priority_and_program(void **state)
{
	char out[512];

	(void)state;
	capture(print_each, out, sizeof(out));
	assert_string_equal(out, "<3>tacitd: no uplink eth0\n<4>tacitd: w\n<5>tacitd: n\n<6>tacitd: i\n");
}

static void print_libevent(void)
{
	for (int severity = 0; severity < 5; severity++)
		log_libevent(severity, "Nameserver\n192.0.2.2 has failed");
}

static void libevents_lines_are_like_ours(void **state)
{
	char out[512];

	(void)state;
	unsetenv("TACIT_DEBUG");
	capture(print_libevent, out, sizeof(out));
	assert_string_equal(out, "<5>tacitd: Nameserver?192.0.2.2 has failed\n<4>tacitd: Nameserver?192.0.2.2 has failed\n"
				 "<3>tacitd: Nameserver?192.0.2.2 has failed\n<3>tacitd: Nameserver?192.0.2.2 has failed\n");
}

static void debug_shows_on_request(void **state)
{
	char out[512];

	(void)state;
	unsetenv("TACIT_DEBUG");
	capture(print_debug, out, sizeof(out));
	assert_string_equal(out, "");
	setenv("TACIT_DEBUG", "1", 1);
	capture(print_debug, out, sizeof(out));
	assert_string_equal(out, "<7>tacitd: d\n");
}

static void an_argument_cannot_forge_a_line(void **state)
{
	char out[512];

	(void)state;
	capture(print_forged, out, sizeof(out));
	assert_string_equal(out, "<6>tacitd: peer says a?<0>tacitd: all is lost?[2J?\n");
}

static void a_long_line_is_cut_and_still_one_line(void **state)
{
	char out[8192];

	(void)state;
	capture(print_long, out, sizeof(out));
	assert_int_equal(strlen(out), 1024);
	assert_ptr_equal(strchr(out, '\n'), out + 1023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_carry_priority_and_program),
		cmocka_unit_test(libevents_lines_are_like_ours),
		cmocka_unit_test(debug_shows_on_request),
		cmocka_unit_test(an_argument_cannot_forge_a_line),
		cmocka_unit_test(a_long_line_is_cut_and_still_one_line),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
