// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <tacit_key.h>

#include "draw.h"

uint64_t fuzz_state;

/* xorshift64*: G. Marsaglia; S. Vigna */
uint64_t draw(void)
{
	fuzz_state ^= fuzz_state >> 12;
	fuzz_state ^= fuzz_state << 25;
	fuzz_state ^= fuzz_state >> 27;
	return fuzz_state * 0x2545f4914f6cdd1dull;
}

uint32_t below(uint32_t n)
{
	return (uint32_t)(draw() >> 33) % n;
}

uint32_t odd_number(void)
{
	static const uint32_t odd[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
					0x80000000, 0xfffffffe, 0xffffffff, TACIT_RATE_MAX, TACIT_RATE_MAX + 1 };

	return below(3) ? odd[below(sizeof(odd) / sizeof(odd[0]))] : (uint32_t)draw();
}

void noise(void *out, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((uint8_t *)out)[i] = (uint8_t)draw();
}

void mutate(uint8_t *data, size_t bytes)
{
	unsigned int times = 1 + below(6);

	while (bytes && times--) {
		size_t at = below((uint32_t)bytes);
		uint32_t word = odd_number();

		switch (below(4)) {
		case 0:
			data[at] ^= 1u << below(8);
			break;
		case 1:
			data[at] = (uint8_t)draw();
			break;
		case 2:
			at &= ~(size_t)3;
			memcpy(data + at, &word, bytes - at < 4 ? bytes - at : 4);
			break;
		default:
			memset(data + at, (int)below(2) * 0xff, 1 + below((uint32_t)(bytes - at)) % 16);
		}
	}
}
