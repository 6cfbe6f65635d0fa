/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A streaming reader of TLS records and of the hello in them (RFC 8446, 4.1 and
 * 5.1). It is fed segments in order and keeps its place between them, so that a
 * hello may be cut anywhere: within a head, a field or an extension. Of a field
 * that is not whole yet, what can be judged is judged, so that not even four
 * bytes of plain text leave.
 *
 * A client's direction: ClientHello, once more after a HelloRetryRequest, one
 * ChangeCipherSpec, one alert. A server's: ServerHello, likewise. Once verified:
 * records of type application data, and what of the other two did not come yet.
 */
#ifndef TACIT_TLS_HELLO_H
#define TACIT_TLS_HELLO_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "places.h"
#include "tacit_bpf.h"

#define TLS_HEAD_BYTES 5
#define TLS_RECORD_MAX 16640 /* 2^14 + 256 */
#define TLS_PLAIN_MAX 16384
#define TLS_STEPS_MAX 65536 /* no segment has as many fields */

#define TLS_CHANGE_CIPHER_SPEC 20
#define TLS_ALERT 21
#define TLS_HANDSHAKE 22
#define TLS_APPLICATION_DATA 23

#define TLS_CLIENT_HELLO 1
#define TLS_SERVER_HELLO 2
#define TLS_LEGACY_VERSION 0x0303
#define TLS_13 0x0304
#define TLS_EXTENSION_SERVER_NAME 0
#define TLS_EXTENSION_ALPN 16
#define TLS_EXTENSION_EARLY_DATA 42
#define TLS_EXTENSION_SUPPORTED_VERSIONS 43
#define TLS_RANDOM_BYTES 32
#define TLS_SESSION_ID_MAX 32

/* SHA-256 of "HelloRetryRequest": the random that makes a ServerHello one (RFC 8446, 4.1.3). */
#define TLS_RETRY_0 0xcf21ad74e59a6111ull
#define TLS_RETRY_1 0xbe1d8c021e65b891ull
#define TLS_RETRY_2 0xc2a211167abb8c5eull
#define TLS_RETRY_3 0x079e09e2c8a8339cull

/* What is gathered next. The comment says of whom, and its size. */
enum tls_step {
	TLS_STEP_MESSAGE,     /* type and length of the message, 4; a fresh reader */
	TLS_STEP_VERSION,     /* legacy_version, 2 */
	TLS_STEP_RANDOM_0,    /* server: random by words, 8 */
	TLS_STEP_RANDOM_1,
	TLS_STEP_RANDOM_2,
	TLS_STEP_RANDOM_3,
	TLS_STEP_SESSION,     /* length of legacy_session_id, 1 */
	TLS_STEP_SUITES,      /* client: length of cipher_suites, 2 */
	TLS_STEP_COMPRESSION, /* client: length of legacy_compression_methods, 1 */
	TLS_STEP_SUITE,       /* server: cipher_suite and legacy_compression_method, 3 */
	TLS_STEP_EXTENSIONS,  /* length of extensions, 2 */
	TLS_STEP_EXTENSION,   /* type and length of one, 4 */
	TLS_STEP_VERSIONS,    /* client: length of supported_versions' list, 1 */
	TLS_STEP_OFFERED,     /* client: one of the list, 2 */
	TLS_STEP_CHOSEN,      /* server: supported_versions, 2 */
	TLS_STEP_END,         /* the rest of the message is skipped */
};

#define TLS_SEEN_13 1	      /* supported_versions names TLS 1.3 */
#define TLS_SEEN_VERSIONS 2   /* the extension came */
#define TLS_SEEN_NO_RETRY 4   /* the random is not that of a HelloRetryRequest */

#define TLS_ONCE_CHANGE_CIPHER_SPEC 1
#define TLS_ONCE_ALERT 2

enum tls_outcome {
	TLS_PENDING,
	TLS_RETRIED,
	TLS_VERIFIED,
};

/*
 * The work of one segment. It lies in a map (scratch.h), not on the stack: what
 * it holds is then unknown to the verifier, which would otherwise follow every
 * combination of steps.
 */
