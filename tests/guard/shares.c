// SPDX-License-Identifier: GPL-2.0
#include "shares.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "../../agent/warden/guard_internal.h"
#include "egress.skel.h"
#include "packet.h"

#define SECOND 1000000000ull
#define LINK 7
#define CONTENDED 20	/* places */

static struct bench *b;
static struct tacit_policy policy;

static bool syn(uint32_t link, const char *from, uint32_t number)
{
	const struct test_packet p = { .from = from, .to = strchr(from, ':') ? CLOUD6 : CLOUD, .flags = FLAG_SYN, .seq = 1,
				       .from_port = (uint16_t)(number >> 8), .to_port = (uint16_t)(1 + (number & 255)) };

	b->forwarded = link;
	return bench_takes(b, BENCH_OUT, &p);
}

/* Return: how many connections it could open of those. */
static uint32_t opens_of(uint32_t link, const char *from, uint32_t first, uint32_t most)
{
	uint32_t opened = 0;

	for (uint32_t i = 0; i < most; i++)
		opened += syn(link, from, first + i);
	return opened;
}

static uint32_t opens(uint32_t link, const char *from, uint32_t most)
{
	return opens_of(link, from, 0, most);
}

/* As opens(), each from a network of its own. */
static uint32_t opens_from_many(uint32_t link, uint32_t most)
{
	uint32_t opened = 0;
	char from[64];

	for (uint32_t i = 0; i < most; i++) {
		snprintf(from, sizeof(from), "2001:db8:%x:%x::1", i >> 8, i & 255);
		opened += syn(link, from, 1);
	}
	return opened;
}

/* A connection from outside is asked for, answered, and acknowledged. */
static bool accepts(const char *from)
{
	struct test_packet syn = { .from = from, .to = DEVICE6, .from_port = 9, .to_port = 8443, .flags = FLAG_SYN, .seq = 1000 };
	struct test_packet answer = { .from = DEVICE6, .to = from, .from_port = 8443, .to_port = 9,
				      .flags = FLAG_SYN | FLAG_ACK, .seq = 5000, .ack = 1001 };
	struct test_packet ack = syn;

	ack.flags = FLAG_ACK;
	ack.seq = 1001;
	ack.ack = 5001;
	b->forwarded = 0;
	return bench_takes(b, BENCH_IN, &syn) && bench_takes(b, BENCH_OUT, &answer) && bench_takes(b, BENCH_IN, &ack);
}

static uint32_t in_state(uint32_t state)
{
	struct tacit_flow_key key;
	struct tacit_flow flow;
	uint32_t count = 0;

	for (int i = 0; i < TACIT_FLOWS_MAX && !bpf_map_get_next_key(bench_flows(b), i ? &key : NULL, &key); i++)
		count += !bpf_map_lookup_elem(bench_flows(b), &key, &flow) && flow.state == state;
	return count;
}

/* All flows were silent for so long. Their keys first: what is updated in a walk comes by again. */
static void age(uint64_t silent, uint32_t state)
{
	static struct tacit_flow_key keys[TACIT_FLOWS_MAX];
	struct tacit_flow flow;
	size_t count = 0;

	while (count < TACIT_FLOWS_MAX &&
	       !bpf_map_get_next_key(bench_flows(b), count ? &keys[count - 1] : NULL, &keys[count]))
		count++;
	while (count--) {
		if (bpf_map_lookup_elem(bench_flows(b), &keys[count], &flow))
			continue;
		flow.state = state;
		flow.last = flow.start = guard_now() - silent;
		bpf_map_update_elem(bench_flows(b), &keys[count], &flow, BPF_EXIST);
	}
}

static int sweep(void)
{
	struct guard guard = { .flows_fd = bench_flows(b), .retire_fd = bench_retire(b) };

	return guard_sweep(&guard) + guard_sweep(&guard);
}

/* Of the bench's packets that are not forwarded all have a socket of one user, with no room for more. */
static void one_holder(void (*ok)(bool good, const char *what))
{
	const uint32_t full = TACIT_COUNT_REASON_FIRST + TACIT_REASON_TABLE_FULL;
	uint64_t told;

	bench_reset(b, &policy);
	ok(opens(0, DEVICE, 20000) == TACIT_FLOWS_MAX / 2, "who opens without end gets half of the table");
	told = bench_counter(b, full);
	ok(!syn(0, DEVICE, 30000) && bench_counter(b, full) == told + 1, "the next is refused, and counted");
	ok(syn(0, DEVICE, 5), "his connections go on");
	ok(opens(LINK, "192.0.2.77", 1000) == 1000, "another still opens his");
	ok(opens(LINK, "2001:db8:77::1", 1000) + opens(LINK, "2001:db8:77::2", 20000) +
	   opens(LINK, "2001:db8:77::3", 1000) < TACIT_FLOWS_MAX / 4, "addresses of one IPv6 /64 are one holder");
	ok(!syn(0, DEVICE6, 5), "so are addresses of one user");
	ok(opens(LINK, "2a00:db8:77::1", 500) == 500, "one whose first 32 bits are others still opens his");
	ok(opens(LINK, "192.0.2.78", 500) == 500, "and so does another");
}

