/* SPDX-License-Identifier: GPL-2.0 */
/* What guard*.c share. */
#ifndef GUARD_INTERNAL_H
#define GUARD_INTERNAL_H

#include "guard.h"

struct egress_bpf;
struct ingress_bpf;
struct connect_bpf;
struct witness_bpf;
struct bpf_object_skeleton;
struct answer_bpf;
struct retire_bpf;
struct ring_buffer;

struct guard {
	struct egress_bpf *egress;
	struct ingress_bpf *ingress;
	struct connect_bpf *connect;
	struct answer_bpf *answer;
	struct retire_bpf *retire;
	struct ring_buffer *ring;
	int policy_fd;
	int hits_fd;
	int flows_fd;
	int retire_fd;	/* the program */
	int counters_fd;
	int lease_fd;
	int sources_fd;
	int named_fd;
	int hellos_fd;
	int spent_fd;
	struct witness_bpf *witness;	/* NULL where the kernel does not take it */
	int cpus;
	bool owners;
	bool user_known;	/* user_uid is the engine's */
	uint32_t user_uid;
	bool fresh;	/* nothing was pinned when it was opened */
	uint32_t all;	/* flows that were left by the last sweep, */
	uint32_t holders[TACIT_HOLDERS_MAX];	/* how many of whom, */
	uint32_t verified[TACIT_HOLDERS_MAX];	/* and how many of those are */
	guard_event_fn *event_fn;	/* while guard_dispatch() runs */
	void *event_context;
};

/* guard.c: load an object; the maps that are pinned are shared. */
int guard_load(struct bpf_object_skeleton *skeleton, struct problem *p);

/* guard_witness.c: without the witness nothing is known of late departures, and all else goes on. */
int guard_witness_load(struct guard *guard, struct problem *p);
void guard_witness_free(struct guard *guard);
/* guard_slots.c: the link's place in the policy. Return: 0 or -errno, -ENODEV where it has none. */
int guard_link_place(const struct guard *guard, unsigned int ifindex, uint32_t *place);
/* What each link of the policy makes of the schedule, and whose connections are channels. */
void guard_fill_paces(struct guard *guard, struct tacit_policy *policy, const struct config *config);

/* guard_cgroup.c: put the hooks on the root cgroup, or new programs into the links that stand. */
int guard_cgroup_attach(struct connect_bpf *connect, struct answer_bpf *answer, struct problem *p);

/* The id of a cgroup by its path below the root of the v2 hierarchy; 0 if there is none. */
uint64_t guard_cgroup_id(const char *path);

/*
 * guard_wait.c: wait until all eBPF programs that run now are through.
 * Return: 0, not 0 where that cannot be known.
 */
int guard_wait_programs(void);

/* guard_flows.c: is the flow over, so that it will be swept? */
bool guard_flow_is_over(const struct tacit_flow *flow, uint64_t now);

/*
 * guard_policy.c: put this policy in the place of the one in force, as a whole, for packets on
 * their way as well. Return: 0 or -errno.
 */
int guard_policy_replace(int policy_fd, const struct tacit_policy *policy);

/* guard_pins.c: maps that do not fit are set aside; then put back, or gone for good. */
bool guard_pins_are(void);
int guard_pins_set_aside(struct problem *p);
void guard_pins_put_back(void);
int guard_pins_discard(struct problem *p);
/* All that is pinned. */
int guard_pins_remove(struct problem *p);

/*
 * guard_policy.c: see to it that there is a policy and that it has this link, shut if it is new to it.
 * @shut: whatever the policy says of it
 */
int guard_policy_link(struct guard *guard, unsigned int ifindex, uint32_t header, bool shut, struct problem *p);

#endif
