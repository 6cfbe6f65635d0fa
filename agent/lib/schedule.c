/* SPDX-License-Identifier: GPL-2.0 */
#include "schedule.h"

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint64_t rotate(uint64_t v, unsigned int bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);

	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

uint64_t siphash24(const uint8_t key[16], const void *data, size_t bytes)
{
	uint64_t k0 = load_le64(key), k1 = load_le64(key + 8);
	uint64_t v[4] = {
		k0 ^ 0x736f6d6570736575ull,
		k1 ^ 0x646f72616e646f6dull,
		k0 ^ 0x6c7967656e657261ull,
		k1 ^ 0x7465646279746573ull,
	};
	const uint8_t *p = data;
	/* The last word holds what is left over and, on top, the length modulo 256. */
	uint64_t last = (uint64_t)bytes << 56;
	size_t left = bytes;

	for (; left >= 8; left -= 8, p += 8)
		sip_absorb(v, load_le64(p));
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_absorb(v, last);

	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

const char *schedule_check(const struct tacit_schedule *s)
{
	if (s->period < SCHEDULE_PERIOD_MIN)
		return "the period is under 100ms";
	if (s->period > SCHEDULE_PERIOD_MAX)
		return "the period is over 1h";
	if (s->open < SCHEDULE_OPEN_MIN)
		return "slots are open for less than 10ms";
	/* Written so that no sum can overflow. */
	if (s->open > s->period || s->jitter > s->period - s->open)
		return "jitter and open together are longer than the period, so that slots could overlap";
	return NULL;
}

const char *schedule_pace_check(const struct tacit_schedule *s, const struct tacit_pace *pace)
{
	if (pace->urgent && s->open / pace->urgent < SCHEDULE_URGENT_OPEN_MIN)
		return "open / urgent is under 5ms, which is how long an urgent slot would last; make open longer or urgent "
		       "smaller";
	if (pace->other > 1 && pace->other * s->period > SCHEDULE_OTHER_MAX)
		return "from one slot of class other to the next it is over 30min (other * period); make other smaller";
	if (pace->budget && (TACIT_BUDGET_AHEAD + 1) * (pace->other ? pace->other : 1) * s->period > SCHEDULE_AHEAD_MAX)
		return "with a budget packets may wait for nine slots, which take over 60min (9 * other * period); make the period "
		       "or other smaller, or leave the budget away";
	return NULL;
}

/* The jitter of what is numbered `word`: k, and for urgent slots TACIT_URGENT_SLOTS more. */
static uint64_t draw(const uint8_t key[16], uint64_t word, uint64_t jitter)
{
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(word >> (8 * i));
	return siphash24(key, number, sizeof(number)) % (jitter + 1);
}

uint64_t schedule_slot_start(const struct tacit_schedule *s, uint64_t k)
{
	return k * s->period + draw(s->key, k, s->jitter);
}

/* 1 where nothing is said. */
static uint64_t every(const struct tacit_pace *pace, enum tacit_class class)
{
	return class == TACIT_CLASS_OTHER && pace->other ? pace->other : 1;
}

static uint64_t dense(const struct tacit_pace *pace, enum tacit_class class)
{
	return class == TACIT_CLASS_URGENT && pace->urgent ? pace->urgent : 1;
}

uint64_t schedule_class_start(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class,
			      uint64_t number)
{
	uint64_t n = dense(pace, class);

	if (class == TACIT_CLASS_URGENT)
		return number * (s->period / n) + draw(s->key, number + TACIT_URGENT_SLOTS, s->jitter / n);
	return schedule_slot_start(s, number * every(pace, class));
}

uint64_t schedule_class_open(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class)
{
	return s->open / dense(pace, class);
}

uint64_t schedule_class_span(const struct tacit_schedule *s, const struct tacit_pace *pace, enum tacit_class class)
{
	return s->period / dense(pace, class) * every(pace, class);
}

uint64_t schedule_class_departure(const struct tacit_schedule *s, const struct tacit_pace *pace,
				  enum tacit_class class, uint64_t now, uint64_t *number)
{
	uint64_t start;

	*number = now / schedule_class_span(s, pace, class);
	start = schedule_class_start(s, pace, class, *number);
	if (now < start)
		return start;
	if (now - start < schedule_class_open(s, pace, class))
		return now;
	return schedule_class_start(s, pace, class, ++*number);
}

uint64_t schedule_next_slot(const struct tacit_schedule *s, uint64_t now, uint64_t *k)
{
	/* A slot opens and closes within its own period, so that only this period's and the next one's can be it. */
	uint64_t number = now / s->period;
	uint64_t start = schedule_slot_start(s, number);

	if (start <= now)
		start = schedule_slot_start(s, ++number);
	if (k)
		*k = number;
	return start;
}

uint64_t schedule_departure(const struct tacit_schedule *s, uint64_t now)
{
	static const struct tacit_pace each = { .other = 1 };
	uint64_t number;

	return schedule_class_departure(s, &each, TACIT_CLASS_CHANNEL, now, &number);
}
