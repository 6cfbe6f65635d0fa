// SPDX-License-Identifier: GPL-2.0
/*
 * An errno for the app. What it sends by UDP and the like comes by here once its
 * route is known and before its system call returns; what the egress program
 * would refuse is refused here, and the call fails with EPERM instead of nothing
 * ever coming back. (TCP hears of it by a RST; connect() then by ECONNREFUSED.)
 *
 * This is a courtesy: where it is not sure, it lets go, and egress decides. It
 * stands on the root cgroup, and so sees every network namespace: interface
 * numbers count only for sockets of the uplinks' own, which is known of those
 * that connect.bpf.c has seen. Raw sockets and ping are not among them.
 */
#include "let_out.h"
#include "link.h"
#include "report.h"
#include "rule.h"

#define GO 1
#define FAIL 0 /* the call, with EPERM */

/* Copies of these stay on the machine, whatever the uplink says, and would go too. */
static __always_inline int is_to_many(const struct packet *p)
{
	const __u8 *to = p->key.remote;

	return p->ipv6 ? to[0] == 0xff : to[12] >= 224 || to[15] == 255;
}

static __always_inline int is_here(const struct tacit_policy *pol, struct __sk_buff *skb,
				   struct tacit_owner *owner)
{
	return pol->netns && owner_of(skb, owner) == OWNER_KNOWN && owner->netns == pol->netns;
}

/* Return: why egress would refuse it, 0 if it would not or might not. */
static __always_inline __u32 refused(struct __sk_buff *skb, struct tacit_policy *pol,
				     const struct tacit_link *link, struct packet *p,
				   struct tacit_owner *room)
{
	__u32 reason;

	/* Here a packet begins with its IP header, and discovery is the kernel's. */
	if (packet_read(skb, p, 0, 1) || p->protocol == IPPROTO_TCP || is_to_many(p) ||
	    packet_is_dhcp(p) || let_out(pol))
		return 0;
	reason = link_shut(pol, link, p->now);
	if (reason)
		return reason;
	if (packet_is_icmp_error(p) ||
	    rule_find(skb, pol, p, RULE_WANT_ANSWER, room) != RULE_NONE)
		return 0;
	form_read(skb, p);
	return TACIT_REASON_PROTOCOL;
}

SEC("cgroup_skb/egress")
int tacit_answer(struct __sk_buff *skb)
{
	__u32 zero = 0, reason;
	struct tacit_policy *pol = bpf_map_lookup_elem(&policy, &zero);
	const struct tacit_link *link;
	struct tacit_owner owner;
	struct packet p;
	__u8 next, place;

	if (!pol || pol->refuse != TACIT_REFUSE_RESET)
		return GO;
	/* Most of what is sent. */
	if (bpf_skb_load_bytes(skb, skb->protocol == bpf_htons(ETH_P_IP) ? 9 : 6, &next, 1) ||
	    next == IPPROTO_TCP)
		return GO;
	link = link_find(pol, skb->ifindex, &place);
	if (!link || !is_here(pol, skb, &owner))
		return GO;
	reason = refused(skb, pol, link, &p, &owner);
	if (!reason)
		return GO;
	report_count(TACIT_COUNT_REFUSED);
	report_count(TACIT_COUNT_REASON_FIRST + (reason & 15));
	report_event(&p, TACIT_BPF_EVENT_REFUSED, reason, &owner);
	return FAIL;
}

char LICENSE[] SEC("license") = "GPL";
