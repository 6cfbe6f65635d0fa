// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves without a rule because links and networks need it, and no more of
 * it than they need: errors of ICMP, discovery, listener reports, DHCP, EAPOL.
 * Whoever may have the kernel write such a packet must not choose its words. Prints TAP.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "tap.h"

#define WORDS "SECRET in what nobody looks at, and more of it behind that, and more"

static struct bench b;
static struct tacit_policy policy;

static bool passes(enum bench_way way, const struct test_packet *p)
{
	return bench_takes(&b, way, p);
}

/* ---- errors ---- */

/* An uplink's IP version: where things stand in an error and in what it quotes. */
struct version {
	const char *name, *device, *device_too, *cloud, *other;
	uint8_t protocol, unreachable, too_big, too_big_code;
	size_t ip, source, hops, traffic;	/* bytes of IP header; offsets in it */
};

static const struct version versions[] = {
	{ "ICMP", DEVICE, "192.0.2.3", CLOUD, "198.51.100.8", IPPROTO_ICMP, 3, 3, 4, 20, 12, 8, 1 },
	{ "ICMPv6", DEVICE6, "2001:db8::3", CLOUD6, "2001:db8:ffff::8", IPPROTO_ICMPV6, 1, 2, 0, 40, 8, 7, 1 },
};

static void ok_of(const struct version *v, bool good, const char *what)
{
	char all[160];

	snprintf(all, sizeof(all), "%s: %s", v->name, what);
	ok(good, all);
}

/* A datagram from outside, from this port on, with words of its own. Into `ip`, without the link header. Return: bytes. */
static size_t stray(const struct version *v, uint16_t port, uint8_t *ip)
{
	const struct test_packet p = { .from = v->cloud, .to = v->device, .protocol = IPPROTO_UDP, .from_port = port,
				       .to_port = 9, .payload = (const uint8_t *)WORDS, .bytes = sizeof(WORDS) };
	uint8_t frame[FRAME_MAX];
	size_t bytes = test_frame(&p, frame);

	memcpy(ip, frame + 14, bytes - 14);
	return bytes - 14;
}

static void comes(const struct version *v, const uint8_t *ip, size_t bytes)
{
	uint8_t frame[FRAME_MAX] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	frame[12] = v->ip == 40 ? 0x86 : 0x08;
	frame[13] = v->ip == 40 ? 0xdd : 0x00;
	memcpy(frame + 14, ip, bytes);
	bench_passes(&b, BENCH_IN, frame, 14 + bytes);
}

static bool error_of(const struct version *v, uint8_t type, uint8_t code, const char *to, const uint8_t *quote, size_t bytes)
{
	uint8_t body[8 + 512] = { type, code, 0, 0, 'w', 'o', 5, 120 };
	const struct test_packet p = { .from = v->device_too, .to = to, .protocol = v->protocol, .payload = body,
				       .bytes = 8 + bytes };

	memcpy(body + 8, quote, bytes);
	return passes(BENCH_OUT, &p);
}

static bool error(const struct version *v, const uint8_t *quote, size_t bytes)
{
	return error_of(v, v->unreachable, 3, v->cloud, quote, bytes);
}

/* RFC 1071, over more bytes if that is `seed`. Return: 0xffff where the sum is right. */
static uint32_t sum_of(const uint8_t *at, size_t bytes, uint32_t seed)
{
	for (size_t i = 0; i < bytes; i += 2)
		seed += (uint32_t)at[i] << 8 | (i + 1 < bytes ? at[i + 1] : 0);
	while (seed >> 16)
		seed = (seed & 0xffff) + (seed >> 16);
	return seed;
}

