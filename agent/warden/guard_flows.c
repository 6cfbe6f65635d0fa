// SPDX-License-Identifier: GPL-2.0
/* The table of flows: shown and swept. */
#include "guard_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ull

/* How long a flow may be silent before it is freed. */
#define IDLE_CLOSED (10 * SECOND)
#define IDLE_UNPROVEN (300 * SECOND)
/* The same while the table is filling up: whoever floods it must not keep others out for minutes. */
#define IDLE_CROWDED (10 * SECOND)
#define CROWD (TACIT_FLOWS_MAX / 4 * 3)
/* Opened from outside, and the other end has not shown that it is there: a forged SYN costs no more. */
#define IDLE_HALF_OPEN (10 * SECOND)
#define IDLE_HALF_CLOSED (3600 * SECOND)
#define IDLE_HALF_CLOSED_CROWDED (60 * SECOND)
#define IDLE_OPEN (24 * 3600 * SECOND)
/* Of one who holds most of a table that is filling up, by connections whose ends died without a word. */
#define IDLE_OPEN_CROWDED (60 * SECOND)

/* A walk beside programs that add flows may see some twice: it ends all the same. */
#define WALK_MAX (2 * TACIT_FLOWS_MAX)

int guard_flows(const struct guard *guard, guard_flow_fn *fn, void *context)
{
	struct tacit_flow_key key, next;
	struct tacit_flow flow;
	int shown = 0;

	for (int i = 0; i < WALK_MAX; i++) {
		if (bpf_map_get_next_key(guard->flows_fd, i ? &key : NULL, &next))
			break;
		key = next;
		if (bpf_map_lookup_elem(guard->flows_fd, &key, &flow) || flow.state == TACIT_FLOW_NONE)
			continue;
		shown++;
		if (!fn(&key, &flow, context))
			break;
	}
	return shown;
}

int guard_hello(const struct guard *guard, const struct tacit_flow_key *key, struct tacit_hello *hello)
{
	return bpf_map_lookup_elem(guard->hellos_fd, key, hello);
}

/* ---- who holds most of the table ---- */

/* A user, or where that is not known the address of what is behind the device. */
static bool same_holder(const struct guard_holder *a, const struct guard_holder *b)
{
	return a->known == b->known && (a->known ? a->uid == b->uid : !memcmp(a->address, b->address, sizeof(a->address)));
}

static struct guard_holder holder_of(const struct tacit_flow_key *key, const struct tacit_flow *flow)
{
	struct guard_holder h = { .known = flow->known, .uid = flow->owner.uid };

	memcpy(h.address, key->local, sizeof(h.address));
	return h;
}

struct vote {
	struct guard_holder holder;
	size_t lead;
	size_t of_holder;
	size_t all;
};

/* Whoever has more than half of all flows leads at the end (Boyer and Moore's vote). */
static bool cast(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context)
{
	struct guard_holder h = holder_of(key, flow);
	struct vote *v = context;

	if (!v->lead)
		v->holder = h;
	if (same_holder(&v->holder, &h))
		v->lead++;
	else
		v->lead--;
	return true;
}

static bool recount(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context)
{
	struct guard_holder h = holder_of(key, flow);
	struct vote *v = context;

	v->all++;
	v->of_holder += same_holder(&v->holder, &h);
	return true;
}

/* Return: true, and who holds more than half of the flows. */
static bool find_greedy(const struct guard *guard, struct guard_holder *holder)
{
	struct vote v = { .lead = 0 };

	guard_flows(guard, cast, &v);
	guard_flows(guard, recount, &v);
	*holder = v.holder;
	return v.of_holder > v.all / 2;
}

/* ---- swept ---- */

