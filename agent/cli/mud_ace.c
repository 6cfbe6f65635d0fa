// SPDX-License-Identifier: GPL-2.0
/* From one access control entry (RFC 8519, RFC 8520, RFC 9761) to what it asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mud.h"

struct json_object *mud_member(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, name, &value))
		return NULL;
	return value;
}

void mud_text(struct json_object *o, const char *name, char to[MUD_TEXT_MAX])
{
	struct json_object *value = mud_member(o, name);
	const char *from = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
	size_t n = 0;

	for (; *from && n + 1 < MUD_TEXT_MAX; from++)
		to[n++] = *from >= ' ' && *from < 0x7f ? *from : '_';
	to[n] = 0;
}

size_t mud_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *mud_acl(struct json_object *file, const char *name)
{
	struct json_object *acls = mud_member(file, "ietf-access-control-list:acls"), *list;
	char text[MUD_TEXT_MAX];

	/* As drafts of RFC 8519 had it, and tools still write it. */
	if (!acls)
		acls = mud_member(file, "ietf-access-control-list:access-lists");
	list = mud_member(acls, "acl");
	for (size_t i = 0; i < mud_length(list); i++) {
		struct json_object *acl = json_object_array_get_idx(list, i);

		mud_text(acl, "name", text);
		if (!strcmp(text, name))
			return acl;
	}
	return NULL;
}

/* A member's name is the file's own text as much as its value is. */
static const char *printable(const char *name, char to[64])
{
	size_t n = 0;

	for (; name[n] && n < 60; n++)
		to[n] = name[n] < ' ' || name[n] > '~' ? '_' : name[n];
	to[n] = '\0';
	return to;
}

static void add_other(struct mud_ace *ace, const char *what)
{
	size_t used = strlen(ace->other);
	char text[64];

	snprintf(ace->other + used, sizeof(ace->other) - used, "%s%s", used ? " " : "", printable(what, text));
}

/* Text if it is there at all. Return: false where it is something else: taken for nothing, it would match anything. */
static bool text_or_none(struct json_object *o, const char *name, char to[MUD_TEXT_MAX])
{
	mud_text(o, name, to);
	return to[0] || !json_object_object_get_ex(o, name, NULL);
}

/* A number as RFC 7951 has it, or as digits. Return: false where it is none from 0 to most. */
static bool number(struct json_object *o, const char *name, unsigned int most, unsigned int *to)
{
	struct json_object *value = mud_member(o, name);
	const char *text = json_object_get_string(value);
	unsigned long n;

	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string))
		return false;
	/* Nine digits fit into any unsigned long. */
	if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")])
		return false;
	n = strtoul(text, NULL, 10);
	if (n > most)
		return false;
	*to = (unsigned int)n;
	return true;
}

/* What is read wrongly is never "any": a rule must not be wider than the file asks. */
static void read_ports(struct json_object *l4, struct mud_ace *ace)
{
	struct json_object *port = mud_member(l4, "destination-port");
	char operator[MUD_TEXT_MAX];
	bool known;

	if (mud_member(l4, "source-port"))
		add_other(ace, "source-port");
	if (!json_object_object_get_ex(l4, "destination-port", NULL))
		return;
	if (!json_object_is_type(port, json_type_object) || !text_or_none(port, "operator", operator)) {
		ace->odd_port = true;
		return;
	}
	if (number(port, "port", 65535, &ace->first)) {
		ace->last = ace->first;
		known = !operator[0] || !strcmp(operator, "eq");
		if (!strcmp(operator, "lte")) {
			ace->first = 1;
			known = true;
		} else if (!strcmp(operator, "gte")) {
			ace->last = 65535;
			known = true;
		}
	} else {
		known = number(port, "lower-port", 65535, &ace->first) && number(port, "upper-port", 65535, &ace->last);
	}
	/* Nobody sends to port 0, and in a rule it is any. */
	if (!ace->first && ace->last > ace->first)
		ace->first = 1;
	/* The rest of the ports, and what nobody knows yet: no rule is like that. */
	ace->odd_port = !known || !ace->first || ace->last < ace->first;
}

static void read_l3(struct json_object *l3, bool ipv6, struct mud_ace *ace)
{
	const char *network = ipv6 ? "destination-ipv6-network" : "destination-ipv4-network";
	unsigned int protocol;

	ace->ipv6 = ipv6;
	if (number(l3, "protocol", 255, &protocol))
		ace->protocol = (int)protocol;
	else
		ace->odd |= json_object_object_get_ex(l3, "protocol", NULL);
	ace->odd |= !text_or_none(l3, "ietf-acldns:dst-dnsname", ace->host);
	ace->odd |= !text_or_none(l3, network, ace->network);
	json_object_object_foreach(l3, key, value) {
		(void)value;
		if (strcmp(key, "protocol") && strcmp(key, "ietf-acldns:dst-dnsname") && strcmp(key, network))
			add_other(ace, key);
	}
}

