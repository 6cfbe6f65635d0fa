/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose a flow is: the device's own, or of what came in by one link. Addresses do
 * not tell: a machine behind the device may write the device's, an app may write a
 * machine's (IPV6_FREEBIND), and masquerading puts the device's on all of them.
 */
#ifndef TACIT_ORIGIN_H
#define TACIT_ORIGIN_H

#include "flow.h"

/* Where the flow's numbers are followed. */
static __always_inline int origin_is_counted(const struct tacit_flow *flow)
{
	return flow->state != TACIT_FLOW_ALLOWED && flow->state != TACIT_FLOW_UNVERIFIED &&
	       flow->state != TACIT_FLOW_DENIED;
}

/*
 * A RST that the other end takes: by what left, behind a FIN by one more, or by what
 * the other end acknowledged, as a stack answers what is of no connection of its own.
 */
static __always_inline int origin_resets(const struct packet *p, const struct tacit_flow *flow)
{
	if ((p->flags & (TCP_RST | TCP_SYN)) != TCP_RST || p->bytes)
		return 0;
	return (flow->accepted && p->seq == flow->heard) ||
	       (origin_is_counted(flow) && p->seq - flow->out.next <= 1);
}

/* May a SYN from elsewhere have the flow's ports? */
static __always_inline int origin_gives_way(const struct tacit_flow *flow)
{
	const __u8 both = TACIT_CLOSED_OUT | TACIT_CLOSED_IN;

	return flow->closed & TACIT_CLOSED_RESET || (flow->closed & both) == both ||
	       flow->state == TACIT_FLOW_DENIED ||
	       (!flow->accepted && flow->state != TACIT_FLOW_UNVERIFIED);
}

/* May the packet be of the flow? What comes from elsewhere does nothing to it. */
static __always_inline int origin_agrees(const struct packet *p, const struct tacit_flow *flow)
{
	return p->ingress == flow->ingress || origin_resets(p, flow) ||
	       (p->flags & TCP_SYN && origin_gives_way(flow));
}

/* What ends the flow, by a number that the other end takes, so that another machine on that link cannot. */
static __always_inline void origin_note_end(const struct packet *p, struct tacit_flow *flow)
{
	if (p->flags & TCP_FIN &&
	    (!origin_is_counted(flow) || flow->out.next - p->seq <= p->bytes))
		flow->closed |= TACIT_CLOSED_OUT;
	if (p->flags & TCP_RST && (!origin_is_counted(flow) || origin_resets(p, flow)))
		flow->closed |= TACIT_CLOSED_RESET;
	/* It came, and now it is acknowledged: a forged one is not. */
	if (p->flags & TCP_ACK && flow->fin_came && p->ack == flow->fin)
		flow->closed |= TACIT_CLOSED_IN;
}

#endif
