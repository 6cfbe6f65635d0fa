// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet costs, in nanoseconds of this machine, by BPF_PROG_TEST_RUN: an
 * empty program, the least that paces packets, and the guard on packets of each
 * kind. All are run in turns, many short runs each, so that what else the machine
 * does falls on all alike; told are the least and the median of those runs, less
 * what the same run of the empty program took. In a VM whose clock counts
 * instructions (qemu -icount shift=0) a nanosecond is an instruction.
 *
 * usage: guard_cost [RUNS [ROUNDS]]
 * Exit status: 1 where a verified flow's segment costs more than WANTED times the
 * least that paces packets, by the medians.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guard/bench.h"
#include "../guard/packet.h"

#include "edt.skel.h"
#include "egress.skel.h"
#include "ingress.skel.h"

#define SEGMENT 1448
#define SECOND 1000000000ull
#define ROUNDS_MAX 1000
#define WANTED 3.0

enum program { EMPTY, PACED, GUARD };

static struct bench b;
static struct edt_bpf *edt;
static struct tacit_policy policy;
static unsigned int runs = 10000, rounds = 41;

/* A kind of packet: `frame` is run by `start`, which goes on in `program`; NULL: by `program` itself. */
struct kind {
	const char *what;
	enum program program;
	struct bpf_program *start;
	bool slots;
	bool budget;
	bool forwarded; /* with timestamps, as nearly all of what is forwarded */
	const struct kind *base; /* what is taken off */
	int verdict;
	uint32_t step; /* what bench_next adds to the sequence number */
	uint8_t frame[FRAME_MAX];
	size_t bytes;
	uint64_t ns[ROUNDS_MAX];
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static struct bpf_program *program_of(enum program which)
{
	return which == EMPTY ? edt->progs.bench_empty :
	       which == PACED ? edt->progs.bench_edt : b.egress->progs.tacit_egress;
}

static uint64_t run(struct kind *k)
{
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX, .cb = { k->program }, .mark = k->step,
				     .ingress_ifindex = k->forwarded ? BENCH_IFINDEX : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = k->frame, .data_size_in = k->bytes, .data_out = k->frame,
		    .data_size_out = sizeof(k->frame), .ctx_in = &context, .ctx_size_in = sizeof(context),
		    .repeat = (int)runs);

	if (bpf_prog_test_run_opts(bpf_program__fd(k->start ? k->start : program_of(k->program)), &opts))
		die("test run");
	/* The last one's verdict: a refused segment would be refused ever after. */
	if ((int)opts.retval != k->verdict) {
		fprintf(stderr, "%s: verdict %d\n", k->what, (int)opts.retval);
		exit(2);
	}
	return opts.duration;
}

static size_t frame_of(uint8_t *frame, uint8_t flags, uint16_t port, uint32_t seq, const uint8_t *payload, size_t bytes)
{
	static const uint8_t stamp[12] = { 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0 };
	const struct test_packet p = { .from = "192.0.2.2", .to = "198.51.100.7", .from_port = port, .to_port = 443,
				       .flags = flags, .seq = seq, .ack = 5000, .payload = payload, .bytes = bytes,
				       .options = stamp, .option_bytes = b.forwarded ? sizeof(stamp) : 0 };

	return test_frame(&p, frame);
}

/* A flow that is verified. Return: the sequence number of the next byte. */
static uint32_t verified_flow(uint16_t port)
{
	struct test_packet p = { .from = "198.51.100.7", .to = "192.0.2.2", .from_port = 443, .to_port = port,
				 .flags = FLAG_SYN | FLAG_ACK, .seq = 4999, .ack = 1000 };
	uint64_t before = bench_counter(&b, TACIT_COUNT_VERIFIED);
	uint8_t frame[FRAME_MAX], hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);
	uint32_t next = 1000 + (uint32_t)bytes;

	bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_SYN, port, 999, NULL, 0));
	bench_run(&b, BENCH_IN, frame, test_frame(&p, frame));
	bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_ACK, port, 1000, hello, bytes));
	p.flags = FLAG_ACK;
	p.seq = 5000;
	p.ack = next;
	p.payload = hello;
	p.bytes = test_server_hello(hello, 0x0304);
	bench_run(&b, BENCH_IN, frame, test_frame(&p, frame));
	if (bench_counter(&b, TACIT_COUNT_VERIFIED) != before + 1)
		die("no flow was verified");
	return next;
}