/* What TCP, UDP or ICMP is matched by says the protocol, too. */
static void read_protocol(int protocol, struct mud_ace *ace)
{
	ace->odd |= ace->protocol >= 0 && ace->protocol != protocol;
	ace->protocol = protocol;
}

static void read_l4(struct json_object *l4, int protocol, struct mud_ace *ace)
{
	char direction[MUD_TEXT_MAX];

	read_protocol(protocol, ace);
	read_ports(l4, ace);
	ace->odd |= !text_or_none(l4, "ietf-mud:direction-initiated", direction);
	ace->from_outside = !strcmp(direction, "to-device");
}

static void read_classes(struct json_object *mud, struct mud_ace *ace)
{
	json_object_object_foreach(mud, key, value) {
		char text[MUD_TEXT_MAX], name[64];

		(void)value;
		mud_text(mud, key, text);
		/* Of two classes both must be true. */
		ace->odd |= ace->controller[0] != 0;
		if (!strcmp(key, "controller") && text[0])
			snprintf(ace->controller, sizeof(ace->controller), "%s", text);
		else
			snprintf(ace->controller, sizeof(ace->controller), "%s%s%.150s", printable(key, name),
				 text[0] ? " " : "", text);
	}
}

/* An identity, with its module's name and a colon before it or without (RFC 7951, 6.8). */
static bool is_identity(const char *text, const char *identity)
{
	const char *colon = text ? strchr(text, ':') : NULL;

	return text && !strcmp(colon ? colon + 1 : text, identity);
}

static bool names_tls13(struct json_object *versions)
{
	for (size_t i = 0; i < mud_length(versions); i++)
		if (is_identity(json_object_get_string(json_object_array_get_idx(versions, i)), "tls13"))
			return true;
	return false;
}

/* Names of nodes as the modules have them, and as the example in section 7 of RFC 9761. */
static void read_profile(struct json_object *profiles, struct mud_ace *ace)
{
	struct json_object *list = mud_member(profiles, "tls-dtls-profile");

	ace->profile = true;
	if (!list)
		list = mud_member(profiles, "tls-dtls-profiles");
	for (size_t i = 0; i < mud_length(list); i++) {
		struct json_object *profile = json_object_array_get_idx(list, i);

		if (!json_object_is_type(profile, json_type_object))
			continue;
		json_object_object_foreach(profile, key, value) {
			if (!strncmp(key, "supported-tls-version", 21))
				ace->tls13 |= names_tls13(value);
			else if (strcmp(key, "name"))
				ace->finer = true;
		}
	}
}

static void read_match(const char *key, struct json_object *value, struct mud_ace *ace)
{
	unsigned int type;

	if (!json_object_is_type(value, json_type_object)) {
		add_other(ace, key);
	} else if (!strcmp(key, "ipv4") || !strcmp(key, "ipv6")) {
		read_l3(value, key[3] == '6', ace);
	} else if (!strcmp(key, "tcp") || !strcmp(key, "udp")) {
		read_l4(value, key[0] == 't' ? 6 : 17, ace);
	} else if (!strcmp(key, "icmp")) {
		if (number(value, "type", 255, &type))
			ace->icmp = (int)type;
		else
			ace->odd |= json_object_object_get_ex(value, "type", NULL);
		read_protocol(ace->ipv6 ? 58 : 1, ace);
	} else if (!strcmp(key, "ietf-mud:mud")) {
		read_classes(value, ace);
	} else if (!strncmp(key, "ietf-acl-tls:client-profile", 27)) {
		read_profile(value, ace);
	} else if (strcmp(key, "actions")) {
		add_other(ace, key);
	}
}

bool mud_ace_read(struct json_object *entry, struct mud_ace *ace)
{
	struct json_object *matches = mud_member(entry, "matches"), *actions = mud_member(entry, "actions");
	char forwarding[MUD_TEXT_MAX];

	memset(ace, 0, sizeof(*ace));
	ace->protocol = ace->icmp = -1;
	if (!json_object_is_type(entry, json_type_object) || (matches && !json_object_is_type(matches, json_type_object)))
		return false;
	mud_text(entry, "name", ace->name);
	/* RFC 9761's example has it inside. */
	mud_text(actions ? actions : mud_member(matches, "actions"), "forwarding", forwarding);
	ace->accept = is_identity(forwarding, "accept");
	ace->odd = mud_member(matches, "ipv4") && mud_member(matches, "ipv6");
	if (matches) {
		/* ipv4 or ipv6 first: icmp is of the one or the other. */
		for (int pass = 0; pass < 2; pass++) {
			json_object_object_foreach(matches, key, value) {
				if (!strncmp(key, "ipv", 3) == !pass)
					read_match(key, value, ace);
			}
		}
	}
	return true;
}
