/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration file, tacit.conf(5), read with inih into one struct of
 * fixed size. Every key is known and every value is bounded here; whoever gets a
 * struct config need not check it again.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "root_choice.h"
#include "tacit_root.h"
#include "tacit_bpf.h"
#include "tacit_key.h"

#define CONFIG_DEFAULT_FILE "/etc/tacit/tacit.conf"
#define CONFIG_DEFAULT_KEYS "/var/lib/tacit/keys"
#define CONFIG_DEFAULT_ROOT_KEY "/var/lib/tacit/root.key"
#define CONFIG_DEFAULT_USER "tacit"
#define CONFIG_DEFAULT_CONTROL "/run/tacit/control"

#define CONFIG_CHANNELS_MAX 8
#define CONFIG_UPLINKS_MAX TACIT_LINKS_MAX
#define CONFIG_UPLINKS_TEXT (CONFIG_UPLINKS_MAX * (IF_NAMESIZE + 2))
#define CONFIG_ALLOWS_MAX TACIT_RULES_MAX
#define CONFIG_NAME_MAX 64	/* of a channel, rule or user, with its NUL */
#define CONFIG_PATH_MAX 256
#define CONFIG_HOST_MAX 256
#define CONFIG_TOPIC_MAX 128
#define CONFIG_UNATTENDED_MIN (10 * 1000000000ull)
#define CONFIG_UNATTENDED (60 * 1000000000ull)
#define CONFIG_UNATTENDED_MAX (8760 * 3600 * 1000000000ull)
#define CONFIG_REASON_MAX 128
#define CONFIG_RESOLVERS_MAX 3
#define CONFIG_HOSTS_MAX 24	/* different names in rules */
#define CONFIG_ERROR_MAX 512
#define CONFIG_SPOOL_MAX 4096
#define CONFIG_FILE_BYTES_MAX (64 * 1024)

/* Of what one client may ask of an accept channel: a minute, and at once. */
#define CONFIG_LIMIT_RATE 60
#define CONFIG_LIMIT_RATE_MAX 60000
#define CONFIG_LIMIT_BURST 20
#define CONFIG_LIMIT_BURST_MAX 1000

enum config_mode {
	CONFIG_MODE_CONNECT,	/* device to cloud: plain on loopback, TLS client on the uplink */
	CONFIG_MODE_ACCEPT,	/* client to device: TLS server on the uplink, plain on loopback */
};

enum config_protocol { CONFIG_PROTOCOL_MQTT = 1 };

enum config_shape {
	CONFIG_SHAPE_NONE,
	CONFIG_SHAPE_CONSTANT,
};

/*
 * [channel NAME]: a plain local side and a TLS 1.3 peer. In accept mode `shape` is none, and what
 * is only for connecting (protocol, server_name, client_id and all from cell on) holds its default.
 */
struct config_channel {
	char name[CONFIG_NAME_MAX];
	enum config_mode mode;
	enum config_protocol protocol;
	enum config_shape shape;
	struct sockaddr_in6 listen;	/* IPv4 as ::ffff:a.b.c.d; loopback only, but in accept mode */
	struct sockaddr_in6 backend;	/* accept: upstream as an address, loopback only */
	uint32_t limit_rate;	/* accept: connections and requests of one client a minute, 1 to CONFIG_LIMIT_RATE_MAX */
	uint32_t limit_burst;	/* accept: so many at once, 1 to CONFIG_LIMIT_BURST_MAX */
	char upstream_host[CONFIG_HOST_MAX];
	uint16_t upstream_port;
	char server_name[CONFIG_HOST_MAX];	/* checked against the certificate; default upstream_host */
	char key[TACIT_NAME_MAX];
	char certificate[CONFIG_PATH_MAX];	/* PEM, leaf first */
	char ca[CONFIG_PATH_MAX];		/* PEM; "" in accept mode: clients need no certificate */
	char client_id[CONFIG_NAME_MAX];	/* of the upstream MQTT session; "": the engine makes one of name and key */
	uint32_t cell;		/* bytes on the wire, CELL_MIN to CELL_MAX */
	uint32_t cells;		/* a slot, 1 to 16 */
	uint32_t ping_every;	/* slots between MQTT PINGREQ covers, 1 to 15 */
	char dummy[CONFIG_TOPIC_MAX];	/* "": none; else every slot carries one QoS 1 PUBLISH, real or dummy */
	uint32_t qos;		/* with dummy: the highest that goes up, 0 or 1 */
	uint32_t spool;		/* messages that wait at most, 1 to CONFIG_SPOOL_MAX */
	int line;		/* of the section's head, for messages */
};

