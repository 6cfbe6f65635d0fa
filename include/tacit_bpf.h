/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What the eBPF programs and the warden share: the layouts of maps and events.
 *
 * Maps are shared by one machine with itself, so that integers are native
 * unless they are called be16 or be32 here: those are as on the wire.
 * Addresses are always 16 bytes; an IPv4 address stands as ::ffff:a.b.c.d.
 */
#ifndef TACIT_BPF_H
#define TACIT_BPF_H

#include <linux/types.h>

#define TACIT_BPF_PIN_DIR "/sys/fs/bpf/tacit"

#define TACIT_LINKS_MAX 4
#define TACIT_RULES_MAX 64
#define TACIT_FLOWS_MAX 16384
#define TACIT_LIMITS_MAX 8
#define TACIT_SOURCES_MAX 4096
#define TACIT_OPENING_MAX 4096
#define TACIT_COMM_BYTES 16
#define TACIT_NAMED_MAX 2048	/* 64 of each of 24 hosts, the resolvers, and hosts of the policy before */
#define TACIT_NAMED_HOST_MAX 64	/* of one host, old ones too */
#define TACIT_DATAGRAMS_MAX 4096
#define TACIT_CGROUP_LEVELS 8

/* Priority that a process sets on its socket (SO_PRIORITY) to say: the handshake is over, hold all that follows. */
#define TACIT_PRIORITY_SETTLED 1

/* A handshake may pass the slots (it began in one) for so long and so many bytes of payload. */
#define TACIT_HANDSHAKE_NS 10000000000ull
#define TACIT_HANDSHAKE_BYTES 16384u
/* Of that time, what is left once the server's choice was seen: the client's last flight. */
#define TACIT_FLIGHT_NS 2000000000ull

/*
 * The schedule. Slot k is open from t_k = k * period + jitter_k to t_k + open,
 * in nanoseconds of CLOCK_MONOTONIC, with
 *   jitter_k = SipHash-2-4(key, k as 8 bytes little-endian) mod (jitter + 1)
 * and jitter + open <= period, so that slots never overlap.
 * period == 0: slots are off.
 */
struct tacit_schedule {
	__u64 period;
	__u64 jitter;
	__u64 open;
	__u8 key[16];
};

/* In which of the schedule's slots a packet may leave. Zero is what holds where nothing else is said. */
enum tacit_class {
	TACIT_CLASS_OTHER,	/* in each pace.other-th slot: k mod other == 0 */
	TACIT_CLASS_URGENT,	/* in slots pace.urgent times as dense; at once where that is 0 */
	TACIT_CLASS_CHANNEL,	/* in each slot: the engine's connections */
	TACIT_CLASSES
};

/*
 * What an uplink makes of the schedule. The slots of class `urgent` are those of
 * a schedule of period / urgent, jitter / urgent and open / urgent (whole numbers of ns),
 * with TACIT_URGENT_SLOTS added to k where jitter_k is drawn, so that what they show
 * says nothing of the others.
 *
 * budget: bytes on the wire that one class may stamp for one slot, 0: any number.
 * What is over it goes to the class's next slot; a packet larger than the budget
 * takes an empty slot and as much of those after it; what finds TACIT_BUDGET_AHEAD
 * slots taken is dropped. A class has it for itself: or what others send would push
 * a channel's cells out of their slot, and show.
 */
#define TACIT_OTHER_MAX 16
#define TACIT_URGENT_MAX 16
#define TACIT_URGENT_SLOTS (1ull << 63)
#define TACIT_BUDGET_MIN 2048u
#define TACIT_BUDGET_MAX (8u << 20)
#define TACIT_BUDGET_AHEAD 8

struct tacit_pace {
	__u32 budget;
	__u8 other;		/* 0 is as 1 */
	__u8 urgent;
	__u16 reserved;
};

/*
 * Value of array map `spent`, by TACIT_SPENT(link, class): the latest slot that
 * was stamped for, by its number in the class's own series (k / other), and the bytes for it.
 */
#define TACIT_SPENT_BITS 24
#define TACIT_SPENT_BYTES ((1ull << TACIT_SPENT_BITS) - 1)
#define TACIT_SPENT(link, class) ((link) * TACIT_CLASSES + (class))

/*
 * Value of array map `left`, by the link's place in the policy: held packets as they
 * went to the driver, counted there by bpf/witness.bpf.c, whatever they were stamped with.
 */
#define TACIT_LATE_NS 2000000ull

struct tacit_left {
	__u64 packets;
	__u64 bytes;
	__u64 late;		/* packets more than TACIT_LATE_NS behind the end of a slot */
	__u64 latest;		/* ns behind the end, of the worst */
};

