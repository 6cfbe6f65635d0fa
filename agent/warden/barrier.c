// SPDX-License-Identifier: GPL-2.0
/* nfnetlink by hand (linux/netfilter/nf_tables.h, nfnetlink.h); libnl makes the attributes. */
#include "barrier.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_bpf.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "config.h"
#include "guard.h"
#include "standing.h"

#define TABLE "tacit"
#define CHAIN "leaves"
#define BATCH_BYTES 8192
#define ANSWER_SECONDS 5
#define HEAR_AT_ONCE 256
/* Last of all, behind what translates addresses: the link is settled there. */
#define PRIORITY 300

/* A bridge sends by its ports past the hooks of inet. */
static const uint8_t families[BARRIER_TABLES] = { NFPROTO_INET, NFPROTO_BRIDGE };

/* Messages that the kernel takes as one, all or none; on one family's table. */
struct batch {
	uint8_t family;
	uint8_t bytes[BATCH_BYTES];
	size_t used;
	unsigned int answers; /* that are to come */
	unsigned int rules;
	bool full;
};

static void add(struct batch *b, struct nl_msg *m)
{
	struct nlmsghdr *h = m ? nlmsg_hdr(m) : NULL;

	if (!h || b->used + NLMSG_ALIGN(h->nlmsg_len) > sizeof(b->bytes)) {
		b->full = true;
	} else {
		memcpy(b->bytes + b->used, h, h->nlmsg_len);
		b->used += NLMSG_ALIGN(h->nlmsg_len);
		b->answers += h->nlmsg_flags & NLM_F_ACK ? 1 : 0;
	}
	nlmsg_free(m);
}

static struct nl_msg *message(int type, int flags, uint8_t family, uint16_t resource)
{
	struct nfgenmsg head = { .nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource) };
	struct nl_msg *m = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (m && nlmsg_append(m, &head, sizeof(head), NLMSG_ALIGNTO)) {
		nlmsg_free(m);
		m = NULL;
	}
	return m;
}

static struct nl_msg *nf_message(const struct batch *b, int type, int flags)
{
	return message(NFNL_SUBSYS_NFTABLES << 8 | type, flags, b->family, 0);
}

