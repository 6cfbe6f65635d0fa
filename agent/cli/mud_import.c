// SPDX-License-Identifier: GPL-2.0
/* tacit mud import: what a MUD file asks for, as rules, with notes on what is not enforced. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "config_values.h"
#include "mud.h"

#define RULES_MAX 64
#define RULE_BYTES 1024
#define PORTS_MAX 16	/* of a range */

const char usage_mud_import[] =
	"FILE\n"
	"\n"
	"Read a MUD file (RFC 8520, and the TLS profiles of RFC 9761) and print [allow] sections for\n"
	"what this device may say, and as comments what the guard does not enforce. Nothing is\n"
	"changed; read it before you put it into the configuration. - reads standard input.\n"
	"\n"
	"  -j, --json            errors as JSON on standard output\n"
	"  -c, --config FILE     is not read\n";

struct import {
	char rules[RULES_MAX][RULE_BYTES];	/* without head and reason: to see whether one is there already */
	size_t count;
	size_t left_out;
	char hosts[CONFIG_HOSTS_MAX][CONFIG_HOST_MAX];	/* of rules that count */
	size_t host_count;
	bool names, dns, ntp;
	bool tls;	/* TCP was seen that TLS 1.3 is enough for */
};

static const char *form_of(unsigned int port)
{
	return port == 53 ? "dns" : port == 123 ? "ntp" : "udp";
}

