// SPDX-License-Identifier: GPL-2.0
/*
 * Where words could hide from a guard that looks at payload once: in what is sent
 * again before the flow is proved, in IP options and extension headers, behind the
 * packet's end, in ARP. And what honest stacks do there, which must pass. Prints TAP.
 */
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "tap.h"

#define FIRST 1000u	/* sequence number of the device's first byte */
#define SEGMENT 1400u
#define WORDS "POST / SECRET HTTP/1.1\r\n\r\n"

static struct bench b;
static struct tacit_policy policy;

static bool passes(enum bench_way way, const struct test_packet *p)
{
	return bench_takes(&b, way, p);
}

/* ---- sent again ---- */

static struct test_packet out(uint8_t flags, uint32_t seq, const void *payload, size_t bytes)
{
	return (struct test_packet){ .from = DEVICE, .to = CLOUD, .from_port = 4000, .to_port = 443, .flags = flags,
				     .seq = seq, .ack = 5000, .payload = payload, .bytes = bytes };
}

static bool sent(size_t at, const void *payload, size_t bytes)
{
	const struct test_packet p = out(FLAG_ACK, FIRST + (uint32_t)at, payload, bytes);

	return passes(BENCH_OUT, &p);
}

static bool came(uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t bytes)
{
	const struct test_packet p = { .from = CLOUD, .to = DEVICE, .from_port = 443, .to_port = 4000, .flags = flags,
				       .seq = seq, .ack = ack, .payload = payload, .bytes = bytes };

	return passes(BENCH_IN, &p);
}

/* A connection of the device's that has said nothing yet. */
static void begin(void)
{
	const struct test_packet syn = out(FLAG_SYN, FIRST - 1, NULL, 0);

	bench_reset(&b, &policy);
	ok(passes(BENCH_OUT, &syn) && came(FLAG_SYN | FLAG_ACK, 4999, FIRST, NULL, 0), "a connection begins");
}

/* A ClientHello as large as one with post-quantum shares, or larger. Return: its bytes, 3200. */
static size_t large_hello(uint8_t to[3200])
{
	const size_t bytes = 3200, padding = bytes - test_client_hello(to, 0x0304) - 4;
	uint8_t *at = to + test_client_hello(to, 0x0304);

	memset(at + 4, 0, padding);
	at[0] = 0;
	at[1] = 21;
	at[2] = (uint8_t)(padding >> 8);
	at[3] = (uint8_t)padding;
	to[3] = (uint8_t)((bytes - 5) >> 8);
	to[4] = (uint8_t)(bytes - 5);
	to[7] = (uint8_t)((bytes - 9) >> 8);
	to[8] = (uint8_t)(bytes - 9);
	to[50] = (uint8_t)((bytes - 52) >> 8);
	to[51] = (uint8_t)(bytes - 52);
	return bytes;
}

static void test_one_segment(void)
{
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);

	begin();
	ok(sent(0, hello, bytes) && sent(0, hello, bytes), "a ClientHello leaves, and leaves again");
	ok(sent(0, hello, 7) && sent(7, hello + 7, bytes - 7) && sent(7, hello + 7, 20), "in other segments too");
	ok(!sent(3, hello + 3, 4), "from where nothing began it does not");
	ok(sent(0, hello, bytes), "which denies nothing");
	bench_events(&b);
	ok(!sent(0, WORDS, sizeof(WORDS) - 1), "other words in its place may not leave");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_NOT_TLS, "which is told");
	ok(!sent(0, hello, bytes), "and nothing of this connection any more");

	begin();
	ok(sent(0, hello, 1) && sent(1, hello + 1, bytes - 1), "a ClientHello leaves in two segments, the first of one byte");
	ok(!sent(1, WORDS, sizeof(WORDS) - 1), "words in the place of the second may not");
	begin();
	ok(sent(0, hello, bytes) && sent(bytes, "\x14\3\3\0\1\1", 6) && sent(bytes, "\x14\3\3\0\1\1", 6),
	   "a ChangeCipherSpec behind it leaves twice");
	ok(!sent(bytes, WORDS, 6), "words in its place may not");
	begin();
	ok(sent(0, hello, bytes) && !sent(0, hello, bytes - 1 + sizeof(WORDS)),
	   "behind a ClientHello that is sent again nothing new may stand that is none of it");
}

