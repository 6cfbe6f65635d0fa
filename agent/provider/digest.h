/* SPDX-License-Identifier: GPL-2.0 */
/* The hashes that a key of the kernel signs with. */
#ifndef PROVIDER_DIGEST_H
#define PROVIDER_DIGEST_H

#include <stdint.h>

struct digest {
	const char *name;	/* as libcrypto names it */
	const char *kernel;	/* as the kernel does */
	uint8_t bytes;
	uint8_t oid_end;	/* 2.16.840.1.101.3.4.2.N */
};

/* By any of its names, of which library and version choose one. Return: NULL for a hash that is none of the three. */
const struct digest *digest_find(const char *name);

#endif
