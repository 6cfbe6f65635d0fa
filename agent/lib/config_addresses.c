/* SPDX-License-Identifier: GPL-2.0 */
/* The values that are hosts, addresses and ports. */
#include <arpa/inet.h>
#include <string.h>

#include "config.h"
#include "config_values.h"

#define V4_MAPPED_BITS 96
#define LABEL_MAX 63	/* RFC 1035, 2.3.4 */
#define HOST_TEXT_MAX 253

static bool parse_number(const char *text, unsigned long max, unsigned long *number)
{
	unsigned long n = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits])
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (unsigned long)(text[i] - '0');
	*number = n;
	return n <= max;
}

static bool parse_port(const char *text, uint16_t *port)
{
	unsigned long n;

	if (!parse_number(text, UINT16_MAX, &n) || n == 0)
		return false;
	*port = (uint16_t)n;
	return true;
}

/* IPv4 as ::ffff:a.b.c.d; *v4 says that it was. */
static bool parse_address(const char *text, struct in6_addr *address, bool *v4)
{
	struct in_addr a;

	*v4 = inet_pton(AF_INET, text, &a) == 1;
	if (!*v4)
		return inet_pton(AF_INET6, text, address) == 1;
	memset(address, 0, sizeof(*address));
	address->s6_addr[10] = 0xff;
	address->s6_addr[11] = 0xff;
	memcpy(address->s6_addr + 12, &a, sizeof(a));
	return true;
}

static bool is_host_name(const char *text)
{
	size_t bytes = strlen(text), label;
	const char *p = text, *last = text;

	if (bytes == 0 || bytes > HOST_TEXT_MAX)
		return false;
	for (;; p += label + 1) {
		label = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
		if (label == 0 || label > LABEL_MAX || p[0] == '-' || p[label - 1] == '-')
			return false;
		last = p;
		if (!p[label])
			break;
		if (p[label] != '.')
			return false;
	}
	/* No top level is a number: this was meant to be an IPv4 address, and is none. */
	return last[strspn(last, "0123456789")] != 0;
}

static bool is_host(const char *text)
{
	struct in6_addr address;
	bool v4;

	return parse_address(text, &address, &v4) || is_host_name(text);
}

/* HOST:PORT or [IPv6]:PORT; the host goes to `host`, CONFIG_HOST_MAX bytes. */
static bool split_host_port(const char *text, char *host, uint16_t *port)
{
	const char *colon = strrchr(text, ':'), *start = text;
	size_t bytes;
	struct in6_addr address;

	if (!colon || !parse_port(colon + 1, port))
		return false;
	bytes = (size_t)(colon - text);
	if (text[0] == '[') {
		if (bytes < 3 || text[bytes - 1] != ']')
			return false;
		start++;
		bytes -= 2;
	}
	if (bytes == 0 || bytes >= CONFIG_HOST_MAX)
		return false;
	memset(host, 0, CONFIG_HOST_MAX);
	memcpy(host, start, bytes);
	/* Brackets go with IPv6, and only with it, or nobody knows which colon is the port's. */
	return (text[0] == '[') == (inet_pton(AF_INET6, host, &address) == 1);
}

bool value_host(const char *text, const struct config_value *v, void *field)
{
	if (!is_host(text) || strlen(text) >= v->room)
		return false;
	memset(field, 0, v->room);
	memcpy(field, text, strlen(text));
	return true;
}

bool value_host_name(const char *text, const struct config_value *v, void *field)
{
	char *to = field;

	if (!is_host_name(text) || strlen(text) >= v->room)
		return false;
	memset(to, 0, v->room);
	for (size_t i = 0; text[i]; i++)
		to[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	return true;
}

bool address_of_text(const char *host, uint16_t port, struct sockaddr_in6 *address)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool v4;

	if (!parse_address(host, &a.sin6_addr, &v4))
		return false;
	*address = a;
	return true;
}

bool address_is_loopback(const struct sockaddr_in6 *address)
{
	const struct in6_addr *a = &address->sin6_addr;

	return IN6_IS_ADDR_V4MAPPED(a) ? a->s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(a);
}

/* One of a list, up to a comma or the end; blanks around it do not count. */
static bool parse_listed(const char *text, size_t bytes, struct in6_addr *address)
{
	char copy[INET6_ADDRSTRLEN];
	bool v4;

	while (bytes && (*text == ' ' || *text == '\t')) {
		text++;
		bytes--;
	}
	while (bytes && (text[bytes - 1] == ' ' || text[bytes - 1] == '\t'))
		bytes--;
	if (bytes >= sizeof(copy))
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = 0;
	return parse_address(copy, address, &v4);
}

/* Or the IPv4 addresses that are nobody's: 224.0.0.0 and above. */
static bool is_multicast(const struct in6_addr *a)
{
	return IN6_IS_ADDR_V4MAPPED(a) ? a->s6_addr[12] >= 224 : IN6_IS_ADDR_MULTICAST(a);
}

bool value_listen(const char *text, const struct config_value *v, void *field)
{
	struct sockaddr_in6 listen;
	char host[CONFIG_HOST_MAX];
	uint16_t port;

	(void)v;
	if (!split_host_port(text, host, &port) || !address_of_text(host, port, &listen))
		return false;
	if (is_multicast(&listen.sin6_addr))
		return false;
	*(struct sockaddr_in6 *)field = listen;
	return true;
}

bool value_resolvers(const char *text, const struct config_value *v, void *field)
{
	struct config *config = field;
	struct in6_addr listed[CONFIG_RESOLVERS_MAX];
	size_t count = 0, bytes;

	(void)v;
	for (;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		if (count == CONFIG_RESOLVERS_MAX || !parse_listed(text, bytes, &listed[count]) ||
		    is_multicast(&listed[count]))
			return false;
		count++;
		if (!text[bytes])
			break;
	}
	memcpy(config->resolvers, listed, count * sizeof(*listed));
	config->resolver_count = count;
	return true;
}

bool value_upstream(const char *text, const struct config_value *v, void *field)
{
	struct config_channel *c = field;
	char host[CONFIG_HOST_MAX];
	uint16_t port;

	(void)v;
	if (!split_host_port(text, host, &port) || !is_host(host))
		return false;
	memcpy(c->upstream_host, host, sizeof(host));
	c->upstream_port = port;
	return true;
}

bool value_port(const char *text, const struct config_value *v, void *field)
{
	uint16_t port;

	(void)v;
	if (!parse_port(text, &port))
		return false;
	*(__be16 *)field = htons(port);
	return true;
}

static bool has_host_bits(const struct in6_addr *address, unsigned long prefix)
{
	for (unsigned long bit = prefix; bit < 128; bit++)
		if (address->s6_addr[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

bool value_address(const char *text, const struct config_value *v, void *field)
{
	struct tacit_rule *rule = field;
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t bytes = slash ? (size_t)(slash - text) : strlen(text);
	struct in6_addr address;
	unsigned long prefix;
	bool v4;

	(void)v;
	if (bytes >= sizeof(host))
		return false;
	memcpy(host, text, bytes);
	host[bytes] = 0;
	if (!parse_address(host, &address, &v4))
		return false;
	prefix = v4 ? 32 : 128;
	if (slash && !parse_number(slash + 1, prefix, &prefix))
		return false;
	if (v4)
		prefix += V4_MAPPED_BITS;
	if (has_host_bits(&address, prefix))
		return false;
	memcpy(rule->addr, &address, sizeof(rule->addr));
	rule->prefix = (__u8)prefix;
	return true;
}