static void test_many_segments(void)
{
	uint8_t hello[3200 + 6];
	size_t bytes = large_hello(hello);
	bool good = true;

	memcpy(hello + bytes, "\x14\3\3\0\1\1", 6);
	begin();
	ok(sent(0, hello, SEGMENT) && sent(SEGMENT, hello + SEGMENT, SEGMENT) &&
	   sent(2 * SEGMENT, hello + 2 * SEGMENT, bytes - 2 * SEGMENT), "a large ClientHello leaves in three segments");
	ok(sent(SEGMENT, hello + SEGMENT, SEGMENT) && sent(0, hello, SEGMENT) &&
	   sent(2 * SEGMENT, hello + 2 * SEGMENT, bytes - 2 * SEGMENT), "each leaves again, in any order");
	ok(sent(0, hello, 2 * SEGMENT) && sent(SEGMENT, hello + SEGMENT, bytes - SEGMENT), "as two in one, too");
	for (size_t at = 0; at < bytes; at += 600)
		good &= sent(at, hello + at, bytes - at < 600 ? bytes - at : 600);
	ok(good, "or in smaller ones, as when the path's MTU was found to be less");
	ok(sent(1800, hello + 1800, bytes + 6 - 1800), "or with what comes next");
	ok(sent(bytes, hello + bytes, 6), "which leaves again by itself");
	ok(!sent(0, WORDS, sizeof(WORDS) - 1), "words do not");

	begin();
	for (size_t at = 0; at < 40; at++)
		good &= sent(at, hello + at, 1);
	ok(good && sent(0, hello, SEGMENT) && sent(39, hello + 39, SEGMENT) && sent(38, hello + 38, 2),
	   "of forty segments of one byte the beginning and the last ones are known");
	bench_events(&b);
	ok(!sent(20, hello + 20, 1), "and one in the middle is not");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_SENT_AGAIN, "which is told");
	ok(sent(39, hello + 39, SEGMENT), "and denies nothing");
	policy.refuse = TACIT_REFUSE_RESET;
	bench_policy(&b, &policy);
	ok(sent(20, hello + 20, 1) && b.left_bytes == 54 && b.left[47] == (FLAG_RST | FLAG_ACK) &&
	   !memcmp(b.left + 38, "\0\0\x03\xfc", 4), "both ends are: by a RST in its place");
	policy.refuse = TACIT_REFUSE_DROP;
	bench_policy(&b, &policy);

	begin();
	b.gso_size = SEGMENT;
	ok(sent(0, hello, bytes), "as one segment for offload");
	b.gso_size = 0;
	ok(sent(SEGMENT, hello + SEGMENT, SEGMENT) && sent(2 * SEGMENT, hello + 2 * SEGMENT, bytes - 2 * SEGMENT),
	   "its parts leave again");
	ok(!sent(100, hello + 100, SEGMENT), "from elsewhere they do not");
}

static void test_chosen(void)
{
	uint8_t hello[256], answer[256];
	size_t bytes = test_client_hello(hello, 0x0304), length = test_server_hello(answer, 0x0304);

	begin();
	ok(sent(0, hello, bytes) && came(FLAG_ACK, 5000, FIRST + (uint32_t)bytes, answer, length) &&
	   bench_counter(&b, TACIT_COUNT_VERIFIED) == 1, "the server chooses TLS 1.3");
	ok(sent(5, hello + 5, bytes - 5), "then old bytes are let out as they are: it takes nothing but TLS any more");
}

/* Served by the device: its own ServerHello is the proof, which a decoy may have been. */
static void test_served(void)
{
	const struct test_packet answered = out(FLAG_SYN | FLAG_ACK, FIRST - 1, NULL, 0);
	static const uint8_t record[] = { 23, 3, 3, 0, 4, 'x', 'x', 'x', 'x' };
	uint8_t hello[256 + sizeof(record)];
	size_t bytes = test_server_hello(hello, 0x0304), all = bytes + sizeof(record);

	memcpy(hello + bytes, record, sizeof(record));
	for (int i = 0; i < 2; i++) {
		bench_reset(&b, &policy);
		ok(came(FLAG_SYN, 4999, 0, NULL, 0) && passes(BENCH_OUT, &answered) && came(FLAG_ACK, 5000, FIRST, NULL, 0) &&
		   sent(0, hello, i ? 20 : all) && sent(i ? 20 : 0, hello + (i ? 20 : 0), i ? all - 20 : all) &&
		   bench_counter(&b, TACIT_COUNT_VERIFIED) == 1, "the device serves by TLS 1.3");
		ok(sent(0, hello, all) && sent(0, hello, bytes) && sent(bytes, record, sizeof(record)),
		   "what it said leaves again");
		ok(i ? sent(20, hello + 20, 40) : !sent(20, hello + 20, 40), "of the proof only from where something began");
		ok(!sent(0, "HTTP/1.0 200", 12) && !sent(0, hello, all), "words in its place may not, nor anything then");
	}
}

