// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <net/genetlink.h>
#include <tacit_key.h>

#include "blob.h"
#include "burn.h"
#include "import.h"
#include "key_type.h"
#include "netlink.h"
#include "root_command.h"
#include "rootkey.h"
#include "store.h"
#include "use.h"

/* Each command takes the attributes it names; validation is strict, so others are refused. */
static const struct nla_policy no_attributes[TACIT_ATTR_LIMIT];

static const struct nla_policy root_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_ROOT_KEY] = NLA_POLICY_EXACT_LEN(TACIT_ROOT_KEY_BYTES),
	[TACIT_ATTR_ROOT_ORIGIN] = { .type = NLA_U32 },
};

static const struct nla_policy new_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
	[TACIT_ATTR_USAGE] = NLA_POLICY_EXACT_LEN(sizeof(struct tacit_usage)),
	[TACIT_ATTR_ALGORITHM] = { .type = NLA_U32 },
};

static const struct nla_policy load_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_BLOB] = NLA_POLICY_RANGE(NLA_BINARY, TACIT_BLOB_MIN, TACIT_BLOB_MAX),
};

static const struct nla_policy import_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
	[TACIT_ATTR_USAGE] = NLA_POLICY_EXACT_LEN(sizeof(struct tacit_usage)),
	[TACIT_ATTR_PEER] = NLA_POLICY_EXACT_LEN(TACIT_IMPORT_POINT),
	[TACIT_ATTR_IMPORT] = NLA_POLICY_RANGE(NLA_BINARY, TACIT_TAG_BYTES + 1, TACIT_IMPORT_MAX),
};

static const struct nla_policy delete_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
	[TACIT_ATTR_FOREVER] = { .type = NLA_FLAG },
};

static const struct nla_policy change_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
};

static const struct nla_policy stored_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
	[TACIT_ATTR_BLOB] = NLA_POLICY_RANGE(NLA_BINARY, TACIT_BLOB_MIN, TACIT_BLOB_MAX),
};

static const void *attribute(struct genl_info *info, int type)
{
	if (GENL_REQ_ATTR_CHECK(info, type)) {
		GENL_SET_ERR_MSG(info, "an attribute that this command needs is missing");
		return NULL;
	}
	return nla_data(info->attrs[type]);
}

/* A reply is put together, or given up, in one place. */
static int reply(struct genl_info *info, u8 command,
		 int (*put)(struct sk_buff *skb, const void *what), const void *what)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &tacit_netlink_family, 0, command);
	if (!head || put(skb, what)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, TACIT_ATTR_PAD);
}

static int put_status(struct sk_buff *skb, const void *unused)
{
	u64 signatures, refusals;

	tacit_use_totals(&signatures, &refusals);
	return nla_put_u32(skb, TACIT_ATTR_ROOT_ORIGIN, tacit_root_origin()) ?:
	       tacit_root_put_facts(skb) ?:
	       nla_put_u32(skb, TACIT_ATTR_KEYS, tacit_store_count()) ?:
	       put_u64(skb, TACIT_ATTR_SIGNATURES, signatures) ?:
	       put_u64(skb, TACIT_ATTR_REFUSALS, refusals) ?:
	       nla_put_string(skb, TACIT_ATTR_MODULE_VERSION, TACIT_VERSION);
}

static int do_status(struct sk_buff *skb, struct genl_info *info)
{
	int err = reply(info, TACIT_CMD_STATUS, put_status, NULL);

	/* Whether there are trusted keys is found by making one. */
	tacit_burn_stack();
	return err;
}

static int do_root_set(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *key = attribute(info, TACIT_ATTR_ROOT_KEY);
	int err = -EINVAL;

	if (!key || !attribute(info, TACIT_ATTR_ROOT_ORIGIN))
		return -EINVAL;
	/* What comes from user space cannot say that it never was there. */
	if (nla_get_u32(info->attrs[TACIT_ATTR_ROOT_ORIGIN]) == TACIT_ROOT_FILE)
		err = tacit_store_root(key, TACIT_ROOT_FILE, info->extack);
	else
		GENL_SET_ERR_MSG(info, "a root key that user space hands over is of the origin file");
	/* The message is the kernel's own copy and has done its duty. */
	memzero_explicit((void *)key, TACIT_ROOT_KEY_BYTES);
	tacit_burn_stack();
	return err;
}

static int put_serial(struct sk_buff *skb, const void *what)
{
	const struct tacit_loaded *loaded = what;

	return nla_put_u32(skb, TACIT_ATTR_SERIAL, loaded->serial);
}

