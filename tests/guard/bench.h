/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard's programs on a bench: loaded with maps of their own, on no link, fed
 * packets by BPF_PROG_TEST_RUN (Documentation/bpf/bpf_prog_run.rst). The kernel
 * that runs the test judges, so that it says the same natively and in a VM.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "tacit_bpf.h"

#define BENCH_FRAME 8192
#define BENCH_IFINDEX 1	/* test runs need a link that exists: loopback */

enum bench_way { BENCH_OUT, BENCH_IN };

struct bench {
	struct egress_bpf *egress;
	struct ingress_bpf *ingress;
	struct retire_bpf *retire;
	struct ring_buffer *ring;
	uint32_t forwarded;	/* the next packets came in on this link; 0: they are the device's own */
	uint32_t gso_size;	/* the next packets are segments for offload, of parts of so many bytes; 0: they are not */
	uint32_t priority;	/* of the next packets; after a run: what the program made of it */
	uint64_t tstamp;	/* after a run: departure time */
	uint8_t left[BENCH_FRAME];	/* after a run: what the frame is now */
	size_t left_bytes;
	unsigned int events;	/* since bench_events() was last asked */
	struct tacit_bpf_event event;	/* the last one */
};

/* Exits with a word on standard error where the kernel refuses. */
void bench_open(struct bench *b);

/* Forget all flows, sources and counters; a policy that is on, attended, link header of Ethernet, nothing else. */
void bench_reset(struct bench *b, struct tacit_policy *policy);
void bench_policy(struct bench *b, const struct tacit_policy *policy);
void bench_no_policy(struct bench *b);
void bench_lease(struct bench *b, uint64_t until);

/* Newer kernels test-run no frame that ends in the IP header. */
#define BENCH_SHORT (14 + 40)
#define BENCH_CANNOT (-1)

/* What tc would do: TC_ACT_OK, TC_ACT_SHOT, TC_ACT_REDIRECT; or BENCH_CANNOT. */
int bench_run(struct bench *b, enum bench_way way, const uint8_t *frame, size_t bytes);
bool bench_passes(struct bench *b, enum bench_way way, const uint8_t *frame, size_t bytes);
bool bench_takes(struct bench *b, enum bench_way way, const struct test_packet *p);

/* Take the events that wait; the last is in b->event. Return: how many there were. */
unsigned int bench_events(struct bench *b);

uint64_t bench_counter(struct bench *b, uint32_t which);
/* How many entries: "flows", "sources", "asked", "opening", "hellos". */
size_t bench_count(struct bench *b, const char *map);
/* How many flows that holder has; TACIT_HOLDER_ALL: all. */
uint32_t bench_holder(struct bench *b, uint32_t holder);
/* The table of flows, as a descriptor. */
int bench_flows(struct bench *b);
/* The program that retires one, as a descriptor. */
int bench_retire(struct bench *b);
/* The only flow there is. Return: false if there is none, or more. */
bool bench_flow(struct bench *b, struct tacit_flow *flow);

#endif
