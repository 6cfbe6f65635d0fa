// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "schedule.h"
#include "config_hint.h"

#define FILE_NAME "tacit.conf"

#define DEVICE "[device]\nuplink = eth0\n"
#define SCHEDULE "[schedule]\nperiod = 2s\njitter = 1s\nopen = 250ms\n"
#define CHANNEL_AT(name, listen)                                                       \
	"[channel " name "]\nshape = constant\nlisten = " listen "\nupstream = b.test:8883\n" \
	"key = device\ncertificate = /c.pem\nca = /ca.pem\n"
#define CHANNEL_NAMED(name, port) CHANNEL_AT(name, "127.0.0.1:" port)
#define CHANNEL CHANNEL_NAMED("light", "1883")
#define SERVE_LISTEN(listen, upstream)                                                                           \
	"[channel api]\nmode = accept\nshape = none\nlisten = " listen "\nupstream = " upstream "\nkey = server\n" \
	"certificate = /s.pem\n"
#define SERVE SERVE_LISTEN("[::]:8443", "127.0.0.1:8080")
#define RESOLVERS DEVICE "resolvers = 192.0.2.53, 2001:db8::53\n"
#define RESCUE "[allow rescue]\nreason = x\n"
#define ALLOW "[allow ntp]\nprotocol = udp\nreason = time\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char whole_file[] =
	"# everything that can be said, f\303\274r alle\n"
	"[device]\n"
	"uplink = eth0.7 ; the one to the house\n"
	"user = _tacit\n"
	"keys = /k\n"
	"root_key=/r\n"
	"control = /c\n"
	"refuse = drop\r\n"
	"unattended = 1h\n"
	"\n"
	"[schedule]\n"
	"period = 5min\n"
	"jitter = 2s\n"
	"open = 250ms\n"
	"[channel light.1]\n"
	"mode = connect\n"
	"protocol = mqtt\n"
	"shape = constant\n"
	"listen = 127.1.2.3:1884\n"
	"upstream = broker.example.net:8883\n"
	"server_name = other.example.net\n"
	"key = device\n"
	"certificate = /etc/tacit/device.pem\n"
	"ca = /etc/tacit/ca.pem\n"
	"client_id = Light-1\n"
	"cell = 512\n"
	"cells = 3\n"
	"ping_every = 4\n"
	"dummy = house/dummy\n"
	"qos = 0\n"
	"spool = 4096\n"
	"  ; a comment may be indented, and in any tongue: f\303\274r\n"
	"[ channel  plain ]\n"
	"shape = none\n"
	"listen = [::1]:1885\n"
	"upstream = [2001:db8::1]:8884\n"
	"key = device\n"
	"certificate = /d.pem\n"
	"ca = /e.pem\n"
	"[channel api]\n"
	"listen = 192.0.2.7:443\n"
	"upstream = 127.0.0.1:8080\n"
	"shape = none\n"
	"key = server\n"
	"certificate = /s.pem\n"
	"ca = /clients.pem\n"
	"limit = 2/s\n"
	"burst = 7\n"
	"mode = accept\n"
	"[allow dns]\n"
	"protocol = udp\n"
	"port = 53\n"
	"address = 192.0.2.0/24\n"
	"urgent = yes\n"
	"reason = names\n"
	"[allow rescue]\n"
	"protocol = tcp\n"
	"address = 2001:db8::5\n"
	"port = 443\n"
	"reason = repair, if all else fails\n"
	"[allow ping]\n"
	"protocol = icmp\n"
	"address = 192.0.2.1\n"
	"reason = test\n"
	"[allow ping6]\n"
	"protocol = icmpv6\n"
	"urgent = no\n"
	"reason = test";

static int parse(const char *text, struct config *config, struct config_error *error)
{
	return config_parse(FILE_NAME, text, strlen(text), config, error);
}

static void assert_accepted(const char *text, struct config *config)
{
	struct config_error error;

	if (parse(text, config, &error))
		fail_msg("refused: %s", error.text);
	assert_string_equal(error.text, "");
}

static void assert_address(const uint8_t address[16], const char *text)
{
	struct in6_addr expected;

	assert_int_equal(inet_pton(AF_INET6, text, &expected), 1);
	assert_memory_equal(address, &expected, 16);
}