/* A closed connection's number and ports again: the same packet, but another connection. */
static void test_same_number(void)
{
	const struct test_packet syn = out(FLAG_SYN, FIRST - 1, NULL, 0);
	static const uint8_t record[] = { 23, 3, 3, 0, 4, 'x', 'x', 'x', 'x' };
	const struct test_packet answered = out(FLAG_SYN | FLAG_ACK, FIRST - 1, NULL, 0), reset = out(FLAG_RST, FIRST, NULL, 0);
	uint8_t hello[256], answer[256];
	size_t bytes = test_client_hello(hello, 0x0304), length = test_server_hello(answer, 0x0304);

	begin();
	ok(passes(BENCH_OUT, &syn) && sent(0, hello, bytes) && came(FLAG_ACK, 5000, FIRST + (uint32_t)bytes, answer, length) &&
	   bench_counter(&b, TACIT_COUNT_VERIFIED) == 1, "a SYN leaves twice, then a connection is proved");
	ok(passes(BENCH_OUT, &reset) && passes(BENCH_OUT, &syn) && came(FLAG_SYN | FLAG_ACK, 4999, FIRST, NULL, 0),
	   "it is reset; another begins with the same ports and numbers");
	ok(!sent(0, WORDS, sizeof(WORDS) - 1), "which proves nothing for it");

	bench_reset(&b, &policy);
	ok(came(FLAG_SYN, 4999, 0, NULL, 0) && passes(BENCH_OUT, &answered) && came(FLAG_ACK, 5000, FIRST, NULL, 0) &&
	   passes(BENCH_OUT, &answered) && sent(0, answer, length) && bench_counter(&b, TACIT_COUNT_VERIFIED) == 1 &&
	   sent(length, record, sizeof(record)), "so of one from outside, whose SYN was answered twice");
	ok(came(FLAG_RST, 5000, FIRST, NULL, 0) && came(FLAG_SYN, 4999, 0, NULL, 0) && passes(BENCH_OUT, &answered) &&
	   came(FLAG_ACK, 5000, FIRST, NULL, 0), "it is reset, and comes again with the same numbers");
	ok(!sent(length, WORDS, sizeof(record)) && !sent(0, WORDS, sizeof(WORDS) - 1), "which proves nothing for that");
}

static bool answered(uint32_t first)
{
	const struct test_packet p = out(FLAG_SYN | FLAG_ACK, first - 1, NULL, 0);

	return passes(BENCH_OUT, &p);
}

/*
 * A ServerHello of its own proves what a server says. So a client's connection must not be taken for a
 * server's: what it says before its first byte is old to the other end, which takes the next for its first.
 */
static void test_turned(void)
{
	const struct test_packet syn = out(FLAG_SYN, FIRST - 1, NULL, 0);
	uint8_t hello[256 + 5];
	size_t bytes = test_server_hello(hello, 0x0304);

	memcpy(hello + bytes, "\x17\3\3\x40\0", 5);
	bytes += 5;
	for (uint32_t i = 0; i < 2; i++) {
		begin();
		b.forwarded = i ? BENCH_IFINDEX : 0;
		ok(!answered(FIRST - (uint32_t)bytes) && !sent(-bytes, hello, bytes) && !sent(0, WORDS, sizeof(WORDS) - 1) &&
		   bench_counter(&b, TACIT_COUNT_VERIFIED) == 0, "a SYN-ACK in it does not turn a connection round");
	}
	/* The other end asked once, long ago, and has other numbers now. */
	bench_reset(&b, &policy);
	ok(came(FLAG_SYN, 4999, 0, NULL, 0) && passes(BENCH_OUT, &syn) && came(FLAG_SYN | FLAG_ACK, 8999, FIRST, NULL, 0) &&
	   answered(FIRST - (uint32_t)bytes) && came(FLAG_ACK, 9000, FIRST, NULL, 0), "an answer that comes too late leaves");
	ok(!sent(-bytes, hello, bytes) && !sent(0, WORDS, sizeof(WORDS) - 1), "and the other end does not confirm it");
	ok(came(FLAG_ACK, 9000, FIRST - (uint32_t)bytes, NULL, 0) && came(FLAG_ACK, 5000, FIRST, NULL, 0) &&
	   !sent(-bytes, hello, bytes), "nor by half");

	bench_reset(&b, &policy);
	ok(came(FLAG_SYN, 4999, 0, NULL, 0) && answered(FIRST) && came(FLAG_ACK, 5000, FIRST, NULL, 0) && sent(0, hello, bytes) &&
	   came(FLAG_SYN, 6999, 0, NULL, 0), "a connection from outside is proved; another comes from the same port");
	b.forwarded = BENCH_IFINDEX;
	ok(!answered(FIRST + 50), "with an answer to the one before");
	b.forwarded = 0;
}

