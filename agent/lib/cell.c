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
