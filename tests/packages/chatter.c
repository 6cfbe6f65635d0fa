// SPDX-License-Identifier: GPL-2.0
/*
 * A program that talks in plain text from the first moment it can: datagrams to all on the link by
 * IPv4 and IPv6, to one host, and requests over TCP to it, every 20 ms, whatever it is told.
 *
 * usage: chatter LINK HOST STAGE [ROUNDS]   each datagram is `plain text STAGE N`; without ROUNDS, for ever
 *        chatter LINK HOST mark NAME        a datagram `mark NAME` to HOST's port 7777, thrice
 *
 * Prints, ten times a second at most, `tried BROADCAST HOST MULTICAST TCP`: how often each was handed to a
 * link that was up and had an address for it. Linked statically, so that it runs in an initramfs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 9999
#define MARK_PORT 7777
#define HTTP_PORT 80
#define ROUND_NS 20000000L
#define TCP_EVERY 10
#define TCP_WAIT_MS 100

enum way { BROADCAST, HOST, MULTICAST, TCP, WAYS };

/* What a link says that is not there, not up, or has no address yet. */
static bool nowhere(int error)
{
	return error == ENODEV || error == ENETDOWN || error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == EADDRNOTAVAIL || error == ENXIO || error == EINVAL;
}

static bool datagram(const char *link, const struct sockaddr *to, socklen_t length, const char *text)
{
	int yes = 1, fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool tried = false;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, link, strlen(link)))
		tried = sendto(fd, text, strlen(text), 0, to, length) >= 0 || !nowhere(errno);
	close(fd);
	return tried;
}

static bool request(const char *link, const struct sockaddr_in *to, const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	bool tried = false;

	if (fd < 0)
		return false;
	if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, link, strlen(link)) &&
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) && errno == EINPROGRESS &&
	    poll(&writable, 1, TCP_WAIT_MS) == 1)
		tried = send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
	close(fd);
	return tried;
}

static struct sockaddr_in host_port(const char *host, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, host, &to.sin_addr) != 1) {
		fprintf(stderr, "chatter: %s is no IPv4 address\n", host);
		exit(2);
	}
	return to;
}

static int mark(const char *link, const char *host, const char *name)
{
	struct sockaddr_in to = host_port(host, MARK_PORT);
	char text[64];

	snprintf(text, sizeof(text), "mark %s", name);
	for (int i = 0; i < 3; i++) {
		if (!datagram(link, (const struct sockaddr *)&to, sizeof(to), text))
			return 1;
		usleep(100000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in all = host_port("255.255.255.255", PORT), one, http;
	struct sockaddr_in6 group = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	const struct timespec pause = { 0, ROUND_NS };
	unsigned long tried[WAYS] = { 0 }, rounds, n;
	char text[128];

	if (argc < 4)
		return 2;
	if (!strcmp(argv[3], "mark"))
		return argc == 5 ? mark(argv[1], argv[2], argv[4]) : 2;
	signal(SIGHUP, SIG_IGN);
	one = host_port(argv[2], PORT);
	http = host_port(argv[2], HTTP_PORT);
	inet_pton(AF_INET6, "ff02::1", &group.sin6_addr);
	rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	for (n = 0; !rounds || n < rounds; n++) {
		snprintf(text, sizeof(text), "plain text %s %lu", argv[3], n);
		group.sin6_scope_id = if_nametoindex(argv[1]);
		tried[BROADCAST] += datagram(argv[1], (struct sockaddr *)&all, sizeof(all), text);
		tried[HOST] += datagram(argv[1], (struct sockaddr *)&one, sizeof(one), text);
		if (group.sin6_scope_id)
			tried[MULTICAST] += datagram(argv[1], (struct sockaddr *)&group, sizeof(group), text);
		if (!(n % TCP_EVERY)) {
			snprintf(text, sizeof(text), "GET /plain/%s/%lu HTTP/1.0\r\n\r\n", argv[3], n);
			tried[TCP] += request(argv[1], &http, text);
		}
		if (!(n % 5)) {
			printf("tried %lu %lu %lu %lu\n", tried[BROADCAST], tried[HOST], tried[MULTICAST], tried[TCP]);
			fflush(stdout);
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}
