// SPDX-License-Identifier: GPL-2.0
/*
 * Verdicts, packet by packet, on the kernel that runs this; prints TAP. What a
 * network namespace and real programs show is in tests/vm; here is what they
 * cannot be made to send.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../agent/warden/guard_internal.h"
#include "bench.h"
#include "loads.h"
#include "others.h"
#include "packet.h"
#include "shares.h"
#include "tap.h"
#include "stale.h"
#include "swap.h"
#include "told.h"

#define SECOND 1000000000ull

static struct bench b;
static struct tacit_policy policy;

static bool passes(enum bench_way way, const struct test_packet *p)
{
	return bench_takes(&b, way, p);
}

/* ---- the limit ---- */

static void limit(uint16_t port, uint32_t burst, uint64_t interval)
{
	policy.limits = 1;
	policy.limit[0] = (struct tacit_limit){ .port = htons(port), .burst = burst, .interval = interval };
	bench_policy(&b, &policy);
}

static bool syn_from(const char *source, uint16_t port, uint16_t from_port)
{
	const struct test_packet p = { .from = source, .to = strchr(source, ':') ? DEVICE6 : DEVICE, .from_port = from_port,
				       .to_port = port, .flags = FLAG_SYN, .seq = 1000 };

	return passes(BENCH_IN, &p);
}

static unsigned int burst_from(const char *source, uint16_t port, unsigned int syns)
{
	unsigned int passed = 0;

	for (unsigned int i = 0; i < syns; i++)
		passed += syn_from(source, port, (uint16_t)(2000 + i));
	return passed;
}

static void test_limit(void)
{
	uint8_t source[16] = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 7 };

	bench_reset(&b, &policy);
	ok(burst_from(CLOUD, 8443, 100) == 100, "without a limit every connection from outside may come");
	limit(8443, 3, 3600 * SECOND);
	ok(burst_from(CLOUD, 8443, 54) == 3, "a limit lets a burst in and no more");
	ok(bench_counter(&b, TACIT_COUNT_LIMITED) == 51, "what was over it is counted");
	ok(bench_events(&b) == 1 && b.event.kind == TACIT_BPF_EVENT_LIMITED, "one event for an episode");
	ok(!memcmp(b.event.remote, source, 16) && b.event.local_port == htons(8443), "it names source and port");
	ok(burst_from("198.51.100.8", 8443, 3) == 3, "another source has its own bucket");
	ok(burst_from(CLOUD, 8444, 10) == 10, "another port has no limit");
	ok(burst_from("2001:db8:1::1", 8443, 2) == 2 && burst_from("2001:db8:1::2", 8443, 2) == 1,
	   "addresses of one IPv6 /64 share a bucket");
	ok(burst_from("2001:db8:1:1::1", 8443, 3) == 3, "another /64 has its own");
	ok(bench_events(&b) == 1, "the /64 brought one event too");
}

static void test_refill(void)
{
	const struct timespec wait = { 0, 250000000 };

	bench_reset(&b, &policy);
	limit(8443, 1, 200000000);
	ok(syn_from(CLOUD, 8443, 1) && !syn_from(CLOUD, 8443, 2), "a bucket of one lets one in");
	nanosleep(&wait, NULL);
	ok(syn_from(CLOUD, 8443, 3), "and the next one an interval later");
}

