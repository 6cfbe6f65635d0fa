// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "schedule.h"

/* SipHash-2-4 of 0, 1, ... 63 bytes 00 01 02 ... under the key 00 01 ... 0f, as published with the paper. */
static const char *const siphash_vectors[64] = {
	"310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785",
	"b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab",
	"6224939a79f5f593", "b0e4a90bdf82009e", "f3b9dd94c5bb5d7a", "a7ad6b22462fb3f4",
	"fbe50e86bc8f1e75", "903d84c02756ea14", "eef27a8e90ca23f7", "e545be4961ca29a1",
	"db9bc2577fcc2a3f", "9447be2cf5e99a69", "9cd38d96f0b3c14b", "bd6179a71dc96dbb",
	"98eea21af25cd6be", "c7673b2eb0cbf2d0", "883ea3e395675393", "c8ce5ccd8c030ca8",
	"94af49f6c650adb8", "eab8858ade92e1bc", "f315bb5bb835d817", "adcf6b0763612e2f",
	"a5c91da7acaa4dde", "716595876650a2a6", "28ef495c53a387ad", "42c341d8fa92d832",
	"ce7cf2722f512771", "e37859f94623f3a7", "381205bb1ab0e012", "ae97a10fd434e015",
	"b4a31508beff4d31", "81396229f0907902", "4d0cf49ee5d4dcca", "5c73336a76d8bf9a",
	"d0a704536ba93e0e", "925958fcd6420cad", "a915c29bc8067318", "952b79f3bc0aa6d4",
	"f21df2e41d4535f9", "87577519048f53a9", "10a56cf5dfcd9adb", "eb75095ccd986cd0",
	"51a9cb9ecba312e6", "96afadfc2ce666c7", "72fe52975a4364ee", "5a1645b276d592a1",
	"b274cb8ebf87870a", "6f9bb4203de7b381", "eaecb2a30b22a87f", "9924a43cc1315724",
	"bd838d3aafbf8db7", "0b1a2a3265d51aea", "135079a3231ce660", "932b2846e4d70666",
	"e1915f5cb1eca46c", "f325965ca16d629f", "575ff28e60381be5", "724506eb4c328a95",
};

static const uint8_t vector_key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void siphash_gives_the_published_values(void **state)
{
	uint8_t input[64], expected[8];

	(void)state;
	for (size_t n = 0; n < 64; n++) {
		uint64_t hash;

		input[n] = (uint8_t)n;
		hash = siphash24(vector_key, input, n);
		assert_int_equal(unhex(siphash_vectors[n], expected), 8);
		for (int i = 0; i < 8; i++)
			assert_int_equal((uint8_t)(hash >> (8 * i)), expected[i]);
	}
}

/* Computed with OpenSSL's SipHash and Python's integers. */
static void slots_open_where_the_definition_says(void **state)
{
	struct tacit_schedule s = { .period = 2 * NSEC_PER_SEC, .jitter = NSEC_PER_SEC, .open = 250 * NSEC_PER_MSEC };

	(void)state;
	memcpy(s.key, vector_key, sizeof(s.key));
	assert_int_equal(schedule_slot_start(&s, 0), 78719829ull);
	assert_int_equal(schedule_slot_start(&s, 1), 2344944467ull);
	assert_int_equal(schedule_slot_start(&s, 2), 4684006261ull);
	assert_int_equal(schedule_slot_start(&s, 1000), 2000321329251ull);
	assert_int_equal(schedule_slot_start(&s, 4294967296ull), 8589934592041035477ull);
}

static struct tacit_schedule any_schedule(uint64_t *seed)
{
	struct tacit_schedule s;

	s.period = SCHEDULE_PERIOD_MIN + chance(seed) % (SCHEDULE_PERIOD_MAX - SCHEDULE_PERIOD_MIN + 1);
	s.open = SCHEDULE_OPEN_MIN + chance(seed) % (s.period - SCHEDULE_OPEN_MIN + 1);
	s.jitter = chance(seed) % (s.period - s.open + 1);
	for (size_t i = 0; i < sizeof(s.key); i++)
		s.key[i] = (uint8_t)chance(seed);
	return s;
}

