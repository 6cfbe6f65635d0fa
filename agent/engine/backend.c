// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "backend.h"

int backend_connect(const struct sockaddr_in6 *address)
{
	struct sockaddr_storage native;
	socklen_t bytes = address_native(address, &native);
	int one = 1, err;
	int fd = socket(native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		goto fail;
	if (connect(fd, (struct sockaddr *)&native, bytes) && errno != EINPROGRESS)
		goto fail;
	return fd;
fail:
	err = -errno;
	close(fd);
	return err;
}

int backend_probe(const struct sockaddr_in6 *address)
{
	int fd = backend_connect(address), err = 0;
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	socklen_t bytes = sizeof(err);

	if (fd < 0)
		return fd;
	if (poll(&ready, 1, 0) != 1)
		err = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &bytes))
		err = errno;
	close(fd);
	return -err;
}
