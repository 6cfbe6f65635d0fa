/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has how many places in the table of flows. Nobody takes one who has as many
 * as are free: one holder alone has half of the table, two have a third each, and
 * for another there is always room. Of kinds of which one can be many, each has three
 * times as many as are free: a quarter is left by one such kind, a seventh by two.
 */
#ifndef TACIT_SHARE_H
#define TACIT_SHARE_H

#include "maps.h"
#include "packet.h"

/*
 * Odd. The warden makes them such that nobody knows: whoever could choose with whom he
 * falls together would take that one's share.
 */
const volatile __u32 share_factor SEC(".rodata") = 0x9e3779b1u;
const volatile __u32 share_second SEC(".rodata") = 0x85ebca6bu;

static __always_inline __u32 share_number(__u32 kind, __u32 of)
{
	return TACIT_HOLDER_FIRST + kind * TACIT_HOLDERS +
	       (of * share_factor >> (32 - TACIT_HOLDERS_BITS));
}

/* An IPv4 address, or the first 64 bits of an IPv6 one: a machine has all that follow. */
static __always_inline __u32 share_address(const __u8 addr[16])
{
	__u32 words[4];

	__builtin_memcpy(words, addr, sizeof(words));
	if (packet_is_mapped(addr))
		return bpf_ntohl(words[3]);
	return bpf_ntohl(words[0]) * share_second + bpf_ntohl(words[1]);
}

static __always_inline __u32 share_user(const struct tacit_owner *owner)
{
	if (!owner->pid)
		return TACIT_HOLDER_FULL;
	return owner->uid < TACIT_UID_SUBORDINATE ? TACIT_HOLDER_USER : TACIT_HOLDER_SUBORDINATE;
}

/* Return: whose flow it is to be, a key of map `holders`. */
static __always_inline __u32 share_holder(const struct packet *p, const struct tacit_flow *flow)
{
	if (flow->passive)
		return share_number(TACIT_HOLDER_OUTSIDE, share_address(p->key.remote));
	if (flow->ingress)
		/* A machine writes what address it likes, but comes by its own link. */
		return share_number(TACIT_HOLDER_BEHIND,
				     share_address(p->key.local) + flow->ingress * share_second);
	if (flow->known)
		return share_number(share_user(&flow->owner), flow->owner.uid);
	return share_number(TACIT_HOLDER_UNKNOWN, share_address(p->key.local));
}

static __always_inline __u32 share_kind(__u32 holder)
{
	return (holder - TACIT_HOLDER_FIRST) / TACIT_HOLDERS;
}

static __always_inline __u32 share_has(__u32 holder)
{
	__u32 *count = bpf_map_lookup_elem(&holders, &holder);
	__u32 has = count ? *(volatile __u32 *)count : 0;

	/* A place is counted once it is taken: another processor may have given it up before that. */
	return (__s32)has < 0 ? 0 : has;
}

/* Return: not 0 if he may have one place more. */
static __always_inline int share_has_room(__u32 holder)
{
	__u32 all = share_has(TACIT_HOLDER_ALL), kind = share_kind(holder);
	__u32 room = all < TACIT_FLOWS_MAX ? TACIT_FLOWS_MAX - all : 0;

	if (kind != TACIT_HOLDER_USER && share_has(TACIT_HOLDER_GROUP + kind) >= 3 * room)
		return 0;
	return share_has(holder) < room;
}

static __always_inline void share_add_to(__u32 which, __u32 n)
{
	__u32 *count = bpf_map_lookup_elem(&holders, &which);

	if (count)
		__sync_fetch_and_add(count, n);
}

/* One place more, or less: n is 1 or -1. @holder: 0 for a flow that was not counted */
static __noinline int share_add(__u32 holder, __u32 n)
{
	if (!holder)
		return 0;
	share_add_to(TACIT_HOLDER_ALL, n);
	share_add_to(TACIT_HOLDER_GROUP + share_kind(holder), n);
	share_add_to(holder, n);
	return 0;
}

#endif
