// SPDX-License-Identifier: GPL-2.0
/* tacit mud export: what the configuration lets out, as a MUD file for the network. */
#include <getopt.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "config_values.h"
#include "mud.h"

#define CACHE_HOURS 48	/* 1 to 168 */
#define SYSTEM_MAX 60

const char usage_mud_export[] =
	"--url URL [--system TEXT]\n"
	"\n"
	"Print a MUD file (RFC 8520) of what the configuration lets out: channels, and rules of\n"
	"[allow]. TLS 1.3 that has no channel is not in it, though the guard lets it out.\n"
	"\n"
	"      --url URL         where the file will be published, https://...\n"
	"      --system TEXT     what the device is, at most 60 bytes\n"
	"  -j, --json            a MUD file is JSON in any case\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n";

enum { OPTION_URL = CLI_OPTION_OWN, OPTION_SYSTEM };

/* {"name": value} */
static struct json_object *with(const char *name, struct json_object *value)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, name, value);
	return o;
}

static void put_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

/* Where a channel or rule goes. */
struct target {
	const char *name;
	int protocol;
	const char *host;	/* or NULL */
	const struct in6_addr *address;	/* or NULL */
	unsigned int prefix;	/* of 128 */
	uint16_t port;	/* host order; 0 any */
	int icmp;	/* type, or -1 */
	const char *controller;	/* or NULL */
	bool tls;
};

static bool is_v4(const struct target *t)
{
	return t->address && t->prefix >= 96 && IN6_IS_ADDR_V4MAPPED(t->address);
}

static void put_network(struct json_object *l3, const struct target *t, bool ipv6, bool from)
{
	char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 5], name[40];

	snprintf(name, sizeof(name), "%s-%s-network", from ? "destination" : "source", ipv6 ? "ipv6" : "ipv4");
	if (ipv6)
		inet_ntop(AF_INET6, t->address, address, sizeof(address));
	else
		inet_ntop(AF_INET, t->address->s6_addr + 12, address, sizeof(address));
	snprintf(text, sizeof(text), "%s/%u", address, ipv6 ? t->prefix : t->prefix - 96);
	put_text(l3, name, text);
}

static struct json_object *l4_of(const struct target *t, bool from)
{
	struct json_object *l4 = json_object_new_object(), *port;

	if (t->port) {
		port = with("operator", json_object_new_string("eq"));
		json_object_object_add(port, "port", json_object_new_int(t->port));
		json_object_object_add(l4, from ? "destination-port" : "source-port", port);
	}
	if (t->protocol == IPPROTO_TCP)
		put_text(l4, "ietf-mud:direction-initiated", "from-device");
	return l4;
}

/* RFC 9761, 5.3: the version is what is known. */
static struct json_object *tls13(void)
{
	struct json_object *profile = with("name", json_object_new_string("tls13")), *list = json_object_new_array();
	struct json_object *versions = json_object_new_array();

	json_object_array_add(versions, json_object_new_string("tls13"));
	json_object_object_add(profile, "supported-tls-version", versions);
	json_object_array_add(list, profile);
	return with("tls-dtls-profile", list);
}

static struct json_object *matches_of(const struct target *t, bool ipv6, bool from)
{
	struct json_object *matches = json_object_new_object(), *l3 = json_object_new_object();
	int protocol = t->protocol == IPPROTO_ICMP && ipv6 ? IPPROTO_ICMPV6 : t->protocol;

	json_object_object_add(l3, "protocol", json_object_new_int(protocol));
	if (t->host)
		put_text(l3, from ? "ietf-acldns:dst-dnsname" : "ietf-acldns:src-dnsname", t->host);
	else if (t->address && t->prefix)
		put_network(l3, t, ipv6, from);
	json_object_object_add(matches, ipv6 ? "ipv6" : "ipv4", l3);
	if (t->controller)
		json_object_object_add(matches, "ietf-mud:mud", with("controller", json_object_new_string(t->controller)));
	if (t->protocol == IPPROTO_TCP || t->protocol == IPPROTO_UDP)
		json_object_object_add(matches, t->protocol == IPPROTO_TCP ? "tcp" : "udp", l4_of(t, from));
	else if (t->icmp >= 0)
		json_object_object_add(matches, "icmp", with("type", json_object_new_int(ipv6 ? 128 : 8)));
	if (t->tls && from)
		json_object_object_add(matches, "ietf-acl-tls:client-profiles", tls13());
	return matches;
}

static void add_ace(struct json_object *aces, const struct target *t, bool ipv6, bool from)
{
	struct json_object *ace = json_object_new_object();

	put_text(ace, "name", t->name);
	json_object_object_add(ace, "matches", matches_of(t, ipv6, from));
	json_object_object_add(ace, "actions", with("forwarding", json_object_new_string("accept")));
	json_object_array_add(aces, ace);
}

/* The four lists of a MUD file: from and to the device, IPv4 and IPv6. */
struct lists {
	struct json_object *aces[2][2];	/* [ipv6][from] */
};

static void add(struct lists *l, const struct target *t)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		if (t->address && t->prefix && ipv6 == is_v4(t))
			continue;
		/* Echo is of both; other ICMP is the one or the other. */
		if (t->icmp < 0 && ((t->protocol == IPPROTO_ICMP && ipv6) || (t->protocol == IPPROTO_ICMPV6 && !ipv6)))
			continue;
		add_ace(l->aces[ipv6][1], t, ipv6, true);
		add_ace(l->aces[ipv6][0], t, ipv6, false);
	}
}

