// SPDX-License-Identifier: GPL-2.0
#include "qdisc.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "rtnl.h"

#define NSEC_PER_USEC 1000ull
#define USEC_PER_SEC 1000000ull
#define HORIZON_MIN (10 * USEC_PER_SEC)

/* Packets that one flow, and all of them, may have waiting: so many a second of holding, within reason. */
#define FLOW_PACKETS 100u
#define FLOW_PACKETS_A_SECOND 20u
#define FLOW_PACKETS_MAX 4096u
#define ALL_PACKETS 10000u
#define ALL_PACKETS_MAX 40000u

/* Ours is known by its handle when an operator looks. */
#define FQ_HANDLE 0x7ac10000u

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int qdisc_wanted(const struct tacit_schedule *s, const struct tacit_pace *pace, struct qdisc *wanted)
{
	/*
	 * The longest hold is from one slot's end to the next one's late start; with a budget,
	 * to that of the last one in which there may be room.
	 */
	uint64_t span = s->period * (pace->other ? pace->other : 1) * (pace->budget ? TACIT_BUDGET_AHEAD + 1 : 1);
	uint64_t longest = (span + s->jitter + s->open) / NSEC_PER_USEC + USEC_PER_SEC;
	uint64_t horizon = (span + s->period + s->jitter + s->open) / NSEC_PER_USEC + USEC_PER_SEC;
	uint64_t seconds = longest / USEC_PER_SEC;

	if (longest > UINT32_MAX)
		return -ERANGE;
	memset(wanted, 0, sizeof(*wanted));
	snprintf(wanted->kind, sizeof(wanted->kind), "fq");
	wanted->horizon = (uint32_t)(horizon < HORIZON_MIN ? HORIZON_MIN : least(horizon, UINT32_MAX));
	wanted->flow_limit = (uint32_t)least(FLOW_PACKETS + FLOW_PACKETS_A_SECOND * seconds, FLOW_PACKETS_MAX);
	wanted->limit = (uint32_t)least(ALL_PACKETS + 10 * FLOW_PACKETS_A_SECOND * seconds, ALL_PACKETS_MAX);
	return 0;
}

int qdisc_holds(const struct qdisc *is, const struct qdisc *wanted)
{
	return !strcmp(is->kind, "fq") && !is->paces && is->horizon >= wanted->horizon &&
	       is->flow_limit >= wanted->flow_limit && is->limit >= wanted->limit;
}

static struct nl_msg *request(int type, int flags, unsigned int ifindex, uint32_t handle)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)ifindex,
		.tcm_parent = TC_H_ROOT,
		.tcm_handle = handle,
	};
	struct nl_msg *m = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (m && nlmsg_append(m, &tc, sizeof(tc), NLMSG_ALIGNTO)) {
		nlmsg_free(m);
		m = NULL;
	}
	return m;
}

struct reading {
	unsigned int ifindex;
	struct qdisc *is;
};

static uint32_t u32_of(struct nlattr *a)
{
	return a && nla_len(a) >= (int)sizeof(uint32_t) ? nla_get_u32(a) : 0;
}

static void read_options(struct nlattr *options, struct qdisc *is)
{
	struct nlattr *fq[TCA_FQ_MAX + 1];

	if (!options || strcmp(is->kind, "fq") || nla_parse_nested(fq, TCA_FQ_MAX, options, NULL))
		return;
	is->horizon = u32_of(fq[TCA_FQ_HORIZON]);
	is->flow_limit = u32_of(fq[TCA_FQ_FLOW_PLIMIT]);
	is->limit = u32_of(fq[TCA_FQ_PLIMIT]);
	is->paces = u32_of(fq[TCA_FQ_RATE_ENABLE]) != 0;
}

static void read_statistics(struct nlattr *statistics, struct qdisc *is)
{
	struct nlattr *stats[TCA_STATS_MAX + 1];
	struct gnet_stats_queue queue;

	struct tc_fq_qd_stats fq = { 0 };

	if (!statistics || nla_parse_nested(stats, TCA_STATS_MAX, statistics, NULL) || !stats[TCA_STATS_QUEUE] ||
	    nla_len(stats[TCA_STATS_QUEUE]) < (int)sizeof(queue))
		return;
	/* Kernels differ in how many of fq's figures there are; this one stands early. */
	if (stats[TCA_STATS_APP] && !strcmp(is->kind, "fq")) {
		size_t bytes = (size_t)nla_len(stats[TCA_STATS_APP]);

		memcpy(&fq, nla_data(stats[TCA_STATS_APP]), bytes < sizeof(fq) ? bytes : sizeof(fq));
		is->late_ns = fq.unthrottle_latency_ns;
	}
	memcpy(&queue, nla_data(stats[TCA_STATS_QUEUE]), sizeof(queue));
	is->held = queue.qlen;
	is->drops = queue.drops;
}

static void on_qdisc(struct nlmsghdr *h, void *context)
{
	struct reading *reading = context;
	struct nlattr *a[TCA_MAX + 1];
	struct tcmsg *tc = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWQDISC || nlmsg_parse(h, sizeof(*tc), a, TCA_MAX, NULL) ||
	    tc->tcm_ifindex != (int)reading->ifindex || tc->tcm_parent != TC_H_ROOT || !a[TCA_KIND])
		return;
	memset(reading->is, 0, sizeof(*reading->is));
	nla_strlcpy(reading->is->kind, a[TCA_KIND], sizeof(reading->is->kind));
	reading->is->handle = tc->tcm_handle;
	read_options(a[TCA_OPTIONS], reading->is);
	read_statistics(a[TCA_STATS2], reading->is);
}

int qdisc_read(struct nl_sock *sock, unsigned int ifindex, struct qdisc *is)
{
	struct reading reading = { .ifindex = ifindex, .is = is };
	struct nl_msg *m = request(RTM_GETQDISC, NLM_F_DUMP, ifindex, 0);

	memset(is, 0, sizeof(*is));
	return m ? rtnl_ask(sock, m, on_qdisc, &reading) : -ENOMEM;
}

int qdisc_delete_root(struct nl_sock *sock, unsigned int ifindex)
{
	struct nl_msg *m = request(RTM_DELQDISC, 0, ifindex, 0);

	return m ? rtnl_ask(sock, m, NULL, NULL) : -ENOMEM;
}

int qdisc_put_fq(struct nl_sock *sock, unsigned int ifindex, const struct qdisc *wanted)
{
	struct nl_msg *m = request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, FQ_HANDLE);
	struct nlattr *options;

	if (!m)
		return -ENOMEM;
	/*
	 * horizon_drop: the other choice would send early what lies beyond. No pacing (nopacing): what TCP paces waits
	 * in its flow until then, and what the guard let into an open slot behind it until after its end.
	 */
	if (nla_put_string(m, TCA_KIND, "fq") || !(options = nla_nest_start(m, TCA_OPTIONS)) ||
	    nla_put_u32(m, TCA_FQ_PLIMIT, wanted->limit) || nla_put_u32(m, TCA_FQ_FLOW_PLIMIT, wanted->flow_limit) ||
	    nla_put_u32(m, TCA_FQ_HORIZON, wanted->horizon) || nla_put_u8(m, TCA_FQ_HORIZON_DROP, 1) ||
	    nla_put_u32(m, TCA_FQ_RATE_ENABLE, 0)) {
		nlmsg_free(m);
		return -ENOMEM;
	}
	nla_nest_end(m, options);
	return rtnl_ask(sock, m, NULL, NULL);
}
