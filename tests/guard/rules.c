// SPDX-License-Identifier: GPL-2.0
/*
 * Rules on the bench; prints TAP. Datagrams that are mutated at random are judged by
 * the guard and by model_rules.c. usage: rules [DATAGRAMS [SEED]]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "egress.skel.h"
#include "model_rules.h"
#include "packet.h"
#include "tap.h"

#define SECOND 1000000000ull
#define HOST 0x1234567890abcdefull

static struct bench b;
static struct tacit_policy policy;
static uint64_t random_state = 1;

/* xorshift64* */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)(random_state * 0x2545f4914f6cdd1dull >> 33) % below;
}

static void one_rule(struct tacit_rule rule)
{
	bench_reset(&b, &policy);
	policy.rules = 1;
	policy.wants = TACIT_WANTS_FORM | TACIT_WANTS_OWNER;
	policy.rule[0] = rule;
	bench_policy(&b, &policy);
}

static bool passes(const char *to, uint8_t protocol, uint16_t from_port, uint16_t port, const uint8_t *payload, size_t bytes)
{
	const struct test_packet p = { .from = strchr(to, ':') ? DEVICE6 : DEVICE, .to = to, .protocol = protocol,
				       .from_port = from_port, .to_port = port, .payload = payload, .bytes = bytes };
	uint8_t frame[FRAME_MAX];

	return bench_passes(&b, BENCH_OUT, frame, test_frame(&p, frame));
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* ---- forms ---- */

static size_t seed_datagram(uint8_t *to)
{
	static const uint8_t firsts[] = { 0xc3, 0xd3, 0xe3, 0xf3, 0x43, 0x03, 0x83, 0x23, 0x1b, 0x24, 0x12 };
	static const uint32_t versions[] = { 0x00000001, 0x6b3343cf, 0x00000000, 0xff00001d, 0x01000000 };
	static const size_t lengths[] = { 1200, 1252, 1199, 48, 47, 17, 16, 13, 12, 11, 512, 513, 0, 90 };
	size_t bytes = lengths[draw(sizeof(lengths) / sizeof(*lengths))];
	uint32_t version = htonl(versions[draw(draw(2) ? 2 : 5)]);

	memset(to, 0, 1300);
	to[0] = firsts[draw(draw(2) ? 5 : sizeof(firsts))];
	memcpy(to + 1, &version, 4);
	if (draw(3) == 0) {
		memset(to, 0, 12);
		to[2] = 1;
		to[5] = 1;
		to[11] = (uint8_t)draw(2);
	}
	for (uint32_t i = draw(3); i; i--)
		to[draw(13)] = (uint8_t)draw(draw(2) ? 4 : 256);
	return bytes;
}

static bool agree(unsigned int form, struct model_quic *quic, const uint8_t *payload, size_t bytes, uint16_t flow)
{
	bool want, got = passes(CLOUD, IPPROTO_UDP, flow, 4433, payload, bytes);

	want = form == TACIT_FORM_QUIC ? model_quic(quic, payload, bytes) :
	       form == TACIT_FORM_NTP  ? model_ntp(payload, bytes) :
					 model_dns(payload, bytes);
	if (got != want)
		printf("# form %u: the guard %s, the model %s: %zu bytes, %02x %02x%02x%02x%02x %02x%02x%02x%02x%02x%02x%02x\n", form,
		       got ? "lets it out" : "refuses it", want ? "would" : "would not", bytes, payload[0], payload[1],
		       payload[2], payload[3], payload[4], payload[5], payload[6], payload[7], payload[8], payload[9],
		       payload[10], payload[11]);
	return got == want;
}

static void test_forms(unsigned long datagrams)
{
	static const char *const names[] = { [TACIT_FORM_QUIC] = "quic", [TACIT_FORM_NTP] = "ntp", [TACIT_FORM_DNS] = "dns" };
	uint8_t payload[1300];
	char what[128];

	for (unsigned int form = TACIT_FORM_QUIC; form <= TACIT_FORM_DNS; form++) {
		unsigned long differ = 0, passed = 0;
		struct model_quic quic = { 0 };
		uint16_t flow = 1;

		one_rule((struct tacit_rule){ .protocol = IPPROTO_UDP, .form = (__u8)form });
		for (unsigned long i = 0; i < datagrams; i++) {
			size_t bytes = seed_datagram(payload);
			uint64_t before = bench_counter(&b, TACIT_COUNT_PASSED);

			if (draw(6) == 0) {
				quic.begun = false;
				flow++;
				/* The ports come again: each time as a new flow. */
				if (!flow)
					one_rule(policy.rule[0]);
			}
			differ += !agree(form, &quic, payload, bytes, flow);
			passed += bench_counter(&b, TACIT_COUNT_PASSED) != before;
		}
		snprintf(what, sizeof(what), "%s: guard and model agree on %lu datagrams, of which %lu passed", names[form],
			 datagrams, passed);
		ok(!differ && passed > datagrams / 100, what);
	}
}

static bool icmp(const char *to, uint8_t protocol, uint8_t type)
{
	uint8_t payload[8] = { type };

	return passes(to, protocol, 0, 0, payload, sizeof(payload));
}

static void test_echo(void)
{
	bool same = true;

	one_rule((struct tacit_rule){ .form = TACIT_FORM_ECHO });
	for (unsigned int type = 0; type < 256; type++) {
		/* Errors, discovery and listener reports have rules of their own. */
		if (type != 3 && type != 11 && type != 12)
			same &= icmp(CLOUD, IPPROTO_ICMP, (uint8_t)type) == model_echo(false, IPPROTO_ICMP, (uint8_t)type);
		if (type > 4 && (type < 130 || type > 143))
			same &= icmp(CLOUD6, IPPROTO_ICMPV6, (uint8_t)type) == model_echo(true, IPPROTO_ICMPV6, (uint8_t)type);
	}
	ok(same, "echo: requests and replies of each kind, no other type");
	ok(!icmp(CLOUD6, IPPROTO_ICMP, 8) && !icmp(CLOUD, IPPROTO_ICMPV6, 128), "and not of one kind in the other's packet");
}

/* ---- names ---- */

static void name(const char *address, uint32_t old)
{
	struct tacit_named_key key = { .host = HOST, .addr = { [10] = 0xff, [11] = 0xff } };
	struct tacit_named named = { .old = old };

	inet_pton(AF_INET, address, key.addr + 12);
	bpf_map_update_elem(bpf_map__fd(b.egress->maps.named), &key, &named, BPF_ANY);
}

static void test_names(void)
{
	uint8_t payload[1300] = { 0xc3, 0, 0, 0, 1 };

	one_rule((struct tacit_rule){ .protocol = IPPROTO_UDP, .host = HOST });
	name(CLOUD, 0);
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 30), "an address of the name passes");
	ok(!passes("198.51.100.8", IPPROTO_UDP, 1, 2, payload, 30), "another does not");
	ok(!passes(CLOUD6, IPPROTO_UDP, 1, 2, payload, 30), "nor one of IPv6");
	name(CLOUD, 1);
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 30), "to an old one a flow of plain UDP goes on");
	ok(!passes(CLOUD, IPPROTO_UDP, 9, 2, payload, 30), "and none begins");
	ok(!passes(CLOUD, IPPROTO_UDP, 9, 2, payload, 30), "however often it is tried");

	one_rule((struct tacit_rule){ .protocol = IPPROTO_UDP, .host = HOST, .form = TACIT_FORM_QUIC });
	name(CLOUD, 0);
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 1200), "a flow of QUIC begins");
	name(CLOUD, 1);
	ok(!passes(CLOUD, IPPROTO_UDP, 3, 2, payload, 1200), "another does not once the address is old");
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 1200) && passes(CLOUD, IPPROTO_UDP, 1, 2, payload + 5, 40),
	   "the one that began goes on");
}