static void add_channel(struct lists *l, const struct config_channel *c)
{
	struct sockaddr_in6 address;
	struct target t = { .name = c->name, .protocol = IPPROTO_TCP, .port = c->upstream_port, .icmp = -1, .tls = true };

	if (c->mode != CONFIG_MODE_CONNECT)
		return;
	if (address_of_text(c->upstream_host, 0, &address)) {
		t.address = &address.sin6_addr;
		t.prefix = 128;
	} else {
		t.host = c->upstream_host;
	}
	add(l, &t);
}

static void add_rule(struct lists *l, const struct config_allow *a)
{
	struct in6_addr address;
	struct target t = { .name = a->name, .protocol = a->rule.protocol, .prefix = a->rule.prefix, .icmp = -1,
			    .port = ntohs(a->rule.port), .tls = a->rule.rescue };

	memcpy(&address, a->rule.addr, sizeof(address));
	t.address = &address;
	if (a->host[0])
		t.host = a->host;
	if (a->to_resolvers)
		t.controller = "urn:ietf:params:mud:dns";
	if (a->rule.form == TACIT_FORM_ECHO) {
		t.protocol = IPPROTO_ICMP;
		t.icmp = 8;
	}
	add(l, &t);
}

static struct json_object *policy_of(const char *direction, const struct lists *l, int from, struct json_object *acls)
{
	struct json_object *names = json_object_new_array();

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct json_object *acl;
		char name[32];

		snprintf(name, sizeof(name), "tacit-%s-v%d", direction, ipv6 ? 6 : 4);
		if (!json_object_array_length(l->aces[ipv6][from])) {
			json_object_put(l->aces[ipv6][from]);
			continue;
		}
		acl = with("name", json_object_new_string(name));
		put_text(acl, "type", ipv6 ? "ipv6-acl-type" : "ipv4-acl-type");
		json_object_object_add(acl, "aces", with("ace", l->aces[ipv6][from]));
		json_object_array_add(acls, acl);
		json_object_array_add(names, with("name", json_object_new_string(name)));
	}
	return with("access-lists", with("access-list", names));
}

static int export(const struct config *config, const char *url, const char *system)
{
	struct json_object *file = json_object_new_object(), *mud = json_object_new_object();
	struct json_object *acls = json_object_new_array(), *extensions = json_object_new_array();
	struct lists lists;
	time_t now = time(NULL);
	char text[32];

	for (int i = 0; i < 4; i++)
		lists.aces[i / 2][i % 2] = json_object_new_array();
	for (size_t i = 0; i < config->channel_count; i++)
		add_channel(&lists, &config->channels[i]);
	for (size_t i = 0; i < config->allow_count; i++)
		add_rule(&lists, &config->allows[i]);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	json_object_object_add(mud, "mud-version", json_object_new_int(1));
	put_text(mud, "mud-url", url);
	put_text(mud, "last-update", text);
	json_object_object_add(mud, "cache-validity", json_object_new_int(CACHE_HOURS));
	json_object_object_add(mud, "is-supported", json_object_new_boolean(1));
	if (system)
		put_text(mud, "systeminfo", system);
	json_object_array_add(extensions, json_object_new_string("ietf-mud-tls"));
	json_object_object_add(mud, "extensions", extensions);
	json_object_object_add(mud, "ietf-mud-tls:is-tls-dtls-profile-supported", json_object_new_boolean(1));
	json_object_object_add(mud, "from-device-policy", policy_of("from", &lists, 1, acls));
	json_object_object_add(mud, "to-device-policy", policy_of("to", &lists, 0, acls));
	json_object_object_add(file, "ietf-mud:mud", mud);
	json_object_object_add(file, "ietf-access-control-list:acls", with("acl", acls));
	return cli_json(file);
}

static bool is_printable(const char *text, size_t most)
{
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c >= 0x7f)
			return false;
	return *text && strlen(text) <= most;
}

int command_mud_export(int argc, char **argv)
{
	static const struct option longs[] = { CLI_LONG,
					       { "url", required_argument, NULL, OPTION_URL },
					       { "system", required_argument, NULL, OPTION_SYSTEM },
					       { NULL, 0, NULL, 0 } };
	const char *url = NULL, *system = NULL;
	struct cli_options options = { 0 };
	static struct config config;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		if (option == OPTION_URL) {
			url = optarg;
		} else if (option == OPTION_SYSTEM) {
			system = optarg;
		} else {
			code = cli_option(option, &options);
			if (code || options.help)
				return code;
		}
	}
	if (argc > optind)
		return cli_usage("%s is too much", argv[optind]);
	if (!url || strncmp(url, "https://", 8) || !is_printable(url, 255) || strchr(url, ' '))
		return cli_usage("--url must be where the file will be published: https:// and at most 255 bytes");
	if (system && !is_printable(system, SYSTEM_MAX))
		return cli_usage("--system must be 1 to %d printable bytes", SYSTEM_MAX);
	code = cli_config(&options, &config);
	return code ? code : export(&config, url, system);
}
