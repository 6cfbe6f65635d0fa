// SPDX-License-Identifier: GPL-2.0
#include "barrier.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "guard.h"
#include "standing.h"

#define TABLE "tacit"
#define CHAIN "leaves"
#define HEAR_AT_ONCE 256
/* Last of all, behind what translates addresses: the link is settled there. */
#define PRIORITY 300

/* A bridge sends by its ports past the hooks of inet. */
static const uint8_t families[BARRIER_TABLES] = { NFPROTO_INET, NFPROTO_BRIDGE };

static void table(struct nft_batch *b, int type, int flags)
{
	struct nl_msg *m = nft_table_message(b, type, flags | NLM_F_ACK);

	if (m)
		nla_put_string(m, NFTA_TABLE_NAME, TABLE);
	nft_add(b, m);
}

static void chain(struct nft_batch *b)
{
	struct nl_msg *m = nft_table_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK);
	struct nlattr *hook;

	if (m) {
		nla_put_string(m, NFTA_CHAIN_TABLE, TABLE);
		nla_put_string(m, NFTA_CHAIN_NAME, CHAIN);
		hook = nla_nest_start(m, NFTA_CHAIN_HOOK);
		/* Of a bridge it has the same number. */
		nft_put_be32(m, NFTA_HOOK_HOOKNUM, NF_INET_POST_ROUTING);
		nft_put_be32(m, NFTA_HOOK_PRIORITY, PRIORITY);
		nla_nest_end(m, hook);
		nft_put_be32(m, NFTA_CHAIN_POLICY, NF_ACCEPT);
		nla_put_string(m, NFTA_CHAIN_TYPE, "filter");
	}
	nft_add(b, m);
}

static struct nl_msg *rule_begin(const struct nft_batch *b, struct nlattr **list)
{
	struct nl_msg *m = nft_table_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK | NLM_F_ECHO);

	if (m) {
		nla_put_string(m, NFTA_RULE_TABLE, TABLE);
		nla_put_string(m, NFTA_RULE_CHAIN, CHAIN);
		*list = nla_nest_start(m, NFTA_RULE_EXPRESSIONS);
	}
	return m;
}

static void rule_end(struct nft_batch *b, struct nl_msg *m, struct nlattr *list, int verdict)
{
	if (m) {
		nft_decide(m, verdict);
		nla_nest_end(m, list);
	}
	nft_add(b, m);
}

/* By a bridge come other frames than of IP, and frames of VLANs with IP in them: of all that, ARP alone passes. */
static void arp(struct nft_batch *b)
{
	const uint16_t protocol = htons(ETH_P_ARP);
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m)
		nft_compare(m, NFT_META_PROTOCOL, NFT_CMP_EQ, &protocol, sizeof(protocol));
	rule_end(b, m, list, NF_ACCEPT);
}

/* The link with the guard; with a program (not negative) only while that says that it stayed. */
static void the_link(struct nft_batch *b, uint32_t ifindex, int program, int verdict)
{
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m) {
		nft_compare(m, NFT_META_OIF, NFT_CMP_EQ, &ifindex, sizeof(ifindex));
		if (program >= 0)
			nft_ask(m, program);
	}
	rule_end(b, m, list, verdict);
}

/* Whatever bears the name. */
static void the_name(struct nft_batch *b, const char *name, int verdict)
{
	char padded[IF_NAMESIZE] = "";
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m) {
		memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
		nft_compare(m, NFT_META_OIFNAME, NFT_CMP_EQ, padded, sizeof(padded));
	}
	rule_end(b, m, list, verdict);
}

/*
 * nft(8) of Debian 12 lists a rule that asks without the question. So what is listed, saved and
 * loaded again must be sense without it: it lets the link pass as if it had stayed.
 */
static void rules(struct nft_batch *b, const struct barrier_link *link, int program)
{
	if (link->ifindex)
		the_link(b, link->ifindex, program, NF_ACCEPT);
	/* It left, and is without the guard if it is back: whatever its name is by now. */
	if (link->ifindex && program >= 0)
		the_link(b, link->ifindex, -1, NF_DROP);
	the_name(b, link->name, NF_DROP);
}

/*
 * The kernel loads xt_bpf for the asking, but not for a rule of the family inet
 * (nfnetlink's own way of iptables-nft, NFNL_MSG_COMPAT_GET).
 */
