// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/blob.c: of what the kernel takes for a sealed key every field is in bounds and the parts fill the whole,
 * and the programs' own rule for names takes its name.
 */
#include "fuzz.h"

#include "key_name.h"
#include "kmod/blob.c"

/* The table of kmod/algorithm.c would bring the kernel's cryptography along: tacit_key.h again, in this file's words. */
static bool point_p256(u32 bytes)
{
	return bytes == 64;
}

static bool point_p384(u32 bytes)
{
	return bytes == 96;
}

static bool modulus(u32 bytes)
{
	return bytes == 256 || bytes == 384;
}

static bool nothing(u32 bytes)
{
	return !bytes;
}

const struct tacit_kind *tacit_kind(u32 number)
{
	static const struct tacit_kind kinds[] = {
		{ .number = 1, .usages = TACIT_USAGE_SIGN, .key_bytes = 32, .public_size = point_p256 },
		{ .number = 2, .usages = TACIT_USAGE_SIGN, .key_bytes = 48, .public_size = point_p384 },
		{ .number = 3, .usages = TACIT_USAGE_SIGN, .key_bytes = 0, .public_size = modulus },
		{ .number = 4, .usages = TACIT_USAGE_SEAL, .key_bytes = 32, .public_size = nothing },
	};

	return number - 1 < 4 ? &kinds[number - 1] : NULL;
}

static void in_bounds(const struct tacit_usage *usage)
{
	must(le32toh(usage->allowed) && !(le32toh(usage->allowed) & ~TACIT_USAGE_KNOWN));
	must(!(le32toh(usage->allowed) & TACIT_USAGE_SEAL) || le32toh(usage->allowed) == TACIT_USAGE_SEAL);
	must(le32toh(usage->rate) - 1 < TACIT_RATE_MAX && le32toh(usage->burst) - 1 < TACIT_BURST_MAX);
	must(!usage->reserved && strnlen((const char *)usage->cgroup, TACIT_CGROUP_MAX) < TACIT_CGROUP_MAX);
	must(!usage->cgroup[0] || usage->cgroup[0] == '/');
}

static void parts_fill(struct tacit_blob *blob, size_t size)
{
	uint8_t *end = (uint8_t *)blob + size;

	must(tacit_blob_bytes(blob) == size && size <= TACIT_BLOB_MAX);
	must(tacit_blob_public(blob) + tacit_blob_public_bytes(blob) == tacit_blob_nonce(blob));
	must(tacit_blob_sealed(blob) + tacit_blob_sealed_bytes(blob) + TACIT_TAG_BYTES == end);
	must(le64toh(blob->spent) <= le64toh(blob->usage.uses));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink_ext_ack extack = { NULL };
	struct tacit_blob *blob = exact(data, size);
	int code = tacit_blob_check(blob, size, &extack);

	must(!code || (extack._msg && (code == -EINVAL || code == -EOPNOTSUPP || code == -ENOPKG)));
	if (!code) {
		taken();
		must(key_name_valid((const char *)blob->name));
		in_bounds(&blob->usage);
		parts_fill(blob, size);
		must(!(le32toh(blob->flags) & ~TACIT_FLAG_KNOWN));
	}
	free(blob);
	return 0;
}
