// SPDX-License-Identifier: GPL-2.0
#include "bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egress.skel.h"
#include "ingress.skel.h"
#include "retire.skel.h"

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static int on_event(void *context, void *data, size_t bytes)
{
	struct bench *b = context;

	if (bytes < sizeof(b->event))
		die("an event of wrong size");
	memcpy(&b->event, data, sizeof(b->event));
	b->events++;
	return 0;
}

static struct bpf_map *map_named(struct bench *b, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(b->egress->obj, name);

	return map ? map : bpf_object__find_map_by_name(b->ingress->obj, name);
}

void bench_open(struct bench *b)
{
	struct bpf_map *map, *own;

	memset(b, 0, sizeof(*b));
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	b->egress = egress_bpf__open_and_load();
	b->ingress = ingress_bpf__open();
	if (!b->egress || !b->ingress)
		die("egress");
	bpf_object__for_each_map(own, b->ingress->obj) {
		map = bpf_object__find_map_by_name(b->egress->obj, bpf_map__name(own));
		if (map && strcmp(bpf_map__name(own), "scratch") && bpf_map__reuse_fd(own, bpf_map__fd(map)))
			die(bpf_map__name(own));
	}
	if (ingress_bpf__load(b->ingress))
		die("ingress");
	b->retire = retire_bpf__open();
	if (!b->retire || bpf_map__reuse_fd(b->retire->maps.flows, bench_flows(b)) ||
	    bpf_map__reuse_fd(b->retire->maps.holders, bpf_map__fd(b->egress->maps.holders)) || retire_bpf__load(b->retire))
		die("retire");
	b->ring = ring_buffer__new(bpf_map__fd(b->egress->maps.events), on_event, b, NULL);
	if (!b->ring)
		die("ring");
}

static void empty(int fd, size_t key_bytes)
{
	uint8_t key[64];

	if (key_bytes > sizeof(key))
		die("key");
	while (!bpf_map_get_next_key(fd, NULL, key))
		bpf_map_delete_elem(fd, key);
}

/* An array of one: packets that came in are forgotten. */
static void empty_arrived(struct bench *b)
{
	static uint8_t none[65536];
	struct bpf_map *map = map_named(b, "arrived");
	uint32_t zero = 0;

	if (bpf_map__value_size(map) > sizeof(none) || bpf_map_update_elem(bpf_map__fd(map), &zero, none, BPF_ANY))
		die("arrived");
}

/* Nobody has a flow. */
static void empty_holders(struct bench *b)
{
	static const uint32_t none[TACIT_HOLDERS_MAX];
	uint32_t keys[TACIT_HOLDERS_MAX], count = TACIT_HOLDERS_MAX;

	for (uint32_t i = 0; i < count; i++)
		keys[i] = i;
	if (bpf_map_update_batch(bpf_map__fd(b->egress->maps.holders), keys, none, &count, NULL))
		die("holders");
}

void bench_reset(struct bench *b, struct tacit_policy *policy)
{
	static const char *const kept[] = { "flows", "asked", "opening", "sources", "named", "datagrams", "hellos" };
	uint64_t none[512] = { 0 };
	uint32_t i;

	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		empty(bpf_map__fd(map_named(b, kept[i])), bpf_map__key_size(map_named(b, kept[i])));
	for (i = 0; i < TACIT_COUNT_LIMIT; i++)
		bpf_map_update_elem(bpf_map__fd(b->egress->maps.counters), &i, none, BPF_ANY);
	for (i = 0; i < TACIT_BUCKETS; i++)
		bpf_map_update_elem(bpf_map__fd(b->egress->maps.buckets), &i, none, BPF_ANY);
	empty_arrived(b);
	empty_holders(b);
	bench_events(b);
	b->forwarded = 0;
	b->gso_size = 0;
	b->priority = 0;
	memset(policy, 0, sizeof(*policy));
	policy->mode = TACIT_GUARD_ON;
	policy->refuse = TACIT_REFUSE_DROP;
	policy->link[0] = (struct tacit_link){ .ifindex = BENCH_IFINDEX, .header = 14, .open = 1 };
	bench_policy(b, policy);
	bench_lease(b, TACIT_LEASE_FOR_GOOD);
}

