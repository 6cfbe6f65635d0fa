/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to nftables: nfnetlink by hand (linux/netfilter/nf_tables.h,
 * nfnetlink.h); libnl makes the attributes. Functions return 0 or a negative errno.
 */
#ifndef NFT_H
#define NFT_H

#include <linux/netfilter/nf_tables.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFT_BATCH_BYTES 8192

/* Messages that the kernel takes as one, all or none; on one family's table. */
struct nft_batch {
	uint8_t family;
	uint8_t bytes[NFT_BATCH_BYTES];
	size_t used;
	unsigned int answers; /* that are to come */
	bool full;
};

/*
 * What tells a table from any that is put in its place, and from itself when it was altered. A table's
 * handle is never given again; a rule that replaces another keeps the handle, so rules are told by what they do.
 */
struct nft_table {
	uint64_t handle;
	uint32_t flags; /* NFT_TABLE_F_DORMANT */
	unsigned int rules;
	uint64_t digest; /* of the rules, in their order; against mistakes only */
};

/* Takes `m`; NULL, or one that has no room, and the batch cannot be sent. */
void nft_add(struct nft_batch *b, struct nl_msg *m);
/* NFNL_MSG_BATCH_BEGIN or _END */
void nft_bracket(struct nft_batch *b, int type);

/* A message that nothing was put in yet, or NULL. */
struct nl_msg *nft_message(int type, int flags, uint8_t family, uint16_t resource);
/* The same, of NFT_MSG_..., on the batch's family. */
struct nl_msg *nft_table_message(const struct nft_batch *b, int type, int flags);

/* Attributes: what fails for want of room leaves a message short, which the kernel then refuses. */
void nft_put_be32(struct nl_msg *m, int type, uint32_t value);

/* Go on with the rule only if what is known of the packet compares so. */
void nft_compare(struct nl_msg *m, enum nft_meta_keys what, enum nft_cmp_ops how, const void *with, int bytes);
/* Go on with the rule only if the socket filter returns something else than 0 (xt_bpf, as iptables has it). */
void nft_ask(struct nl_msg *m, int program);
/* End it. */
void nft_decide(struct nl_msg *m, int verdict);

/*
 * nft_exchange - send a batch, and take the answers
 * @told: what they told (NLM_F_ECHO, NFT_MSG_GET...) of the table, or NULL
 */
int nft_exchange(const struct nft_batch *b, struct nft_table *told);

#endif
