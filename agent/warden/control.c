// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "key_name.h"
#include "log.h"

/* Who asks nothing in this time gives its place up. */
static const struct timeval PATIENCE = { .tv_sec = 10 };

/* What an asker may leave unread before it is dropped, bytes. */
#define BACKLOG_MAX (512 * 1024)

struct client {
	struct control *control;
	struct bufferevent *stream;
	bool monitor;
	bool last; /* closes when all is written */
	uint64_t ticket; /* an answer is owed */
};

struct report {
	const char *word;
	control_status answer;
};

struct control {
	struct evconnlistener *listener;
	struct client clients[CONTROL_CLIENTS_MAX];
	struct sockaddr_un address;
	struct report reports[CONTROL_REPORTS_MAX];
	int lock;
	struct control_handlers handlers;
	uint64_t tickets; /* given out so far */
	bool crowded; /* somebody found no place, and the log has it */
};

static void client_drop(struct client *client)
{
	bufferevent_free(client->stream);
	memset(client, 0, sizeof(*client));
}

static void client_send(struct client *client, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);

	if (bufferevent_write(client->stream, text, strlen(text)) || bufferevent_write(client->stream, "\n", 1) ||
	    evbuffer_get_length(bufferevent_get_output(client->stream)) > BACKLOG_MAX)
		client_drop(client);
}

static void answer_with(struct client *client, struct json_object *answer)
{
	client->ticket = 0;
	client->last = true;
	client_send(client, answer);
}

static void answer_report(struct client *client, control_status report)
{
	struct json_object *answer = report(client->control->handlers.arg);

	if (!answer) {
		client_drop(client);
		return;
	}
	answer_with(client, answer);
	json_object_put(answer);
}

static const struct report *report_named(const struct control *c, const char *word)
{
	for (size_t i = 0; i < CONTROL_REPORTS_MAX; i++)
		if (c->reports[i].word && !strcmp(c->reports[i].word, word))
			return &c->reports[i];
	return NULL;
}

void control_serve(struct control *c, const char *word, control_status answer)
{
	for (size_t i = 0; i < CONTROL_REPORTS_MAX; i++) {
		if (c->reports[i].word)
			continue;
		c->reports[i] = (struct report){ word, answer };
		return;
	}
}

static void answer_certificate(struct client *client, const char *key, bool reconnect)
{
	struct control *c = client->control;
	struct json_object *answer;

	client->ticket = ++c->tickets;
	answer = c->handlers.certificate(key, reconnect, client->ticket, c->handlers.arg);
	if (!answer)
		return;
	answer_with(client, answer);
	json_object_put(answer);
}

void control_answer(struct control *c, uint64_t ticket, struct json_object *answer)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (!c->clients[i].stream || c->clients[i].ticket != ticket)
			continue;
		answer_with(&c->clients[i], answer);
		return;
	}
}

static void hear_second(struct client *client)
{
	struct control *c = client->control;
	struct ucred peer = { 0 };
	socklen_t bytes = sizeof(peer);

	if (!getsockopt(bufferevent_getfd(client->stream), SOL_SOCKET, SO_PEERCRED, &peer, &bytes))
		c->handlers.second(peer.pid, c->handlers.arg);
	client_drop(client);
}

/* What follows `word` and a blank, if that is a key's name; else NULL. */
static const char *key_behind(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && line[n] == ' ' && key_name_valid(line + n + 1) ? line + n + 1 : NULL;
}

/* "open SECONDS" or "close". Return: false for anything else. */
static bool let_out_asked(const char *line, uint64_t *seconds)
{
	const char *digits = line + 5;

	*seconds = 0;
	if (!strcmp(line, "close"))
		return true;
	if (strncmp(line, "open ", 5) || strlen(digits) > 9 || !*digits || digits[strspn(digits, "0123456789")])
		return false;
	*seconds = strtoull(digits, NULL, 10);
	return *seconds != 0;
}

static void answer_once(struct client *client, struct json_object *answer)
{
	if (!answer) {
		client_drop(client);
		return;
	}
	answer_with(client, answer);
	json_object_put(answer);
}

/* Monitors stay for as long as they like: some places are for who asks and goes. */
static void start_monitor(struct client *client)
{
	struct json_object *refusal;
	size_t monitors = 0;
	char text[128];

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		monitors += client->control->clients[i].monitor;
	if (monitors < CONTROL_MONITORS_MAX) {
		client->monitor = true;
		return;
	}
	snprintf(text, sizeof(text), "%d follow the events already, and no more can; end a `tacit monitor` or `tacit guard learn`",
		 CONTROL_MONITORS_MAX);
	refusal = json_object_new_object();
	json_object_object_add(refusal, "error", json_object_new_string(text));
	answer_once(client, refusal);
}