static int load_match(void)
{
	struct nft_batch b = { .used = 0 };
	struct nl_msg *m = nft_message(NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET, NLM_F_ACK, NFPROTO_IPV4, 0);

	if (m) {
		nla_put_string(m, NFTA_COMPAT_NAME, "bpf");
		nft_put_be32(m, NFTA_COMPAT_REV, 1);
		nft_put_be32(m, NFTA_COMPAT_TYPE, 0); /* a match, no target */
	}
	nft_add(&b, m);
	return nft_exchange(&b, NULL);
}

/*
 * Watch the links that are guarded. Entered first and looked at then: a link that leaves after
 * that is known to have left, and one that left before has no guard, and so is none of ours.
 */
static int watch(int map, struct barrier_link *links, size_t count, int programs[CONFIG_UPLINKS_MAX])
{
	int error = map < 0 ? map : load_match();

	for (uint32_t i = 0; i < count; i++) {
		if (links[i].ifindex && ((map >= 0 && standing_enter(map, i, links[i].ifindex)) ||
					 !guard_stands(links[i].ifindex)))
			links[i].ifindex = 0;
		if (!error && links[i].ifindex) {
			programs[i] = standing_program(map, i);
			error = programs[i] < 0 ? programs[i] : 0;
		}
	}
	return error;
}

/* The kernel tells of what it made in the same step: what another program does after that is not taken for ours. */
static int replace(uint8_t family, const struct barrier_link *links, size_t count,
		   const int programs[CONFIG_UPLINKS_MAX], struct nft_table *made)
{
	struct nft_batch b = { .family = family };
	struct nft_table told = { .handle = 0 };
	int error;

	nft_bracket(&b, NFNL_MSG_BATCH_BEGIN);
	/* Made if it is not there, so that it can be taken away, and made anew. */
	table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	table(&b, NFT_MSG_DELTABLE, 0);
	table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ECHO);
	chain(&b);
	if (family == NFPROTO_BRIDGE)
		arp(&b);
	for (size_t i = 0; i < count; i++)
		rules(&b, &links[i], programs ? programs[i] : -1);
	nft_bracket(&b, NFNL_MSG_BATCH_END);
	error = nft_exchange(&b, &told);
	if (!error)
		*made = told;
	return error;
}

/* Without the programs where it cannot be had with them: *unwatched says why. */
static int replace_somehow(uint8_t family, const struct barrier_link *links, size_t count,
			   const int programs[CONFIG_UPLINKS_MAX], struct nft_table *made, int *unwatched)
{
	int error = *unwatched ? *unwatched : replace(family, links, count, programs, made);

	if (!error)
		return 0;
	*unwatched = error;
	return replace(family, links, count, NULL, made);
}

/* The kernel loads what it has of it for the asking. */
static bool kernel_bridges(void)
{
	unsigned long version[4] = { BRCTL_GET_VERSION };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool lacks = fd >= 0 && ioctl(fd, SIOCGIFBR, version) < 0 && errno == ENOPKG;

	if (fd >= 0)
		close(fd);
	return !lacks;
}

bool barrier_cannot(int error)
{
	return error == -EOPNOTSUPP || error == -EPROTONOSUPPORT || error == -EINVAL || error == -ENOENT;
}

static const char *cure(int error)
{
	if (barrier_cannot(error))
		return "load nf_tables, or have CONFIG_NF_TABLES_INET";
	if (error == -EPERM)
		return "end the program that owns the table inet tacit (`nft list tables`), or give tacitd CAP_NET_ADMIN";
	return "it is tried again";
}

/* It is up all the same. */
static void weakness(struct problem *p, const char *what, int error, const char *cure_of)
{
	size_t used = strlen(p->text);

	snprintf(p->text + used, sizeof(p->text) - used, "%s%s while tacitd is not there would be open: %s; have %s",
		 used ? "; " : "", what, strerror(-error), cure_of);
}

