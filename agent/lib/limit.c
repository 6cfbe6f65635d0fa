// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "limit.h"

#define MINUTE 60000000000ull

void limit_init(struct limit *l, uint32_t rate, uint32_t burst)
{
	memset(l, 0, sizeof(*l));
	l->interval = MINUTE / rate;
	l->depth = burst * l->interval;
}

/* Whoever has an IPv6 network has all addresses of its /64. */
static struct in6_addr network_of(const struct in6_addr *address)
{
	struct in6_addr network = *address;

	if (!IN6_IS_ADDR_V4MAPPED(address))
		memset(&network.s6_addr[8], 0, 8);
	return network;
}

/* A full bucket that nobody draws from tells nothing, unless an episode is not over. */
static bool is_free(const struct limit_source *s, uint64_t now)
{
	return !s->connections && s->full_at <= now && s->crowded_until <= now;
}

static struct limit_source *find(struct limit *l, const struct in6_addr *network, uint64_t now)
{
	struct limit_source *vacant = NULL;

	for (struct limit_source *s = l->sources; s < l->sources + LIMIT_SOURCES; s++) {
		if (is_free(s, now)) {
			if (!vacant)
				vacant = s;
		} else if (!memcmp(&s->network, network, sizeof(*network))) {
			return s;
		}
	}
	if (!vacant)
		return &l->shared;
	memset(vacant, 0, sizeof(*vacant));
	vacant->network = *network;
	return vacant;
}

struct limit_source *limit_connect(struct limit *l, const struct in6_addr *address, uint64_t now)
{
	struct in6_addr network = network_of(address);
	struct limit_source *source = find(l, &network, now);

	source->connections++;
	return source;
}

void limit_disconnect(struct limit_source *source)
{
	source->connections--;
}

static void refill(struct limit_source *source, uint64_t now)
{
	if (source->full_at > now)
		return;
	source->full_at = now;
	source->told = false;
}

bool limit_take(const struct limit *l, struct limit_source *source, uint64_t now, uint64_t *wait)
{
	uint64_t used;

	refill(source, now);
	used = source->full_at - now;
	if (used + l->interval > l->depth) {
		*wait = used + l->interval - l->depth;
		return false;
	}
	source->full_at += l->interval;
	return true;
}

bool limit_tell(struct limit_source *source, uint64_t now)
{
	refill(source, now);
	if (source->told)
		return false;
	source->told = true;
	return true;
}

bool limit_tell_crowded(struct limit_source *source, uint64_t now)
{
	bool first = source->crowded_until <= now;

	source->crowded_until = now + LIMIT_CROWDED_NS;
	return first;
}
