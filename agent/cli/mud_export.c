// SPDX-License-Identifier: GPL-2.0
/* tacit mud export: what the policy in force lets out, as a MUD file for the network. */
#include <getopt.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "config_values.h"
#include "mud.h"
#include "mud_running.h"

#define CACHE_HOURS 48	/* 1 to 168 */
#define SYSTEM_MAX 60
#define ACE_NAME_MAX 65	/* RFC 8519: 64 characters */

const char usage_mud_export[] =
	"--url URL [--system TEXT] [--file FILE]\n"
	"\n"
	"Print a MUD file (RFC 8520) of what tacitd lets out now: channels, and rules of [allow].\n"
	"TLS 1.3 that has no channel is not in it, though the guard lets it out. What such a file\n"
	"cannot say is told on standard error, a line each.\n"
	"\n"
	"      --url URL         where the file will be published, https://...\n"
	"      --system TEXT     what the device is, at most 60 bytes\n"
	"      --file FILE       of what this configuration file would let out; tacitd is not asked\n"
	"  -j, --json            a MUD file is JSON in any case\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n";

enum { OPTION_URL = CLI_OPTION_OWN, OPTION_SYSTEM, OPTION_FILE };

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
	bool served;	/* the others begin, and the port is the device's */
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
		json_object_object_add(l4, from != t->served ? "destination-port" : "source-port", port);
	}
	if (t->protocol == IPPROTO_TCP)
		put_text(l4, "ietf-mud:direction-initiated", t->served ? "to-device" : "from-device");
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

/* Asked by the device, answered to it. */
static int echo_type(bool ipv6, bool from)
{
	return ipv6 ? from ? 128 : 129 : from ? 8 : 0;
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
		json_object_object_add(matches, "icmp", with("type", json_object_new_int(echo_type(ipv6, from))));
	if (t->tls && from)
		json_object_object_add(matches, "ietf-acl-tls:client-profiles", tls13());
	return matches;
}

static bool is_named(struct json_object *aces, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(aces); i++)
		if (!strcmp(json_object_get_string(mud_member(json_object_array_get_idx(aces, i), "name")), name))
			return true;
	return false;
}

