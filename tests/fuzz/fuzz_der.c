// SPDX-License-Identifier: GPL-2.0
/* kmod/der.c: it stays within its bounds, and what it finds well formed can be read again value by value. */
#include "fuzz.h"

#include "kmod/der.c"

static size_t values(struct tacit_der in, const uint8_t *end, int depth)
{
	struct tacit_der content;
	size_t count = 0;
	u8 tag;

	must(depth <= TACIT_DER_DEPTH);
	while (in.left) {
		const uint8_t *before = in.at;

		must(tacit_der_next(&in, &tag, &content));
		must(in.at > before && content.at + content.left == in.at && in.at + in.left <= end);
		count += 1 + (tag & 0x20 ? values(content, end, depth + 1) : 0);
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact(data, size);
	struct tacit_der in = { copy, size }, content, rest = in;
	u8 tag;

	if (size && tacit_der_well_formed(in)) {
		must(values(in, copy + size, 0) <= size);
		taken();
	}
	while (tacit_der_next(&rest, &tag, &content)) {
		struct tacit_der oid = rest;

		must(rest.left < size && rest.at + rest.left == copy + size);
		tacit_der_take_oid(&oid);
	}
	free(copy);
	return 0;
}