static void test_limit_flood(void)
{
	unsigned int passed = 0;
	char source[32];

	bench_reset(&b, &policy);
	limit(8443, 3, 3600 * SECOND);
	for (unsigned int i = 0; i < 20000; i++) {
		snprintf(source, sizeof(source), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
		passed += syn_from(source, 8443, 7);
	}
	ok(passed == 20000, "20,000 forged sources are each a source");
	ok(bench_count(&b, "sources") <= TACIT_SOURCES_MAX, "and take no more than the room there is");
	ok(burst_from(CLOUD, 8443, 5) == 3, "after them a good source has its burst, and no more");
	ok(bench_events(&b) == 1, "which is told once");
}

static void test_limit_hidden(void)
{
	struct test_packet p = { .from = CLOUD, .to = DEVICE, .from_port = 9, .to_port = 8443, .flags = FLAG_SYN };
	struct test_packet p6 = { .from = CLOUD6, .to = DEVICE6, .from_port = 9, .to_port = 8443, .flags = FLAG_SYN };

	bench_reset(&b, &policy);
	p.fragment = 0x2000;
	p6.fragment = 1;
	ok(passes(BENCH_IN, &p) && passes(BENCH_IN, &p6), "without a limit the guard lets fragments come in");
	limit(8443, 1, 3600 * SECOND);
	ok(!passes(BENCH_IN, &p) && !passes(BENCH_IN, &p6), "with one, TCP in fragments may not: a SYN could hide in it");
	p.protocol = p6.protocol = IPPROTO_UDP;
	ok(passes(BENCH_IN, &p) && passes(BENCH_IN, &p6), "UDP in fragments may");
	p6 = (struct test_packet){ .from = CLOUD6, .to = DEVICE6, .from_port = 9, .to_port = 8443, .flags = FLAG_SYN,
				   .extensions = 2 };
	ok(passes(BENCH_IN, &p6) && !passes(BENCH_IN, &p6), "a SYN behind extension headers is counted");
	p6.extensions = 6;
	ok(!passes(BENCH_IN, &p6), "one behind more than the guard reads may not come in");
	ok(syn_from(CLOUD, 8443, 1) && !syn_from(CLOUD, 8443, 2), "and the limit is what it was");
}

/* ---- connections from outside ---- */

static bool syn_to(const char *to, uint16_t port, uint16_t from_port);

static bool answer_only(uint16_t from_port, uint32_t first)
{
	const struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 8443, .to_port = from_port,
				       .flags = FLAG_SYN | FLAG_ACK, .seq = first - 1, .ack = 1001 };

	return passes(BENCH_OUT, &p);
}

static bool answer(uint16_t from_port, uint32_t first)
{
	return syn_from(CLOUD, 8443, from_port) && answer_only(from_port, first);
}

static bool acknowledge(uint16_t from_port, uint32_t ack)
{
	const struct test_packet p = { .from = CLOUD, .to = DEVICE, .from_port = from_port, .to_port = 8443,
				       .flags = FLAG_ACK, .seq = 1001, .ack = ack };

	return passes(BENCH_IN, &p);
}

static bool serve(uint16_t to_port, uint32_t seq, const uint8_t *payload, size_t bytes)
{
	const struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = 8443, .to_port = to_port, .flags = FLAG_ACK,
				       .seq = seq, .ack = 1200, .payload = payload, .bytes = bytes };

	return passes(BENCH_OUT, &p);
}

static void test_opening(void)
{
	struct tacit_flow flow;
	uint8_t hello[256];
	bool good = true;

	bench_reset(&b, &policy);
	for (unsigned int i = 0; i < 20000; i++)
		good &= answer((uint16_t)i, 5000);
	ok(good, "20,000 forged connections are answered");
	ok(bench_count(&b, "flows") == 0, "and take no place in the table of flows");
	ok(bench_count(&b, "opening") <= TACIT_OPENING_MAX, "nor more than the room there is");
	acknowledge(19999, 4999);
	ok(bench_count(&b, "flows") == 0, "a wrong acknowledgement makes no flow");
	acknowledge(19999, 5000);
	ok(bench_flow(&b, &flow) && flow.state == TACIT_FLOW_PASSIVE && flow.accepted, "the right one does");
	ok(serve(19999, 5000, hello, test_server_hello(hello, 0x0304)), "the device's ServerHello may leave");
	ok(bench_flow(&b, &flow) && flow.state == TACIT_FLOW_VERIFIED, "and verifies the flow");
	ok(!serve(19998, 5000, (const uint8_t *)"SSH-2.0", 7), "without an acknowledgement nothing does");

	bench_reset(&b, &policy);
	answer(7, 5000);
	acknowledge(7, 5000);
	ok(!serve(7, 5000, (const uint8_t *)"HTTP/1.0 200", 12), "what is served in plain text may not leave");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_NOT_TLS, "and the event says why");
	ok(!serve(7, 5000, hello, test_server_hello(hello, 0x0304)), "and stays refused");
}

