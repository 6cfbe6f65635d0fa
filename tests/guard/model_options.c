// SPDX-License-Identifier: GPL-2.0
/* TCP options of what is forwarded (RFC 9293, 3.1 and 3.2; RFC 2018; RFC 7323), by tacit.conf(5). */
#include "model_options.h"

#include <string.h>

#define NO_OPERATION 1
#define REACH (32 * 1024 * 1024)

static int64_t number(const uint8_t *at)
{
	return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* How far b lies behind a, in the circle of sequence numbers. */
static int64_t distance(int64_t a, int64_t b)
{
	int64_t d = (b - a + (1ll << 32)) % (1ll << 32);

	return d >= 1ll << 31 ? d - (1ll << 32) : d;
}

static bool block_is_near(const uint8_t *block, int64_t ack)
{
	int64_t length = distance(number(block), number(block + 4)), far = distance(ack, number(block));

	return length > 0 && length <= REACH && far >= -REACH && far <= REACH;
}

static bool blocks_are_near(const uint8_t *option, size_t bytes, int64_t ack)
{
	if (bytes != 10 && bytes != 18 && bytes != 26 && bytes != 34)
		return false;
	for (size_t at = 2; at < bytes; at += 8)
		if (!block_is_near(option + at, ack))
			return false;
	return true;
}

/* May one that is whole stay? */
static bool stays(const struct slow_options *how, const uint8_t *option, size_t bytes)
{
	static const uint8_t zeros[4];

	switch (option[0]) {
	case 2:
		return how->syn && bytes == 4;
	case 3:
		return how->syn && bytes == 3 && option[2] < 15;
	case 4:
		return how->syn && bytes == 2;
	case 5:
		return !how->syn && how->blocks && blocks_are_near(option, bytes, how->ack);
	case 8:
		return how->stamps && bytes == 10 && (how->echoes || !memcmp(option + 6, zeros, 4));
	default:
		return false;
	}
}

void slow_options(const struct slow_options *how, uint8_t *options, size_t bytes)
{
	bool had[256] = { false };
	size_t at = 0, n;

	while (at < bytes && options[at]) {
		n = 1;
		if (options[at] != NO_OPERATION) {
			n = at + 1 < bytes ? options[at + 1] : 0;
			if (n < 2 || n > bytes - at) {
				memset(options + at, NO_OPERATION, bytes - at);
				return;
			}
			if (had[options[at]] || !stays(how, options + at, n))
				memset(options + at, NO_OPERATION, n);
			else
				had[options[at]] = true;
		}
		at += n;
	}
	memset(options + at, 0, bytes - at);
}

bool slow_has_stamp(const uint8_t *options, size_t bytes)
{
	for (size_t at = 0; at < bytes && options[at];) {
		if (options[at] == 8)
			return true;
		if (options[at] == NO_OPERATION)
			at++;
		else if (at + 1 < bytes && options[at + 1] >= 2)
			at += options[at + 1];
		else
			return false;
	}
	return false;
}