/* ---- owners ---- */

static void test_owners(void)
{
	uint8_t payload[8] = { 0 };

	one_rule((struct tacit_rule){ .protocol = IPPROTO_UDP, .owned = TACIT_OWNED_UID, .uid = 0 });
	ok(!passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 8), "an owner that is not known is nobody, not even user 0");
	one_rule((struct tacit_rule){ .protocol = IPPROTO_UDP, .owned = TACIT_OWNED_CGROUP });
	ok(!passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 8), "and in no cgroup, not even one that does not exist");
}

/* ---- opened ---- */

static bool plain(uint16_t port, uint8_t flags)
{
	const struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = port, .to_port = 80, .flags = flags,
				       .seq = flags == FLAG_SYN ? 999 : 1000, .ack = 5000,
				       .payload = (const uint8_t *)"GET /", .bytes = flags == FLAG_SYN ? 0 : 5 };
	uint8_t frame[FRAME_MAX];

	return bench_passes(&b, BENCH_OUT, frame, test_frame(&p, frame));
}

static void test_open(void)
{
	uint8_t payload[8] = { 0 };

	bench_reset(&b, &policy);
	policy.open_until = now() + 3600 * SECOND;
	bench_policy(&b, &policy);
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 8) && plain(1, FLAG_SYN) && plain(1, FLAG_ACK), "opened: all leaves");
	ok(bench_counter(&b, TACIT_COUNT_OPENED) == 2 && bench_counter(&b, TACIT_COUNT_REFUSED) == 0 && !bench_events(&b),
	   "and is counted");
	bench_lease(&b, 1);
	ok(passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 8), "without the warden too");
	bench_lease(&b, TACIT_LEASE_FOR_GOOD);
	policy.open_until = now() - 1;
	bench_policy(&b, &policy);
	ok(!passes(CLOUD, IPPROTO_UDP, 1, 2, payload, 8) && !plain(1, FLAG_ACK) && plain(2, FLAG_SYN) && !plain(2, FLAG_ACK),
	   "once the time is over nothing does, nor what began meanwhile");
	policy.open_until = 0;
}