static void bracket(struct batch *b, int type)
{
	add(b, message(type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

/* Attributes: what fails for want of room leaves a message short, which the kernel then refuses. */
static void put_be32(struct nl_msg *m, int type, uint32_t value)
{
	nla_put_u32(m, type, htonl(value));
}

static void table(struct batch *b, int type, int flags)
{
	struct nl_msg *m = nf_message(b, type, flags | NLM_F_ACK);

	if (m)
		nla_put_string(m, NFTA_TABLE_NAME, TABLE);
	add(b, m);
}

static void chain(struct batch *b)
{
	struct nl_msg *m = nf_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK);
	struct nlattr *hook;

	if (m) {
		nla_put_string(m, NFTA_CHAIN_TABLE, TABLE);
		nla_put_string(m, NFTA_CHAIN_NAME, CHAIN);
		hook = nla_nest_start(m, NFTA_CHAIN_HOOK);
		/* Of a bridge it has the same number. */
		put_be32(m, NFTA_HOOK_HOOKNUM, NF_INET_POST_ROUTING);
		put_be32(m, NFTA_HOOK_PRIORITY, PRIORITY);
		nla_nest_end(m, hook);
		put_be32(m, NFTA_CHAIN_POLICY, NF_ACCEPT);
		nla_put_string(m, NFTA_CHAIN_TYPE, "filter");
	}
	add(b, m);
}

struct expression {
	struct nlattr *element;
	struct nlattr *data;
};

static struct expression begin(struct nl_msg *m, const char *name)
{
	struct expression e = { .element = nla_nest_start(m, NFTA_LIST_ELEM) };

	nla_put_string(m, NFTA_EXPR_NAME, name);
	e.data = nla_nest_start(m, NFTA_EXPR_DATA);
	return e;
}

static void end(struct nl_msg *m, struct expression e)
{
	nla_nest_end(m, e.data);
	nla_nest_end(m, e.element);
}

/* Go on with the rule only if what is known of the packet compares so. */
static void compare(struct nl_msg *m, enum nft_meta_keys what, enum nft_cmp_ops how, const void *with, int bytes)
{
	struct expression e = begin(m, "meta");
	struct nlattr *value;

	put_be32(m, NFTA_META_KEY, what);
	put_be32(m, NFTA_META_DREG, NFT_REG_1);
	end(m, e);
	e = begin(m, "cmp");
	put_be32(m, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(m, NFTA_CMP_OP, how);
	value = nla_nest_start(m, NFTA_CMP_DATA);
	nla_put(m, NFTA_DATA_VALUE, bytes, with);
	nla_nest_end(m, value);
	end(m, e);
}

static void decide(struct nl_msg *m, int verdict)
{
	struct expression e = begin(m, "immediate");
	struct nlattr *data, *value;

	put_be32(m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(m, NFTA_IMMEDIATE_DATA);
	value = nla_nest_start(m, NFTA_DATA_VERDICT);
	put_be32(m, NFTA_VERDICT_CODE, (uint32_t)verdict);
	nla_nest_end(m, value);
	nla_nest_end(m, data);
	end(m, e);
}

/* Go on with the rule only if the socket filter returns something else than 0 (xt_bpf, as iptables has it). */
static void ask(struct nl_msg *m, int program)
{
	const struct xt_bpf_info_v1 info = { .mode = XT_BPF_MODE_FD_ELF, .fd = program };
	struct expression e = begin(m, "match");

	nla_put_string(m, NFTA_MATCH_NAME, "bpf");
	put_be32(m, NFTA_MATCH_REV, 1);
	nla_put(m, NFTA_MATCH_INFO, sizeof(info), &info);
	end(m, e);
}

static struct nl_msg *rule_begin(const struct batch *b, struct nlattr **list)
{
	struct nl_msg *m = nf_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);

	if (m) {
		nla_put_string(m, NFTA_RULE_TABLE, TABLE);
		nla_put_string(m, NFTA_RULE_CHAIN, CHAIN);
		*list = nla_nest_start(m, NFTA_RULE_EXPRESSIONS);
	}
	return m;
}

static void rule_end(struct batch *b, struct nl_msg *m, struct nlattr *list, int verdict)
{
	if (m) {
		decide(m, verdict);
		nla_nest_end(m, list);
	}
	add(b, m);
	b->rules++;
}

/* By a bridge come other frames than of IP, and frames of VLANs with IP in them: of all that, ARP alone passes. */
static void arp(struct batch *b)
{
	const uint16_t protocol = htons(ETH_P_ARP);
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m)
		compare(m, NFT_META_PROTOCOL, NFT_CMP_EQ, &protocol, sizeof(protocol));
	rule_end(b, m, list, NF_ACCEPT);
}

/* The link with the guard; with a program (not negative) only while that says that it stayed. */
static void the_link(struct batch *b, uint32_t ifindex, int program, int verdict)
{
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m) {
		compare(m, NFT_META_OIF, NFT_CMP_EQ, &ifindex, sizeof(ifindex));
		if (program >= 0)
			ask(m, program);
	}
	rule_end(b, m, list, verdict);
}

/* Whatever bears the name. */
static void the_name(struct batch *b, const char *name, int verdict)
{
	char padded[IF_NAMESIZE] = "";
	struct nlattr *list = NULL;
	struct nl_msg *m = rule_begin(b, &list);

	if (m) {
		memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
		compare(m, NFT_META_OIFNAME, NFT_CMP_EQ, padded, sizeof(padded));
	}
	rule_end(b, m, list, verdict);
}

/*
 * nft(8) of Debian 12 lists a rule that asks without the question. So what is listed, saved and
 * loaded again must be sense without it: it lets the link pass as if it had stayed.
 */
static void rules(struct batch *b, const struct barrier_link *link, int program)
{
	if (link->ifindex)
		the_link(b, link->ifindex, program, NF_ACCEPT);
	/* It left, and is without the guard if it is back: whatever its name is by now. */
	if (link->ifindex && program >= 0)
		the_link(b, link->ifindex, -1, NF_DROP);
	the_name(b, link->name, NF_DROP);
}

/* Return: 0, or the first error among the answers. */
static int take_answers(int fd, unsigned int answers)
{
	uint8_t buffer[BATCH_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));

	while (answers) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buffer;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		for (; nlmsg_ok(h, left) && answers; h = nlmsg_next(h, &left)) {
			const struct nlmsgerr *answer = nlmsg_data(h);

			if (h->nlmsg_type != NLMSG_ERROR || !nlmsg_valid_hdr(h, sizeof(*answer)))
				continue;
			if (answer->error)
				return answer->error;
			answers--;
		}
	}
	return 0;
}

/* Return: the socket that the answers come by, or a negative errno. */
static int send_all(const struct batch *b)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int fd, error;

	if (b->full)
		return -ENOBUFS;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    send(fd, b->bytes, b->used, 0) == (ssize_t)b->used)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int send_batch(const struct batch *b)
{
	int fd = send_all(b), error;

	if (fd < 0)
		return fd;
	error = take_answers(fd, b->answers);
	close(fd);
	return error;
}

