// SPDX-License-Identifier: GPL-2.0
#include "engine_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "log.h"

#define STOP_WAIT_MS 2000
/* An engine that lived so long has started well: the next wait is short again. */
#define LIVED_WELL_S 60

struct engine_process {
	struct event_base *base;
	const char *executable;
	const char *config_file;
	size_t channels;
	struct engine_callbacks callbacks;
	struct event *readable;
	struct event *child;
	struct event *again;
	struct event *watch;
	pid_t pid;
	int fd;
	time_t started;
	time_t heard;
	unsigned int wait_s;
	unsigned int restarts;
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* It has lost our trust, or its mind: SIGCHLD follows, and a new one. */
static void put_down(struct engine_process *e, const char *why)
{
	log_error("engine: %s; it is killed and started again", why);
	event_del(e->readable);
	kill(e->pid, SIGKILL);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct engine_process *e = arg;
	struct message m;
	size_t bytes;

	(void)what;
	switch (message_receive(fd, &m, &bytes)) {
	case 0:
		e->heard = now_s();
		if (message_check(&m, bytes, e->channels))
			e->callbacks.message(&m, e->callbacks.arg);
		else
			put_down(e, "it sent a message that no engine sends");
		break;
	case -EAGAIN:
	case -EINTR:
		break;
	default:
		/* Its end is closed, which is the last thing that an engine does. */
		event_del(e->readable);
		kill(e->pid, SIGKILL);
	}
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct engine_process *e = arg;

	(void)fd;
	(void)what;
	if (e->pid > 0 && now_s() - e->heard > ENGINE_SILENCE_MAX_S)
		put_down(e, "it hangs");
}

static int spawn(struct engine_process *e, int fd)
{
	char *const argv[] = { (char *)e->executable, "-c", (char *)e->config_file, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	error = posix_spawn_file_actions_init(&actions);
	if (error)
		return -error;
	error = posix_spawnattr_init(&attributes);
	if (error)
		goto no_attributes;
	error = posix_spawnattr_setsigmask(&attributes, &none);
	if (!error)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	/* dup2 clears close-on-exec, also where fd is MESSAGE_FD already. */
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, fd, MESSAGE_FD);
	if (!error)
		error = posix_spawn(&e->pid, e->executable, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
no_attributes:
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		e->pid = 0;
	return -error;
}

static int tell_schedule(struct engine_process *e)
{
	struct message m = { .kind = MESSAGE_SCHEDULE };
	int error = e->callbacks.schedule(&m.schedule, e->callbacks.arg);

	if (!error)
		error = message_send(e->fd, &m);

	OPENSSL_cleanse(&m, sizeof(m));
	return error;
}

static int start(struct engine_process *e)
{
	int pair[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	error = spawn(e, pair[1]);
	close(pair[1]);
	if (error) {
		close(pair[0]);
		return error;
	}
	e->fd = pair[0];
	e->started = e->heard = now_s();
	fcntl(e->fd, F_SETFL, O_NONBLOCK);
	e->readable = event_new(e->base, e->fd, EV_READ | EV_PERSIST, on_readable, e);
	if (!e->readable || event_add(e->readable, NULL) || tell_schedule(e))
		/* It cannot work without: its end closes, SIGCHLD starts the next. */
		shutdown(e->fd, SHUT_RDWR);
	e->callbacks.changed(e->pid, "started", e->callbacks.arg);
	return 0;
}

static void arm_restart(struct engine_process *e)
{
	struct timeval wait = { .tv_sec = e->wait_s };

	e->wait_s = e->wait_s * 2 > ENGINE_RESTART_MAX_S ? ENGINE_RESTART_MAX_S : e->wait_s * 2;
	event_add(e->again, &wait);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct engine_process *e = arg;
	int error;

	(void)fd;
	(void)what;
	e->restarts++;
	error = start(e);
	if (error) {
		log_error("engine: cannot start %s: %s", e->executable, strerror(-error));
		arm_restart(e);
	}
}

static void ended(struct engine_process *e, int status)
{
	char why[64];

	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "exit status %d", WEXITSTATUS(status));
	if (e->readable)
		event_free(e->readable);
	e->readable = NULL;
	close(e->fd);
	e->fd = -1;
	e->pid = 0;
	e->callbacks.changed(0, why, e->callbacks.arg);
}

static void on_child(evutil_socket_t signal, short what, void *arg)
{
	struct engine_process *e = arg;
	int status;

	(void)signal;
	(void)what;
	if (e->pid <= 0 || waitpid(e->pid, &status, WNOHANG) != e->pid)
		return;
	if (now_s() - e->started > LIVED_WELL_S)
		e->wait_s = 1;
	ended(e, status);
	arm_restart(e);
}

int engine_process_start(struct engine_process **engine, struct event_base *base, const char *executable,
			 const char *config_file, size_t channels, const struct engine_callbacks *callbacks)
{
	const struct timeval watch = { .tv_sec = ENGINE_SILENCE_MAX_S / 4 };
	struct engine_process *e = calloc(1, sizeof(*e));
	int error = -ENOMEM;

	if (!e)
		return error;
	e->base = base;
	e->executable = executable;
	e->config_file = config_file;
	e->channels = channels;
	e->callbacks = *callbacks;
	e->fd = -1;
	e->wait_s = 1;
	e->child = evsignal_new(base, SIGCHLD, on_child, e);
	e->again = evtimer_new(base, on_again, e);
	e->watch = event_new(base, -1, EV_PERSIST, on_watch, e);
	if (!e->child || !e->again || !e->watch || event_add(e->child, NULL) || event_add(e->watch, &watch))
		goto fail;
	error = start(e);
	if (error)
		goto fail;
	*engine = e;
	return 0;
fail:
	engine_process_stop(e);
	return error;
}

pid_t engine_process_pid(const struct engine_process *e)
{
	return e->pid;
}

unsigned int engine_process_restarts(const struct engine_process *e)
{
	return e->restarts;
}

int engine_process_send(struct engine_process *e, const struct message *m, int passed)
{
	return e->pid > 0 ? message_send_with(e->fd, m, passed) : -ESRCH;
}

void engine_process_hurry(struct engine_process *e)
{
	if (e->pid > 0)
		return;
	e->wait_s = 1;
	event_active(e->again, EV_TIMEOUT, 1);
}

/* Wait until the engine has closed its end, which is the last thing it does; then it need not live on. */
static void wait_for_end(struct engine_process *e)
{
	struct message stop = { .kind = MESSAGE_STOP };
	struct pollfd end = { .fd = e->fd, .events = 0 };

	message_send(e->fd, &stop);
	poll(&end, 1, STOP_WAIT_MS);
	kill(e->pid, SIGKILL);
	waitpid(e->pid, NULL, 0);
}

void engine_process_stop(struct engine_process *e)
{
	if (!e)
		return;
	if (e->child)
		event_free(e->child);
	if (e->again)
		event_free(e->again);
	if (e->watch)
		event_free(e->watch);
	if (e->pid > 0)
		wait_for_end(e);
	if (e->readable)
		event_free(e->readable);
	if (e->fd >= 0)
		close(e->fd);
	free(e);
}
