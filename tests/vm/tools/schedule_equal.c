// SPDX-License-Identifier: GPL-2.0
/*
 * Is the schedule of eBPF that of agent/lib/schedule.c? Random schedules and
 * times, some of them right at a slot's edges, through BPF_PROG_TEST_RUN.
 *
 * usage: schedule_equal [BATCHES] [wrong]   "wrong" shifts one departure by 1 ns, which must be found
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "schedule.h"
#include "schedule_equal.h"

#include "schedule_equal.skel.h"

static uint64_t draw(void)
{
	uint64_t x;

	if (getrandom(&x, sizeof(x), 0) != sizeof(x))
		abort();
	return x;
}

static void fill(struct batch *b)
{
	struct tacit_schedule *s = &b->schedule;
	struct tacit_pace *pace = &b->pace;
	uint64_t open;

	s->period = SCHEDULE_PERIOD_MIN + draw() % (SCHEDULE_PERIOD_MAX - SCHEDULE_PERIOD_MIN + 1);
	s->open = SCHEDULE_OPEN_MIN + draw() % (s->period - SCHEDULE_OPEN_MIN + 1);
	s->jitter = draw() % (s->period - s->open + 1);
	for (size_t i = 0; i < sizeof(s->key); i++)
		s->key[i] = (uint8_t)draw();
	b->class = (uint32_t)(draw() % TACIT_CLASSES);
	pace->other = (uint8_t)(draw() % (TACIT_OTHER_MAX + 1));
	pace->urgent = (uint8_t)(1 + draw() % TACIT_URGENT_MAX);
	open = schedule_class_open(s, pace, b->class);
	for (size_t i = 0; i < BATCH; i++) {
		uint64_t now = draw() >> (draw() % 24 + 6), span = schedule_class_span(s, pace, b->class);
		uint64_t start = schedule_class_start(s, pace, b->class, now / span);

		/* Random, and within 1 ns of a slot's opening and end. */
		b->now[i] = i % 4 == 0 ? start + draw() % 3 - 1 : i % 4 == 1 ? start + open + draw() % 3 - 1 : now;
		/* In the period of the one before: eBPF remembers what it drew. */
		if (i % 4 == 2)
			b->now[i] = b->now[i - 1] / span * span + draw() % span;
	}
}

static int compare(const struct batch *b)
{
	for (size_t i = 0; i < BATCH; i++) {
		uint64_t number, should = schedule_class_departure(&b->schedule, &b->pace, b->class, b->now[i], &number);

		if (b->departure[i] == should && b->number[i] == number)
			continue;
		fprintf(stderr, "class %u, at %llu: eBPF says %llu, the library %llu\n", b->class, (unsigned long long)b->now[i],
			(unsigned long long)b->departure[i], (unsigned long long)should);
		return 1;
	}
	return 0;
}

static void fill_spending(struct spending *s)
{
	uint64_t now = draw() >> 30;

	memset(s, 0, sizeof(*s));
	s->budget = TACIT_BUDGET_MIN + (uint32_t)(draw() % 20000);
	for (size_t i = 0; i < BATCH; i++) {
		/* Slots pass, now and then many; segments for offload come in between. */
		now += draw() % 8 == 0 ? draw() % 3 : 0;
		now += draw() % 100 == 0 ? draw() % 40 : 0;
		s->earliest[i] = now;
		s->bytes[i] = (uint32_t)(draw() % 10 == 0 ? 60 + draw() % 65000 : 60 + draw() % 1460);
	}
}

/*
 * By what tacit.conf(5) says, with an account for each slot: a packet goes into the first slot from the
 * latest used one on that has room, or into an empty one, and what it has too much is taken off those after it.
 */
static int compare_spending(const struct spending *s)
{
	uint64_t at = 0, left = s->budget; /* the latest slot in use, and what is left of it */

	for (size_t i = 0; i < BATCH; i++) {
		uint64_t bytes = s->bytes[i], should, debt;

		if (at < s->earliest[i]) {
			at = s->earliest[i];
			left = s->budget;
		}
		should = left < s->budget && bytes > left ? at + 1 : at;
		if (should > s->earliest[i] + TACIT_BUDGET_AHEAD)
			should = NO_ROOM;
		if (s->number[i] != should) {
			fprintf(stderr, "packet %zu of %llu bytes, budget %u: eBPF gives slot %lld, should be %lld\n", i,
				(unsigned long long)bytes, s->budget, (long long)(s->number[i] - s->earliest[i]),
				(long long)(should - s->earliest[i]));
			return 1;
		}
		if (should == NO_ROOM)
			continue;
		if (should > at)
			left = s->budget;
		at = should;
		/* Spent slot by slot. */
		for (debt = 0; bytes > left && debt < TACIT_BUDGET_AHEAD; debt++) {
			bytes -= left;
			left = s->budget;
			at++;
		}
		left = bytes > left ? left - bytes % s->budget : left - bytes;
	}
	return 0;
}

static int spend(struct schedule_equal_bpf *object, struct bpf_test_run_opts *opts, int wrong)
{
	struct spending *s = calloc(1, sizeof(*s));
	uint32_t zero = 0;
	int code = 2;

	if (!s)
		return 2;
	fill_spending(s);
	if (!bpf_map_update_elem(bpf_map__fd(object->maps.spendings), &zero, s, BPF_ANY) &&
	    !bpf_prog_test_run_opts(bpf_program__fd(object->progs.spend_all), opts) &&
	    !bpf_map_lookup_elem(bpf_map__fd(object->maps.spendings), &zero, s)) {
		s->number[BATCH / 2] += wrong;
		code = compare_spending(s);
	}
	free(s);
	return code;
}

int main(int argc, char **argv)
{
	struct schedule_equal_bpf *object = schedule_equal_bpf__open_and_load();
	int batches = argc > 1 ? atoi(argv[1]) : 100, wrong = argc > 2, code = 0;
	struct batch *b = calloc(1, sizeof(*b));
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	uint32_t zero = 0;

	if (!object || !b)
		return 2;
	for (int i = 0; i < batches && !code; i++) {
		fill(b);
		if (bpf_map_update_elem(bpf_map__fd(object->maps.batches), &zero, b, BPF_ANY) ||
		    bpf_prog_test_run_opts(bpf_program__fd(object->progs.depart), &opts) ||
		    bpf_map_lookup_elem(bpf_map__fd(object->maps.batches), &zero, b)) {
			perror("schedule_equal");
			return 2;
		}
		b->departure[BATCH / 2] += wrong;
		code = compare(b);
		if (!code)
			code = spend(object, &opts, wrong);
	}
	if (!code)
		printf("%d departures and as many slots by budget are equal\n", batches * BATCH);
	schedule_equal_bpf__destroy(object);
	free(b);
	return code;
}
