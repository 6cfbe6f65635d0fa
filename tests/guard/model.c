// SPDX-License-Identifier: GPL-2.0
/* Packets and connections; what TLS says is in model_tls.c. */
#include "model.h"
#include "model_link.h"
#include "model_options.h"

#include <stdlib.h>
#include <string.h>

#define FLOWS 64
#define STREAM_MAX (64 * 1024)
#define PLACES 8
#define FLIGHT_MAX 16384
#define CAME_MAX 512

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define URG 32

struct parsed {
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	uint8_t protocol;
	bool v6;
	uint8_t hops, type;
	size_t behind_ip;	/* offset in the frame */
	size_t end;		/* of the packet, likewise */
	uint8_t flags;
	uint32_t seq, ack;
	size_t options, option_bytes;	/* of TCP, in the frame */
	const uint8_t *payload;
	size_t bytes;
};

/* Where a segment began or ended: what had been let out before it. */
struct place {
	uint8_t *text;
	size_t bytes;
};

struct flow {
	bool used, passive, denied, allowed_hello, verified;
	bool stamps;		/* TCP timestamps were offered */
	bool forwarded;		/* by whoever opened it */
	bool fin_out, fin_in, reset;
	bool fin_came;
	uint32_t fin;		/* what acknowledges the other end's FIN */
	uint32_t said, heard;	/* what the device acknowledged last, and what the other end did */
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	uint32_t first;
	uint8_t *sent;		/* what left, from `first` on */
	size_t sent_bytes;
	size_t proved;		/* of them were proof, if it was opened from outside */
	struct place places[PLACES];
	unsigned int kept;
	bool accepted, retried;
	uint32_t in_first;
	uint8_t *came;
	size_t came_bytes;
};

struct waiting {	/* for an acknowledgement of `first`, or, asked only, for an answer */
	bool used;
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	uint32_t first, theirs;
	bool forwarded;
};

/* Of a packet that came in: what an error about it may say. */
struct came {
	bool v6;
	uint8_t head[48];
};

struct model {
	struct came came[CAME_MAX];	/* the newest first */
	size_t came_count;
	struct flow flows[FLOWS];
	struct waiting asked[FLOWS], answered[FLOWS];
	unsigned int verified;
};

struct model *model_new(void)
{
	return calloc(1, sizeof(struct model));
}

static void forget(struct flow *f)
{
	free(f->sent);
	free(f->came);
	for (size_t i = 0; i < PLACES; i++)
		free(f->places[i].text);
	memset(f, 0, sizeof(*f));
}

void model_reset(struct model *m)
{
	for (size_t i = 0; i < FLOWS; i++)
		forget(&m->flows[i]);
	memset(m, 0, sizeof(*m));
}

void model_free(struct model *m)
{
	model_reset(m);
	free(m);
}

