/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cells: TLS 1.3 records of one size, real or cover. Pure; see RFC 8446, 5.2
 * and 5.4 (TLSInnerPlaintext and padding).
 *
 * A cell's size is that of the whole record on the wire. Of it, 5 bytes are the
 * record's head, 16 the AEAD's tag and one the byte that the kernel appends as
 * TLSInnerPlaintext.type: with TLS_SET_RECORD_TYPE 0 that byte is a zero and so,
 * to the peer, padding behind the type that cell_fill() has written.
 */
#ifndef CELL_H
#define CELL_H

#include <stddef.h>
#include <stdint.h>

#define CELL_HEAD_BYTES 5
#define CELL_TAG_BYTES 16
#define CELL_KERNEL_TYPE_BYTES 1
#define CELL_TYPE_BYTES 1
/* Wire size less the bytes that are given to the kernel. */
#define CELL_WIRE_OVERHEAD (CELL_HEAD_BYTES + CELL_TAG_BYTES + CELL_KERNEL_TYPE_BYTES)
#define CELL_OVERHEAD (CELL_WIRE_OVERHEAD + CELL_TYPE_BYTES)

#define CELL_MIN 128
/* So that a cell fits one segment on a path of 1280 bytes with IPv6 and TCP heads. */
#define CELL_MAX 1220

enum cell_type {
	CELL_ALERT = 21,
	CELL_DATA = 23,
};

/* Bytes of content that a cell of `wire` bytes holds. `wire` is CELL_MIN to CELL_MAX. */
size_t cell_capacity(size_t wire);

/* Bytes that are given to sendmsg() for a cell of `wire` bytes on the wire. */
size_t cell_payload(size_t wire);

/*
 * cell_fill - lay out content || type || zeros in `payload`
 * @payload: cell_payload(wire) bytes
 * @wire: the cell's size on the wire, bytes
 * @type: what the peer shall see
 * @content: may be NULL where `bytes` is 0: a cover
 * @bytes: at most cell_capacity(wire)
 *
 * Return: 0, or -EMSGSIZE if the content does not fit; then payload is unchanged.
 */
int cell_fill(uint8_t *payload, size_t wire, enum cell_type type, const void *content, size_t bytes);

/* How a slot's content lies in its cells: from the front, but for what leaves last, which lies at the slot's end. */
struct cell_slot {
	unsigned int cells;
	size_t capacity;	/* of one cell, bytes */
	size_t first;		/* bytes from the front */
	size_t last;		/* bytes at the end */
};

/* How many bytes cell i carries, 0 to capacity: the next ones of first, then of last. What does not fit is left out. */
size_t cell_share(const struct cell_slot *slot, unsigned int i);

#endif
