/* SPDX-License-Identifier: GPL-2.0 */
/* TACIT_CMD_ROOT_TPM and TACIT_CMD_ROOT_TRUSTED of tacit_root.h, and what TACIT_CMD_STATUS says of the root key. */
#ifndef TACIT_ROOT_COMMAND_H
#define TACIT_ROOT_COMMAND_H

#include <net/genetlink.h>
#include <tacit_key.h>

extern const struct nla_policy tacit_root_tpm_policy[TACIT_ATTR_LIMIT];

int tacit_root_tpm_command(struct sk_buff *skb, struct genl_info *info);

extern const struct nla_policy tacit_root_trusted_policy[TACIT_ATTR_LIMIT];

int tacit_root_trusted_command(struct sk_buff *skb, struct genl_info *info);

/* ROOT_PCRS, where the root key is bound to some, and ROOT_FACTS. 0 or -EMSGSIZE. */
int tacit_root_put_facts(struct sk_buff *skb);

#endif
