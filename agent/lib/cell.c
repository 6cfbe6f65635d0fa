/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "cell.h"

size_t cell_capacity(size_t wire)
{
	return wire - CELL_OVERHEAD;
}

size_t cell_payload(size_t wire)
{
	return wire - CELL_WIRE_OVERHEAD;
}

/* Of the bytes from `from` to before `to`, how many lie in the cell from `start` to before `end`. */
static size_t within(size_t start, size_t end, size_t from, size_t to)
{
	if (from < start)
		from = start;
	if (to > end)
		to = end;
	return from < to ? to - from : 0;
}

size_t cell_share(const struct cell_slot *slot, unsigned int i)
{
	size_t start = i * slot->capacity, end = start + slot->capacity, all = slot->cells * slot->capacity;
	/* One behind the other where there is no room between them. */
	size_t last = slot->first + slot->last < all ? all - slot->last : slot->first;

	return within(start, end, 0, slot->first) + within(start, end, last, last + slot->last);
}

int cell_fill(uint8_t *payload, size_t wire, enum cell_type type, const void *content, size_t bytes)
{
	if (wire < CELL_MIN || wire > CELL_MAX || bytes > cell_capacity(wire))
		return -EMSGSIZE;
	if (bytes)
		memcpy(payload, content, bytes);
	payload[bytes] = (uint8_t)type;
	memset(payload + bytes + CELL_TYPE_BYTES, 0, cell_capacity(wire) - bytes);
	return 0;
}