static int put_blob(struct sk_buff *skb, const struct tacit_blob *blob)
{
	return nla_put(skb, TACIT_ATTR_BLOB, tacit_blob_bytes(blob), blob);
}

static int put_loaded(struct sk_buff *skb, const void *what)
{
	const struct tacit_loaded *loaded = what;

	return put_blob(skb, loaded->blob) ?: put_serial(skb, what);
}

static int do_key_new(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = attribute(info, TACIT_ATTR_NAME);
	const struct tacit_usage *usage = name ? attribute(info, TACIT_ATTR_USAGE) : NULL;
	struct tacit_loaded loaded;
	int err;

	if (!usage || !attribute(info, TACIT_ATTR_ALGORITHM))
		return -EINVAL;
	err = tacit_store_new(name, nla_get_u32(info->attrs[TACIT_ATTR_ALGORITHM]), usage, &loaded,
			      info->extack);
	tacit_burn_stack();
	if (err)
		return err;
	err = reply(info, TACIT_CMD_KEY_NEW, put_loaded, &loaded);
	/* A key whose sealed form nobody got is of no use. */
	if (err)
		tacit_store_undo(name, loaded.serial);
	kfree(loaded.blob);
	return err;
}

static int put_public(struct sk_buff *skb, const void *point)
{
	return nla_put(skb, TACIT_ATTR_PUBLIC, TACIT_IMPORT_POINT, point);
}

static int do_import_begin(struct sk_buff *skb, struct genl_info *info)
{
	u8 point[TACIT_IMPORT_POINT];
	int err = tacit_import_begin(point);

	tacit_burn_stack();
	return err ?: reply(info, TACIT_CMD_KEY_IMPORT_BEGIN, put_public, point);
}

static int do_key_import(struct sk_buff *skb, struct genl_info *info)
{
	struct tacit_adoption import = {
		.name = attribute(info, TACIT_ATTR_NAME),
		.usage = attribute(info, TACIT_ATTR_USAGE),
		.peer = attribute(info, TACIT_ATTR_PEER),
		.sealed = attribute(info, TACIT_ATTR_IMPORT),
	};
	struct tacit_loaded loaded;
	int err;

	if (!import.name || !import.usage || !import.peer || !import.sealed)
		return -EINVAL;
	import.sealed_bytes = nla_len(info->attrs[TACIT_ATTR_IMPORT]);
	err = tacit_store_import(&import, &loaded, info->extack);
	tacit_burn_stack();
	if (err)
		return err;
	err = reply(info, TACIT_CMD_KEY_IMPORT, put_loaded, &loaded);
	if (err)
		tacit_store_undo(import.name, loaded.serial);
	kfree(loaded.blob);
	return err;
}

static int do_key_load(struct sk_buff *skb, struct genl_info *info)
{
	const struct tacit_blob *blob = attribute(info, TACIT_ATTR_BLOB);
	struct tacit_loaded loaded;
	int err;

	if (!blob)
		return -EINVAL;
	err = tacit_store_load(blob, nla_len(info->attrs[TACIT_ATTR_BLOB]), &loaded.serial,
			       info->extack);
	tacit_burn_stack();
	return err ?: reply(info, TACIT_CMD_KEY_LOAD, put_serial, &loaded);
}

static int do_key_delete(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = attribute(info, TACIT_ATTR_NAME);

	return name ? tacit_store_delete(name, info->attrs[TACIT_ATTR_FOREVER], info->extack) :
		      -EINVAL;
}

static int put_changed(struct sk_buff *skb, const void *blob)
{
	return put_blob(skb, blob);
}

static int change(struct genl_info *info, enum tacit_change what)
{
	const char *name = attribute(info, TACIT_ATTR_NAME);
	struct tacit_blob *blob;
	int err;

	if (!name)
		return -EINVAL;
	err = tacit_store_change(name, what, &blob, info->extack);
	tacit_burn_stack();
	if (err)
		return err;
	err = reply(info, info->genlhdr->cmd, put_changed, blob);
	kfree(blob);
	return err;
}

static int do_key_reserve(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, TACIT_CHANGE_RESERVE);
}

static int do_key_bind(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, TACIT_CHANGE_BIND);
}

static int do_csr_reopen(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, TACIT_CHANGE_REOPEN);
}

