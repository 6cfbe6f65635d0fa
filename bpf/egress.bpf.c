// SPDX-License-Identifier: GPL-2.0
/*
 * What may leave the uplink, and when. A packet's way: parsed (packet.h), its
 * flow found (flow.h) and its records read (tls_hello.h), then out at once or in
 * a slot (leave.h), or refused and told (report.h, reset.h).
 */
#include "exempt.h"
#include "flow.h"
#include "flow_open.h"
#include "hello.h"
#include "leave.h"
#include "let_out.h"
#include "link.h"
#include "origin.h"
#include "quoted.h"
#include "report.h"
#include "reset.h"
#include "rule.h"
#include "tcp_options.h"
#include "tls_sealed.h"

/* While the guard is shut nothing is allowed: [allow rescue] is no exception from TLS, whatever else covers it. */
static __always_inline int rule_for(struct __sk_buff *skb, struct tacit_policy *pol,
				    struct packet *p, __u32 want)
{
	if (p->rescue && want == RULE_WANT_ALLOW)
		return RULE_NONE;
	return rule_find(skb, pol, p, want, &scratch_of(p)->owner);
}

/* Both ends hear of it where they can, the operator by an event. */
static __noinline int refuse(struct __sk_buff *skb, struct tacit_policy *pol, struct packet *p,
			     __u32 reason)
{
	__u64 departure;
	int verdict;

	if (!p || reason >= TACIT_REASON_LIMIT)
		return TC_ACT_SHOT;
	if (pol && let_out(pol))
		return leave_at_once(skb, pol, TACIT_COUNT_OPENED);
	report_count(TACIT_COUNT_REFUSED);
	report_count(TACIT_COUNT_REASON_FIRST + reason);
	report_event(p, TACIT_BPF_EVENT_REFUSED, reason, scratch_owner(skb, p));
	/* A RST would reach whoever has that address, not who wrote the packet. */
	if (!pol || pol->refuse != TACIT_REFUSE_RESET || reason == TACIT_REASON_ANOTHERS)
		return TC_ACT_SHOT;
	/* It may be shut for a moment only, while fq or the warden comes back: connections survive. */
	if ((reason == TACIT_REASON_CLOSED || reason == TACIT_REASON_UNATTENDED) &&
	    !(p->flags & TCP_SYN))
		return TC_ACT_SHOT;
	verdict = reset(skb, p);
	return verdict == TC_ACT_UNSPEC ? leave_in_slot(skb, pol, p, TACIT_CLASS_OTHER, &departure) :
					    verdict;
}

/*
 * A flow's handshake passes the slots, for a bounded time and number of bytes;
 * once the server has chosen, only the client's last flight is left of it.
 */
static __always_inline int in_handshake(const struct tacit_flow *flow, __u32 end, __u64 now)
{
	if (flow->settled || flow->start == 0)
		return 0;
	if (flow->state != TACIT_FLOW_SYN && flow->state != TACIT_FLOW_HELLO &&
	    flow->state != TACIT_FLOW_VERIFIED)
		return 0;
	if (flow->state == TACIT_FLOW_VERIFIED && now - flow->verified > TACIT_FLIGHT_NS)
		return 0;
	return end - flow->first <= TACIT_HANDSHAKE_BYTES &&
	       now - flow->start <= TACIT_HANDSHAKE_NS;
}

static __always_inline int leave_flow(struct __sk_buff *skb, struct tacit_policy *pol,
				      struct packet *p, struct tacit_flow *flow)
{
	__u64 departure;

	flow->bytes += p->bytes;
	/* An end is no part of a handshake: when it comes may depend on what happened. */
	if (pol->schedule.period && !(p->flags & (TCP_FIN | TCP_RST)) &&
	    in_handshake(flow, p->seq + p->bytes, p->now))
		return leave_at_once(skb, pol, TACIT_COUNT_HANDSHAKE);
	return leave_in_slot(skb, pol, p, flow->class, &departure);
}

/* @flow: of TCP; to be shown with the rule's class */
static __always_inline int leave_by_rule(struct __sk_buff *skb, struct tacit_policy *pol,
					 const struct packet *p, struct tacit_flow *flow,
					 int match)
{
	__u64 departure;

	if (flow)
		flow->class = match - RULE_ALLOWS;
	return leave_in_slot(skb, pol, p, match - RULE_ALLOWS, &departure);
}

