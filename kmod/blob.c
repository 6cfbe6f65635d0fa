// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/string.h>

#include "algorithm.h"
#include "blob.h"

/* The blob is an ABI: these do not change. */
static_assert(sizeof(struct tacit_usage) == 160);
static_assert(sizeof(struct tacit_blob) == TACIT_BLOB_HEAD_BYTES);
static_assert(offsetof(struct tacit_blob, name) == 184);
static_assert(offsetof(struct tacit_blob, spent) == 248);
static_assert(sizeof(struct tacit_secret) == TACIT_SECRET_HEAD_BYTES);

static bool name_char(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || isdigit(c))
		return true;
	return !first && (c == '.' || c == '_' || c == '-');
}

static bool name_good(const char *name)
{
	size_t i, length = strnlen(name, TACIT_NAME_MAX);
	bool good = length > 0 && length < TACIT_NAME_MAX;

	for (i = 0; good && i < length; i++)
		good = name_char(name[i], i == 0);
	return good;
}

static bool padded(const u8 *field, size_t size)
{
	size_t length = strnlen((const char *)field, size);

	return length < size && !memchr_inv(field + length, 0, size - length);
}

int tacit_name_check(const char *name, struct netlink_ext_ack *extack)
{
	if (name_good(name))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "a key's name is 1 to 63 of a-z, 0-9, '.', '_' and '-', and starts with a letter or digit");
	return -EINVAL;
}

bool tacit_name_field_good(const u8 name[TACIT_NAME_MAX])
{
	return padded(name, TACIT_NAME_MAX) && name_good((const char *)name);
}

static bool within(__le32 value, u32 max)
{
	return le32_to_cpu(value) >= 1 && le32_to_cpu(value) <= max;
}

/* Empty, or absolute, printable and without a slash at its end. */
static bool cgroup_good(const u8 *path)
{
	size_t i, length = strnlen((const char *)path, TACIT_CGROUP_MAX);

	if (!padded(path, TACIT_CGROUP_MAX))
		return false;
	if (!length)
		return true;
	for (i = 0; i < length; i++)
		if (path[i] <= ' ' || path[i] >= 0x7f)
			return false;
	return path[0] == '/' && length > 1 && path[length - 1] != '/';
}

int tacit_usage_check(const struct tacit_usage *usage, u32 algorithm,
		      struct netlink_ext_ack *extack)
{
	const struct tacit_kind *kind = tacit_kind(algorithm);
	u32 allowed = le32_to_cpu(usage->allowed);

	if (!kind) {
		NL_SET_ERR_MSG(extack, "an algorithm that this module does not know");
		return -ENOPKG;
	}
	if (!allowed || allowed & ~TACIT_USAGE_KNOWN || usage->reserved)
		NL_SET_ERR_MSG(extack, "usage names nothing, or something that this module does not know");
	else if (allowed & ~kind->usages)
		NL_SET_ERR_MSG(extack, "a key of this algorithm has no such usage: keys sign or they seal");
	else if (!within(usage->rate, TACIT_RATE_MAX))
		NL_SET_ERR_MSG(extack, "rate must be 1 to 6000 signatures a minute");
	else if (!within(usage->burst, TACIT_BURST_MAX))
		NL_SET_ERR_MSG(extack, "burst must be 1 to 1000 signatures");
	else if (!cgroup_good(usage->cgroup))
		NL_SET_ERR_MSG(extack, "a cgroup is a path such as /system.slice/nginx.service, without a slash at its end");
	else
		return 0;
	return -EINVAL;
}

/* That the parts fill the whole, and are of sizes that the algorithm has. */
static bool sizes_good(const struct tacit_blob *blob, size_t bytes,
		       const struct tacit_kind *kind)
{
	u32 public_bytes = tacit_blob_public_bytes(blob);
	u32 sealed_bytes = tacit_blob_sealed_bytes(blob);

	if (tacit_blob_bytes(blob) != bytes || public_bytes > TACIT_PUBLIC_MAX ||
	    !sealed_bytes || sealed_bytes > TACIT_PRIVATE_MAX)
		return false;
	return bytes == TACIT_BLOB_BYTES(public_bytes, sealed_bytes) &&
	       kind->public_size(public_bytes) &&
	       (!kind->key_bytes || kind->key_bytes == sealed_bytes);
}

static bool counts_good(const struct tacit_blob *blob)
{
	return le64_to_cpu(blob->spent) <= le64_to_cpu(blob->usage.uses) &&
	       (blob->counter || !blob->epoch) && (blob->usage.uses || !blob->counter);
}

int tacit_blob_check(const struct tacit_blob *blob, size_t bytes, struct netlink_ext_ack *extack)
{
	const struct tacit_kind *kind;

	if (bytes < TACIT_BLOB_HEAD_BYTES ||
	    memcmp(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES)) {
		NL_SET_ERR_MSG(extack, "this is no sealed tacit key");
		return -EINVAL;
	}
	if (le32_to_cpu(blob->version) != TACIT_BLOB_VERSION) {
		NL_SET_ERR_MSG(extack, "the sealed key is of a version that this module does not know");
		return -EOPNOTSUPP;
	}
	kind = tacit_kind(le32_to_cpu(blob->algorithm));
	if (!kind) {
		NL_SET_ERR_MSG(extack, "the sealed key is of an algorithm that this module does not know");
		return -ENOPKG;
	}
	if (!sizes_good(blob, bytes, kind)) {
		NL_SET_ERR_MSG(extack, "the sealed key has a wrong length, or its parts have");
		return -EINVAL;
	}
	if (le32_to_cpu(blob->flags) & ~TACIT_FLAG_KNOWN || blob->reserved || !counts_good(blob)) {
		NL_SET_ERR_MSG(extack, "the sealed key has unknown flags or impossible counts");
		return -EINVAL;
	}
	if (!tacit_name_field_good(blob->name)) {
		NL_SET_ERR_MSG(extack, "the sealed key's name is malformed, or not padded with zeros");
		return -EINVAL;
	}
	return tacit_usage_check(&blob->usage, kind->number, extack);
}

u32 tacit_blob_bytes(const struct tacit_blob *blob)
{
	return le32_to_cpu(blob->bytes);
}

u32 tacit_blob_public_bytes(const struct tacit_blob *blob)
{
	return le32_to_cpu(blob->public_bytes);
}

u32 tacit_blob_sealed_bytes(const struct tacit_blob *blob)
{
	return le32_to_cpu(blob->sealed_bytes);
}

u8 *tacit_blob_public(struct tacit_blob *blob)
{
	return blob->data;
}

u8 *tacit_blob_nonce(struct tacit_blob *blob)
{
	return blob->data + tacit_blob_public_bytes(blob);
}

u8 *tacit_blob_sealed(struct tacit_blob *blob)
{
	return tacit_blob_nonce(blob) + TACIT_NONCE_BYTES;
}
