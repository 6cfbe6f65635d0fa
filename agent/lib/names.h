/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the resolver tells the warden: answers for the host names in rules, one
 * message each over a SOCK_SEQPACKET pair. Untrusted: names_check() bounds it.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define NAMES_FD 3	/* the resolver's end of the pair */
#define NAMES_ADDRESSES_MAX 32	/* of one family */

/* An answer is asked for again after its time to live, but not sooner and not later than this, seconds. */
#define NAMES_TTL_MIN 30
#define NAMES_TTL_MAX 3600
/* After a failure; doubled with each. */
#define NAMES_RETRY_MIN 5
#define NAMES_RETRY_MAX 300

struct names_answer {
	uint32_t host;		/* number in names_hosts() */
	uint32_t ipv6;		/* 1: these are the addresses of IPv6, else of IPv4 */
	uint32_t error;		/* 0: answered; else what evdns says (event2/dns.h) */
	uint32_t count;
	uint8_t addr[NAMES_ADDRESSES_MAX][16];	/* IPv4 as ::ffff:a.b.c.d */
	char name[CONFIG_HOST_MAX];	/* the name itself: a resolver that starts later may have read another file */
};

/* The different names in the rules, in their order; both ends number them so. Return: how many. */
size_t names_hosts(const struct config *config, const char *hosts[CONFIG_HOSTS_MAX]);

/*
 * Is it a whole message about one of `hosts` names, with addresses of its family only that can be another
 * machine's: not loopback, multicast, link-local or unspecified?
 */
bool names_check(const struct names_answer *answer, size_t bytes, size_t hosts);

#endif