/* What is written on a packet is anybody's; by which link it came is not. */
static void by_link(void (*ok)(bool good, const char *what))
{
	bench_reset(b, &policy);
	opens(LINK, "192.0.2.77", 100);
	ok(opens_of(LINK + 1, "192.0.2.77", 1000, 20000) < TACIT_FLOWS_MAX / 2 + 100 && syn(LINK, "192.0.2.77", 30000),
	   "who writes the address of a machine of another link does not use up its places");
}

static void from_outside(void (*ok)(bool good, const char *what))
{
	uint32_t accepted = 0;
	char from[64];

	bench_reset(b, &policy);
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(from, sizeof(from), "2001:db8:%x:%x::1", i >> 8, i & 255);
		accepted += accepts(from);
	}
	ok(accepted == 20000 && bench_count(b, "flows") == bench_holder(b, TACIT_HOLDER_GROUP + TACIT_HOLDER_OUTSIDE) &&
	   bench_count(b, "flows") <= TACIT_FLOWS_MAX / 4 * 3, "who connects from everywhere outside gets three quarters at most");
	ok(bench_counter(b, TACIT_COUNT_REASON_FIRST + TACIT_REASON_TABLE_FULL) == 20000 - bench_count(b, "flows"),
	   "the others have no flow, which is counted");
	ok(opens(0, DEVICE, 1000) == 1000, "and the device opens its own");
}

static void flood(void (*ok)(bool good, const char *what))
{
	struct tacit_flow flow;

	bench_reset(b, &policy);
	ok(opens(0, DEVICE, 500) == 500, "a device has connections");
	age(3600 * SECOND, TACIT_FLOW_VERIFIED);
	ok(opens_from_many(LINK, 20000) < TACIT_FLOWS_MAX / 4 * 3, "who writes any address behind it gets three quarters at most");
	ok(opens(0, DEVICE6, 1000) == 1000, "the device still opens its own");
	ok(bench_count(b, "flows") == bench_holder(b, TACIT_HOLDER_ALL), "each is counted");
	bench_reset(b, &policy);
	opens(LINK, DEVICE, 20000);
	age(20 * SECOND, TACIT_FLOW_SYN);
	ok(sweep() == TACIT_FLOWS_MAX / 2 && bench_holder(b, TACIT_HOLDER_ALL) == 0,
	   "what nothing answered goes in seconds where its holder can have no more");
	ok(opens(LINK, DEVICE, 100) == 100, "and makes room for his own");
	age(30 * SECOND, TACIT_FLOW_SYN);
	ok(sweep() == 0, "who can have more keeps it for minutes");
	opens(LINK, DEVICE, 20000);
	age(62 * SECOND, TACIT_FLOW_VERIFIED);
	opens(0, DEVICE6, 1);
	ok(sweep() == TACIT_FLOWS_MAX / 2 && bench_flow(b, &flow) && bench_holder(b, flow.holder) == 1,
	   "and loses connections that died without a word when they are all he may have; others lose none");
}

/* Many are one where addresses are masqueraded. */
static void neighbours(void (*ok)(bool good, const char *what))
{
	bench_reset(b, &policy);
	opens(LINK, DEVICE, 1000);
	age(62 * SECOND, TACIT_FLOW_VERIFIED);
	opens_of(LINK, DEVICE, 1000, 20000);
	sweep();
	ok(in_state(TACIT_FLOW_VERIFIED) == 1000, "SYNs that nothing answers cost nobody with their address his connections");
	bench_reset(b, &policy);
	opens_from_many(LINK, 20000);
	age(20 * SECOND, TACIT_FLOW_SYN);
	ok(!syn(LINK, "192.0.2.99", 1), "who writes all addresses behind the device keeps others there out");
	sweep();
	ok(syn(LINK, "192.0.2.99", 1), "for seconds");
}

/* Flows that stood before the guard are nobody's: they are not counted down either. */
static void nobodys(void (*ok)(bool good, const char *what))
{
	struct tacit_flow_key key;
	struct tacit_flow flow;

	bench_reset(b, &policy);
	syn(0, DEVICE, 1);
	bpf_map_get_next_key(bench_flows(b), NULL, &key);
	bench_reset(b, &policy);
	flow = (struct tacit_flow){ .state = TACIT_FLOW_UNVERIFIED, .opened = guard_now(), .last = guard_now() };
	bpf_map_update_elem(bench_flows(b), &key, &flow, BPF_NOEXIST);
	ok(syn(0, DEVICE, 1) && bench_flow(b, &flow) && bench_holder(b, flow.holder) == 1 && bench_holder(b, TACIT_HOLDER_ALL) == 1,
	   "a place that was nobody's is counted once when it is somebody's");
}

