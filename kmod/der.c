// SPDX-License-Identifier: GPL-2.0
#include "der.h"

#define TAG_NUMBER 0x1f
#define CONSTRUCTED 0x20

static u8 take_byte(struct tacit_der *in)
{
	in->left--;
	return *in->at++;
}

/* X.690, 10.1. What is read here is at most a few kB, so that two length bytes do. */
static bool take_length(struct tacit_der *in, size_t *length)
{
	u8 first;

	if (!in->left)
		return false;
	first = take_byte(in);
	*length = first;
	if (first < 0x80)
		return true;
	if (first == 0x81 && in->left >= 1) {
		*length = take_byte(in);
		return *length >= 0x80;
	}
	if (first == 0x82 && in->left >= 2) {
		*length = take_byte(in) << 8;
		*length |= take_byte(in);
		return *length >= 0x100;
	}
	return false;
}

bool tacit_der_next(struct tacit_der *in, u8 *tag, struct tacit_der *content)
{
	size_t length;

	if (!in->left)
		return false;
	*tag = take_byte(in);
	if ((*tag & TAG_NUMBER) == TAG_NUMBER || !take_length(in, &length) || length > in->left)
		return false;
	content->at = in->at;
	content->left = length;
	in->at += length;
	in->left -= length;
	return true;
}

bool tacit_der_take(struct tacit_der *in, u8 tag, struct tacit_der *content)
{
	u8 got;

	return tacit_der_next(in, &got, content) && got == tag;
}

bool tacit_der_take_oid(struct tacit_der *in)
{
	struct tacit_der oid;
	bool first = true;

	if (!tacit_der_take(in, TACIT_DER_OID, &oid) || !oid.left)
		return false;
	while (oid.left) {
		u8 byte = take_byte(&oid);

		/* An arc does not start with a padding zero, and the last one ends. */
		if (first && byte == 0x80)
			return false;
		first = !(byte & 0x80);
	}
	return first;
}

static bool well_formed(struct tacit_der in, int depth)
{
	struct tacit_der content;
	u8 tag;

	while (in.left) {
		if (!tacit_der_next(&in, &tag, &content))
			return false;
		if (!(tag & CONSTRUCTED))
			continue;
		if (!depth || !well_formed(content, depth - 1))
			return false;
	}
	return true;
}

bool tacit_der_well_formed(struct tacit_der in)
{
	return well_formed(in, TACIT_DER_DEPTH);
}