unsigned int model_verified(const struct model *m)
{
	return m->verified;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void map_v4(uint8_t to[16], const uint8_t *from)
{
	memset(to, 0, 10);
	to[10] = to[11] = 0xff;
	memcpy(to + 12, from, 4);
}

/* Options that may leave (tacit.conf(5)): end of list, no operation, and a router alert where a word begins. */
static bool quiet_options(const uint8_t *at, const uint8_t *end)
{
	static const uint8_t alert[4] = { 148, 4, 0, 0 };

	for (size_t i = 0; at + i < end;) {
		if (at[i] < 2)
			i++;
		else if (i % 4 == 0 && !memcmp(at + i, alert, 4))
			i += 4;
		else
			return false;
	}
	return true;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Likewise for IPv6 (RFC 8200, 4.2; RFC 2711; RFC 2675): one unit, and nothing in it that says more than must be. */
static bool quiet_extension(const uint8_t *h, bool hop, size_t behind_ip)
{
	const uint8_t *o = h + 2, *end = h + 8;

	if (h[1])
		return false;
	while (o < end) {
		size_t n;

		if (*o == 0) {
			o++;
			continue;
		}
		if (end - o < 2 || end - o - 2 < o[1])
			return false;
		n = o[1];
		switch (o[0]) {
		case 1:
			if (!all_zero(o + 2, n))
				return false;
			break;
		case 5:
			if (n != 2 || !all_zero(o + 2, 2))
				return false;
			break;
		case 0xc2:
			if (!hop || n != 4 || !behind_ip || be32(o + 2) != behind_ip)
				return false;
			break;
		default:
			return false;
		}
		o += 2 + n;
	}
	return true;
}

/* Offset of what follows the IP headers, or 0; *end is where the packet ends, or the frame does. */
static size_t ipv4(const uint8_t *f, size_t bytes, bool out, struct parsed *p, size_t *end)
{
	size_t head;

	if (bytes < 34 || f[14] >> 4 != 4 || (f[14] & 15) < 5)
		return 0;
	head = (f[14] & 15u) * 4;
	map_v4(p->local, f + (out ? 26 : 30));
	map_v4(p->remote, f + (out ? 30 : 26));
	p->protocol = f[23];
	if (be16(f + 20) & 0x3fff)
		return 0;
	if (be16(f + 16))
		*end = 14u + be16(f + 16);
	if (out && (14 + head > bytes || !quiet_options(f + 34, f + 14 + head)))
		return 0;
	return 14 + head;
}

/* IPv4 in the clothes of IPv6, ::ffff:0:0/96 */
static bool mapped(const uint8_t address[16])
{
	static const uint8_t clothes[12] = { [10] = 255, 255 };

	return !memcmp(address, clothes, sizeof(clothes));
}

static size_t ipv6(const uint8_t *f, size_t bytes, bool out, struct parsed *p, size_t *end)
{
	size_t at = 54;
	uint8_t next;

	if (bytes < 54 || f[14] >> 4 != 6)
		return 0;
	p->v6 = true;
	p->hops = f[21];
	memcpy(p->local, f + (out ? 22 : 38), 16);
	memcpy(p->remote, f + (out ? 38 : 22), 16);
	if (mapped(f + 22) || mapped(f + 38))
		return 0;
	if (be16(f + 18))
		*end = 54u + be16(f + 18);
	next = f[20];
	/* Four headers are read; what stands behind them must be no fifth, whatever it is. */
	for (int i = 0; i < 4; i++) {
		if (next == 44)
			return 0;
		if (next != 0 && next != 43 && next != 60) {
			p->protocol = next;
			return at;
		}
		if (at + 2 > bytes)
			return 0;
		if (out && (next == 43 || at + 8 > bytes || !quiet_extension(f + at, next == 0, bytes - 54)))
			return 0;
		next = f[at];
		at += (f[at + 1] + 1u) * 8;
	}
	return 0;
}

static bool parse(const uint8_t *f, size_t bytes, bool out, struct parsed *p)
{
	uint16_t ether = be16(f + 12);
	size_t end = bytes, at = 0, head;

	memset(p, 0, sizeof(*p));
	if (ether == 0x0800)
		at = ipv4(f, bytes, out, p, &end);
	else if (ether == 0x86dd)
		at = ipv6(f, bytes, out, p, &end);
	if (!at || end > bytes || at > end)
		return false;
	p->end = end;
	/* What stands behind the end is cut off, and counts for nothing. */
	if (p->protocol == 1 || p->protocol == 58) {
		if (at + 1 > end)
			return false;
		p->type = f[at];
		p->behind_ip = at;
		return true;
	}
	if (p->protocol == 17 && at + 8 > end)
		return false;
	if (p->protocol == 6 && at + 20 > end)
		return false;
	if (p->protocol != 6 && p->protocol != 17)
		return true;
	p->local_port = be16(f + at + (out ? 0 : 2));
	p->remote_port = be16(f + at + (out ? 2 : 0));
	if (p->protocol == 17) {
		p->payload = f + at + 8;
		p->bytes = end - at - 8;
		return at + 8 <= end;
	}
	head = (f[at + 12] >> 4) * 4u;
	if (head < 20 || at + head > end)
		return false;
	p->seq = be32(f + at + 4);
	p->ack = be32(f + at + 8);
	p->flags = f[at + 13];
	p->options = at + 20;
	p->option_bytes = head - 20;
	p->payload = f + at + head;
	p->bytes = end - at - head;
	return true;
}

#define SAME(x, p)                                                                                    \
	((x)->used && !memcmp((x)->local, (p)->local, 16) && !memcmp((x)->remote, (p)->remote, 16) && \
	 (x)->local_port == (p)->local_port && (x)->remote_port == (p)->remote_port)

static struct flow *find(struct model *m, const struct parsed *p)
{
	for (size_t i = 0; i < FLOWS; i++)
		if (SAME(&m->flows[i], p))
			return &m->flows[i];
	return NULL;
}

static struct flow *open_flow(struct model *m, const struct parsed *p, uint32_t first, bool passive,
			      bool forwarded)
{
	struct flow *f = find(m, p);

	for (size_t i = 0; !f && i < FLOWS; i++)
		if (!m->flows[i].used)
			f = &m->flows[i];
	if (!f)
		abort();
	forget(f);
	f->used = true;
	f->passive = passive;
	f->forwarded = forwarded;
	memcpy(f->local, p->local, 16);
	memcpy(f->remote, p->remote, 16);
	f->local_port = p->local_port;
	f->remote_port = p->remote_port;
	f->first = first;
	f->sent = malloc(STREAM_MAX);
	f->came = malloc(STREAM_MAX);
	if (!f->sent || !f->came)
		abort();
	return f;
}

static struct waiting *find_waiting(struct waiting among[FLOWS], const struct parsed *p)
{
	for (size_t i = 0; i < FLOWS; i++)
		if (SAME(&among[i], p))
			return &among[i];
	return NULL;
}

static void wait_for(struct waiting among[FLOWS], const struct parsed *p, uint32_t first, uint32_t theirs, bool forwarded)
{
	struct waiting *w = find_waiting(among, p);

	for (size_t i = 0; !w && i < FLOWS; i++)
		if (!among[i].used)
			w = &among[i];
	if (!w)
		abort();
	w->used = true;
	memcpy(w->local, p->local, 16);
	memcpy(w->remote, p->remote, 16);
	w->local_port = p->local_port;
	w->remote_port = p->remote_port;
	w->first = first;
	w->theirs = theirs;
	w->forwarded = forwarded;
}

/* Signed distance of sequence numbers (RFC 9293, 3.4). */
static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Put what is new of the segment behind the stream. Return: how many bytes are new, 0 if none, -1 before a gap. */
static long append(uint8_t *stream, size_t have, uint32_t first, const struct parsed *p)
{
	uint32_t next = first + (uint32_t)have;
	long fresh;

	if (ahead(next, p->seq) < 0)
		return -1;
	fresh = ahead(p->seq + (uint32_t)p->bytes, next);
	if (fresh <= 0)
		return 0;
	if (have + (size_t)fresh > STREAM_MAX)
		abort();
	memcpy(stream + have, p->payload + p->bytes - (size_t)fresh, (size_t)fresh);
	return fresh;
}

static void keep(struct flow *f, const uint8_t *text, size_t bytes)
{
	struct place *p = &f->places[f->kept % PLACES];

	if (!bytes)
		return;
	for (size_t i = 0; i < PLACES; i++)
		if (f->places[i].bytes == bytes)
			return;
	free(p->text);
	p->text = malloc(bytes);
	if (!p->text)
		abort();
	memcpy(p->text, text, bytes);
	p->bytes = bytes;
	f->kept++;
}

/* What was let out before byte `at` of the stream, where that is known; into `to`. */
static bool recall(const struct flow *f, size_t at, uint8_t *to)
{
	const uint8_t *text = at == f->sent_bytes ? f->sent : NULL;

	for (size_t i = 0; !text && i < PLACES; i++)
		if (f->places[i].bytes == at)
			text = f->places[i].text;
	if (at && !text)
		return false;
	memcpy(to, text ? text : to, at);
	return true;
}

/* Where the device's ServerHello ends in what it serves. */
static size_t proof_of(struct slow_stream s, const uint8_t *text, size_t bytes)
{
	size_t n = 1;

	while (n < bytes && slow_judge(&s, text, n) != SLOW_CHOSEN)
		n++;
	return n;
}

/*
 * Before the proof all is judged, also what is sent again: as what stood before
 * its place, and then this. What else is old does not leave.
 */
static bool unproved_out(struct model *m, struct flow *f, const struct parsed *p)
{
	static uint8_t text[2 * STREAM_MAX];
	int32_t place = ahead(p->seq, f->first);
	struct slow_stream s = { .client = !f->passive, .retried = f->retried };
	size_t at, n, head = f->sent_bytes;
	enum slow_end end;

	if (place < 0 || (size_t)place > head || !recall(f, (size_t)place, text))
		return false;
	at = s.old = (size_t)place;
	n = at + p->bytes;
	memcpy(text + at, p->payload, p->bytes);
	end = slow_judge(&s, text, n);
	if (end == SLOW_REFUSED || (end != SLOW_CHOSEN && n > FLIGHT_MAX)) {
		f->denied = true;
		return false;
	}
	keep(f, text, at);
	if (at < head && n > head && slow_judge(&s, text, head) != SLOW_CHOSEN)
		keep(f, text, head);
	if (n < head && end != SLOW_CHOSEN)
		keep(f, text, n);
	if (n > head) {
		memcpy(f->sent, text, n);
		f->sent_bytes = n;
	}
	f->allowed_hello = true;
	if (f->passive && end == SLOW_CHOSEN && !f->verified) {
		f->verified = true;
		f->proved = proof_of(s, text, n);
		m->verified++;
	}
	return true;
}

static bool payload_out(struct model *m, struct flow *f, const struct parsed *p)
{
	struct slow_stream s = { .client = !f->passive, .retried = f->retried, .verified = f->verified,
				 .old = f->sent_bytes };
	long fresh;

	if (!f->verified || (f->passive && ahead(p->seq, f->first + (uint32_t)f->proved) < 0))
		return unproved_out(m, f, p);
	fresh = append(f->sent, f->sent_bytes, f->first, p);
	if (fresh < 0)
		return false;
	if (!fresh)
		return true;
	if (slow_judge(&s, f->sent, f->sent_bytes + (size_t)fresh) == SLOW_REFUSED) {
		f->denied = true;
		return false;
	}
	f->sent_bytes += (size_t)fresh;
	return true;
}

static bool upkeep(const struct parsed *p, const uint8_t *frame)
{
	static const uint8_t everyone[4] = { 255, 255, 255, 255 };

	if (p->v6 && p->protocol == 58) {
		const struct slow_packet m = { .remote = p->remote, .hops = p->hops, .bare = p->behind_ip == 54,
					       .at = frame + p->behind_ip, .bytes = p->end - p->behind_ip };

		return slow_discovery(&m) || slow_report(&m);
	}
	if (p->protocol != 17)
		return false;
	if (p->v6)
		return p->local_port == 546 && p->remote_port == 547 && slow_dhcp6(p->payload, p->bytes) &&
		       ((p->remote[0] == 0xff && p->remote[1] == 2) ||
			(p->remote[0] == 0xfe && (p->remote[1] & 0xc0) == 0x80));
	return p->local_port == 68 && p->remote_port == 67 && !memcmp(p->remote + 12, everyone, 4) &&
	       slow_dhcp4(p->payload, p->bytes);
}

static bool icmp_error(const struct parsed *p)
{
	if (p->v6 && p->protocol == 58)
		return p->type >= 1 && p->type <= 4;
	return !p->v6 && p->protocol == 1 && (p->type == 3 || p->type == 11 || p->type == 12);
}

static void remember(struct model *m, const uint8_t *f, size_t bytes)
{
	bool v4 = be16(f + 12) == 0x0800, v6 = be16(f + 12) == 0x86dd;
	struct came c = { .v6 = v6 };

	if (!(v4 && bytes >= 14 + 28 && f[14] == 0x45) && !(v6 && bytes >= 14 + 48))
		return;
	memcpy(c.head, f + 14, v6 ? 48 : 28);
	memmove(m->came + 1, m->came, (CAME_MAX - 1) * sizeof(*m->came));
	m->came[0] = c;
	if (m->came_count < CAME_MAX)
		m->came_count++;
}

/* Does an error quote this packet? What a router may change, and sums, may differ; `upper` is where UDP begins, or ICMP. */
static bool quotes(const struct came *c, const uint8_t *quote)
{
	size_t upper = c->v6 ? 40 : 20;
	uint8_t protocol = c->head[c->v6 ? 6 : 9];

	for (size_t i = 0; i < upper + 8; i++) {
		uint8_t differ = c->head[i] ^ quote[i];

		if (c->v6 && i < 2)
			differ &= i ? 0x0f : 0xf0;
		else if (c->v6 ? i == 7 : i == 1 || i == 8 || i == 10 || i == 11)
			differ = 0;
		else if (protocol == 17 && i >= upper + 6)
			differ = 0;
		else if ((protocol == 1 || protocol == 58) && (i == upper + 2 || i == upper + 3))
			differ = 0;
		if (differ)
			return false;
	}
	return true;
}

/* An error about a packet that came in by this uplink, to its sender, the first one (tacit.conf(5), LIMITS). */
static bool error_out(struct model *m, const struct parsed *p, const uint8_t *f)
{
	const uint8_t *quote = f + p->behind_ip + 8;
	size_t i = 0, most = p->v6 ? 48 : 28;
	uint8_t sender[16];

	if (!icmp_error(p) || p->behind_ip != (p->v6 ? 54 : 34) || p->behind_ip + 8 + most > p->end)
		return false;
	if (p->v6)
		memcpy(sender, quote + 8, 16);
	else
		map_v4(sender, quote + 12);
	if (memcmp(sender, p->remote, 16))
		return false;
	while (i < m->came_count && (m->came[i].v6 != p->v6 || !quotes(&m->came[i], quote)))
		i++;
	if (i == m->came_count)
		return false;
	/* It keeps its place in the row; no packet is all zeros. */
	memset(m->came[i].head, 0, sizeof(m->came[i].head));
	return true;
}

/* The checksum at `sum` after a word at `at`, which is `was`, became another (RFC 1624, 3). */
static void mend_sum(uint8_t *sum, uint16_t was, const uint8_t *at)
{
	uint32_t s = (uint16_t)~be16(sum) + (uint32_t)(uint16_t)~was + be16(at);

	s = (s & 0xffff) + (s >> 16);
	s = ~((s & 0xffff) + (s >> 16));
	sum[0] = (uint8_t)(s >> 8);
	sum[1] = (uint8_t)s;
}

/* Reserved bits (RFC 9293, 3.1) but the last (RFC 9768), and what is urgent in a packet without payload. */
static void blank_fields(const struct parsed *p, uint8_t *tcp)
{
	uint16_t word = be16(tcp + 12), urgent = be16(tcp + 18);

	tcp[12] &= 0xf1;
	if (!(p->flags & URG) || !p->bytes) {
		tcp[13] &= (uint8_t)~URG;
		tcp[18] = tcp[19] = 0;
	}
	if (word != be16(tcp + 12))
		mend_sum(tcp + 16, word, tcp + 12);
	if (urgent != be16(tcp + 18))
		mend_sum(tcp + 16, urgent, tcp + 18);
}

/* Who is not this machine's TCP says no more in a header than every stack says. */
static void blank(const struct parsed *p, struct flow *f, uint8_t *frame, bool forwarded)
{
	struct slow_options how = { .syn = p->flags & SYN, .ack = p->ack };
	uint8_t was[40];

	blank_fields(p, frame + p->options - 20);
	memcpy(was, frame + p->options, p->option_bytes);
	how.echoes = !how.syn || p->flags & ACK;
	how.stamps = how.syn || !f || f->passive || f->stamps;
	how.blocks = f ? f->passive : forwarded;
	how.blocks |= f && f->verified && !f->denied;
	slow_options(&how, frame + p->options, p->option_bytes);
	for (size_t i = 0; i < p->option_bytes; i += 2)
		if (memcmp(was + i, frame + p->options + i, 2))
			mend_sum(frame + p->options - 4, be16(was + i), frame + p->options + i);
}

/* To a SYN that came: one number, which may be said again (RFC 9293, 3.5; tacit.conf(5)). */
static bool answers(struct model *m, const struct parsed *p, bool forwarded)
{
	struct waiting *w = find_waiting(m->asked, p);

	if (w && w->theirs == p->ack) {
		w->used = false;
		wait_for(m->answered, p, p->seq + 1, p->ack, forwarded);
		return true;
	}
	w = find_waiting(m->answered, p);
	return w && w->first == p->seq + 1 && w->theirs == p->ack && w->forwarded == forwarded;
}

static bool syn_out(struct model *m, struct flow *f, const struct parsed *p, bool stamps, bool forwarded)
{
	if (p->bytes)
		return false;
	if (!(p->flags & ACK)) {
		/* Only a SYN that is all that was said so far is that SYN again. */
		if (!f || f->first != p->seq + 1 || f->passive || f->sent_bytes || f->denied || f->allowed_hello)
			f = open_flow(m, p, p->seq + 1, false, forwarded);
		f->fin_out = f->fin_in = f->reset = false;
		f->stamps |= stamps;
		return true;
	}
	if (f && f->first == p->seq + 1 && !f->passive)
		return false;
	if (f && f->first == p->seq + 1 && !f->sent_bytes && !f->denied)
		return true;
	if (!answers(m, p, forwarded))
		return false;
	if (f)
		f->denied = true;
	return true;
}

/* RFC 9293, 3.10.7.1: to what acknowledges, by its number; to what does not, by none. */
static bool is_plain_reset(const struct parsed *p)
{
	return p->flags & RST && !p->option_bytes && (p->flags & ACK ? p->seq == 0 : p->ack == 0);
}

/* Would the other end take this RST? (RFC 5961, 3.2; RFC 9293, 3.5.2) What was denied sends on, unseen. */
static bool resets(const struct flow *f, const struct parsed *p)
{
	uint32_t next = f->first + (uint32_t)f->sent_bytes;

	if (!(p->flags & RST) || p->flags & SYN || p->bytes)
		return false;
	return (f->accepted && p->seq == f->heard) || (!f->denied && (p->seq == next || p->seq == next + 1));
}

/* A packet from elsewhere than the connection: a RST that counts, or a SYN where nothing is to be lost. */
static bool from_elsewhere(const struct flow *f, const struct parsed *p)
{
	if (p->flags & SYN)
		return f->reset || (f->fin_out && f->fin_in) || f->denied || !f->accepted;
	return resets(f, p);
}

static void note_ends(struct flow *f, const struct parsed *p)
{
	int32_t end = ahead(f->first + (uint32_t)f->sent_bytes, p->seq);

	if (p->flags & FIN && (f->denied || (end >= 0 && (size_t)end <= p->bytes)))
		f->fin_out = true;
	if (p->flags & RST && (f->denied || resets(f, p)))
		f->reset = true;
	if (p->flags & ACK)
		f->said = p->ack;
	if (p->flags & ACK && f->fin_came && p->ack == f->fin)
		f->fin_in = true;
}

static bool tcp_out(struct model *m, uint8_t *frame, const struct parsed *p, bool forwarded)
{
	struct flow *f = find(m, p);

	if (f && f->forwarded != forwarded && !from_elsewhere(f, p))
		return false;
	if (f)
		note_ends(f, p);
	blank(p, f, frame, forwarded);
	if (p->flags & SYN)
		return syn_out(m, f, p, slow_has_stamp(frame + p->options, p->option_bytes), forwarded);
	if (!f && forwarded)
		return !p->bytes && is_plain_reset(p);
	if (!p->bytes && (p->flags & (ACK | FIN | RST)) == ACK)
		return true;
	if (!f)
		return p->flags & RST && !p->bytes;
	if (!p->bytes)
		return true;
	if (p->flags & RST || f->denied)
		return false;
	return payload_out(m, f, p);
}

bool model_out(struct model *m, uint8_t *frame, size_t *bytes, bool forwarded)
{
	size_t had = *bytes;
	struct parsed p;

	if (be16(frame + 12) == 0x0806) {
		*bytes = 42;
		return slow_arp(frame, had);
	}
	if (be16(frame + 12) == 0x888e)
		return !forwarded && slow_eapol(frame, had);
	if (!parse(frame, had, true, &p))
		return false;
	*bytes = p.end;
	if (p.protocol == 6)
		return tcp_out(m, frame, &p, forwarded);
	return !forwarded && (upkeep(&p, frame) || error_out(m, &p, frame));
}

static bool payload_in(struct model *m, struct flow *f, const struct parsed *p)
{
	struct slow_stream s = { .stop = true, .old = f->came_bytes };
	long fresh;

	/* The server speaks first: no TLS; but for a byte from before, which keeps alive. */
	if (p->ack == f->first) {
		if (ahead(p->seq + (uint32_t)p->bytes, f->in_first + (uint32_t)f->came_bytes) <= 0)
			return true;
		f->denied = true;
		return true;
	}
	if (ahead(p->ack, f->first) <= 0 || ahead(p->ack, f->first + (uint32_t)f->sent_bytes) > 0)
		return false;
	fresh = append(f->came, f->came_bytes, f->in_first, p);
	if (fresh < 0)
		return false;
	if (!fresh)
		return true;
	switch (slow_judge(&s, f->came, f->came_bytes + (size_t)fresh)) {
	case SLOW_REFUSED:
		f->denied = true;
		break;
	case SLOW_RETRY:
		f->retried = true;
		break;
	case SLOW_CHOSEN:
		f->verified = true;
		f->fin_out = f->fin_in = f->reset = false;
		m->verified++;
		break;
	case SLOW_FINE:
		break;
	}
	f->came_bytes += (size_t)fresh;
	return true;
}

static void note_came(struct flow *f, const struct parsed *p)
{
	if (p->flags & ACK)
		f->heard = p->ack;
	if (p->flags & FIN) {
		f->fin_came = true;
		f->fin = p->seq + (uint32_t)p->bytes + 1;
	}
	/* RFC 5961, 3.2; while nothing but a SYN was said, any. */
	if (p->flags & RST && (p->seq == f->said || !(f->passive || f->denied || f->allowed_hello)))
		f->reset = true;
}

bool model_in(struct model *m, const uint8_t *frame, size_t bytes)
{
	struct waiting *w;
	struct parsed p;
	struct flow *f;

	remember(m, frame, bytes);
	if (!parse(frame, bytes, false, &p) || p.protocol != 6)
		return true;
	f = find(m, &p);
	if ((p.flags & (SYN | ACK | RST)) == SYN)
		wait_for(m->asked, &p, 0, p.seq + 1, false);
	w = find_waiting(m->answered, &p);
	if (w && (!f || f->denied) && (p.flags & (SYN | ACK | RST)) == ACK && p.ack == w->first && p.seq == w->theirs) {
		f = open_flow(m, &p, w->first, true, w->forwarded);
		f->accepted = true;
		note_came(f, &p);
		w->used = false;
		return true;
	}
	if (!f)
		return true;
	note_came(f, &p);
	if (f->passive) {
		f->accepted |= p.flags & ACK && p.ack == f->first;
		return true;
	}
	if (p.flags & SYN) {
		if (p.flags & ACK && p.ack == f->first && !f->allowed_hello && !f->denied) {
			f->in_first = p.seq + 1;
			f->accepted = true;
		}
		return true;
	}
	if (!p.bytes || !f->accepted || f->denied || f->verified)
		return true;
	return payload_in(m, f, &p);
}
