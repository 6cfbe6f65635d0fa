// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
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

/* [::] means all; and an address of the uplink may come later than this program. */
static int set_options(int fd, const struct sockaddr_in6 *address)
{
	int one = 1, zero = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		return -1;
	if (IN6_IS_ADDR_UNSPECIFIED(&address->sin6_addr) &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)))
		return -1;
	if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr))
		return setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	return setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one));
}

static int bind_to(int *fd, const struct sockaddr_in6 *address)
{
	struct sockaddr_storage native;
	socklen_t bytes = address_native(address, &native);

	*fd = socket(native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || set_options(*fd, address))
		return -1;
	if (bind(*fd, (struct sockaddr *)&native, bytes))
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
