// SPDX-License-Identifier: GPL-2.0
#include "digest.h"

#include <stddef.h>
#include <strings.h>

static const struct {
	struct digest digest;
	const char *names[4];
} digests[] = {
	{ { "SHA256", "sha256", 32, 1 }, { "SHA256", "SHA2-256", "SHA-256", "2.16.840.1.101.3.4.2.1" } },
	{ { "SHA384", "sha384", 48, 2 }, { "SHA384", "SHA2-384", "SHA-384", "2.16.840.1.101.3.4.2.2" } },
	{ { "SHA512", "sha512", 64, 3 }, { "SHA512", "SHA2-512", "SHA-512", "2.16.840.1.101.3.4.2.3" } },
};

const struct digest *digest_find(const char *name)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		for (size_t j = 0; j < sizeof(digests[i].names) / sizeof(digests[i].names[0]); j++) {
			if (!strcasecmp(name, digests[i].names[j]))
				return &digests[i].digest;
		}
	}
	return NULL;
}