static void slots_keep_to_their_period_and_never_overlap(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct tacit_schedule s = any_schedule(&seed);
		uint64_t first = chance(&seed) % 1000000;

		assert_null(schedule_check(&s));
		for (uint64_t k = first; k < first + 50; k++) {
			uint64_t start = schedule_slot_start(&s, k);

			assert_true(start >= k * s.period && start <= k * s.period + s.jitter);
			assert_true(start + s.open <= schedule_slot_start(&s, k + 1));
		}
	}
}

static void the_next_slot_is_the_first_one_after_now(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct tacit_schedule s = any_schedule(&seed);
		uint64_t now = chance(&seed) % (1000 * s.period), k, start;

		/* The very moment of an opening is the case where "strictly" shows. */
		if (round % 3 == 0)
			now = schedule_slot_start(&s, now / s.period);
		start = schedule_next_slot(&s, now, &k);
		assert_true(start > now);
		assert_int_equal(start, schedule_slot_start(&s, k));
		assert_int_equal(start, schedule_next_slot(&s, now, NULL));
		if (k > 0)
			assert_true(schedule_slot_start(&s, k - 1) <= now);
	}
}

static bool is_open(const struct tacit_schedule *s, uint64_t now)
{
	uint64_t first = now / s->period;

	/* Wider than need be, so that nothing rests on the arithmetic that is tested. */
	for (uint64_t k = first > 1 ? first - 2 : 0; k < first + 3; k++) {
		uint64_t start = schedule_slot_start(s, k);

		if (now >= start && now < start + s->open)
			return true;
	}
	return false;
}

static void a_packet_leaves_in_the_open_slot_or_as_the_next_one_opens(void **state)
{
	uint64_t seed = 3;
	int at_once = 0, held = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct tacit_schedule s = any_schedule(&seed);
		uint64_t now = chance(&seed) % (1000 * s.period), leaves;
		uint64_t start = schedule_slot_start(&s, now / s.period);

		if (round % 5 == 0)
			now = start;
		if (round % 5 == 1)
			now = start + s.open - 1;
		if (round % 5 == 2)
			now = start + s.open;
		leaves = schedule_departure(&s, now);
		assert_true(is_open(&s, leaves));
		if (is_open(&s, now)) {
			assert_int_equal(leaves, now);
			at_once++;
		} else {
			assert_int_equal(leaves, schedule_next_slot(&s, now, NULL));
			held++;
		}
	}
	assert_true(at_once > 300 && held > 300);
}

/* The jitter of 4096 slots over 16 boxes: chi square with 15 degrees of freedom exceeds 37.7 once in 1000 keys. */
static void jitter_uses_its_whole_range_evenly(void **state)
{
	struct tacit_schedule s = { .period = 2 * NSEC_PER_SEC, .jitter = NSEC_PER_SEC, .open = 250 * NSEC_PER_MSEC };
	unsigned int boxes[16] = { 0 };
	double chi = 0;

	(void)state;
	memcpy(s.key, vector_key, sizeof(s.key));
	for (uint64_t k = 0; k < 4096; k++)
		boxes[(schedule_slot_start(&s, k) - k * s.period) * 16 / (s.jitter + 1)]++;
	for (int i = 0; i < 16; i++)
		chi += (boxes[i] - 256.0) * (boxes[i] - 256.0) / 256.0;
	assert_true(chi < 37.7);
}