static int set_tables(const struct barrier_link *links, size_t count, const int programs[CONFIG_UPLINKS_MAX],
		      int unwatched, struct barrier *up, struct problem *p)
{
	int error = replace_somehow(families[0], links, count, programs, &up->tables[0], &unwatched);

	if (error)
		return problem_set(p, error, "no barrier before links that come later: %s; %s", strerror(-error),
				   cure(error));
	p->text[0] = 0;
	error = replace_somehow(families[1], links, count, programs, &up->tables[1], &unwatched);
	if (error && kernel_bridges())
		weakness(p, "a link that comes as a bridge's port", error,
			 "CONFIG_NF_TABLES_BRIDGE, and nft_meta_bridge where that is a module");
	if (unwatched)
		weakness(p, "a link that leaves this network namespace and comes back", unwatched,
			 "CONFIG_NFT_COMPAT and CONFIG_NETFILTER_XT_MATCH_BPF");
	return 0;
}

int barrier_set(struct barrier_link *links, size_t count, struct barrier *up, struct problem *p)
{
	int map = standing_new(CONFIG_UPLINKS_MAX), programs[CONFIG_UPLINKS_MAX], unwatched;

	if (count > CONFIG_UPLINKS_MAX)
		count = CONFIG_UPLINKS_MAX;
	for (size_t i = 0; i < CONFIG_UPLINKS_MAX; i++)
		programs[i] = -1;
	unwatched = watch(map, links, count, programs);
	*up = (struct barrier){ .standing = map < 0 ? -1 : map };
	up->error = set_tables(links, count, programs, unwatched, up, p);
	for (size_t i = 0; i < count; i++)
		if (programs[i] >= 0)
			close(programs[i]);
	return up->error;
}

bool barrier_is_up(const struct barrier *up)
{
	return up->tables[0].rules > 0;
}

void barrier_forget(struct barrier *up)
{
	if (up->standing >= 0)
		close(up->standing);
	*up = (struct barrier)BARRIER_NONE;
}

static void rules_listed(struct nft_batch *b)
{
	struct nl_msg *m = nft_table_message(b, NFT_MSG_GETRULE, NLM_F_DUMP | NLM_F_ACK);

	if (m) {
		nla_put_string(m, NFTA_RULE_TABLE, TABLE);
		nla_put_string(m, NFTA_RULE_CHAIN, CHAIN);
	}
	nft_add(b, m);
}

/* Return: 0, -ENOENT where there is no such table, or another negative errno. */
static int look(uint8_t family, struct nft_table *there)
{
	struct nft_batch b = { .family = family };

	*there = (struct nft_table){ .handle = 0 };
	table(&b, NFT_MSG_GETTABLE, 0);
	rules_listed(&b);
	return nft_exchange(&b, there);
}

static bool is_same(const struct nft_table *a, const struct nft_table *b)
{
	return a->handle == b->handle && a->flags == b->flags && a->rules == b->rules && a->digest == b->digest;
}

int barrier_check(const struct barrier *up)
{
	for (size_t i = 0; i < BARRIER_TABLES; i++) {
		struct nft_table there;
		int error = up->tables[i].rules ? look(families[i], &there) : 0;

		if (error)
			return error;
		if (up->tables[i].rules && !is_same(&there, &up->tables[i]))
			return -ENOENT;
	}
	return 0;
}

int barrier_listen(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int group = NFNLGRP_NFTABLES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER), error;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&any, sizeof(any)) &&
	    !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

void barrier_hear(int fd)
{
	uint8_t unread;

	/* What some were lost of (ENOBUFS) is news as well; a storm of them does not hold the loop. */
	for (int i = 0; i < HEAR_AT_ONCE; i++)
		if (recv(fd, &unread, sizeof(unread), 0) < 0 && errno != EINTR && errno != ENOBUFS)
			break;
}

static int remove_table(uint8_t family)
{
	struct nft_batch b = { .family = family };

	nft_bracket(&b, NFNL_MSG_BATCH_BEGIN);
	table(&b, NFT_MSG_DELTABLE, 0);
	nft_bracket(&b, NFNL_MSG_BATCH_END);
	return nft_exchange(&b, NULL);
}

int barrier_remove(struct problem *p)
{
	for (size_t i = 0; i < BARRIER_TABLES; i++) {
		int error = remove_table(families[i]);

		/* Nothing there, and a kernel without nf_tables, come to the same. */
		if (error && !barrier_cannot(error))
			return problem_set(p, error, "cannot remove the table " TABLE " of nftables: %s", strerror(-error));
	}
	return 0;
}
