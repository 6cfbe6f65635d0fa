// SPDX-License-Identifier: GPL-2.0
#include "der.h"

#define TAG_NUMBER 0x1f
#define CONSTRUCTED 0x20
#define UNIVERSAL_END 0x40	/* tags from here on are of other classes */

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

static bool good_oid(struct tacit_der in)
{
	bool first = true;

	if (!in.left)
		return false;
	while (in.left) {
		u8 byte = take_byte(&in);

		/* An arc does not start with a padding zero, and the last one ends. */
		if (first && byte == 0x80)
			return false;
		first = !(byte & 0x80);
	}
	return first;
}

bool tacit_der_take_oid(struct tacit_der *in)
{
	struct tacit_der oid;

	return tacit_der_take(in, TACIT_DER_OID, &oid) && good_oid(oid);
}

/* X.690, 8.3.2: at least one byte, and the first nine bits are not all alike. */
static bool good_integer(const struct tacit_der *in)
{
	if (in->left < 2)
		return in->left == 1;
	return !(in->at[0] == 0x00 && !(in->at[1] & 0x80)) &&
	       !(in->at[0] == 0xff && in->at[1] & 0x80);
}

/* X.690, 11.2: the count of unused bits, which are zero. */
static bool good_bits(const struct tacit_der *in)
{
	u8 unused;

	if (!in->left || in->at[0] > 7)
		return false;
	unused = in->at[0];
	return in->left == 1 ? !unused : !(in->at[in->left - 1] & ((1 << unused) - 1));
}

/* RFC 3629, 4, without the surrogates and what is longer than need be. */
static bool good_utf8(struct tacit_der in)
{
	static const u32 least[] = { 0, 0x80, 0x800, 0x10000 };

	while (in.left) {
		u8 byte = take_byte(&in);
		int i, more = byte < 0x80 ? 0 : byte >> 5 == 6 ? 1 : byte >> 4 == 14 ? 2 :
			      byte >> 3 == 30 ? 3 : -1;
		u32 code = more > 0 ? byte & (0x3f >> more) : byte;

		if (more < 0 || more > in.left)
			return false;
		for (i = 0; i < more; i++) {
			byte = take_byte(&in);
			if (byte >> 6 != 2)
				return false;
			code = code << 6 | (byte & 0x3f);
		}
		if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return false;
	}
	return true;
}

static bool good_ascii(struct tacit_der in)
{
	while (in.left)
		if (take_byte(&in) >= 0x80)
			return false;
	return true;
}

/* What the value of a universal type may look like; of other types nothing is known. */
static bool good_primitive(u8 tag, struct tacit_der in)
{
	switch (tag) {
	case 0x01:	/* BOOLEAN */
		return in.left == 1 && (in.at[0] == 0x00 || in.at[0] == 0xff);
	case TACIT_DER_INTEGER:
	case 0x0a:	/* ENUMERATED */
		return good_integer(&in);
	case TACIT_DER_BITS:
		return good_bits(&in);
	case 0x05:	/* NULL */
		return !in.left;
	case TACIT_DER_OID:
		return good_oid(in);
	case TACIT_DER_UTF8:
		return good_utf8(in);
	case TACIT_DER_PRINTABLE:
	case TACIT_DER_IA5:
		return good_ascii(in);
	case TACIT_DER_OCTETS:
	case 0x17:	/* UTCTime */
	case 0x18:	/* GeneralizedTime */
		return true;
	default:
		return tag >= UNIVERSAL_END;
	}
}

static bool well_formed(struct tacit_der in, int depth)
{
	struct tacit_der content;
	u8 tag;

	while (in.left) {
		if (!tacit_der_next(&in, &tag, &content))
			return false;
		if (!(tag & CONSTRUCTED)) {
			if (!good_primitive(tag, content))
				return false;
			continue;
		}
		/* DER has no strings in pieces. */
		if (tag < UNIVERSAL_END && tag != TACIT_DER_SEQUENCE && tag != TACIT_DER_SET)
			return false;
		if (!depth || !well_formed(content, depth - 1))
			return false;
	}
	return true;
}

bool tacit_der_well_formed(struct tacit_der in)
{
	return well_formed(in, TACIT_DER_DEPTH);
}