/* The engine's connections are known by its user: what an app says of itself counts for nothing. */
static __always_inline __u32 class_of(const struct tacit_policy *pol,
				      const struct tacit_owner *owner)
{
	return owner && owner->pid && owner->uid == pol->channel_uid ? TACIT_CLASS_CHANNEL : TACIT_CLASS_OTHER;
}

/* A SYN of the device: the flow begins, and in a slot. */
static __always_inline int opened_here(struct __sk_buff *skb, struct tacit_policy *pol,
				       struct packet *p, struct tacit_flow *flow)
{
	struct tacit_owner *owner;
	__u64 departure = 0;
	int verdict;

	/*
	 * The same SYN again keeps its flow, while nothing but it was said: where something was, it opens
	 * another connection, whose numbers only happen to be the same, or were made to be.
	 */
	if (!flow || flow->first != p->seq + 1 || flow->state != TACIT_FLOW_SYN ||
	    flow->out.next != flow->first) {
		bpf_map_delete_elem(&hellos, &p->key);
		owner = scratch_owner(skb, p);
		flow = flow_open(p, TACIT_FLOW_SYN, p->seq + 1, owner);
		if (flow) {
			flow->class = class_of(pol, owner);
			flow->unstamped = 1;
		}
	}
	if (!flow)
		return refuse(skb, pol, p, TACIT_REASON_TABLE_FULL);
	verdict = leave_in_slot(skb, pol, p, flow->class, &departure);
	flow->start = departure;
	/* A reset that met an earlier copy of this SYN did not end the flow. */
	flow->closed = 0;
	if (p->timestamps)
		flow->unstamped = 0;
	return verdict;
}

/*
 * Does it answer a SYN that came in by this uplink? Nobody behind the device writes that one. Each is
 * good for one number of ours, which may leave again until it is acknowledged.
 */
static __always_inline int answers(const struct packet *p)
{
	struct tacit_opening answer = { .first = p->seq + 1, .theirs = p->ack, .ingress = p->ingress };
	struct tacit_opening *before;
	__u32 *theirs = bpf_map_lookup_elem(&asked, &p->key);

	if (theirs && *theirs == p->ack) {
		bpf_map_update_elem(&opening, &p->key, &answer, BPF_ANY);
		bpf_map_delete_elem(&asked, &p->key);
		return 1;
	}
	before = bpf_map_lookup_elem(&opening, &p->key);
	return before && before->first == answer.first && before->theirs == answer.theirs &&
	       before->ingress == answer.ingress;
}

/*
 * The device's answer to a SYN from outside; the flow begins when the other end acknowledges it (ingress).
 * A SYN-ACK that answers nothing would make a server's flow of what the other end takes for a client's.
 */
static __always_inline int opened_there(struct __sk_buff *skb, struct tacit_policy *pol,
					struct packet *p, struct tacit_flow *flow)
{
	/* Simultaneous open (RFC 9293, 3.5): the device opened it too, so its own ServerHello proves nothing. */
	if (flow && flow->first == p->seq + 1 && !flow->passive)
		return TC_ACT_SHOT;
	/* Acknowledged, and sent again: a server that waits for data (TCP_DEFER_ACCEPT) does. */
	if (flow && flow->first == p->seq + 1 && flow->state == TACIT_FLOW_PASSIVE &&
	    flow->out.next == flow->first)
		return leave_at_once(skb, pol, TACIT_COUNT_PASSED);
	if (!answers(p))
		return refuse(skb, pol, p, TACIT_REASON_UNKNOWN_FLOW);
	/* What had these ports is over. What it may send again unread the other end could take for the new one's. */
	if (flow)
		flow_deny(flow, p->turn, TACIT_REASON_UNKNOWN_FLOW);
	return leave_at_once(skb, pol, TACIT_COUNT_PASSED);
}

static __always_inline int tcp_opens(struct __sk_buff *skb, struct tacit_policy *pol,
				     struct packet *p, struct tacit_flow *flow)
{
	struct tacit_flow *old;
	int match, stamps;