enum tacit_guard_mode {
	TACIT_GUARD_CLOSED,	/* an empty map reads as this: nothing leaves */
	TACIT_GUARD_ON,
	TACIT_GUARD_HELD,	/* closed by hand; a new policy leaves it so */
};

enum tacit_refuse {
	TACIT_REFUSE_RESET,	/* the app gets a RST at once */
	TACIT_REFUSE_DROP,
};

/* What the first bytes of a datagram must look like; what follows them is not looked at. */
enum tacit_form {
	TACIT_FORM_ANY,
	TACIT_FORM_QUIC,	/* versions 1 and 2 (RFC 9000, RFC 9369); a flow begins with an Initial, no 0-RTT */
	TACIT_FORM_NTP,		/* a client's request (RFC 5905, 7.3), of 48 to 1200 bytes, a multiple of four */
	TACIT_FORM_DNS,		/* a query (RFC 1035, 4.1.1) with one question, of 17 to 512 bytes */
	TACIT_FORM_ECHO,	/* ICMP or ICMPv6, request or reply */
};

/* Who must own the socket: bits of tacit_rule.owned. */
#define TACIT_OWNED_UID 1
#define TACIT_OWNED_CGROUP 2

/*
 * One [allow NAME]: UDP or ICMP, or TCP to be spared the TLS check. A zero field
 * matches all; address and port are those of the other end.
 */
struct tacit_rule {
	__u8 protocol;		/* IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ICMPV6 */
	__u8 prefix;		/* bits of addr that count, 0 to 128 */
	__be16 port;
	__u32 class;		/* enum tacit_class */
	__u32 rescue;		/* allows nothing more; passes, by TLS 1.3 still, when nothing else does */
	__u8 addr[16];
	__u8 form;		/* enum tacit_form */
	__u8 owned;		/* TACIT_OWNED_*; an owner that is not known never matches */
	__u8 existing;		/* allows only connections that stood before the guard (TACIT_FLOW_UNVERIFIED) */
	__u8 reserved;
	__u32 uid;
	__u64 cgroup;		/* id; its processes and those below it; 0 while there is no such cgroup */
	__u64 host;		/* not 0: addr does not count, but whether map `named` has the address for this host */
};

/*
 * Addresses of rules by name: map `named`, written by the warden. `host` is the
 * first 8 bytes of the SHA-256 of the name in lower case, TACIT_HOST_RESOLVERS
 * for the configuration's resolvers.
 */
#define TACIT_HOST_RESOLVERS 1ull

struct tacit_named_key {
	__u64 host;
	__u8 addr[16];
};

struct tacit_named {
	__u64 used;		/* when a packet last went there, CLOCK_MONOTONIC ns; written by the programs */
	__u32 old;		/* no longer in the answer: for what was begun, not for new connections */
	__u32 reserved;
};

/*
 * New connections from outside to one of the device's ports: a bucket of `burst`
 * for each source, which gains one each interval. What is over it is dropped.
 */
struct tacit_limit {
	__be16 port;
	__u16 reserved;
	__u32 burst;		/* at least 1 */
	__u64 interval;		/* ns */
};

/* One uplink. What leaves by a link that the policy does not have is refused, whatever it is. */
struct tacit_link {
	__u32 ifindex;		/* 0: no link */
	__u16 header;		/* bytes before the IP header: 14 on Ethernet, 0 on raw IP */
	__u16 open;		/* 0: shut, as if the mode were TACIT_GUARD_CLOSED */
	struct tacit_pace pace;
};

/*
 * The policy: hash map `policy`, one entry under key 0, so that an update
 * replaces it as a whole. Per-CPU array `hits` counts by the rule's index.
 */
struct tacit_policy {
	__u32 mode;		/* enum tacit_guard_mode */
	__u32 refuse;		/* enum tacit_refuse */
	__u32 rules;		/* entries of rule[] that count */
	__u32 limits;		/* entries of limit[] that count */
	struct tacit_schedule schedule;
	struct tacit_link link[TACIT_LINKS_MAX];
	__u64 open_until;	/* `tacit guard open`: what would be refused before this time (CLOCK_BOOTTIME ns) leaves */
	__u32 wants;		/* what a rule needs to know of a packet: TACIT_WANTS_* */
	__u32 channel_uid;	/* whose connections are of class `channel`; ~0: nobody's */
	__u64 netns;		/* cookie of the uplinks' network namespace; 0: not known */
	struct tacit_limit limit[TACIT_LIMITS_MAX];
	struct tacit_rule rule[TACIT_RULES_MAX];
};

