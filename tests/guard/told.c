// SPDX-License-Identifier: GPL-2.0
#include "told.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "../../agent/warden/guard.h"
#include "packet.h"

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

/* A ClientHello with this behind it; bytes of record, message and extensions are below 256. */
static bool hello_leaves(struct bench *b, const void *extensions, size_t bytes, uint16_t port)
{
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = port, .flags = FLAG_SYN, .seq = 999 };
	uint8_t hello[256], frame[FRAME_MAX];
	size_t length = test_client_hello(hello, 0x0304);

	memcpy(hello + length, extensions, bytes);
	hello[4] = (uint8_t)(hello[4] + bytes);
	hello[8] = (uint8_t)(hello[8] + bytes);
	hello[51] = (uint8_t)(hello[51] + bytes);
	if (!bench_passes(b, BENCH_OUT, frame, test_frame(&p, frame)))
		return false;
	p = (struct test_packet){ .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = port, .flags = FLAG_ACK, .seq = 1000,
				  .ack = 1, .payload = hello, .bytes = length + bytes };
	return bench_passes(b, BENCH_OUT, frame, test_frame(&p, frame));
}

/* Plain text behind the hello is refused, and the event has what the hello said. */
static bool hello_says(struct bench *b, const void *extensions, size_t bytes, const char *sni, const char *alpn)
{
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = 443, .flags = FLAG_ACK, .ack = 1,
				 .payload = (const uint8_t *)"GET", .bytes = 3 };
	struct tacit_policy policy;
	struct tacit_flow flow;

	bench_reset(b, &policy);
	if (!hello_leaves(b, extensions, bytes, 443) || !bench_flow(b, &flow))
		return false;
	p.seq = flow.out.next;
	return refused(b, &p) && !strncmp(b->event.hello.sni, sni, TACIT_SNI_MAX) &&
	       !strncmp(b->event.hello.alpn, alpn, TACIT_ALPN_MAX);
}

static void hellos(struct bench *b, void (*ok)(bool good, const char *what))
{
	static const char name[] = "\0\0\0\x0d\0\x0b\0\0\x08" "a.test.b", alpn[] = "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1";
	static const char liar[] = "\0\0\0\x0d\0\x0b\0\xff\xff" "a.test.b";
	char both[64], longest[100] = "\0\0\0\x55\0\x53\0\0\x50";
	struct test_packet syn = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = 443, .flags = FLAG_SYN,
				   .seq = 99999 };
	uint8_t frame[FRAME_MAX];

	memcpy(both, name, sizeof(name) - 1);
	memcpy(both + sizeof(name) - 1, alpn, sizeof(alpn) - 1);
	memset(longest + 9, 'x', 80);
	ok(hello_says(b, "", 0, "", ""), "a ClientHello that names nobody: nor does the event");
	ok(hello_says(b, name, sizeof(name) - 1, "a.test.b", ""), "a server's name is told");
	ok(hello_says(b, alpn, sizeof(alpn) - 1, "", "h2"), "and the first protocol");
	ok(hello_says(b, both, sizeof(name) + sizeof(alpn) - 2, "a.test.b", "h2"), "or both");
	ok(bench_passes(b, BENCH_OUT, frame, test_frame(&syn, frame)) && !bench_count(b, "hellos"),
	   "another connection from the same port begins without");
	ok(hello_says(b, longest, 89, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ""),
	   "of a long name there are 64 bytes");
	ok(hello_says(b, liar, sizeof(liar) - 1, "", ""), "of one that ends elsewhere than it says there is none");
}

/* A flood of what is forwarded swallows no event of the device's own. */
static void floods(struct bench *b, void (*ok)(bool good, const char *what))
{
	const struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 7, .to_port = 9, .protocol = IPPROTO_UDP };
	struct tacit_policy policy;
	uint8_t frame[FRAME_MAX];
	size_t bytes = test_frame(&p, frame);

	bench_reset(b, &policy);
	b->forwarded = BENCH_IFINDEX;
	for (int i = 0; i < 100; i++)
		bench_run(b, BENCH_OUT, frame, bytes);
	ok(bench_events(b) < 30 && bench_counter(b, TACIT_COUNT_EVENTS_LOST) > 70, "of a flood few are told");
	b->forwarded = 0;
	bench_run(b, BENCH_OUT, frame, bytes);
	ok(bench_events(b) == 1, "another's packet is, all the same");
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
	hellos(b, ok);
	floods(b, ok);
}