/* ---- older than the guard ---- */

/* As the warden does it (guard_existing.c). */
static void enter(uint16_t port)
{
	struct tacit_flow_key key = { .ifindex = BENCH_IFINDEX, .local_port = htons(port), .remote_port = htons(80),
				      .local = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 2 },
				      .remote = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 7 } };
	struct tacit_flow flow = { .state = TACIT_FLOW_UNVERIFIED };

	bpf_map_update_elem(bench_flows(&b), &key, &flow, BPF_ANY);
}

static void test_existing(void)
{
	one_rule((struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(80), .existing = 1 });
	ok(!plain(7, FLAG_ACK), "existing: a connection that was not entered is refused");
	enter(7);
	ok(plain(7, FLAG_ACK), "one that was goes on");
	ok(plain(7, FLAG_SYN) && !plain(7, FLAG_ACK), "a new one on its ports must be TLS");
	one_rule((struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(81), .existing = 1 });
	enter(7);
	ok(!plain(7, FLAG_ACK), "without its rule it is refused");
}

/* ---- a rule that comes, and one that does not count ---- */

static void test_later(void)
{
	bench_reset(&b, &policy);
	ok(plain(7, FLAG_SYN), "a SYN leaves; nothing answers");
	policy.rules = 1;
	policy.rule[0] = (struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(80) };
	bench_policy(&b, &policy);
	ok(plain(7, FLAG_SYN) && plain(7, FLAG_ACK), "sent again under a rule, it begins what the rule allows");
	policy.rules = 0;
	bench_policy(&b, &policy);
	ok(!plain(7, FLAG_ACK) && plain(7, FLAG_SYN) && !plain(7, FLAG_ACK), "and not without it");
}

static void shut(enum tacit_guard_mode mode)
{
	policy.mode = mode;
	bench_policy(&b, &policy);
}

static void test_shut(void)
{
	bench_reset(&b, &policy);
	policy.rules = 2;
	policy.rule[0] = (struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(80), .rescue = 1 };
	policy.rule[1] = (struct tacit_rule){ .protocol = IPPROTO_TCP, .port = htons(80) };
	shut(TACIT_GUARD_ON);
	ok(plain(7, FLAG_SYN) && plain(7, FLAG_ACK), "a rule beside [allow rescue] allows plain text");
	shut(TACIT_GUARD_CLOSED);
	bench_events(&b);
	ok(!plain(7, FLAG_ACK) && bench_events(&b) == 1 && b.event.reason == TACIT_REASON_CLOSED, "while shut it does not");
	ok(plain(8, FLAG_SYN) && !plain(8, FLAG_ACK), "nor for what begins then");
	ok(!plain(9, FLAG_ACK), "nor for what is of no flow");
	shut(TACIT_GUARD_ON);
	ok(plain(7, FLAG_ACK), "open again, what was allowed goes on");
	policy.rule[1].existing = 1;
	shut(TACIT_GUARD_ON);
	enter(7);
	ok(plain(7, FLAG_ACK), "a connection from before goes on by rule");
	shut(TACIT_GUARD_CLOSED);
	ok(!plain(7, FLAG_ACK), "while shut it does not");
}

int main(int argc, char **argv)
{
	unsigned long datagrams = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;

	if (argc > 2)
		random_state = strtoull(argv[2], NULL, 10) | 1;
	bench_open(&b);
	test_forms(datagrams);
	test_echo();
	test_names();
	test_owners();
	test_open();
	test_existing();
	test_later();
	test_shut();
	return tap_end();
}
