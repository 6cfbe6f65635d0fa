/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard as user space sees it: eBPF programs on the uplink (tc clsact) and
 * on the root cgroup, their maps, and everything pinned under
 * TACIT_BPF_PIN_DIR, so that the last policy holds with no process alive. See
 * tacit_bpf.h for the layouts.
 *
 * A policy that was never set reads as closed: nothing leaves but ARP,
 * neighbour discovery, DHCP and bare acknowledgements.
 *
 * Functions return 0 or a negative errno, and then say in *p what is wrong and
 * the cure, unless their comment says otherwise.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "problem.h"
#include "tacit_bpf.h"

struct guard;

/*
 * guard_open - load the programs and take over what is pinned
 *
 * Mounts bpffs where it is missing. Maps that an earlier warden pinned go on:
 * policy, schedule key, flows and counters survive. The cgroup hooks run when
 * this returns; where they cannot be had (no cgroup v2 in the kernel), events
 * name no process and guard_names_owners() is false.
 */
int guard_open(struct guard **guard, struct problem *p);
bool guard_names_owners(const struct guard *guard);

/*
 * guard_attach - put the programs on a link, or replace those of an earlier
 * warden in one step, with no moment between
 * @ifindex: of an uplink; call it again for a link that came back
 *
 * A link that bore no programs of ours is shut until guard_link_set() opens it.
 */
int guard_attach(struct guard *guard, unsigned int ifindex, struct problem *p);

/* Is the egress program that this guard loaded on that link? */
bool guard_attached(const struct guard *guard, unsigned int ifindex);

/* Is one of ours on that link, this process's or an earlier one's? No link has the index 0. */
bool guard_stands(unsigned int ifindex);

/*
 * guard_policy_set - replace the whole policy in one step
 * @config: refuse, schedule, rules and what limits accept channels are taken; the
 *          schedule's key is not: the one in force stays, and is drawn by
 *          getrandom(2) when there is none
 * @mode: TACIT_GUARD_CLOSED shuts all links; while guard_hold() is in force they are shut in any case
 *
 * Which links are open is left as it is: guard_link_set().
 */
int guard_policy_set(struct guard *guard, const struct config *config, enum tacit_guard_mode mode, struct problem *p);

/*
 * Open a link, or shut it: while it cannot hold packets (no fq), and once it is
 * gone. One that the guard was never put on is shut already.
 */
int guard_link_set(struct guard *guard, unsigned int ifindex, bool open, struct problem *p);

/* Shut all links but these; which of these are open is left as it is. */
int guard_links_only(struct guard *guard, const unsigned int *ifindexes, size_t count, struct problem *p);

/*
 * guard_hold - `tacit guard close --all`: shut all links, whatever policy is set, until it is ended here
 *
 * It ends what guard_let_out() began, and survives this process. What waits in fq
 * already is not called back. Ended, the guard is closed until guard_policy_set().
 */
int guard_hold(struct guard *guard, bool hold, struct problem *p);

/* Cgroups that rules name may have come or gone: look again. Call it now and then where guard_wants_cgroups(). */
int guard_policy_cgroups(struct guard *guard, const struct config *config, struct problem *p);

/*
 * guard_let_out - `tacit guard open`: for so long from now, ns, everything leaves; 0 ends that
 *
 * The time is the kernel's to keep, and passes while the machine sleeps: it
 * ends with no process alive. Verdicts are reached as ever, so that what was
 * refused meanwhile is refused again after it.
 */
int guard_let_out(struct guard *guard, uint64_t ns, struct problem *p);

/* How long that still is, ns; 0 if it is not. */
uint64_t guard_let_out_left(const struct tacit_policy *policy);

/* Addresses of a host, `addr` of 16 bytes each: see tacit_named_key. Not 0 and not TACIT_HOST_RESOLVERS. */
uint64_t guard_host_id(const char *host);

/*
 * guard_named_set - what a host's name stands for now
 * @family: AF_INET, AF_INET6 or AF_UNSPEC: addresses of that kind which are not listed become old ones
 *
 * Return: 0; -E2BIG: the map has no room for all of them.
 */
int guard_named_set(struct guard *guard, uint64_t host, int family, const uint8_t (*addr)[16], size_t count);

/*
 * guard_named_sweep - free old addresses that nothing uses, and those of hosts that no rule names
 * @hosts: those that rules name
 * Return: how many were freed.
 */
int guard_named_sweep(struct guard *guard, const uint64_t *hosts, size_t count);

/* Walk the addresses of a host. Return: how many there are. */
typedef void guard_named_fn(const uint8_t addr[16], const struct tacit_named *named, void *context);
int guard_named(const struct guard *guard, uint64_t host, guard_named_fn *fn, void *context);

/* Does the rule cover the other end of a TCP flow, whoever owns it? One of the policy in force, for its host. */
bool guard_rule_covers(const struct guard *guard, const struct tacit_rule *rule, const struct tacit_flow_key *key);

/* Is this the first guard since boot or `tacitd --remove`? Then connections may be older than it. */
bool guard_is_new(const struct guard *guard);

/*
 * guard_enter_existing - enter the connections that stand and that a rule with `existing` covers
 * @ifindex: of the uplink
 *
 * Of the machine itself only; of what it forwards nothing is known. Return: how many, or -errno.
 */
int guard_enter_existing(struct guard *guard, const struct config *config, unsigned int ifindex);

