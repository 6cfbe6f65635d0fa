/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fuzzers share. Each has LLVMFuzzerTestOneInput() and, for what the
 * sanitizers cannot see, properties that must() hold of every input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(condition)                                                                \
	do {                                                                           \
		if (!(condition)) {                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                       \
		}                                                                      \
	} while (0)

/*
 * Counts what was taken as good and says so at the end: a fuzzer that has everything refused has
 * not come far, and tests/fuzz/run takes that for a failure.
 */
static unsigned long fuzz_taken;

static inline void taken(void)
{
	fuzz_taken++;
}

__attribute__((destructor)) static void tell_taken(void)
{
	fprintf(stderr, "taken: %lu\n", fuzz_taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy in a block of its own size, so that a byte too far is seen; freed by the caller. */
static inline void *exact(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	must(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

#endif