static void add_ace(struct json_object *aces, const struct target *t, bool ipv6, bool from)
{
	struct json_object *ace = json_object_new_object();
	char name[ACE_NAME_MAX];

	/* A channel and a rule may be called alike; entries of a list may not. */
	snprintf(name, sizeof(name), "%s", t->name);
	for (unsigned int i = 2; is_named(aces, name); i++)
		snprintf(name, sizeof(name), "%.55s-%u", t->name, i);
	put_text(ace, "name", name);
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

/* What the file cannot say. */
static void tell(const char *what, const char *name, const char *text)
{
	fprintf(stderr, "tacit: %s %s: %s\n", what, name, text);
}

static void add_served(struct lists *l, const struct config_channel *c)
{
	struct target t = { .name = c->name, .protocol = IPPROTO_TCP, .port = ntohs(c->listen.sin6_port), .icmp = -1,
			    .served = true };
	bool v4 = IN6_IS_ADDR_V4MAPPED(&c->listen.sin6_addr);
	char text[128];

	for (int from = 0; from < 2; from++) {
		if (!v4)
			add_ace(l->aces[1][from], &t, true, from);
		/* A socket that takes any IPv6 takes IPv4 as well. */
		if (v4 || IN6_IS_ADDR_UNSPECIFIED(&c->listen.sin6_addr))
			add_ace(l->aces[0][from], &t, false, from);
	}
	snprintf(text, sizeof(text),
		 "that it speaks only TLS 1.3, and to a client at most %u times a minute, is not in the file", c->limit_rate);
	tell("channel", c->name, text);
}

static void add_channel(struct lists *l, const struct config_channel *c)
{
	struct sockaddr_in6 address;
	struct target t = { .name = c->name, .protocol = IPPROTO_TCP, .port = c->upstream_port, .icmp = -1, .tls = true };

	if (c->mode != CONFIG_MODE_CONNECT) {
		add_served(l, c);
		return;
	}
	if (address_of_text(c->upstream_host, 0, &address)) {
		t.address = &address.sin6_addr;
		t.prefix = 128;
	} else {
		t.host = c->upstream_host;
	}
	add(l, &t);
}

static void tell_rule(const struct config_allow *a)
{
	char text[TACIT_CGROUP_MAX + 128];

	if (a->rule.owned & TACIT_OWNED_UID) {
		snprintf(text, sizeof(text), "that only user %u may is not in the file, which is of the whole device",
			 a->rule.uid);
		tell("rule", a->name, text);
	}
	if (a->rule.owned & TACIT_OWNED_CGROUP) {
		snprintf(text, sizeof(text), "that only cgroup %s may is not in the file, which is of the whole device",
			 a->cgroup);
		tell("rule", a->name, text);
	}
	if (a->rule.form == TACIT_FORM_QUIC)
		tell("rule", a->name, "that it must be QUIC is not in the file: there it is any UDP");
	if (a->rule.rescue)
		tell("rule", a->name, "that it counts only while nothing else passes is not in the file");
}

static void add_rule(struct lists *l, const struct config_allow *a)
{
	struct in6_addr address;
	struct target t = { .name = a->name, .protocol = a->rule.protocol, .prefix = a->rule.prefix, .icmp = -1,
			    .port = ntohs(a->rule.port), .tls = a->rule.rescue };

	if (a->rule.existing) {
		tell("rule", a->name, "left out: it is of connections older than the guard, which the network knows nothing of");
		return;
	}
	tell_rule(a);
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

static int from_file(struct cli_options *options, const char *file, struct config *config)
{
	options->config = file;
	return cli_config(options, config);
}

static int from_running(const struct cli_options *options, struct config *config)
{
	struct mud_state state = { 0 };
	int code = mud_running(options, config, &state);

	if (code == CLI_NOT_RUNNING)
		fprintf(stderr, "tacit: or name a configuration with --file, for what it would let out\n");
	if (code)
		return code;
	if (!state.on)
		fprintf(stderr, "tacit: the guard is shut: nothing of what is in the file leaves now\n");
	if (state.open)
		fprintf(stderr, "tacit: the guard is OPEN by `tacit guard open`: everything leaves now\n");
	return CLI_OK;
}

int command_mud_export(int argc, char **argv)
{
	static const struct option longs[] = { CLI_LONG,
					       { "url", required_argument, NULL, OPTION_URL },
					       { "system", required_argument, NULL, OPTION_SYSTEM },
					       { "file", required_argument, NULL, OPTION_FILE },
					       { NULL, 0, NULL, 0 } };
	const char *url = NULL, *system = NULL, *file = NULL;
	struct cli_options options = { 0 };
	static struct config config;
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		if (option == OPTION_URL) {
			url = optarg;
		} else if (option == OPTION_SYSTEM) {
			system = optarg;
		} else if (option == OPTION_FILE) {
			file = optarg;
		} else {
			code = cli_option(option, &options);
			if (code || options.help)
				return code;
		}
	}
	if (argc > optind)
		return cli_usage("%s is too much", argv[optind]);
	if (!url || strncmp(url, "https://", 8) || !is_printable(url, 255) || strchr(url, ' ') || !strcspn(url + 8, "/:?#"))
		return cli_usage("--url must be where the file will be published: https://, a host, and at most 255 bytes");
	if (system && !is_printable(system, SYSTEM_MAX))
		return cli_usage("--system must be 1 to %d printable bytes", SYSTEM_MAX);
	code = file ? from_file(&options, file, &config) : from_running(&options, &config);
	if (code)
		return code;
	fprintf(stderr, "tacit: TLS 1.3 to other destinations, ICMP errors, neighbour discovery and DHCP leave as "
			"well, and are not in the file\n");
	return export(&config, url, system);
}
