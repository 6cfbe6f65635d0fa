/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host names to addresses, without blocking (libevent's evdns). resolv.conf and
 * hosts are read when it is made: later there is no file to be seen.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESOLVER_ADDRESSES_MAX 8

struct resolver;
struct resolver_request;

/* As the sockets API wants it. */
struct resolver_address {
	socklen_t bytes;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

/*
 * `count` is 0 if there is none; then `error` says why. The request is gone.
 */
typedef void resolver_done(const struct resolver_address *addresses, size_t count, const char *error, void *arg);

/* Without a name server in resolv.conf only resolving fails, and says so. Return: NULL if there is no memory. */
struct resolver *resolver_new(struct event_base *base);
void resolver_free(struct resolver *resolver);

/* Return: true with *address filled in if `host` is an address itself: nothing needs to be asked. */
bool resolver_literal(const char *host, uint16_t port, struct resolver_address *address);

/*
 * Return: the request, which resolver_cancel() may end; NULL if done() was
 * called already, from within.
 */
struct resolver_request *resolver_start(struct resolver *resolver, const char *host, uint16_t port,
					resolver_done *done, void *arg);

/* done() will not be called. */
void resolver_cancel(struct resolver_request *request);

#endif