static void every_key_reaches_its_field(void **state)
{
	static struct config c;
	const struct config_channel *l = &c.channels[0], *p = &c.channels[1], *s = &c.channels[2];
	const struct config_allow *a = c.allows;

	(void)state;
	assert_accepted(whole_file, &c);
	assert_string_equal(c.uplinks.name[0], "eth0.7");
	assert_int_equal(c.uplinks.count, 1);
	assert_string_equal(c.user, "_tacit");
	assert_string_equal(c.keys, "/k");
	assert_string_equal(c.root_key, "/r");
	assert_string_equal(c.control, "/c");
	assert_int_equal(c.refuse, TACIT_REFUSE_DROP);
	assert_int_equal(c.unattended, 3600 * NSEC_PER_SEC);
	assert_int_equal(c.schedule.period, 300000000000);
	assert_int_equal(c.schedule.jitter, 2000000000);
	assert_int_equal(c.schedule.open, 250000000);

	assert_int_equal(c.channel_count, 3);
	assert_string_equal(l->name, "light.1");
	assert_int_equal(l->mode, CONFIG_MODE_CONNECT);
	assert_int_equal(l->line, 15);
	assert_int_equal(l->protocol, CONFIG_PROTOCOL_MQTT);
	assert_int_equal(l->shape, CONFIG_SHAPE_CONSTANT);
	assert_int_equal(l->listen.sin6_family, AF_INET6);
	assert_int_equal(ntohs(l->listen.sin6_port), 1884);
	assert_address(l->listen.sin6_addr.s6_addr, "::ffff:127.1.2.3");
	assert_string_equal(l->upstream_host, "broker.example.net");
	assert_int_equal(l->upstream_port, 8883);
	assert_string_equal(l->server_name, "other.example.net");
	assert_string_equal(l->key, "device");
	assert_string_equal(l->certificate, "/etc/tacit/device.pem");
	assert_string_equal(l->ca, "/etc/tacit/ca.pem");
	assert_string_equal(l->client_id, "Light-1");
	assert_int_equal(l->cell, 512);
	assert_int_equal(l->cells, 3);
	assert_int_equal(l->ping_every, 4);
	assert_string_equal(l->dummy, "house/dummy");
	assert_int_equal(l->qos, 0);
	assert_int_equal(l->spool, 4096);

	assert_string_equal(p->name, "plain");
	assert_int_equal(p->shape, CONFIG_SHAPE_NONE);
	assert_address(p->listen.sin6_addr.s6_addr, "::1");
	assert_int_equal(ntohs(p->listen.sin6_port), 1885);
	assert_string_equal(p->upstream_host, "2001:db8::1");
	assert_int_equal(p->upstream_port, 8884);

	assert_string_equal(s->name, "api");
	assert_int_equal(s->mode, CONFIG_MODE_ACCEPT);
	assert_address(s->listen.sin6_addr.s6_addr, "::ffff:192.0.2.7");
	assert_int_equal(ntohs(s->listen.sin6_port), 443);
	assert_int_equal(s->backend.sin6_family, AF_INET6);
	assert_address(s->backend.sin6_addr.s6_addr, "::ffff:127.0.0.1");
	assert_int_equal(ntohs(s->backend.sin6_port), 8080);
	assert_string_equal(s->key, "server");
	assert_string_equal(s->ca, "/clients.pem");
	assert_int_equal(s->limit_rate, 120);
	assert_int_equal(s->limit_burst, 7);

	assert_int_equal(c.allow_count, 4);
	assert_string_equal(a[0].name, "dns");
	assert_string_equal(a[0].reason, "names");
	assert_int_equal(a[0].rule.protocol, IPPROTO_UDP);
	assert_int_equal(ntohs(a[0].rule.port), 53);
	assert_address(a[0].rule.addr, "::ffff:192.0.2.0");
	assert_int_equal(a[0].rule.prefix, 96 + 24);
	assert_int_equal(a[0].rule.class, TACIT_CLASS_URGENT);
	assert_int_equal(a[1].rule.protocol, IPPROTO_TCP);
	assert_int_equal(ntohs(a[1].rule.port), 443);
	assert_address(a[1].rule.addr, "2001:db8::5");
	assert_int_equal(a[1].rule.prefix, 128);
	assert_int_equal(a[1].rule.rescue, 1);
	assert_int_equal(a[2].rule.rescue, 0);
	assert_int_equal(a[1].rule.class, TACIT_CLASS_OTHER);
	assert_string_equal(a[1].reason, "repair, if all else fails");
	assert_int_equal(a[2].rule.protocol, IPPROTO_ICMP);
	assert_int_equal(a[2].rule.prefix, 128);
	assert_int_equal(a[3].rule.protocol, IPPROTO_ICMPV6);
	assert_int_equal(a[3].rule.prefix, 0);
}

static void an_uplink_may_have_a_pace_of_its_own(void **state)
{
	static struct config c;

	(void)state;
	assert_accepted("[uplink wwan0]\nbudget = 4096\n[device]\nuplink = eth0 wwan0\n" SCHEDULE
			"other = 4\nurgent = 8\nbudget = 65536\n[allow a]\nprotocol = udp\nclass = channel\nreason = x\n", &c);
	assert_int_equal(config_pace(&c, "eth0")->other, 4);
	assert_int_equal(config_pace(&c, "eth0")->urgent, 8);
	assert_int_equal(config_pace(&c, "eth0")->budget, 65536);
	assert_int_equal(config_pace(&c, "wwan0")->other, 1);
	assert_int_equal(config_pace(&c, "wwan0")->urgent, 0);
	assert_int_equal(config_pace(&c, "wwan0")->budget, 4096);
	assert_int_equal(c.allows[0].rule.class, TACIT_CLASS_CHANNEL);
}

static void what_is_not_said_has_its_default(void **state)
{
	static struct config c;
	static const uint8_t no_key[16];

	(void)state;
	assert_accepted(DEVICE SCHEDULE CHANNEL, &c);
	assert_string_equal(c.user, CONFIG_DEFAULT_USER);
	assert_int_equal(c.pace.other, 1);
	assert_int_equal(c.pace.urgent, 0);
	assert_int_equal(c.pace.budget, 0);
	assert_string_equal(c.keys, CONFIG_DEFAULT_KEYS);
	assert_string_equal(c.root_key, CONFIG_DEFAULT_ROOT_KEY);
	assert_string_equal(c.control, CONFIG_DEFAULT_CONTROL);
	assert_int_equal(c.refuse, TACIT_REFUSE_RESET);
	assert_int_equal(c.unattended, 60 * NSEC_PER_SEC);
	assert_memory_equal(c.schedule.key, no_key, sizeof(no_key));
	assert_string_equal(c.channels[0].server_name, "b.test");
	assert_string_equal(c.channels[0].client_id, "");
	assert_int_equal(c.channels[0].cell, 1024);
	assert_int_equal(c.channels[0].cells, 2);
	assert_int_equal(c.channels[0].ping_every, 8);
	assert_string_equal(c.channels[0].dummy, "");
	assert_int_equal(c.channels[0].qos, 1);
	assert_int_equal(c.channels[0].spool, 256);
	assert_int_equal(c.channels[0].mode, CONFIG_MODE_CONNECT);

	/* Any address of the machine, no client certificate. */
	assert_accepted(DEVICE SERVE, &c);
	assert_int_equal(c.channels[0].limit_rate, 60);
	assert_int_equal(c.channels[0].limit_burst, 20);
	assert_string_equal(c.channels[0].ca, "");
	assert_accepted(DEVICE SERVE_LISTEN("127.0.0.1:80", "127.0.0.2:80") "limit = 1000/s\nburst = 1000\n", &c);
	assert_int_equal(c.channels[0].limit_rate, 60000);
	assert_accepted(DEVICE SERVE_LISTEN("[2001:db8::1]:80", "[::1]:80") "limit = 1/min\nburst = 1\n", &c);
	assert_int_equal(c.channels[0].limit_rate, 1);

	assert_accepted(DEVICE, &c);
	assert_int_equal(c.schedule.period, 0);
	assert_int_equal(c.channel_count, 0);
	assert_int_equal(c.allow_count, 0);
	assert_accepted(DEVICE "[schedule]\n", &c);
	assert_int_equal(c.schedule.period, 0);
	/* The order of sections does not matter. */
	assert_accepted(CHANNEL SCHEDULE DEVICE, &c);
	/* Kept within their bounds and just there. */
	assert_accepted(DEVICE SCHEDULE CHANNEL "cells = 2\nping_every = 15\n", &c);
	assert_accepted(DEVICE SCHEDULE CHANNEL "cells = 16\nping_every = 15\ndummy = a\n", &c);
	assert_accepted(DEVICE SCHEDULE CHANNEL "cell = 128\n", &c);
	assert_accepted(DEVICE SCHEDULE CHANNEL "cell = 1220\n", &c);
	assert_accepted(DEVICE ALLOW "address = 0.0.0.0/0\n", &c);
	assert_int_equal(c.allows[0].rule.prefix, 96);
	assert_accepted("[device]\nuplink = eth0\nuser = 65534\n", &c);
}

