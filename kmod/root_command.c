// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <net/genetlink.h>

#include "burn.h"
#include "netlink.h"
#include "root_command.h"
#include "rootkey.h"
#include "rootkey_tpm.h"
#include "rootkey_trusted.h"
#include "store.h"
#include "tpm.h"

const struct nla_policy tacit_root_tpm_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_ROOT_BLOB] = NLA_POLICY_EXACT_LEN(sizeof(struct tacit_root_blob)),
	[TACIT_ATTR_ROOT_PCRS] = { .type = NLA_U32 },
};

const struct nla_policy tacit_root_trusted_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_ROOT_TRUSTED] = { .type = NLA_NUL_STRING, .len = TACIT_ROOT_TRUSTED_MAX },
	[TACIT_ATTR_ROOT_OPTIONS] = { .type = NLA_NUL_STRING, .len = TACIT_ROOT_OPTIONS_MAX },
};

/* Of the root key that came from a TPM last; of meaning while that is the origin. */
static u32 pcrs_accepted;

int tacit_root_put_facts(struct sk_buff *skb)
{
	u32 facts = 0;

	if (tacit_tpm_present())
		facts |= TACIT_ROOT_FACT_TPM;
	/* Asked by making one, so only where it decides something. */
	else if (tacit_root_origin() == TACIT_ROOT_NONE && tacit_root_trusted_present())
		facts |= TACIT_ROOT_FACT_TRUSTED;
	/* There is no other kind of session here: where that cannot be had, nothing is unsealed. */
	if (tacit_root_origin() == TACIT_ROOT_TPM)
		facts |= TACIT_ROOT_FACT_SALTED | TACIT_ROOT_FACT_ENCRYPTED |
			 TACIT_ROOT_FACT_COUNTER;
	if (tacit_root_origin() == TACIT_ROOT_TPM && READ_ONCE(pcrs_accepted) &&
	    nla_put_u32(skb, TACIT_ATTR_ROOT_PCRS, READ_ONCE(pcrs_accepted)))
		return -EMSGSIZE;
	return nla_put_u32(skb, TACIT_ATTR_ROOT_FACTS, facts);
}

/* Answers with what was sealed. */
static int give(struct genl_info *info, int type, const void *sealed, int bytes)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size(bytes), GFP_KERNEL);
	void *head;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &tacit_netlink_family, 0, info->genlhdr->cmd);
	if (!head || nla_put(skb, type, bytes, sealed)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int accept(const struct tacit_root_blob *blob, struct netlink_ext_ack *extack)
{
	u8 key[TACIT_ROOT_KEY_BYTES];
	int err;

	err = tacit_root_tpm_unseal(blob, key, extack) ?:
	      tacit_store_root(key, TACIT_ROOT_TPM, extack);
	memzero_explicit(key, sizeof(key));
	if (!err)
		WRITE_ONCE(pcrs_accepted, le32_to_cpu(blob->pcrs));
	return err;
}

/* A root key of now or, where `old` is one, that key, sealed to the PCRs as they are now. */
static int seal(struct genl_info *info, const struct tacit_root_blob *old, u32 pcrs)
{
	struct tacit_root_blob *blob = kzalloc(sizeof(*blob), GFP_KERNEL);
	u8 key[TACIT_ROOT_KEY_BYTES];
	int err;

	if (!blob)
		return -ENOMEM;
	if (old)
		err = tacit_root_tpm_unseal(old, key, info->extack) ?:
		      tacit_root_tpm_seal(pcrs, key, blob, info->extack);
	else
		err = tacit_root_tpm_make(pcrs, key, blob, info->extack);
	memzero_explicit(key, sizeof(key));
	err = err ?: give(info, TACIT_ATTR_ROOT_BLOB, blob, sizeof(*blob));
	kfree(blob);
	return err;
}

int tacit_root_tpm_command(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *blob = info->attrs[TACIT_ATTR_ROOT_BLOB];
	const struct nlattr *pcrs = info->attrs[TACIT_ATTR_ROOT_PCRS];
	int err;

	if (blob && !pcrs)
		err = accept(nla_data(blob), info->extack);
	else
		err = seal(info, blob ? nla_data(blob) : NULL, pcrs ? nla_get_u32(pcrs) : 0);
	tacit_burn_stack();
	return err;
}

static int accept_trusted(const char *sealed, const char *options, struct netlink_ext_ack *extack)
{
	u8 key[TACIT_ROOT_KEY_BYTES];
	int err;

	err = tacit_root_trusted_unseal(sealed, options, key, extack) ?:
	      tacit_store_root(key, TACIT_ROOT_TRUSTED, extack);
	memzero_explicit(key, sizeof(key));
	return err;
}

static int make_trusted(struct genl_info *info, const char *options)
{
	char *sealed = kmalloc(TACIT_ROOT_TRUSTED_MAX + 1, GFP_KERNEL);
	int err;

	if (!sealed)
		return -ENOMEM;
	err = tacit_root_trusted_make(options, sealed, info->extack) ?:
	      give(info, TACIT_ATTR_ROOT_TRUSTED, sealed, strlen(sealed) + 1);
	kfree(sealed);
	return err;
}

int tacit_root_trusted_command(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *sealed = info->attrs[TACIT_ATTR_ROOT_TRUSTED];
	const struct nlattr *given = info->attrs[TACIT_ATTR_ROOT_OPTIONS];
	const char *options = given ? nla_data(given) : "";
	int err;

	if (sealed)
		err = accept_trusted(nla_data(sealed), options, info->extack);
	else
		err = make_trusted(info, options);
	/* They may hold a password of the TPM's, and the message is the kernel's own copy. */
	if (given)
		memzero_explicit(nla_data(given), nla_len(given));
	tacit_burn_stack();
	return err;
}