/* SYNs that nothing answers, too, are noted; they must not cost others their connections. */
static void test_asked(void)
{
	bool good = true;

	bench_reset(&b, &policy);
	ok(!answer_only(7, 5000), "a SYN-ACK that answers nothing may not leave");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_UNKNOWN_FLOW, "which is told");
	ok(syn_to(CLOUD, 7, 8443) && !answer_only(7, 5000), "nor one on a connection of the device's own");
	ok(syn_from(CLOUD, 8443, 8) && answer_only(8, 5000) && answer_only(8, 5000), "the answer to a SYN leaves, and again");
	ok(!answer_only(8, 6000), "one SYN brings no other number");
	ok(syn_from(CLOUD, 8443, 9), "while one waits for an answer,");
	for (unsigned int i = 0; i < 3000; i++)
		good &= syn_from("192.0.2.99", 81, (uint16_t)i);
	ok(good && answer_only(9, 5000), "3,000 SYNs come that nothing answers");
	for (unsigned int i = 0; i < 20000; i++)
		good &= syn_from("192.0.2.99", 81, (uint16_t)i);
	acknowledge(9, 5000);
	acknowledge(8, 5000);
	ok(good && bench_count(&b, "asked") <= TACIT_OPENING_MAX && bench_count(&b, "flows") == 3,
	   "while two wait for an acknowledgement, 20,000 do");
}

static void test_unserved(void)
{
	const struct test_packet reset = { .from = DEVICE, .to = CLOUD, .from_port = 81, .to_port = 7,
					   .flags = FLAG_RST | FLAG_ACK, .ack = 1001 };
	struct test_packet talking = reset;

	bench_reset(&b, &policy);
	limit(8443, 1, 3600 * SECOND);
	ok(burst_from(CLOUD, 81, 50) == 50, "what comes to a port that nothing serves is not counted");
	ok(passes(BENCH_OUT, &reset), "the kernel's RST to it may leave");
	talking.payload = (const uint8_t *)"secret";
	talking.bytes = 6;
	ok(!passes(BENCH_OUT, &talking), "one with data may not");
	ok(!passes(BENCH_OUT, &(struct test_packet){ .from = DEVICE, .to = CLOUD, .from_port = 81, .to_port = 7,
						      .flags = FLAG_ACK, .seq = 5, .payload = talking.payload,
						      .bytes = 6 }),
	   "nor a segment of no flow");
}

/* RFC 9293, 3.5, figure 7: both ends send a SYN. */
static void test_simultaneous(void)
{
	const struct test_packet syn = { .from = DEVICE, .to = CLOUD, .from_port = 7000, .to_port = 8443,
					 .flags = FLAG_SYN, .seq = 999 };
	const struct test_packet theirs = { .from = CLOUD, .to = DEVICE, .from_port = 8443, .to_port = 7000,
					    .flags = FLAG_SYN, .seq = 4999 };
	struct test_packet both = syn, after;
	uint8_t hello[256];

	bench_reset(&b, &policy);
	both.flags |= FLAG_ACK;
	both.ack = 5000;
	ok(passes(BENCH_OUT, &syn) && passes(BENCH_IN, &theirs), "both ends send a SYN");
	ok(!passes(BENCH_OUT, &both), "the device's SYN-ACK may not leave, or its own ServerHello would verify the flow");
	after = both;
	after.flags = FLAG_ACK;
	after.seq = 1000;
	after.payload = hello;
	after.bytes = test_server_hello(hello, 0x0304);
	ok(!passes(BENCH_OUT, &after), "its ServerHello may not either");
}

/* ---- the link's upkeep ---- */

static bool dhcp(const char *from, const char *to, uint16_t from_port, uint16_t to_port)
{
	uint8_t message[300];
	const struct test_packet p = { .from = from, .to = to, .protocol = IPPROTO_UDP, .from_port = from_port,
				       .to_port = to_port, .payload = message,
				       .bytes = test_dhcp_client(message, strchr(from, ':')) };

	return passes(BENCH_OUT, &p);
}