struct tls_read {
	struct tacit_reader r;
	__u32 at;	 /* offset in the skb of the next byte */
	__u32 left;	 /* bytes of the segment, or of its part, not read yet */
	__u32 rest;	 /* bytes of the segment behind that part */
	__u32 part;	 /* so many of them are the next part */
	__u32 reason;	 /* enum tacit_reason that ends it */
	__u32 outcome;	 /* enum tls_outcome, what this segment brought */
	__u32 client;	 /* a client's direction, else a server's */
	__u32 retried;	 /* a client may send a second hello */
	__u32 verified;	 /* only sealed records may follow */
	__u32 hello_only; /* stop at TLS_VERIFIED: the rest is not asked for */
	__u32 name_at;	 /* server_name, if it lies whole in this segment; 0: not */
	__u32 name_bytes;
	__u32 alpn_at;	 /* likewise */
	__u32 alpn_bytes;
	__u32 proved;	 /* where TLS_VERIFIED came: sequence number of the next byte */
};

struct tls_walk {
	struct __sk_buff *skb;
	struct tls_read *read;
	struct tacit_flow *flow; /* that keeps places between parts, or none */
};

static __always_inline __u32 tls_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

/* Up to n bytes, 1 to 8, are shifted into *value from the right. */
static __always_inline int tls_gather(struct __sk_buff *skb, struct tls_read *c, __u64 *value,
				      __u32 n)
{
	__u32 last = n - 1;
	__u64 bytes = 0;

	/* Linux 6.1 does not learn from n != 0 that n is at least 1; from last + 1 it does. */
	asm volatile("" : "+r"(last));
	if (last > 7) {
		c->reason = TACIT_REASON_MALFORMED;
		return -1;
	}
	n = last + 1;
	if (bpf_skb_load_bytes(skb, c->at, &bytes, n)) {
		c->reason = TACIT_REASON_MALFORMED;
		return -1;
	}
	bytes = bpf_be64_to_cpu(bytes) >> (64 - 8 * n);
	*value = (n == 8 ? 0 : *value << (8 * n)) | bytes;
	return 0;
}

/* n bytes of the segment and of the record are done with. */
static __always_inline void tls_consume(struct tls_read *c, __u32 n)
{
	c->at += n;
	c->left -= n;
	c->r.next += n;
	c->r.record -= n;
	if (!c->r.record) {
		c->r.head = 0;
		c->r.head_have = 0;
	}
}

static __always_inline __u32 tls_wrong_record(const struct tls_read *c)
{
	return c->r.hellos || c->verified ? TACIT_REASON_NOT_A_RECORD : TACIT_REASON_NOT_TLS;
}

/* May a record of this type start here? */
static __always_inline int tls_type_fits(const struct tls_read *c, __u32 type)
{
	int within = c->r.step != TLS_STEP_MESSAGE || c->r.have;

	if (type == TLS_APPLICATION_DATA)
		return c->verified && !within;
	if (type == TLS_HANDSHAKE)
		/* More of a hello that spans records, or one that is due. */
		return !c->verified &&
		       (within || c->r.hellos <= (c->client ? c->retried : 1));
	/* Nothing stands between the records of one message (RFC 8446, 5.1). */
	if (within)
		return 0;
	/* A client has nothing to say before its hello; a server may refuse with an alert. */
	if (type == TLS_ALERT)
		return !(c->r.once & TLS_ONCE_ALERT) && (c->r.hellos || !c->client);
	return type == TLS_CHANGE_CIPHER_SPEC && !(c->r.once & TLS_ONCE_CHANGE_CIPHER_SPEC) &&
	       c->r.hellos;
}

static __always_inline int tls_length_fits(__u32 type, __u32 length)
{
	switch (type) {
	case TLS_APPLICATION_DATA:
		return length >= 1 && length <= TLS_RECORD_MAX;
	case TLS_HANDSHAKE:
		return length >= 1 && length <= TLS_PLAIN_MAX;
	case TLS_ALERT:
		return length == 2;
	}
	return length == 1;
}

