/* SPDX-License-Identifier: GPL-2.0 */
/* Is there a rule for this packet? */
#ifndef TACIT_RULE_H
#define TACIT_RULE_H

#include "form.h"
#include "maps.h"
#include "owner.h"
#include "packet.h"

#define DATAGRAMS_IDLE 300000000000ull /* ns: longer than a time server is left alone is another flow */

enum rule_match {
	RULE_NONE,
	RULE_ALLOWS, /* + enum tacit_class */
};

/* Which rules are asked. */
enum rule_want {
	RULE_WANT_ALLOW,
	RULE_WANT_RESCUE,   /* [allow rescue] only */
	RULE_WANT_EXISTING, /* for a connection that stood before the guard */
	RULE_WANT_ANSWER,   /* those of ALLOW, for a packet that comes by again: nothing is noted */
};

struct rule_walk {
	struct tacit_policy *policy;
	struct packet *packet;
	const struct tacit_owner *owner; /* of its socket; NULL: not asked, or not known */
	__u32 want;
	__u32 match;
};

/* Do the first `bits` of 64 agree? */
static __always_inline int rule_word(const __u8 *a, const __u8 *b, __u32 bits)
{
	__u64 x, y;

	if (!bits)
		return 1;
	__builtin_memcpy(&x, a, 8);
	__builtin_memcpy(&y, b, 8);
	return !(bpf_be64_to_cpu(x ^ y) >> (64 - bits));
}

/* Is it of a flow of datagrams that has sent before, and not long ago? */
static __always_inline int rule_goes_on(const struct packet *p)
{
	__u64 *last = bpf_map_lookup_elem(&datagrams, &p->key);

	return last && p->now - *last < DATAGRAMS_IDLE;
}

/*
 * Is the address one of the host's? To an old one nothing begins; what began goes on. Asked last, for
 * only a packet that leaves keeps an old address.
 */
static __always_inline int rule_names(const struct tacit_rule *rule, const struct packet *p)
{
	struct tacit_named_key key = { .host = rule->host };
	struct tacit_named *found;

	__builtin_memcpy(key.addr, p->key.remote, sizeof(key.addr));
	found = bpf_map_lookup_elem(&named, &key);
	if (!found || (found->old && (p->protocol == IPPROTO_TCP ? p->begins : !rule_goes_on(p))))
		return 0;
	if (!p->asked)
		found->used = p->now;
	return 1;
}

static __always_inline int rule_covers(const struct tacit_rule *rule, const struct packet *p)
{
	__u32 bits = rule->prefix > 128 ? 128 : rule->prefix;

	if (rule->protocol && rule->protocol != p->protocol)
		return 0;
	if (rule->form && !(p->forms & FORM_BIT(rule->form & 7)))
		return 0;
	if (rule->port && rule->port != p->key.remote_port)
		return 0;
	return rule_word(rule->addr, p->key.remote, bits > 64 ? 64 : bits) &&
	       rule_word(rule->addr + 8, p->key.remote + 8, bits > 64 ? bits - 64 : 0);
}

/* By what the hooks recorded when the socket was connected or sent from. */
static __always_inline int rule_is_owned(const struct tacit_rule *rule,
					 const struct tacit_owner *owner)
{
	if (!owner)
		return 0;
	if (rule->owned & TACIT_OWNED_UID && rule->uid != owner->uid)
		return 0;
	if (!(rule->owned & TACIT_OWNED_CGROUP))
		return 1;
#pragma unroll
	for (int level = 1; level < TACIT_CGROUP_LEVELS; level++)
		if (rule->cgroup && rule->cgroup == owner->above[level])
			return 1;
	return 0;
}

static long rule_try(__u32 i, struct rule_walk *walk)
{
	struct tacit_rule *rule = &walk->policy->rule[i & (TACIT_RULES_MAX - 1)];
	__u32 index = i & (TACIT_RULES_MAX - 1);
	struct packet *p = walk->packet;
	__u64 *hit;

	if (!rule->rescue != (walk->want != RULE_WANT_RESCUE) ||
	    !rule->existing != (walk->want != RULE_WANT_EXISTING) || !rule_covers(rule, p) ||
	    (rule->owned && !rule_is_owned(rule, walk->owner)) || (rule->host && !rule_names(rule, p)))
		return 0;
	walk->match = RULE_ALLOWS + rule->class % TACIT_CLASSES;
	if (p->asked)
		return 1;
	if (rule->form == TACIT_FORM_QUIC || (rule->host && p->protocol != IPPROTO_TCP))
		bpf_map_update_elem(&datagrams, &p->key, &p->now, BPF_ANY);
	hit = bpf_map_lookup_elem(&hits, &index);
	if (hit)
		(*hit)++;
	return 1;
}

/* The first rule that covers the packet counts, of those that are wanted. @room: for whose it is */
static __noinline int rule_find(struct __sk_buff *skb, struct tacit_policy *pol, struct packet *p,
				__u32 want, struct tacit_owner *room)
{
	struct rule_walk walk = { .policy = pol, .packet = p, .want = want };
	__u32 rules;

	if (!pol || !p || !room)
		return RULE_NONE;
	p->asked = want == RULE_WANT_ANSWER;
	p->begins = p->protocol == IPPROTO_TCP && (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (pol->wants & TACIT_WANTS_FORM)
		form_read(skb, p);
	/* What is forwarded has no socket here, or another's. */
	if (pol->wants & TACIT_WANTS_OWNER && !p->forwarded)
		walk.owner = owner_of(skb, room) == OWNER_KNOWN ? room : 0;
	rules = pol->rules > TACIT_RULES_MAX ? TACIT_RULES_MAX : pol->rules;
	bpf_loop(rules, rule_try, &walk, 0);
	return walk.match;
}

#endif