/* Is the frame that left an error with these 4 bytes and this quotation, and nothing behind it? */
static bool left(const struct version *v, uint32_t parameter, const uint8_t *quote)
{
	const uint8_t *ip = b.left + 14, *icmp = ip + v->ip;
	size_t bytes = 8 + v->ip + 8;
	uint32_t be = htonl(parameter), seed = 0;

	if (b.left_bytes != 14 + v->ip + bytes || memcmp(icmp + 4, &be, 4) || memcmp(icmp + 8, quote, v->ip + 8))
		return false;
	if (v->ip == 20)
		return (ip[2] << 8 | ip[3]) == (int)(20 + bytes) && sum_of(ip, 20, 0) == 0xffff &&
		       sum_of(icmp, bytes, 0) == 0xffff;
	seed = sum_of(ip + 8, 32, (uint32_t)bytes + IPPROTO_ICMPV6);
	return (ip[4] << 8 | ip[5]) == (int)bytes && sum_of(icmp, bytes, seed) == 0xffff;
}

static void test_error(const struct version *v)
{
	uint8_t ip[256], quote[256];
	size_t bytes = stray(v, 7, ip);

	bench_reset(&b, &policy);
	ok_of(v, !error(v, ip, bytes), "an error about what did not come in by an uplink may not leave");
	ok_of(v, bench_events(&b) == 1 && b.event.reason == TACIT_REASON_PROTOCOL, "which is told");
	comes(v, ip, bytes);
	ok_of(v, !error_of(v, v->unreachable, 3, v->other, ip, bytes), "about what did, not to another than its sender");
	memcpy(quote, ip, bytes);
	for (size_t i = 0; i < 4; i++) {
		size_t at = (size_t[]){ v->ip + 1, v->ip + 3, v->ip + 5, v->ip - 1 }[i];

		quote[at] ^= 1;
		ok_of(v, !error(v, quote, bytes), "nor about one that is nearly the same");
		quote[at] ^= 1;
	}
	ok_of(v, !error(v, ip, v->ip + 7), "nor with less of it than 8 bytes behind the IP header");
	b.forwarded = BENCH_IFINDEX;
	ok_of(v, !error(v, ip, bytes), "nor somebody else's");
	b.forwarded = 0;
	ok_of(v, error(v, ip, bytes), "the device's own to the sender leaves");
	ok_of(v, left(v, 0, ip), "cut to 8 bytes of it, with sums anew and no words in its own 4 bytes");
	ok_of(v, !error(v, ip, bytes), "a second one does not");

	comes(v, ip, bytes);
	quote[v->hops] ^= 0x55;
	quote[v->traffic] ^= 0x30;
	quote[v->ip + 6] ^= 0x77;
	ok_of(v, error_of(v, v->too_big, v->too_big_code, v->cloud, quote, v->ip + 8) && left(v, 0x0578, ip),
	      "what was changed on the way is put back, and the MTU is told");
	comes(v, ip, bytes);
	ok_of(v, error_of(v, v->unreachable, 3, v->cloud, ip, bytes) == 1, "it came again: an error about it leaves again");
}

static void test_row(const struct version *v)
{
	uint8_t first[256], ip[256];
	size_t bytes = stray(v, 7, first);

	bench_reset(&b, &policy);
	comes(v, first, bytes);
	for (uint16_t i = 0; i < 511; i++)
		comes(v, ip, stray(v, (uint16_t)(1000 + i), ip));
	ok_of(v, error(v, first, bytes), "when 511 others came since, an error about it leaves");
	comes(v, first, bytes);
	for (uint16_t i = 0; i < 512; i++)
		comes(v, ip, stray(v, (uint16_t)(1000 + i), ip));
	ok_of(v, !error(v, first, bytes), "when 512 did it does not");

	comes(v, first, bytes);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok_of(v, !error(v, first, bytes), "nor when the guard is closed");
	policy.mode = TACIT_GUARD_ON;
	policy.rules = 1;
	policy.rule[0].protocol = v->protocol;
	bench_policy(&b, &policy);
	ok_of(v, error_of(v, v->unreachable, 3, v->other, first, bytes), "by a rule for the protocol all of it does");
}

/* ---- EAPOL ---- */

