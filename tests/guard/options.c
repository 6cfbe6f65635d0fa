// SPDX-License-Identifier: GPL-2.0
/*
 * TCP headers of what this machine's TCP did not write, but a machine behind the
 * device, or who has raw sockets: what every stack writes leaves as it is, of
 * options all else as NOPs, under a checksum that still holds; and of a machine
 * behind the device a packet without payload leaves only if it is of a connection.
 * Prints TAP.
 */
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "tap.h"

#define LAN "192.0.2.2"
#define LAN6 "2001:db8::2"
#define FIRST 1000u	/* sequence number of the machine's first byte */
#define ITS 5000u	/* and of the cloud's */
#define OPTIONS_MAX 40

static struct bench b;
static struct tacit_policy policy;
static bool v6;
static bool raw;	/* of the device's own, but its TCP did not write them: the bench's sockets are no TCP's */
static uint16_t port = 4000;

static void holds(bool good, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "%s%s%s", what, raw ? ", raw" : "", v6 ? ", IPv6" : "");
	ok(good, text);
}

static struct test_packet out(uint8_t flags, uint32_t seq, const void *options, size_t bytes)
{
	return (struct test_packet){ .from = v6 ? LAN6 : LAN, .to = v6 ? CLOUD6 : CLOUD, .from_port = port, .to_port = 443,
				     .flags = flags, .seq = seq, .ack = flags & FLAG_ACK ? ITS : 0, .options = options,
				     .option_bytes = bytes };
}

static int run(const struct test_packet *p)
{
	uint8_t frame[FRAME_MAX];
	int verdict;

	b.forwarded = raw ? 0 : BENCH_IFINDEX;
	verdict = bench_run(&b, BENCH_OUT, frame, test_frame(p, frame));
	b.priority = 0;
	return verdict;
}

static bool passes(uint8_t flags, uint32_t seq, const void *options, size_t bytes)
{
	const struct test_packet p = out(flags, seq, options, bytes);

	return run(&p) == TC_ACT_OK;
}

static bool came(uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t bytes)
{
	const struct test_packet p = { .from = v6 ? CLOUD6 : CLOUD, .to = v6 ? LAN6 : LAN, .from_port = 443, .to_port = port,
				       .flags = flags, .seq = seq, .ack = ack, .payload = payload, .bytes = bytes };
	uint8_t frame[FRAME_MAX];

	return bench_passes(&b, BENCH_IN, frame, test_frame(&p, frame));
}

/* Sum of the TCP part's words (RFC 9293, 3.1): the same before and after where the checksum was set right. */
static uint32_t sum(const uint8_t *at, size_t bytes)
{
	uint32_t total = 0;

	for (size_t i = 0; i < bytes; i++)
		total += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	return total % 0xffff;
}

/* It leaves, its options as `wanted`, nothing else changed but the checksum, which still holds. */
static bool leaves_as(uint8_t flags, uint32_t seq, const void *options, const void *wanted, size_t bytes)
{
	const struct test_packet p = out(flags, seq, options, bytes);
	uint8_t frame[FRAME_MAX];
	size_t n = test_frame(&p, frame), tcp = n - 20 - bytes;
	uint32_t before;

	memset(frame + tcp + 16, 0x5a, 2);
	before = sum(frame + tcp, 20 + bytes);
	b.forwarded = raw ? 0 : BENCH_IFINDEX;
	if (bench_run(&b, BENCH_OUT, frame, n) != TC_ACT_OK || b.left_bytes != n) {
		b.priority = 0;
		return false;
	}
	b.priority = 0;
	memcpy(frame + tcp + 20, wanted, bytes);
	return sum(b.left + tcp, 20 + bytes) == before && !memcmp(frame, b.left, tcp + 16) &&
	       !memcmp(frame + tcp + 18, b.left + tcp + 18, 2 + bytes);
}

struct one {
	const char *what;
	size_t bytes;
	uint8_t options[OPTIONS_MAX], wanted[OPTIONS_MAX];
};

static void each(const struct one *ones, size_t n, uint8_t flags, uint32_t seq, const char *kind)
{
	char what[120];

	for (size_t i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "%s: %s", kind, ones[i].what);
		holds(leaves_as(flags, seq, ones[i].options, ones[i].wanted, ones[i].bytes), what);
	}
}

#define EACH(ones, flags, seq, kind) each(ones, sizeof(ones) / sizeof(*(ones)), flags, seq, kind)
#define LINUX_SYN 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7