/* Print a rule unless the same one was printed before. `off` is "#" for one that the reader must switch on. */
static void print_rule(struct import *im, const struct mud_ace *ace, const char *off, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void print_rule(struct import *im, const struct mud_ace *ace, const char *off, const char *format, ...)
{
	char rule[RULE_BYTES], *line, *rest = rule, reason[64];
	size_t n = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(rule, sizeof(rule), format, args);
	va_end(args);
	for (size_t i = 0; i < im->count; i++)
		if (!strcmp(im->rules[i], rule))
			return;
	if (im->count == RULES_MAX) {
		im->left_out++;
		return;
	}
	strcpy(im->rules[im->count++], rule);
	for (const char *c = ace->name; *c && n + 1 < sizeof(reason); c++)
		reason[n++] = strchr(";#", *c) ? '_' : *c;
	reason[n] = 0;
	printf("%s[allow mud-%zu]\n", off, im->count);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("%s%s\n", off, line);
	printf("%sreason = MUD %s\n\n", off, reason[0] ? reason : "without a name");
}

/* A comment line: the file's own names, of members too, must not end it. */
static void note(const struct mud_ace *ace, const char *given)
{
	char text[MUD_TEXT_MAX + 96];
	size_t n = 0;

	for (; given[n] && n + 1 < sizeof(text); n++)
		text[n] = given[n] < ' ' || given[n] > '~' ? '_' : given[n];
	text[n] = '\0';
	printf("# %s: %s\n", ace->name[0] ? ace->name : "an entry without a name", text);
}

/* Where to: "address = ...\n", "host = ...\n" or "". Return: false where it cannot be said; then it was noted. */
static bool destination(struct import *im, const struct mud_ace *ace, char to[MUD_TEXT_MAX + 16])
{
	struct config_value host = { .room = CONFIG_HOST_MAX };
	char field[CONFIG_HOST_MAX], network[MUD_TEXT_MAX];
	struct tacit_rule rule;

	to[0] = 0;
	if (ace->host[0] && ace->network[0]) {
		note(ace, "by a name and by a network at once, and a rule has one of them; not imported");
		return false;
	}
	if (ace->host[0]) {
		if (!value_host_name(ace->host, &host, field)) {
			note(ace, "its dst-dnsname is no host name; not imported");
			return false;
		}
		snprintf(to, MUD_TEXT_MAX + 16, "host = %s\n", field);
		im->names = true;
	} else if (ace->network[0]) {
		if (!value_address(ace->network, NULL, &rule)) {
			note(ace, "its destination network is none, or has bits beyond its prefix; not imported");
			return false;
		}
		snprintf(network, sizeof(network), "%s", ace->network);
		/* All of them is what no address says. */
		if (!strchr(network, '/') || strcmp(strchr(network, '/'), "/0"))
			snprintf(to, MUD_TEXT_MAX + 16, "address = %s\n", network);
	}
	return true;
}

/* Names are resolved for as long as the device lives, so there are few. Return: false where this is one too many. */
static bool host_fits(struct import *im, const struct mud_ace *ace)
{
	size_t i = 0;

	while (i < im->host_count && strcasecmp(im->hosts[i], ace->host))
		i++;
	if (!ace->host[0] || i < im->host_count)
		return true;
	if (im->host_count == CONFIG_HOSTS_MAX) {
		note(ace, "there is room for 24 names in rules, and this is another; not imported: give its address");
		return false;
	}
	snprintf(im->hosts[im->host_count++], CONFIG_HOST_MAX, "%s", ace->host);
	return true;
}

static void import_tcp(struct import *im, const struct mud_ace *ace, const char *to)
{
	char port[24] = "";

	if (ace->first == ace->last && ace->first)
		snprintf(port, sizeof(port), "port = %u\n", ace->first);
	else if (ace->first)
		note(ace, "a range of ports; give one");
	if (ace->profile && !ace->tls13)
		note(ace, "its TLS profile does not name TLS 1.3, and nothing older leaves: the device must be changed");
	if (ace->finer)
		note(ace, "of its TLS profile the version is enforced; suites, groups, extensions and anchors are not");
	if (ace->profile && ace->tls13) {
		note(ace, "TLS 1.3 leaves without a rule, to any destination");
		im->tls = true;
		return;
	}
	note(ace, "TCP leaves without a rule if it is TLS 1.3; take the # away only if it must be plain");
	im->tls = true;
	if (!to[0] && !port[0]) {
		note(ace, "plain TCP to anybody would be the guard's end; not imported");
		return;
	}
	print_rule(im, ace, "#", "protocol = tcp\n%s%s", to, port);
}

static void import_udp(struct import *im, const struct mud_ace *ace, const char *to)
{
	unsigned int last = ace->last;

	if (!host_fits(im, ace))
		return;
	if (ace->first == 67 || ace->first == 547)
		note(ace, "DHCP by broadcast and to link-local addresses leaves without a rule; this is for renewal");
	if (last - ace->first >= PORTS_MAX) {
		note(ace, "more than 16 ports; not imported: name them, or none");
		return;
	}
	if (ace->first == 443 && to[0])
		note(ace, "taken for QUIC; if it is something else, write udp for quic");
	for (unsigned int port = ace->first; port <= last; port++) {
		const char *form = form_of(port);
		char text[24] = "";

		if (port == 443 && to[0])
			form = "quic";
		if (!strcmp(form, "dns")) {
			im->dns = true;
			if (!to[0])
				note(ace, "to the resolvers of [device], not to anybody");
		}
		im->ntp |= !strcmp(form, "ntp");
		if (!strcmp(form, "udp") && port)
			snprintf(text, sizeof(text), "port = %u\n", port);
		if (!port && !to[0])
			note(ace, "UDP to anybody, any port: think again");
		print_rule(im, ace, "", "protocol = %s\n%s%s", form, to, text);
	}
}

static void import_icmp(struct import *im, const struct mud_ace *ace, const char *to)
{
	bool echo = ace->icmp < 0 || ace->icmp == 0 || ace->icmp == 8 || ace->icmp == 128 || ace->icmp == 129;

	if (!echo) {
		note(ace, "errors and neighbour discovery leave without a rule; other types only all together; not imported");
		return;
	}
	if (!host_fits(im, ace))
		return;
	if (ace->icmp < 0)
		note(ace, "of ICMP only echo is imported; errors leave without a rule");
	print_rule(im, ace, "", "protocol = echo\n%s", to);
}

/* DNS or NTP, whose rule says the port. Return: false for any other port; then it was noted. */
static bool class_port(const struct mud_ace *ace, unsigned int port)
{
	if (!ace->first || (ace->first == port && ace->last == port))
		return true;
	note(ace, "its class has another port; not imported");
	return false;
}

/* Classes that the network knows and the device does not (RFC 8520, 8.1). `to`: what else it must be. */
static void import_class(struct import *im, const struct mud_ace *ace, const char *to)
{
	char text[MUD_TEXT_MAX + 80], port[24] = "";

	if (!strcmp(ace->controller, "urn:ietf:params:mud:dns") && ace->protocol == 17) {
		if (!class_port(ace, 53) || !host_fits(im, ace))
			return;
		im->dns = true;
		print_rule(im, ace, "", "protocol = dns\n%s", to);
		return;
	}
	if (!strcmp(ace->controller, "urn:ietf:params:mud:ntp") && ace->protocol == 17) {
		if (!class_port(ace, 123) || !host_fits(im, ace))
			return;
		im->ntp = true;
		if (!to[0])
			note(ace, "to any time server; add its address or host");
		print_rule(im, ace, "", "protocol = ntp\n%s", to);
		return;
	}
	snprintf(text, sizeof(text), "the class \"%.200s\" is the network's to know: put the address in", ace->controller);
	note(ace, text);
	if (ace->first == ace->last && ace->first)
		snprintf(port, sizeof(port), "port = %u\n", ace->first);
	else if (ace->first)
		note(ace, "a range of ports; give one");
	if (ace->protocol == 17 || ace->protocol == 6)
		print_rule(im, ace, "#", "protocol = %s\naddress = PUT THE ADDRESS OF %.100s HERE\n%s",
			   ace->protocol == 6 ? "tcp" : "udp", ace->controller, port);
}

static void import_ace(struct import *im, struct json_object *entry)
{
	char to[MUD_TEXT_MAX + 16], text[MUD_TEXT_MAX + 64];
	struct mud_ace ace;

	if (!mud_ace_read(entry, &ace)) {
		printf("# an entry that is no access control entry; not imported\n");
		return;
	}
	if (!ace.accept) {
		note(&ace, "forbids; what no rule allows is refused anyway, but rules cannot make exceptions");
		return;
	}
	if (ace.from_outside) {
		note(&ace, "answers to connections from outside; a [channel] with mode = accept serves them by TLS 1.3");
		return;
	}
	if (ace.other[0]) {
		snprintf(text, sizeof(text), "not enforced of it: %s", ace.other);
		note(&ace, text);
	}
	if (ace.odd) {
		note(&ace, "what it matches by cannot be read, or can never be; not imported");
		return;
	}
	if (ace.odd_port) {
		note(&ace, "its destination ports are neither one nor a range; not imported");
		return;
	}
	if (!destination(im, &ace, to))
		return;
	if (ace.controller[0])
		import_class(im, &ace, to);
	else if (ace.protocol == 6)
		import_tcp(im, &ace, to);
	else if (ace.protocol == 17)
		import_udp(im, &ace, to);
	else if (ace.protocol == 1 || ace.protocol == 58)
		import_icmp(im, &ace, to);
	else
		note(&ace, ace.protocol < 0 ? "names no protocol; not imported: a rule must" :
					      "a protocol that no rule can allow; not imported");
}

static struct json_object *access_lists(struct json_object *mud, const char *policy)
{
	return mud_member(mud_member(mud_member(mud, policy), "access-lists"), "access-list");
}

static void import_policy(struct import *im, struct json_object *file, struct json_object *mud)
{
	struct json_object *lists = access_lists(mud, "from-device-policy");
	char name[MUD_TEXT_MAX];

	for (size_t i = 0; i < mud_length(lists); i++) {
		struct json_object *acl, *aces;

		mud_text(json_object_array_get_idx(lists, i), "name", name);
		acl = mud_acl(file, name);
		aces = mud_member(mud_member(acl, "aces"), "ace");
		if (!acl)
			printf("# the list \"%s\" is not in the file\n", name);
		else if (!aces)
			printf("# !! the list \"%s\" has no entries by the names of RFC 8519; nothing of it is imported:\n"
			       "# is it of a draft of that?\n", name);
		for (size_t k = 0; k < mud_length(aces); k++)
			import_ace(im, json_object_array_get_idx(aces, k));
	}
	if (mud_length(access_lists(mud, "to-device-policy")))
		printf("# to-device-policy is not enforced: the guard judges what leaves, also what leaves as an answer.\n");
}

static void print_end(const struct import *im)
{
	if (im->tls)
		printf("# TLS 1.3 may go to any destination: the destinations of TCP above are not enforced.\n");
	if (im->names && !im->dns)
		printf("# The resolvers are asked for the names above, which the guard must let out.\n"
		       "[allow mud-dns]\nprotocol = dns\nreason = MUD names in rules\n\n");
	if (im->names || im->dns)
		printf("# Name the resolvers in [device]: resolvers = ADDRESS\n");
	if (!im->ntp)
		printf("# RFC 8520 lets any device ask the network's time servers (appendix A): if this one must, add\n"
		       "# an [allow] with protocol = ntp and their host or address.\n");
	if (im->left_out)
		printf("# %zu rules more were left out: there is room for 64\n", im->left_out);
}

/* What this program does not know may be what matters. */
static void print_extensions(struct json_object *extensions)
{
	char word[MUD_TEXT_MAX];

	for (size_t i = 0; i < mud_length(extensions); i++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "name", json_object_get(json_object_array_get_idx(extensions, i)));
		mud_text(one, "name", word);
		json_object_put(one);
		if (strcmp(word, "ietf-mud-tls") && strcmp(word, "ietf-acldns"))
			printf("# not known here: the extension \"%.60s\"\n", word);
	}
}