	if (p->bytes)
		return refuse(skb, pol, p, TACIT_REASON_DATA_IN_SYN);
	/*
	 * For repair, a destination that can be reached counts for more than that a held SYN tells its time. A
	 * SYN-ACK answers a SYN whose timestamps came in: both ends would use them, whatever becomes of it.
	 */
	stamps = !pol->schedule.period || p->rescue;
	if (!stamps && p->timestamps && (!p->forwarded || p->flags & TCP_ACK))
		return refuse(skb, pol, p, TACIT_REASON_TIMESTAMPS);
	if (options_judge(skb, p, options_of_syn(stamps)))
		return refuse(skb, pol, p, TACIT_REASON_MALFORMED);
	match = rule_for(skb, pol, p, RULE_WANT_ALLOW);
	if (match != RULE_NONE) {
		/* For the list of flows: a full table matters only where another's flow would go on to be judged. */
		if (!flow || flow->first != p->seq + 1 || flow->state != TACIT_FLOW_ALLOWED) {
			old = flow;
			flow = flow_open(p, TACIT_FLOW_ALLOWED, p->seq + 1, scratch_owner(skb, p));
			if (old && !flow)
				return refuse(skb, pol, p, TACIT_REASON_TABLE_FULL);
		}
		return leave_by_rule(skb, pol, p, flow, match);
	}
	if (p->flags & TCP_ACK)
		return opened_there(skb, pol, p, flow);
	return opened_here(skb, pol, p, flow);
}

static __noinline int refuse_flow(struct __sk_buff *skb, struct tacit_policy *pol,
				  struct packet *p, struct tacit_flow *flow, __u32 reason)
{
	if (!flow)
		return TC_ACT_SHOT;
	flow_deny(flow, p->turn, reason);
	return refuse(skb, pol, p, reason);
}

static __always_inline void verified(struct packet *p, struct tacit_flow *flow)
{
	/* Before the state: what stands before it is read again. */
	if (flow->state == TACIT_FLOW_PASSIVE)
		flow->proved = scratch_of(p)->read.proved;
	if (!flow_move(flow, p->turn, TACIT_FLOW_PASSIVE, TACIT_FLOW_VERIFIED))
		return;
	flow->verified = p->now;
	report_count(TACIT_COUNT_VERIFIED);
	report_event(p, TACIT_BPF_EVENT_VERIFIED, 0, flow->known ? &flow->owner : 0);
}

/*
 * What is sent again from here, does the proof hang on it? A server that chose
 * TLS 1.3 takes nothing else any more; a client whose server is the device chose
 * nothing, so that a decoy may be all that left of the ServerHello.
 */
static __always_inline int is_unproved(const struct tacit_flow *flow, __u32 seq)
{
	return flow->state != TACIT_FLOW_VERIFIED ||
	       (flow->passive && sequence_before(seq, flow->proved));
}

/*
 * Older is what lies less than half of all numbers back. So that what is new never
 * looks old, the mark follows a long flow at the length of the largest window
 * (RFC 7323, 2.3): nothing older is sent again.
 */
static __always_inline void proof_follows(struct tacit_flow *flow)
{
	if (flow->passive && flow->state == TACIT_FLOW_VERIFIED &&
	    flow->out.next - flow->proved > TCP_WINDOW_MAX)
		flow->proved = flow->out.next - TCP_WINDOW_MAX;
}

/* A segment of a flow that is not proved: all of it, from where it begins. */
static __always_inline __u32 read_unproved(struct __sk_buff *skb, const struct packet *p,
					   struct tacit_flow *flow, struct tls_read *read)
{
	__u32 known = flow->out.next - p->seq, reason;

	place_keep(flow, &read->r);
	/* What offload makes segments of is sent again by segments; what was new may be, too. */
	if (skb->gso_size)
		tls_part(read, skb->gso_size, skb->gso_size);
	else
		tls_part(read, known, p->bytes);
	reason = tls_read(skb, read, flow);
	if (!reason && !read->verified) {
		if (p->seq + p->bytes - flow->first > TACIT_HANDSHAKE_BYTES)
			return TACIT_REASON_MALFORMED;
		/* Where it ends is known as the flow's `next`, if it is the furthest. */
		if (sequence_before(read->r.next, flow->out.next))
			place_keep(flow, &read->r);
	}
	return reason;
}

