/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What warden and engine say to each other over a SOCK_SEQPACKET socketpair:
 * messages of one fixed size. The engine's messages are untrusted input to the
 * warden: message_check() bounds every field, and text is shown only through
 * message_text().
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "tacit_bpf.h"

/* The engine inherits its end as this descriptor. */
#define MESSAGE_FD 3

/* A sentence with a path or two, and the cure. */
#define MESSAGE_TEXT_MAX 512
#define MESSAGE_CLIENTS_MAX 65536
/* What a certificate chain takes as PEM, at most. */
#define MESSAGE_CERTIFICATE_BYTES_MAX (64 * 1024)
/* 9999-12-31, the last day that a certificate can name (RFC 5280, 4.1.2.5). */
#define MESSAGE_TIME_MAX 253402300799ull

enum message_kind {
	/* warden -> engine */
	MESSAGE_SCHEDULE = 1,	/* first, once: the schedule with its key */
	MESSAGE_STOP,		/* close all channels properly and exit */
	MESSAGE_CERTIFICATE,	/* with a descriptor: take the chain in it for a channel's handshakes from now on */
	/* engine -> warden */
	MESSAGE_READY,		/* sandboxed, listening */
	MESSAGE_CHANNEL,	/* state and counters of one channel, on change and every few seconds */
	MESSAGE_NOTE,		/* a fact for the operator about a channel: text */
	MESSAGE_LIMIT,		/* a client of an accept channel wants more than its limit, and is held to it */
	MESSAGE_RENEWED,	/* the answer to MESSAGE_CERTIFICATE; text: why it was refused, "" if it was not */
};

enum channel_state {
	CHANNEL_DOWN,		/* waiting for a slot to connect in */
	CHANNEL_RESOLVING,
	CHANNEL_CONNECTING,
	CHANNEL_HANDSHAKE,
	CHANNEL_SESSION,	/* TLS is up, MQTT CONNECT is under way */
	CHANNEL_UP,		/* of an accept channel: it listens, and the server behind it answers */
	CHANNEL_STATE_LIMIT
};

struct message_channel {
	uint32_t state;		/* enum channel_state */
	uint32_t clients;	/* local connections */
	uint32_t spooled;	/* messages that wait */
	uint32_t suite;		/* TLS cipher suite, 0 while there is none */
	uint64_t connects;	/* upstream sessions so far */
	uint64_t cells;		/* cells sent, covers included */
	uint64_t covers;
	uint64_t slots_missed;	/* slots in which the socket took no cell */
	uint64_t messages;	/* forwarded upstream and acknowledged */
	uint64_t received;	/* messages from upstream */
	uint64_t certificate_end; /* of our certificate, seconds since 1970; 0: not known */
	/* Of an accept channel, where `connects` are its clients' handshakes. */
	uint64_t requests;
	uint64_t limited;	/* times that a client was held or turned away */
	uint64_t failed;	/* handshakes that failed */
};

enum message_limit_kind {
	MESSAGE_LIMIT_REQUESTS = 1,	/* more requests than `limit`: held back */
	MESSAGE_LIMIT_CONNECTIONS,	/* too many connections at a time: closed */
	MESSAGE_LIMIT_END
};

/* Once in each episode; see limit_tell(). */
struct message_limit {
	uint32_t what;		/* enum message_limit_kind */
	uint32_t reserved;	/* 0 */
	uint8_t network[16];	/* of the source, as in struct limit_source */
};

struct message_certificate {
	uint32_t bytes;		/* of the chain, PEM, leaf first: 1 to MESSAGE_CERTIFICATE_BYTES_MAX */
	uint32_t reconnect;	/* 1: connect anew, in the next slot; 0: sessions go on */
};

struct message {
	uint32_t kind;		/* enum message_kind */
	uint32_t channel;	/* index into config.channels */
	uint32_t priority;	/* of a note: LOG_ERR to LOG_INFO */
	uint32_t serial;	/* of MESSAGE_CERTIFICATE, and the same in its answer; else 0 */
	union {
		struct tacit_schedule schedule;
		struct message_channel status;
		struct message_limit limit;
		struct message_certificate certificate;
		char text[MESSAGE_TEXT_MAX];	/* UTF-8 or not, NUL terminated */
	};
};

/*
 * message_check - is this a message that the warden may act on?
 * @bytes: as received; must be sizeof(struct message)
 * @channels: how many there are
 *
 * Return: true if the kind is one the engine may send and every field is in bounds.
 */
bool message_check(const struct message *m, size_t bytes, size_t channels);

/*
 * message_check_order - the same for what the engine gets from the warden once it runs
 * @passed: the descriptor that came with it, or -1: MESSAGE_CERTIFICATE has one, and no other
 */
bool message_check_order(const struct message *m, size_t bytes, size_t channels, int passed);

/* Replace every byte that is not printable ASCII by '?', and end the text within its room. */
void message_text(char text[MESSAGE_TEXT_MAX]);

/* "down", "resolving", ... or "?" */
const char *channel_state_name(uint32_t state);

/* send(2) or recv(2) of one whole message. Return: 0, -EPIPE at the other's end, else -errno. */
int message_send(int fd, const struct message *m);
int message_receive(int fd, struct message *m, size_t *bytes);

/* The same with a descriptor, which both sides then have. *passed is -1 where none came; else the caller closes it. */
int message_send_with(int fd, const struct message *m, int passed);
int message_receive_with(int fd, struct message *m, size_t *bytes, int *passed);

#endif