/* Segments of a flow of its own, each new, of as many whole records as fit. */
static void segments(struct kind *k, uint16_t port, size_t record)
{
	uint8_t payload[SEGMENT] = { 0 };
	size_t at;

	b.forwarded = k->forwarded ? BENCH_IFINDEX : 0;
	for (at = 0; at + record <= SEGMENT; at += record) {
		memcpy(payload + at, "\x17\x03\x03", 3);
		payload[at + 3] = (uint8_t)((record - 5) >> 8);
		payload[at + 4] = (uint8_t)(record - 5);
	}
	k->step = (uint32_t)at;
	k->start = edt->progs.bench_next;
	k->bytes = frame_of(k->frame, FLAG_ACK, port, verified_flow(port) - k->step, payload, at);
	b.forwarded = 0;
}

static void first_segment(struct kind *k, uint16_t port)
{
	int key_fd = bpf_map__fd(edt->maps.the_flow);
	struct tacit_flow_key key = { .local = { [10] = 255, 255, 192, 0, 2, 2 },
				      .remote = { [10] = 255, 255, 198, 51, 100, 7 },
				      .local_port = htons(port), .remote_port = htons(443), .ifindex = BENCH_IFINDEX };
	uint8_t hello[256];
	uint32_t zero = 0;
	size_t bytes = test_client_hello(hello, 0x0304);

	bench_run(&b, BENCH_OUT, k->frame, frame_of(k->frame, FLAG_SYN, port, 999, NULL, 0));
	if (bpf_map_update_elem(key_fd, &zero, &key, BPF_ANY))
		die("the_flow");
	k->start = edt->progs.bench_first;
	k->bytes = frame_of(k->frame, FLAG_ACK, port, 1000, hello, bytes);
}

static void denied(struct kind *k, uint16_t port)
{
	bench_run(&b, BENCH_OUT, k->frame, frame_of(k->frame, FLAG_SYN, port, 999, NULL, 0));
	k->bytes = frame_of(k->frame, FLAG_ACK, port, 1000, (const uint8_t *)"GET / HTTP/1.0", 14);
	k->verdict = TC_ACT_SHOT;
}

/* Of the budget a round takes a few slots' worth, and begins with none taken. */
static void slots(bool on, bool budget)
{
	const uint64_t none = 0;

	for (uint32_t i = 0; i < TACIT_LINKS_MAX * TACIT_CLASSES; i++)
		bpf_map_update_elem(bpf_map__fd(b.egress->maps.spent), &i, &none, BPF_ANY);
	policy.link[0].pace.budget = budget ? (2u << 20) : 0;
	policy.schedule = (struct tacit_schedule){ 0 };
	if (on)
		policy.schedule = (struct tacit_schedule){ .period = SECOND, .jitter = SECOND / 2, .open = SECOND / 10,
							   .key = { 1 } };
	bench_policy(&b, &policy);
}

static int by_value(const void *a, const void *c)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)c;

	return x < y ? -1 : x > y;
}

static double least(const struct kind *k)
{
	return (double)k->ns[0] - (k->base ? (double)k->base->ns[0] : 0);
}

static double median(const struct kind *k)
{
	return (double)k->ns[rounds / 2] - (k->base ? (double)k->base->ns[rounds / 2] : 0);
}

static void load(void)
{
	struct { uint64_t rate, last; } pace = { 1000000, 0 };
	uint32_t link = BENCH_IFINDEX;

	bench_open(&b);
	bench_reset(&b, &policy);
	edt = edt_bpf__open();
	if (!edt || bpf_map__reuse_fd(edt->maps.flows, bench_flows(&b)) || edt_bpf__load(edt) ||
	    bpf_map_update_elem(bpf_map__fd(edt->maps.paces), &link, &pace, BPF_ANY))
		die("edt");
	for (uint32_t i = EMPTY; i <= GUARD; i++) {
		int fd = bpf_program__fd(program_of(i));

		if (bpf_map_update_elem(bpf_map__fd(edt->maps.measured), &i, &fd, BPF_ANY))
			die("measured");
	}
}

