/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a value's text to a field of struct config: one function for each kind of
 * value. Pure; for config.c and its tables only.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct config_choice {
	const char *word;
	uint64_t value;
};

/* The protocols of a rule, as CONFIG_FORM_OF() takes them apart. */
extern const struct config_choice config_protocols[];

/* What a key may hold, and where it goes. */
struct config_value {
	/* Text into `field`, which is unchanged where false is returned: this is no such value. */
	bool (*parse)(const char *text, const struct config_value *v, void *field);
	size_t offset;	/* of the field in its section's struct */
	size_t room;	/* of the field, bytes */
	uint64_t min, max;	/* of a number */
	const struct config_choice *choices;	/* of a choice; the last one's word is NULL */
	const char *want;	/* the cure: "it must be WANT"; NULL: made from the bounds or the choices */
};

bool value_number(const char *text, const struct config_value *v, void *field);
/* NUMBER/min or NUMBER/s into a number a minute. */
bool value_rate(const char *text, const struct config_value *v, void *field);
bool value_time(const char *text, const struct config_value *v, void *field);
bool value_choice(const char *text, const struct config_value *v, void *field);

/* Strings, NUL terminated in v->room bytes. */
bool value_text(const char *text, const struct config_value *v, void *field);
bool value_path(const char *text, const struct config_value *v, void *field);
/* Names of links with blanks between, into a struct config_uplinks. */
bool value_uplinks(const char *text, const struct config_value *v, void *field);
bool value_user(const char *text, const struct config_value *v, void *field);
bool value_name(const char *text, const struct config_value *v, void *field);
bool value_client_id(const char *text, const struct config_value *v, void *field);
/* As pcrs_parse(), into a uint32_t. */
bool value_pcrs(const char *text, const struct config_value *v, void *field);
bool value_host(const char *text, const struct config_value *v, void *field);
bool value_topic(const char *text, const struct config_value *v, void *field);

/* ADDRESS:PORT or [IPv6]:PORT, not multicast, into a struct sockaddr_in6. */
bool value_listen(const char *text, const struct config_value *v, void *field);
/* HOST:PORT or [IPv6]:PORT into a struct config_channel. */
bool value_upstream(const char *text, const struct config_value *v, void *field);
/* Port in network order, 2 bytes. */
bool value_port(const char *text, const struct config_value *v, void *field);
/* ADDRESS[/PREFIX] into a struct tacit_rule. */
bool value_address(const char *text, const struct config_value *v, void *field);
/* A name, no address, as value_host(); in lower case. */
bool value_host_name(const char *text, const struct config_value *v, void *field);
/* ADDRESS[, ADDRESS...] into a struct config. */
bool value_resolvers(const char *text, const struct config_value *v, void *field);
/* A user's number, or a name that this machine knows, into a struct tacit_rule. */
bool value_uid(const char *text, const struct config_value *v, void *field);
/* A path below the root of the cgroup v2 hierarchy, less than TACIT_CGROUP_LEVELS deep. */
bool value_cgroup(const char *text, const struct config_value *v, void *field);

/*
 * An address in text and a port into `address`, IPv4 as ::ffff:a.b.c.d.
 * Return: false, and nothing is changed, where it is no address.
 */
bool address_of_text(const char *host, uint16_t port, struct sockaddr_in6 *address);
/* 127.0.0.0/8 or ::1 */
bool address_is_loopback(const struct sockaddr_in6 *address);

/* 1 to 63 of [a-z0-9._-], the first one of [a-z0-9]. */
bool is_name(const char *text);

/* What a text that is no good configuration names as uplink, IF_NAMESIZE bytes. Return: false if it names none. */
bool config_uplink(const char *text, size_t bytes, struct config_uplinks *uplinks);

#endif
