// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in on the uplink is mostly looked at: the server's choice of TLS 1.3
 * is what verifies a flow that the device opened. Segments are dropped here in
 * three cases, all repaired by TCP. Before the choice is known: those ahead of a
 * gap, which could not be read, and those that acknowledge something which was never
 * sent, which no honest server writes. And those of a flow that is being freed. Where what the device
 * serves is limited (limit.h), so are connections over the limit and TCP in
 * pieces or dress in which its SYNs could not be counted.
 */
#include <linux/pkt_cls.h>
#include "arrived.h"
#include "flow.h"
#include "flow_open.h"
#include "limit.h"
#include "link.h"
#include "report.h"

static __always_inline void note_end(struct packet *p, struct tacit_flow *flow)
{
	if (p->flags & TCP_ACK)
		flow->heard = p->ack;
	if (p->flags & TCP_FIN) {
		flow->fin = p->seq + p->bytes + 1;
		flow->fin_came = 1;
	}
	/* As TCP itself would take it (RFC 5961, 3.2), so that a forged one does not count. */
	if (p->flags & TCP_RST && (p->seq == flow->acked || flow->state == TACIT_FLOW_SYN))
		flow->closed |= TACIT_CLOSED_RESET;
}

static __always_inline void verified(struct packet *p, struct tacit_flow *flow)
{
	/* Before the state: the last flight's time is counted from here. */
	flow->verified = p->now;
	if (!flow_move(flow, p->turn, TACIT_FLOW_HELLO, TACIT_FLOW_VERIFIED))
		return;
	flow->closed = 0;
	report_count(TACIT_COUNT_VERIFIED);
	report_event(p, TACIT_BPF_EVENT_VERIFIED, 0, flow->known ? &flow->owner : 0);
}

/* The server's bytes on the way to its hello. */
static __always_inline int server_payload(struct __sk_buff *skb, struct packet *p,
					  struct tacit_flow *flow)
{
	struct tls_read *read = &scratch_of(p)->read;
	__u32 reason;

	/* Who speaks before the client does no TLS: the client's first payload is then refused. */
	if (p->ack == flow->first) {
		/* Old bytes say nothing: some stacks' keepalives bring one (RFC 9293, 3.8.4). */
		if (!sequence_before(flow->in.next, p->seq + p->bytes))
			return TC_ACT_OK;
		flow_deny(flow, p->turn, TACIT_REASON_NOT_TLS);
		return TC_ACT_OK;
	}
	if (!sequence_before(flow->first, p->ack) || sequence_before(flow->out.next, p->ack))
		return TC_ACT_SHOT;
	if (sequence_before(flow->in.next, p->seq))
		return TC_ACT_SHOT;
	if (!sequence_before(flow->in.next, p->seq + p->bytes))
		return TC_ACT_OK;

	read->r = flow->in;
	flow_read_from(read, p);
	read->hello_only = 1;
	reason = tls_read(skb, read, 0);
	flow->in = read->r;
	if (reason)
		flow_deny(flow, p->turn, reason);
	else if (read->outcome == TLS_RETRIED)
		flow->retried = 1;
	else if (read->outcome == TLS_VERIFIED)
		verified(p, flow);
	return TC_ACT_OK;
}

/* A SYN comes in: an answer may leave. */
static __always_inline void asked_note(const struct packet *p)
{
	__u32 theirs = p->seq + 1;

	bpf_map_update_elem(&asked, &p->key, &theirs, BPF_ANY);
}

/*
 * The other end has seen the device's SYN-ACK: it is where it says it is, and a flow. What had its ports
 * was denied when that left, and gives way only now: only the other end knows whether it asked for it.
 */
static __always_inline void accepted(struct packet *p)
{
	struct tacit_opening *entry = bpf_map_lookup_elem(&opening, &p->key);
	struct tacit_flow *flow;

	if (!entry || p->ack != entry->first || p->seq != entry->theirs)
		return;
	/* Whoever answered has the flow. */
	p->ingress = entry->ingress;
	flow = flow_open(p, TACIT_FLOW_PASSIVE, entry->first, 0);
	if (!flow) {
		report_count(TACIT_COUNT_REFUSED);
		report_count(TACIT_COUNT_REASON_FIRST + TACIT_REASON_TABLE_FULL);
		report_event(p, TACIT_BPF_EVENT_REFUSED, TACIT_REASON_TABLE_FULL, 0);
		return;
	}
	flow->accepted = 1;
	note_end(p, flow);
	bpf_map_delete_elem(&opening, &p->key);
}

/* Could it be a SYN that cannot be counted? Whole stacks do not send TCP in fragments. */
static __always_inline int hides_syn(struct __sk_buff *skb, const struct packet *p, int reason)
{
	__u8 next = IPPROTO_TCP;

	if (reason == TACIT_REASON_FRAGMENT && p->ipv6) {
		bpf_skb_load_bytes(skb, p->l4, &next, sizeof(next));
		return next != IPPROTO_UDP && next != IPPROTO_ICMPV6;
	}
	if (reason == TACIT_REASON_FRAGMENT)
		return p->protocol == IPPROTO_TCP;
	return reason == TACIT_REASON_MALFORMED;
}

SEC("tc")
int tacit_ingress(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct tacit_policy *pol = bpf_map_lookup_elem(&policy, &zero);
	struct scratch *room = scratch_room();
	const struct tacit_link *link;
	struct tacit_flow *flow;
	struct packet *p;
	__u8 place;
	int reason;

	if (!pol || !room)
		return TC_ACT_OK;
	p = &room->packet;
	link = link_find(pol, skb->ifindex, &place);
	/* Nothing of it may leave, either. */
	if (!link)
		return TC_ACT_OK;
	reason = packet_read(skb, p, link->header, 0);
	arrived_note(skb, p);
	if (reason)
		return pol->limits && hides_syn(skb, p, reason) ? TC_ACT_SHOT : TC_ACT_OK;
	if (p->protocol != IPPROTO_TCP)
		return TC_ACT_OK;
	if (pol->limits && (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && limit_is_over(pol, p))
		return TC_ACT_SHOT;
	if (flow_find(p, &flow))
		return TC_ACT_SHOT;
	if ((p->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		asked_note(p);
	if ((!flow || flow->state == TACIT_FLOW_DENIED) &&
	    (p->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK)
		accepted(p);
	if (!flow)
		return TC_ACT_OK;
	flow->last = p->now;
	note_end(p, flow);
	if (flow->passive) {
		/* The other end is where it says it is. */
		if (p->flags & TCP_ACK && p->ack == flow->first)
			flow->accepted = 1;
		return TC_ACT_OK;
	}
	/* Acknowledged is what only the other end has seen. */
	if (flow->state == TACIT_FLOW_ALLOWED) {
		if (p->flags & TCP_ACK && !sequence_before(p->ack, flow->first))
			flow->accepted = 1;
		return TC_ACT_OK;
	}
	if (p->flags & TCP_SYN) {
		if (p->flags & TCP_ACK && p->ack == flow->first && flow->state == TACIT_FLOW_SYN) {
			/* All of it: an earlier flow on these ports may have been written last. */
			__builtin_memset(&flow->in, 0, sizeof(flow->in));
			flow->in.next = p->seq + 1;
			flow->accepted = 1;
		}
		return TC_ACT_OK;
	}
	if (!p->bytes || !flow->accepted)
		return TC_ACT_OK;
	if (flow->state == TACIT_FLOW_SYN || flow->state == TACIT_FLOW_HELLO)
		return server_payload(skb, p, flow);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
