// SPDX-License-Identifier: GPL-2.0
#include "names_watch.h"

#include <errno.h>
#include <event2/dns.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "names.h"

#define RESTART_MAX_S 60
/* Answers come by their time to live: who sends more than this in a row has lost our trust. */
#define ANSWERS_MAX (4 * CONFIG_HOSTS_MAX)

/* What was said last of a name: once an episode. */
enum said { SAID_NOTHING, SAID_FAILED, SAID_KNOWN };

struct name {
	const char *host;
	uint64_t id;
	enum said said[2];	/* by family */
	unsigned int count[2];	/* addresses in the last answer */
	char error[64];
};

struct names_watch {
	struct event_base *base;
	const char *executable;
	const char *config_file;
	struct guard *guard;
	struct journal *journal;
	struct name names[CONFIG_HOSTS_MAX];
	size_t count;
	struct event *readable;
	struct event *child;
	struct event *again;
	unsigned int answers;	/* since the last tick */
	unsigned int wait_s;
	pid_t pid;
	int fd;
};

static const char *const families[] = { "IPv4", "IPv6" };

static const char *why(uint32_t error)
{
	switch (error) {
	case DNS_ERR_NOTEXIST:
		return "there is no such name";
	case DNS_ERR_TIMEOUT:
		return "no resolver answered";
	case DNS_ERR_REFUSED:
		return "the resolver refuses to answer";
	case DNS_ERR_TRUNCATED:
		return "the answer is too long for UDP";
	case DNS_ERR_SERVERFAILED:
		return "the resolver failed";
	}
	return "the resolver's answer makes no sense";
}

static void on_failure(struct names_watch *n, struct name *name, const struct names_answer *a)
{
	snprintf(name->error, sizeof(name->error), "%s: %s", families[a->ipv6], why(a->error));
	if (name->said[a->ipv6] == SAID_FAILED)
		return;
	name->said[a->ipv6] = SAID_FAILED;
	journal_add(n->journal, LOG_WARNING, "guard", "name", NULL,
		    "%s, which a rule names, cannot be resolved (%s): %s; the last answer holds; see to the resolvers",
		    name->host, families[a->ipv6], why(a->error));
}

static void on_addresses(struct names_watch *n, struct name *name, const struct names_answer *a)
{
	bool news = name->said[a->ipv6] != SAID_KNOWN || name->count[a->ipv6] != a->count;
	int error = guard_named_set(n->guard, name->id, a->ipv6 ? AF_INET6 : AF_INET, a->addr, a->count);

	name->said[a->ipv6] = SAID_KNOWN;
	name->count[a->ipv6] = a->count;
	name->error[0] = 0;
	if (error)
		snprintf(name->error, sizeof(name->error), "there is no room for all its addresses");
	if (error && news)
		journal_add(n->journal, LOG_ERR, "guard", "name", NULL,
			    "%s: there is no room for all its addresses, %u in all; name fewer hosts in rules", name->host,
			    TACIT_NAMED_MAX);
	else if (news && a->count)
		journal_add(n->journal, LOG_INFO, "guard", "name", NULL, "%s has %u addresses of %s", name->host, a->count,
			    families[a->ipv6]);
	if (name->said[0] == SAID_KNOWN && name->said[1] == SAID_KNOWN && !name->count[0] && !name->count[1] && news)
		journal_add(n->journal, LOG_WARNING, "guard", "name", NULL,
			    "%s, which a rule names, has no address: the rule lets nothing out; see to the name", name->host);
}

static void put_down(struct names_watch *n, const char *reason)
{
	log_error("resolver: %s; it is killed and started again", reason);
	event_del(n->readable);
	kill(n->pid, SIGKILL);
}

/* NULL for one that no rule of ours names: the file was edited, and this process read it before that. */
static struct name *named(struct names_watch *n, const char *host)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->names[i].host, host))
			return &n->names[i];
	return NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct names_watch *n = arg;
	struct names_answer a;
	struct name *name;
	ssize_t bytes = recv(fd, &a, sizeof(a), MSG_DONTWAIT | MSG_TRUNC);

	(void)what;
	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (bytes <= 0) {
		/* Its end is closed; SIGCHLD follows. */
		event_del(n->readable);
		kill(n->pid, SIGKILL);
		return;
	}
	if (++n->answers > ANSWERS_MAX || !names_check(&a, (size_t)bytes, CONFIG_HOSTS_MAX)) {
		put_down(n, "it sent what no resolver sends");
		return;
	}
	name = named(n, a.name);
	if (name && a.error)
		on_failure(n, name, &a);
	else if (name)
		on_addresses(n, name, &a);
}