static bool eapol(const char *to, const void *body, size_t bytes)
{
	const struct test_packet p = { .ether = ETH_P_PAE, .payload = body, .bytes = bytes };
	uint8_t frame[FRAME_MAX];
	size_t all = test_frame(&p, frame);

	memcpy(frame, to, 6);
	return bench_passes(&b, BENCH_OUT, frame, all);
}

static void test_eapol(void)
{
	static const char group[] = "\x01\x80\xc2\0\0\x03", station[] = "\2\0\0\0\0\7", everybody[] = "\xff\xff\xff\xff\xff\xff";
	static const uint8_t response[] = { 2, 0, 0, 9, 2, 1, 0, 9, 1, 't', 'a', 'c', 'i' };
	uint8_t key[4 + 95 + 22] = { 1, 3, 0, 95 + 22, 2 }, body[46] = { 2, 1 };

	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(eapol(group, body, 4) && eapol(group, body, 46), "EAPOL: a start leaves, also from a short frame and closed");
	ok(eapol(station, key, sizeof(key)), "a key handshake's second message too");
	ok(eapol(group, response, sizeof(response)), "and an EAP response");
	ok(!eapol(everybody, body, 4), "to everybody it does not");
	memcpy(body + 4, WORDS, 40);
	ok(eapol(group, body, 46) && b.left_bytes == 14 + 4, "words behind a start do not leave with it");
	body[3] = 42;
	ok(!eapol(group, body, 46), "nor in one");
	body[1] = 0;
	ok(!eapol(group, body, 46), "nor as an EAP packet that is none");
	body[1] = 3;
	ok(!eapol(group, body, 46), "nor as a key descriptor that is none");
	body[1] = 4;
	ok(!eapol(group, body, 46), "nor as an alert");
	ok(!eapol(group, "E" WORDS, 60), "nor as what only has its type");
	ok(!eapol(station, key, sizeof(key) - 1), "nor what is shorter than it says");
}

/* ---- listener reports ---- */

#define SOLICITED "ff02::1:ff12:3456"

struct record {
	uint8_t type;
	const char *group;
	uint16_t sources;	/* each of words */
};

/* Sent as the kernel does: a hop-by-hop header with a router alert in front. */
static bool listens(const void *message, size_t bytes, const char *to, uint8_t hops)
{
	static const uint8_t alert[7] = { 0, 5, 2, 0, 0, 1, 0 };
	const struct test_packet p = { .from = "fe80::1", .to = to, .protocol = IPPROTO_ICMPV6, .hops = hops, .extensions = 1,
				       .extension = alert, .payload = message, .bytes = bytes };

	return passes(BENCH_OUT, &p);
}

static bool report(const struct record *records, size_t n)
{
	uint8_t m[512] = { 143, 0, 'w', 'o', 'r', 'd', 0, (uint8_t)n }, *at = m + 8;

	for (size_t i = 0; i < n; i++, at += 20) {
		at[0] = records[i].type;
		at[3] = (uint8_t)records[i].sources;
		if (inet_pton(AF_INET6, records[i].group, at + 4) != 1)
			return false;
		for (size_t k = 0; k < records[i].sources; k++, at += 16)
			memcpy(at + 20, "SECRET as source", 16);
	}
	return listens(m, (size_t)(at - m), "ff02::16", 1);
}

/* Is what left a report of these groups only? */
static bool told(const char *const *groups, size_t n)
{
	const uint8_t *ip = b.left + 14, *m = ip + 48;
	size_t bytes = 8 + 20 * n;
	uint8_t group[16];

	if (b.left_bytes != 14 + 48 + bytes || ip[4] || ip[5] != 8 + bytes || memcmp(m + 4, "\0\0\0", 3) || m[7] != n ||
	    sum_of(m, bytes, sum_of(ip + 8, 32, (uint32_t)bytes + IPPROTO_ICMPV6)) != 0xffff)
		return false;
	for (size_t i = 0; i < n; i++) {
		inet_pton(AF_INET6, groups[i], group);
		if (memcmp(m + 8 + 20 * i + 4, group, 16) || m[8 + 20 * i + 1] || m[8 + 20 * i + 3])
			return false;
	}
	return true;
}

