// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <net/genetlink.h>
#include <tacit_key.h>

#include "blob.h"
#include "key_type.h"
#include "netlink.h"
#include "rootkey.h"
#include "store.h"

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

static const struct nla_policy delete_policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_NUL_STRING, .len = TACIT_NAME_MAX - 1 },
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

	tacit_key_type_totals(&signatures, &refusals);
	return nla_put_u32(skb, TACIT_ATTR_ROOT_ORIGIN, tacit_root_origin()) ?:
	       nla_put_u32(skb, TACIT_ATTR_KEYS, tacit_store_count()) ?:
	       put_u64(skb, TACIT_ATTR_SIGNATURES, signatures) ?:
	       put_u64(skb, TACIT_ATTR_REFUSALS, refusals) ?:
	       nla_put_string(skb, TACIT_ATTR_MODULE_VERSION, TACIT_VERSION);
}

static int do_status(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, TACIT_CMD_STATUS, put_status, NULL);
}

static int do_root_set(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *key = attribute(info, TACIT_ATTR_ROOT_KEY);
	int err;

	if (!key || !attribute(info, TACIT_ATTR_ROOT_ORIGIN))
		return -EINVAL;
	err = tacit_store_root(key, nla_get_u32(info->attrs[TACIT_ATTR_ROOT_ORIGIN]),
			       info->extack);
	/* The message is the kernel's own copy and has done its duty. */
	memzero_explicit((void *)key, TACIT_ROOT_KEY_BYTES);
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
	if (err)
		return err;
	err = reply(info, TACIT_CMD_KEY_NEW, put_loaded, &loaded);
	/* A key whose sealed form nobody got is of no use. */
	if (err)
		tacit_store_delete(name, NULL);
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
	return err ?: reply(info, TACIT_CMD_KEY_LOAD, put_serial, &loaded);
}

static int do_key_delete(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = attribute(info, TACIT_ATTR_NAME);

	return name ? tacit_store_delete(name, info->extack) : -EINVAL;
}

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int put_key(struct sk_buff *skb, const struct tacit_device_key *key)
{
	return put_blob(skb, key->blob) ?:
	       nla_put_u32(skb, TACIT_ATTR_SERIAL, key_serial(key->key)) ?:
	       put_u64(skb, TACIT_ATTR_SIGNATURES, atomic64_read(&key->signatures)) ?:
	       put_u64(skb, TACIT_ATTR_REFUSALS, atomic64_read(&key->refusals)) ?:
	       put_u64(skb, TACIT_ATTR_LAST_USE, READ_ONCE(key->last_use));
}

static int show_key(const struct tacit_device_key *key, void *context)
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
	COMMAND(KEY_NEW, new_policy, do_key_new),
	COMMAND(KEY_LOAD, load_policy, do_key_load),
	COMMAND(KEY_DELETE, delete_policy, do_key_delete),
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