/* A rule lets a connection out, but another's flow has its ports, and there is no place for a new one. */
static void no_place_by_rule(void (*ok)(bool good, const char *what))
{
	const struct test_packet text = { .from = DEVICE, .to = CLOUD, .to_port = 2, .flags = FLAG_ACK, .seq = 2,
					  .payload = (const uint8_t *)"GET /", .bytes = 5 };
	struct tacit_policy with_rule;

	bench_reset(b, &policy);
	syn(LINK, DEVICE, 1);
	bench_takes(b, BENCH_OUT, &text);
	opens_of(0, DEVICE, 1000, 20000);
	with_rule = policy;
	with_rule.rules = 1;
	with_rule.rule[0] = (struct tacit_rule){ .protocol = IPPROTO_TCP };
	bench_policy(b, &with_rule);
	ok(in_state(TACIT_FLOW_DENIED) == 1 && !syn(0, DEVICE, 1), "a SYN is refused where its connection would be");
	ok(syn(0, DEVICE, 2), "and leaves where it would not");
}

static void renewed(void (*ok)(bool good, const char *what))
{
	bool good = true;
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .flags = FLAG_SYN, .from_port = 5, .to_port = 443 };

	bench_reset(b, &policy);
	for (uint32_t i = 0; i < 100; i++) {
		p.seq += 7;
		b->forwarded = i % 2 ? LINK : 0;
		good &= bench_takes(b, BENCH_OUT, &p);
	}
	ok(good && bench_count(b, "flows") == 1 && bench_holder(b, TACIT_HOLDER_ALL) == 1 &&
	   bench_holder(b, TACIT_HOLDER_GROUP + TACIT_HOLDER_BEHIND) == 1 &&
	   bench_holder(b, TACIT_HOLDER_GROUP + TACIT_HOLDER_FULL) == 0, "a place that goes from hand to hand is counted once");
}

struct contender {
	uint32_t link;
	pthread_t thread;
	atomic_bool over;
};

/* Takes the same few places again and again, from whoever has them. */
static void *contend(void *arg)
{
	struct contender *c = arg;
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .flags = FLAG_SYN, .to_port = 443 };
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX, .ingress_ifindex = c->link };
	uint8_t frame[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .ctx_in = &context, .ctx_size_in = sizeof(context),
		    .repeat = 1);

	while (!atomic_load(&c->over)) {
		p.seq++;
		p.from_port = (uint16_t)(1 + p.seq % CONTENDED);
		opts.data_size_in = (uint32_t)test_frame(&p, frame);
		bpf_prog_test_run_opts(bpf_program__fd(b->egress->progs.tacit_egress), &opts);
	}
	return NULL;
}

/* As a sweep that finds all of them over. Return: how many it freed. */
static unsigned int free_all(void)
{
	struct tacit_retiring asked;
	struct tacit_flow flow;
	unsigned int freed = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &asked, .ctx_size_in = sizeof(asked));

	for (int i = 0; i < CONTENDED && !bpf_map_get_next_key(bench_flows(b), NULL, &asked.key); i++) {
		if (bpf_map_lookup_elem(bench_flows(b), &asked.key, &flow))
			continue;
		asked.opened = flow.opened;
		asked.last = flow.last;
		asked.now = guard_now();
		if (!bpf_prog_test_run_opts(bench_retire(b), &opts) && opts.retval)
			freed += !bpf_map_delete_elem(bench_flows(b), &asked.key);
	}
	return freed;
}

static void contended(void (*ok)(bool good, const char *what))
{
	struct contender c[] = { { .link = 0 }, { .link = LINK } };
	uint64_t end = guard_now() + 2 * SECOND;
	unsigned int freed = 0;
	uint32_t left, devices, others;

	bench_reset(b, &policy);
	for (int i = 0; i < 2; i++)
		pthread_create(&c[i].thread, NULL, contend, &c[i]);
	while (guard_now() < end)
		freed += free_all();
	for (int i = 0; i < 2; i++) {
		atomic_store(&c[i].over, true);
		pthread_join(c[i].thread, NULL);
	}
	left = (uint32_t)bench_count(b, "flows");
	devices = bench_holder(b, TACIT_HOLDER_GROUP + TACIT_HOLDER_FULL);
	others = bench_holder(b, TACIT_HOLDER_GROUP + TACIT_HOLDER_BEHIND);
	printf("# %u freed, %u left: %u and %u\n", freed, left, devices, others);
	ok(freed && bench_holder(b, TACIT_HOLDER_ALL) == left && devices <= left && devices + others == left,
	   "and so are those that many open, take over and free at once");
}

void shares_of_table(struct bench *bench, void (*ok)(bool good, const char *what))
{
	b = bench;
	one_holder(ok);
	by_link(ok);
	from_outside(ok);
	flood(ok);
	neighbours(ok);
	nobodys(ok);
	no_place_by_rule(ok);
	renewed(ok);
	contended(ok);
	b->forwarded = 0;
}