static void test_dhcp(void)
{
	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(dhcp("0.0.0.0", "255.255.255.255", 68, 67), "DHCP by broadcast leaves even when the guard is closed");
	ok(dhcp("fe80::1", "ff02::1:2", 546, 547), "DHCPv6 to the link's servers too");
	policy.mode = TACIT_GUARD_ON;
	bench_policy(&b, &policy);
	ok(!dhcp(DEVICE, CLOUD, 68, 67), "DHCP to a stranger does not");
	ok(!dhcp(DEVICE, "192.0.2.255", 68, 67), "nor to a directed broadcast");
	ok(!dhcp("fe80::1", CLOUD6, 546, 547), "nor DHCPv6 to a stranger");
	ok(!dhcp("fe80::1", "ff05::1:3", 546, 547), "nor to the site's servers");
	ok(!dhcp("0.0.0.0", "255.255.255.255", 1068, 67), "nor from another port");
	b.forwarded = BENCH_IFINDEX;
	ok(!dhcp("0.0.0.0", "255.255.255.255", 68, 67), "nor forwarded from another link");
	b.forwarded = 0;
	policy.rules = 1;
	policy.rule[0].protocol = IPPROTO_UDP;
	policy.rule[0].port = htons(67);
	bench_policy(&b, &policy);
	ok(dhcp(DEVICE, CLOUD, 68, 67), "a renewal by unicast does by rule");
}

static void test_link(void)
{
	static const uint8_t body[46] = { 0, 1, 8, 0, 6, 4, 0, 1 }, start[46] = { 1, 1 };
	struct test_packet p = { .ether = ETH_P_PAE, .payload = start, .bytes = sizeof(start) };

	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(passes(BENCH_OUT, &p), "EAPOL leaves even when the guard is closed");
	p.ether = ETH_P_ARP;
	p.payload = body;
	ok(passes(BENCH_OUT, &p), "ARP too");
	b.forwarded = BENCH_IFINDEX;
	p.ether = ETH_P_PAE;
	p.payload = start;
	ok(!passes(BENCH_OUT, &p), "EAPOL of another link's does not");
	b.forwarded = 0;
	policy.mode = TACIT_GUARD_ON;
	bench_policy(&b, &policy);
	for (size_t i = 0; i < 5; i++) {
		static const uint16_t types[] = { ETH_P_8021Q, ETH_P_PPP_DISC, ETH_P_PPP_SES, ETH_P_802_2, 0x88b5 };
		char what[64];

		p.ether = types[i];
		snprintf(what, sizeof(what), "EtherType %04x does not leave", types[i]);
		ok(!passes(BENCH_OUT, &p), what);
	}
}

/* ---- a full table ---- */

static void fill_table(size_t flows, uint32_t state, uint64_t last, uint8_t mark)
{
	struct tacit_flow_key key = { .local = { 9, mark }, .ifindex = BENCH_IFINDEX };
	struct tacit_flow flow = { .state = state, .last = last, .start = last };

	for (size_t i = 0; i < flows; i++) {
		memcpy(key.remote, &i, sizeof(i));
		bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
	}
}

static bool say(const char *to, uint16_t port, uint16_t from_port, const void *payload, size_t bytes);

static void test_full(void)
{
	struct guard guard = { .flows_fd = bench_flows(&b), .retire_fd = bench_retire(&b) };
	uint64_t now = guard_now();

	bench_reset(&b, &policy);
	fill_table(400, TACIT_FLOW_VERIFIED, now - 60 * SECOND, 1);
	fill_table(TACIT_FLOWS_MAX, TACIT_FLOW_SYN, now - 20 * SECOND, 2);
	ok(bench_count(&b, "flows") == TACIT_FLOWS_MAX, "a flood of SYNs fills the table");
	ok(!syn_to(CLOUD, 443, 1), "a new connection is refused then");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_TABLE_FULL, "which is told");
	ok(guard_sweep(&guard) == 0 && guard_sweep(&guard) == TACIT_FLOWS_MAX - 400,
	   "the second sweep frees what was opened and left alone, seconds ago");
	ok(bench_count(&b, "flows") == 400, "and none that was verified");
	ok(syn_to(CLOUD, 443, 1), "then a new connection may leave");
	fill_table(1, TACIT_FLOW_SYN, now - 20 * SECOND, 2);
	ok(guard_sweep(&guard) == 0 && guard_sweep(&guard) == 0, "in a table with room SYNs are kept for minutes");
}

static void fill_verified(size_t flows, uint32_t uid, uint8_t behind, uint64_t last)
{
	struct tacit_flow_key key = { .local = { 10, behind }, .remote = { [15] = (uint8_t)uid }, .ifindex = BENCH_IFINDEX };
	struct tacit_flow flow = { .state = TACIT_FLOW_VERIFIED, .last = last, .start = last,
				   .holder = TACIT_HOLDER_FIRST + uid + behind };

	for (size_t i = 0; i < flows; i++) {
		memcpy(key.remote, &i, sizeof(i));
		bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
	}
}

