// SPDX-License-Identifier: GPL-2.0
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

struct child {
	struct event_base *base;
	struct child_program program;
	struct child_callbacks callbacks;
	struct event *readable;
	struct event *ended;
	struct event *again;
	pid_t pid;
	int fd;
	time_t started;
	unsigned int wait_s;
	unsigned int restarts;
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int spawn(struct child *c, int fd)
{
	char *const argv[] = { (char *)c->program.executable, "-c", (char *)c->program.config_file, NULL };
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
	/* dup2 clears close-on-exec, also where fd is that descriptor already. */
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, fd, c->program.descriptor);
	if (!error)
		error = posix_spawn(&c->pid, c->program.executable, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
no_attributes:
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		c->pid = 0;
	return -error;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	c->callbacks.readable(c->callbacks.arg);
}

static int start(struct child *c)
{
	int pair[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	error = spawn(c, pair[1]);
	close(pair[1]);
	if (error) {
		close(pair[0]);
		return error;
	}
	c->fd = pair[0];
	c->started = now_s();
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	c->readable = event_new(c->base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
	if (!c->readable || event_add(c->readable, NULL) || c->callbacks.started(c->callbacks.arg))
		/* It cannot work without: its end closes, SIGCHLD starts the next. */
		shutdown(c->fd, SHUT_RDWR);
	return 0;
}

static void arm_restart(struct child *c)
{
	struct timeval wait = { .tv_sec = c->wait_s };
	unsigned int next = c->wait_s * 2;

	c->wait_s = next > c->program.restart_max_s ? c->program.restart_max_s : next;
	event_add(c->again, &wait);
}

static int start_or_wait(struct child *c)
{
	int error = start(c);

	if (error) {
		log_error("%s: cannot start %s: %s", c->program.name, c->program.executable, strerror(-error));
		arm_restart(c);
	}
	return error;
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	c->restarts++;
	start_or_wait(c);
}

static void hang_up(struct child *c)
{
	if (c->readable)
		event_free(c->readable);
	c->readable = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->pid = 0;
}

static void on_ended(evutil_socket_t signal, short what, void *arg)
{
	struct child *c = arg;
	int status;

	(void)signal;
	(void)what;
	if (c->pid <= 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	if (now_s() - c->started > (time_t)c->program.lived_well_s)
		c->wait_s = 1;
	hang_up(c);
	c->callbacks.ended(status, c->wait_s, c->callbacks.arg);
	arm_restart(c);
}

int child_start(struct child **child, struct event_base *base, const struct child_program *program,
		const struct child_callbacks *callbacks)
{
	struct child *c = calloc(1, sizeof(*c));

	*child = NULL;
	if (!c)
		return -ENOMEM;
	c->base = base;
	c->program = *program;
	c->callbacks = *callbacks;
	c->fd = -1;
	c->wait_s = 1;
	c->ended = evsignal_new(base, SIGCHLD, on_ended, c);
	c->again = evtimer_new(base, on_again, c);
	if (!c->ended || !c->again || event_add(c->ended, NULL)) {
		child_stop(c);
		return -ENOMEM;
	}
	*child = c;
	return start_or_wait(c);
}

pid_t child_pid(const struct child *child)
{
	return child->pid;
}

int child_fd(const struct child *child)
{
	return child->fd;
}

unsigned int child_restarts(const struct child *child)
{
	return child->restarts;
}

void child_put_down(struct child *child, const char *why)
{
	if (child->pid <= 0)
		return;
	if (why)
		log_error("%s: %s; it is killed and started again", child->program.name, why);
	if (child->readable)
		event_del(child->readable);
	kill(child->pid, SIGKILL);
}

void child_hurry(struct child *child)
{
	if (child->pid > 0)
		return;
	child->wait_s = 1;
	event_active(child->again, EV_TIMEOUT, 1);
}

void child_stop(struct child *child)
{
	if (!child)
		return;
	if (child->ended)
		event_free(child->ended);
	if (child->again)
		event_free(child->again);
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	hang_up(child);
	free(child);
}