static void rules_by_name_owner_and_form(void **state)
{
	struct config c;
	const struct config_allow *a = c.allows;

	(void)state;
	assert_accepted("[allow dns]\nprotocol = dns\nreason = x\n"
			"[allow quic]\nprotocol = quic\nhost = Cloud.Test\nreason = x\n"
			"[allow ntp]\nprotocol = ntp\nport = 1123\nuid = 65534\nreason = x\n"
			"[allow ping]\nprotocol = echo\ncgroup = /a.slice/b\nreason = x\n"
			"[allow old]\nprotocol = tcp\nport = 22\nexisting = allow\nreason = x\n"
			"[allow root]\nprotocol = tcp\nhost = cloud.test\nuid = root\nreason = x\n"
			DEVICE "resolvers = 192.0.2.53 , 2001:db8::53\n", &c);
	assert_int_equal(c.resolver_count, 2);
	assert_int_equal(c.resolvers[0].s6_addr[12], 192);
	assert_int_equal(c.resolvers[1].s6_addr[0], 0x20);
	assert_true(a[0].to_resolvers && a[0].rule.protocol == IPPROTO_UDP && a[0].rule.port == htons(53));
	assert_int_equal(a[0].rule.form, TACIT_FORM_DNS);
	assert_string_equal(a[1].host, "cloud.test");
	assert_true(a[1].rule.form == TACIT_FORM_QUIC && a[1].rule.port == htons(443) && !a[1].to_resolvers);
	assert_true(a[2].rule.form == TACIT_FORM_NTP && a[2].rule.port == htons(1123) && a[2].rule.uid == 65534);
	assert_int_equal(a[2].rule.owned, TACIT_OWNED_UID);
	assert_true(a[3].rule.form == TACIT_FORM_ECHO && !a[3].rule.protocol && !a[3].rule.port);
	assert_true(a[3].rule.owned == TACIT_OWNED_CGROUP && !strcmp(a[3].cgroup, "/a.slice/b"));
	assert_true(a[4].rule.existing && !a[3].rule.existing && a[4].rule.protocol == IPPROTO_TCP);
	assert_true(a[5].rule.owned == TACIT_OWNED_UID && a[5].rule.uid == 0);
}

static void so_many_names_and_no_more(void **state)
{
	static char text[16384];
	struct config c;
	struct config_error e;
	size_t used = (size_t)sprintf(text, "%s[allow dns]\nprotocol = dns\nreason = x\n", RESOLVERS);

	(void)state;
	for (int i = 0; i < CONFIG_HOSTS_MAX; i++)
		used += (size_t)sprintf(text + used, "[allow a%d]\nprotocol = udp\nhost = h%d.test\nreason = x\n", i, i);
	used += (size_t)sprintf(text + used, "[allow again]\nprotocol = udp\nhost = h0.test\nreason = x\n");
	assert_accepted(text, &c);
	sprintf(text + used, "[allow more]\nprotocol = udp\nhost = more.test\nreason = x\n");
	assert_int_equal(config_parse("f", text, strlen(text), &c, &e), -EINVAL);
	assert_non_null(strstr(e.text, "more than 24 names"));
}

struct refusal {
	const char *text;
	int line;
	const char *says;	/* what is wrong, and the cure */
};

