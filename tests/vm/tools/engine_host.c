// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for the warden: usage: engine_host ENGINE CONFIG PERIOD JITTER OPEN
 * (times in ms). Starts the engine, gives it a schedule with a key drawn
 * for the run, and prints what it says, a line a message. Ends the engine with
 * MESSAGE_STOP on SIGTERM, and then with the engine's own exit status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static pid_t start(const char *engine, const char *config, int pair[2])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (pair[1] != MESSAGE_FD)
		dup2(pair[1], MESSAGE_FD);
	execl(engine, engine, "-c", config, (char *)NULL);
	perror(engine);
	_exit(127);
}

static void show(const struct message *m)
{
	const struct message_channel *c = &m->status;

	if (m->kind == MESSAGE_READY)
		printf("ready\n");
	if (m->kind == MESSAGE_NOTE)
		printf("note %u %u %.*s\n", m->channel, m->priority, MESSAGE_TEXT_MAX, m->text);
	if (m->kind == MESSAGE_CHANNEL)
		printf("channel %u state=%u clients=%u spooled=%u suite=%x connects=%llu cells=%llu covers=%llu missed=%llu messages=%llu received=%llu\n",
		       m->channel, c->state, c->clients, c->spooled, c->suite, (unsigned long long)c->connects,
		       (unsigned long long)c->cells, (unsigned long long)c->covers,
		       (unsigned long long)c->slots_missed, (unsigned long long)c->messages,
		       (unsigned long long)c->received);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct message m = { .kind = MESSAGE_SCHEDULE };
	struct sigaction act = { .sa_handler = on_signal };
	int pair[2], status;
	pid_t pid;

	if (argc != 6)
		return 2;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return 1;
	m.schedule.period = strtoull(argv[3], NULL, 10) * 1000000;
	m.schedule.jitter = strtoull(argv[4], NULL, 10) * 1000000;
	m.schedule.open = strtoull(argv[5], NULL, 10) * 1000000;
	if (getrandom(m.schedule.key, sizeof(m.schedule.key), 0) != (ssize_t)sizeof(m.schedule.key))
		return 1;
	sigaction(SIGTERM, &act, NULL);
	pid = start(argv[1], argv[2], pair);
	printf("engine %d\n", pid);
	close(pair[1]);
	send(pair[0], &m, sizeof(m), MSG_NOSIGNAL);
	for (;;) {
		ssize_t n = recv(pair[0], &m, sizeof(m), 0);

		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n == (ssize_t)sizeof(m))
			show(&m);
		if (stopping == 1) {
			stopping = 2;
			m.kind = MESSAGE_STOP;
			send(pair[0], &m, sizeof(m), MSG_NOSIGNAL);
		}
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	printf("ended %d\n", status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
