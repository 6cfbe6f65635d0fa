// SPDX-License-Identifier: GPL-2.0
/*
 * Connections of real programs, cut, bent and broken at random, through the
 * guard's programs on this kernel, each verdict compared with the model's.
 *
 * usage: mutate HELLOS FRAMES [SEED]: HELLOS is tests/guard/hellos; ends after so
 * many frames. Prints TAP; what differs first is printed as hexadecimal frames,
 * with the seed that brings it again.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench.h"
#include "model.h"
#include "packet.h"

#define SCRIPTS_MAX 64
#define TURNS_MAX 16
#define SEGMENT_MAX 1400
#define SAID_MAX 400	/* frames of a connection that is made up */
#define FRAMES_MAX 4000

struct turn {
	bool client;
	uint8_t *data;
	size_t bytes;
};

struct script {
	char name[64];
	bool refused;	/* "# verdict: refused" stands in it: the server chose something older, or it is no TLS */
	struct turn turns[TURNS_MAX];
	size_t count;
};

struct frame {
	bool out, forwarded;
	uint8_t data[FRAME_MAX];
	size_t bytes;
};

static struct script scripts[SCRIPTS_MAX];
static size_t script_count;
static struct bench b;
static struct model *model;
static struct frame frames[FRAMES_MAX];
static char to_text[INET6_ADDRSTRLEN];
static size_t frame_count;
static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return n ? draw() % n : 0;
}

static bool once_in(size_t n)
{
	return !below(n);
}

/* ---- scripts ---- */

static void read_turn(struct script *s, const char *line)
{
	struct turn *t = &s->turns[s->count];
	size_t digits = strspn(line + 2, "0123456789abcdef");
	unsigned int byte;

	if (s->count == TURNS_MAX || (line[0] != '>' && line[0] != '<'))
		return;
	t->client = line[0] == '>';
	t->bytes = digits / 2;
	t->data = malloc(t->bytes + 1);
	for (size_t i = 0; i < t->bytes; i++) {
		sscanf(line + 2 + 2 * i, "%2x", &byte);
		t->data[i] = (uint8_t)byte;
	}
	s->count++;
}

