// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet costs, in nanoseconds of this machine, by BPF_PROG_TEST_RUN: an
 * empty program, the least that paces packets, and the guard on packets of each
 * kind. Where a packet changes its flow, each run has a new one: the kernel's
 * measure of one run is then summed up, and that of the empty program, measured
 * in the same way, is what the measuring itself costs.
 *
 * usage: guard_cost [RUNS]
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
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

static struct bench b;
static struct tacit_policy policy;
static unsigned int runs = 100000;

static uint64_t once(int program, const uint8_t *frame, size_t bytes, unsigned int repeat)
{
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = repeat);

	if (bpf_prog_test_run_opts(program, &opts)) {
		perror("test run");
		exit(1);
	}
	return opts.duration;
}

static int egress(void)
{
	return bpf_program__fd(b.egress->progs.tacit_egress);
}

static void tell(const char *what, double ns, double empty)
{
	printf("%-58s %7.0f ns\n", what, ns - empty);
}

static size_t frame_of(uint8_t *frame, uint8_t flags, uint16_t port, uint32_t seq, const uint8_t *payload, size_t bytes)
{
	const struct test_packet p = { .from = "192.0.2.2", .to = "198.51.100.7", .from_port = port, .to_port = 443,
				       .flags = flags, .seq = seq, .ack = 5000, .payload = payload, .bytes = bytes };

	return test_frame(&p, frame);
}

/* A flow that is verified, as far as the next byte is 1000 + the ClientHello. Return: that sequence number. */
static uint32_t verified_flow(void)
{
	struct test_packet p = { .from = "198.51.100.7", .to = "192.0.2.2", .from_port = 443, .to_port = 7,
				 .flags = FLAG_SYN | FLAG_ACK, .seq = 4999, .ack = 1000 };
	uint8_t frame[FRAME_MAX], hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);
	uint32_t next = 1000 + (uint32_t)bytes;

	bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_SYN, 7, 999, NULL, 0));
	bench_run(&b, BENCH_IN, frame, test_frame(&p, frame));
	bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_ACK, 7, 1000, hello, bytes));
	p.flags = FLAG_ACK;
	p.seq = 5000;
	p.ack = next;
	p.payload = hello;
	p.bytes = test_server_hello(hello, 0x0304);
	bench_run(&b, BENCH_IN, frame, test_frame(&p, frame));
	if (bench_counter(&b, TACIT_COUNT_VERIFIED) != 1)
		exit(2);
	return next;
}

static double fresh_segments(int program, size_t record)
{
	uint8_t frame[FRAME_MAX], payload[SEGMENT] = { 0 };
	uint32_t seq;
	uint64_t sum = 0;

	bench_reset(&b, &policy);
	seq = verified_flow();
	/* So many whole records a segment. */
	for (size_t at = 0; at + record <= SEGMENT; at += record) {
		memcpy(payload + at, "\x17\x03\x03", 3);
		payload[at + 3] = (uint8_t)((record - 5) >> 8);
		payload[at + 4] = (uint8_t)(record - 5);
	}
	record *= SEGMENT / record;
	for (unsigned int i = 0; i < runs; i++) {
		sum += once(program, frame, frame_of(frame, FLAG_ACK, 7, seq, payload, record), 1);
		seq += (uint32_t)record;
	}
	return (double)sum / runs;
}

static double first_segments(int program)
{
	uint8_t frame[FRAME_MAX], hello[256];
	size_t bytes = test_client_hello(hello, 0x0304);
	uint64_t sum = 0;

	bench_reset(&b, &policy);
	for (unsigned int i = 0; i < runs; i++) {
		uint32_t seq = i * 1000;

		bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_SYN, 7, seq - 1, NULL, 0));
		sum += once(program, frame, frame_of(frame, FLAG_ACK, 7, seq, hello, bytes), 1);
	}
	return (double)sum / runs;
}

static void denied(void)
{
	uint8_t frame[FRAME_MAX];
	size_t bytes;

	bench_reset(&b, &policy);
	bench_run(&b, BENCH_OUT, frame, frame_of(frame, FLAG_SYN, 7, 999, NULL, 0));
	bytes = frame_of(frame, FLAG_ACK, 7, 1000, (const uint8_t *)"GET / HTTP/1.0", 14);
	tell("a refused packet of a denied flow", (double)once(egress(), frame, bytes, runs), 0);
}

static void slots_on(void)
{
	policy.schedule = (struct tacit_schedule){ .period = SECOND, .jitter = SECOND / 2, .open = SECOND / 10, .key = { 1 } };
	bench_policy(&b, &policy);
}

int main(int argc, char **argv)
{
	struct edt_bpf *edt = edt_bpf__open_and_load();
	struct { uint64_t rate, last; } pace = { 1000000, 0 };
	uint32_t link = BENCH_IFINDEX, seq;
	uint8_t frame[FRAME_MAX], payload[SEGMENT] = { 0x17, 3, 3, (SEGMENT - 5) >> 8, (SEGMENT - 5) & 255 };
	double empty, alone, paced;
	size_t bytes;

	if (argc > 1)
		runs = (unsigned int)strtoul(argv[1], NULL, 0);
	if (!edt || !runs || bpf_map_update_elem(bpf_map__fd(edt->maps.paces), &link, &pace, BPF_ANY))
		return 1;
	bench_open(&b);
	bench_reset(&b, &policy);
	seq = verified_flow();
	bytes = frame_of(frame, FLAG_ACK, 7, seq, payload, SEGMENT);

	printf("%u runs each, on one core\n", runs);
	empty = (double)once(bpf_program__fd(edt->progs.bench_empty), frame, bytes, runs);
	tell("an empty program", empty, 0);
	paced = (double)once(bpf_program__fd(edt->progs.bench_edt), frame, bytes, runs);
	tell("the least that paces packets", paced, 0);
	once(egress(), frame, bytes, 1);
	tell("a segment of a verified flow that was seen before", (double)once(egress(), frame, bytes, runs), 0);
	slots_on();
	tell("the same with slots on", (double)once(egress(), frame, bytes, runs), 0);
	bench_reset(&b, &policy);
	bytes = frame_of(frame, FLAG_ACK, 7, seq, NULL, 0);
	tell("a bare acknowledgement", (double)once(egress(), frame, bytes, runs), 0);
	denied();

	printf("\nnew segments each run, the measuring taken off\n");
	alone = fresh_segments(bpf_program__fd(edt->progs.bench_empty), SEGMENT);
	paced = fresh_segments(bpf_program__fd(edt->progs.bench_edt), SEGMENT) - alone;
	tell("the least that paces packets", paced, 0);
	tell("a verified flow, a record a segment", fresh_segments(egress(), SEGMENT), alone);
	tell("a verified flow, a cell of 512 bytes twice a segment", fresh_segments(egress(), 512), alone);
	tell("a verified flow, 48 records of 30 bytes a segment", fresh_segments(egress(), 30), alone);
	tell("a first segment, a ClientHello", first_segments(egress()), first_segments(bpf_program__fd(edt->progs.bench_empty)));
	return 0;
}
