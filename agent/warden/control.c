// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
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

/* What an asker may leave unread before it is dropped, bytes. */
#define BACKLOG_MAX (512 * 1024)

struct client {
	struct control *control;
	struct bufferevent *stream;
	bool monitor;
	bool last; /* closes when all is written */
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
	control_status status;
	void *arg;
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

static void answer_status(struct client *client)
{
	struct json_object *status = client->control->status(client->control->arg);

	if (!status) {
		client_drop(client);
		return;
	}
	client->last = true;
	client_send(client, status);
	json_object_put(status);
}

static void answer_report(struct client *client, const struct report *report)
{
	struct json_object *answer = report->answer(client->control->arg);

	if (!answer) {
		client_drop(client);
		return;
	}
	client->last = true;
	client_send(client, answer);
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
	if (!strcmp(line, "status") && !client->last)
		answer_status(client);
	else if (!strcmp(line, "monitor"))
		client->monitor = true;
	else if (report_named(client->control, line) && !client->last)
		answer_report(client, report_named(client->control, line));
	else
		client_drop(client);
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
		close(fd);
		return;
	}
	client->control = c;
	bufferevent_setcb(client->stream, on_read, on_written, on_end, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, CONTROL_LINE_MAX + 1);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

void control_publish(struct control *c, struct json_object *entry)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].monitor)
			client_send(&c->clients[i], entry);
}

/* One tacitd a socket: the lock is held as long as the process lives, however it dies. */
static int take_lock(struct control *c)
{
	char path[sizeof(c->address.sun_path) + 8];
	int error;

	snprintf(path, sizeof(path), "%s.lock", c->address.sun_path);
	c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return -errno;
	if (flock(c->lock, LOCK_EX | LOCK_NB)) {
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

int control_open(struct control **control, struct event_base *base, const char *path, control_status status, void *arg)
{
	struct control *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->lock = -1;
	c->status = status;
	c->arg = arg;
	c->address.sun_family = AF_UNIX;
	error = -ENAMETOOLONG;
	if (strlen(path) >= sizeof(c->address.sun_path))
		goto fail;
	strcpy(c->address.sun_path, path);
	error = make_directory(path);
	if (error)
		goto fail;
	error = take_lock(c);
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