/* Payload of a flow that must prove itself, or did. */
static __always_inline int tcp_payload(struct __sk_buff *skb, struct tacit_policy *pol,
				       struct packet *p, struct tacit_flow *flow)
{
	__u32 end = p->seq + p->bytes, known = flow->out.next - p->seq;
	struct tls_read *read = &scratch_of(p)->read;
	__u32 reason;
	int unproved;

	proof_follows(flow);
	unproved = is_unproved(flow, p->seq);
	/* Bytes before it were not let out: the stack sends them again, in order. */
	if (sequence_before(flow->out.next, p->seq))
		return TC_ACT_SHOT;
	/*
	 * What the proof hangs on is read where nobody can write any more: a packet's pages may be the app's
	 * (sendfile, MSG_ZEROCOPY), and it waits in queues. Where there is no memory TCP tries again.
	 */
	if (unproved && bpf_skb_pull_data(skb, skb->len))
		return TC_ACT_SHOT;
	/* All of it was read when it left for the first time. */
	if (!unproved && !sequence_before(flow->out.next, end))
		return leave_flow(skb, pol, p, flow);
	if (!unproved &&
	    tls_read_sealed(skb, &flow->out, p->payload + known, p->bytes - known))
		return leave_flow(skb, pol, p, flow);

	read->r = flow->out;
	/* What begins where nothing began or ended cannot be read again; nor could TCP's next try. */
	if (unproved && known && !place_find(flow, p->seq, &read->r))
		return refuse(skb, pol, p, TACIT_REASON_SENT_AGAIN);
	flow_read_from(read, p);
	read->client = !flow->passive;
	read->retried = flow->retried;
	read->verified = !unproved;
	reason = unproved ? read_unproved(skb, p, flow, read) : tls_read(skb, read, 0);
	if (read->name_at || read->alpn_at)
		hello_note(skb, p, read);
	if (reason)
		return refuse_flow(skb, pol, p, flow, reason);
	if (sequence_before(flow->out.next, end))
		flow->out = read->r;
	flow_move(flow, p->turn, TACIT_FLOW_SYN, TACIT_FLOW_HELLO);
	if (read->outcome == TLS_VERIFIED)
		verified(p, flow);
	return leave_flow(skb, pol, p, flow);
}

/* Older than the guard, or forgotten by the sweep. */
static __always_inline int tcp_unknown(struct __sk_buff *skb, struct tacit_policy *pol,
				       struct packet *p)
{
	int match = rule_for(skb, pol, p, RULE_WANT_ALLOW);
	struct tacit_flow *flow;
	__u64 departure;

	if (match != RULE_NONE) {
		flow = flow_open(p, TACIT_FLOW_ALLOWED, p->seq + 1, scratch_owner(skb, p));
		return leave_by_rule(skb, pol, p, flow, match);
	}
	/* The kernel's answer to a stray segment; it carries nothing. */
	if (p->flags & TCP_RST && !p->bytes && (!p->forwarded || options_are_of_stray(p)))
		return leave_in_slot(skb, pol, p, TACIT_CLASS_OTHER, &departure);
	return refuse(skb, pol, p, TACIT_REASON_UNKNOWN_FLOW);
}

static __always_inline void tcp_note(struct packet *p, struct tacit_flow *flow, __u32 priority)
{
	flow->last = p->now;
	if (p->flags & TCP_ACK)
		flow->acked = p->ack;
	origin_note_end(p, flow);
	if (priority == TACIT_PRIORITY_SETTLED)
		flow->settled = 1;
}

/* Only a rule lets it out. */
static __always_inline int is_by_rule(const struct packet *p, const struct tacit_flow *flow)
{
	return flow && !(p->flags & TCP_SYN) &&
	       (flow->state == TACIT_FLOW_ALLOWED || flow->state == TACIT_FLOW_UNVERIFIED);
}

static __always_inline int tcp_leaves(struct __sk_buff *skb, struct tacit_policy *pol,
				      struct packet *p, struct tacit_flow *flow)
{
	int match;

