// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver.h"

struct resolver {
	struct evdns_base *dns;
	bool no_server;		/* resolv.conf names none */
};

struct resolver_request {
	struct resolver *resolver;
	struct evdns_getaddrinfo_request *dns;
	resolver_done *done;
	void *arg;
	bool starting;		/* inside resolver_start() */
	bool finished;
	bool cancelled;
};

/* Channels to addresses, and names in hosts, need no name server: without one only other names fail. */
static void read_files(struct resolver *r)
{
	int err = evdns_base_resolv_conf_parse(r->dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");

	r->no_server = err != 0 || !evdns_base_count_nameservers(r->dns);
	/* As resolv.conf(5) has it, and libevent where there is no file at all. */
	if (!evdns_base_count_nameservers(r->dns))
		evdns_base_nameserver_ip_add(r->dns, "127.0.0.1");
}

static const char *reason(const struct resolver_request *request, int result)
{
	if (request->resolver->no_server)
		return "/etc/resolv.conf names no name server; set one, and restart";
	return result ? evutil_gai_strerror(result) : "no address";
}

struct resolver *resolver_new(struct event_base *base)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	evutil_secure_rng_init();
	/* An engine that waits for nothing but a name server's socket is not busy. */
	r->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!r->dns) {
		free(r);
		return NULL;
	}
	read_files(r);
	return r;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	evdns_base_free(r->dns, 0);
	free(r);
}

bool resolver_literal(const char *host, uint16_t port, struct resolver_address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		a->bytes = sizeof(a->v4);
		return true;
	}
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		a->bytes = sizeof(a->v6);
		return true;
	}
	return false;
}

static size_t copy_addresses(const struct evutil_addrinfo *found, struct resolver_address *addresses)
{
	size_t count = 0;

	for (; found && count < RESOLVER_ADDRESSES_MAX; found = found->ai_next) {
		struct resolver_address *a = &addresses[count];

		if ((found->ai_family != AF_INET && found->ai_family != AF_INET6) ||
		    found->ai_addrlen > sizeof(a->v6))
			continue;
		memset(a, 0, sizeof(*a));
		a->bytes = (socklen_t)found->ai_addrlen;
		memcpy(&a->any, found->ai_addr, found->ai_addrlen);
		count++;
	}
	return count;
}

static void on_answer(int result, struct evutil_addrinfo *found, void *arg)
{
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
	struct resolver_request *request = arg;
	size_t count = result ? 0 : copy_addresses(found, addresses);

	if (found)
		evutil_freeaddrinfo(found);
	request->finished = true;
	if (!request->cancelled)
		request->done(addresses, count, reason(request, result), request->arg);
	if (!request->starting)
		free(request);
}

struct resolver_request *resolver_start(struct resolver *r, const char *host, uint16_t port, resolver_done *done,
					void *arg)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct resolver_request *request = calloc(1, sizeof(*request));
	char service[8];

	if (!request) {
		done(NULL, 0, "out of memory", arg);
		return NULL;
	}
	request->resolver = r;
	request->done = done;
	request->arg = arg;
	request->starting = true;
	snprintf(service, sizeof(service), "%u", port);
	request->dns = evdns_getaddrinfo(r->dns, host, service, &hints, on_answer, request);
	request->starting = false;
	if (!request->finished)
		return request;
	free(request);
	return NULL;
}

void resolver_cancel(struct resolver_request *request)
{
	request->cancelled = true;
	/* Calls on_answer() with EVUTIL_EAI_CANCEL, now or from the loop. */
	evdns_getaddrinfo_cancel(request->dns);
}
