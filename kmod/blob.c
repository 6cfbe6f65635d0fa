// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/string.h>

#include "blob.h"

/* The blob is an ABI: these do not change. */
static_assert(sizeof(struct tacit_usage) == 24);
static_assert(offsetof(struct tacit_blob, sealed) == 188);
static_assert(sizeof(struct tacit_blob) == 236);

static bool name_char(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || isdigit(c))
		return true;
	return !first && (c == '.' || c == '_' || c == '-');
}

int tacit_name_check(const char *name, struct netlink_ext_ack *extack)
{
	size_t i, length = strnlen(name, TACIT_NAME_MAX);
	bool good = length > 0 && length < TACIT_NAME_MAX;

	for (i = 0; good && i < length; i++)
		good = name_char(name[i], i == 0);
	if (good)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "a key's name is 1 to 63 of a-z, 0-9, '.', '_' and '-', and starts with a letter or digit");
	return -EINVAL;
}

static bool within(__le32 value, u32 max)
{
	return le32_to_cpu(value) >= 1 && le32_to_cpu(value) <= max;
}

int tacit_usage_check(const struct tacit_usage *usage, struct netlink_ext_ack *extack)
{
	u32 allowed = le32_to_cpu(usage->allowed);

	if (!allowed || allowed & ~TACIT_USAGE_KNOWN || usage->reserved)
		NL_SET_ERR_MSG(extack, "usage names nothing, or something that this module does not know");
	else if (!within(usage->rate, TACIT_RATE_MAX))
		NL_SET_ERR_MSG(extack, "rate must be 1 to 6000 signatures a minute");
	else if (!within(usage->burst, TACIT_BURST_MAX))
		NL_SET_ERR_MSG(extack, "burst must be 1 to 1000 signatures");
	else
		return 0;
	return -EINVAL;
}

int tacit_blob_check(const struct tacit_blob *blob, struct netlink_ext_ack *extack)
{
	size_t length = strnlen(blob->name, TACIT_NAME_MAX);
	int err;

	if (memcmp(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES)) {
		NL_SET_ERR_MSG(extack, "this is no sealed tacit key");
		return -EINVAL;
	}
	if (le32_to_cpu(blob->version) != TACIT_BLOB_VERSION ||
	    le32_to_cpu(blob->algorithm) != TACIT_ALGORITHM_ECDSA_P256) {
		NL_SET_ERR_MSG(extack, "the sealed key is of a version or algorithm that this module does not know");
		return -EOPNOTSUPP;
	}
	if (le32_to_cpu(blob->bytes) != sizeof(*blob) ||
	    le32_to_cpu(blob->flags) & ~TACIT_FLAG_KNOWN) {
		NL_SET_ERR_MSG(extack, "the sealed key has a wrong length or unknown flags");
		return -EINVAL;
	}
	err = tacit_name_check(blob->name, extack);
	if (err)
		return err;
	if (memchr_inv(blob->name + length, 0, TACIT_NAME_MAX - length)) {
		NL_SET_ERR_MSG(extack, "the sealed key's name is not padded with zeros");
		return -EINVAL;
	}
	return tacit_usage_check(&blob->usage, extack);
}

void tacit_blob_fill(struct tacit_blob *blob, const char *name, const struct tacit_usage *usage,
		     u32 flags, const u8 public_key[TACIT_PUBLIC_MAX])
{
	memset(blob, 0, sizeof(*blob));
	memcpy(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES);
	blob->version = cpu_to_le32(TACIT_BLOB_VERSION);
	blob->bytes = cpu_to_le32(sizeof(*blob));
	blob->algorithm = cpu_to_le32(TACIT_ALGORITHM_ECDSA_P256);
	blob->flags = cpu_to_le32(flags);
	blob->usage = *usage;
	memcpy(blob->name, name, strnlen(name, TACIT_NAME_MAX - 1));
	memcpy(blob->public_key, public_key, TACIT_PUBLIC_MAX);
}
