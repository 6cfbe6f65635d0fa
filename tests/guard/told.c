// SPDX-License-Identifier: GPL-2.0
#include "told.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "../../agent/warden/guard.h"
#include "packet.h"

#define DEVICE "192.0.2.2"
#define CLOUD "198.51.100.7"

static bool refused(struct bench *b, const struct test_packet *p)
{
	uint8_t frame[FRAME_MAX];

	return !bench_passes(b, BENCH_OUT, frame, test_frame(p, frame)) && bench_events(b) == 1;
}

static bool rule_is(struct bench *b, const char *wanted)
{
	char text[GUARD_RULE_TEXT];

	guard_rule_for(&b->event, text);
	return !strncmp(text, wanted, strlen(wanted)) && (wanted[0] || !text[0]);
}

static bool udp_says(struct bench *b, uint16_t port, const void *payload, size_t bytes, const char *wanted)
{
	const struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = port,
				       .protocol = IPPROTO_UDP, .payload = payload, .bytes = bytes };

	return refused(b, &p) && rule_is(b, wanted);
}

void told_events(struct bench *b, void (*ok)(bool good, const char *what))
{
	static const uint8_t question[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4test\0\0\1\0\1", clock[48] = { 0x23 };
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = 80, .flags = FLAG_SYN, .seq = 999 };
	struct tacit_policy policy;
	uint8_t frame[FRAME_MAX];

	bench_reset(b, &policy);
	ok(udp_says(b, 53, question, sizeof(question) - 1,
		    "[allow dns-198-51-100-7-53]\nprotocol = dns\naddress = " CLOUD "\nport = 53\nreason = "),
	   "a question to a name server is refused, and the rule for it is of dns");
	ok(udp_says(b, 53, clock, sizeof(clock), "[allow ntp-198-51-100-7-53]\nprotocol = ntp\n"),
	   "something else on its port: of what it looks like");
	ok(udp_says(b, 123, "x", 1, "[allow udp-198-51-100-7-123]\nprotocol = udp\n"), "or of udp");
	ok(!b->event.ingress, "it is the device's own");
	b->forwarded = BENCH_IFINDEX;
	ok(udp_says(b, 9, "x", 1, "[allow udp-") && b->event.ingress == BENCH_IFINDEX,
	   "what is forwarded: the event names the link that it came in by");
	b->forwarded = 0;
	p.protocol = 47;
	ok(refused(b, &p) && rule_is(b, ""), "for another protocol than TCP, UDP and ICMP there is no rule");
	p.protocol = IPPROTO_TCP;
	ok(bench_passes(b, BENCH_OUT, frame, test_frame(&p, frame)), "a connection is opened");
	p = (struct test_packet){ .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = 80, .flags = FLAG_ACK, .seq = 1000,
				  .ack = 1, .payload = (const uint8_t *)"GET", .bytes = 3 };
	ok(refused(b, &p) && rule_is(b, "[allow tcp-198-51-100-7-80]\nprotocol = tcp\naddress = " CLOUD "\nport = 80\n"),
	   "plain text: the rule is of tcp");
	p.flags = FLAG_SYN;
	ok(refused(b, &p) && rule_is(b, ""), "for data in a SYN there is none");
}