static const struct refusal refusals[] = {
	/* lines and sections */
	{ "", 0, "no [device] section with an uplink; add" },
	{ "uplink = eth0\n", 1, "before the first section; begin with [device]" },
	{ DEVICE "nonsense\n", 3, "neither a section, a key nor a comment; write KEY = VALUE" },
	{ "nonsense\n[device]\nuplink = eth/0\n", 1, "neither a section" },
	{ "[device]\nuplink = eth/0\nnonsense\n", 2, "uplink = eth/0 is refused" },
	{ DEVICE "keys = /a\n /b\n", 4, "begins with a blank" },
	{ DEVICE "\tkeys = /a\n", 3, "begins with a blank" },
	{ DEVICE "keys = /\303\274\n", 3, "not printable ASCII in column 9" },
	{ DEVICE "keys = /\033[2J\n", 3, "not printable ASCII in column 9" },
	{ DEVICE "keys = /\177\n", 3, "not printable ASCII in column 9" },
	{ "\357\273\277" DEVICE, 1, "not printable ASCII in column 1" },
	{ DEVICE "keys = /" X50 X50 X50 X50 "\n", 3, "longer than 197 bytes" },
	{ "[device\nuplink = eth0\n", 1, "does not end with a ']'" },
	{ "[device] x\n", 1, "does not end with a ']'" },
	{ "[devise]\n", 1, "no section [devise]; did you mean [device]?" },
	{ "[]\n", 1, "no section []; sections are [device], [schedule], [uplink NAME], [channel NAME] and [allow NAME]" },
	{ "[nothing of the kind]\n", 1, "sections are" },
	{ "[device x]\n", 1, "[device] takes no name" },
	{ DEVICE "[device]\n", 3, "[device] stands here a second time" },
	{ DEVICE SCHEDULE "[schedule]\n", 7, "[schedule] stands here a second time" },
	{ DEVICE SCHEDULE CHANNEL CHANNEL_NAMED("light", "1884"), 14, "[channel light] stands in line 7 already" },
	{ DEVICE ALLOW ALLOW, 6, "[allow ntp] stands in line 3 already" },
	{ DEVICE "[channel]\n", 3, "needs a name" },
	{ DEVICE "[channel Light]\n", 3, "needs a name" },
	{ DEVICE "[channel .a]\n", 3, "needs a name" },
	{ DEVICE "[channel a b]\n", 3, "needs a name" },
	{ DEVICE "[channel " X50 "xxxxxxxxxxxxxx]\n", 3, "needs a name of 1 to 63" },
	{ DEVICE "[allow ../x]\n", 3, "needs a name" },
	/* keys */
	{ DEVICE "uplonk = eth1\n", 3, "[device] has no key uplonk; did you mean uplink?" },
	{ DEVICE "ekys = /k\n", 3, "did you mean keys?" },
	{ DEVICE "Uplink = eth1\n", 3, "did you mean uplink?" },
	{ DEVICE "nothing-like-it = 1\n", 3, "its keys are uplink, user, keys, root_key, root, root_pcrs, root_trusted, control, refuse" },
	{ DEVICE "= 1\n", 3, "has no key" },
	{ DEVICE "uplink = eth0\n", 3, "uplink is given twice" },
	{ DEVICE SCHEDULE "period = 2s\n", 7, "period is given twice" },
	{ "[device]\n", 1, "[device] lacks its key uplink; add uplink = VALUE" },
	{ "[device]\nkeys = /k\n[schedule]\n", 1, "lacks its key uplink" },
	{ DEVICE "[schedule]\nperiod = 2s\n", 3, "[schedule] lacks its key jitter" },
	{ DEVICE "[schedule]\njitter = 1s\nopen = 1s\n", 3, "[schedule] lacks its key period" },
	{ DEVICE "[channel a]\n", 3, "[channel] lacks its key shape" },
	{ DEVICE "[channel a]\nshape = none\nupstream = a:1\nkey = k\ncertificate = /c\nca = /a\n", 3, "lacks its key listen" },
	{ DEVICE "[channel a]\nshape = none\nlisten = [::1]:1\nkey = k\ncertificate = /c\nca = /a\n", 3, "its key upstream" },
	{ DEVICE "[channel a]\nshape = none\nlisten = [::1]:1\nupstream = a:1\ncertificate = /c\nca = /a\n", 3, "its key key" },
	{ DEVICE "[channel a]\nshape = none\nlisten = [::1]:1\nupstream = a:1\nkey = k\nca = /a\n", 3, "its key certificate" },
	{ DEVICE "[channel a]\nshape = none\nlisten = [::1]:1\nupstream = a:1\nkey = k\ncertificate = /c\n", 3, "its key ca" },
	{ DEVICE "[allow a]\nreason = x\n", 3, "lacks its key protocol" },
	{ DEVICE "[allow a]\nprotocol = udp\n", 3, "lacks its key reason" },
	/* values of [device] */
	{ "[device]\nuplink =\n", 2, "name of a network interface" },
	{ "[device]\nuplink = a b a\n", 2, "name of a network interface" },
	{ "[device]\nuplink = a b c d e\n", 2, "name of a network interface" },
	{ "[device]\nuplink = a, b\n", 2, "name of a network interface" },
	{ "[device]\nuplink = 1234567890123456\n", 2, "name of a network interface" },
	{ "[device]\nuplink = lo\n", 2, "; not lo" },
	{ "[device]\nuplink = eth0 lo\n", 2, "; not lo" },
	{ "[device]\nuplink = ..\n", 2, "name of a network interface" },
	{ DEVICE "user = root\n", 3, "not root" },
	{ DEVICE "user = 0\n", 3, "not root" },
	{ DEVICE "user = 00\n", 3, "not root" },
	{ DEVICE "user = 4294967295\n", 3, "unprivileged user" },
	{ DEVICE "user = 99999999999999999999999\n", 3, "unprivileged user" },
	{ DEVICE "user = -x\n", 3, "unprivileged user" },
	{ DEVICE "keys = relative\n", 3, "absolute path" },
	{ DEVICE "keys = /\n", 3, "absolute path" },
	{ DEVICE "root_key = ~/x\n", 3, "absolute path" },
	{ DEVICE "control = /" X50 X50 "xxxxxxx\n", 3, "at most 107 bytes" },
	{ DEVICE "refuse = maybe\n", 3, "one of: reset, drop" },
	/* values of [schedule] */
	{ DEVICE "[schedule]\nperiod = 2\n", 4, "period = 2 is refused; it must be a whole number and a unit" },
	{ DEVICE "[schedule]\nperiod = 2 s\n", 4, "a whole number and a unit" },
	{ DEVICE "[schedule]\nperiod = 1.5s\n", 4, "a whole number and a unit" },
	{ DEVICE "[schedule]\nperiod = 2s # so\n", 4, "a whole number and a unit" },
	{ DEVICE "[schedule]\nperiod = 50ms\njitter = 0s\nopen = 20ms\n", 3, "under 100ms" },
	{ DEVICE "[schedule]\nperiod = 2h\njitter = 0s\nopen = 20ms\n", 3, "over 1h" },
	{ DEVICE "[schedule]\nperiod = 0s\njitter = 0s\nopen = 0s\n", 3, "under 100ms" },
	{ DEVICE "[schedule]\nperiod = 2s\njitter = 1s\nopen = 1001ms\n", 3, "overlap; a schedule that works is" },
	{ DEVICE "[schedule]\nperiod = 2s\njitter = 1s\nopen = 9ms\n", 3, "less than 10ms" },
	/* values of [channel] */
	{ DEVICE SCHEDULE CHANNEL "mode = peer\n", 14, "must be connect (device to cloud) or accept" },
	{ DEVICE SCHEDULE CHANNEL "limit = 60/min\n", 14, "limit says nothing with mode = connect; remove it" },
	{ DEVICE SCHEDULE CHANNEL "burst = 20\n", 14, "burst says nothing with mode = connect; remove it" },
	{ DEVICE SCHEDULE CHANNEL "mode = accept\n", 8, "mode = accept goes with shape = none only" },
	{ DEVICE "[channel a]\nshape = none\nlisten = 127.0.0.1:1\nupstream = a:1\nkey = k\ncertificate = /c\n", 3,
	  "lacks its key ca" },
	{ DEVICE SERVE "protocol = mqtt\n", 10, "protocol says nothing with mode = accept; remove it" },
	{ DEVICE SERVE "server_name = a\n", 10, "server_name says nothing with mode = accept" },
	{ DEVICE SERVE "client_id = a\n", 10, "client_id says nothing with mode = accept" },
	{ DEVICE SERVE "cell = 512\n", 10, "cell says nothing with mode = accept" },
	{ DEVICE SERVE "cells = 2\n", 10, "cells says nothing with mode = accept" },
	{ DEVICE SERVE "ping_every = 2\n", 10, "ping_every says nothing with mode = accept" },
	{ DEVICE SERVE "dummy = a\n", 10, "dummy says nothing with mode = accept" },
	{ DEVICE SERVE "qos = 0\n", 10, "qos says nothing with mode = accept" },
	{ DEVICE SERVE "spool = 2\n", 10, "spool says nothing with mode = accept" },
	{ DEVICE SERVE "limit = 60\n", 10, "limit = 60 is refused; it must be NUMBER/min or NUMBER/s" },
	{ DEVICE SERVE "limit = 0/min\n", 10, "from 1/min to 1000/s" },
	{ DEVICE SERVE "limit = 1001/s\n", 10, "from 1/min to 1000/s" },
	{ DEVICE SERVE "limit = 60001/min\n", 10, "from 1/min to 1000/s" },
	{ DEVICE SERVE "limit = 307445734561825861/s\n", 10, "from 1/min to 1000/s" },
	{ DEVICE SERVE "limit = 60/h\n", 10, "NUMBER/min or NUMBER/s" },
	{ DEVICE SERVE "limit = /min\n", 10, "NUMBER/min or NUMBER/s" },
	{ DEVICE SERVE "limit = 60 /min\n", 10, "NUMBER/min or NUMBER/s" },
	{ DEVICE SERVE "burst = 0\n", 10, "from 1 to 1000" },
	{ DEVICE SERVE "burst = 1001\n", 10, "from 1 to 1000" },
	{ DEVICE SERVE_LISTEN("[::]:8443", "192.0.2.1:8080"), 7, "upstream must be 127.0.0.1:PORT or [::1]:PORT" },
	{ DEVICE SERVE_LISTEN("[::]:8443", "[2001:db8::1]:8080"), 7, "upstream must be 127.0.0.1:PORT" },
	{ DEVICE SERVE_LISTEN("[::]:8443", "0.0.0.0:8080"), 7, "upstream must be 127.0.0.1:PORT" },
	{ DEVICE SERVE_LISTEN("[::]:8443", "localhost:8080"), 7, "upstream must be 127.0.0.1:PORT" },
	{ DEVICE SERVE_LISTEN("0.0.0.0:80", "127.0.0.1:80"), 7, "upstream is where this channel listens itself" },
	{ DEVICE SERVE_LISTEN("[::]:80", "127.0.0.1:80"), 7, "upstream is where this channel listens itself" },
	{ DEVICE SERVE_LISTEN("224.0.0.1:80", "127.0.0.1:80"), 6, "an address of this machine" },
	{ DEVICE SERVE_LISTEN("[ff02::1]:80", "127.0.0.1:80"), 6, "an address of this machine" },
	{ DEVICE SERVE CHANNEL_NAMED("b", "8443"), 10, "[channel b] listens where [channel api] does" },
	{ DEVICE SCHEDULE CHANNEL "protocol = http\n", 14, "one of: mqtt" },
	{ DEVICE "[channel a]\nshape = batch\n", 4, "one of: none, constant" },
	{ DEVICE CHANNEL_AT("light", "192.0.2.1:1883"), 5, "must not be offered beyond this machine" },
	{ DEVICE CHANNEL_AT("light", "0.0.0.0:1883"), 5, "must not be offered beyond" },
	{ DEVICE CHANNEL_AT("light", "[::]:1883"), 5, "must not be offered beyond" },
	{ DEVICE "[channel a]\nlisten = ::1:1883\n", 4, "ADDRESS:PORT or [IPv6]:PORT" },
	{ DEVICE "[allow a]\nclass = fast\n", 4, "one of: other, urgent, channel" },
	{ DEVICE "[allow a]\nprotocol = udp\nreason = x\nclass = urgent\nurgent = no\n", 7, "urgent and class are two ways" },
	{ DEVICE SCHEDULE "other = 0\n", 7, "a whole number from 1 to 16" },
	{ DEVICE SCHEDULE "other = 17\n", 7, "a whole number from 1 to 16" },
	{ DEVICE SCHEDULE "urgent = 17\n", 7, "a whole number from 0 to 16" },
	{ DEVICE SCHEDULE "budget = 2047\n", 7, "0 (none) or a whole number from 2048 to 8388608" },
	{ DEVICE SCHEDULE "budget = 8388609\n", 7, "a whole number from 0 to 8388608" },
	{ DEVICE "[schedule]\nperiod = 1s\njitter = 0s\nopen = 10ms\nurgent = 3\n", 3, "open / urgent is under 5ms" },
	{ DEVICE "[schedule]\nperiod = 3min\njitter = 0s\nopen = 10ms\nother = 11\n", 3, "over 30min (other * period)" },
	{ DEVICE "[schedule]\nperiod = 5min\njitter = 0s\nopen = 10ms\nother = 2\nbudget = 9000\n", 3, "(9 * other * period)" },
	{ DEVICE SCHEDULE "[uplink eth1]\nother = 2\n", 7, "[uplink eth1]: is no uplink that [device] names" },
	{ DEVICE "[uplink eth0]\nother = 2\n", 3, "there are none; add a [schedule]" },
	{ DEVICE SCHEDULE "[uplink eth0]\nbudget = 1\n", 8, "0 (none) or a whole number" },
	{ DEVICE SCHEDULE "[uplink eth0]\nother = 2\n[uplink eth0]\n", 9, "[uplink eth0] stands in line 7 already" },
	{ DEVICE SCHEDULE "[uplink an-interface-name]\n", 7, "names of interfaces are shorter" },
	{ DEVICE SCHEDULE "[uplink eth0]\nperiod = 2s\n", 8, "[uplink] has no key period" },
	{ DEVICE "[channel a]\nlisten = localhost:1883\n", 4, "ADDRESS:PORT" },
	{ DEVICE "[channel a]\nlisten = 127.0.0.1\n", 4, "ADDRESS:PORT" },
	{ DEVICE "[channel a]\nlisten = 127.0.0.1:0\n", 4, "ADDRESS:PORT" },
	{ DEVICE "[channel a]\nlisten = 127.0.0.1:65536\n", 4, "ADDRESS:PORT" },
	{ DEVICE "[channel a]\nlisten = [127.0.0.1]:1883\n", 4, "ADDRESS:PORT" },
	{ DEVICE "[channel a]\nupstream = b.test\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = :8883\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = b.test:\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = b.test:+1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = b.test:000080\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = b..test:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = -b.test:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = b_.test:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = 1.2.3:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = 1.2.3.256:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = 2001:db8::1:8883\n", 4, "[2001:db8::1]:8883" },
	{ DEVICE "[channel a]\nupstream = []:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = [b.test]:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nupstream = " X50 "xxxxxxxxxxxxxx.test:1\n", 4, "HOST:PORT" },
	{ DEVICE "[channel a]\nserver_name = a b\n", 4, "a host name or an address" },
	{ DEVICE "[channel a]\nkey = ../device\n", 4, "a key's name: 1 to 63" },
	{ DEVICE "[channel a]\ncertificate = c.pem\n", 4, "absolute path" },
	{ DEVICE "[channel a]\nca = c.pem\n", 4, "absolute path" },
	{ DEVICE "[channel a]\nclient_id = a b\n", 4, "1 to 63 letters" },
	{ DEVICE "[channel a]\ncell = 127\n", 4, "a whole number from 128 to 1220" },
	{ DEVICE "[channel a]\ncell = 1221\n", 4, "from 128 to 1220" },
	{ DEVICE "[channel a]\ncell = 0x200\n", 4, "from 128 to 1220" },
	{ DEVICE "[channel a]\ncell = -512\n", 4, "from 128 to 1220" },
	{ DEVICE "[channel a]\ncell = 18446744073709552128\n", 4, "from 128 to 1220" },
	{ DEVICE "[channel a]\ncells = 0\n", 4, "from 1 to 16" },
	{ DEVICE "[channel a]\ncells = 17\n", 4, "from 1 to 16" },
	{ DEVICE "[channel a]\nping_every = 0\n", 4, "from 1 to 15" },
	{ DEVICE "[channel a]\nping_every = 16\n", 4, "from 1 to 15" },
	{ DEVICE "[channel a]\nqos = 2\n", 4, "from 0 to 1" },
	{ DEVICE SCHEDULE CHANNEL "qos = 0\n", 14, "qos says nothing without dummy" },
	{ DEVICE "[channel a]\nspool = 0\n", 4, "from 1 to 4096" },
	{ DEVICE "[channel a]\nspool = 4097\n", 4, "from 1 to 4096" },
	{ DEVICE "[channel a]\ndummy = house/+\n", 4, "an MQTT topic" },
	{ DEVICE "[channel a]\ndummy = house/#\n", 4, "an MQTT topic" },
	{ DEVICE "[channel a]\ndummy = $SYS/x\n", 4, "an MQTT topic" },
	{ DEVICE "[channel a]\ndummy =\n", 4, "an MQTT topic" },
	{ DEVICE "[channel a]\ndummy = " X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", 4, "at most 127 bytes" },
	{ DEVICE SCHEDULE CHANNEL "cells = 4\nping_every = 8\n", 7, "cells times ping_every must stay below 32" },
	{ DEVICE SCHEDULE CHANNEL "cell = 128\ncells = 1\ndummy = " X50 X50 "\n", 7, "does not fit the cells" },
	{ DEVICE CHANNEL, 3, "needs slots; add a [schedule]" },
	{ DEVICE "[schedule]\n" CHANNEL, 4, "needs slots" },
	{ DEVICE SCHEDULE CHANNEL CHANNEL_NAMED("b", "1883"), 14, "[channel b] listens where [channel light] does" },
	/* values of [allow] */
	{ DEVICE "[allow a]\nprotocol = sctp\n", 4, "one of: udp, tcp, icmp, icmpv6, quic, ntp, dns, echo" },
	{ DEVICE "[allow a]\nport = 0\n", 4, "a port from 1 to 65535" },
	{ DEVICE "[allow a]\nport = ntp\n", 4, "a port from 1 to 65535" },
	{ DEVICE "[allow a]\naddress = b.test\n", 4, "an address, or a network" },
	{ DEVICE "[allow a]\naddress = 192.0.2.0/33\n", 4, "an address, or a network" },
	{ DEVICE "[allow a]\naddress = 192.0.2.0/\n", 4, "an address, or a network" },
	{ DEVICE "[allow a]\naddress = 192.0.2.1/24\n", 4, "no bits beyond it" },
	{ DEVICE "[allow a]\naddress = 192.0.2.128/24\n", 4, "no bits beyond it" },
	{ DEVICE "[allow a]\naddress = 2001:db8::/129\n", 4, "an address, or a network" },
	{ DEVICE "[allow a]\naddress = 2001:db8::1/64\n", 4, "no bits beyond it" },
	{ DEVICE "[allow a]\naddress = " X50 "\n", 4, "an address, or a network" },
	{ DEVICE "[allow a]\nhost = 192.0.2.1\n", 4, "an address goes to address" },
	{ DEVICE "[allow a]\nhost = -a.test\n", 4, "a host name" },
	{ DEVICE "[allow a]\nhost = a..test\n", 4, "a host name" },
	{ DEVICE "[allow a]\nuid = -1\n", 4, "a user's number" },
	{ DEVICE "[allow a]\nuid = 4294967295\n", 4, "a user's number" },
	{ DEVICE "[allow a]\nuid = no_such_user_here\n", 4, "that this machine knows" },
	{ DEVICE "[allow a]\ncgroup = a\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\ncgroup = /\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\ncgroup = /a/\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\ncgroup = /a//b\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\ncgroup = /a/../b\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\ncgroup = /1/2/3/4/5/6/7/8\n", 4, "at most 7 deep" },
	{ DEVICE "[allow a]\ncgroup = /" X50 X50 X50 "\n", 4, "a path in the cgroup hierarchy" },
	{ DEVICE "[allow a]\nexisting = yes\n", 4, "one of: allow, reset" },
	{ "[device]\nresolvers = 192.0.2.1,\n", 2, "1 to 3 addresses" },
	{ "[device]\nresolvers = 192.0.2.1, ns.test\n", 2, "1 to 3 addresses" },
	{ "[device]\nresolvers = 224.0.0.251\n", 2, "1 to 3 addresses" },
	{ "[device]\nresolvers = 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4\n", 2, "1 to 3 addresses" },
	{ DEVICE "[allow a]\nprotocol = udp\nreason = x\nhost = a.test\n", 3, "add resolvers = ADDRESS to [device]" },
	{ DEVICE "[allow a]\nprotocol = dns\nreason = x\n", 3, "add resolvers = ADDRESS to [device]" },
	{ RESOLVERS "[allow a]\nprotocol = udp\nreason = x\nhost = a.test\n", 4, "protocol = dns" },
	{ RESOLVERS "[allow a]\nprotocol = udp\nreason = x\nhost = a.test\naddress = 192.0.2.1\n", 7, "remove one of them" },
	{ DEVICE "[allow a]\nprotocol = quic\nreason = x\n", 3, "named destinations only" },
	{ DEVICE "[allow a]\nprotocol = echo\nport = 7\nreason = x\n", 3, "no ports" },
	{ DEVICE "[allow a]\nprotocol = udp\nreason = x\nexisting = allow\n", 6, "only TCP" },
	{ DEVICE "[allow a]\nprotocol = tcp\nport = 1\nreason = x\nuid = 1\nexisting = allow\n", 8, "remove host, uid" },
	{ DEVICE "[allow rescue]\nprotocol = tcp\nport = 1\naddress = 192.0.2.1\nreason = x\nuid = 0\n", 3, "nothing else" },
	{ DEVICE "[allow a]\nurgent = 1\n", 4, "one of: yes, no" },
	{ DEVICE "[allow a]\nreason =\n", 4, "a sentence" },
	{ DEVICE "[allow a]\nreason = " X50 X50 X50 "\n", 4, "at most 127 bytes" },
	{ DEVICE "[allow a]\nprotocol = tcp\nreason = x\n", 3, "would let all TCP out" },
	{ DEVICE RESCUE "protocol = udp\nport = 1\naddress = 192.0.2.1\n", 3, "give it protocol = tcp, a port" },
	{ DEVICE RESCUE "protocol = tcp\naddress = 192.0.2.1\n", 3, "give it protocol = tcp, a port" },
	{ DEVICE RESCUE "protocol = tcp\nport = 1\n", 3, "the address of one host" },
	{ DEVICE RESCUE "protocol = tcp\nport = 1\naddress = 192.0.2.0/31\n", 3, "the address of one host" },
	{ "[device]\nuplink = e\nunattended = 9s\n", 1, "from 10s to 8760h" },
	{ "[device]\nuplink = e\nunattended = 8761h\n", 1, "from 10s to 8760h" },
	{ "[device]\nuplink = e\nunattended = never\n", 3, "from 10s to 8760h" },
	{ DEVICE "[allow a]\nprotocol = icmp\nport = 1\nreason = x\n", 3, "have no ports" },
	{ DEVICE "[allow a]\nprotocol = icmp\naddress = 2001:db8::1\nreason = x\n", 3, "icmp goes with an IPv4 address" },
	{ DEVICE "[allow a]\nprotocol = icmpv6\naddress = 192.0.2.1\nreason = x\n", 3, "icmpv6 with an IPv6 address" },
};

static void every_mistake_is_named_with_its_line_and_cure(void **state)
{
	static struct config c;
	struct config_error error;
	char place[64];

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];

		snprintf(place, sizeof(place), FILE_NAME ":%d: ", r->line);
		if (parse(r->text, &c, &error) != -EINVAL)
			fail_msg("accepted:\n%s", r->text);
		if (strncmp(error.text, place, strlen(place)) || !strstr(error.text, r->says))
			fail_msg("for\n%s\nexpected \"%s...%s...\", got \"%s\"", r->text, place, r->says, error.text);
	}
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = DEVICE "keys = /a\0b\n";
	static struct config c;
	struct config_error error;

	(void)state;
	assert_int_equal(config_parse(FILE_NAME, text, sizeof(text) - 1, &c, &error), -EINVAL);
	assert_non_null(strstr(error.text, ":3: there is a NUL byte"));
}

