// SPDX-License-Identifier: GPL-2.0
#include "stale.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../agent/warden/guard_internal.h"
#include "holder.h"
#include "holder.skel.h"
#include "packet.h"

#define SECOND 1000000000ull
#define HELD_MOST 30 /* seconds until a flow is held, at most */

static struct holder_bpf *holder;
static uint8_t hello[256];

static struct tacit_flow_key key_of(uint16_t port)
{
	return (struct tacit_flow_key){ .local = { [10] = 255, 255, 192, 0, 2, 2 },
					.remote = { [10] = 255, 255, 198, 51, 100, 7 },
					.local_port = htons(port), .remote_port = htons(443), .ifindex = BENCH_IFINDEX };
}

static uint32_t state_of(struct bench *b, uint16_t port)
{
	struct tacit_flow_key key = key_of(port);
	struct tacit_flow flow;

	return bpf_map_lookup_elem(bench_flows(b), &key, &flow) ? TACIT_FLOW_LIMIT : flow.state;
}

static bool passes(struct bench *b, enum bench_way way, const struct test_packet *p)
{
	uint8_t frame[FRAME_MAX];

	return bench_passes(b, way, frame, test_frame(p, frame));
}

/* A connection as far as its ClientHello. */
static bool begin(struct bench *b, uint16_t port, uint32_t first)
{
	struct test_packet p = { .from = DEVICE, .to = CLOUD, .from_port = port, .to_port = 443, .flags = FLAG_SYN,
				 .seq = first - 1 };
	const struct test_packet answer = { .from = CLOUD, .to = DEVICE, .from_port = 443, .to_port = port,
					    .flags = FLAG_SYN | FLAG_ACK, .seq = 4999, .ack = first };

	if (!passes(b, BENCH_OUT, &p) || !passes(b, BENCH_IN, &answer))
		return false;
	p.flags = FLAG_ACK;
	p.seq = first;
	p.ack = 5000;
	p.payload = hello;
	p.bytes = test_client_hello(hello, 0x0304);
	return passes(b, BENCH_OUT, &p) && state_of(b, port) == TACIT_FLOW_HELLO;
}

/* What is freed on a processor is given anew on it first: the holder is on another. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *run_holder(void *arg)
{
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX };
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	(void)arg;
	stay_on(1);
	bpf_prog_test_run_opts(bpf_program__fd(holder->progs.bench_hold), &opts);
	return NULL;
}

static struct holding look(void)
{
	struct holding h = { .held = 0 };
	uint32_t zero = 0;

	bpf_map_lookup_elem(bpf_map__fd(holder->maps.holding), &zero, &h);
	return h;
}

static void set(const struct holding *h)
{
	uint32_t zero = 0;

	bpf_map_update_elem(bpf_map__fd(holder->maps.holding), &zero, h, BPF_ANY);
}

static bool hold(pthread_t *thread, uint16_t port, bool until_retired)
{
	const struct holding h = { .key = key_of(port), .until_retired = until_retired };
	time_t end = time(NULL) + HELD_MOST;

	set(&h);
	if (pthread_create(thread, NULL, run_holder, NULL))
		return false;
	while (!look().held && time(NULL) < end)
		;
	return look().held;
}

/* Return: did it change a flow? */
static bool let_go(pthread_t thread)
{
	struct holding h = look();

	h.go = 1;
	set(&h);
	pthread_join(thread, NULL);
	return look().moved;
}

/* It ended a while ago; the machine may not be up for long. */
static void age(struct bench *b, uint16_t port)
{
	struct tacit_flow_key key = key_of(port);
	struct tacit_flow flow;

	bpf_map_lookup_elem(bench_flows(b), &key, &flow);
	flow.closed = TACIT_CLOSED_RESET;
	flow.start = flow.last = guard_now() - 15 * SECOND;
	bpf_map_update_elem(bench_flows(b), &key, &flow, BPF_EXIST);
}

static void swept(struct bench *b, struct tacit_policy *policy, void (*ok)(bool good, const char *what))
{
	struct guard guard = { .flows_fd = bench_flows(b), .retire_fd = bench_retire(b) };
	pthread_t thread;
	bool good;

	bench_reset(b, policy);
	good = begin(b, 4000, 1000);
	age(b, 4000);
	good = good && hold(&thread, 4000, true);
	ok(good && guard_sweep(&guard) == 1, "a flow that a program holds is swept");
	good = begin(b, 4001, 1000);
	let_go(thread);
	ok(good && state_of(b, 4001) == TACIT_FLOW_HELLO, "the flow that is next in its place is not verified by that program");
}

static void replaced(struct bench *b, struct tacit_policy *policy, void (*ok)(bool good, const char *what))
{
	pthread_t thread;
	bool good, moved;

	bench_reset(b, policy);
	good = begin(b, 4000, 1000) && begin(b, 4001, 1000) && hold(&thread, 4000, false);
	good = good && begin(b, 4000, 2000) && begin(b, 4001, 2000);
	moved = let_go(thread);
	ok(good && !moved && state_of(b, 4000) == TACIT_FLOW_HELLO && state_of(b, 4001) == TACIT_FLOW_HELLO,
	   "nor are the flows that come on its ports, and on others', while it holds it");
}

void stale_flows(struct bench *b, void (*ok)(bool good, const char *what))
{
	struct tacit_policy policy;
	cpu_set_t before;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		ok(true, "programs that hold a flow for long # SKIP one processor only");
		return;
	}
	holder = holder_bpf__open();
	if (!holder || bpf_map__reuse_fd(holder->maps.flows, bench_flows(b)) || holder_bpf__load(holder)) {
		ok(false, "a program that holds a flow loads");
		return;
	}
	pthread_getaffinity_np(pthread_self(), sizeof(before), &before);
	stay_on(0);
	swept(b, &policy, ok);
	replaced(b, &policy, ok);
	pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	holder_bpf__destroy(holder);
}
