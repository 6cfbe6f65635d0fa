/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much each client of an accept channel may ask: a token bucket for each
 * source, which is an IPv4 address or a /64 of IPv6. Pure: times are handed in, in
 * nanoseconds of CLOCK_MONOTONIC.
 *
 * The table has a fixed size and never forgets a source that still owes
 * something, is connected or has lately had too many connections. When it is full of such, all further sources
 * share one bucket: a flood of sources takes nothing from those that are known,
 * and gets no more than one of them.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define LIMIT_SOURCES 512
#define LIMIT_CROWDED_NS 60000000000ull

struct limit_source {
	struct in6_addr network;	/* IPv4 as ::ffff:a.b.c.d, of IPv6 the first 64 bits; :: of the shared one */
	uint64_t full_at;	/* when the bucket is full again */
	uint32_t connections;
	uint64_t crowded_until;	/* the episode of too many connections at a time ends then; 0: there was none */
	bool told;		/* the operator has heard of this episode of too many requests */
};

struct limit {
	uint64_t interval;	/* one token in so many ns */
	uint64_t depth;		/* of the bucket, in ns: tokens times interval */
	struct limit_source sources[LIMIT_SOURCES];
	struct limit_source shared;
};

/* @rate: tokens a minute, at least 1; @burst: tokens of a full bucket, at least 1 */
void limit_init(struct limit *l, uint32_t rate, uint32_t burst);

/*
 * limit_connect - a connection from `address` (IPv4 as ::ffff:a.b.c.d) has come
 *
 * Return: its source, until limit_disconnect(); never NULL.
 */
struct limit_source *limit_connect(struct limit *l, const struct in6_addr *address, uint64_t now);
void limit_disconnect(struct limit_source *source);

/*
 * limit_take - one token
 * @wait: ns until there may be one, at least 1, where false is returned
 */
bool limit_take(const struct limit *l, struct limit_source *source, uint64_t now, uint64_t *wait);

/*
 * limit_tell - is the operator to hear that this source is held?
 *
 * An episode lasts until the bucket was full again; it is told once.
 */
bool limit_tell(struct limit_source *source, uint64_t now);

/*
 * limit_tell_crowded - the same for one connection too many, which takes no token
 *
 * An episode lasts until none was too many for LIMIT_CROWDED_NS; it is told once.
 */
bool limit_tell_crowded(struct limit_source *source, uint64_t now);

#endif
