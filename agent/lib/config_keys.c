/* SPDX-License-Identifier: GPL-2.0 */
#include <sys/un.h>

#include "cell.h"
#include "config_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(type, member) .offset = offsetof(type, member), .room = sizeof(((type *)0)->member)

#define WANT_PATH "an absolute path of at most 255 bytes"
#define WANT_NAME "1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit"
#define WANT_TIME "a whole number and a unit, like 250ms, 2s, 5min or 1h"
#define WANT_HOST "a host name or an address"

static const struct config_choice refuse_choices[] = {
	{ "reset", TACIT_REFUSE_RESET },
	{ "drop", TACIT_REFUSE_DROP },
	{ NULL, 0 },
};

static const struct config_choice root_choices[] = {
	{ "auto", ROOT_AUTO },
	{ "tpm", ROOT_TPM },
	{ "trusted", ROOT_TRUSTED },
	{ "file", ROOT_FILE },
	{ NULL, 0 },
};

static const struct config_key device_keys[] = {
	{ "uplink", true,
	  { value_uplinks, FIELD(struct config, uplinks),
	    .want = "the name of a network interface, like eth0, or of up to four with blanks between; not lo" } },
	{ "user", false,
	  { value_user, FIELD(struct config, user), .want = "the name or number of an unprivileged user, not root" } },
	{ "keys", false, { value_path, FIELD(struct config, keys), .want = WANT_PATH } },
	{ "root_key", false, { value_path, FIELD(struct config, root_key), .want = WANT_PATH } },
	{ "root", false, { value_choice, FIELD(struct config, root), .choices = root_choices } },
	{ "root_pcrs", false,
	  { value_pcrs, FIELD(struct config, root_pcrs), .want = "numbers from 0 to 23 with commas between, or none" } },
	{ "root_trusted", false,
	  { value_text, FIELD(struct config, root_trusted), .want = "options of at most 255 bytes, like keyhandle=0x81000001" } },
	{ "control", false,
	  { value_path, .offset = offsetof(struct config, control), .room = sizeof(((struct sockaddr_un *)0)->sun_path),
	    .want = "an absolute path of at most 107 bytes, as it names a socket" } },
	{ "refuse", false, { value_choice, FIELD(struct config, refuse), .choices = refuse_choices } },
	{ "resolvers", false,
	  { value_resolvers, .want = "1 to 3 addresses with commas between, like 192.0.2.53, 2001:db8::53" } },
	{ "unattended", false, { value_time, FIELD(struct config, unattended), .want = "a time from 10s to 8760h, like 60s" } },
};

/* Of [schedule], and of [uplink NAME]. */
#define PACE_KEYS(type) \
	{ "other", false, { value_number, FIELD(type, pace.other), .min = 1, .max = TACIT_OTHER_MAX } }, \
	{ "urgent", false, { value_number, FIELD(type, pace.urgent), .min = 0, .max = TACIT_URGENT_MAX } }, \
	{ "budget", false, { value_number, FIELD(type, pace.budget), .min = 0, .max = TACIT_BUDGET_MAX } }

static const struct config_key schedule_keys[] = {
	{ "period", true, { value_time, FIELD(struct config, schedule.period), .want = WANT_TIME } },
	{ "jitter", true, { value_time, FIELD(struct config, schedule.jitter), .want = WANT_TIME } },
	{ "open", true, { value_time, FIELD(struct config, schedule.open), .want = WANT_TIME } },
	PACE_KEYS(struct config),
};

static const struct config_key uplink_keys[] = { PACE_KEYS(struct config_pace) };

static const struct config_choice protocol_choices[] = {
	{ "mqtt", CONFIG_PROTOCOL_MQTT },
	{ NULL, 0 },
};

static const struct config_choice shape_choices[] = {
	{ "none", CONFIG_SHAPE_NONE },
	{ "constant", CONFIG_SHAPE_CONSTANT },
	{ NULL, 0 },
};

static const struct config_choice mode_choices[] = {
	{ "connect", CONFIG_MODE_CONNECT },
	{ "accept", CONFIG_MODE_ACCEPT },
	{ NULL, 0 },
};