/* One question a connection. */
static void ask(struct client *client, const char *line)
{
	const struct control_handlers *h = &client->control->handlers;
	uint64_t seconds;

	bufferevent_set_timeouts(client->stream, NULL, NULL);
	if (client->last || client->ticket || client->monitor)
		client_drop(client);
	else if (!strcmp(line, "status"))
		answer_report(client, client->control->handlers.status);
	else if (!strcmp(line, "monitor"))
		start_monitor(client);
	else if (!strcmp(line, "second"))
		hear_second(client);
	else if (report_named(client->control, line))
		answer_report(client, report_named(client->control, line)->answer);
	else if (let_out_asked(line, &seconds))
		answer_once(client, h->open(seconds, h->arg));
	else if (!strcmp(line, "hold") || !strcmp(line, "release"))
		answer_once(client, h->hold(!strcmp(line, "hold"), h->arg));
	else if (key_behind(line, "certificate"))
		answer_certificate(client, key_behind(line, "certificate"), false);
	else if (key_behind(line, "reconnect"))
		answer_certificate(client, key_behind(line, "reconnect"), true);
	else
		client_drop(client);
}

static void on_read(struct bufferevent *stream, void *arg)
{
	struct client *client = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF);

	if (!line) {
		if (evbuffer_get_length(input) > CONTROL_LINE_MAX)
			client_drop(client);
		return;
	}
	ask(client, line);
	free(line);
}

static void on_written(struct bufferevent *stream, void *arg)
{
	struct client *client = arg;

	(void)stream;
	if (client->last)
		client_drop(client);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	(void)what;
	client_drop(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int bytes, void *arg)
{
	struct control *c = arg;
	struct client *client = NULL;

	(void)from;
	(void)bytes;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX && !client; i++)
		if (!c->clients[i].stream)
			client = &c->clients[i];
	if (client)
		client->stream = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->stream) {
		if (!c->crowded)
			log_warning("no place for another asker at %s: end a `tacit monitor`, or what only connects to it",
				    c->address.sun_path);
		c->crowded = true;
		close(fd);
		return;
	}
	c->crowded = false;
	client->control = c;
	bufferevent_setcb(client->stream, on_read, on_written, on_end, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, CONTROL_LINE_MAX + 1);
	bufferevent_set_timeouts(client->stream, &PATIENCE, NULL);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

void control_publish(struct control *c, struct json_object *entry)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].monitor)
			client_send(&c->clients[i], entry);
}

/* One tacitd a socket: the lock is held as long as the process lives, however it dies. */
int control_lock(const char *path, int *lock)
{
	char file[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	int error;

	snprintf(file, sizeof(file), "%s.lock", path);
	*lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock < 0)
		return -errno;
	if (flock(*lock, LOCK_EX | LOCK_NB)) {
		error = errno;
		return error == EWOULDBLOCK ? -EADDRINUSE : -error;
	}
	return 0;
}

static int make_directory(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	if (mkdir(dirname(copy), 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

/* Best effort: its journal shall know as well. */
static void tell_first(const struct control *c)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (!connect(fd, (const struct sockaddr *)&c->address, sizeof(c->address)))
		send(fd, "second\n", 7, MSG_NOSIGNAL);
	close(fd);
}

static int listen_on(struct control *c, struct event_base *base)
{
	mode_t before = umask(0177);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	unlink(c->address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&c->address, sizeof(c->address)))
		error = -errno;
	umask(before);
	if (!error) {
		c->listener = evconnlistener_new(base, on_accept, c, LEV_OPT_CLOSE_ON_FREE, 8, fd);
		error = c->listener ? 0 : -ENOMEM;
	}
	if (error && fd >= 0)
		close(fd);
	return error;
}

int control_open(struct control **control, struct event_base *base, const char *path,
		 const struct control_handlers *handlers)
{
	struct control *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->lock = -1;
	c->handlers = *handlers;
	c->address.sun_family = AF_UNIX;
	error = -ENAMETOOLONG;
	if (strlen(path) >= sizeof(c->address.sun_path))
		goto fail;
	strcpy(c->address.sun_path, path);
	error = make_directory(path);
	if (error)
		goto fail;
	error = control_lock(c->address.sun_path, &c->lock);
	if (error == -EADDRINUSE)
		tell_first(c);
	if (error)
		goto fail;
	error = listen_on(c, base);
	if (error)
		goto fail;
	*control = c;
	return 0;
fail:
	if (c->lock >= 0)
		close(c->lock);
	free(c);
	return error;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].stream)
			client_drop(&c->clients[i]);
	unlink(c->address.sun_path);
	evconnlistener_free(c->listener);
	close(c->lock);
	free(c);
}