/* Sockets can die without a word (TCP_USER_TIMEOUT), and then nothing tells that a connection ended. */
static void test_greedy(void)
{
	struct guard guard = { .flows_fd = bench_flows(&b), .retire_fd = bench_retire(&b) };
	uint64_t now = guard_now(), long_ago = now - 62 * SECOND;

	bench_reset(&b, &policy);
	fill_verified(9000, 100, 0, long_ago);
	fill_verified(4000, 101, 0, long_ago);
	fill_verified(100, 100, 0, now);
	ok(guard_sweep(&guard) == 0 && guard_sweep(&guard) == 8900,
	   "who holds most of a nearly full table loses the connections that were silent for a minute");
	ok(bench_count(&b, "flows") == 4100, "and nobody else does, nor does he lose others");
	bench_reset(&b, &policy);
	fill_verified(6400, 100, 0, long_ago);
	fill_verified(6400, 101, 0, long_ago);
	ok(guard_sweep(&guard) == 0 && guard_sweep(&guard) == 0, "where nobody holds most of it nobody loses any");
	bench_reset(&b, &policy);
	guard.all = 0;
	memset(guard.holders, 0, sizeof(guard.holders));
	fill_verified(9000, 0, 7, long_ago);
	fill_verified(4000, 0, 8, long_ago);
	ok(guard_sweep(&guard) == 0 && guard_sweep(&guard) == 9000, "a machine behind the device is held to the same");
}

/* A sweep was cut short: what it had retired is no flow, and keeps its place for a while. */
static void test_retired(void)
{
	struct tacit_flow_key key = { .local = { [10] = 255, 255, 192, 0, 2, 2 }, .remote = { [10] = 255, 255, 198, 51, 100, 7 },
				      .local_port = htons(9), .remote_port = htons(443), .ifindex = BENCH_IFINDEX };
	struct guard guard = { .flows_fd = bench_flows(&b), .retire_fd = bench_retire(&b) };
	struct tacit_flow flow = { .state = TACIT_FLOW_NONE, .turn = 7, .last = guard_now() };

	bench_reset(&b, &policy);
	bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
	ok(!syn_to(CLOUD, 443, 9) && bench_events(&b) == 0, "a SYN of a flow that is being freed is to be sent again");
	flow.last = guard_now() - TACIT_RETIRED_NS - SECOND;
	bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
	ok(!say(CLOUD, 443, 9, "GET /", 5) && bench_events(&b) == 1 && b.event.reason == TACIT_REASON_UNKNOWN_FLOW,
	   "when nobody frees it, what it says is of no flow");
	ok(syn_to(CLOUD, 443, 9) && bench_flow(&b, &flow) && flow.state == TACIT_FLOW_SYN && flow.turn == 8,
	   "and a SYN takes its place");
	flow = (struct tacit_flow){ .state = TACIT_FLOW_NONE, .turn = 7, .closed = TACIT_CLOSED_RESET,
				     .last = guard_now() - 15 * SECOND };
	bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
	ok(guard_sweep(&guard) == 1 && bench_count(&b, "flows") == 0, "a later sweep frees it");
}

/* ---- shut ---- */

static bool syn_to(const char *to, uint16_t port, uint16_t from_port)
{
	const struct test_packet p = { .from = DEVICE, .to = to, .from_port = from_port, .to_port = port,
				       .flags = FLAG_SYN, .seq = 999 };

	return passes(BENCH_OUT, &p);
}

static bool say(const char *to, uint16_t port, uint16_t from_port, const void *payload, size_t bytes)
{
	const struct test_packet p = { .from = DEVICE, .to = to, .from_port = from_port, .to_port = port, .flags = FLAG_ACK,
				       .seq = 1000, .ack = 5000, .payload = payload, .bytes = bytes };

	return passes(BENCH_OUT, &p);
}

/* A TLS 1.3 handshake as far as the server's choice. */
static bool shake_hands(const char *to, uint16_t port, uint16_t from_port)
{
	struct test_packet p = { .from = to, .to = DEVICE, .from_port = port, .to_port = from_port,
				 .flags = FLAG_SYN | FLAG_ACK, .seq = 4999, .ack = 1000 };
	uint64_t before = bench_counter(&b, TACIT_COUNT_VERIFIED);
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);

	if (!syn_to(to, port, from_port) || !passes(BENCH_IN, &p) || !say(to, port, from_port, hello, bytes))
		return false;
	p.flags = FLAG_ACK;
	p.seq = 5000;
	p.ack = 1000 + (uint32_t)bytes;
	p.payload = hello;
	p.bytes = test_server_hello(hello, 0x0304);
	return passes(BENCH_IN, &p) && bench_counter(&b, TACIT_COUNT_VERIFIED) == before + 1;
}

