/* SPDX-License-Identifier: GPL-2.0 */
/* The root qdisc of a link: read, replaced by fq (tc-fq(8)), taken away. libnl knows no fq: attributes by hand. */
#ifndef QDISC_H
#define QDISC_H

#include <netlink/netlink.h>
#include <stdint.h>

#include "tacit_bpf.h"

struct qdisc {
	char kind[16];		/* of the root; "" where there is none */
	uint32_t handle;
	uint32_t horizon;	/* of fq, microseconds */
	uint32_t flow_limit;	/* of fq, packets */
	uint32_t limit;		/* of fq, packets */
	uint32_t held;		/* packets that wait */
	uint64_t drops;
	int paces;		/* of fq: TCP leaves its pacing to it (tc-fq(8), pacing) */
	uint64_t late_ns;	/* of fq: moving average of how long after its time a held packet was let go */
};

/* What a schedule, and what the link makes of it, ask of fq. Return: 0; -ERANGE where fq's clock cannot hold a packet so long. */
int qdisc_wanted(const struct tacit_schedule *s, const struct tacit_pace *pace, struct qdisc *wanted);

/* Is it an fq that holds packets as long, and as many, as wanted, and none for any other reason? */
int qdisc_holds(const struct qdisc *is, const struct qdisc *wanted);

/* Each: 0 or -errno, the kernel's. */
int qdisc_read(struct nl_sock *sock, unsigned int ifindex, struct qdisc *is);
int qdisc_put_fq(struct nl_sock *sock, unsigned int ifindex, const struct qdisc *wanted);
int qdisc_delete_root(struct nl_sock *sock, unsigned int ifindex);

#endif
