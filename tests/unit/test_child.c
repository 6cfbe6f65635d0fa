// SPDX-License-Identifier: GPL-2.0
/* The children that the warden keeps alive: this program is both the warden and, run with -c, the child. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "engine_process.h"

#define DESCRIPTOR 5

static struct event_base *base;
static struct child *child;
static unsigned int starts, ends, waits[8];
static unsigned int wanted;	/* ends after which the loop breaks; 0: at the first word */
static int first_words, last_status;
static char said[8];

static int on_started(void *arg)
{
	assert_ptr_equal(arg, &starts);
	assert_true(child_pid(child) > 0);
	starts++;
	return first_words;
}

static void on_readable(void *arg)
{
	ssize_t bytes = recv(child_fd(child), said, sizeof(said) - 1, 0);

	(void)arg;
	if (bytes <= 0)
		child_put_down(child, NULL);
	else
		event_base_loopbreak(base);
}

static void on_ended(int status, unsigned int wait_s, void *arg)
{
	(void)arg;
	assert_int_equal(child_pid(child), 0);
	assert_int_equal(child_fd(child), -1);
	last_status = status;
	waits[ends++ % 8] = wait_s;
	if (ends == wanted)
		event_base_loopbreak(base);
}

static int run(const char *executable, const char *mode, unsigned int lived_well_s)
{
	const struct child_program program = { .name = "a child", .executable = executable, .config_file = mode,
					       .descriptor = DESCRIPTOR, .restart_max_s = 2, .lived_well_s = lived_well_s };
	const struct child_callbacks callbacks = { on_started, on_readable, on_ended, &starts };

	return child_start(&child, base, &program, &callbacks);
}

/* A guard against a test that waits for ever. */
static void loop(unsigned int until_ends)
{
	wanted = until_ends;
	alarm(60);
	event_base_dispatch(base);
	alarm(0);
}

static int before(void **state)
{
	(void)state;
	starts = ends = 0;
	first_words = 0;
	memset(said, 0, sizeof(said));
	base = event_base_new();
	return base ? 0 : -1;
}

static int after(void **state)
{
	(void)state;
	child_stop(child);
	child = NULL;
	event_base_free(base);
	return 0;
}

static void one_that_ends_is_started_again_and_later_each_time(void **state)
{
	(void)state;
	assert_int_equal(run("/proc/self/exe", "dies", 60), 0);
	loop(4);
	assert_int_equal(starts, 4);
	assert_int_equal(child_restarts(child), 3);
	assert_int_equal(WEXITSTATUS(last_status), 3);
	assert_int_equal(waits[0], 1);
	assert_int_equal(waits[1], 2);
	assert_int_equal(waits[2], 2);
}

static void one_that_lived_well_is_started_again_soon(void **state)
{
	(void)state;
	assert_int_equal(run("/proc/self/exe", "lives", 1), 0);
	loop(3);
	assert_int_equal(waits[1], 1);
	assert_int_equal(waits[2], 1);
}

static void it_is_heard_and_hears(void **state)
{
	(void)state;
	assert_int_equal(run("/proc/self/exe", "echoes", 60), 0);
	assert_int_equal(send(child_fd(child), "word", 4, 0), 4);
	loop(0);
	assert_string_equal(said, "word");
}

static void one_put_down_is_replaced(void **state)
{
	pid_t first;

	(void)state;
	assert_int_equal(run("/proc/self/exe", "echoes", 60), 0);
	first = child_pid(child);
	child_put_down(child, "it lies");
	loop(1);
	assert_int_equal(WTERMSIG(last_status), SIGKILL);
	child_hurry(child);
	assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	assert_true(child_pid(child) > 0 && child_pid(child) != first);
	/* The pause that was hurried past starts no second one beside it. */
	first = child_pid(child);
	event_base_loopexit(base, &(struct timeval){ .tv_sec = 2 });
	loop(9);
	assert_int_equal(child_pid(child), first);
	assert_int_equal(starts, 2);
}

static void one_that_hangs_up_without_ending_is_ended(void **state)
{
	(void)state;
	assert_int_equal(run("/proc/self/exe", "hangs-up", 60), 0);
	loop(1);
	assert_int_equal(WTERMSIG(last_status), SIGKILL);
}

static void first_words_that_fail_hang_up_on_it(void **state)
{
	(void)state;
	first_words = -EIO;
	assert_int_equal(run("/proc/self/exe", "echoes", 60), 0);
	loop(1);
	assert_int_equal(starts, 1);
}

static void one_that_cannot_be_started_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(run("/nowhere/at-all", "", 60), -ENOENT);
	assert_non_null(child);
	assert_int_equal(child_pid(child), 0);
	event_base_loopexit(base, &(struct timeval){ .tv_sec = 4 });
	loop(9);
	assert_int_equal(child_restarts(child), 2);
	assert_int_equal(starts, 0);
}

static void no_change(pid_t pid, const char *why, void *arg)
{
	(void)pid;
	(void)why;
	(void)arg;
	fail();
}

/* It would be begun anew, and logged, each five seconds, if it were let go. */
static void an_engine_that_is_missing_is_kept_and_tried_again(void **state)
{
	const struct engine_callbacks callbacks = { .changed = no_change };
	struct engine_process *engine = NULL;

	(void)state;
	assert_int_equal(engine_process_start(&engine, base, "/nowhere/at-all", "", 1, &callbacks), -ENOENT);
	assert_non_null(engine);
	assert_int_equal(engine_process_pid(engine), 0);
	event_base_loopexit(base, &(struct timeval){ .tv_sec = 4 });
	loop(9);
	assert_int_equal(engine_process_restarts(engine), 2);
	engine_process_stop(engine);
}

static void a_stop_leaves_no_process(void **state)
{
	pid_t pid;

	(void)state;
	assert_int_equal(run("/proc/self/exe", "echoes", 60), 0);
	pid = child_pid(child);
	child_stop(child);
	child = NULL;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(ends, 0);
}

static int be_the_child(const char *mode)
{
	char word[8];
	ssize_t bytes;

	if (!strcmp(mode, "dies"))
		return 3;
	if (!strcmp(mode, "lives"))
		return sleep(3) ? 1 : 0;
	if (!strcmp(mode, "hangs-up")) {
		close(DESCRIPTOR);
		sleep(60);
	}
	while ((bytes = recv(DESCRIPTOR, word, sizeof(word), 0)) > 0)
		send(DESCRIPTOR, word, (size_t)bytes, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_that_ends_is_started_again_and_later_each_time, before, after),
		cmocka_unit_test_setup_teardown(one_that_lived_well_is_started_again_soon, before, after),
		cmocka_unit_test_setup_teardown(it_is_heard_and_hears, before, after),
		cmocka_unit_test_setup_teardown(one_put_down_is_replaced, before, after),
		cmocka_unit_test_setup_teardown(one_that_hangs_up_without_ending_is_ended, before, after),
		cmocka_unit_test_setup_teardown(first_words_that_fail_hang_up_on_it, before, after),
		cmocka_unit_test_setup_teardown(one_that_cannot_be_started_is_tried_again, before, after),
		cmocka_unit_test_setup_teardown(an_engine_that_is_missing_is_kept_and_tried_again, before, after),
		cmocka_unit_test_setup_teardown(a_stop_leaves_no_process, before, after),
	};

	if (argc == 3 && !strcmp(argv[1], "-c"))
		return be_the_child(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