static int spawn(struct names_watch *n, int fd)
{
	char *const argv[] = { (char *)n->executable, "-c", (char *)n->config_file, NULL };
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
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, fd, NAMES_FD);
	if (!error)
		error = posix_spawn(&n->pid, n->executable, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
no_attributes:
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		n->pid = 0;
	return -error;
}

static int start(struct names_watch *n)
{
	int pair[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	error = spawn(n, pair[1]);
	close(pair[1]);
	if (error) {
		close(pair[0]);
		return error;
	}
	n->fd = pair[0];
	n->readable = event_new(n->base, n->fd, EV_READ | EV_PERSIST, on_readable, n);
	if (!n->readable || event_add(n->readable, NULL))
		shutdown(n->fd, SHUT_RDWR);
	return 0;
}

static void arm_restart(struct names_watch *n)
{
	struct timeval wait = { .tv_sec = n->wait_s };

	n->wait_s = n->wait_s * 2 > RESTART_MAX_S ? RESTART_MAX_S : n->wait_s * 2;
	event_add(n->again, &wait);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct names_watch *n = arg;
	int error = start(n);

	(void)fd;
	(void)what;
	if (!error)
		return;
	log_error("cannot start %s: %s", n->executable, strerror(-error));
	arm_restart(n);
}

static void close_end(struct names_watch *n)
{
	if (n->readable)
		event_free(n->readable);
	n->readable = NULL;
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static void on_child(evutil_socket_t signal, short what, void *arg)
{
	struct names_watch *n = arg;

	(void)signal;
	(void)what;
	if (n->pid <= 0 || waitpid(n->pid, NULL, WNOHANG) != n->pid)
		return;
	n->pid = 0;
	close_end(n);
	journal_add(n->journal, LOG_WARNING, "guard", "resolver", NULL,
		    "the resolver ended; the last answers hold, it is started again in %u s", n->wait_s);
	arm_restart(n);
}

int names_watch_start(struct names_watch **names, struct event_base *base, const char *executable,
		      const char *config_file, const struct config *config, struct guard *guard, struct journal *journal)
{
	const char *hosts[CONFIG_HOSTS_MAX];
	size_t count = names_hosts(config, hosts);
	struct names_watch *n;

	*names = NULL;
	if (!count)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->base = base;
	n->executable = executable;
	n->config_file = config_file;
	n->guard = guard;
	n->journal = journal;
	n->fd = -1;
	n->wait_s = 1;
	for (; n->count < count; n->count++) {
		n->names[n->count].host = hosts[n->count];
		n->names[n->count].id = guard_host_id(hosts[n->count]);
	}
	n->child = evsignal_new(base, SIGCHLD, on_child, n);
	n->again = evtimer_new(base, on_again, n);
	if (!n->child || !n->again || event_add(n->child, NULL)) {
		names_watch_stop(n);
		return -ENOMEM;
	}
	on_again(-1, 0, n);
	*names = n;
	return 0;
}

void names_watch_tick(struct names_watch *n, struct guard *guard)
{
	uint64_t ids[CONFIG_HOSTS_MAX];
	size_t count = n ? n->count : 0;

	if (n)
		n->answers = 0;
	for (size_t i = 0; i < count; i++)
		ids[i] = n->names[i].id;
	guard_named_sweep(guard, ids, count);
}

static void add_address(const uint8_t addr[16], const struct tacit_named *named, void *context)
{
	struct json_object *o = json_object_new_object();
	char text[GUARD_ADDRESS_MAX];

	guard_host(addr, text);
	json_object_object_add(o, "address", json_object_new_string(text));
	json_object_object_add(o, "old", json_object_new_boolean(named->old != 0));
	json_object_array_add(context, o);
}

void names_watch_json(const struct names_watch *n, const char *host, struct json_object *rule)
{
	struct json_object *addresses;

	for (size_t i = 0; n && i < n->count; i++) {
		if (strcmp(n->names[i].host, host))
			continue;
		addresses = json_object_new_array();
		guard_named(n->guard, n->names[i].id, add_address, addresses);
		json_object_object_add(rule, "addresses", addresses);
		if (n->names[i].error[0])
			json_object_object_add(rule, "error", json_object_new_string(n->names[i].error));
	}
}

void names_watch_stop(struct names_watch *n)
{
	if (!n)
		return;
	if (n->child)
		event_free(n->child);
	if (n->again)
		event_free(n->again);
	if (n->pid > 0) {
		kill(n->pid, SIGKILL);
		waitpid(n->pid, NULL, 0);
	}
	close_end(n);
	free(n);
}
