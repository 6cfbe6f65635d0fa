// SPDX-License-Identifier: GPL-2.0
/*
 * tacit-resolver: asks the configuration's resolvers for the names in rules, when
 * the answers' time to live is over, and tells the warden. What a resolver writes
 * is parsed here, without privilege; see sandbox.h. Ends when the warden closes its end.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../engine/sandbox.h"
#include "log.h"
#include "names.h"

/* A question waits for its slot, and the answer comes after; seconds. */
#define TIMEOUT_S 5

struct question {
	struct event *due;
	uint32_t host;
	bool ipv6;
	unsigned int pause;	/* after the next failure, seconds */
	const char *name;
};

static struct config config;
static struct evdns_base *dns;
static struct event_base *base;
static struct question questions[2 * CONFIG_HOSTS_MAX];
static size_t question_count;

/* The warden cannot be waited for: what it does not take, it gets the next time. */
static void tell(const struct names_answer *answer)
{
	if (send(NAMES_FD, answer, sizeof(*answer), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		event_base_loopexit(base, NULL);
}

static void ask_again(struct question *q, unsigned int seconds)
{
	struct timeval wait = { .tv_sec = seconds };

	event_add(q->due, &wait);
}

static unsigned int bounded(int ttl)
{
	return ttl < NAMES_TTL_MIN ? NAMES_TTL_MIN : ttl > NAMES_TTL_MAX ? NAMES_TTL_MAX : (unsigned int)ttl;
}

static void take(struct names_answer *answer, const void *addresses, int count)
{
	for (int i = 0; i < count && answer->count < NAMES_ADDRESSES_MAX; i++) {
		uint8_t *to = answer->addr[answer->count];

		if (answer->ipv6) {
			memcpy(to, (const uint8_t *)addresses + 16 * i, 16);
		} else {
			to[10] = to[11] = 0xff;
			memcpy(to + 12, (const uint8_t *)addresses + 4 * i, 4);
		}
		answer->count++;
		/* A name that points at what cannot be another machine's is not to spoil the rest. */
		if (!names_check(answer, sizeof(*answer), CONFIG_HOSTS_MAX))
			memset(answer->addr[--answer->count], 0, 16);
	}
}

/* That there is no such address is an answer: the other family may have one. */
static void on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct question *q = arg;
	struct names_answer answer = { .host = q->host, .ipv6 = q->ipv6 };

	if (result == DNS_ERR_SHUTDOWN || result == DNS_ERR_CANCEL)
		return;
	snprintf(answer.name, sizeof(answer.name), "%s", q->name);
	if (result == DNS_ERR_NONE && type == (q->ipv6 ? DNS_IPv6_AAAA : DNS_IPv4_A))
		take(&answer, addresses, count);
	else if (result != DNS_ERR_NODATA)
		answer.error = result ? (uint32_t)result : DNS_ERR_UNKNOWN;
	tell(&answer);
	if (answer.error) {
		ask_again(q, q->pause);
		q->pause = q->pause * 2 > NAMES_RETRY_MAX ? NAMES_RETRY_MAX : q->pause * 2;
		return;
	}
	q->pause = NAMES_RETRY_MIN;
	ask_again(q, bounded(result ? 0 : ttl));
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
	struct question *q = arg;
	struct evdns_request *asked;

	(void)fd;
	(void)what;
	asked = q->ipv6 ? evdns_base_resolve_ipv6(dns, q->name, DNS_QUERY_NO_SEARCH, on_answer, q) :
			  evdns_base_resolve_ipv4(dns, q->name, DNS_QUERY_NO_SEARCH, on_answer, q);
	if (!asked)
		ask_again(q, q->pause);
}

static void on_warden(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopexit(arg, NULL);
}

static int add_questions(void)
{
	const char *hosts[CONFIG_HOSTS_MAX];
	size_t count = names_hosts(&config, hosts);

	for (size_t i = 0; i < 2 * count; i++) {
		struct question *q = &questions[question_count++];

		q->host = (uint32_t)(i / 2);
		q->ipv6 = i % 2;
		q->name = hosts[i / 2];
		q->pause = NAMES_RETRY_MIN;
		q->due = evtimer_new(base, on_due, q);
		if (!q->due)
			return -ENOMEM;
		ask_again(q, 0);
	}
	return 0;
}

static int open_dns(void)
{
	char timeout[24];

	dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!dns)
		return -ENOMEM;
	for (size_t i = 0; i < config.resolver_count; i++) {
		struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_addr = config.resolvers[i] };
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(53) };
		bool mapped = IN6_IS_ADDR_V4MAPPED(&to.sin6_addr);

		memcpy(&v4.sin_addr, to.sin6_addr.s6_addr + 12, 4);
		if (evdns_base_nameserver_sockaddr_add(dns, mapped ? (struct sockaddr *)&v4 : (struct sockaddr *)&to,
						       mapped ? sizeof(v4) : sizeof(to), 0))
			return -EINVAL;
	}
	snprintf(timeout, sizeof(timeout), "%u", TIMEOUT_S + (unsigned int)(2 * config.schedule.period / 1000000000));
	/* As the names of different rules go out together, they all go out: no quota of evdns' own holds them back. */
	return evdns_base_set_option(dns, "timeout:", timeout) || evdns_base_set_option(dns, "attempts:", "3") ||
			       evdns_base_set_option(dns, "randomize-case:", "1") ?
		       -EINVAL :
		       0;
}

static int run(void)
{
	struct event *warden;

	base = event_base_new();
	if (!base)
		return -ENOMEM;
	warden = event_new(base, NAMES_FD, EV_READ, on_warden, base);
	if (!warden || event_add(warden, NULL) || open_dns() || add_questions())
		return -ENOMEM;
	return event_base_dispatch(base) < 0 ? -EIO : 0;
}

int main(int argc, char **argv)
{
	struct sandbox_error error = { "" };
	struct config_error wrong = { "" };
	struct sandbox_user user;

	log_open("tacit-resolver");
	event_set_log_callback(log_libevent);
	if (argc != 3 || strcmp(argv[1], "-c")) {
		fputs("tacitd starts this program: tacit-resolver -c FILE\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (sandbox_close_others(NAMES_FD)) {
		log_error("descriptors: %s", strerror(errno));
		return 1;
	}
	if (config_load(argv[2], &config, &wrong)) {
		log_error("%s", wrong.text);
		return 1;
	}
	/* What libevent draws from is opened while it can be. */
	evutil_secure_rng_init();
	if (sandbox_find_user(config.user, &user, &error) || sandbox_enter(&user, &error)) {
		log_error("%s", error.text);
		return 1;
	}
	return run() ? 1 : 0;
}