/*
 * The kernel loads xt_bpf for the asking, but not for a rule of the family inet
 * (nfnetlink's own way of iptables-nft, NFNL_MSG_COMPAT_GET).
 */
static int load_match(void)
{
	struct batch b = { .used = 0 };
	struct nl_msg *m = message(NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET, NLM_F_ACK, NFPROTO_IPV4, 0);

	if (m) {
		nla_put_string(m, NFTA_COMPAT_NAME, "bpf");
		put_be32(m, NFTA_COMPAT_REV, 1);
		put_be32(m, NFTA_COMPAT_TYPE, 0); /* a match, no target */
	}
	add(&b, m);
	return send_batch(&b);
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

/* Return: how many rules were put there, or a negative errno. */
static int replace(uint8_t family, const struct barrier_link *links, size_t count,
		   const int programs[CONFIG_UPLINKS_MAX])
{
	struct batch b = { .family = family };
	int error;

	bracket(&b, NFNL_MSG_BATCH_BEGIN);
	/* Made if it is not there, so that it can be taken away, and made anew. */
	table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	table(&b, NFT_MSG_DELTABLE, 0);
	table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	chain(&b);
	if (family == NFPROTO_BRIDGE)
		arp(&b);
	for (size_t i = 0; i < count; i++)
		rules(&b, &links[i], programs ? programs[i] : -1);
	bracket(&b, NFNL_MSG_BATCH_END);
	error = send_batch(&b);
	return error ? error : (int)b.rules;
}

/* Without the programs where it cannot be had with them: *unwatched says why. */
static int replace_somehow(uint8_t family, const struct barrier_link *links, size_t count,
			   const int programs[CONFIG_UPLINKS_MAX], int *unwatched)
{
	int result = *unwatched ? *unwatched : replace(family, links, count, programs);

	if (result >= 0)
		return result;
	*unwatched = result;
	return replace(family, links, count, NULL);
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
	int result = replace_somehow(families[0], links, count, programs, &unwatched);

	if (result < 0)
		return problem_set(p, result, "no barrier before links that come later: %s; %s", strerror(-result),
				   cure(result));
	up->rules[0] = (unsigned int)result;
	p->text[0] = 0;
	result = replace_somehow(families[1], links, count, programs, &unwatched);
	if (result >= 0)
		up->rules[1] = (unsigned int)result;
	else if (kernel_bridges())
		weakness(p, "a link that comes as a bridge's port", result,
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

void barrier_forget(struct barrier *up)
{
	if (up->standing >= 0)
		close(up->standing);
	*up = (struct barrier)BARRIER_NONE;
}

/* Return: true at the end of the list. */
static bool count_rules(const void *buffer, int left, unsigned int *count, int *error)
{
	for (const struct nlmsghdr *h = buffer; nlmsg_ok(h, left); h = nlmsg_next((struct nlmsghdr *)h, &left)) {
		if (h->nlmsg_type == NLMSG_ERROR)
			*error = ((const struct nlmsgerr *)nlmsg_data(h))->error;
		if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE)
			return true;
		*count += h->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE);
	}
	return false;
}

/* Return: how many rules are there, 0 where there is no such table, or a negative errno. */
static int rules_there(uint8_t family)
{
	uint8_t buffer[4 * BATCH_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct batch b = { .family = family };
	struct nl_msg *m = nf_message(&b, NFT_MSG_GETRULE, NLM_F_DUMP);
	unsigned int count = 0;
	int fd, error;

	if (m) {
		nla_put_string(m, NFTA_RULE_TABLE, TABLE);
		nla_put_string(m, NFTA_RULE_CHAIN, CHAIN);
	}
	add(&b, m);
	fd = send_all(&b);
	if (fd < 0)
		return fd;
	for (error = 0;;) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			error = -errno;
		if (got < 0 || count_rules(buffer, (int)got, &count, &error))
			break;
	}
	close(fd);
	return error ? error : (int)count;
}

int barrier_check(const struct barrier *up)
{
	for (size_t i = 0; i < BARRIER_TABLES; i++) {
		int there = up->rules[i] ? rules_there(families[i]) : 0;

		if (there < 0)
			return there;
		if ((unsigned int)there != up->rules[i])
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
	struct batch b = { .family = family };

	bracket(&b, NFNL_MSG_BATCH_BEGIN);
	table(&b, NFT_MSG_DELTABLE, 0);
	bracket(&b, NFNL_MSG_BATCH_END);
	return send_batch(&b);
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
