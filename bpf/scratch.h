/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Room to work in, one for each CPU: programs on tc run with bottom halves off
 * and each object has its own, so that no two use one at a time.
 */
#ifndef TACIT_SCRATCH_H
#define TACIT_SCRATCH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "arrived.h"
#include "owner.h"
#include "packet.h"
#include "tls_hello.h"

/*
 * A walk over the options of TCP. Not on the stack: kernels before 6.7 take what they
 * know of that for what stands there each time round (bpf_loop).
 */
struct options_walk {
	__u8 was[TCP_OPTIONS_MAX];
	__u8 now[2 * TCP_OPTIONS_MAX]; /* as they may leave; room behind, for what claims to be longer */
	__u32 at;
	__u32 end;
	__u32 blank; /* so many bytes from `at` on are to be `fill` */
	__u32 fill;
	__u32 kinds; /* that may still come, bits */
	__u32 ack;
	__u32 begins; /* a SYN that answers none */
	__u32 changed;
};

struct scratch {
	struct packet packet; /* first: scratch_of() */
	struct tls_read read;
	struct tacit_flow flow; /* that begins */
	struct tacit_owner owner; /* scratch_owner() */
	struct quoted quoted;	/* by an error, */
	struct quoted mask;	/* and what of it must be as it came */
	struct options_walk options;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch *scratch_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* The room that this packet lies in. */
static __always_inline struct scratch *scratch_of(struct packet *p)
{
	return (struct scratch *)p;
}

/* Whose packet it is. Return: NULL if not known. */
static __always_inline struct tacit_owner *scratch_owner(struct __sk_buff *skb, struct packet *p)
{
	struct tacit_owner *owner = &scratch_of(p)->owner;

	/* What is forwarded has no socket here, or another's. */
	return !p->forwarded && owner_of(skb, owner) ? owner : 0;
}

#endif