/* ---- hellos that mutation hardly ever writes ---- */

/* A good ClientHello and one extension more (RFC 8446, 4.2). */
static uint32_t hello_with(const void *extension, size_t bytes)
{
	uint8_t hello[256];
	size_t length = test_client_hello(hello, 0x0304);

	bench_reset(&b, &policy);
	memcpy(hello + length, extension, bytes);
	/* Lengths of record, message and extensions: all below 256. */
	hello[4] = (uint8_t)(hello[4] + bytes);
	hello[8] = (uint8_t)(hello[8] + bytes);
	hello[51] = (uint8_t)(hello[51] + bytes);
	if (!syn_to(CLOUD, 443, 1) || say(CLOUD, 443, 1, hello, length + bytes))
		return TACIT_REASON_NONE;
	return bench_events(&b) == 1 ? b.event.reason : TACIT_REASON_LIMIT;
}

static const uint8_t retry[32] = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
				 "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c";

static void test_hellos(void)
{
	struct test_packet p = { .from = CLOUD, .to = DEVICE, .from_port = 443, .to_port = 1, .flags = FLAG_SYN | FLAG_ACK,
				 .seq = 4999, .ack = 1000 };
	uint8_t hello[256], answer[256];
	size_t bytes = test_client_hello(hello, 0x0304), length = test_server_hello(answer, 0x0304);

	ok(hello_with("\0\x15\0\x01x", 5) == TACIT_REASON_NONE, "a ClientHello with padding may leave");
	ok(hello_with("\0\x2a\0\0", 4) == TACIT_REASON_EARLY_DATA, "one that announces early data may not");
	ok(hello_with("\0\x2b\0\x03\x02\x03\x03", 7) == TACIT_REASON_MALFORMED, "nor one that names its versions twice");

	bench_reset(&b, &policy);
	memcpy(answer + 11, retry, sizeof(retry));
	ok(syn_to(CLOUD, 443, 1) && passes(BENCH_IN, &p) && say(CLOUD, 443, 1, hello, bytes), "a ClientHello leaves");
	p.flags = FLAG_ACK;
	p.seq = 5000;
	p.ack = 1000 + (uint32_t)bytes;
	p.payload = answer;
	p.bytes = length;
	ok(passes(BENCH_IN, &p) && bench_counter(&b, TACIT_COUNT_VERIFIED) == 0, "a HelloRetryRequest verifies nothing");
	p.seq += (uint32_t)length;
	passes(BENCH_IN, &p);
	ok(bench_counter(&b, TACIT_COUNT_VERIFIED) == 0, "a second one neither");
	test_server_hello(answer, 0x0304);
	p.seq += (uint32_t)length;
	passes(BENCH_IN, &p);
	ok(bench_counter(&b, TACIT_COUNT_VERIFIED) == 0, "and the ServerHello behind them comes too late");
}

static void rescue_rule(void)
{
	static const uint8_t cloud[16] = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 7 };

	policy.rules = 2;
	policy.rule[0] = (struct tacit_rule){ .protocol = IPPROTO_UDP, .port = htons(53) };
	policy.rule[1] = (struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(443), .prefix = 128, .rescue = 1 };
	memcpy(policy.rule[1].addr, cloud, 16);
	bench_policy(&b, &policy);
}

static void test_shut_how(const char *how, uint32_t reason)
{
	char what[128];
	uint8_t hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);