static int import(const struct cli_options *options, struct json_object *file, const char *path)
{
	struct json_object *mud = mud_member(file, "ietf-mud:mud");
	struct json_object *version = mud_member(mud, "mud-version"), *supported = mud_member(mud, "is-supported");
	char url[MUD_TEXT_MAX], system[MUD_TEXT_MAX];
	static struct import im;

	if (!mud)
		return cli_fail(options, "%s: has no ietf-mud:mud; it is no MUD file (RFC 8520)", path);
	if (json_object_get_int(version) != 1)
		return cli_fail(options, "%s: mud-version is not 1; this program knows no other", path);
	mud_text(mud, "mud-url", url);
	mud_text(mud, "systeminfo", system);
	printf("# From %s\n# %s\n", url[0] ? url : "a MUD file without a mud-url", system);
	if (supported && !json_object_get_boolean(supported))
		printf("# The maker no longer supports this device.\n");
	print_extensions(mud_member(mud, "extensions"));
	printf("\n");
	import_policy(&im, file, mud);
	print_end(&im);
	return CLI_OK;
}

/* Whole contents, for the caller to free; NULL, and it has been told. */
static char *read_file(const struct cli_options *options, const char *path, size_t *bytes)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = f ? malloc(MUD_BYTES_MAX + 1) : NULL;
	int error = errno;

	*bytes = text ? fread(text, 1, MUD_BYTES_MAX + 1, f) : 0;
	if (f && (ferror(f) || *bytes > MUD_BYTES_MAX)) {
		cli_fail(options, *bytes > MUD_BYTES_MAX ? "%s: is larger than 1 MiB" : "%s: cannot be read", path);
		free(text);
		text = NULL;
	} else if (!text) {
		cli_fail(options, "%s: %s", path, f ? "out of memory" : strerror(error));
	}
	if (f && f != stdin)
		fclose(f);
	return text;
}