static int read_scripts(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[1024], *line = NULL;
	size_t room = 0;
	FILE *f;

	while (dir && (entry = readdir(dir)) && script_count < SCRIPTS_MAX) {
		if (!strstr(entry->d_name, ".hex"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		f = fopen(file, "r");
		if (!f)
			continue;
		snprintf(scripts[script_count].name, sizeof(scripts[0].name), "%.60s", entry->d_name);
		while (getline(&line, &room, f) > 0) {
			scripts[script_count].refused |= !strcmp(line, "# verdict: refused\n");
			read_turn(&scripts[script_count], line);
		}
		fclose(f);
		script_count++;
	}
	free(line);
	if (dir)
		closedir(dir);
	return script_count ? 0 : -1;
}

/* ---- one connection ---- */

struct talk {
	bool device_is_client;
	bool v6, made_up, forwarded;
	uint16_t local_port, remote_port;
	uint32_t out_next, in_next;	/* as if all had arrived */
};

/* Options, extension headers and bytes behind the end, most of which may not leave. */
static void dress(struct test_packet *p, bool v6)
{
	static const uint8_t options[][12] = { { 1, 1, 1, 1, 1, 0 }, { 148, 4, 0, 0, 1 }, { 148, 4, 0, 1 }, { 7, 11, 12, 'w' },
					       { 131, 7, 4, 9, 9, 9, 9 }, { 1, 148, 4 }, { 0, 0, 0, 0, 148, 4, 0, 0, 0, 'w' } };
	static const uint8_t headers[][7] = { { 0, 1, 4 }, { 0, 5, 2, 0, 0, 1, 0 }, { 0, 5, 2, 0, 1 }, { 0, 1, 4, 'w' }, { 0, 0, 1, 3 },
					      { 0, 0xc2, 4, 0, 0, 0, 40 }, { 0, 30, 4, 'w' }, { 0, 1, 5 }, { 0, 0, 0, 0, 0, 0, 1 } };
	static const uint8_t long_header[15] = { 1, 1, 12 };
	static const uint8_t types[] = { 0, 60, 43, 60 };
	static uint8_t trailer[40];

	switch (below(3)) {
	case 0:
		p->ip_options = options[below(7)];
		p->ip_option_bytes = v6 ? 0 : 4 * (1 + below(3));
		break;
	case 1:
		p->extension = once_in(8) ? long_header : headers[below(9)];
		p->extension_type = types[below(4)];
		p->extensions = v6 ? 1 + (unsigned int)below(2) : 0;
		break;
	default:
		memset(trailer, 0, sizeof(trailer));
		p->trailer = trailer;
		p->trailer_bytes = below(sizeof(trailer));
		if (once_in(2))
			trailer[below(sizeof(trailer))] = 'w';
	}
}

/* Bytes of a TCP option or what looks like one; `to` has room for 40. */
static size_t some_option(uint8_t *to, uint32_t ack)
{
	static const uint8_t lengths[] = { 1, 1, 4, 3, 2, 10, 0, 0, 10 };
	size_t kind = below(9), n = lengths[kind];

	for (size_t i = 0; i < 40; i++)
		to[i] = once_in(3) ? 0 : (uint8_t)draw();
	to[0] = (uint8_t)(kind == 6 ? 9 + below(30) : kind);
	if (kind == 5) {
		n += 8 * below(4);
		for (size_t i = 2; i < n; i += 4) {
			uint32_t edge = htonl(ack + (uint32_t)(i / 4 * 100) + (once_in(8) ? (uint32_t)draw() >> below(16) : 0));

			memcpy(to + i, &edge, 4);
		}
	}
	if (kind == 8 && once_in(2))
		memset(to + 6, 0, 4);
	if (!n)
		n = 2 + below(20);
	if (kind > 1)
		to[1] = (uint8_t)(once_in(12) ? below(42) : n);
	return n;
}

static size_t some_options(uint8_t to[40], uint32_t ack)
{
	size_t bytes = 4 * (1 + below(10)), at = 0, n;
	uint8_t one[40];

	memset(to, 1, 40);
	while (at < bytes) {
		n = some_option(one, ack);
		if (n > bytes - at && !once_in(4))
			break;
		n = n > bytes - at ? bytes - at : n;
		memcpy(to + at, one, n);
		at += n;
	}
	return bytes;
}

static void emit(struct talk *t, bool out, uint8_t flags, uint32_t seq, uint32_t ack, const uint8_t *payload, size_t bytes)
{
	const char *device = t->v6 ? "2001:db8::2" : "192.0.2.2", *cloud = t->v6 ? "2001:db8:ffff::7" : "198.51.100.7";
	struct test_packet p = { .from = out ? device : cloud, .to = out ? cloud : device, .flags = flags, .seq = seq,
				 .ack = ack, .payload = payload, .bytes = bytes };
	static const uint8_t nops[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct frame *f = &frames[frame_count];
	uint8_t options[40];

	if (frame_count == FRAMES_MAX)
		return;
	p.from_port = out ? t->local_port : t->remote_port;
	p.to_port = out ? t->remote_port : t->local_port;
	if (once_in(8)) {
		p.options = nops;
		p.option_bytes = 4 * (1 + below(2));
	}
	if (t->made_up && once_in(t->forwarded ? 2 : 8)) {
		p.options = options;
		p.option_bytes = some_options(options, ack);
	}
	if (t->made_up && once_in(8)) {
		p.flags |= (uint8_t)(once_in(2) ? FLAG_URG : 0);
		p.urgent = (uint16_t)(once_in(2) ? draw() : 0);
		p.reserved = (uint8_t)below(16);
	}
	/* Four are one more than the guard reads. */
	if (t->v6 && t->made_up && once_in(8))
		p.extensions = (unsigned int)below(6);
	if (t->made_up && once_in(16))
		dress(&p, t->v6);
	f->out = out;
	/* Now and then by somebody else, who writes the same addresses. */
	f->forwarded = out && t->forwarded != (t->made_up && once_in(80));
	f->bytes = test_frame(&p, f->data);
	frame_count++;
}

/* A place at which TCP may begin anew: where something began or ended, or not. */
static size_t some_place(size_t said, const size_t *ends, size_t count)
{
	if (once_in(3))
		return 0;
	return once_in(8) ? below(said) : ends[below(count)];
}

/* Of what was said some is sent again, cut otherwise, with what would come next perhaps, and with other words perhaps. */
static void again(struct talk *t, bool out, const uint8_t *data, size_t bytes, size_t said, const size_t *ends, size_t count)
{
	uint32_t *next = out ? &t->out_next : &t->in_next, base = *next - (uint32_t)said;
	size_t at = some_place(said, ends, count), n = 1 + below(once_in(2) ? 64 : SEGMENT_MAX);
	uint8_t other[SEGMENT_MAX];

	for (size_t i = 1 + below(3); i && at < bytes; i--) {
		n = n > bytes - at ? bytes - at : n;
		memcpy(other, data + at, n);
		if (once_in(4))
			other[below(n)] = (uint8_t)draw();
		if (once_in(24))
			memset(other, 'w', n);
		emit(t, out, FLAG_ACK, base + (uint32_t)at, out ? t->in_next : t->out_next, other, n);
		at = once_in(2) ? at + n : some_place(said, ends, count);
	}
}

static void say(struct talk *t, bool out, const uint8_t *data, size_t bytes)
{
	const uint8_t *start = data;
	size_t all = bytes, ends[8] = { 0 }, parts = 0;
	size_t most = (const size_t[]){ 1, 5, 40, 300, SEGMENT_MAX }[below(5)];
	uint32_t *next = out ? &t->out_next : &t->in_next;

	while (bytes && frame_count < SAID_MAX) {
		size_t n = 1 + below(most);

		/* A turn of many small segments goes on in larger ones. */
		if (frame_count > 100)
			most = SEGMENT_MAX;
		if (n > bytes || once_in(20))
			n = bytes < SEGMENT_MAX ? bytes : SEGMENT_MAX;
		emit(t, out, FLAG_ACK, *next, out ? t->in_next : t->out_next, data, n);
		*next += (uint32_t)n;
		data += n;
		bytes -= n;
		ends[parts++ % 8] = all - bytes;
		if (once_in(10))
			again(t, out, start, all, all - bytes, ends, parts < 8 ? parts : 8);
	}
}

/* Extensions that say much, or that could come twice (RFC 8446, 4.2). */
static void bend_extension(uint8_t *data, size_t bytes)
{
	static const uint8_t versions[] = { 0, 43, 0 }, empty[] = { 0, 23, 0, 0 }, modes[] = { 0, 45, 0, 2 };
	uint8_t *at = memmem(data, bytes, versions, sizeof(versions)), *other;

	other = once_in(2) ? memmem(data, bytes, empty, sizeof(empty)) : memmem(data, bytes, modes, sizeof(modes));
	if (other && once_in(2)) {
		other[1] = once_in(2) ? 42 : 43;
		return;
	}
	if (!at || (size_t)(at - data) + 8 > bytes)
		return;
	switch (below(4)) {
	case 0:
		at[1] = 42;
		break;
	case 1:
		at[4] = (uint8_t)(at[4] + (once_in(2) ? 1 : -1));
		break;
	case 2:
		at[once_in(2) ? 5 : 6] = (uint8_t)(2 + below(4));
		break;
	default:
		at[3] = (uint8_t)(at[3] + (once_in(2) ? 1 : -1));
	}
}

/* Bend a few bytes. Return: the new length; `data` has room for 64 more. */
static size_t bend(uint8_t *data, size_t bytes)
{
	/* Where most of the structure is. */
	size_t at = once_in(2) ? below(bytes) : below(bytes < 64 ? bytes : 64), n = 1 + below(8);

	switch (below(8)) {
	case 0:
		data[at] ^= (uint8_t)(1 << below(8));
		break;
	case 1:
		data[at] = (uint8_t)draw();
		break;
	case 2:
		data[at] = (uint8_t)(data[at] + (once_in(2) ? 1 : -1));
		break;
	case 3:
		n = n > bytes - at ? bytes - at : n;
		memmove(data + at, data + at + n, bytes - at - n);
		return bytes - n;
	case 4:
		memmove(data + at + n, data + at, bytes - at);
		for (size_t i = 0; i < n; i++)
			data[at + i] = (uint8_t)draw();
		return bytes + n;
	case 5:
		return at;
	default:
		bend_extension(data, bytes);
	}
	return bytes;
}

/* The turn's first record in two, with something between them sometimes (RFC 8446, 5.1). */
static size_t split(uint8_t *data, size_t bytes)
{
	static const uint8_t between[][8] = { { 20, 3, 3, 0, 1, 1 }, { 21, 3, 3, 0, 2, 1, 0 } };
	size_t length, at, extra = 5, which = below(6);

	if (bytes < 7)
		return bytes;
	length = (size_t)data[3] << 8 | data[4];
	if (length < 2 || bytes < 5 + length)
		return bytes;
	at = 1 + (once_in(3) ? below(4) : below(length - 1));
	if (at >= length)
		at = length - 1;
	if (which < 2)
		extra += 6 + which;
	memmove(data + 5 + at + extra, data + 5 + at, bytes - 5 - at);
	if (which < 2)
		memcpy(data + 5 + at, between[which], 6 + which);
	memcpy(data + at + extra, data, 3);
	data[at + extra + 3] = (uint8_t)((length - at) >> 8);
	data[at + extra + 4] = (uint8_t)(length - at);
	data[3] = (uint8_t)(at >> 8);
	data[4] = (uint8_t)at;
	return bytes + extra;
}

static void say_turn(struct talk *t, const struct turn *turn, size_t bends)
{
	uint8_t *data = malloc(turn->bytes + 64 * 4);
	size_t bytes = turn->bytes;

	memcpy(data, turn->data, bytes);
	while (once_in(4) && bytes + 12 < turn->bytes + 64)
		bytes = split(data, bytes);
	for (size_t i = 0; i < bends && bytes; i++)
		bytes = bend(data, bytes);
	say(t, turn->client == t->device_is_client, data, bytes);
	free(data);
}

static void open_connection(struct talk *t)
{
	bool out = t->device_is_client;
	uint32_t here = t->out_next, there = t->in_next;

	emit(t, out, FLAG_SYN, out ? here : there, 0, NULL, 0);
	emit(t, !out, FLAG_SYN | FLAG_ACK, out ? there : here, (out ? here : there) + 1, NULL, 0);
	t->out_next++;
	t->in_next++;
	emit(t, out, FLAG_ACK, out ? t->out_next : t->in_next, out ? t->in_next : t->out_next, NULL, 0);
}

/* In the midst of it a SYN and its answer, or some of that: who serves then, and what counts as said? */
static void turn_round(struct talk *t)
{
	const struct script *s = &scripts[below(script_count)];
	const struct turn *turn = &s->turns[below(s->count)];
	uint32_t first = t->out_next - (uint32_t)(once_in(2) ? turn->bytes : below(8));
	uint32_t theirs = once_in(4) ? (uint32_t)draw() : t->in_next;

	if (!once_in(3))
		emit(t, false, FLAG_SYN, theirs - 1, 0, NULL, 0);
	if (once_in(4))
		emit(t, true, FLAG_SYN, first - 1 - (uint32_t)once_in(2), 0, NULL, 0);
	for (size_t i = 1 + once_in(4); i; i--)
		emit(t, true, FLAG_SYN | FLAG_ACK, first - 1 + (uint32_t)once_in(8), theirs + (uint32_t)once_in(8), NULL, 0);
	if (once_in(4))
		emit(t, true, FLAG_ACK, first, theirs, turn->data, turn->bytes < SEGMENT_MAX ? turn->bytes : SEGMENT_MAX);
	if (!once_in(4))
		emit(t, false, FLAG_ACK, theirs + (uint32_t)once_in(8), once_in(8) ? t->out_next : first, NULL, 0);
	if (once_in(4))
		return;
	t->out_next = first;
	t->in_next = theirs;
	say(t, true, turn->data, turn->bytes);
}

/* What may follow a handshake, and what may not. */
static void say_more(struct talk *t)
{
	static const uint8_t record[] = { 23, 3, 3, 0, 20, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x',
					  'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' };
	static const uint8_t plain[] = "GET / HTTP/1.0\r\n\r\n", change[] = { 20, 3, 3, 0, 1, 1 };
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 1, 0 }, huge[] = { 23, 3, 3, 0x41, 1 };
	static const uint8_t old[] = { 22, 3, 3, 0, 5, 1, 0, 0, 1, 3 }, nothing[] = { 23, 3, 3, 0, 0 };

	for (size_t i = below(5); i; i--) {
		switch (below(10)) {
		case 0:
			say(t, true, plain, sizeof(plain) - 1);
			break;
		case 1:
			say(t, true, change, sizeof(change));
			break;
		case 2:
			say(t, true, alert, sizeof(alert));
			break;
		case 3:
			say(t, true, huge, sizeof(huge));
			break;
		case 4:
			say(t, true, old, sizeof(old));
			break;
		case 5:
			say(t, true, nothing, sizeof(nothing));
			break;
		default:
			say(t, true, record, sizeof(record));
		}
	}
	if (once_in(3))
		emit(t, true, once_in(2) ? FLAG_FIN | FLAG_ACK : FLAG_RST | FLAG_ACK, t->out_next, t->in_next,
		     record, once_in(3) ? 3 : 0);
}

/* EAPOL, or nearly. `body` has room for 48 bytes. */
static void say_eapol(struct test_packet *p, uint8_t *body)
{
	size_t length = once_in(3) ? 0 : below(44);

	memset(body, 0, 48);
	body[0] = (uint8_t)below(5);
	body[1] = (uint8_t)below(7);
	body[3] = (uint8_t)length;
	body[4] = (uint8_t)(once_in(8) ? 254 : below(6));
	body[7] = (uint8_t)(length + once_in(8));
	if (once_in(8))
		body[below(48)] = (uint8_t)draw();
	p->payload = body;
	p->bytes = 4 + (once_in(3) ? below(44) : length);
}

static void put_group(uint8_t *to)
{
	static const uint8_t solicited[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };

	memset(to, 0, 16);
	memcpy(to, solicited, once_in(2) ? 13 : 2);
	to[13 + below(3)] = (uint8_t)(once_in(2) ? draw() : 1);
	if (once_in(4))
		to[below(16)] ^= (uint8_t)(1 << below(8));
}

/* Discovery and listener reports, or nearly. */
static void say_discovery(void)
{
	static const uint8_t types[] = { 133, 135, 136, 131, 132, 143, 143, 143, 134, 137 };
	uint8_t payload[256] = { types[below(10)] }, *at = payload + 8;
	struct test_packet p = { .from = "fe80::1", .to = to_text, .protocol = 58, .payload = payload,
				 .hops = payload[0] >= 133 && payload[0] < 138 ? 255 : 1 };
	struct frame *f = &frames[frame_count];

	if (payload[0] == 143) {
		payload[7] = (uint8_t)(1 + below(3));
		for (size_t i = payload[7]; i; i--) {
			at[0] = (uint8_t)(once_in(8) ? below(9) : 4);
			at[1] = (uint8_t)once_in(8);
			at[3] = (uint8_t)(once_in(3) ? below(3) : 0);
			put_group(at + 4);
			at += 20 + at[3] * 16 + at[1] * 4;
		}
		strcpy(to_text, once_in(8) ? "fe80::9" : "ff02::16");
	} else {
		put_group(at);
		inet_ntop(AF_INET6, at, to_text, sizeof(to_text));
		if (payload[0] == 135 && once_in(2))
			memcpy(at, "\x20\1\x0d\xb8\0\0\0\0\0\0", 8 + below(3));
		if (payload[0] == 132 || payload[0] == 133 || once_in(8))
			strcpy(to_text, "ff02::2");
		at += payload[0] == 133 ? 0 : 16;
		if (payload[0] >= 133 && !once_in(3)) {
			at[0] = (uint8_t)(const size_t[]){ 1, 2, 14, 3 }[below(4)];
			at[1] = (uint8_t)(once_in(8) ? 2 : 1);
			at += once_in(8) ? 16 : 8;
		}
	}
	p.bytes = (size_t)(at - payload) + once_in(16);
	if (once_in(6))
		payload[1 + below(p.bytes < 12 ? p.bytes : 12)] ^= (uint8_t)(1 << below(8));
	if (once_in(16))
		p.hops = 64;
	if (once_in(3))
		p.extensions = 1;
	f->out = true;
	f->bytes = test_frame(&p, f->data);
	frame_count++;
}

/* DHCP of a client's, with another byte perhaps. */
static void say_dhcp(void)
{
	bool v6 = once_in(2);
	uint8_t message[600];
	size_t bytes = test_dhcp_client(message, v6);
	struct test_packet p = { .from = v6 ? "fe80::1" : "0.0.0.0", .to = v6 ? "ff02::1:2" : "255.255.255.255", .protocol = 17,
				 .from_port = v6 ? 546 : 68, .to_port = v6 ? 547 : 67, .payload = message };
	struct frame *f = &frames[frame_count];

	memset(message + bytes, 0, sizeof(message) - bytes);
	switch (below(8)) {
	case 0:
		bytes = 1 + below(sizeof(message));
		break;
	case 1:
		bytes -= below(v6 ? bytes : 64);
		break;
	case 2:
		message[below(bytes)] = (uint8_t)draw();
		break;
	case 3:
	case 4:
		message[v6 ? below(bytes) : once_in(2) ? below(36) : 230 + below(70)] += (uint8_t)(below(3) - 1);
	}
	p.bytes = bytes;
	f->out = true;
	f->bytes = test_frame(&p, f->data);
	frame_count++;
}

/* What is not TCP: the link's upkeep, and what only looks like it. */
static void say_other(struct talk *t)
{
	static const uint8_t types[] = { 1, 3, 4, 8, 11, 12, 128, 129, 130, 132, 133, 136, 137, 138, 143 };
	static const char *const to6[] = { "ff02::1", "fe80::9", "2001:db8::9", "ff05::1:3", "febf::1", "fec0::1" };
	static const char *const to4[] = { "255.255.255.255", "192.0.2.255", "198.51.100.7" };
	static const uint8_t hops[] = { 1, 64, 254, 255 };
	struct test_packet p = { .from = t->v6 ? "fe80::1" : "192.0.2.2" };
	struct frame *f = &frames[frame_count];
	uint8_t payload[8], arp[48] = { 0, 1, 8, 0, 6, 4 };

	p.to = t->v6 ? to6[below(6)] : to4[below(3)];
	p.hops = hops[below(4)];
	memset(payload, types[below(sizeof(types))], sizeof(payload));
	p.payload = payload;
	p.bytes = below(9);
	p.protocol = (uint8_t)(const size_t[]){ 17, 17, 58, 58, 58, 1, 1, 47, 50, 132 }[below(10)];
	p.from_port = (uint16_t)(const size_t[]){ 68, 546, 1068 }[below(3)];
	p.to_port = (uint16_t)(const size_t[]){ 67, 547, 53 }[below(3)];
	if (once_in(4))
		p.ether = (uint16_t)(const size_t[]){ 0x0806, 0x888e, 0x8100, 0x88b5, 0x8863 }[below(5)];
	if (p.ether == 0x0806 && !once_in(4)) {
		memset(arp + 28, 0, sizeof(arp) - 28);
		arp[7] = (uint8_t)below(4);
		arp[once_in(4) ? below(sizeof(arp)) : 12] = (uint8_t)draw();
		p.payload = arp;
		p.bytes = 27 + below(22);
	}
	if (p.ether == 0x888e && !once_in(4))
		say_eapol(&p, arp);
	f->out = true;
	f->forwarded = t->forwarded;
	f->bytes = test_frame(&p, f->data);
	if (p.ether == 0x888e && once_in(2))
		memcpy(f->data, "\1\x80\xc2\0\0\3", 6);
	frame_count++;
}

/* An error about something that came, cut and bent perhaps. */
static void say_error(struct talk *t)
{
	static const uint8_t types[] = { 1, 2, 3, 4, 3, 11, 12, 128 };
	const struct frame *about = &frames[below(frame_count)];
	bool v6 = about->data[12] == 0x86;
	char to[INET6_ADDRSTRLEN];
	struct test_packet p = { .from = v6 ? "2001:db8::2" : "192.0.2.2", .to = to, .protocol = v6 ? 58 : 1 };
	uint8_t payload[8 + 200] = { types[below(8)] };
	size_t quoted = about->bytes - 14 < 200 ? about->bytes - 14 : 200, head = v6 ? 48 : 28;

	if (t->made_up && once_in(8))
		quoted = below(quoted);
	memcpy(payload + 8, about->data + 14, quoted);
	inet_ntop(v6 ? AF_INET6 : AF_INET, payload + 8 + (v6 ? 8 : 12), to, sizeof(to));
	for (size_t i = below(4); i; i--)
		payload[8 + (once_in(3) ? below(head) : (const size_t[]){ 1, 7, 8, 10, 26, 46 }[below(6)])] ^= (uint8_t)draw();
	if (once_in(16))
		p.to = v6 ? "2001:db8::66" : "198.51.100.66";
	p.payload = payload;
	p.bytes = 8 + quoted;
	frames[frame_count].out = true;
	frames[frame_count].bytes = test_frame(&p, frames[frame_count].data);
	frame_count++;
	if (once_in(8)) {
		frames[frame_count] = frames[frame_count - 1];
		frame_count++;
	}
}

static void write_frames(void)
{
	const struct script *s = &scripts[below(script_count)];
	struct talk t = { .device_is_client = !once_in(4), .v6 = once_in(3), .made_up = true, .forwarded = once_in(3),
			  .local_port = (uint16_t)(1024 + below(3)), .remote_port = 443 };
	size_t bent = once_in(2) ? below(s->count) : s->count;

	t.out_next = once_in(4) ? 0xffffff00u + (uint32_t)below(256) : (uint32_t)draw();
	t.in_next = once_in(4) ? 0xffffff00u + (uint32_t)below(256) : (uint32_t)draw();
	frame_count = 0;
	open_connection(&t);
	if (once_in(8))
		say_other(&t);
	while (once_in(2))
		once_in(3) ? say_dhcp() : say_discovery();
	for (size_t i = 0; i < s->count; i++) {
		/* Out of turn, or twice. */
		if (once_in(24))
			say_turn(&t, &s->turns[below(s->count)], 0);
		say_turn(&t, &s->turns[i], i == bent ? 1 + below(3) : 0);
		if (once_in(6))
			say_error(&t);
		if (once_in(24))
			say_turn(&t, &s->turns[i], 0);
		if (once_in(16))
			turn_round(&t);
	}
	say_more(&t);
}

/* ---- what happens to packets on the way ---- */

static void bend_frame(struct frame *f)
{
	size_t head = f->bytes < 94 ? f->bytes : 94;

	switch (below(6)) {
	case 4:
		/* IPv4's fragment field; in IPv6, somewhere in an address. */
		f->data[20 + below(2)] ^= (uint8_t)(1 << below(8));
		break;
	case 0:
		f->data[below(head)] ^= (uint8_t)(1 << below(8));
		break;
	case 1:
		f->data[12 + below(head - 12)] = (uint8_t)draw();
		break;
	case 2:
		f->bytes = 15 + below(f->bytes - 14);
		break;
	case 3:
		/* Flags, or the sequence number's last byte. */
		f->data[(f->data[12] == 8 ? 34 : 54) + (once_in(2) ? 13 : 7)] += (uint8_t)(1 + below(3));
		break;
	default:
		memset(f->data + f->bytes, 'p', 8);
		f->bytes += below(8);
	}
}

static void trouble(void)
{
	struct frame swap;

	for (size_t i = 0; i < frame_count; i++) {
		if (!once_in(12))
			continue;
		switch (below(4)) {
		case 0:
			bend_frame(&frames[i]);
			break;
		case 1:
			if (i + 1 == frame_count)
				break;
			swap = frames[i];
			frames[i] = frames[i + 1];
			frames[i + 1] = swap;
			break;
		case 2:
			memmove(&frames[i], &frames[i + 1], (frame_count - i - 1) * sizeof(*frames));
			frame_count--;
			break;
		default:
			if (i + 1 < frame_count)
				frames[i + 1] = frames[i];
		}
	}
}

static void show(size_t last)
{
	for (size_t i = 0; i <= last; i++) {
		printf("# %s ", frames[i].forwarded ? ">>" : frames[i].out ? ">" : "<");
		for (size_t k = 0; k < frames[i].bytes; k++)
			printf("%02x", frames[i].data[k]);
		printf("\n");
	}
}

struct sums {
	unsigned long frames, passed, refused, blanked, connections, verified;
};

/* Of the device's own: of another kind of packet the guard takes off what the model does not. */
static bool is_tcp(const struct frame *f)
{
	return f->out && f->data[f->data[12] == 0x86 ? 20 : 23] == 6;
}

/* Return: false where the guard and the model differ. */
static bool run(struct sums *sums)
{
	static uint8_t left[FRAME_MAX];
	struct tacit_policy policy;

	bench_reset(&b, &policy);
	model_reset(model);
	for (size_t i = 0; i < frame_count; i++) {
		const struct frame *f = &frames[i];
		bool is, should;
		size_t bytes;
		int verdict;

		b.forwarded = f->forwarded ? BENCH_IFINDEX : 0;
		verdict = bench_run(&b, f->out ? BENCH_OUT : BENCH_IN, f->data, f->bytes);
		if (verdict == BENCH_CANNOT)
			continue;
		is = verdict == TC_ACT_OK;
		b.priority = 0;
		memcpy(left, f->data, f->bytes);
		bytes = f->bytes;
		should = f->out ? model_out(model, left, &bytes, f->forwarded) : model_in(model, f->data, f->bytes);

		sums->frames++;
		sums->passed += is;
		sums->refused += !is;
		if (is != should) {
			printf("# frame %zu: the guard says %s, the model %s\n", i, is ? "pass" : "no", should ? "pass" : "no");
			show(i);
			return false;
		}
		if (is && (f->forwarded || is_tcp(f)) && (b.left_bytes != bytes || memcmp(b.left, left, bytes))) {
			printf("# frame %zu leaves otherwise than the model has it\n", i);
			show(i);
			return false;
		}
		sums->blanked += is && f->out && memcmp(left, f->data, bytes);
	}
	sums->connections++;
	sums->verified += model_verified(model);
	if (bench_counter(&b, TACIT_COUNT_VERIFIED) != model_verified(model)) {
		printf("# the guard verified %llu connections, the model %u\n",
		       (unsigned long long)bench_counter(&b, TACIT_COUNT_VERIFIED), model_verified(model));
		show(frame_count - 1);
		return false;
	}
	return true;
}

/*
 * TLS 1.3 is verified, and nothing else is. Early data may not leave; a client's that
 * comes in is no matter of the guard.
 */
static bool is_good(const struct script *s, bool device_is_client)
{
	return !s->refused && !(device_is_client && strstr(s->name, "0rtt"));
}

/* Every script as it was recorded, by both ends. */
static bool unbent(struct sums *sums)
{
	static const size_t most[] = { 1, 7, SEGMENT_MAX };

	for (size_t i = 0; i < 6 * script_count; i++) {
		const struct script *s = &scripts[i / 6];
		struct talk t = { .device_is_client = i % 2, .v6 = i % 4 > 1, .local_port = 1024, .remote_port = 443,
				  .out_next = 0xfffffff0, .in_next = 7 };
		unsigned long before = sums->verified, refused = sums->refused;
		bool good = is_good(s, t.device_is_client);

		frame_count = 0;
		open_connection(&t);
		for (size_t k = 0; k < s->count && frame_count < FRAMES_MAX; k++)
			for (size_t at = 0, n; at < s->turns[k].bytes; at += n) {
				bool out = s->turns[k].client == t.device_is_client;
				uint32_t *next = out ? &t.out_next : &t.in_next;

				/* The first bytes of each turn one by one, or few by few. */
				n = at < 700 ? most[i % 6 / 2] : SEGMENT_MAX;
				n = n > s->turns[k].bytes - at ? s->turns[k].bytes - at : n;
				emit(&t, out, FLAG_ACK, *next, out ? t.in_next : t.out_next, s->turns[k].data + at, n);
				*next += (uint32_t)n;
			}
		if (!run(sums))
			return false;
		if ((sums->verified > before) != good || (good && sums->refused > refused)) {
			printf("# %s by the device as %s: verified %lu, refused %lu\n", s->name,
			       t.device_is_client ? "client" : "server", sums->verified - before, sums->refused - refused);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;
	struct sums sums = { 0 };
	uint64_t seed;
	bool same = true, all;

	if (argc < 3 || read_scripts(argv[1])) {
		fprintf(stderr, "usage: mutate HELLOS FRAMES [SEED]\n");
		return 2;
	}
	if (argc > 3)
		seed = strtoull(argv[3], NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 2;
	bench_open(&b);
	model = model_new();
	all = unbent(&sums);
	memset(&sums, 0, sizeof(sums));
	for (uint64_t i = 0; same && sums.frames < most; i++) {
		state = seed + i;
		write_frames();
		if (!once_in(3))
			trouble();
		same = run(&sums);
		if (!same)
			printf("# again: mutate HELLOS 1 0x%llx\n", (unsigned long long)(seed + i));
	}
	printf("# seed 0x%llx: %lu frames of %lu connections, %lu passed, %lu of them with options blanked, %lu refused, %lu verified\n",
	       (unsigned long long)seed, sums.frames, sums.connections, sums.passed, sums.blanked, sums.refused, sums.verified);
	printf("%sok 1 - guard and model agree on every frame\n", same ? "" : "not ");
	/* Or the comparison would say little. */
	printf("%sok 2 - enough connections were verified, and enough frames refused or changed\n",
	       argc > 3 || (sums.verified * 8 > sums.connections && sums.refused * 20 > sums.frames &&
			     sums.blanked * 200 > sums.frames) ? "" : "not ");
	printf("%sok 3 - %zu recorded handshakes, cut anywhere, by both ends: TLS 1.3 is verified, nothing else is\n",
	       all ? "" : "not ", script_count);
	printf("1..3\n");
	model_free(model);
	return same && all ? 0 : 1;
}
