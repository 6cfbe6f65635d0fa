// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "tpm_wire.h"

void tacit_tpm_wire_init(struct tacit_tpm_wire *wire, void *data, size_t size)
{
	*wire = (struct tacit_tpm_wire){ .data = data, .size = size };
}

bool tacit_tpm_wire_bad(const struct tacit_tpm_wire *wire)
{
	return wire->bad;
}

/* The next bytes, or NULL; `at` never passes `size`. */
static u8 *take(struct tacit_tpm_wire *wire, size_t bytes)
{
	u8 *data;

	if (wire->bad || bytes > wire->size - wire->at) {
		wire->bad = true;
		return NULL;
	}
	data = wire->data + wire->at;
	wire->at += bytes;
	return data;
}

static void put_integer(struct tacit_tpm_wire *wire, u32 value, int bytes)
{
	u8 *data = take(wire, bytes);

	while (data && bytes--) {
		data[bytes] = value;
		value >>= 8;
	}
}

static u32 get_integer(struct tacit_tpm_wire *wire, int bytes)
{
	const u8 *data = take(wire, bytes);
	u32 value = 0;

	while (data && bytes--)
		value = value << 8 | *data++;
	return value;
}

void tacit_tpm_put_u8(struct tacit_tpm_wire *wire, u8 value)
{
	put_integer(wire, value, 1);
}

void tacit_tpm_put_u16(struct tacit_tpm_wire *wire, u16 value)
{
	put_integer(wire, value, 2);
}

void tacit_tpm_put_u32(struct tacit_tpm_wire *wire, u32 value)
{
	put_integer(wire, value, 4);
}

void tacit_tpm_put(struct tacit_tpm_wire *wire, const void *data, size_t bytes)
{
	u8 *to = take(wire, bytes);

	if (to && bytes)
		memcpy(to, data, bytes);
}

void tacit_tpm_put_2b(struct tacit_tpm_wire *wire, const void *data, u16 bytes)
{
	tacit_tpm_put_u16(wire, bytes);
	tacit_tpm_put(wire, data, bytes);
}

u8 tacit_tpm_get_u8(struct tacit_tpm_wire *wire)
{
	return get_integer(wire, 1);
}

u16 tacit_tpm_get_u16(struct tacit_tpm_wire *wire)
{
	return get_integer(wire, 2);
}

u32 tacit_tpm_get_u32(struct tacit_tpm_wire *wire)
{
	return get_integer(wire, 4);
}

void tacit_tpm_get(struct tacit_tpm_wire *wire, void *data, size_t bytes)
{
	const u8 *from = take(wire, bytes);

	if (from)
		memcpy(data, from, bytes);
	else
		memset(data, 0, bytes);
}

const u8 *tacit_tpm_get_2b(struct tacit_tpm_wire *wire, u16 *bytes)
{
	const u8 *data;

	*bytes = tacit_tpm_get_u16(wire);
	data = take(wire, *bytes);
	if (!data)
		*bytes = 0;
	return data;
}

void tacit_tpm_get_2b_exact(struct tacit_tpm_wire *wire, void *data, u16 bytes)
{
	if (tacit_tpm_get_u16(wire) != bytes)
		wire->bad = true;
	tacit_tpm_get(wire, data, bytes);
}
