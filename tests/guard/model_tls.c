// SPDX-License-Identifier: GPL-2.0
/* A stream of TLS records, parsed from its first byte (RFC 8446). */
#include "model.h"

#include <string.h>

#define HELLO_MAX 16384

static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* A hello as far as it came: `have` of its `whole` bytes. */
struct hello {
	const uint8_t *at;
	size_t have;
	size_t whole;
	bool client;
	bool tls13;
	bool versions;	/* supported_versions came */
};

enum part { PART_FINE, PART_SHORT, PART_BAD };

static size_t be16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Are there `n` bytes at `at`? BAD: the message does not hold so many; SHORT: they did not come yet. */
static enum part need(const struct hello *h, size_t at, size_t n)
{
	if (at + n > h->whole)
		return PART_BAD;
	return at + n > h->have ? PART_SHORT : PART_FINE;
}

static enum part client_versions(struct hello *h, size_t at, size_t length)
{
	enum part part;

	part = need(h, at, 1);
	if (part)
		return part;
	if (!h->at[at] || h->at[at] % 2 || h->at[at] + 1u != length)
		return PART_BAD;
	for (size_t i = at + 1; i < at + length; i += 2) {
		part = need(h, i, 2);
		if (part)
			return part;
		h->tls13 |= be16(h->at + i) == 0x0304;
	}
	return PART_FINE;
}

static enum part one_extension(struct hello *h, size_t at, size_t type, size_t length)
{
	enum part part;

	if (type == 42)
		return PART_BAD;
	if (type != 43)
		return PART_FINE;
	if (h->versions)
		return PART_BAD;
	h->versions = true;
	if (h->client)
		return client_versions(h, at, length);
	if (length != 2)
		return PART_BAD;
	part = need(h, at, 2);
	if (part)
		return part;
	h->tls13 = be16(h->at + at) == 0x0304;
	return h->tls13 ? PART_FINE : PART_BAD;
}

static enum part extensions(struct hello *h, size_t at)
{
	enum part part = need(h, at, 2);

	if (part)
		return part;
	if (at + 2 + be16(h->at + at) != h->whole)
		return PART_BAD;
	for (at += 2; at < h->whole;) {
		size_t type, length;

		part = need(h, at, 4);
		if (part)
			return part;
		type = be16(h->at + at);
		length = be16(h->at + at + 2);
		at += 4;
		if (at + length > h->whole)
			return PART_BAD;
		part = one_extension(h, at, type, length);
		if (part)
			return part;
		at += length;
		/* Whether another extension has room is known as soon as this one's head is. */
		if (at < h->whole && at + 4 > h->whole)
			return PART_BAD;
		if (at > h->have)
			return PART_SHORT;
	}
	return h->tls13 ? PART_FINE : PART_BAD;
}

/* Steps over a vector of bytes whose length stands in 1 or 2 bytes; *at becomes what follows, which needs `next` bytes. */
static enum part vector(const struct hello *h, size_t *at, size_t head, size_t most, size_t next)
{
	enum part part = need(h, *at, head);
	size_t length;

	if (part)
		return part;
	length = head == 1 ? h->at[*at] : be16(h->at + *at);
	if (length > most || *at + head + length + next > h->whole)
		return PART_BAD;
	*at += head + length;
	return PART_FINE;
}

/* Body of a ClientHello or ServerHello (RFC 8446, 4.1.2 and 4.1.3). */
static enum part hello_body(struct hello *h)
{
	size_t at = 34;
	enum part part = need(h, 0, 2);

	if (part)
		return part;
	if (be16(h->at) != 0x0303)
		return PART_BAD;
	/* What the next field needs must be there in the message's length. */
	if (h->client ? 35 > h->whole : 10 > h->whole)
		return PART_BAD;
	if (!h->client) {
		for (size_t i = 1; i <= 4; i++) {
			size_t n = i < 4 ? 2 + 8 * i + 8 : 35;

			if (h->have >= 2 + 8 * i && h->whole < n)
				return PART_BAD;
		}
	}
	if (h->have < 35)
		return PART_SHORT;
	part = vector(h, &at, 1, 32, h->client ? 2 : 3);
	if (!part && h->client) {
		part = vector(h, &at, 2, 65535, 1);
		if (!part)
			part = vector(h, &at, 1, 255, 2);
		return part ? part : extensions(h, at);
	}
	if (part)
		return part;
	/* What follows suite and compression is asked for once they have come. */
	if (need(h, at, 3))
		return need(h, at, 3);
	return extensions(h, at + 3);
}