#define TACIT_WANTS_FORM 1
#define TACIT_WANTS_OWNER 2

/*
 * The warden's lease: array map `lease`, one __u64, the time (CLOCK_MONOTONIC,
 * ns) until which the policy counts without it. After that, and in a map that was
 * never written, the guard is as if closed.
 */
#define TACIT_LEASE_FOR_GOOD (~0ull)

/* Who opens connections to a limited port: an IPv4 address, or the first 64 bits of an IPv6 one. */
struct tacit_source_key {
	__u8 addr[16];
	__u32 ifindex;
	__be16 port;		/* the device's */
	__u16 reserved;
};

/*
 * Value of map `sources`, which is an LRU: a flood of forged sources takes no more
 * room than it has and shuts nobody out; a source that it pushes out begins with
 * a full bucket. An episode is a time in which the source was over the limit and
 * never quiet for TACIT_EPISODE_NS; each brings one event.
 */
#define TACIT_EPISODE_NS 60000000000ull

struct tacit_source {
	__u64 full;		/* when the bucket is full again */
	__u64 limited;		/* when a connection was last dropped; 0: never */
	__u64 count;		/* of those dropped in this episode */
};

/*
 * Connections from outside. A SYN that comes in is noted in map `asked`, by flow:
 * the number that a SYN-ACK must acknowledge to leave, once. That moves it to map
 * `opening`, where it waits for the other end's acknowledgement, which makes a flow of
 * it, so that forged SYNs do not fill the table of flows. Both are LRUs, of
 * TACIT_OPENING_MAX: a flood of SYNs that nothing answers pushes out only SYNs that
 * were not answered yet, for a device's own stack a matter of microseconds.
 */
struct tacit_opening {
	__u32 first;		/* sequence number of the device's first byte of payload */
	__u32 theirs;		/* of the other end's */
	__u32 ingress;		/* link that the SYN-ACK came in by; 0: it is the device's own */
};

/* A flow as the device sees it: local is the device. Key of map `flows`. */
struct tacit_flow_key {
	__u8 local[16];
	__u8 remote[16];
	__be16 local_port;
	__be16 remote_port;
	__u32 ifindex;
};

enum tacit_flow_state {
	TACIT_FLOW_NONE,	/* being written, or about to be freed: for TACIT_RETIRED_NS nothing of it passes */
	TACIT_FLOW_SYN,		/* opened by the device; no payload seen */
	TACIT_FLOW_HELLO,	/* ClientHello leaving; the server's choice not seen */
	TACIT_FLOW_VERIFIED,	/* supported_versions == 0x0304 in the ServerHello */
	TACIT_FLOW_DENIED,	/* stays so */
	TACIT_FLOW_ALLOWED,	/* by rule, unverified */
	TACIT_FLOW_PASSIVE,	/* opened from outside; verified by the device's own ServerHello */
	TACIT_FLOW_UNVERIFIED,	/* stood before the guard; by a rule with `existing`; entered by the warden */
	TACIT_FLOW_LIMIT
};

/*
 * Whoever has a flow holds a place in the table: array map `holders`, one __u32 each,
 * counts them, by a number that is made of the kind and a hash of who it is; two that
 * fall together share what one may have. Before those it counts all flows, and each kind's.
 */
enum tacit_holder_kind {
	TACIT_HOLDER_USER,	/* by uid, below TACIT_UID_SUBORDINATE */
	TACIT_HOLDER_SUBORDINATE,	/* by uid, from there on: one user may have as many as he likes of those */
	TACIT_HOLDER_FULL,	/* by uid as its namespace has it, of sockets with no room for an owner */
	TACIT_HOLDER_UNKNOWN,	/* of the device itself without one, by local address */
	TACIT_HOLDER_BEHIND,	/* forwarded, by local address; masqueraded, all have the same */
	TACIT_HOLDER_OUTSIDE,	/* opened from outside, by remote address */
	TACIT_HOLDER_KINDS
};

#define TACIT_UID_SUBORDINATE 65536u	/* subuid(5) and containers */
#define TACIT_HOLDERS_BITS 10
#define TACIT_HOLDERS (1u << TACIT_HOLDERS_BITS)	/* of a kind */
#define TACIT_HOLDER_ALL 0u
#define TACIT_HOLDER_GROUP 1u	/* + kind */
#define TACIT_HOLDER_FIRST 8u
#define TACIT_HOLDERS_MAX (TACIT_HOLDER_FIRST + TACIT_HOLDER_KINDS * TACIT_HOLDERS)