	if (p->flags & TCP_SYN)
		return tcp_opens(skb, pol, p, flow);
	if (!flow)
		return tcp_unknown(skb, pol, p);
	if (p->flags & TCP_RST && p->bytes)
		return refuse(skb, pol, p, TACIT_REASON_MALFORMED);
	if (is_by_rule(p, flow)) {
		flow->bytes += p->bytes;
		match = rule_for(skb, pol, p, flow->state == TACIT_FLOW_ALLOWED ?
					       RULE_WANT_ALLOW : RULE_WANT_EXISTING);
		if (match == RULE_NONE)
			return refuse(skb, pol, p, flow->state == TACIT_FLOW_ALLOWED ?
						   TACIT_REASON_NOT_TLS :
						   TACIT_REASON_UNKNOWN_FLOW);
		return leave_by_rule(skb, pol, p, flow, match);
	}
	if (!p->bytes)
		return leave_flow(skb, pol, p, flow);
	if (flow->state == TACIT_FLOW_DENIED)
		return refuse(skb, pol, p, flow->reason);
	return tcp_payload(skb, pol, p, flow);
}

SEC("tc")
int tacit_egress(struct __sk_buff *skb)
{
	__u32 zero = 0, priority = skb->priority;
	struct tacit_policy *pol = bpf_map_lookup_elem(&policy, &zero);
	const struct tacit_link *link;
	struct tacit_flow *flow = 0;
	struct scratch *room = scratch_room();
	int reason, match;
	__u64 departure;
	struct packet *p;
	__u8 place = 0;

	if (!pol || !room)
		return TC_ACT_SHOT;
	p = &room->packet;
	if ((skb->protocol == bpf_htons(ETH_P_ARP) && packet_is_arp(skb) && exempt_type_agrees(skb)) ||
	    (skb->protocol == bpf_htons(ETH_P_PAE) && exempt_is_eapol(skb)))
		return leave_at_once(skb, pol, TACIT_COUNT_PASSED);
	link = link_find(pol, skb->ifindex, &place);
	if (!link) {
		packet_clear(skb, p);
		return refuse(skb, pol, p, TACIT_REASON_CLOSED);
	}
	reason = packet_read(skb, p, link->header, 1);
	p->link = place;
	if (!reason && link->header == ETH_HLEN && !exempt_type_agrees(skb))
		reason = TACIT_REASON_MALFORMED;
	if (!reason && packet_cut(skb, p->end))
		reason = TACIT_REASON_MALFORMED;
	if (reason)
		return refuse(skb, pol, p, reason);
	/*
	 * As of TCP, a form is read where nobody can write any more. Of several datagrams in one packet
	 * (UDP_SEGMENT) only the first one's head is, which is no more than a courtesy.
	 */
	if (p->protocol == IPPROTO_UDP && !skb->gso_size && bpf_skb_pull_data(skb, skb->len))
		return TC_ACT_SHOT;
	if (exempt_is_upkeep(skb, p))
		return leave_at_once(skb, pol, TACIT_COUNT_PASSED);

	if (p->protocol == IPPROTO_TCP) {
		if (flow_find(p, &flow))
			return TC_ACT_SHOT;
		if (flow && !origin_agrees(p, flow))
			return refuse(skb, pol, p, TACIT_REASON_ANOTHERS);
		if (flow)
			tcp_note(p, flow, priority);
		if (!(p->flags & TCP_SYN) && options_judge(skb, p, options_of_flow(p, flow)))
			return refuse(skb, pol, p, TACIT_REASON_MALFORMED);
		/* Of a connection; a machine behind the device may write any others. */
		if (packet_is_bare_ack(p) && (flow || !p->forwarded))
			return leave_at_once(skb, pol, TACIT_COUNT_PASSED);
	}
	reason = link_shut(pol, link, p->now);
	if (reason) {
		p->rescue = p->protocol == IPPROTO_TCP && !is_by_rule(p, flow) &&
			    rule_for(skb, pol, p, RULE_WANT_RESCUE) != RULE_NONE;
		if (!p->rescue)
			return refuse(skb, pol, p, reason);
	}
	if (p->protocol == IPPROTO_TCP)
		return tcp_leaves(skb, pol, p, flow);
	if (packet_is_icmp_error(p) && error_may_leave(skb, p))
		return leave_in_slot(skb, pol, p, TACIT_CLASS_OTHER, &departure);
	match = rule_for(skb, pol, p, RULE_WANT_ALLOW);
	if (match == RULE_NONE) {
		/* For the event: the rule that would allow it names the form. */
		form_read(skb, p);
		return refuse(skb, pol, p, TACIT_REASON_PROTOCOL);
	}
	return leave_by_rule(skb, pol, p, 0, match);
}

char LICENSE[] SEC("license") = "GPL";