/* The head of a record, or as much as there is of it. Return: 1 ends the reading. */
static __always_inline int tls_head(struct __sk_buff *skb, struct tls_read *c)
{
	__u32 n = tls_min(TLS_HEAD_BYTES - c->r.head_have, c->left);
	__u32 have, type, minor, length;
	__u64 head;

	if (tls_gather(skb, c, &c->r.head, n))
		return 1;
	have = c->r.head_have + n;
	c->r.head_have = have;
	c->at += n;
	c->left -= n;
	c->r.next += n;

	/* As if it were whole; what is missing reads as 0 and is not judged. */
	head = c->r.head << (8 * (TLS_HEAD_BYTES - have));
	type = (head >> 32) & 0xff;
	minor = (head >> 16) & 0xff;
	length = head & 0xffff;
	/* The first hello's record may say 3.1, an old server's alert 3.1 to 3.3 (RFC 8446). */
	if (!tls_type_fits(c, type) || (have > 1 && ((head >> 24) & 0xff) != 3) ||
	    (have > 2 && minor != 3 && (c->verified || minor < 1 || minor > 3)) ||
	    (have > 3 && length > TLS_RECORD_MAX) ||
	    (have == TLS_HEAD_BYTES && !tls_length_fits(type, length))) {
		c->reason = tls_wrong_record(c);
		return 1;
	}
	if (have < TLS_HEAD_BYTES)
		return 0;
	c->r.record = length;
	if (type == TLS_ALERT)
		c->r.once |= TLS_ONCE_ALERT;
	if (type == TLS_CHANGE_CIPHER_SPEC)
		c->r.once |= TLS_ONCE_CHANGE_CIPHER_SPEC;
	return 0;
}

/* Gather a field of `want` bytes after `skip` bytes; both must lie within the message. */
static __always_inline __u32 tls_next(struct tls_read *c, __u32 step, __u32 skip, __u32 want)
{
	/* A hello without extensions is an old one, not a broken one. */
	if (step == TLS_STEP_EXTENSIONS && skip == c->r.message)
		return TACIT_REASON_NOT_TLS13;
	if (skip > c->r.message || want > c->r.message - skip)
		return TACIT_REASON_MALFORMED;
	c->r.step = step;
	c->r.skip = skip;
	c->r.want = want;
	c->r.have = 0;
	c->r.field = 0;
	return 0;
}

/* After an extension of which `skip` bytes are left: the next one, or the end of the message. */
static __always_inline __u32 tls_next_extension(struct tls_read *c, __u32 skip)
{
	if (skip == c->r.message)
		return tls_next(c, TLS_STEP_END, skip, 0);
	return tls_next(c, TLS_STEP_EXTENSION, skip, 4);
}

static __always_inline __u32 tls_message(struct tls_read *c, __u64 field)
{
	__u32 type = field >> 24, length = field & 0xffffff;

	if (type != (c->client ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO))
		return tls_wrong_record(c);
	if (length > TACIT_HANDSHAKE_BYTES)
		return TACIT_REASON_MALFORMED;
	c->r.message = length;
	c->r.seen = 0;
	return tls_next(c, TLS_STEP_VERSION, 0, 2);
}

static __always_inline __u32 tls_random(struct tls_read *c, __u64 field, __u64 retry)
{
	if (field != retry)
		c->r.seen |= TLS_SEEN_NO_RETRY;
	if (c->r.step == TLS_STEP_RANDOM_3)
		return tls_next(c, TLS_STEP_SESSION, 0, 1);
	return tls_next(c, c->r.step + 1, 0, 8);
}

static __always_inline __u32 tls_session(struct tls_read *c, __u64 field)
{
	if (field > TLS_SESSION_ID_MAX)
		return TACIT_REASON_MALFORMED;
	if (c->client)
		return tls_next(c, TLS_STEP_SUITES, field, 2);
	return tls_next(c, TLS_STEP_SUITE, field, 3);
}

