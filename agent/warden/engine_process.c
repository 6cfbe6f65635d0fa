// SPDX-License-Identifier: GPL-2.0
#include "engine_process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include <openssl/crypto.h>

#include "child.h"

#define STOP_WAIT_MS 2000
/* An engine that lived so long has started well: the next wait is short again. */
#define LIVED_WELL_S 60

struct engine_process {
	struct child *child;
	size_t channels;
	struct engine_callbacks callbacks;
	struct event *watch;
	time_t heard;
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void on_readable(void *arg)
{
	struct engine_process *e = arg;
	struct message m;
	size_t bytes;

	switch (message_receive(child_fd(e->child), &m, &bytes)) {
	case 0:
		e->heard = now_s();
		if (message_check(&m, bytes, e->channels))
			e->callbacks.message(&m, e->callbacks.arg);
		else
			child_put_down(e->child, "it sent a message that no engine sends");
		break;
	case -EAGAIN:
	case -EINTR:
		break;
	default:
		/* Its end is closed, which is the last thing that an engine does. */
		child_put_down(e->child, NULL);
	}
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct engine_process *e = arg;

	(void)fd;
	(void)what;
	if (child_pid(e->child) > 0 && now_s() - e->heard > ENGINE_SILENCE_MAX_S)
		child_put_down(e->child, "it hangs");
}

static int tell_schedule(struct engine_process *e)
{
	struct message m = { .kind = MESSAGE_SCHEDULE };
	int error = e->callbacks.schedule(&m.schedule, e->callbacks.arg);

	if (!error)
		error = message_send(child_fd(e->child), &m);

	OPENSSL_cleanse(&m, sizeof(m));
	return error;
}

static int on_started(void *arg)
{
	struct engine_process *e = arg;
	int error;

	e->heard = now_s();
	error = tell_schedule(e);
	e->callbacks.changed(child_pid(e->child), "started", e->callbacks.arg);
	return error;
}

static void on_ended(int status, unsigned int wait_s, void *arg)
{
	struct engine_process *e = arg;
	char why[64];

	(void)wait_s;
	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "exit status %d", WEXITSTATUS(status));
	e->callbacks.changed(0, why, e->callbacks.arg);
}

int engine_process_start(struct engine_process **engine, struct event_base *base, const char *executable,
			 const char *config_file, size_t channels, const struct engine_callbacks *callbacks)
{
	const struct timeval watch = { .tv_sec = ENGINE_SILENCE_MAX_S / 4 };
	const struct child_program program = { .name = "engine", .executable = executable, .config_file = config_file,
					       .descriptor = MESSAGE_FD, .restart_max_s = ENGINE_RESTART_MAX_S,
					       .lived_well_s = LIVED_WELL_S };
	struct engine_process *e = calloc(1, sizeof(*e));
	const struct child_callbacks mine = { .started = on_started, .readable = on_readable, .ended = on_ended, .arg = e };
	int error;

	if (!e)
		return -ENOMEM;
	e->channels = channels;
	e->callbacks = *callbacks;
	e->watch = event_new(base, -1, EV_PERSIST, on_watch, e);
	if (!e->watch)
		goto fail;
	error = child_start(&e->child, base, &program, &mine);
	if (!e->child || event_add(e->watch, &watch))
		goto fail;
	*engine = e;
	return error;
fail:
	engine_process_stop(e);
	return -ENOMEM;
}

pid_t engine_process_pid(const struct engine_process *e)
{
	return child_pid(e->child);
}

unsigned int engine_process_restarts(const struct engine_process *e)
{
	return child_restarts(e->child);
}

int engine_process_send(struct engine_process *e, const struct message *m, int passed)
{
	return child_pid(e->child) > 0 ? message_send_with(child_fd(e->child), m, passed) : -ESRCH;
}

void engine_process_hurry(struct engine_process *e)
{
	child_hurry(e->child);
}

/* Wait until the engine has closed its end, which is the last thing it does; then it need not live on. */
static void wait_for_end(struct engine_process *e)
{
	struct message stop = { .kind = MESSAGE_STOP };
	struct pollfd end = { .fd = child_fd(e->child), .events = 0 };

	message_send(end.fd, &stop);
	poll(&end, 1, STOP_WAIT_MS);
}

void engine_process_stop(struct engine_process *e)
{
	if (!e)
		return;
	if (e->watch)
		event_free(e->watch);
	if (e->child && child_pid(e->child) > 0)
		wait_for_end(e);
	child_stop(e->child);
	free(e);
}
