/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Manufacturer Usage Descriptions (RFC 8520), read and written as the JSON of
 * their YANG modules (RFC 7951).
 */
#ifndef MUD_H
#define MUD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUD_BYTES_MAX (1024 * 1024)
#define MUD_TEXT_MAX 256

/* What one ACE asks for; text is what it said, bounded and printable. */
struct mud_ace {
	char name[MUD_TEXT_MAX];
	bool accept;
	int protocol;		/* of IP; -1: any */
	bool ipv6;
	char host[MUD_TEXT_MAX];	/* dst-dnsname; "": none */
	char network[MUD_TEXT_MAX];	/* destination network; "": none */
	char controller[MUD_TEXT_MAX];	/* a class: a URI, "my-controller", "local-networks", "manufacturer ..."; "" */
	unsigned int first, last;	/* destination ports; 0: it names none */
	bool odd_port;		/* it does, and they are neither one nor a range */
	bool odd;		/* what it matches by cannot be read, or never matches */
	int icmp;		/* type; -1: any */
	bool from_outside;	/* direction-initiated is to-device */
	bool profile;		/* has a TLS profile (RFC 9761) */
	bool tls13;		/* which names TLS 1.3 */
	bool finer;		/* the profile says more: suites, groups, extensions, anchors */
	char other[MUD_TEXT_MAX];	/* what else it matches by, words with blanks; "" */
};

/* A member, or NULL; of NULL too. */
struct json_object *mud_member(struct json_object *o, const char *name);
/* Its text in `to`, what is not printable ASCII as '_'; "" where it is none. */
void mud_text(struct json_object *o, const char *name, char to[MUD_TEXT_MAX]);
/* An array's length; 0 for what is none. */
size_t mud_length(struct json_object *array);

/* The ACL of that name, or NULL. */
struct json_object *mud_acl(struct json_object *file, const char *name);

/* mud_ace_read - one entry of "ace"; Return: false for what is no object. */
bool mud_ace_read(struct json_object *entry, struct mud_ace *ace);

#endif