/* Where to read, once this is done (hello.h); what is split over segments or records is passed over. */
static __always_inline void tls_note(struct tls_read *c, __u32 type, __u32 length)
{
	if (!c->client || length > c->left + c->rest || length > c->r.record)
		return;
	if (type == TLS_EXTENSION_SERVER_NAME) {
		c->name_at = c->at;
		c->name_bytes = length;
	}
	if (type == TLS_EXTENSION_ALPN) {
		c->alpn_at = c->at;
		c->alpn_bytes = length;
	}
}

static __always_inline __u32 tls_extension(struct tls_read *c, __u64 field)
{
	__u32 type = field >> 16, length = field & 0xffff;

	if (length > c->r.message)
		return TACIT_REASON_MALFORMED;
	if (type == TLS_EXTENSION_EARLY_DATA)
		return TACIT_REASON_EARLY_DATA;
	if (type != TLS_EXTENSION_SUPPORTED_VERSIONS) {
		tls_note(c, type, length);
		return tls_next_extension(c, length);
	}
	if (c->r.seen & TLS_SEEN_VERSIONS)
		return TACIT_REASON_MALFORMED;
	c->r.seen |= TLS_SEEN_VERSIONS;
	c->r.list = length;
	if (c->client)
		return tls_next(c, TLS_STEP_VERSIONS, 0, 1);
	return length == 2 ? tls_next(c, TLS_STEP_CHOSEN, 0, 2) : TACIT_REASON_MALFORMED;
}

/* The list's length, then each version offered. */
static __always_inline __u32 tls_offered(struct tls_read *c, __u64 field)
{
	if (c->r.step == TLS_STEP_VERSIONS) {
		if (!field || field % 2 || field + 1 != c->r.list)
			return TACIT_REASON_MALFORMED;
		c->r.list = field;
		return tls_next(c, TLS_STEP_OFFERED, 0, 2);
	}
	if (field == TLS_13)
		c->r.seen |= TLS_SEEN_13;
	c->r.list -= 2;
	if (c->r.list)
		return tls_next(c, TLS_STEP_OFFERED, 0, 2);
	return tls_next_extension(c, 0);
}

/* A field is whole. Return: 0, or why the flow is refused. */
static __always_inline __u32 tls_field(struct tls_read *c)
{
	__u64 field = c->r.field;

	switch (c->r.step) {
	case TLS_STEP_MESSAGE:
		return tls_message(c, field);
	case TLS_STEP_VERSION:
		if (field != TLS_LEGACY_VERSION)
			return TACIT_REASON_NOT_TLS13;
		if (c->client)
			return tls_next(c, TLS_STEP_SESSION, TLS_RANDOM_BYTES, 1);
		return tls_next(c, TLS_STEP_RANDOM_0, 0, 8);
	case TLS_STEP_RANDOM_0:
		return tls_random(c, field, TLS_RETRY_0);
	case TLS_STEP_RANDOM_1:
		return tls_random(c, field, TLS_RETRY_1);
	case TLS_STEP_RANDOM_2:
		return tls_random(c, field, TLS_RETRY_2);
	case TLS_STEP_RANDOM_3:
		return tls_random(c, field, TLS_RETRY_3);
	case TLS_STEP_SESSION:
		return tls_session(c, field);
	case TLS_STEP_SUITES:
		return tls_next(c, TLS_STEP_COMPRESSION, field, 1);
	case TLS_STEP_COMPRESSION:
		return tls_next(c, TLS_STEP_EXTENSIONS, field, 2);
	case TLS_STEP_SUITE:
		return tls_next(c, TLS_STEP_EXTENSIONS, 0, 2);
	case TLS_STEP_EXTENSIONS:
		return field == c->r.message ? tls_next_extension(c, 0) : TACIT_REASON_MALFORMED;
	case TLS_STEP_EXTENSION:
		return tls_extension(c, field);
	case TLS_STEP_VERSIONS:
	case TLS_STEP_OFFERED:
		return tls_offered(c, field);
	case TLS_STEP_CHOSEN:
		if (field != TLS_13)
			return TACIT_REASON_NOT_TLS13;
		c->r.seen |= TLS_SEEN_13;
		return tls_next_extension(c, 0);
	}
	return TACIT_REASON_MALFORMED;
}

