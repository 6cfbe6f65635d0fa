/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps, shared by all programs: the warden pins each under its name, so
 * that every object, and every later warden, comes to the same ones.
 */
#ifndef TACIT_MAPS_H
#define TACIT_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "tacit_bpf.h"

#define EVENTS_BYTES (256 * 1024)

/* One entry of a hash, not of an array: an update replaces it as a whole. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tacit_policy);
} policy SEC(".maps");

/* Apart from the policy, which the warden does not write each time it renews it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lease SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TACIT_RULES_MAX);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

/* Not an LRU: a flood of new flows must not push out verified ones. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TACIT_FLOWS_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, struct tacit_flow);
} flows SEC(".maps");

/* Who has how many of them: bpf/share.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TACIT_HOLDERS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} holders SEC(".maps");

/* What a flood from outside may fill, this and the next: the oldest goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TACIT_OPENING_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, __u32);
} asked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TACIT_OPENING_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, struct tacit_opening);
} opening SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TACIT_SOURCES_MAX);
	__type(key, struct tacit_source_key);
	__type(value, struct tacit_source);
} sources SEC(".maps");

/* Not an LRU: an address that a rule is about must not go because there are many. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TACIT_NAMED_MAX);
	__type(key, struct tacit_named_key);
	__type(value, struct tacit_named);
} named SEC(".maps");

/*
 * Flows of datagrams, and when they last sent: those that began with a QUIC Initial, and those to the
 * addresses of a name. Whoever floods it ends others' only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TACIT_DATAGRAMS_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, __u64);
} datagrams SEC(".maps");

struct owned {
	struct bpf_spin_lock lock;
	struct tacit_owner owner;
};

/* Names for events, and for rules by owner; each lasts as long as its socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct owned);
} owners SEC(".maps");

/* What slots were filled with: see TACIT_SPENT(). Of all CPUs together. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TACIT_LINKS_MAX * TACIT_CLASSES);
	__type(key, __u32);
	__type(value, __u64);
} spent SEC(".maps");

/* For people; the oldest may go. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TACIT_HELLOS_MAX);
	__type(key, struct tacit_flow_key);
	__type(value, struct tacit_hello);
} hellos SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_BYTES);
} events SEC(".maps");

/* The time at which each token bucket of events is full again. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TACIT_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TACIT_COUNT_LIMIT);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

#endif