/* As many as there is room for, and one more. */
static void more_sections_than_there_is_room_for_are_refused(void **state)
{
	static char text[CONFIG_FILE_BYTES_MAX];
	static struct config c;
	struct config_error error;
	size_t used = (size_t)sprintf(text, "%s", DEVICE SCHEDULE);

	(void)state;
	for (int i = 0; i < CONFIG_CHANNELS_MAX; i++)
		used += (size_t)sprintf(text + used,
					"[channel c%d]\nshape = none\nlisten = [::1]:%d\nupstream = a:1\nkey = k\n"
					"certificate = /c\nca = /a\n",
					i, 1000 + i);
	for (int i = 0; i < CONFIG_ALLOWS_MAX; i++)
		used += (size_t)sprintf(text + used, "[allow a%d]\nprotocol = udp\nreason = x\n", i);
	assert_accepted(text, &c);
	assert_int_equal(c.channel_count, CONFIG_CHANNELS_MAX);
	assert_int_equal(c.allow_count, CONFIG_ALLOWS_MAX);
	sprintf(text + used, "[channel more]\n");
	assert_int_equal(parse(text, &c, &error), -EINVAL);
	assert_non_null(strstr(error.text, "more than 8 channels"));
	sprintf(text + used, "[allow more]\n");
	assert_int_equal(parse(text, &c, &error), -EINVAL);
	assert_non_null(strstr(error.text, "more than 64 rules"));
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	static char text[CONFIG_FILE_BYTES_MAX + 1];
	static struct config c;
	struct config_error error;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, DEVICE, strlen(DEVICE));
	assert_int_equal(config_parse(FILE_NAME, text, sizeof(text) - 1, &c, &error), 0);
	assert_int_equal(config_parse(FILE_NAME, text, sizeof(text), &c, &error), -EINVAL);
	assert_non_null(strstr(error.text, "larger than 65536 bytes"));
}

