// SPDX-License-Identifier: GPL-2.0
#include "others.h"

#include <string.h>

#include "packet.h"

#define FIRST 1000u	/* sequence number of this side's first byte */
#define THEIRS 5000u	/* and of the other end's */

static struct bench *b;
static struct tacit_policy policy;
static uint32_t next;	/* sequence number, once shake_hands() is through */
static const uint8_t record[] = { 0x17, 3, 3, 0, 3, 'a', 'b', 'c' };

static bool out(uint32_t link, uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t bytes)
{
	const struct test_packet p = { .from = DEVICE6, .to = CLOUD6, .from_port = 4000, .to_port = 443, .flags = flags,
				       .seq = seq, .ack = ack, .payload = payload, .bytes = bytes };

	b->forwarded = link;
	return bench_takes(b, BENCH_OUT, &p);
}

static bool in(uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t bytes)
{
	const struct test_packet p = { .from = CLOUD6, .to = DEVICE6, .from_port = 443, .to_port = 4000, .flags = flags,
				       .seq = seq, .ack = ack, .payload = payload, .bytes = bytes };

	return bench_takes(b, BENCH_IN, &p);
}

/* A verified connection of what came in by that link; 0: of the device's own. */
static bool shake_hands(uint32_t link)
{
	uint8_t hello[512], answer[512];
	size_t bytes = test_client_hello(hello, 0x0304), length = test_server_hello(answer, 0x0304);

	bench_reset(b, &policy);
	next = FIRST + (uint32_t)bytes;
	return out(link, FLAG_SYN, FIRST - 1, 0, NULL, 0) && in(FLAG_SYN | FLAG_ACK, THEIRS - 1, FIRST, NULL, 0) &&
	       out(link, FLAG_ACK, FIRST, THEIRS, NULL, 0) && out(link, FLAG_ACK, FIRST, THEIRS, hello, bytes) &&
	       in(FLAG_ACK, THEIRS, next, answer, length) && out(link, FLAG_ACK, next, THEIRS, NULL, 0) &&
	       bench_counter(b, TACIT_COUNT_VERIFIED) == 1;
}

static bool goes_on(uint32_t link)
{
	bool good = out(link, FLAG_ACK, next, THEIRS, record, sizeof(record));

	next += sizeof(record);
	return good;
}

static uint8_t closed(void)
{
	struct tacit_flow flow;

	return bench_flow(b, &flow) ? flow.closed : 0xff;
}

static void forged(uint32_t owner, uint32_t other, void (*ok)(bool good, const char *what), const char *what)
{
	bool good = shake_hands(owner);

	bench_events(b);
	good &= !out(other, FLAG_SYN, 77, 0, NULL, 0) && bench_events(b) == 1 && b->event.reason == TACIT_REASON_ANOTHERS;
	good &= !out(other, FLAG_SYN | FLAG_ACK, 77, THEIRS, NULL, 0);
	good &= !out(other, FLAG_RST, 77, 0, NULL, 0) && !out(other, FLAG_RST | FLAG_ACK, 0, THEIRS, NULL, 0);
	good &= !out(other, FLAG_FIN | FLAG_ACK, next, THEIRS, NULL, 0);
	good &= !out(other, FLAG_ACK, next, THEIRS + 50, NULL, 0);
	good &= !out(other, FLAG_ACK, next, THEIRS, record, sizeof(record));
	good &= !out(other, FLAG_ACK, next, THEIRS, "GET /", 5);
	ok(good && closed() == 0 && goes_on(owner), what);
}

static void told(void (*ok)(bool good, const char *what))
{
	struct test_packet syn = { .from = DEVICE6, .to = CLOUD6, .from_port = 4000, .to_port = 443, .flags = FLAG_SYN };
	uint8_t frame[FRAME_MAX];
	bool good = shake_hands(0);

	policy.refuse = TACIT_REFUSE_RESET;
	bench_policy(b, &policy);
	b->forwarded = 7;
	ok(good && bench_run(b, BENCH_OUT, frame, test_frame(&syn, frame)) == 2,
	   "and no RST answers it, which would reach whose address it is");
}

/* Numbers count for the connection's own packets, too: another machine on its link may write them. */
static void numbers(void (*ok)(bool good, const char *what))
{
	bool good = shake_hands(7);

	out(7, FLAG_RST, 77, 0, NULL, 0);
	out(7, FLAG_RST, next + 2, 0, NULL, 0);
	out(7, FLAG_FIN | FLAG_ACK, next + 1, THEIRS, NULL, 0);
	out(7, FLAG_FIN | FLAG_ACK, next - 1, THEIRS, NULL, 0);
	ok(good && closed() == 0 && goes_on(7), "a RST or FIN of another number ends nothing");
	in(FLAG_FIN | FLAG_ACK, THEIRS + 900, next, NULL, 0);
	out(7, FLAG_ACK, next, THEIRS, NULL, 0);
	ok(closed() == 0, "nor does one that came in and is not acknowledged");
	in(FLAG_FIN | FLAG_ACK, THEIRS, next, record, sizeof(record));
	out(7, FLAG_ACK, next, THEIRS + 9, NULL, 0);
	ok(closed() == TACIT_CLOSED_IN, "one that is acknowledged does");
	out(7, FLAG_FIN | FLAG_ACK, next - 8, THEIRS + 9, record, sizeof(record));
	ok(closed() == (TACIT_CLOSED_IN | TACIT_CLOSED_OUT), "and the FIN that is next, behind what is sent again");

	good = shake_hands(0) && out(0, FLAG_RST, next, 0, NULL, 0);
	ok(good && closed() == TACIT_CLOSED_RESET, "a RST at what is next ends the connection");
	good = shake_hands(0) && goes_on(0) && out(0, FLAG_RST, next - 8, 0, NULL, 0);
	ok(good && closed() == TACIT_CLOSED_RESET, "and one at what the other end acknowledged: so answers who knows of none");
	good = shake_hands(7) && out(0, FLAG_RST, next, 0, NULL, 0);
	ok(good && closed() == TACIT_CLOSED_RESET, "the kernel's own may, for what is behind the device and was forgotten");
}

static void next_one(void (*ok)(bool good, const char *what))
{
	struct tacit_flow flow;
	bool good = shake_hands(0);

	good &= !out(7, FLAG_SYN, 77, 0, NULL, 0) && out(0, FLAG_RST, next, 0, NULL, 0) && out(7, FLAG_SYN, 77, 0, NULL, 0);
	ok(good && bench_flow(b, &flow) && flow.ingress == 7 && flow.first == 78, "what is over gives its ports to another's SYN");
	bench_reset(b, &policy);
	good = out(7, FLAG_SYN, 77, 0, NULL, 0) && out(0, FLAG_SYN, 99, 0, NULL, 0);
	ok(good && bench_flow(b, &flow) && flow.ingress == 0, "and so does a SYN that nothing answered: nobody can take all ports");
	good = out(0, FLAG_ACK, 100, THEIRS, "GET /", 5);
	ok(!good && out(7, FLAG_SYN, 77, 0, NULL, 0), "and what was refused");
}

void others_flows(struct bench *bench, void (*ok)(bool good, const char *what))
{
	b = bench;
	forged(0, 7, ok, "a machine behind the device that writes its address does nothing to the device's connection");
	forged(7, 0, ok, "an app that writes a machine's address does nothing to that machine's");
	forged(7, 8, ok, "nor does a machine on another link");
	told(ok);
	numbers(ok);
	next_one(ok);
	b->forwarded = 0;
}