static void test_reports(void)
{
	static const struct record honest[] = { { 4, SOLICITED, 0 }, { 2, "ff02::fb", 0 }, { 3, "ff05::1:3", 0 } };
	static const struct record sources[] = { { 1, "ff02::fb", 4 } }, text[] = { { 4, "ff05:5345:4352:4554:5345:4352:4554:5345", 0 } };
	static const struct record temporary[] = { { 4, "ff12::7", 0 } }, larger[] = { { 4, "ff02::2:3", 0 } };
	static const struct record kind[] = { { 7, "ff02::fb", 0 } };
	static const struct record mixed[] = { { 2, "ff15::4554", 0 }, { 2, SOLICITED, 0 }, { 5, "ff02::fb", 2 }, { 2, "ff02::2", 0 } };
	static const char *const all[] = { SOLICITED, "ff02::fb", "ff05::1:3" }, *const rest[] = { SOLICITED, "ff02::2" };
	uint8_t first[25] = { 131 };

	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(report(honest, 3) && told(all, 3), "reports of well-known groups and of an address's neighbours leave, also closed");
	ok(!report(sources, 1), "of sources none does");
	ok(!report(text, 1) && !report(temporary, 1) && !report(larger, 1), "nor one of groups that anybody may make up");
	ok(!report(kind, 1), "nor one of no kind that there is");
	bench_events(&b);
	ok(report(mixed, 4) && told(rest, 2), "of groups of both sorts the known ones leave, without the others");
	ok(bench_events(&b) == 1 && b.event.reason == TACIT_REASON_MALFORMED, "which is told");

	inet_pton(AF_INET6, SOLICITED, first + 8);
	ok(listens(first, 24, SOLICITED, 1), "a report of the first version leaves");
	ok(!listens(first, 24, "ff02::2", 1), "to another group it does not");
	ok(!listens(first, 25, SOLICITED, 1) && !listens(first, 24, SOLICITED, 2), "nor with a byte more, nor for more than the link");
	first[6] = 1;
	ok(!listens(first, 24, SOLICITED, 1), "nor with something where nothing is");
	first[6] = 0;
	first[0] = 130;
	ok(!listens(first, 24, SOLICITED, 1), "nor a query");
	first[0] = 132;
	ok(listens(first, 24, "ff02::2", 1), "to the routers that it is done, does");
	memcpy(first + 8, "\xff\5SECRET-IN-IT!!", 16);
	ok(!listens(first, 24, "ff02::2", 1), "with words it does not");
}

/* ---- discovery ---- */

static bool discovers(const void *message, size_t bytes, const char *to)
{
	const struct test_packet p = { .from = "fe80::1", .to = to, .protocol = IPPROTO_ICMPV6, .hops = 255, .payload = message,
				       .bytes = bytes };

	return passes(BENCH_OUT, &p);
}

static void test_discovery(void)
{
	uint8_t m[64] = { 135, [8] = 0x20, 1, 0x0d, 0xb8, [21] = 0x12, 0x34, 0x56, 1, 1, 2, 0, 0, 0, 0, 1 };

	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(discovers(m, 32, SOLICITED) && discovers(m, 24, SOLICITED) && discovers(m, 32, "2001:db8::12:3456"),
	   "neighbours are asked for, by their group or themselves, also closed");
	ok(!discovers(m, 32, "ff02::1:ff12:3457") && !discovers(m, 32, CLOUD6), "not by way of others");
	m[24] = 14;
	ok(discovers(m, 32, SOLICITED), "with a nonce, too");
	m[24] = 5;
	ok(!discovers(m, 32, SOLICITED), "not with another option");
	m[24] = 1;
	m[25] = 2;
	ok(!discovers(m, 40, SOLICITED) && !discovers(m, 32, SOLICITED), "nor with a longer one");
	m[25] = 1;
	ok(!discovers(m, 40, SOLICITED) && !discovers(m, 31, SOLICITED), "nor with anything behind it");
	m[4] = 1;
	ok(!discovers(m, 32, SOLICITED), "nor with words where nothing is");
	m[0] = 136;
	m[4] = 0x60;
	ok(discovers(m, 32, CLOUD6), "a neighbour answers");
	m[0] = 134;
	ok(!discovers(m, 32, "ff02::1"), "as a router it does not");
	m[0] = 137;
	ok(!discovers(m, 40, CLOUD6), "nor does it redirect");
	memset(m, 0, 8);
	m[0] = 133;
	memcpy(m + 8, m + 24, 8);
	ok(discovers(m, 16, "ff02::2") && discovers(m, 8, "ff02::2"), "routers are asked for");
	ok(!discovers(m, 24, "ff02::2"), "with no more than that");
}