/* Who opened a socket: recorded by the cgroup hooks in the socket itself (bpf/owner.h), from there in flow and event. */
struct tacit_owner {
	__u32 pid;		/* 0: only the user is known, for the socket had no room for more */
	__u32 uid;
	__u64 cgroup;
	__u64 netns;		/* cookie of the socket's network namespace */
	__u64 above[TACIT_CGROUP_LEVELS];	/* its ancestors and itself, by level; 0 further down */
	char comm[TACIT_COMM_BYTES];
};

/*
 * Where the streaming reader of one direction stands (bpf/tls_hello.h). It takes
 * records apart as they pass, in order, however the segments are cut.
 */
struct tacit_reader {
	__u32 next;		/* sequence number of the first byte not read yet */
	__u32 record;		/* bytes left of the record */
	__u32 message;		/* bytes left of the handshake message */
	__u32 skip;		/* bytes to pass over before the field */
	__u64 head;		/* record head being gathered, big-endian */
	__u64 field;		/* field being gathered, big-endian */
	__u8 head_have;		/* bytes of the head that were gathered */
	__u8 have;		/* bytes of the field that were gathered */
	__u8 want;		/* bytes that it has */
	__u8 step;		/* which field it is */
	__u8 seen;		/* what stood in the message */
	__u8 once;		/* records that may come but once and have come */
	__u8 hellos;		/* complete ones */
	__u8 reserved;
	__u32 list;		/* bytes left of the extension's list */
	__u32 reserved2;
};

/* Of a ClientHello in nine segments: the first one's beginning needs no room. */
#define TACIT_PLACES 8

/* A retired flow of whose warden nothing more was heard gives its place to another after this time. */
#define TACIT_RETIRED_NS 30000000000ull

/* Value of map `flows`. Times are CLOCK_MONOTONIC, ns. */
struct tacit_flow {
	__u32 state;		/* enum tacit_flow_state; with `turn` it changes in one piece */
	__u32 turn;		/* another one for each flow that had this place: whoever read one changes only that flow's state */
	__u32 reason;		/* enum tacit_reason, of a denied flow */
	__u64 opened;
	__u64 last;		/* packet that left or came */
	__u64 start;		/* departure of the SYN: the handshake's time runs from here */
	__u64 verified;		/* when it was; 0: not yet */
	__u64 bytes;		/* of payload that left */
	__u32 first;		/* sequence number of the device's first byte of payload */
	__u32 acked;		/* last acknowledgement that the device sent, */
	__u32 heard;		/* and that the other end did */
	__u32 fin;		/* what acknowledges the other end's FIN, once fin_came */
	__u32 ingress;		/* link that it comes in by, when it is forwarded; 0: it is the device's own */
	__u32 holder;		/* key of map `holders`; 0: it is not counted */
	__u8 passive;		/* opened from outside */
	__u8 settled;		/* the handshake is over, all is held to slots */
	__u8 closed;		/* TACIT_CLOSED_* */
	__u8 accepted;		/* the other end's SYN-ACK was seen, or its ACK to ours: it is there */
	__u8 retried;		/* HelloRetryRequest was seen: a second ClientHello may leave */
	__u8 class;		/* enum tacit_class: by who opened it; of the rule that last let it out, where one does */
	__u8 known;		/* owner is filled in */
	__u8 unstamped;		/* no SYN that left offered TCP timestamps */
	__u8 fin_came;
	struct tacit_reader out;
	struct tacit_reader in;
	__u32 proved;		/* opened from outside, verified: behind the device's ServerHello */
	__u32 kept;		/* places that were kept so far; there are the last TACIT_PLACES */
	struct tacit_reader place[TACIT_PLACES];	/* bpf/places.h */
	struct tacit_owner owner;	/* of the device's socket, when it began */
};

/* What bpf/retire.bpf.c is asked: retire this flow, if it is still as it was seen. */
struct tacit_retiring {
	struct tacit_flow_key key;
	__u64 opened;
	__u64 last;
	__u64 now;
};

#define TACIT_CLOSED_OUT 1	/* FIN left */
#define TACIT_CLOSED_IN 2	/* FIN came, and was acknowledged */
#define TACIT_CLOSED_RESET 4	/* RST, either way */

/*
 * What a ClientHello of the device says in the clear: the server's name (RFC 6066, 3)
 * and the first protocol it offers (RFC 7301, 3.1), zero padded, what is longer cut off.
 * Value of map `hellos`, by flow, an LRU: for people, nothing is decided by it. It has
 * what lay in one packet whole. Any bytes may stand in it.
 */