#define saying(text) (snprintf(what, sizeof(what), "%s: %s", how, text), what)
	ok(shake_hands(CLOUD, 443, 100), saying("TLS 1.3 with the rescue destination passes"));
	ok(syn_to(CLOUD, 443, 101) && !say(CLOUD, 443, 101, "GET / HTTP/1.0", 14), saying("plain text to it does not"));
	bench_events(&b);
	ok(!syn_to(CLOUD, 444, 102), saying("nor another port of its"));
	ok(bench_events(&b) == 1 && b.event.reason == reason, saying("which is told, with the reason"));
	ok(!syn_to("198.51.100.8", 443, 103), saying("nor another address"));
	ok(!say(CLOUD, 443, 104, hello, bytes), saying("nor a segment of no flow to it"));
	ok(!passes(BENCH_OUT, &(struct test_packet){ .from = DEVICE, .to = CLOUD, .protocol = IPPROTO_UDP, .from_port = 5,
						      .to_port = 53, .payload = hello, .bytes = 9 }),
	   saying("nor UDP that a rule allows"));
	ok(!passes(BENCH_OUT, &(struct test_packet){ .from = DEVICE, .to = CLOUD, .protocol = IPPROTO_UDP, .from_port = 5,
						      .to_port = 443, .payload = hello, .bytes = 9 }),
	   saying("nor UDP to the rescue port"));
#undef saying
}

static void test_rescue(void)
{
	static const uint8_t stamps[12] = { 1, 1, 8, 10 };
	struct timespec now;
	struct test_packet stamped = { .from = DEVICE, .to = CLOUD, .from_port = 200, .to_port = 443, .flags = FLAG_SYN,
				       .seq = 999, .options = stamps, .option_bytes = sizeof(stamps) };

	bench_reset(&b, &policy);
	rescue_rule();
	ok(syn_to(CLOUD, 443, 90) && !say(CLOUD, 443, 90, "GET /", 5), "open: [allow rescue] allows no plain text");
	ok(shake_hands("198.51.100.8", 443, 91), "open: another destination passes by TLS 1.3");

	bench_reset(&b, &policy);
	rescue_rule();
	bench_lease(&b, 1);
	test_shut_how("unattended", TACIT_REASON_UNATTENDED);
	bench_lease(&b, TACIT_LEASE_FOR_GOOD);
	ok(shake_hands("198.51.100.8", 443, 92), "attended again: other destinations pass");

	bench_reset(&b, &policy);
	rescue_rule();
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	test_shut_how("closed", TACIT_REASON_CLOSED);

	/* A slot of no length to speak of: what is held is held for the next one. */
	policy.schedule = (struct tacit_schedule){ .period = SECOND, .jitter = SECOND / 2, .open = 1 };
	bench_policy(&b, &policy);
	clock_gettime(CLOCK_MONOTONIC, &now);
	ok(syn_to(CLOUD, 443, 199) && b.tstamp > (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec,
	   "closed, with slots: the rescue destination's packets are held for theirs");
	ok(passes(BENCH_OUT, &stamped), "closed: a SYN with timestamps to the rescue destination passes");
	policy.mode = TACIT_GUARD_ON;
	bench_policy(&b, &policy);
	ok(!passes(BENCH_OUT, &stamped), "open, with slots: it does not");

	bench_no_policy(&b);
	ok(!syn_to(CLOUD, 443, 300), "with no policy not even the rescue destination passes");
	bench_reset(&b, &policy);
	bench_lease(&b, 0);
	ok(!syn_to(CLOUD, 443, 301), "a lease that was never taken is none");
}

static void load_told(const struct load *load)
{
	char text[160];

	snprintf(text, sizeof(text), "%s: %u instructions, the verifier goes through %u and logs %zu bytes", load->name,
		 load->instructions, load->verified, load->log);
	ok(load->verified && load->verified <= LOADS_MOST, text);
}

static void test_swap(void)
{
	unsigned long swaps, sent;
	uint64_t refused = swap_refused(&b, guard_policy_replace, &swaps, &sent);
	char text[120];

	snprintf(text, sizeof(text), "%lu packets meet one policy or the other, %lu times replaced: %llu met neither", sent,
		 swaps, (unsigned long long)refused);
	ok(!refused && swaps >= SWAPS_WANTED && sent >= 100000, text);
}

int main(void)
{
	bench_open(&b);
	loads_each(load_told);
	test_limit();
	test_refill();
	test_limit_flood();
	test_limit_hidden();
	test_opening();
	test_asked();
	test_unserved();
	test_simultaneous();
	test_dhcp();
	test_link();
	test_hellos();
	told_events(&b, ok);
	test_full();
	test_greedy();
	test_retired();
	stale_flows(&b, ok);
	others_flows(&b, ok);
	shares_of_table(&b, ok);
	test_rescue();
	test_swap();
	return tap_end();
}
