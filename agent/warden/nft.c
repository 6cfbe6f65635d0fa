// SPDX-License-Identifier: GPL-2.0
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_bpf.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_SECONDS 5
#define FNV_BASIS 0xcbf29ce484222325

void nft_add(struct nft_batch *b, struct nl_msg *m)
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

struct nl_msg *nft_message(int type, int flags, uint8_t family, uint16_t resource)
{
	struct nfgenmsg head = { .nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource) };
	struct nl_msg *m = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (m && nlmsg_append(m, &head, sizeof(head), NLMSG_ALIGNTO)) {
		nlmsg_free(m);
		m = NULL;
	}
	return m;
}

struct nl_msg *nft_table_message(const struct nft_batch *b, int type, int flags)
{
	return nft_message(NFNL_SUBSYS_NFTABLES << 8 | type, flags, b->family, 0);
}

void nft_bracket(struct nft_batch *b, int type)
{
	nft_add(b, nft_message(type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

void nft_put_be32(struct nl_msg *m, int type, uint32_t value)
{
	nla_put_u32(m, type, htonl(value));
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

void nft_compare(struct nl_msg *m, enum nft_meta_keys what, enum nft_cmp_ops how, const void *with, int bytes)
{
	struct expression e = begin(m, "meta");
	struct nlattr *value;

	nft_put_be32(m, NFTA_META_KEY, what);
	nft_put_be32(m, NFTA_META_DREG, NFT_REG_1);
	end(m, e);
	e = begin(m, "cmp");
	nft_put_be32(m, NFTA_CMP_SREG, NFT_REG_1);
	nft_put_be32(m, NFTA_CMP_OP, how);
	value = nla_nest_start(m, NFTA_CMP_DATA);
	nla_put(m, NFTA_DATA_VALUE, bytes, with);
	nla_nest_end(m, value);
	end(m, e);
}

void nft_decide(struct nl_msg *m, int verdict)
{
	struct expression e = begin(m, "immediate");
	struct nlattr *data, *value;

	nft_put_be32(m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(m, NFTA_IMMEDIATE_DATA);
	value = nla_nest_start(m, NFTA_DATA_VERDICT);
	nft_put_be32(m, NFTA_VERDICT_CODE, (uint32_t)verdict);
	nla_nest_end(m, value);
	nla_nest_end(m, data);
	end(m, e);
}

void nft_ask(struct nl_msg *m, int program)
{
	const struct xt_bpf_info_v1 info = { .mode = XT_BPF_MODE_FD_ELF, .fd = program };
	struct expression e = begin(m, "match");

	nla_put_string(m, NFTA_MATCH_NAME, "bpf");
	nft_put_be32(m, NFTA_MATCH_REV, 1);
	nla_put(m, NFTA_MATCH_INFO, sizeof(info), &info);
	end(m, e);
}

static const struct nlattr *find(struct nlmsghdr *h, int type)
{
	return nlmsg_find_attr(h, sizeof(struct nfgenmsg), type);
}

/* FNV-1a */
static uint64_t digest(uint64_t sum, const struct nlattr *a)
{
	const uint8_t *bytes = a ? nla_data(a) : NULL;

	for (int i = 0; a && i < nla_len(a); i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

static void take_told(struct nlmsghdr *h, struct nft_table *told)
{
	const struct nlattr *a;

	if (h->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE)) {
		a = find(h, NFTA_TABLE_HANDLE);
		told->handle = a ? nla_get_u64(a) : 0;
		a = find(h, NFTA_TABLE_FLAGS);
		told->flags = a ? ntohl(nla_get_u32(a)) : 0;
	} else if (h->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE)) {
		told->rules++;
		told->digest = digest(told->digest ? told->digest : FNV_BASIS, find(h, NFTA_RULE_HANDLE));
		told->digest = digest(told->digest, find(h, NFTA_RULE_EXPRESSIONS));
	}
}

/* Return: 0, or the first error among the answers; a dump's end is its answer. */
static int take_answers(int fd, unsigned int answers, struct nft_table *told)
{
	uint8_t buffer[4 * NFT_BATCH_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));

	while (answers) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buffer;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		for (; nlmsg_ok(h, left) && answers; h = nlmsg_next(h, &left)) {
			const int *error = nlmsg_data(h);

			if (told)
				take_told(h, told);
			if ((h->nlmsg_type != NLMSG_ERROR && h->nlmsg_type != NLMSG_DONE) ||
			    !nlmsg_valid_hdr(h, sizeof(*error)))
				continue;
			if (*error)
				return *error;
			answers--;
		}
	}
	return 0;
}

/* Return: the socket that the answers come by, or a negative errno. */
static int send_all(const struct nft_batch *b)
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

int nft_exchange(const struct nft_batch *b, struct nft_table *told)
{
	int fd = send_all(b), error;

	if (fd < 0)
		return fd;
	error = take_answers(fd, b->answers, told);
	close(fd);
	return error;
}
