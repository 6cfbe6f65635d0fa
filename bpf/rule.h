/* SPDX-License-Identifier: GPL-2.0 */
/* Is there a rule for this packet? */
#ifndef TACIT_RULE_H
#define TACIT_RULE_H

#include "maps.h"
#include "packet.h"

enum rule_match {
	RULE_NONE,
	RULE_ALLOWS,
	RULE_URGENT, /* allows, and passes the slots */
};

struct rule_walk {
	struct tacit_policy *policy;
	struct packet *packet;
	__u32 rescue;
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

static __always_inline int rule_covers(const struct tacit_rule *rule, const struct packet *p)
{
	__u32 bits = rule->prefix > 128 ? 128 : rule->prefix;

	if (rule->protocol && rule->protocol != p->protocol)
		return 0;
	if (rule->port && rule->port != p->key.remote_port)
		return 0;
	return rule_word(rule->addr, p->key.remote, bits > 64 ? 64 : bits) &&
	       rule_word(rule->addr + 8, p->key.remote + 8, bits > 64 ? bits - 64 : 0);
}

static long rule_try(__u32 i, struct rule_walk *walk)
{
	struct tacit_rule *rule = &walk->policy->rule[i & (TACIT_RULES_MAX - 1)];
	__u32 index = i & (TACIT_RULES_MAX - 1);
	__u64 *hit;

	if (!rule->rescue != !walk->rescue || !rule_covers(rule, walk->packet))
		return 0;
	hit = bpf_map_lookup_elem(&hits, &index);
	if (hit)
		(*hit)++;
	walk->match = rule->urgent ? RULE_URGENT : RULE_ALLOWS;
	return 1;
}

/* The first rule that covers the packet counts; of all but [allow rescue], or of that one only. */
static __noinline int rule_find(struct tacit_policy *pol, struct packet *p, __u32 rescue)
{
	struct rule_walk walk = { .policy = pol, .packet = p, .rescue = rescue };
	__u32 rules;

	if (!pol || !p)
		return RULE_NONE;
	rules = pol->rules > TACIT_RULES_MAX ? TACIT_RULES_MAX : pol->rules;
	bpf_loop(rules, rule_try, &walk, 0);
	return walk.match;
}

#endif
