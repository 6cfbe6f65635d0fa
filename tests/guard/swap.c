// SPDX-License-Identifier: GPL-2.0
#include "swap.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "egress.skel.h"
#include "packet.h"

/* A test run may be one reading of the policy for the kernel, which a replacement waits for: many short ones. */
#define ROUNDS 200
#define REPEAT 1000
#define SECONDS_MOST 60

struct swapping {
	int fd;
	swap_replace_fn *replace;
	struct tacit_policy policies[2];
	atomic_bool over;
	atomic_ulong swaps;
};

static void *swap(void *arg)
{
	struct swapping *s = arg;

	while (!atomic_load(&s->over) && !s->replace(s->fd, &s->policies[s->swaps & 1]))
		atomic_fetch_add(&s->swaps, 1);
	return NULL;
}

/* The first by its first rule; the second by its last, and the first of it is for somebody else. */
static void fill(struct swapping *s, const struct tacit_policy *base)
{
	const struct tacit_rule right = { .protocol = IPPROTO_UDP, .port = htons(5353) };
	const struct tacit_rule wrong = { .protocol = IPPROTO_UDP, .port = htons(1) };

	s->policies[0] = *base;
	s->policies[0].rules = 1;
	s->policies[0].rule[0] = right;
	s->policies[1] = *base;
	s->policies[1].rules = TACIT_RULES_MAX;
	for (int i = 0; i < TACIT_RULES_MAX - 1; i++)
		s->policies[1].rule[i] = wrong;
	s->policies[1].rule[TACIT_RULES_MAX - 1] = right;
}

uint64_t swap_refused(struct bench *b, swap_replace_fn *replace, unsigned long *swaps, unsigned long *sent)
{
	const struct test_packet p = { .from = "192.0.2.2", .to = "198.51.100.7", .protocol = IPPROTO_UDP, .from_port = 7,
				       .to_port = 5353 };
	struct swapping s = { .replace = replace, .fd = bpf_map__fd(b->egress->maps.policy) };
	struct __sk_buff context = { .ifindex = BENCH_IFINDEX };
	uint8_t frame[FRAME_MAX];
	struct tacit_policy base;
	time_t end = time(NULL) + SECONDS_MOST;
	uint64_t refused;
	pthread_t thread;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = test_frame(&p, frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = REPEAT);

	bench_reset(b, &base);
	fill(&s, &base);
	bench_policy(b, &s.policies[1]);
	*sent = 0;
	if (pthread_create(&thread, NULL, swap, &s))
		return UINT64_MAX;
	for (int i = 0; (i < ROUNDS || atomic_load(&s.swaps) < SWAPS_WANTED) && time(NULL) < end; i++) {
		if (bpf_prog_test_run_opts(bpf_program__fd(b->egress->progs.tacit_egress), &opts))
			break;
		*sent += REPEAT;
	}
	atomic_store(&s.over, true);
	pthread_join(thread, NULL);
	*swaps = s.swaps;
	refused = bench_counter(b, TACIT_COUNT_REFUSED);
	bench_reset(b, &base);
	return refused;
}