/*
 * guard_attend - renew the warden's lease
 * @ns: so long from now the policy counts; UINT64_MAX: for good
 *
 * When it is over, and before it was ever taken, the guard is as if closed but
 * for [allow rescue]. Return: 0 or -errno.
 */
int guard_attend(struct guard *guard, uint64_t ns);

/* The policy in force, with the schedule and its secret key: the caller wipes it. Return: 0 or -errno. */
int guard_policy(const struct guard *guard, struct tacit_policy *policy);
int guard_schedule(const struct guard *guard, struct tacit_schedule *schedule);

/* Readable when events wait (level triggered, epoll compatible). */
int guard_fd(const struct guard *guard);

typedef void guard_event_fn(const struct tacit_bpf_event *event, void *context);

/* Hand over every event that waits. Return: how many, or -errno. */
int guard_dispatch(struct guard *guard, guard_event_fn *fn, void *context);

/* Sums over all CPUs since boot; indices are enum tacit_counter. Return: 0 or -errno. */
int guard_counters(const struct guard *guard, uint64_t counters[TACIT_COUNT_LIMIT]);

/* How often rule `index` of the policy let a packet pass since the policy was set. Return: 0 or -errno. */
int guard_rule_hits(const struct guard *guard, size_t index, uint64_t *hits);

/* Walk the flows; a false from `fn` ends it. Return: how many were shown, or -errno. */
typedef bool guard_flow_fn(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context);
int guard_flows(const struct guard *guard, guard_flow_fn *fn, void *context);

/*
 * What a link's slots of a class were filled with: the latest slot that something was stamped for,
 * by its number in the class's series, and the bytes. Return: 0 or -errno; -ENODEV for another's link.
 */
int guard_spent(const struct guard *guard, unsigned int ifindex, enum tacit_class class, uint64_t *number, uint64_t *bytes);

/*
 * guard_witness - watch when held packets leave this link
 *
 * For as long as the returned packet socket is open; the kernel needs CONFIG_PACKET. Return: the socket or -errno.
 */
int guard_witness(const struct guard *guard, unsigned int ifindex, struct problem *p);

/* What it saw, since this process began. Return: 0 or -errno; -ENODEV where nothing watches. */
int guard_left(const struct guard *guard, unsigned int ifindex, struct tacit_left *left);

/* What the flow's ClientHello said in the clear, any bytes. Return: 0, -ENOENT where it is not known. */
int guard_hello(const struct guard *guard, const struct tacit_flow_key *key, struct tacit_hello *hello);

/*
 * guard_cgroup_path - the path of an owner's cgroup below the root of the v2 hierarchy
 * @path: "/" for the root; of one deeper than 7 levels the ancestor at the 7th
 *
 * Return: 0; -ENOENT: it is gone; -ENAMETOOLONG; or what open(2) says.
 */
int guard_cgroup_path(const struct tacit_owner *owner, char path[TACIT_CGROUP_MAX]);

/*
 * guard_rule_for - the rule that would allow what an event tells of, as a section of tacit.conf(5)
 * @text: lines, each ended; "" where no rule can allow it
 */
#define GUARD_RULE_TEXT 512
void guard_rule_for(const struct tacit_bpf_event *event, char text[GUARD_RULE_TEXT]);

/* The programs' clock: CLOCK_MONOTONIC, ns. */
uint64_t guard_now(void);

/*
 * Walk the sources that are over their limit now: an episode of theirs began and
 * is not over; a false from `fn` ends it, `fn` may be NULL. Return: how many, or -errno.
 */
typedef bool guard_source_fn(const struct tacit_source_key *key, const struct tacit_source *source, void *context);
int guard_limited(const struct guard *guard, guard_source_fn *fn, void *context);

/*
 * guard_sweep - free what is over: closed flows after some seconds, half-open
 * ones after minutes, or after seconds while the table is nearly full, silent ones
 * after a day. Call it every 10 s or so: the programs never free, and a full table
 * refuses new flows.
 * Return: how many were freed, or -errno.
 */
int guard_sweep(struct guard *guard);

/* Frees the handle. All that is pinned or attached goes on without it. */
void guard_close(struct guard *guard);

/* Take the guard away: programs off every link and cgroup, pins gone. The device is unguarded after it. */
int guard_remove(struct problem *p);

/* Words for people; "?" for what is not known. */
const char *guard_reason_name(uint32_t reason);	/* "not TLS", ... */
const char *guard_reason_cure(uint32_t reason);	/* what the operator can do about it, a clause */
const char *guard_state_name(uint32_t state);	/* "verified", ... */
const char *guard_mode_name(uint32_t mode);	/* "closed", "on", "closed by hand" */
const char *guard_protocol_name(uint32_t protocol);	/* "tcp", ... */
const char *guard_class_name(uint32_t class);	/* "channel", ... */
const char *guard_form_name(uint32_t form);	/* "quic", ...: as tacit.conf(5) has it */

/* Room for an address and port as text: "[fe80::1]:443", "192.0.2.1:443". */
#define GUARD_ADDRESS_MAX 56
/* The same without a port: "fe80::1". */
void guard_host(const uint8_t addr[16], char text[GUARD_ADDRESS_MAX]);
void guard_address(const uint8_t addr[16], uint16_t port_be, char text[GUARD_ADDRESS_MAX]);

#endif