/* The answer to a new connection on old ports left, its acknowledgement did not come yet. */
static void test_taken_over(void)
{
	struct test_packet p = out(FLAG_SYN | FLAG_ACK, FIRST + 999, NULL, 0);
	static uint8_t stream[256 + 5 + 4000];
	size_t bytes = test_server_hello(stream, 0x0304);

	memcpy(stream + bytes, "\x17\3\3\x0f\xa0", 5);
	bytes += 5 + 4000;
	bench_reset(&b, &policy);
	ok(came(FLAG_SYN, 4999, 0, NULL, 0) && answered(FIRST) && came(FLAG_ACK, 5000, FIRST, NULL, 0) &&
	   sent(0, stream, SEGMENT) && sent(SEGMENT, stream + SEGMENT, SEGMENT) && sent(1000, stream + 1000, 100) &&
	   bench_counter(&b, TACIT_COUNT_VERIFIED) == 1, "a connection from outside says much, and again");
	p.ack = 7000;
	ok(came(FLAG_SYN, 6999, 0, NULL, 0) && passes(BENCH_OUT, &p), "another comes from the same port; its numbers are among those");
	ok(!sent(1000, WORDS, sizeof(WORDS) - 1), "nothing leaves as if said before");
	ok(came(FLAG_ACK, 7000, FIRST + 1000, NULL, 0) && sent(1000, stream, SEGMENT) &&
	   bench_counter(&b, TACIT_COUNT_VERIFIED) == 2, "acknowledged, it is a connection of its own");
}

/* Sequence numbers begin anew every 4 GiB, and half of that is where new ones look old. */
static void test_long_flow(void)
{
	const struct test_packet answered = out(FLAG_SYN | FLAG_ACK, FIRST - 1, NULL, 0);
	static const uint8_t record[] = { 23, 3, 3, 0, 4, 'x', 'x', 'x', 'x' };
	struct tacit_flow_key key;
	struct tacit_flow flow;
	uint8_t hello[256];
	size_t bytes = test_server_hello(hello, 0x0304);
	uint64_t at = bytes;
	bool good = true;

	bench_reset(&b, &policy);
	ok(came(FLAG_SYN, 4999, 0, NULL, 0) && passes(BENCH_OUT, &answered) && came(FLAG_ACK, 5000, FIRST, NULL, 0) &&
	   sent(0, hello, bytes) && sent(at, record, sizeof(record)) && bench_flow(&b, &flow), "the device serves much");
	/* As if so much had left: nobody wants to wait for it. */
	for (unsigned int i = 0; i < 24; i++) {
		at += sizeof(record) + (1u << 29);
		if (bpf_map_get_next_key(bench_flows(&b), NULL, &key) || !bench_flow(&b, &flow))
			break;
		flow.out.next = FIRST + (uint32_t)at;
		good &= !bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_EXIST) && sent(at, record, sizeof(record)) &&
			sent(at, record, sizeof(record));
	}
	ok(good && bench_flow(&b, &flow) && flow.state == TACIT_FLOW_VERIFIED, "after 12 GiB it still does");
}

/* ---- what is no payload ---- */