/* ---- DHCP ---- */

static bool asks(const uint8_t *message, size_t bytes, bool v6)
{
	const struct test_packet p = { .from = v6 ? "fe80::1" : "0.0.0.0", .to = v6 ? "ff02::1:2" : "255.255.255.255",
				       .protocol = IPPROTO_UDP, .from_port = v6 ? 546 : 68, .to_port = v6 ? 547 : 67,
				       .payload = message, .bytes = bytes };

	return passes(BENCH_OUT, &p);
}

/* With one byte of a Discover changed. */
static bool discover(size_t at, uint8_t value)
{
	uint8_t m[300];
	size_t bytes = test_dhcp_client(m, false);

	m[at] = value;
	return asks(m, bytes, false);
}

static void test_dhcp(void)
{
	uint8_t m[1400] = WORDS, *end;
	size_t bytes;

	bench_reset(&b, &policy);
	policy.mode = TACIT_GUARD_CLOSED;
	bench_policy(&b, &policy);
	ok(!asks(m, 1400, false) && !asks(m, 300, false) && !asks(m, 300, true), "what only has DHCP's ports may not leave");
	bytes = test_dhcp_client(m, false);
	ok(asks(m, bytes, false) && asks(m, 236 + 21, false), "a Discover leaves, filled up or not");
	ok(discover(8, 200) && discover(10, 0), "with other seconds and flags, too");
	ok(!discover(0, 2) && !discover(1, 6) && !discover(2, 16) && !discover(3, 1) && !discover(11, 1), "another head does not");
	ok(!discover(17, 'w') && !discover(27, 'w') && !discover(34, 'w') && !discover(43, 'w') && !discover(44, 'w') &&
	   !discover(235, 'w'), "nor words in fields that servers fill, or that nobody does");
	ok(!discover(236, 98), "nor without the cookie");
	ok(!discover(257, 'w') && !discover(299, 'w'), "nor words behind its end");
	ok(!discover(244, 255) && !discover(256, 7), "nor with options that do not end as they say");
	end = m + 256;
	memset(end, 0, sizeof(m) - 256);
	end[0] = 43;
	end[1] = 250;
	m[548 - 1] = 255;
	ok(asks(m, 548, false), "the longest that a server must take leaves");
	m[549 - 2] = 0;
	m[549 - 1] = 255;
	ok(!asks(m, 549, false), "a longer one does not");
	bytes = test_dhcp_client(m, false);
	b.gso_size = 260;
	ok(!asks(m, bytes, false), "nor several at once");
	b.gso_size = 0;

	bytes = test_dhcp_client(m, true);
	ok(asks(m, bytes, true) && asks(m, 4, true), "a Solicit leaves");
	ok(!asks(m, bytes - 1, true), "one that is cut does not");
	m[4] = 1;
	ok(!asks(m, bytes, true), "nor with an option of a number that is not given out");
	m[4] = 0;
	m[0] = 2;
	ok(!asks(m, bytes, true), "nor does a server's message");
}

int main(void)
{
	bench_open(&b);
	for (size_t i = 0; i < 2; i++) {
		test_error(&versions[i]);
		test_row(&versions[i]);
	}
	test_eapol();
	test_reports();
	test_discovery();
	test_dhcp();
	return tap_end();
}
