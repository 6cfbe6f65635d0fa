// SPDX-License-Identifier: GPL-2.0
#include "turns.h"

static const char mark[] = "HTTP/1.";

#define MARK_BYTES (sizeof(mark) - 1)

void turns_begin(struct turns *t)
{
	*t = (struct turns){ .left = TURN_BYTES };
}

/* Would this byte complete a mark? Its first letter stands nowhere else in it, so no other prefix need be kept. */
static bool completes(struct turns *t, uint8_t byte)
{
	if (byte != (uint8_t)mark[t->matched])
		t->matched = 0;
	if (byte == (uint8_t)mark[t->matched])
		t->matched++;
	return t->matched == MARK_BYTES;
}

size_t turns_pass(struct turns *t, const uint8_t *data, size_t bytes)
{
	size_t n = 0;

	if (t->answered)
		return 0;
	for (; n < bytes && t->left; n++, t->left--) {
		if (!completes(t, data[n]))
			continue;
		if (t->request) {
			/* It is looked at again when it is paid for. */
			t->matched = MARK_BYTES - 1;
			break;
		}
		t->request = true;
		t->matched = 0;
	}
	return n;
}

void turns_paid(struct turns *t)
{
	t->answered = false;
	t->request = false;
	t->left = TURN_BYTES;
}

void turns_answered(struct turns *t)
{
	t->answered = true;
}
