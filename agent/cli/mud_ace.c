// SPDX-License-Identifier: GPL-2.0
/* From one access control entry (RFC 8519, RFC 8520, RFC 9761) to what it asks for. */
#include <stdio.h>
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

/* A number as RFC 7951 has it, or as text. Return: false where it is none from 0 to most. */
static bool number(struct json_object *o, const char *name, unsigned int most, unsigned int *to)
{
	struct json_object *value = mud_member(o, name);
	int64_t n;

	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string))
		return false;
	n = json_object_get_int64(value);
	if (n < 0 || n > most)
		return false;
	*to = (unsigned int)n;
	return true;
}

static void read_ports(struct json_object *l4, struct mud_ace *ace)
{
	struct json_object *port = mud_member(l4, "destination-port");
	char operator[MUD_TEXT_MAX];

	if (mud_member(l4, "source-port"))
		add_other(ace, "source-port");
	if (!port)
		return;
	mud_text(port, "operator", operator);
	if (number(port, "port", 65535, &ace->first)) {
		ace->last = ace->first;
		if (!strcmp(operator, "lte"))
			ace->first = 1;
		else if (!strcmp(operator, "gte"))
			ace->last = 65535;
		/* The rest of the ports, and what nobody knows yet: no rule is like that. */
		else if (operator[0] && strcmp(operator, "eq"))
			ace->odd_port = true;
	} else if (!number(port, "lower-port", 65535, &ace->first) || !number(port, "upper-port", 65535, &ace->last) ||
		   ace->last < ace->first) {
		ace->odd_port = true;
	}
}

static void read_l3(struct json_object *l3, bool ipv6, struct mud_ace *ace)
{
	const char *network = ipv6 ? "destination-ipv6-network" : "destination-ipv4-network";
	unsigned int protocol;

	ace->ipv6 = ipv6;
	if (number(l3, "protocol", 255, &protocol))
		ace->protocol = (int)protocol;
	mud_text(l3, "ietf-acldns:dst-dnsname", ace->host);
	mud_text(l3, network, ace->network);
	json_object_object_foreach(l3, key, value) {
		(void)value;
		if (strcmp(key, "protocol") && strcmp(key, "ietf-acldns:dst-dnsname") && strcmp(key, network))
			add_other(ace, key);
	}
}

static void read_l4(struct json_object *l4, int protocol, struct mud_ace *ace)
{
	char direction[MUD_TEXT_MAX];

	if (ace->protocol < 0)
		ace->protocol = protocol;
	read_ports(l4, ace);
	mud_text(l4, "ietf-mud:direction-initiated", direction);
	ace->from_outside = !strcmp(direction, "to-device");
}

static void read_classes(struct json_object *mud, struct mud_ace *ace)
{
	json_object_object_foreach(mud, key, value) {
		char text[MUD_TEXT_MAX], name[64];

		(void)value;
		mud_text(mud, key, text);
		if (!strcmp(key, "controller"))
			snprintf(ace->controller, sizeof(ace->controller), "%s", text);
		else
			snprintf(ace->controller, sizeof(ace->controller), "%s%s%.150s", printable(key, name),
				 text[0] ? " " : "", text);
	}
}

static bool names_tls13(struct json_object *versions)
{
	for (size_t i = 0; i < mud_length(versions); i++) {
		const char *version = json_object_get_string(json_object_array_get_idx(versions, i));

		if (version && strlen(version) >= 5 && !strcmp(version + strlen(version) - 5, "tls13"))
			return true;
	}
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
		if (ace->protocol < 0)
			ace->protocol = ace->ipv6 ? 58 : 1;
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
	size_t n;

	memset(ace, 0, sizeof(*ace));
	ace->protocol = ace->icmp = -1;
	if (!json_object_is_type(entry, json_type_object) || (matches && !json_object_is_type(matches, json_type_object)))
		return false;
	mud_text(entry, "name", ace->name);
	/* RFC 9761's example has it inside. */
	mud_text(actions ? actions : mud_member(matches, "actions"), "forwarding", forwarding);
	n = strlen(forwarding);
	ace->accept = n >= 6 && !strcmp(forwarding + n - 6, "accept");
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