static struct kind nothing = { .what = "an empty program", .program = EMPTY };
static struct kind start_next = { .what = "the measuring: the next sequence number", .program = EMPTY };
static struct kind start_first = { .what = "the measuring: a flow that forgets", .program = EMPTY };
static struct kind paced = { .what = "the least that paces packets", .program = PACED, .base = &start_next };
static struct kind plain = { .what = "a verified flow, a record a segment", .program = GUARD, .base = &start_next };
static struct kind slotted = { .what = "the same with slots on", .program = GUARD, .slots = true, .base = &start_next };
static struct kind budgeted = { .what = "the same with a budget a slot", .program = GUARD, .slots = true, .budget = true,
				.base = &start_next };
static struct kind behind = { .what = "the same of a machine behind the device", .program = GUARD, .forwarded = true, .base = &start_next };
static struct kind cells = { .what = "a verified flow, two cells of 512 bytes a segment", .program = GUARD, .base = &start_next };
static struct kind small = { .what = "a verified flow, 48 records of 30 bytes a segment", .program = GUARD, .base = &start_next };
static struct kind bare = { .what = "a bare acknowledgement", .program = GUARD, .base = &nothing };
static struct kind first = { .what = "a first segment, a ClientHello", .program = GUARD, .base = &start_first };
static struct kind refused = { .what = "a refused packet of a denied flow", .program = GUARD, .base = &nothing };
static struct kind *const kinds[] = { &nothing, &start_next, &start_first, &paced, &plain, &slotted,
				      &budgeted, &behind, &cells, &small, &bare, &first, &refused };
#define KINDS (sizeof(kinds) / sizeof(*kinds))

int main(int argc, char **argv)
{
	bool dear;

	if (argc > 1)
		runs = (unsigned int)strtoul(argv[1], NULL, 0);
	if (argc > 2)
		rounds = (unsigned int)strtoul(argv[2], NULL, 0);
	if (!runs || !rounds || rounds > ROUNDS_MAX)
		return 2;
	load();
	nothing.bytes = frame_of(nothing.frame, FLAG_ACK, 1, 1, NULL, 0);
	segments(&start_next, 1, SEGMENT);
	segments(&paced, 2, SEGMENT);
	segments(&plain, 3, SEGMENT);
	segments(&slotted, 4, SEGMENT);
	segments(&budgeted, 9, SEGMENT);
	segments(&behind, 10, SEGMENT);
	segments(&cells, 5, 512);
	segments(&small, 6, 30);
	bare.bytes = frame_of(bare.frame, FLAG_ACK, 3, 1000, NULL, 0);
	denied(&refused, 7);
	first_segment(&first, 8);
	memcpy(start_first.frame, first.frame, first.bytes);
	start_first.bytes = first.bytes;
	start_first.start = first.start;

	printf("%u rounds of %u runs each, in turns; the measuring and the empty program are taken off\n", rounds, runs);
	for (unsigned int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < KINDS; i++) {
			slots(kinds[i]->slots, kinds[i]->budget);
			kinds[i]->ns[round] = run(kinds[i]);
		}
	}
	for (size_t i = 0; i < KINDS; i++)
		qsort(kinds[i]->ns, rounds, sizeof(uint64_t), by_value);
	printf("%-52s %10s %10s %16s\n", "", "least, ns", "median, ns", "of what paces");
	for (size_t i = 0; i < KINDS; i++) {
		printf("%-52s %10.0f %10.0f", kinds[i]->what, least(kinds[i]), median(kinds[i]));
		if (kinds[i]->base)
			printf(" %6.2f / %5.2f", least(kinds[i]) / least(&paced), median(kinds[i]) / median(&paced));
		printf("\n");
	}
	dear = median(&plain) > WANTED * median(&paced) || median(&slotted) > WANTED * median(&paced) ||
	       median(&budgeted) > WANTED * median(&paced) ||
	       median(&behind) > WANTED * median(&paced);
	printf("a verified flow at most %.0f times what paces packets: %s\n", WANTED, dear ? "no" : "yes");
	return dear;
}
