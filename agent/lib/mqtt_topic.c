// SPDX-License-Identifier: GPL-2.0
/* Topic names and filters of MQTT 3.1.1, section 4.7. */
#include <string.h>

#include "mqtt.h"

#define CHARACTER_BAD 0xffffffffu

/* One character of UTF-8 (RFC 3629) at *at, which moves on; CHARACTER_BAD for a sequence that is not well formed. */
static uint32_t character(struct mqtt_view text, size_t *at)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = text.data[(*at)++];
	unsigned int more;
	uint32_t c;

	if (first < 0x80)
		return first;
	if (first < 0xc2 || first > 0xf4)
		return CHARACTER_BAD;
	more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	c = first & (0x3fu >> more);
	if (text.bytes - *at < more)
		return CHARACTER_BAD;
	for (unsigned int i = 0; i < more; i++) {
		uint8_t next = text.data[(*at)++];

		if ((next & 0xc0) != 0x80)
			return CHARACTER_BAD;
		c = c << 6 | (next & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return CHARACTER_BAD;
	return c;
}

bool mqtt_text_valid(struct mqtt_view text)
{
	size_t at = 0;

	while (at < text.bytes) {
		uint32_t c = character(text, &at);

		if (c == CHARACTER_BAD || c < 0x20 || (c >= 0x7f && c <= 0x9f))
			return false;
		/* Non-characters: the last two of each plane, and U+FDD0 to U+FDEF. */
		if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
			return false;
	}
	return true;
}

static bool levels_valid(struct mqtt_view text)
{
	size_t levels = 1;

	for (size_t i = 0; i < text.bytes; i++)
		levels += text.data[i] == '/';
	return text.bytes && text.bytes <= UINT16_MAX && levels <= MQTT_LEVELS_MAX && mqtt_text_valid(text);
}

bool mqtt_topic_valid(struct mqtt_view topic)
{
	return levels_valid(topic) && !memchr(topic.data, '+', topic.bytes) && !memchr(topic.data, '#', topic.bytes);
}

bool mqtt_filter_valid(struct mqtt_view filter)
{
	const uint8_t *d = filter.data;

	if (!levels_valid(filter))
		return false;
	for (size_t i = 0; i < filter.bytes; i++) {
		bool opens = i == 0 || d[i - 1] == '/';
		bool ends = i + 1 == filter.bytes;

		if (d[i] == '#' && !(opens && ends))
			return false;
		if (d[i] == '+' && !(opens && (ends || d[i + 1] == '/')))
			return false;
	}
	return true;
}

static size_t level_end(struct mqtt_view text, size_t at)
{
	const uint8_t *slash = memchr(text.data + at, '/', text.bytes - at);

	return slash ? (size_t)(slash - text.data) : text.bytes;
}

static bool shared(struct mqtt_view filter)
{
	return filter.bytes >= 6 && !memcmp(filter.data, "$share", 6) && level_end(filter, 0) == 6;
}

bool mqtt_share_valid(struct mqtt_view filter)
{
	size_t end;

	if (!shared(filter))
		return true;
	if (filter.bytes == 6)
		return false;
	end = level_end(filter, 7);
	return end > 7 && end + 1 < filter.bytes && !memchr(filter.data + 7, '+', end - 7);
}

struct mqtt_view mqtt_share_filter(struct mqtt_view filter)
{
	size_t start;

	if (!shared(filter) || !mqtt_share_valid(filter))
		return filter;
	start = level_end(filter, 7) + 1;
	return (struct mqtt_view){ filter.data + start, filter.bytes - start };
}

bool mqtt_topic_matches(struct mqtt_view filter, struct mqtt_view topic)
{
	size_t f = 0, t = 0;

	/* 4.7.2: a wildcard in front does not match $SYS and the like. */
	if (topic.data[0] == '$' && (filter.data[0] == '+' || filter.data[0] == '#'))
		return false;

	for (;;) {
		size_t f_end = level_end(filter, f);
		size_t t_end = level_end(topic, t);

		if (f_end - f == 1 && filter.data[f] == '#')
			return true;
		if (!(f_end - f == 1 && filter.data[f] == '+') &&
		    (f_end - f != t_end - t || memcmp(filter.data + f, topic.data + t, f_end - f)))
			return false;
		if (t_end == topic.bytes) {
			/* "a/#" matches "a" as well. */
			return f_end == filter.bytes ||
			       (filter.bytes - f_end == 2 && filter.data[f_end + 1] == '#');
		}
		if (f_end == filter.bytes)
			return false;
		f = f_end + 1;
		t = t_end + 1;
	}
}
