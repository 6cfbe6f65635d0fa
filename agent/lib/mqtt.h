/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MQTT 3.1.1 packets (OASIS standard, 29 October 2014): reading and writing, pure.
 * Section numbers below are of that document.
 *
 * A reader gets one whole packet's body, as mqtt_head_read() has bounded it,
 * and gives back views into it: nothing is copied, nothing outlives the body.
 * Readers return 0, or -EBADMSG for anything that the standard forbids.
 *
 * A writer appends to a struct mqtt_buffer; room is checked before, with
 * the _bytes functions or MQTT_SMALL, and again by the writer: -EMSGSIZE, and
 * then nothing is written.
 */
#ifndef MQTT_H
#define MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest packet, head included, that is taken from anybody. */
#define MQTT_PACKET_MAX 65536u
#define MQTT_HEAD_MAX 5
/* Enough for any packet whose body is an identifier or less. */
#define MQTT_SMALL 4
/* PINGREQ, PINGRESP, DISCONNECT */
#define MQTT_EMPTY 2
/* Topic levels; stock brokers cut the connection above 200. */
#define MQTT_LEVELS_MAX 200

enum mqtt_type {
	MQTT_CONNECT = 1,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
};

/* Table 3.1, CONNACK return codes. */
enum mqtt_return {
	MQTT_ACCEPTED,
	MQTT_REFUSED_PROTOCOL,
	MQTT_REFUSED_IDENTIFIER,
	MQTT_REFUSED_UNAVAILABLE,
	MQTT_REFUSED_CREDENTIALS,
	MQTT_REFUSED_AUTHORITY,
};

#define MQTT_SUBACK_FAILURE 0x80

struct mqtt_view {
	const uint8_t *data;
	size_t bytes;
};

struct mqtt_head {
	enum mqtt_type type;
	uint8_t flags;		/* low four bits of the first byte */
	size_t bytes;		/* of the head itself */
	size_t body;		/* bytes that follow it */
};

struct mqtt_connect {
	uint8_t level;		/* 4 is 3.1.1; for any other nothing else is filled in */
	bool clean;
	bool has_will;
	bool will_retain;
	uint8_t will_qos;
	uint16_t keepalive;	/* seconds, 0: none */
	struct mqtt_view client;
	struct mqtt_view will_topic;
	struct mqtt_view will_payload;
};

struct mqtt_publish {
	bool dup;
	bool retain;
	uint8_t qos;
	uint16_t id;		/* 0 with QoS 0 */
	struct mqtt_view topic;
	struct mqtt_view payload;
};

/* Goes through the filters of a SUBSCRIBE or UNSUBSCRIBE. */
struct mqtt_filters {
	uint16_t id;
	bool qos;		/* each filter is followed by one */
	struct mqtt_view rest;
};

/*
 * mqtt_head_read - is there a whole packet at `data`? (2.2)
 * @available: bytes at data
 * @head: filled in when the head is whole, even if the body is not
 *
 * Return: 1 if head and body are there; 0 if more bytes are needed; -EMSGSIZE
 * above MQTT_PACKET_MAX; -EBADMSG for a type, flag or length that is forbidden.
 */
int mqtt_head_read(const uint8_t *data, size_t available, struct mqtt_head *head);

/* 3.1. The protocol name is checked; so is the will. User name and password are checked and left. */
int mqtt_connect_read(const uint8_t *body, size_t bytes, struct mqtt_connect *connect);

/* 3.2 */
int mqtt_connack_read(const uint8_t *body, size_t bytes, bool *present, uint8_t *code);

/*
 * 3.3, `flags` of the head. The topic is one that may be published to. Return: as
 * above, or -EILSEQ for another topic: then *publish is filled in all the same.
 */
int mqtt_publish_read(uint8_t flags, const uint8_t *body, size_t bytes, struct mqtt_publish *publish);

/* 3.4 to 3.7, 3.11: a body that is an identifier other than 0. */
int mqtt_id_read(const uint8_t *body, size_t bytes, uint16_t *id);

/* 3.9: an identifier and one code or more. */
int mqtt_suback_read(const uint8_t *body, size_t bytes, uint16_t *id, struct mqtt_view *codes);

/* 3.8 and 3.10. The first filter is there on success. */
int mqtt_filters_read(enum mqtt_type type, const uint8_t *body, size_t bytes, struct mqtt_filters *filters);

/* The next filter. Return: 1 with *filter and, in a SUBSCRIBE, *qos; 0 at the end; -EBADMSG. */
int mqtt_filters_next(struct mqtt_filters *filters, struct mqtt_view *filter, uint8_t *qos);

/*
 * What a topic name or filter may hold (1.5.3, 4.7): well-formed UTF-8 with no
 * NUL, and, since stock brokers cut the connection for them, no control
 * characters, no non-characters and no more than MQTT_LEVELS_MAX levels.
 */
bool mqtt_topic_valid(struct mqtt_view topic);
bool mqtt_filter_valid(struct mqtt_view filter);

/*
 * Stock brokers share a subscription among those who ask for $share/NAME/FILTER
 * (MQTT 5.0, 4.8.2), and cut the connection of whoever gets that wrong.
 * mqtt_share_valid(): is it right, or no such filter? mqtt_share_filter(): what
 * topics are matched with, which is the whole where nothing is shared.
 */
bool mqtt_share_valid(struct mqtt_view filter);
struct mqtt_view mqtt_share_filter(struct mqtt_view filter);

/* Does `filter` match `topic`? (4.7) Both are valid. */
bool mqtt_topic_matches(struct mqtt_view filter, struct mqtt_view topic);

/* The same for UTF-8 alone, as for client identifiers. */
bool mqtt_text_valid(struct mqtt_view text);

struct mqtt_buffer {
	uint8_t *data;
	size_t room;
	size_t bytes;		/* written so far */
};

/* The size of a PUBLISH packet, head included. */
size_t mqtt_publish_bytes(const struct mqtt_publish *publish);

int mqtt_publish_write(struct mqtt_buffer *b, const struct mqtt_publish *publish);

/* A CONNECT of level 4 without will, user name and password. `client` is a C string of up to 65535 bytes. */
int mqtt_connect_write(struct mqtt_buffer *b, const char *client, bool clean, uint16_t keepalive);

int mqtt_connack_write(struct mqtt_buffer *b, bool present, uint8_t code);

/* PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK */
int mqtt_id_write(struct mqtt_buffer *b, enum mqtt_type type, uint16_t id);

/* PINGREQ, PINGRESP, DISCONNECT */
int mqtt_empty_write(struct mqtt_buffer *b, enum mqtt_type type);

/* SUBSCRIBE (with qos) or UNSUBSCRIBE (without) of one filter. */
size_t mqtt_filter_bytes(enum mqtt_type type, struct mqtt_view filter);
int mqtt_filter_write(struct mqtt_buffer *b, enum mqtt_type type, uint16_t id, struct mqtt_view filter, uint8_t qos);

int mqtt_suback_write(struct mqtt_buffer *b, uint16_t id, const uint8_t *codes, size_t count);

#endif
