// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listener.h"

#define BACKLOG 128

struct listener {
	struct event *event;
	int fd;
	bool (*accepted)(int fd, void *arg);
	void *arg;
};

static void acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (client >= 0 && !l->accepted(client, l->arg))
		event_del(l->event);
}

/* IPv4 by a socket of its own: a kernel may be without IPv6. */
static int bind_to(int *fd, const struct sockaddr_in6 *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = address->sin6_port };
	bool mapped = IN6_IS_ADDR_V4MAPPED(&address->sin6_addr);
	int one = 1;

	memcpy(&v4.sin_addr, &address->sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
	*fd = socket(mapped ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return -1;
	if (setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		return -1;
	if (mapped ? bind(*fd, (struct sockaddr *)&v4, sizeof(v4)) :
		     bind(*fd, (const struct sockaddr *)address, sizeof(*address)))
		return -1;
	return listen(*fd, BACKLOG);
}

struct listener *listener_new(struct event_base *base, const struct sockaddr_in6 *address,
			      bool (*accepted)(int fd, void *arg), void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));
	int saved;

	if (!l)
		return NULL;
	l->accepted = accepted;
	l->arg = arg;
	if (bind_to(&l->fd, address))
		goto out;
	l->event = event_new(base, l->fd, EV_READ | EV_PERSIST, acceptable, l);
	if (!l->event || event_add(l->event, NULL)) {
		errno = ENOMEM;
		goto out;
	}
	return l;
out:
	saved = errno;
	listener_free(l);
	errno = saved;
	return NULL;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	if (l->event)
		event_free(l->event);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

void listener_resume(struct listener *l)
{
	event_add(l->event, NULL);
}
