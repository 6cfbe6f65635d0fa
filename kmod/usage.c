// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "cgroup.h"
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

void tacit_permit_init(struct tacit_permit *permit, const struct tacit_blob *blob)
{
	const struct tacit_usage *usage = &blob->usage;

	memset(permit, 0, sizeof(*permit));
	permit->allowed = le32_to_cpu(usage->allowed);
	/* TACIT_ID_NONE becomes the invalid id, which no process has. */
	permit->uid = make_kuid(&init_user_ns, le32_to_cpu(usage->uid));
	permit->gid = make_kgid(&init_user_ns, le32_to_cpu(usage->gid));
	memcpy(permit->cgroup, usage->cgroup, sizeof(permit->cgroup));
	permit->counted = usage->uses;
	permit->whole = le64_to_cpu(usage->uses);
	permit->left = le64_to_cpu(usage->uses) - le64_to_cpu(blob->spent);
	permit->csr_closed = le32_to_cpu(blob->flags) & TACIT_FLAG_CSR_CLOSED;
	spin_lock_init(&permit->lock);
	tacit_bucket_init(&permit->bucket,
			  div_u64(60ull * NSEC_PER_SEC, le32_to_cpu(usage->rate)),
			  le32_to_cpu(usage->burst));
}

static bool caller_is_root(void)
{
	return uid_eq(current_euid(), GLOBAL_ROOT_UID);
}

static bool caller_permitted(const struct tacit_permit *permit)
{
	if (caller_is_root())
		return true;
	if (uid_valid(permit->uid) && uid_eq(current_euid(), permit->uid))
		return true;
	return gid_valid(permit->gid) && in_egroup_p(permit->gid);
}

static bool cgroup_permitted(const struct tacit_permit *permit)
{
	return !permit->cgroup[0] || tacit_in_cgroup(permit->cgroup);
}

static int take(struct tacit_permit *permit)
{
	if (permit->counted && !permit->credit)
		return permit->left ? TACIT_REFUSED_RESERVE : TACIT_REFUSED_BUDGET;
	if (!tacit_bucket_take(&permit->bucket, ktime_get_ns()))
		return TACIT_REFUSED_RATE;
	if (permit->counted)
		permit->credit--;
	return 0;
}

static int take_locked(struct tacit_permit *permit)
{
	int refusal;

	spin_lock(&permit->lock);
	refusal = take(permit);
	spin_unlock(&permit->lock);
	return refusal;
}

int tacit_permit_sign(struct tacit_permit *permit, const u8 *content, size_t length,
		      const struct tacit_subject *subject)
{
	u32 usage;

	if (!caller_permitted(permit))
		return TACIT_REFUSED_CALLER;
	usage = tacit_content_usage(content, length, subject) & permit->allowed;
	if (!usage)
		return TACIT_REFUSED_USAGE;
	if (usage == TACIT_USAGE_CSR && READ_ONCE(permit->csr_closed))
		return TACIT_REFUSED_CLOSED;
	if (!(usage == TACIT_USAGE_CSR && caller_is_root()) && !cgroup_permitted(permit))
		return TACIT_REFUSED_CGROUP;
	return take_locked(permit);
}

int tacit_permit_seal(struct tacit_permit *permit)
{
	bool for_all = !uid_valid(permit->uid) && !gid_valid(permit->gid);

	if (!for_all && !caller_permitted(permit))
		return TACIT_REFUSED_CALLER;
	if (!cgroup_permitted(permit))
		return TACIT_REFUSED_CGROUP;
	return take_locked(permit);
}

bool tacit_permit_low(struct tacit_permit *permit)
{
	u64 now = ktime_get_ns();
	bool low;

	spin_lock(&permit->lock);
	low = permit->counted && permit->left && permit->credit <= permit->block / 2 &&
	      (!permit->low_told || now - permit->low_told >= NSEC_PER_SEC);
	if (low)
		permit->low_told = now;
	spin_unlock(&permit->lock);
	return low;
}

/* A 64th of the whole, so that a power cut does not cost much, nor storing take long. */
u64 tacit_permit_next_block(struct tacit_permit *permit)
{
	u64 block;

	spin_lock(&permit->lock);
	block = permit->counted ? clamp_t(u64, permit->whole / 64, 1, TACIT_BLOCK_MAX) : 0;
	block = min(block, permit->left);
	spin_unlock(&permit->lock);
	return block;
}

void tacit_permit_credit(struct tacit_permit *permit, u64 block)
{
	if (!block)
		return;
	spin_lock(&permit->lock);
	permit->credit += block;
	permit->left -= block;
	permit->block = block;
	permit->low_told = 0;
	spin_unlock(&permit->lock);
}

u64 tacit_permit_credit_left(struct tacit_permit *permit)
{
	u64 credit;

	spin_lock(&permit->lock);
	credit = permit->credit;
	spin_unlock(&permit->lock);
	return credit;
}

void tacit_permit_close(struct tacit_permit *permit, bool closed)
{
	WRITE_ONCE(permit->csr_closed, closed);
}

int tacit_refusal_errno(int refusal)
{
	switch (refusal) {
	case TACIT_REFUSED_CALLER:
	case TACIT_REFUSED_OWNER:
	case TACIT_REFUSED_CGROUP:
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