static bool is_blank(const char *text, const char *end)
{
	while (text < end && strchr(" \t\r\n", *text) && *text)
		text++;
	return text == end;
}

int command_mud_import(int argc, char **argv)
{
	struct json_tokener *tokener = json_tokener_new_ex(32);
	struct cli_options options = { 0 };
	struct json_object *file = NULL;
	const char *path;
	size_t bytes;
	char *text;
	int code = cli_parse(argc, argv, &options, 1, &path);

	if (code || options.help || !tokener) {
		json_tokener_free(tokener);
		return tokener ? code : CLI_FAILED;
	}
	text = read_file(&options, path, &bytes);
	if (text)
		file = json_tokener_parse_ex(tokener, text, (int)bytes);
	if (!text)
		code = CLI_FAILED;
	else if (json_tokener_get_error(tokener) == json_tokener_continue)
		code = cli_fail(&options, "%s: ends too early: the JSON object in it is not whole", path);
	else if (!json_object_is_type(file, json_type_object))
		code = cli_fail(&options, "%s: is no JSON object: %s", path,
				json_tokener_error_desc(json_tokener_get_error(tokener)));
	else if (!is_blank(text + json_tokener_get_parse_end(tokener), text + bytes))
		code = cli_fail(&options, "%s: there is more behind its JSON object; it must be one", path);
	else
		code = import(&options, file, path);
	json_object_put(file);
	json_tokener_free(tokener);
	free(text);
	return code;
}