static int do_key_stored(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = attribute(info, TACIT_ATTR_NAME);
	const struct tacit_blob *blob = name ? attribute(info, TACIT_ATTR_BLOB) : NULL;

	if (!blob)
		return -EINVAL;
	return tacit_store_stored(name, blob, nla_len(info->attrs[TACIT_ATTR_BLOB]), info->extack);
}

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int put_last_refusal(struct sk_buff *skb, struct tacit_device_key *key)
{
	struct tacit_last_refusal last = tacit_meter_last_refusal(&key->meter);

	if (!last.reason)
		return 0;
	return nla_put_u32(skb, TACIT_ATTR_LAST_REFUSAL, last.reason) ?:
	       nla_put_u32(skb, TACIT_ATTR_LAST_REFUSAL_UID, last.uid) ?:
	       put_u64(skb, TACIT_ATTR_LAST_REFUSAL_TIME, last.time);
}

static int put_credit(struct sk_buff *skb, struct tacit_device_key *key)
{
	if (!key->permit.counted)
		return 0;
	return put_u64(skb, TACIT_ATTR_CREDIT, tacit_permit_credit_left(&key->permit));
}

static int put_key(struct sk_buff *skb, struct tacit_device_key *key)
{
	return put_blob(skb, key->blob) ?:
	       nla_put_u32(skb, TACIT_ATTR_SERIAL, key_serial(key->key)) ?:
	       put_u64(skb, TACIT_ATTR_SIGNATURES, atomic64_read(&key->signatures)) ?:
	       put_u64(skb, TACIT_ATTR_REFUSALS, atomic64_read(&key->refusals)) ?:
	       put_u64(skb, TACIT_ATTR_LAST_USE, READ_ONCE(key->last_use)) ?:
	       put_credit(skb, key) ?: put_last_refusal(skb, key);
}

static int show_key(struct tacit_device_key *key, void *context)
{
	struct dump *dump = context;
	void *head = genlmsg_put(dump->skb, NETLINK_CB(dump->cb->skb).portid,
				 dump->cb->nlh->nlmsg_seq, &tacit_netlink_family, NLM_F_MULTI,
				 TACIT_CMD_KEY_LIST);

	if (!head)
		return -EMSGSIZE;
	if (put_key(dump->skb, key)) {
		genlmsg_cancel(dump->skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, head);
	return 0;
}

static int dump_keys(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump dump = { skb, cb };

	cb->args[0] = tacit_store_walk(cb->args[0], show_key, &dump);
	return skb->len;
}

#define COMMAND(command, attributes, function) { \
	.cmd = TACIT_CMD_##command, .flags = GENL_ADMIN_PERM, \
	.policy = attributes, .maxattr = TACIT_ATTR_LIMIT - 1, .doit = function }

static const struct genl_ops commands[] = {
	COMMAND(STATUS, no_attributes, do_status),
	COMMAND(ROOT_SET, root_policy, do_root_set),
	COMMAND(ROOT_TPM, tacit_root_tpm_policy, tacit_root_tpm_command),
	COMMAND(ROOT_TRUSTED, tacit_root_trusted_policy, tacit_root_trusted_command),
	COMMAND(KEY_NEW, new_policy, do_key_new),
	COMMAND(KEY_LOAD, load_policy, do_key_load),
	COMMAND(KEY_DELETE, delete_policy, do_key_delete),
	COMMAND(KEY_IMPORT_BEGIN, no_attributes, do_import_begin),
	COMMAND(KEY_IMPORT, import_policy, do_key_import),
	COMMAND(KEY_RESERVE, change_policy, do_key_reserve),
	COMMAND(KEY_STORED, stored_policy, do_key_stored),
	COMMAND(KEY_BIND, change_policy, do_key_bind),
	COMMAND(CSR_REOPEN, change_policy, do_csr_reopen),
	{
		.cmd = TACIT_CMD_KEY_LIST,
		.flags = GENL_ADMIN_PERM,
		.policy = no_attributes,
		.maxattr = TACIT_ATTR_LIMIT - 1,
		.dumpit = dump_keys,
	},
};

static const struct genl_multicast_group groups[] = {
	{
		.name = TACIT_GENL_EVENTS,
#ifdef GENL_MCAST_CAP_SYS_ADMIN
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
#endif
	},
};

struct genl_family tacit_netlink_family __ro_after_init = {
	.name = TACIT_GENL_NAME,
	.version = TACIT_GENL_VERSION,
	.maxattr = TACIT_ATTR_LIMIT - 1,
	.policy = no_attributes,
	.netnsok = true,
	/*
	 * A TPM may take minutes, and generic netlink has one lock for the commands of all families
	 * that do not say this. Who registers a family still waits for a command under way, and
	 * whoever comes after him waits for him.
	 */
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = commands,
	.n_ops = ARRAY_SIZE(commands),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init tacit_netlink_register(void)
{
	return genl_register_family(&tacit_netlink_family);
}

void tacit_netlink_unregister(void)
{
	genl_unregister_family(&tacit_netlink_family);
}