static void test_options(void)
{
	static const uint8_t words[24] = "\x07\x17\x18SECRET-in-ip-option\1\1", nothing[] = { 1, 1, 1, 0 }, alert[] = { 148, 4, 0, 0 };
	static const uint8_t route[8] = { 131, 7, 4, 198, 51, 100, 9, 1 }, behind_end[] = { 0, 'w', 'w', 'w' };
	struct test_packet syn = out(FLAG_SYN, FIRST - 1, NULL, 0), ack = out(FLAG_ACK, FIRST, NULL, 0);
	static const struct { const uint8_t *at; size_t bytes; bool good; const char *what; } options[] = {
		{ words, 24, false, "a full record route with words" },
		{ route, 8, false, "a source route" },
		{ behind_end, 4, false, "words behind the options' end" },
		{ alert, 4, true, "a router alert" },
		{ nothing, 4, true, "no operation" },
	};
	char what[100];

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		bench_reset(&b, &policy);
		syn.ip_options = ack.ip_options = options[i].at;
		syn.ip_option_bytes = ack.ip_option_bytes = options[i].bytes;
		snprintf(what, sizeof(what), "%s: a SYN with it %s", options[i].what, options[i].good ? "leaves" : "may not leave");
		ok(passes(BENCH_OUT, &syn) == options[i].good, what);
		policy.mode = TACIT_GUARD_CLOSED;
		bench_policy(&b, &policy);
		snprintf(what, sizeof(what), "%s: so does a bare acknowledgement when the guard is closed", options[i].what);
		ok(passes(BENCH_OUT, &ack) == options[i].good, what);
	}
	ok(passes(BENCH_IN, &(struct test_packet){ .from = CLOUD, .to = DEVICE, .flags = FLAG_ACK, .ip_options = words,
						   .ip_option_bytes = sizeof(words) }), "what comes in is not asked");
}

static void test_extensions(void)
{
	static const uint8_t padding[7] = { 0, 1, 4 }, mld[7] = { 0, 5, 2, 0, 0, 1, 0 }, jumbo[7] = { 0, 0xc2, 4, 0, 0, 0, 28 };
	static const uint8_t words[7] = { 0, 1, 4, 'w', 'o', 'r', 'd' }, other[7] = { 0, 30, 4 }, long_padding[15] = { 1, 1, 12 };
	static const uint8_t route[31] = { 3, 4, 0, 0, 0, 0, 0 }, wrong[7] = { 0, 0xc2, 4, 0, 0, 1, 28 };
	static const struct { uint8_t type; const uint8_t *at; bool good; const char *what; } headers[] = {
		{ IPPROTO_ROUTING, route, false, "a segment routing header" },
		{ IPPROTO_ROUTING, padding, false, "any routing header" },
		{ IPPROTO_DSTOPTS, words, false, "padding of words" },
		{ IPPROTO_DSTOPTS, other, false, "an option that is none" },
		{ IPPROTO_DSTOPTS, long_padding, false, "much padding" },
		{ IPPROTO_HOPOPTS, wrong, false, "a jumbo length that is not the packet's" },
		{ IPPROTO_DSTOPTS, padding, true, "padding" },
		{ IPPROTO_HOPOPTS, mld, true, "a router alert" },
		{ IPPROTO_HOPOPTS, jumbo, true, "the packet's jumbo length" },
	};
	char what[100];

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		const struct test_packet ack = { .from = DEVICE6, .to = CLOUD6, .flags = FLAG_ACK, .extensions = 1,
						 .extension = headers[i].at, .extension_type = headers[i].type };

		bench_reset(&b, &policy);
		snprintf(what, sizeof(what), "IPv6, %s: a bare acknowledgement with it %s", headers[i].what,
			 headers[i].good ? "leaves" : "may not leave");
		ok(passes(BENCH_OUT, &ack) == headers[i].good, what);
	}
}

/* A byte from before the connection, which has the other end answer (RFC 9293, 3.8.4). */
static void test_keepalive(void)
{
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);

	begin();
	ok(came(FLAG_ACK, 4999, FIRST, "x", 1) && sent(0, hello, bytes), "a keepalive of a byte does not deny a connection");
	begin();
	ok(came(FLAG_ACK, 5000, FIRST, "x", 1) && !sent(0, hello, bytes), "a server that speaks first does");
}

