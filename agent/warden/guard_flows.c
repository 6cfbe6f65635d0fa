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
/* Below what a kind of holders gets (bpf/share.h), or its own flood would never count as one. */
#define CROWD (TACIT_FLOWS_MAX / 8 * 5)
/* Opened from outside, and the other end has not shown that it is there: a forged SYN costs no more. */
#define IDLE_HALF_OPEN (10 * SECOND)
#define IDLE_HALF_CLOSED (3600 * SECOND)
#define IDLE_HALF_CLOSED_CROWDED (60 * SECOND)
#define IDLE_OPEN (24 * 3600 * SECOND)
/* Of one who holds most of the table and all that he may, by connections whose ends died without a word. */
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

/* ---- who holds how many ---- */

static bool is_crowded(const struct guard *guard)
{
	return guard->all > CROWD;
}

/* Has the holder nearly all that he may have (bpf/share.h)? */
static bool is_pressed(const struct guard *guard, uint32_t holder)
{
	uint32_t room = guard->all < TACIT_FLOWS_MAX ? TACIT_FLOWS_MAX - guard->all : 0;

	return holder && holder < TACIT_HOLDERS_MAX && guard->holders[holder] / 3 > room / 4;
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

/*
 * Of who can have no more, and has more than half of all flows in verified ones: what nothing answered goes
 * by itself, and must not cost a neighbour with the same address his. Where they do end, their ends say so;
 * these may have died without a word, or never will be used again.
 */
static bool is_greedy(const struct guard *guard, const struct tacit_flow *flow, uint64_t now)
{
	return flow->last < now && now - flow->last > IDLE_OPEN_CROWDED && is_pressed(guard, flow->holder) &&
	       guard->verified[flow->holder] > guard->all / 2;
}

/* Is it to go in this sweep? */
static bool must_go(const struct guard *guard, const struct tacit_flow *flow, uint64_t now)
{
	return is_over(flow, now, is_crowded(guard) || is_pressed(guard, flow->holder)) || is_greedy(guard, flow, now);
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
	uint32_t holders[TACIT_HOLDERS_MAX] = { 0 }, verified[TACIT_HOLDERS_MAX] = { 0 };
	uint64_t now = guard_now();
	struct tacit_flow_key key, next;
	struct retired retired = { 0 };
	struct tacit_flow flow;
	int freed, seen = 0, more;

	more = !bpf_map_get_next_key(guard->flows_fd, NULL, &next);
	for (int i = 0; more && i < WALK_MAX; i++) {
		key = next;
		more = !bpf_map_get_next_key(guard->flows_fd, &key, &next);
		if (bpf_map_lookup_elem(guard->flows_fd, &key, &flow))
			continue;
		seen++;
		if (must_go(guard, &flow, now) && make_room(&retired) && retire(guard, &key, &flow, now))
			retired.keys[retired.count++] = key;
		else if (flow.state != TACIT_FLOW_NONE && flow.holder < TACIT_HOLDERS_MAX) {
			holders[flow.holder]++;
			verified[flow.holder] += flow.state == TACIT_FLOW_VERIFIED;
		}
	}
	freed = free_retired(guard, &retired, now);
	free(retired.keys);
	memcpy(guard->holders, holders, sizeof(holders));
	memcpy(guard->verified, verified, sizeof(verified));
	guard->all = (uint32_t)(seen - freed);
	return freed;
}
