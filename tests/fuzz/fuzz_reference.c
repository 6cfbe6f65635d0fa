// SPDX-License-Identifier: GPL-2.0
/* agent/lib/key_reference.h: what is read from a reference lies within it, and written again gives the same bytes. */
#include "fuzz.h"

#include "key_name.h"
#include "key_reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *der = exact(data, size), again[KEY_REFERENCE_MAX];
	size_t bytes = 0;
	const char *name = key_reference_read(der, size, &bytes);
	char copy[TACIT_NAME_MAX];

	if (name) {
		taken();
		must((const uint8_t *)name >= der && (const uint8_t *)name + bytes == der + size);
		must(bytes < sizeof(copy));
		memcpy(copy, name, bytes);
		copy[bytes] = 0;
		if (key_name_valid(copy) && strlen(copy) == bytes)
			must(key_reference_write(again, copy) == size && !memcmp(again, der, size));
	}
	free(der);
	return 0;
}
