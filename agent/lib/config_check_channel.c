// SPDX-License-Identifier: GPL-2.0
/* Whether the keys of one [channel NAME] go together, in its mode. */
#include <errno.h>
#include <string.h>

#include "cell.h"
#include "config_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An OpenSSL peer closes at the 33rd empty record in a row, so 32 is the most that may be sent. */
#define EMPTY_RECORDS_MAX 32
/* A PUBLISH of QoS 1: fixed head of at most 5 bytes, the topic's length, the packet identifier (MQTT 3.1.1, 3.3). */
#define PUBLISH_OVERHEAD (5 + 2 + 2)
/* A PINGREQ and an answer to the broker. */
#define BESIDE_DUMMY (2 + 4)

/* Keys that say something in one mode only. */
static const char *const connect_only[] = { "protocol",	  "server_name", "client_id", "cell", "cells",
					    "ping_every", "dummy",	 "qos",	      "spool" };
static const char *const accept_only[] = { "limit", "burst" };

/* At the key's line, or the section's where it is not given. */
#define complain(place, key, ...) \
	config_complain((place)->error, (place)->file, line_of(place, key), __VA_ARGS__)

static int line_of(const struct config_place *place, const char *key)
{
	int line = key ? config_key_line(place, key) : 0;

	return line ? line : place->line;
}

static int refuse_keys(const struct config_place *place, const char *const *keys, size_t count, const char *mode)
{
	for (size_t i = 0; i < count; i++)
		if (config_key_line(place, keys[i]))
			return complain(place, keys[i], "%s says nothing with mode = %s; remove it", keys[i], mode);
	return 0;
}

static bool is_any(const struct in6_addr *a)
{
	static const struct in6_addr v4 = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	return IN6_IS_ADDR_UNSPECIFIED(a) || !memcmp(a, &v4, sizeof(v4));
}

/* Would the second one find the place taken? A wildcard takes all addresses; [::] those of IPv4 as well. */
static bool clashes(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	const struct in6_addr *x = &a->sin6_addr, *y = &b->sin6_addr;

	if (a->sin6_port != b->sin6_port)
		return false;
	if (IN6_IS_ADDR_UNSPECIFIED(x) || IN6_IS_ADDR_UNSPECIFIED(y) || !memcmp(x, y, sizeof(*x)))
		return true;
	return IN6_IS_ADDR_V4MAPPED(x) && IN6_IS_ADDR_V4MAPPED(y) && (is_any(x) || is_any(y));
}

static int check_place(const struct config_place *place, const struct config_channel *c)
{
	for (const struct config_channel *other = place->config->channels; other < c; other++)
		if (clashes(&other->listen, &c->listen))
			return complain(place, NULL, "[channel %s] listens where [channel %s] does; choose another port",
					c->name, other->name);
	return 0;
}

static int check_connect(const struct config_place *place, struct config_channel *c)
{
	if (refuse_keys(place, accept_only, COUNT(accept_only), "connect"))
		return -EINVAL;
	if (!config_key_line(place, "ca"))
		return complain(place, NULL, "[channel] lacks its key ca; add ca = VALUE");
	if (!address_is_loopback(&c->listen))
		return complain(place, "listen",
				"listen must be 127.0.0.1:PORT or [::1]:PORT, because what is plain text must not be "
				"offered beyond this machine; mode = accept offers TLS");
	if (!c->server_name[0])
		memcpy(c->server_name, c->upstream_host, sizeof(c->server_name));
	if (!c->dummy[0] && c->cells * c->ping_every >= EMPTY_RECORDS_MAX)
		return complain(place, NULL,
				"cells times ping_every must stay below 32, because peers close a session after 32 "
				"empty records in a row; choose a smaller ping_every, or set dummy");
	if (!c->dummy[0] && config_key_line(place, "qos"))
		return complain(place, "qos", "qos says nothing without dummy, where messages go up as QoS 1 and 2; remove it, "
				"or set dummy");
	if (c->dummy[0] && strlen(c->dummy) + PUBLISH_OVERHEAD + BESIDE_DUMMY > c->cells * cell_capacity(c->cell))
		return complain(place, NULL,
				"the topic of dummy does not fit the cells of one slot; shorten it, or raise cell");
	return 0;
}

static int check_accept(const struct config_place *place, struct config_channel *c)
{
	if (refuse_keys(place, connect_only, COUNT(connect_only), "accept"))
		return -EINVAL;
	if (c->shape != CONFIG_SHAPE_NONE)
		return complain(place, "shape",
				"mode = accept goes with shape = none only: a client that asks sees when it is answered, so "
				"what is served is visible in time; write shape = none");
	if (!address_of_text(c->upstream_host, c->upstream_port, &c->backend) || !address_is_loopback(&c->backend))
		return complain(place, "upstream",
				"with mode = accept upstream must be 127.0.0.1:PORT or [::1]:PORT, because it is plain text");
	/* Each answer would be asked for again, from ourselves, until nothing is left. */
	if (clashes(&c->listen, &c->backend))
		return complain(place, "upstream", "upstream is where this channel listens itself; name the server behind it");
	return 0;
}

int config_check_channel(const struct config_place *place, void *target)
{
	struct config_channel *c = target;
	int error = c->mode == CONFIG_MODE_ACCEPT ? check_accept(place, c) : check_connect(place, c);

	return error ? error : check_place(place, c);
}