void bench_policy(struct bench *b, const struct tacit_policy *policy)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(b->egress->maps.policy), &zero, policy, BPF_ANY))
		die("policy");
}

void bench_no_policy(struct bench *b)
{
	uint32_t zero = 0;

	bpf_map_delete_elem(bpf_map__fd(b->egress->maps.policy), &zero);
}

void bench_lease(struct bench *b, uint64_t until)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(b->egress->maps.lease), &zero, &until, BPF_ANY))
		die("lease");
}

int bench_run(struct bench *b, enum bench_way way, const uint8_t *frame, size_t bytes)
{
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX, .priority = b->priority, .gso_size = b->gso_size,
				     .gso_segs = b->gso_size ? 2 : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .ctx_out = &context, .ctx_size_out = sizeof(context),
		    .data_out = b->left, .data_size_out = sizeof(b->left), .repeat = 1);
	struct bpf_program *program =
		way == BENCH_OUT ? b->egress->progs.tacit_egress : b->ingress->progs.tacit_ingress;

	context.ingress_ifindex = way == BENCH_OUT ? b->forwarded : BENCH_IFINDEX;
	if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts)) {
		if (errno == EINVAL && bytes < BENCH_SHORT)
			return BENCH_CANNOT;
		die("test run");
	}
	b->priority = context.priority;
	b->tstamp = context.tstamp;
	b->left_bytes = opts.data_size_out;
	return (int)opts.retval;
}

bool bench_passes(struct bench *b, enum bench_way way, const uint8_t *frame, size_t bytes)
{
	int verdict = bench_run(b, way, frame, bytes);

	b->priority = 0;
	return verdict == TC_ACT_OK;
}

bool bench_takes(struct bench *b, enum bench_way way, const struct test_packet *p)
{
	uint8_t frame[FRAME_MAX];

	return bench_passes(b, way, frame, test_frame(p, frame));
}

unsigned int bench_events(struct bench *b)
{
	unsigned int events;

	ring_buffer__consume(b->ring);
	events = b->events;
	b->events = 0;
	return events;
}

uint64_t bench_counter(struct bench *b, uint32_t which)
{
	uint64_t values[512] = { 0 }, sum = 0;
	int cpus = libbpf_num_possible_cpus();

	if (cpus > 512 || bpf_map_lookup_elem(bpf_map__fd(b->egress->maps.counters), &which, values))
		die("counters");
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

size_t bench_count(struct bench *b, const char *name)
{
	int fd = bpf_map__fd(map_named(b, name));
	uint8_t key[64], next[64];
	size_t count = 0;

	while (!bpf_map_get_next_key(fd, count ? key : NULL, next)) {
		memcpy(key, next, sizeof(key));
		count++;
	}
	return count;
}

bool bench_flow(struct bench *b, struct tacit_flow *flow)
{
	int fd = bpf_map__fd(b->egress->maps.flows);
	struct tacit_flow_key key, more;

	return !bpf_map_get_next_key(fd, NULL, &key) && bpf_map_get_next_key(fd, &key, &more) &&
	       !bpf_map_lookup_elem(fd, &key, flow);
}

int bench_retire(struct bench *b)
{
	return bpf_program__fd(b->retire->progs.tacit_retire);
}

uint32_t bench_holder(struct bench *b, uint32_t holder)
{
	uint32_t count;

	if (bpf_map_lookup_elem(bpf_map__fd(b->egress->maps.holders), &holder, &count))
		die("holders");
	return count;
}

int bench_flows(struct bench *b)
{
	return bpf_map__fd(b->egress->maps.flows);
}