/* The hello is whole; nothing else may stand in its record (RFC 8446, 5.1). */
static __always_inline __u32 tls_hello(struct tls_read *c)
{
	if (!(c->r.seen & TLS_SEEN_13))
		return TACIT_REASON_NOT_TLS13;
	if (c->r.record)
		return TACIT_REASON_MALFORMED;
	c->r.hellos++;
	c->r.step = TLS_STEP_MESSAGE;
	c->r.field = 0;
	c->r.have = 0;
	if (c->client)
		return 0;
	if (c->r.seen & TLS_SEEN_NO_RETRY) {
		c->outcome = TLS_VERIFIED;
		c->verified = 1;
		c->proved = c->r.next;
		return 0;
	}
	if (c->r.hellos > 1)
		return TACIT_REASON_MALFORMED;
	c->outcome = TLS_RETRIED;
	return 0;
}

/* Skip, or gather a field, within a handshake record. */
static __always_inline void tls_handshake(struct __sk_buff *skb, struct tls_read *c)
{
	__u32 limit = tls_min(c->r.record, c->left), n;
	int body = c->r.step != TLS_STEP_MESSAGE;

	if (c->r.skip) {
		n = tls_min(c->r.skip, limit);
		c->r.skip -= n;
	} else {
		if (!body)
			c->r.want = 4;
		n = tls_min(c->r.want - c->r.have, limit);
		if (tls_gather(skb, c, &c->r.field, n))
			return;
		c->r.have += n;
	}
	tls_consume(c, n);
	if (body)
		c->r.message -= n;
	if (!c->r.skip && c->r.have == c->r.want && c->r.step != TLS_STEP_END)
		c->reason = tls_field(c);
	/* An empty END needs no further byte. */
	if (!c->reason && c->r.step == TLS_STEP_END && !c->r.skip)
		c->reason = tls_hello(c);
}

/* Between two parts of a segment. Return: 1 if there is no other. */
static __always_inline int tls_next_part(struct tls_read *c, struct tacit_flow *flow)
{
	__u32 n = tls_min(c->part, c->rest);

	if (!n || !flow)
		return 1;
	if (!c->verified)
		place_keep(flow, &c->r);
	c->left = n;
	c->rest -= n;
	return 0;
}

static long tls_step(__u32 i, struct tls_walk *walk)
{
	struct tls_read *c = walk->read;

	(void)i;
	if (!c->left && tls_next_part(c, walk->flow))
		return 1;
	if (c->r.head_have < TLS_HEAD_BYTES)
		return tls_head(walk->skb, c);
	if (c->r.head >> 32 == TLS_HANDSHAKE) {
		tls_handshake(walk->skb, c);
		return c->reason || (c->outcome == TLS_VERIFIED && c->hello_only);
	}
	/* Not of this flow, but of an earlier one on its ports, which was written last (flow.h). */
	if (!c->verified && c->r.head >> 32 == TLS_APPLICATION_DATA) {
		c->reason = tls_wrong_record(c);
		return 1;
	}
	tls_consume(c, tls_min(c->r.record, c->left));
	return 0;
}

/* Read the first `n` bytes as a part, then parts of `part` bytes each; 0: all as one. */
static __always_inline void tls_part(struct tls_read *c, __u32 n, __u32 part)
{
	if (!n || n >= c->left)
		return;
	c->rest = c->left - n;
	c->left = n;
	c->part = part;
}

/*
 * Read the `left` and `rest` bytes at `at`, the first of which must be the reader's
 * next. Places between parts are kept in @flow, if there is one.
 * Return: 0, or why the flow is refused. Then c->outcome says what was found.
 */
static __always_inline __u32 tls_read(struct __sk_buff *skb, struct tls_read *c,
				      struct tacit_flow *flow)
{
	struct tls_walk walk = { .skb = skb, .read = c, .flow = flow };

	bpf_loop(TLS_STEPS_MAX, tls_step, &walk, 0);
	if (!c->reason && (c->left || c->rest) && !(c->outcome == TLS_VERIFIED && c->hello_only))
		c->reason = TACIT_REASON_MALFORMED;
	return c->reason;
}

#endif
