// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include "content.h"
#include "usage.h"

static const struct {
	u32 bit;
	const char *name;
} names[] = {
	{ TACIT_USAGE_TLS13_CLIENT, "tls13-client" },
	{ TACIT_USAGE_TLS13_SERVER, "tls13-server" },
	{ TACIT_USAGE_CSR, "csr" },
	{ TACIT_USAGE_SEAL, "seal" },
};

void tacit_permit_init(struct tacit_permit *permit, const struct tacit_usage *usage)
{
	permit->allowed = le32_to_cpu(usage->allowed);
	/* TACIT_ID_NONE becomes the invalid id, which no process has. */
	permit->uid = make_kuid(&init_user_ns, le32_to_cpu(usage->uid));
	permit->gid = make_kgid(&init_user_ns, le32_to_cpu(usage->gid));
	spin_lock_init(&permit->lock);
	tacit_bucket_init(&permit->bucket,
			  div_u64(60ull * NSEC_PER_SEC, le32_to_cpu(usage->rate)),
			  le32_to_cpu(usage->burst));
}

static bool caller_permitted(const struct tacit_permit *permit)
{
	kuid_t caller = current_euid();

	if (uid_eq(caller, GLOBAL_ROOT_UID))
		return true;
	if (uid_valid(permit->uid) && uid_eq(caller, permit->uid))
		return true;
	return gid_valid(permit->gid) && in_egroup_p(permit->gid);
}

static bool within_rate(struct tacit_permit *permit)
{
	bool granted;

	spin_lock(&permit->lock);
	granted = tacit_bucket_take(&permit->bucket, ktime_get_ns());
	spin_unlock(&permit->lock);
	return granted;
}

int tacit_permit_ask(struct tacit_permit *permit, const u8 *content, size_t length,
		     const u8 public_key[2 * TACIT_P256_BYTES])
{
	if (!caller_permitted(permit))
		return TACIT_REFUSED_CALLER;
	if (!(tacit_content_usage(content, length, public_key) & permit->allowed))
		return TACIT_REFUSED_USAGE;
	if (!within_rate(permit))
		return TACIT_REFUSED_RATE;
	return 0;
}

int tacit_refusal_errno(int refusal)
{
	switch (refusal) {
	case TACIT_REFUSED_CALLER:
	case TACIT_REFUSED_OWNER:
		return -EACCES;
	case TACIT_REFUSED_RATE:
		return -EAGAIN;
	case TACIT_REFUSED_OPERATION:
		return -EOPNOTSUPP;
	case TACIT_REFUSED_CLOSED:
		return -EALREADY;
	case TACIT_REFUSED_BUDGET:
		return -EDQUOT;
	case TACIT_REFUSED_RESERVE:
		return -EBUSY;
	default:
		return -EPERM;
	}
}

void tacit_permit_describe(const struct tacit_permit *permit, struct seq_file *out)
{
	const char *comma = "";
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(permit->allowed & names[i].bit))
			continue;
		seq_printf(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}