static void a_schedule_out_of_bounds_is_refused_with_the_reason(void **state)
{
	static const struct {
		uint64_t period, jitter, open;
		const char *says;
	} cases[] = {
		{ 0, 0, 0, "period" },
		{ SCHEDULE_PERIOD_MIN - 1, 0, SCHEDULE_OPEN_MIN, "under 100ms" },
		{ SCHEDULE_PERIOD_MAX + 1, 0, SCHEDULE_OPEN_MIN, "over 1h" },
		{ SCHEDULE_PERIOD_MAX, 0, SCHEDULE_OPEN_MIN - 1, "less than 10ms" },
		{ NSEC_PER_SEC, 0, NSEC_PER_SEC + 1, "overlap" },
		{ NSEC_PER_SEC, NSEC_PER_SEC / 2 + 1, NSEC_PER_SEC / 2, "overlap" },
		{ NSEC_PER_SEC, UINT64_MAX, NSEC_PER_SEC / 2, "overlap" },
		{ NSEC_PER_SEC, 0, UINT64_MAX, "overlap" },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, "over 1h" },
	};
	struct tacit_schedule limits = { .period = SCHEDULE_PERIOD_MIN,
					 .jitter = SCHEDULE_PERIOD_MIN - SCHEDULE_OPEN_MIN,
					 .open = SCHEDULE_OPEN_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tacit_schedule s = { .period = cases[i].period, .jitter = cases[i].jitter, .open = cases[i].open };
		const char *text = schedule_check(&s);

		assert_non_null(text);
		assert_non_null(strstr(text, cases[i].says));
	}
	assert_null(schedule_check(&limits));
	limits.period = SCHEDULE_PERIOD_MAX;
	assert_null(schedule_check(&limits));
}

/* The urgent ones computed by Python's integers. */
static void classes_have_slots_of_their_own(void **state)
{
	struct tacit_schedule s = { .period = 2 * NSEC_PER_SEC, .jitter = NSEC_PER_SEC, .open = 250 * NSEC_PER_MSEC };
	const struct tacit_pace pace = { .other = 3, .urgent = 4 };
	uint64_t number, now, departure;

	(void)state;
	memcpy(s.key, vector_key, sizeof(s.key));
	assert_int_equal(schedule_class_start(&s, &pace, TACIT_CLASS_URGENT, 0), 166524648ull);
	assert_int_equal(schedule_class_start(&s, &pace, TACIT_CLASS_URGENT, 9), 4586032575ull);
	for (uint64_t j = 0; j < 300; j++) {
		assert_int_equal(schedule_class_start(&s, &pace, TACIT_CLASS_CHANNEL, j), schedule_slot_start(&s, j));
		assert_int_equal(schedule_class_start(&s, &pace, TACIT_CLASS_OTHER, j), schedule_slot_start(&s, 3 * j));
		now = j * NSEC_PER_SEC / 7;
		for (uint32_t class = 0; class < TACIT_CLASSES; class++) {
			departure = schedule_class_departure(&s, &pace, class, now, &number);
			assert_true(departure >= now);
			assert_true(departure >= schedule_class_start(&s, &pace, class, number));
			assert_true(departure - schedule_class_start(&s, &pace, class, number) <
				    schedule_class_open(&s, &pace, class));
			/* None that ends after now was passed over. */
			assert_true(!number || schedule_class_start(&s, &pace, class, number - 1) +
					       schedule_class_open(&s, &pace, class) <= now);
		}
	}
	assert_int_equal(schedule_class_open(&s, &pace, TACIT_CLASS_URGENT), 62500000);
	assert_int_equal(schedule_class_span(&s, &pace, TACIT_CLASS_OTHER), 6 * NSEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_gives_the_published_values),
		cmocka_unit_test(slots_open_where_the_definition_says),
		cmocka_unit_test(slots_keep_to_their_period_and_never_overlap),
		cmocka_unit_test(the_next_slot_is_the_first_one_after_now),
		cmocka_unit_test(a_packet_leaves_in_the_open_slot_or_as_the_next_one_opens),
		cmocka_unit_test(jitter_uses_its_whole_range_evenly),
		cmocka_unit_test(classes_have_slots_of_their_own),
		cmocka_unit_test(a_schedule_out_of_bounds_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
