// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/blob.c: of what the kernel takes for a sealed key every field is in bounds, and the
 * programs, which check for themselves, take it as well.
 */
#include "fuzz.h"

#include "key_name.h"
#include "kmod/blob.c"

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

	/* The netlink policy lets only one length through. */
	if (size < sizeof(*blob))
		return 0;
	size = sizeof(*blob);
	blob = exact(data, size);
	code = tacit_blob_check(blob, &extack);
	must(!code || (extack._msg && (code == -EINVAL || code == -EOPNOTSUPP)));
	if (!code) {
		taken();
		must(key_name_valid((const char *)blob->name));
		in_bounds(&blob->usage);
		must(!(le32toh(blob->flags) & ~TACIT_FLAG_KNOWN));
	}
	free(blob);
	return 0;
}