/* [allow NAME]; the one of this name is no exception from TLS but what passes when nothing else does. */
#define CONFIG_RESCUE "rescue"

/* What `protocol` says: the number of IP, and in the bits from 8 on the form (enum tacit_form) of what it carries. */
#define CONFIG_PROTOCOL_OF(allow) ((allow)->protocol & 0xff)
#define CONFIG_FORM_OF(allow) ((allow)->protocol >> 8)

struct config_allow {
	char name[CONFIG_NAME_MAX];
	char reason[CONFIG_REASON_MAX];
	uint32_t protocol;
	char host[CONFIG_HOST_MAX];	/* instead of an address; "": none */
	char cgroup[TACIT_CGROUP_MAX];	/* path in the v2 hierarchy; "": any */
	bool to_resolvers;	/* instead of an address: those of [device] */
	struct tacit_rule rule;	/* `cgroup` and `host` are the warden's to fill in */
	int line;
};

/* The links that are guarded and shaped, at least one, no name twice. */
struct config_uplinks {
	char name[CONFIG_UPLINKS_MAX][IF_NAMESIZE];
	size_t count;
};

/* [uplink NAME]: one that makes something else of the schedule than the rest. */
struct config_pace {
	char name[IF_NAMESIZE];
	struct tacit_pace pace;
	int line;
};

struct config {
	struct config_uplinks uplinks;
	char user[CONFIG_NAME_MAX];	/* the engine's: a name or a number */
	char keys[CONFIG_PATH_MAX];	/* directory of sealed keys */
	char root_key[CONFIG_PATH_MAX];
	enum root_choice root;
	uint32_t root_pcrs;	/* bit n is PCR n */
	char root_trusted[TACIT_ROOT_OPTIONS_MAX + 1];	/* options of the kernel's trusted key */
	char control[CONFIG_PATH_MAX];
	enum tacit_refuse refuse;
	uint64_t unattended;	/* ns that the policy counts without the warden, CONFIG_UNATTENDED_MIN to _MAX */
	struct in6_addr resolvers[CONFIG_RESOLVERS_MAX];	/* IPv4 as ::ffff:a.b.c.d; asked for the names in rules */
	size_t resolver_count;
	struct tacit_schedule schedule;	/* key is all zero: the warden draws it */
	struct tacit_pace pace;		/* of uplinks that have no section of their own: config_pace() */
	struct config_pace paces[CONFIG_UPLINKS_MAX];
	size_t pace_count;
	struct config_channel channels[CONFIG_CHANNELS_MAX];
	size_t channel_count;
	struct config_allow allows[CONFIG_ALLOWS_MAX];
	size_t allow_count;
};

/* What is wrong, where, and the cure: "FILE:LINE: text; cure". */
struct config_error {
	char text[CONFIG_ERROR_MAX];
};

/*
 * config_load - read and check a configuration file
 * @file: path; must be a regular file of at most CONFIG_FILE_BYTES_MAX bytes that only root can write
 * @config: filled in, defaults where the file is silent
 * @error: the first thing that is wrong
 *
 * Return: 0; -EINVAL for contents that are refused; -errno where the file
 * cannot be read. Then error->text is set, and *config is not to be used, but for
 * `uplinks`: what the file names as such, however wrong the rest is, or none. They can be shut.
 */
int config_load(const char *file, struct config *config, struct config_error *error);

/* The same on text in memory; `file` is only named in messages. */
int config_parse(const char *file, const char *text, size_t bytes, struct config *config, struct config_error *error);

/*
 * A time such as "250ms", "2s", "5min", "1h" in nanoseconds.
 * Return: 0, or -EINVAL for anything else, overflow included.
 */
int config_time(const char *text, uint64_t *ns);

/* What the link of this name makes of the schedule. */
const struct tacit_pace *config_pace(const struct config *config, const char *link);

/* "wlan0, wwan0" into `text`, which is returned. */
const char *config_uplinks_text(const struct config_uplinks *uplinks, char text[CONFIG_UPLINKS_TEXT]);

#endif
