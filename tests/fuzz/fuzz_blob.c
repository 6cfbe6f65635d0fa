// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/blob.c: of what the kernel takes for a sealed key every field is in bounds, and the
 * programs, which check for themselves, take it as well.
 */
#include "fuzz.h"

#include "key_name.h"
#include "kmod/blob.c"

static bool point(u32 bytes)
{
	return bytes == 64;
}

static bool modulus(u32 bytes)
{
	return bytes == 256 || bytes == 384;
}

static bool nothing(u32 bytes)
{
	return !bytes;
}

/* The table of kmod/algorithm.c without what the keys do. */
const struct tacit_kind *tacit_kind(u32 number)
{
	static const struct tacit_kind kinds[] = {
		{ .number = TACIT_ALGORITHM_ECDSA_P256, .usages = TACIT_USAGE_SIGN, .key_bytes = 32,
		  .public_size = point },
		{ .number = TACIT_ALGORITHM_RSA_PSS, .usages = TACIT_USAGE_SIGN, .public_size = modulus },
		{ .number = TACIT_ALGORITHM_SECRET, .usages = TACIT_USAGE_SEAL, .key_bytes = 32,
		  .public_size = nothing },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].number == number)
			return &kinds[i];
	return NULL;
}

static void in_bounds(const struct tacit_usage *usage)
{
	must(le32toh(usage->allowed) && !(le32toh(usage->allowed) & ~TACIT_USAGE_KNOWN));
	must(le32toh(usage->rate) - 1 < TACIT_RATE_MAX && le32toh(usage->burst) - 1 < TACIT_BURST_MAX);
	must(!usage->reserved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink_ext_ack extack = { NULL };
	struct tacit_blob *blob;
	int code;

	/* What the netlink policy lets through. */
	if (size < TACIT_BLOB_MIN || size > TACIT_BLOB_MAX)
		return 0;
	blob = exact(data, size);
	code = tacit_blob_check(blob, size, &extack);
	must(!code || (extack._msg && (code == -EINVAL || code == -EOPNOTSUPP || code == -ENOPKG)));
	if (!code) {
		taken();
		must(key_name_valid((const char *)blob->name));
		in_bounds(&blob->usage);
		must(!(le32toh(blob->flags) & ~TACIT_FLAG_KNOWN));
		must(tacit_blob_sealed(blob) + tacit_blob_sealed_bytes(blob) + TACIT_TAG_BYTES ==
		     (u8 *)blob + size);
	}
	free(blob);
	return 0;
}
