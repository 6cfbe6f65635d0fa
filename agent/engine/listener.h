/* SPDX-License-Identifier: GPL-2.0 */
/* Where others connect: apps on loopback, or clients on the uplink. */
#ifndef LISTENER_H
#define LISTENER_H

#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>

struct listener;

/*
 * listener_new - bind and listen
 * @address: IPv4 as ::ffff:a.b.c.d
 * @accepted: takes the connection's non-blocking descriptor; returns false if
 *	no more are wanted until listener_resume(): they wait in the kernel's queue
 *
 * Return: the listener, or NULL with errno set.
 */
struct listener *listener_new(struct event_base *base, const struct sockaddr_in6 *address,
			      bool (*accepted)(int fd, void *arg), void *arg);
void listener_free(struct listener *listener);

void listener_resume(struct listener *listener);

#endif