static bool is_retry(const struct hello *h)
{
	return !memcmp(h->at + 2, retry_random, sizeof(retry_random));
}

/* The state between records. */
struct walk {
	const struct slow_stream *s;
	uint8_t message[4 + HELLO_MAX];
	size_t gathered;	/* bytes of a handshake message that is not whole yet */
	unsigned int hellos, alerts, changes;
	bool verified;
	enum slow_end end;
};

static bool type_fits(const struct walk *w, uint8_t type, bool verified)
{
	switch (type) {
	case 20:
		return w->hellos && !w->changes && !w->gathered;
	case 21:
		return !w->alerts && !w->gathered && (w->hellos || !w->s->client);
	case 22:
		if (verified)
			return false;
		if (w->gathered || !w->hellos)
			return true;
		return w->hellos == 1 && (!w->s->client || w->s->retried);
	case 23:
		return verified && !w->gathered;
	}
	return false;
}

/* As much of a record's head as there is. */
static bool head_fits(const struct walk *w, const uint8_t *p, size_t have, bool verified)
{
	size_t length;

	if (!type_fits(w, p[0], verified))
		return false;
	if (have > 1 && p[1] != 3)
		return false;
	if (have > 2 && p[2] != 3 && (verified || p[2] < 1 || p[2] > 3))
		return false;
	if (have > 3 && (size_t)p[3] << 8 > 16640)
		return false;
	if (have < 5)
		return true;
	length = be16(p + 3);
	switch (p[0]) {
	case 20:
		return length == 1;
	case 21:
		return length == 2;
	case 22:
		return length >= 1 && length <= 16384;
	}
	return length >= 1 && length <= 16640;
}

/* Bytes of a handshake record; `last` says that the record ends with them. Return: false if refused. */
static bool handshake(struct walk *w, const uint8_t *p, size_t bytes, bool last, size_t left_in_record)
{
	struct hello h = { .client = w->s->client };
	enum part part;
	size_t length;

	if (bytes > sizeof(w->message) - w->gathered)
		bytes = sizeof(w->message) - w->gathered;
	memcpy(w->message + w->gathered, p, bytes);
	w->gathered += bytes;
	if (w->gathered < 4)
		return true;
	if (w->message[0] != (w->s->client ? 1 : 2))
		return false;
	length = (size_t)w->message[1] << 16 | be16(w->message + 2);
	if (length > HELLO_MAX || length < 2)
		return false;
	h.at = w->message + 4;
	h.whole = length;
	h.have = w->gathered - 4;
	/* More than the message in its record: refused as soon as the message is whole. */
	if (h.have > h.whole || (h.have == h.whole && (!last || left_in_record))) {
		h.have = h.whole;
		return false;
	}
	part = hello_body(&h);
	if (part == PART_BAD)
		return false;
	if (h.have < h.whole)
		return true;
	if (part != PART_FINE)
		return false;
	w->gathered = 0;
	w->hellos++;
	if (w->s->client)
		return true;
	if (is_retry(&h)) {
		if (w->hellos > 1)
			return false;
		w->end = SLOW_RETRY;
	} else {
		w->end = SLOW_CHOSEN;
		w->verified = true;
	}
	return true;
}

enum slow_end slow_judge(const struct slow_stream *s, const uint8_t *data, size_t bytes)
{
	static struct walk w;
	size_t at = 0;

	memset(&w, 0, sizeof(w));
	w.s = s;
	while (at < bytes) {
		size_t have = bytes - at < 5 ? bytes - at : 5, body, length;
		/* A head that was whole before was judged by what was known then. */
		bool fresh = at + 5 > s->old;
		bool verified = w.verified || (s->verified && fresh);

		if (fresh && !head_fits(&w, data + at, have, verified))
			return SLOW_REFUSED;
		if (have < 5)
			break;
		length = be16(data + at + 3);
		w.changes += data[at] == 20;
		w.alerts += data[at] == 21;
		at += 5;
		body = bytes - at < length ? bytes - at : length;
		if (data[at - 5] == 22 && !handshake(&w, data + at, body, body == length, length - body))
			return SLOW_REFUSED;
		at += body;
		if (s->stop && w.verified)
			break;
	}
	return w.end;
}