/*
 * Any beginning of a good file, and any good file with some bytes changed: accepted or refused
 * with a text, and never a byte read or written outside (the sanitizers watch; each text is on
 * the heap, just as long as it is).
 */
static void parse_on_heap(const char *text, size_t bytes)
{
	static struct config c;
	struct config_error error;
	char *copy = malloc(bytes ? bytes : 1);
	int result;

	assert_non_null(copy);
	memcpy(copy, text, bytes);
	result = config_parse(FILE_NAME, copy, bytes, &c, &error);
	free(copy);
	assert_true(result == 0 || result == -EINVAL);
	assert_true((result == 0) == !error.text[0]);
}

static void cut_and_mangled_files_do_no_harm(void **state)
{
	char text[sizeof(whole_file)];
	uint64_t seed = 5;

	(void)state;
	for (size_t bytes = 0; bytes < sizeof(whole_file); bytes++)
		parse_on_heap(whole_file, bytes);
	for (int round = 0; round < 5000; round++) {
		memcpy(text, whole_file, sizeof(text));
		for (uint64_t n = 1 + chance(&seed) % 4; n > 0; n--)
			text[chance(&seed) % (sizeof(text) - 1)] = "\n[]=:; /x0\t\0\377"[chance(&seed) % 14];
		parse_on_heap(text, sizeof(text) - 1);
	}
	for (int round = 0; round < 2000; round++) {
		size_t bytes = chance(&seed) % sizeof(text);

		for (size_t i = 0; i < bytes; i++)
			text[i] = (char)chance(&seed);
		parse_on_heap(text, bytes);
	}
}