/* ::ffff:198.51.100.7 is how keys and rules write IPv4's address: no packet of IPv6 has it. */
static void test_mapped(void)
{
	static const char *const addresses[][2] = { { DEVICE6, "::ffff:198.51.100.7" }, { "::ffff:192.0.2.2", CLOUD6 } };

	for (size_t i = 0; i < 2; i++) {
		const struct test_packet syn = { .from = addresses[i][0], .to = addresses[i][1], .from_port = 4000, .to_port = 443,
						 .flags = FLAG_SYN, .seq = 999 };

		bench_reset(&b, &policy);
		ok(!passes(BENCH_OUT, &syn), i ? "nor from there" : "a SYN by IPv6 to a mapped address may not leave");
	}
}

/* It leaves, and ends where its IP packet does: nothing of what stood behind that is in it. */
static bool cut(struct test_packet p, const void *trailer, size_t bytes)
{
	uint8_t frame[FRAME_MAX];
	size_t all;

	p.trailer = trailer;
	p.trailer_bytes = bytes;
	all = test_frame(&p, frame);
	return bench_passes(&b, BENCH_OUT, frame, all) && b.left_bytes == all - bytes &&
	       !memcmp(b.left, frame, all - bytes);
}

static void test_trailer(void)
{
	static const uint8_t zeros[64], words[6] = "words", many[200] = "many words";
	const struct test_packet ack = out(FLAG_ACK, FIRST, NULL, 0), syn = out(FLAG_SYN, FIRST - 1, NULL, 0);
	const struct test_packet ack6 = { .from = DEVICE6, .to = CLOUD6, .flags = FLAG_ACK };
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);
	const struct test_packet ping = { .from = DEVICE, .to = CLOUD, .protocol = IPPROTO_ICMP, .trailer = zeros,
					  .trailer_bytes = 8 };
	struct test_packet first = out(FLAG_ACK, FIRST, hello, bytes);

	bench_reset(&b, &policy);
	ok(cut(ack, words, sizeof(words)), "a bare acknowledgement leaves without the words behind it");
	ok(cut(ack6, words, sizeof(words)), "so does one of IPv6");
	ok(cut(ack, zeros, 6) && cut(ack, zeros, 1), "the padding of a short frame is cut off");
	ok(cut(ack, many, sizeof(many)), "however much there is");
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(cut(ack, words, sizeof(words)), "when the guard is closed too");
	bench_reset(&b, &policy);
	ok(cut(syn, words, sizeof(words)) && came(FLAG_SYN | FLAG_ACK, 4999, FIRST, NULL, 0) &&
	   cut(first, many, sizeof(many)), "a connection begins so, and is read without what stands behind its packets");
	ok(bench_events(&b) == 0, "nothing is refused");
	first.trailer = words;
	first.trailer_bytes = sizeof(words);
	b.gso_size = 100;
	ok(!passes(BENCH_OUT, &first), "a segment for offload with words behind it may not leave");
	b.gso_size = 0;
	policy.rules = 1;
	policy.rule[0].protocol = IPPROTO_ICMP;
	bench_policy(&b, &policy);
	ok(!passes(BENCH_OUT, &ping), "nor a message of ICMP that has only what stands behind it");
}

static bool arp(uint8_t kind, uint8_t operation, size_t bytes, const char *behind)
{
	uint8_t body[64] = { 0, kind, 8, 0, 6, 4, 0, operation, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1 };
	const struct test_packet p = { .ether = ETH_P_ARP, .payload = body, .bytes = bytes };

	memcpy(body + 28, behind, strlen(behind));
	return passes(BENCH_OUT, &p) && b.left_bytes == 14 + 28;
}

static void test_arp(void)
{
	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(arp(1, 1, 28, "") && arp(1, 2, 28, "") && arp(1, 1, 46, ""), "ARP leaves, also from a short frame and closed");
	ok(arp(1, 1, 46, "words") && arp(1, 1, 60, "words"), "without the words behind it");
	ok(!arp(1, 1, 27, "") && !arp(6, 1, 28, "") && !arp(1, 9, 28, ""), "nor what only has its type");
	policy.mode = TACIT_GUARD_ON;
	bench_policy(&b, &policy);
	bench_events(&b);
	ok(!arp(1, 9, 28, "") && bench_events(&b) == 1 && b.event.reason == TACIT_REASON_PROTOCOL, "which is told");
}

int main(void)
{
	bench_open(&b);
	test_one_segment();
	test_many_segments();
	test_chosen();
	test_served();
	test_same_number();
	test_turned();
	test_taken_over();
	test_long_flow();
	test_keepalive();
	test_mapped();
	test_options();
	test_extensions();
	test_trailer();
	test_arp();
	return tap_end();
}