static uint64_t idle_limit(const struct tacit_flow *flow, bool crowded)
{
	const uint8_t both = TACIT_CLOSED_OUT | TACIT_CLOSED_IN;

	if (flow->closed & TACIT_CLOSED_RESET || (flow->closed & both) == both)
		return IDLE_CLOSED;
	if (flow->state == TACIT_FLOW_PASSIVE && !flow->accepted)
		return IDLE_HALF_OPEN;
	/* What a rule lets out needs no place here: it is listed, and entered again when it sends. */
	if (flow->state == TACIT_FLOW_ALLOWED && crowded)
		return IDLE_CROWDED;
	if (flow->state == TACIT_FLOW_ALLOWED && !flow->accepted)
		return IDLE_UNPROVEN;
	if (flow->state != TACIT_FLOW_VERIFIED && flow->state != TACIT_FLOW_ALLOWED &&
	    flow->state != TACIT_FLOW_UNVERIFIED)
		return crowded ? IDLE_CROWDED : IDLE_UNPROVEN;
	if (flow->closed)
		return crowded ? IDLE_HALF_CLOSED_CROWDED : IDLE_HALF_CLOSED;
	return IDLE_OPEN;
}

static bool is_over(const struct tacit_flow *flow, uint64_t now, bool crowded)
{
	/* A SYN that waits for its slot is silent until then. */
	uint64_t last = flow->start > flow->last ? flow->start : flow->last;

	return last < now && now - last > idle_limit(flow, crowded);
}

bool guard_flow_is_over(const struct tacit_flow *flow, uint64_t now)
{
	return is_over(flow, now, false);
}

/* Where they do end, their ends say so; these may have died without a word, or never will be used again. */
static bool is_greedy(const struct tacit_flow_key *key, const struct tacit_flow *flow, uint64_t now,
		      const struct guard_holder *greedy)
{
	struct guard_holder h = holder_of(key, flow);

	return flow->last < now && now - flow->last > IDLE_OPEN_CROWDED && same_holder(&h, greedy);
}

/* Flows that are none any more, but still have their place. */
struct retired {
	struct tacit_flow_key *keys;
	size_t count;
	size_t room;
};

/* If it is still as it was seen: the same ports may have been taken anew. */
static bool retire(const struct guard *guard, const struct tacit_flow_key *key, const struct tacit_flow *flow, uint64_t now)
{
	struct tacit_retiring asked = { .key = *key, .opened = flow->opened, .last = flow->last, .now = now };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &asked, .ctx_size_in = sizeof(asked));

	return !bpf_prog_test_run_opts(guard->retire_fd, &opts) && opts.retval;
}

static bool make_room(struct retired *r)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct tacit_flow_key *keys;

	if (r->count < r->room)
		return true;
	keys = realloc(r->keys, room * sizeof(*keys));
	if (!keys)
		return false;
	r->keys = keys;
	r->room = room;
	return true;
}

/* Return: how many are freed. What is left over keeps its place until a later sweep. */
static int free_retired(const struct guard *guard, const struct retired *r, uint64_t began)
{
	int freed = 0;

	if (!r->count || guard_wait_programs())
		return 0;
	/* After that the programs would give the places away. */
	for (size_t i = 0; i < r->count && guard_now() - began < TACIT_RETIRED_NS / 3; i++)
		freed += !bpf_map_delete_elem(guard->flows_fd, &r->keys[i]);
	return freed;
}

int guard_sweep(struct guard *guard)
{
	uint64_t now = guard_now();
	struct tacit_flow_key key, next;
	struct retired retired = { 0 };
	struct guard_holder holder;
	struct tacit_flow flow;
	int freed, seen = 0, more;
	bool greedy = guard->crowded && find_greedy(guard, &holder), over;

	more = !bpf_map_get_next_key(guard->flows_fd, NULL, &next);
	for (int i = 0; more && i < WALK_MAX; i++) {
		key = next;
		more = !bpf_map_get_next_key(guard->flows_fd, &key, &next);
		if (bpf_map_lookup_elem(guard->flows_fd, &key, &flow))
			continue;
		seen++;
		over = is_over(&flow, now, guard->crowded) || (greedy && is_greedy(&key, &flow, now, &holder));
		if (over && make_room(&retired) && retire(guard, &key, &flow, now))
			retired.keys[retired.count++] = key;
	}
	freed = free_retired(guard, &retired, now);
	free(retired.keys);
	guard->crowded = seen - freed > CROWD;
	return freed;
}