static const struct one of_syn[] = {
	{ "Linux's stay", 20, { LINUX_SYN }, { LINUX_SYN } },
	{ "Windows' stay", 12, { 2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 }, { 2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 } },
	{ "BSD's stay", 24, { 2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2, 0, 0 },
	  { 2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2, 0, 0 } },
	{ "lwIP's stays", 4, { 2, 4, 5, 0xb4 }, { 2, 4, 5, 0xb4 } },
	{ "words in an experiment's do not (RFC 6994)", 40, "\xfd\x26SECRET-in-options-of-a-SYN-on-the-way\1",
	  { [0] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1 } },
	{ "nor a cookie of Fast Open", 16, { 34, 10, 'S', 'E', 'C', 'R', 'E', 'T', '!', '!', 2, 4, 5, 0xb4, 4, 2 },
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5, 0xb4, 4, 2 } },
	{ "nor Multipath TCP", 16, { 2, 4, 5, 0xb4, 30, 12, 'S', 'E', 'C', 'R', 'E', 'T', '!', '!', '!', '!' },
	  { 2, 4, 5, 0xb4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor words behind the end", 8, { 2, 4, 5, 0xb4, 0, 'w', 'w', 'w' }, { 2, 4, 5, 0xb4 } },
	{ "nor the same one twice", 12, { 2, 4, 5, 0xb4, 2, 4, 'w', 'w', 4, 2, 4, 2 }, { 2, 4, 5, 0xb4, 1, 1, 1, 1, 4, 2, 1, 1 } },
	{ "nor one that is longer than it is", 12, { 2, 10, 'S', 'E', 'C', 'R', 'E', 'T', '!', '!', 1, 1 },
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor one that goes on behind the header", 8, { 2, 4, 5, 0xb4, 2, 40, 'w', 'w' }, { 2, 4, 5, 0xb4, 1, 1, 1, 1 } },
	{ "nor one that has no length", 8, { 2, 4, 5, 0xb4, 9, 0, 'w', 'w' }, { 2, 4, 5, 0xb4, 1, 1, 1, 1 } },
	{ "nor one of which there is but the kind", 4, { 4, 2, 1, 9 }, { 4, 2, 1, 1 } },
	{ "nor a scale that is none", 4, { 3, 3, 15, 1 }, { 1, 1, 1, 1 } },
	{ "nor blocks that came in", 12, { 1, 1, 5, 10, 0, 0, 20, 0, 0, 0, 30, 0 }, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor an echo of a time that nobody told", 12, { 1, 1, 8, 10, 1, 2, 3, 4, 'w', 'o', 'r', 'd' },
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor a second timestamp", 24, { 1, 1, 8, 10, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 8, 10, 2, 2, 2, 2, 0, 0, 0, 0 },
	  { 1, 1, 8, 10, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
};

static const struct one of_held_syn[] = {
	{ "Linux' timestamp does not stay", 20, { LINUX_SYN },
	  { 2, 4, 5, 0xb4, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 7 } },
	{ "at an odd place neither", 12, { 1, 8, 10, 1, 1, 1, 1, 0, 0, 0, 0, 1 }, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor one of two", 24, { 1, 1, 8, 10, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 8, 10, 2, 2, 2, 2, 0, 0, 0, 0 },
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor one behind a broken one", 16, { 8, 4, 9, 9, 8, 10, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1 },
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
};

#define STAMP 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define NO_STAMP 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define BLOCK 0, 0, 0x14, 0, 0, 0, 0x15, 0
#define WORDS_24 "\x1e\x18SECRET-in-more-options"

static const struct one of_stamped[] = {
	{ "timestamps stay that were offered", 12, { STAMP }, { STAMP } },
	{ "at any place", 12, { 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0 }, { 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0 } },
	{ "a second one does not", 24, { STAMP, STAMP }, { STAMP, NO_STAMP } },
	{ "nor words beside them", 36, "\1\1\x8\xa\1\2\3\4\5\6\7\x8" WORDS_24,
	  { STAMP, NO_STAMP, NO_STAMP } },
	{ "nor what only a SYN has", 4, { 2, 4, 5, 0xb4 }, { 1, 1, 1, 1 } },
};

static const struct one of_unstamped[] = {
	{ "timestamps that were not offered do not stay", 12, { STAMP }, { NO_STAMP } },
	{ "nor blocks of what cannot have come", 12, { 1, 1, 5, 10, BLOCK }, { NO_STAMP } },
};

static const struct one of_proved[] = {
	{ "blocks near what is acknowledged stay", 12, { 1, 1, 5, 10, BLOCK }, { 1, 1, 5, 10, BLOCK } },
	{ "four of them, also", 36, { 1, 1, 5, 34, BLOCK, BLOCK, BLOCK, BLOCK }, { 1, 1, 5, 34, BLOCK, BLOCK, BLOCK, BLOCK } },
	{ "and beside timestamps", 24, { STAMP, 1, 1, 5, 10, BLOCK }, { STAMP, 1, 1, 5, 10, BLOCK } },
	{ "one that was there before (RFC 2883)", 12, { 1, 1, 5, 10, 0, 0, 0x10, 0, 0, 0, 0x11, 0 },
	  { 1, 1, 5, 10, 0, 0, 0x10, 0, 0, 0, 0x11, 0 } },
	{ "32 MiB ahead it stays", 12, { 1, 1, 5, 10, 2, 0, 0x13, 0x88, 4, 0, 0x13, 0x88 },
	  { 1, 1, 5, 10, 2, 0, 0x13, 0x88, 4, 0, 0x13, 0x88 } },
	{ "32 MiB back, too", 12, { 1, 1, 5, 10, 0xfe, 0, 0x13, 0x88, 0xfe, 0, 0x13, 0x89 },
	  { 1, 1, 5, 10, 0xfe, 0, 0x13, 0x88, 0xfe, 0, 0x13, 0x89 } },
	{ "a byte further it does not", 12, { 1, 1, 5, 10, 2, 0, 0x13, 0x89, 2, 0, 0x13, 0x8a }, { NO_STAMP } },
	{ "nor a byte further back", 12, { 1, 1, 5, 10, 0xfe, 0, 0x13, 0x87, 0xfe, 0, 0x13, 0x89 }, { NO_STAMP } },
	{ "nor where it is longer", 12, { 1, 1, 5, 10, 0, 0, 0x14, 0, 2, 0, 0x14, 1 }, { NO_STAMP } },
	{ "nor with two words in it", 12, { 1, 1, 5, 10, 'S', 'E', 'C', 'R', 'S', 'E', 'C', 'T' }, { NO_STAMP } },
	{ "nor where the second is", 20, { 1, 1, 5, 18, BLOCK, 'S', 'E', 'C', 'R', 'S', 'E', 'C', 'T' },
	  { NO_STAMP, 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "nor the wrong way round", 12, { 1, 1, 5, 10, 0, 0, 0x15, 0, 0, 0, 0x14, 0 }, { NO_STAMP } },
	{ "nor half a block", 8, { 5, 6, 0, 0, 0x14, 0, 1, 1 }, { 1, 1, 1, 1, 1, 1, 1, 1 } },
};

static const uint8_t linux_syn[20] = { LINUX_SYN };

/* A connection of the machine's that has said nothing yet. */
static void begin(bool stamps, bool held)
{
	bench_reset(&b, &policy);
	if (held)
		policy.schedule = (struct tacit_schedule){ .period = 1000000000, .jitter = 1000, .open = 100000000,
							      .key = { 1 } };
	bench_policy(&b, &policy);
	holds(passes(FLAG_SYN, FIRST - 1, linux_syn, stamps ? 20 : 4) && came(FLAG_SYN | FLAG_ACK, ITS - 1, FIRST, NULL, 0),
	      "a connection begins");
}

static void prove(void)
{
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);
	struct test_packet p = out(FLAG_ACK, FIRST, NULL, 0);
	uint8_t answer[256];

	p.payload = hello;
	p.bytes = bytes;
	holds(run(&p) == TC_ACT_OK &&
	      came(FLAG_ACK, ITS, FIRST + (uint32_t)bytes, answer, test_server_hello(answer, 0x0304)) &&
	      bench_counter(&b, TACIT_COUNT_VERIFIED) == 1, "its server chooses TLS 1.3");
}

static void test_syn(void)
{
	bench_reset(&b, &policy);
	EACH(of_syn, FLAG_SYN, FIRST - 1, "a SYN");
	policy.schedule = (struct tacit_schedule){ .period = 1000000000, .jitter = 1000, .open = 100000000, .key = { 1 } };
	bench_policy(&b, &policy);
	EACH(of_held_syn, FLAG_SYN, FIRST - 1, "a SYN that is held");
	holds(!passes(FLAG_SYN | FLAG_ACK, FIRST - 1, linux_syn, 20), "a SYN-ACK with timestamps is not");
}

static void test_flow(void)
{
	static const uint8_t flags[] = { FLAG_ACK, FLAG_FIN | FLAG_ACK, FLAG_RST | FLAG_ACK };
	static const char *const names[] = { "an ACK", "a FIN", "a RST" };

	for (size_t i = 0; i < sizeof(flags); i++) {
		begin(true, false);
		EACH(of_stamped, flags[i], FIRST, names[i]);
		begin(false, false);
		EACH(of_unstamped, flags[i], FIRST, names[i]);
	}
	begin(true, true);
	EACH(of_unstamped, FLAG_ACK, FIRST, "an ACK where packets are held");
	begin(true, false);
	prove();
	EACH(of_proved, FLAG_ACK, FIRST, "an ACK of a proved flow");
	EACH(of_stamped, FLAG_FIN | FLAG_ACK, FIRST, "a FIN of a proved flow");
}

/* Of no connection: refused, and the operator is told. */
static bool refused(uint8_t flags, uint32_t seq, uint32_t ack, const void *options, size_t bytes)
{
	struct test_packet p = out(flags, seq, options, bytes);

	p.ack = ack;
	bench_events(&b);
	return run(&p) == TC_ACT_SHOT && bench_events(&b) == 1 && b.event.reason == TACIT_REASON_UNKNOWN_FLOW;
}

static void test_no_flow(void)
{
	const struct test_packet own = out(FLAG_ACK, FIRST, NULL, 0);
	struct test_packet stray = out(FLAG_RST, FIRST, NULL, 0);
	uint8_t frame[FRAME_MAX];

	bench_reset(&b, &policy);
	holds(refused(FLAG_ACK, FIRST, ITS, NULL, 0), "an ACK of no connection may not leave");
	holds(refused(FLAG_FIN | FLAG_ACK, FIRST, ITS, NULL, 0), "nor a FIN");
	holds(refused(FLAG_RST, FIRST, 0, "\xfd\x4ww", 4), "nor a RST with options");
	holds(refused(FLAG_RST, FIRST, ITS, NULL, 0), "nor one that acknowledges without the flag");
	holds(refused(FLAG_RST | FLAG_ACK, FIRST, ITS, NULL, 0), "nor one with two numbers of its own");
	holds(run(&stray) == TC_ACT_OK, "a RST to what is acknowledged may");
	stray.flags = FLAG_RST | FLAG_ACK;
	stray.seq = 0;
	stray.ack = ITS;
	holds(run(&stray) == TC_ACT_OK, "a RST to a SYN may");
	holds(!bench_count(&b, "flows"), "none of them is a connection");
	b.forwarded = 0;
	holds(bench_passes(&b, BENCH_OUT, frame, test_frame(&own, frame)), "an ACK of the device's own may");
	policy.refuse = TACIT_REFUSE_RESET;
	bench_policy(&b, &policy);
	holds(!passes(FLAG_ACK, FIRST, NULL, 0) || b.left[(v6 ? 54 : 34) + 13] == (FLAG_RST | FLAG_ACK),
	      "where what is refused is reset, both ends are told");

	begin(true, false);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	EACH(of_stamped, FLAG_ACK, FIRST, "an ACK when the guard is closed");
	port++;
	holds(!passes(FLAG_ACK, FIRST, NULL, 0), "of no connection it may not leave then either");
	port--;
}

/* Of those that are let be by rule it is not asked how they began. */
static void test_rule(void)
{
	static const struct one one[] = {
		{ "timestamps and blocks stay, words do not", 28, { STAMP, 1, 1, 5, 10, BLOCK, 9, 4, 'w', 'w' },
		  { STAMP, 1, 1, 5, 10, BLOCK, 1, 1, 1, 1 } },
	};

	bench_reset(&b, &policy);
	policy.rules = 1;
	policy.rule[0].protocol = IPPROTO_TCP;
	bench_policy(&b, &policy);
	EACH(one, FLAG_ACK, FIRST, "an ACK of a connection that a rule allows");
	holds(bench_count(&b, "flows") == 1, "it is one then");
	EACH(one, FLAG_FIN | FLAG_ACK, FIRST, "its FIN");
	EACH(of_syn, FLAG_SYN, FIRST + 7, "a SYN that a rule allows");
}

static void test_served(void)
{
	static const uint8_t block[] = { 1, 1, 5, 10, BLOCK };

	bench_reset(&b, &policy);
	holds(came(FLAG_SYN, ITS - 1, 0, NULL, 0) && passes(FLAG_SYN | FLAG_ACK, FIRST - 1, linux_syn, 20) &&
	      came(FLAG_ACK, ITS, FIRST, NULL, 0), "a machine behind the device is asked");
	EACH(of_stamped, FLAG_ACK, FIRST, "its ACK");
	holds(leaves_as(FLAG_ACK, FIRST, block, block, sizeof(block)), "its ACK: blocks stay");
}

/* What is made of many packets is not written in all of them: it is refused. */
static void test_offload(void)
{
	static const uint8_t stamp[] = { STAMP }, words[] = { 253, 4, 'w', 'w' };
	struct test_packet p = out(FLAG_ACK, FIRST, stamp, sizeof(stamp));
	uint8_t hello[256];

	begin(true, false);
	p.payload = hello;
	p.bytes = test_client_hello(hello, 0x0304);
	b.gso_size = 60;
	holds(run(&p) == TC_ACT_OK, "a segment for offload leaves with a timestamp");
	p.options = words;
	p.option_bytes = sizeof(words);
	bench_events(&b);
	holds(run(&p) == TC_ACT_SHOT && bench_events(&b) == 1 && b.event.reason == TACIT_REASON_MALFORMED,
	      "one with other options does not");
	b.gso_size = 0;
	holds(run(&p) == TC_ACT_OK, "by itself it does, without them");
}

/* What an ACK leaves as, in its fields: the byte before the flags, flags and where urgent data ends. */
static bool leaves_with(struct test_packet p, uint8_t reserved, uint8_t flags, uint16_t urgent)
{
	uint8_t frame[FRAME_MAX], wanted[FRAME_MAX];
	size_t n = test_frame(&p, frame), tcp = v6 ? 54 : 34;
	uint32_t before;

	memset(frame + tcp + 16, 0x5a, 2);
	before = sum(frame + tcp, n - tcp);
	b.forwarded = raw ? 0 : BENCH_IFINDEX;
	if (bench_run(&b, BENCH_OUT, frame, n) != TC_ACT_OK)
		return false;
	b.priority = 0;
	p.reserved = reserved;
	p.flags = flags;
	p.urgent = urgent;
	test_frame(&p, wanted);
	memcpy(wanted + tcp + 16, b.left + tcp + 16, 2);
	return b.left_bytes == n && !memcmp(b.left, wanted, n) && sum(b.left + tcp, n - tcp) == before;
}

static void test_fields(void)
{
	struct test_packet p = out(FLAG_ACK | 0x40, FIRST, NULL, 0);
	uint8_t hello[256];

	begin(true, false);
	p.reserved = 1;
	holds(leaves_with(p, 1, p.flags, 0), "flags of congestion stay");
	p.reserved = 15;
	p.urgent = 0x4142;
	holds(leaves_with(p, 1, p.flags, 0), "reserved bits and an urgent pointer of nothing do not");
	p.flags |= FLAG_URG;
	holds(leaves_with(p, 1, FLAG_ACK | 0x40, 0), "nor where it is said that there is something");
	p.payload = hello;
	p.bytes = test_client_hello(hello, 0x0304);
	holds(leaves_with(p, 1, p.flags, 0x4142), "where there is payload it may be urgent");
	p.flags &= (uint8_t)~FLAG_URG;
	holds(leaves_with(p, 1, p.flags, 0), "or is not");
}

/* By who may write any packet and is not behind the device: a container with a macvlan of the uplink. */
static void test_raw(void)
{
	static const struct one over[] = {
		{ "timestamps stay", 12, { STAMP }, { STAMP } },
		{ "words do not", 36, WORDS_24 "12345678901", { NO_STAMP, NO_STAMP, NO_STAMP } },
		{ "nor blocks", 12, { 1, 1, 5, 10, BLOCK }, { NO_STAMP } },
	};

	raw = true;
	bench_reset(&b, &policy);
	EACH(of_syn, FLAG_SYN, FIRST - 1, "a SYN");
	begin(true, false);
	EACH(of_stamped, FLAG_ACK, FIRST, "an ACK");
	begin(false, false);
	EACH(of_unstamped, FLAG_FIN | FLAG_ACK, FIRST, "a FIN");
	test_fields();
	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	EACH(over, FLAG_ACK, FIRST, "an ACK of no connection when the guard is closed");
	raw = false;
}

int main(void)
{
	bench_open(&b);
	for (int i = 0; i < 2; i++) {
		v6 = i;
		test_syn();
		test_flow();
		test_no_flow();
		test_rule();
		test_served();
		test_offload();
		test_fields();
		test_raw();
	}
	return tap_end();
}
