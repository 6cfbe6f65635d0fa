/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading DER (X.690): definite lengths in their shortest form, tag numbers
 * below 31. A reader never looks past its end, whatever the bytes say.
 */
#ifndef TACIT_DER_H
#define TACIT_DER_H

#include <linux/types.h>

#define TACIT_DER_INTEGER 0x02
#define TACIT_DER_BITS 0x03
#define TACIT_DER_OCTETS 0x04
#define TACIT_DER_OID 0x06
#define TACIT_DER_UTF8 0x0c
#define TACIT_DER_PRINTABLE 0x13
#define TACIT_DER_IA5 0x16
#define TACIT_DER_SEQUENCE 0x30
#define TACIT_DER_SET 0x31
#define TACIT_DER_CONTEXT_0 0xa0	/* constructed, this and the next */
#define TACIT_DER_CONTEXT_1 0xa1

/* Constructed values deeper than this are refused. */
#define TACIT_DER_DEPTH 8

struct tacit_der {
	const u8 *at;
	size_t left;
};

/* Takes the next value, whatever its tag. False when there is none or its head is not DER. */
bool tacit_der_next(struct tacit_der *in, u8 *tag, struct tacit_der *content);

/* Takes the next value, which must have this tag. */
bool tacit_der_take(struct tacit_der *in, u8 tag, struct tacit_der *content);

/* Takes an OBJECT IDENTIFIER of well-formed arcs. */
bool tacit_der_take_oid(struct tacit_der *in);

/*
 * All that is left is values: constructed ones hold values again, down to the
 * depth above, and primitive ones of a universal type are as X.690 wants them.
 * Universal types that no request needs are refused.
 */
bool tacit_der_well_formed(struct tacit_der in);

#endif