static const struct config_key channel_keys[] = {
	{ "mode", false,
	  { value_choice, FIELD(struct config_channel, mode), .choices = mode_choices,
	    .want = "connect (device to cloud) or accept (client to device)" } },
	{ "protocol", false, { value_choice, FIELD(struct config_channel, protocol), .choices = protocol_choices } },
	{ "shape", true, { value_choice, FIELD(struct config_channel, shape), .choices = shape_choices } },
	{ "listen", true,
	  { value_listen, FIELD(struct config_channel, listen),
	    .want = "ADDRESS:PORT or [IPv6]:PORT, an address of this machine; with mode = connect 127.0.0.1 or [::1]" } },
	{ "upstream", true,
	  { value_upstream, .want = "HOST:PORT, like broker.example.net:8883 or [2001:db8::1]:8883" } },
	{ "server_name", false, { value_host, FIELD(struct config_channel, server_name), .want = WANT_HOST } },
	{ "key", true, { value_name, FIELD(struct config_channel, key), .want = "a key's name: " WANT_NAME } },
	{ "certificate", true, { value_path, FIELD(struct config_channel, certificate), .want = WANT_PATH } },
	{ "ca", false, { value_path, FIELD(struct config_channel, ca), .want = WANT_PATH } },
	{ "limit", false,
	  { value_rate, FIELD(struct config_channel, limit_rate), .min = 1, .max = CONFIG_LIMIT_RATE_MAX,
	    .want = "NUMBER/min or NUMBER/s, from 1/min to 1000/s" } },
	{ "burst", false,
	  { value_number, FIELD(struct config_channel, limit_burst), .min = 1, .max = CONFIG_LIMIT_BURST_MAX } },
	{ "client_id", false,
	  { value_client_id, FIELD(struct config_channel, client_id),
	    .want = "1 to 63 letters, digits, '.', '_' and '-'" } },
	{ "cell", false, { value_number, FIELD(struct config_channel, cell), .min = CELL_MIN, .max = CELL_MAX } },
	{ "cells", false, { value_number, FIELD(struct config_channel, cells), .min = 1, .max = 16 } },
	{ "ping_every", false, { value_number, FIELD(struct config_channel, ping_every), .min = 1, .max = 15 } },
	{ "dummy", false,
	  { value_topic, FIELD(struct config_channel, dummy),
	    .want = "an MQTT topic of at most 127 bytes, without + and #, not beginning with $" } },
	{ "qos", false, { value_number, FIELD(struct config_channel, qos), .min = 0, .max = 1 } },
	{ "spool", false,
	  { value_number, FIELD(struct config_channel, spool), .min = 1, .max = CONFIG_SPOOL_MAX } },
};

/* See CONFIG_FORM_OF(). Echo is of ICMP and ICMPv6. */
const struct config_choice config_protocols[] = {
	{ "udp", IPPROTO_UDP },
	{ "tcp", IPPROTO_TCP },
	{ "icmp", IPPROTO_ICMP },
	{ "icmpv6", IPPROTO_ICMPV6 },
	{ "quic", IPPROTO_UDP | TACIT_FORM_QUIC << 8 },
	{ "ntp", IPPROTO_UDP | TACIT_FORM_NTP << 8 },
	{ "dns", IPPROTO_UDP | TACIT_FORM_DNS << 8 },
	{ "echo", TACIT_FORM_ECHO << 8 },
	{ NULL, 0 },
};

static const struct config_choice existing_choices[] = {
	{ "allow", 1 },
	{ "reset", 0 },
	{ NULL, 0 },
};

static const struct config_choice class_choices[] = {
	{ "other", TACIT_CLASS_OTHER },
	{ "urgent", TACIT_CLASS_URGENT },
	{ "channel", TACIT_CLASS_CHANNEL },
	{ NULL, 0 },
};

/* Of `urgent`, which was there before `class`. */
static const struct config_choice yes_no_choices[] = {
	{ "yes", TACIT_CLASS_URGENT },
	{ "no", TACIT_CLASS_OTHER },
	{ NULL, 0 },
};

static const struct config_key allow_keys[] = {
	{ "protocol", true,
	  { value_choice, FIELD(struct config_allow, protocol), .choices = config_protocols } },
	{ "port", false, { value_port, FIELD(struct config_allow, rule.port), .want = "a port from 1 to 65535" } },
	{ "address", false,
	  { value_address, FIELD(struct config_allow, rule),
	    .want = "an address, or a network with its prefix and no bits beyond it, like 192.0.2.0/24" } },
	{ "host", false,
	  { value_host_name, FIELD(struct config_allow, host), .want = "a host name; an address goes to address" } },
	{ "uid", false,
	  { value_uid, FIELD(struct config_allow, rule), .want = "a user's number, or a name that this machine knows" } },
	{ "cgroup", false,
	  { value_cgroup, FIELD(struct config_allow, cgroup),
	    .want = "a path in the cgroup hierarchy, like /system.slice/app.service, at most 7 deep" } },
	{ "existing", false,
	  { value_choice, FIELD(struct config_allow, rule.existing), .choices = existing_choices } },
	{ "class", false, { value_choice, FIELD(struct config_allow, rule.class), .choices = class_choices } },
	{ "urgent", false, { value_choice, FIELD(struct config_allow, rule.class), .choices = yes_no_choices } },
	{ "reason", true,
	  { value_text, FIELD(struct config_allow, reason), .want = "a sentence of at most 127 bytes for the operator" } },
};

const struct config_section config_sections[] = {
	{ "device", false, false, device_keys, COUNT(device_keys), config_check_device },
	{ "schedule", false, true, schedule_keys, COUNT(schedule_keys), config_check_schedule },
	{ "uplink", true, false, uplink_keys, COUNT(uplink_keys), config_check_uplink },
	{ "channel", true, false, channel_keys, COUNT(channel_keys), config_check_channel },
	{ "allow", true, false, allow_keys, COUNT(allow_keys), config_check_allow },
};

const size_t config_section_count = COUNT(config_sections);

_Static_assert(COUNT(channel_keys) <= CONFIG_KEYS_MAX, "a section's keys are remembered in a uint32_t");
_Static_assert(sizeof(((struct config *)0)->refuse) == 4 && sizeof(((struct config *)0)->root) == 4, "enumerations are stored as 4 bytes");