#define TACIT_SNI_MAX 64
#define TACIT_ALPN_MAX 16
#define TACIT_HELLOS_MAX 2048

struct tacit_hello {
	char sni[TACIT_SNI_MAX];
	char alpn[TACIT_ALPN_MAX];
} __attribute__((aligned(8)));

/* Why the guard refused. */
enum tacit_reason {
	TACIT_REASON_NONE,
	TACIT_REASON_CLOSED,		/* the guard is closed, or has no policy */
	TACIT_REASON_NOT_TLS,		/* first payload is no ClientHello */
	TACIT_REASON_NOT_TLS13,		/* the server did not choose TLS 1.3 */
	TACIT_REASON_DATA_IN_SYN,
	TACIT_REASON_EARLY_DATA,	/* 0-RTT */
	TACIT_REASON_NOT_A_RECORD,	/* plain text after the handshake */
	TACIT_REASON_UNKNOWN_FLOW,	/* older than the guard */
	TACIT_REASON_PROTOCOL,		/* neither TCP nor allowed by a rule */
	TACIT_REASON_TABLE_FULL,
	TACIT_REASON_FRAGMENT,
	TACIT_REASON_MALFORMED,
	TACIT_REASON_TIMESTAMPS,	/* TCP timestamps on a shaped uplink would give the send time away */
	TACIT_REASON_UNATTENDED,	/* the warden's lease is over */
	TACIT_REASON_SENT_AGAIN,	/* of a hello in many segments, from a place that is no longer known */
	TACIT_REASON_ANOTHERS,		/* of a connection that came in elsewhere, or is the device's own */
	TACIT_REASON_LIMIT
};

enum tacit_bpf_event_kind {
	TACIT_BPF_EVENT_REFUSED = 1,
	TACIT_BPF_EVENT_VERIFIED,
	TACIT_BPF_EVENT_LIMITED,	/* remote: the source, local: what it is limited at */
	TACIT_BPF_EVENT_LIMIT
};

/*
 * Array map `buckets`: events of a kind pass by one token bucket; those of what was
 * refused by one a user, so that nobody's flood swallows what others are told of
 * (users whose ids differ by a multiple of TACIT_BUCKET_USERS share one), or where the user is
 * not known by that of the kind, and of all that is forwarded by one.
 */
#define TACIT_BUCKET_USERS 32
#define TACIT_BUCKET_USER(uid) (TACIT_BPF_EVENT_LIMIT + (uid) % TACIT_BUCKET_USERS)
#define TACIT_BUCKET_FORWARDED (TACIT_BPF_EVENT_LIMIT + TACIT_BUCKET_USERS)
#define TACIT_BUCKETS (TACIT_BUCKET_FORWARDED + 1)

/* Ring buffer `events`, behind `buckets`; what they swallowed is counted in `counters`. */
struct tacit_bpf_event {
	__u64 time;		/* CLOCK_MONOTONIC, ns */
	__u32 kind;		/* enum tacit_bpf_event_kind */
	__u32 reason;		/* enum tacit_reason */
	__u32 protocol;
	__u32 ifindex;
	__u8 local[16];
	__u8 remote[16];
	__be16 local_port;
	__be16 remote_port;
	__u32 known;		/* owner is filled in */
	__u32 ingress;		/* link that it came in by; 0: it is the device's own */
	__u32 forms;		/* of what was refused as TACIT_REASON_PROTOCOL: bit TACIT_FORM_* */
	struct tacit_owner owner;
	struct tacit_hello hello;	/* of the flow; empty: none was seen */
};

/* Per-CPU array `counters`: one __u64 each. */
enum tacit_counter {
	TACIT_COUNT_PASSED,		/* at once, exempt or in a slot */
	TACIT_COUNT_HELD,		/* stamped for a later slot */
	TACIT_COUNT_HANDSHAKE,		/* passed as part of a handshake */
	TACIT_COUNT_REFUSED,
	TACIT_COUNT_VERIFIED,		/* flows */
	TACIT_COUNT_EVENTS_LOST,	/* over the token bucket or the ring */
	TACIT_COUNT_OVERFLOW,		/* packets that found no slot with room for them within TACIT_BUDGET_AHEAD */
	TACIT_COUNT_LIMITED,		/* connections from outside that were over their source's limit */
	TACIT_COUNT_OPENED,		/* would have been refused, but for `tacit guard open` */
	TACIT_COUNT_REASON_FIRST,	/* + enum tacit_reason */
	TACIT_COUNT_LIMIT = TACIT_COUNT_REASON_FIRST + TACIT_REASON_LIMIT
};

#endif
