/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An uplink: an interface that is guarded and shaped. With slots on, it
 * must have fq (sch_fq) as root qdisc with a horizon beyond the longest hold,
 * and TCP must not send timestamps; both are set up, read back and watched over
 * rtnetlink (Documentation/networking, "rtnetlink" and tc-fq(8)).
 *
 * Functions return 0 or a negative errno, and then say in *p what is wrong and
 * the cure, unless their comment says otherwise.
 */
#ifndef UPLINK_H
#define UPLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "problem.h"
#include "tacit_bpf.h"

struct uplink;

enum uplink_state {
	UPLINK_ABSENT,	/* no such link */
	UPLINK_DOWN,	/* there, but not running */
	UPLINK_BARE,	/* running, but what slots need is missing: keep the guard closed */
	UPLINK_READY,
};

/* What is known of the link; filled by uplink_status(). */
struct uplink_status {
	enum uplink_state state;
	unsigned int ifindex;	/* 0 while absent */
	unsigned short type;	/* of its header: ARPHRD_* */
	char name[IFNAMSIZ];	/* its own; an alternative name finds it as well */
	uint32_t held;		/* packets that wait in the qdisc */
	uint64_t drops;		/* packets that the qdisc dropped: a hold beyond its horizon, or a full queue */
	uint64_t late_ns;	/* by how much fq lately let go after the time it was told: its own moving average */
	bool fq;
	bool timestamps;	/* the TCP stack still sends timestamps: bad with slots on */
	char text[PROBLEM_MAX];	/* why it is not ready; "" when it is */
};

/* Opens the sockets and starts watching. The link need not exist yet. */
int uplink_open(struct uplink **uplink, const char *name, struct problem *p);

/*
 * uplink_prepare - make the link ready for this schedule
 * @s: period 0 (slots are off) asks for nothing and changes nothing
 * @pace: what this link makes of it
 *
 * Puts fq as root qdisc unless one stands that is good enough (a multi-queue
 * root is replaced by a single fq: one queue holds all), turns net.ipv4.tcp_timestamps
 * off, and reads both back. Replacing a qdisc drops what it held. -ENODEV while
 * the link is absent.
 */
int uplink_prepare(struct uplink *uplink, const struct tacit_schedule *s, const struct tacit_pace *pace,
		   struct problem *p);

/*
 * Look again: the link, its qdisc, the sysctl, against the schedule of the last
 * uplink_prepare(); before the first, a link that is there is UPLINK_BARE.
 */
void uplink_status(struct uplink *uplink, struct uplink_status *status);

/*
 * Readable when the kernel announced something about links or qdiscs. The
 * callback runs once for a dispatch in which our link or its qdisc was named, or
 * announcements were lost; the status is fresh. The callback may call
 * uplink_prepare() and guard_link_set().
 */
int uplink_fd(const struct uplink *uplink);
typedef void uplink_change_fn(const struct uplink_status *status, void *context);

/* Return: 0 or -errno. */
int uplink_dispatch(struct uplink *uplink, uplink_change_fn *fn, void *context);

/* Frees the handle; the qdisc stays. */
void uplink_close(struct uplink *uplink);

/* Take the root qdisc away, so that the kernel's default comes back; for `tacitd --remove`. */
int uplink_remove(const char *name, struct problem *p);

const char *uplink_state_name(enum uplink_state state);

#endif
