// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <linux/string.h>

#include "blob.h"

struct tacit_blob *tacit_blob_new(u32 algorithm, u32 flags, const char *name,
				  const struct tacit_usage *usage, const u8 *public_key,
				  u32 public_bytes, u32 sealed_bytes)
{
	u32 bytes = TACIT_BLOB_BYTES(public_bytes, sealed_bytes);
	struct tacit_blob *blob = kzalloc(bytes, GFP_KERNEL);

	if (!blob)
		return NULL;
	memcpy(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES);
	blob->version = cpu_to_le32(TACIT_BLOB_VERSION);
	blob->bytes = cpu_to_le32(bytes);
	blob->algorithm = cpu_to_le32(algorithm);
	blob->flags = cpu_to_le32(flags);
	blob->usage = *usage;
	memcpy(blob->name, name, strnlen(name, TACIT_NAME_MAX - 1));
	blob->public_bytes = cpu_to_le32(public_bytes);
	blob->sealed_bytes = cpu_to_le32(sealed_bytes);
	memcpy(blob->data, public_key, public_bytes);
	return blob;
}

struct tacit_blob *tacit_blob_copy(const struct tacit_blob *blob)
{
	return kmemdup(blob, tacit_blob_bytes(blob), GFP_KERNEL);
}
