// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "cell.h"

#define UNTOUCHED 0xa5

/*
 * What a peer does with TLSInnerPlaintext (RFC 8446, 5.4): from the end, skip zeros; the first
 * byte that is none is the type, what stands before it the content. The kernel's byte comes last.
 */
static size_t open_cell(const uint8_t *payload, size_t bytes, uint8_t *type)
{
	uint8_t inner[CELL_MAX];

	memcpy(inner, payload, bytes);
	inner[bytes++] = 0;
	while (bytes > 0 && inner[bytes - 1] == 0)
		bytes--;
	assert_true(bytes > 0);
	*type = inner[bytes - 1];
	return bytes - 1;
}

static void a_record_has_the_cells_size_on_the_wire(void **state)
{
	(void)state;
	for (size_t wire = CELL_MIN; wire <= CELL_MAX; wire++) {
		/* RFC 8446, 5.2: head of 5 bytes; content, type and padding; tag of 16 bytes. The kernel adds one type byte. */
		assert_int_equal(5 + cell_payload(wire) + 1 + 16, wire);
		assert_int_equal(cell_capacity(wire) + 1, cell_payload(wire));
	}
}

static void a_peer_reads_back_what_was_put_in(void **state)
{
	uint8_t content[CELL_MAX], payload[CELL_MAX + 8], type;
	uint64_t seed = 4;

	(void)state;
	for (size_t wire = CELL_MIN; wire <= CELL_MAX; wire += 7) {
		for (int round = 0; round < 20; round++) {
			size_t bytes = round == 0 ? 0 : round == 1 ? cell_capacity(wire) : chance(&seed) % cell_capacity(wire);
			enum cell_type wanted = round % 2 ? CELL_DATA : CELL_ALERT;

			for (size_t i = 0; i < bytes; i++)
				content[i] = round % 3 ? (uint8_t)chance(&seed) : 0;
			memset(payload, UNTOUCHED, sizeof(payload));
			assert_int_equal(cell_fill(payload, wire, wanted, content, bytes), 0);
			assert_int_equal(open_cell(payload, cell_payload(wire), &type), bytes);
			assert_int_equal(type, wanted);
			assert_memory_equal(payload, content, bytes);
			/* Not a byte behind the cell. */
			for (size_t i = cell_payload(wire); i < sizeof(payload); i++)
				assert_int_equal(payload[i], UNTOUCHED);
		}
	}
}

static void a_cover_needs_no_content(void **state)
{
	uint8_t payload[CELL_MAX], type;

	(void)state;
	memset(payload, UNTOUCHED, sizeof(payload));
	assert_int_equal(cell_fill(payload, CELL_MIN, CELL_DATA, NULL, 0), 0);
	assert_int_equal(open_cell(payload, cell_payload(CELL_MIN), &type), 0);
	assert_int_equal(type, 23);
}

static void what_does_not_fit_is_refused_and_nothing_written(void **state)
{
	uint8_t content[CELL_MAX + 1] = { 0 }, payload[CELL_MAX + 1];
	static const struct {
		size_t wire, bytes;
	} cases[] = {
		{ CELL_MIN, CELL_MIN - CELL_OVERHEAD + 1 },
		{ CELL_MAX, CELL_MAX - CELL_OVERHEAD + 1 },
		{ CELL_MIN, SIZE_MAX },
		{ CELL_MIN - 1, 0 },
		{ CELL_MAX + 1, 0 },
		{ 0, 0 },
		{ SIZE_MAX, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(payload, UNTOUCHED, sizeof(payload));
		assert_int_equal(cell_fill(payload, cases[i].wire, CELL_DATA, content, cases[i].bytes), -EMSGSIZE);
		for (size_t j = 0; j < sizeof(payload); j++)
			assert_int_equal(payload[j], UNTOUCHED);
	}
}

/* Every byte in its cell, reckoned byte by byte: from the front, but the last ones up to the slot's end. */
static void what_leaves_last_lies_at_the_slots_end(void **state)
{
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct cell_slot slot = { .cells = 1 + chance(&seed) % 16, .capacity = 1 + chance(&seed) % 40 };
		size_t all = slot.cells * slot.capacity, carried[16] = { 0 };

		slot.first = chance(&seed) % (all + 1);
		slot.last = chance(&seed) % (all - slot.first + 1);
		for (size_t at = 0; at < slot.first; at++)
			carried[at / slot.capacity]++;
		for (size_t at = 0; at < slot.last; at++)
			carried[(all - 1 - at) / slot.capacity]++;
		for (unsigned int i = 0; i < slot.cells; i++)
			assert_int_equal(cell_share(&slot, i), carried[i]);
	}
}

static void what_is_more_than_a_slot_fills_it_and_no_cell_overflows(void **state)
{
	struct cell_slot slot = { 3, 100, 250, 60 };

	(void)state;
	for (unsigned int i = 0; i < slot.cells; i++)
		assert_int_equal(cell_share(&slot, i), 100);
	slot.first = 0;
	slot.last = 1000;
	for (unsigned int i = 0; i < slot.cells; i++)
		assert_int_equal(cell_share(&slot, i), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_the_cells_size_on_the_wire),
		cmocka_unit_test(a_peer_reads_back_what_was_put_in),
		cmocka_unit_test(a_cover_needs_no_content),
		cmocka_unit_test(what_does_not_fit_is_refused_and_nothing_written),
		cmocka_unit_test(what_leaves_last_lies_at_the_slots_end),
		cmocka_unit_test(what_is_more_than_a_slot_fills_it_and_no_cell_overflows),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