static void times_are_whole_numbers_with_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "0s", 0 },
		{ "1ms", 1000000 },
		{ "250ms", 250000000 },
		{ "2s", 2000000000 },
		{ "5min", 300000000000 },
		{ "1h", 3600000000000 },
		{ "18446744073s", 18446744073000000000ull },
	};
	static const char *const bad[] = { "",	 "s",	 "5",	"-1s",	"+1s", " 1s",	     "1s ",
					   "1 s", "1.5s", "1us", "1m",	"1S",  "1sec",       "0x1s",
					   "1s1", "ms",	 "1e3s", "18446744074s", "18446744073709551616ms", "5124096h" };
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(config_time(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (config_time(bad[i], &ns) != -EINVAL)
			fail_msg("\"%s\" was taken for a time", bad[i]);
}

static void hints_are_for_words_that_are_near(void **state)
{
	(void)state;
	assert_int_equal(config_hint_distance("uplink", "uplink"), 0);
	assert_int_equal(config_hint_distance("uplnk", "uplink"), 1);
	assert_int_equal(config_hint_distance("upplink", "uplink"), 1);
	assert_int_equal(config_hint_distance("uqlink", "uplink"), 1);
	assert_int_equal(config_hint_distance("pulink", "uplink"), 1);
	assert_int_equal(config_hint_distance("pulikn", "uplink"), 2);
	assert_int_equal(config_hint_distance("downlink", "uplink"), CONFIG_HINT_FAR);
	assert_int_equal(config_hint_distance("", "uplink"), CONFIG_HINT_FAR);
	assert_int_equal(config_hint_distance(X50, X50), CONFIG_HINT_FAR);
}

static void assert_not_loaded(const char *file, int expected, const char *says)
{
	static struct config c;
	struct config_error error;

	assert_int_equal(config_load(file, &c, &error), expected);
	assert_non_null(strstr(error.text, file));
	if (!strstr(error.text, says))
		fail_msg("expected \"%s\", got \"%s\"", says, error.text);
}

/* Whoever wrote it, what it names can be shut. */
static void assert_unfit(const char *file, const char *says)
{
	static struct config c;
	struct config_error error;

	assert_not_loaded(file, -EINVAL, says);
	assert_int_equal(config_load(file, &c, &error), -EINVAL);
	assert_int_equal(c.uplinks.count, 1);
	assert_string_equal(c.uplinks.name[0], "eth0");
	assert_int_equal(c.allow_count, 0);
}

/* Runs as root, as all that tests the warden's side does. */
static void a_file_is_loaded_if_only_root_can_write_it(void **state)
{
	static struct config c;
	struct config_error error;
	char directory[] = "/tmp/test_config.XXXXXX", file[64], fifo[64];
	FILE *f;

	(void)state;
	if (getuid() != 0)
		skip();
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/conf", directory);
	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	assert_not_loaded(file, -ENOENT, "cannot be read: No such file");
	assert_not_loaded(directory, -EINVAL, "not a regular file");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_not_loaded(fifo, -EINVAL, "not a regular file");

	f = fopen(file, "w");
	assert_non_null(f);
	fputs(DEVICE, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(config_load(file, &c, &error), 0);
	assert_string_equal(c.uplinks.name[0], "eth0");
	assert_int_equal(chmod(file, 0664), 0);
	assert_unfit(file, "chmod go-w");
	assert_int_equal(chmod(file, 0646), 0);
	assert_unfit(file, "chmod go-w");
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(chown(file, 65534, 0), 0);
	assert_unfit(file, "chown root");
	assert_int_equal(chown(file, 0, 0), 0);

	assert_int_equal(truncate(file, CONFIG_FILE_BYTES_MAX + 10), 0);
	assert_not_loaded(file, -EINVAL, "larger than");
	unlink(file);
	unlink(fifo);
	rmdir(directory);
}

static void several_uplinks(void **state)
{
	struct config c;

	(void)state;
	assert_accepted("[device]\nuplink = wlan0 \t wwan0 eth0 fifteen-letters\n", &c);
	assert_int_equal(c.uplinks.count, 4);
	assert_string_equal(c.uplinks.name[0], "wlan0");
	assert_string_equal(c.uplinks.name[1], "wwan0");
	assert_string_equal(c.uplinks.name[3], "fifteen-letters");
}

/* A wrong file names the uplink still, so that it can be shut, and nothing else. */
static void a_wrong_file_tells_its_uplink(void **state)
{
	static const struct {
		const char *text, *uplinks;
	} files[] = {
		{ "[device]\nuplink = eth0, wwan0 ; two\n", "eth0, wwan0" },
		{ "uplink = a b c d e\n", "a, b, c, d" },
		{ "uplink = a/b wlan0\n", "wlan0" },
		{ "[device]\nuplink = eth0\nuplnk = 1\n", "eth0" },
		{ "[divice]\nuplink=wlan0 ; the only one\n", "wlan0" },
		{ "uplink = ppp0\r\n", "ppp0" },
		{ "uplink = wlan0 wwan0\nno = 1\n", "wlan0, wwan0" },
		{ "uplink = lo eth0\n", "eth0" },
		{ "uplink = lo\n", "" },
		{ "[device]\nuplink = ../x\n", "" },
		{ "[device]\n#uplink = eth0\n", "" },
		{ "[device]\nuplink = averyveryverylongname\n", "" },
		{ "[device]\nuplink", "" },
		{ "", "" },
	};
	struct config_error error;
	char text[CONFIG_UPLINKS_TEXT];
	struct config config;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		memset(&config, 'x', sizeof(config));
		assert_int_not_equal(config_parse("f", files[i].text, strlen(files[i].text), &config, &error), 0);
		assert_string_equal(config_uplinks_text(&config.uplinks, text), files[i].uplinks);
		assert_int_equal(config.channel_count, 0);
		assert_string_equal(config.user, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_reaches_its_field),
		cmocka_unit_test(an_uplink_may_have_a_pace_of_its_own),
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(rules_by_name_owner_and_form),
		cmocka_unit_test(so_many_names_and_no_more),
		cmocka_unit_test(every_mistake_is_named_with_its_line_and_cure),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(more_sections_than_there_is_room_for_are_refused),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(cut_and_mangled_files_do_no_harm),
		cmocka_unit_test(times_are_whole_numbers_with_a_unit),
		cmocka_unit_test(hints_are_for_words_that_are_near),
		cmocka_unit_test(a_file_is_loaded_if_only_root_can_write_it),
		cmocka_unit_test(several_uplinks),
		cmocka_unit_test(a_wrong_file_tells_its_uplink),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
