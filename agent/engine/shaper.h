/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shape `constant`: a slot is `cells` cells, whatever there is to say. What
 * the slot carries is decided by slot number and configuration alone; data that
 * waits takes the place of padding and changes nothing else.
 */
#ifndef SHAPER_H
#define SHAPER_H

#include <event2/buffer.h>

#include "cell.h"
#include "config.h"
#include "ktls.h"
#include "message.h"

struct shaper {
	size_t wire;		/* a cell's size on the wire, bytes */
	unsigned int cells;	/* a slot */
	unsigned int ping_every;	/* slots */
	bool ping_owed;		/* its slot was missed */
};

void shaper_init(struct shaper *shaper, const struct config_channel *config);

/* Bytes of content that a slot holds. */
size_t shaper_capacity(const struct shaper *shaper);

/*
 * shaper_room - will the socket take a slot's cells?
 *
 * Not while more than one slot's cells are unacknowledged: the link is dead, and
 * cells would pile up to come out in one heap.
 * Return: 1, 0 for no (the slot is missed), or -errno.
 */
int shaper_room(const struct shaper *shaper, const struct ktls *tls);

/* Does slot k carry a PINGREQ? Decided before the queue is looked at. */
bool shaper_ping(struct shaper *shaper, uint64_t k);

/* Slot k goes by without a cell; a ping that it should have carried rides in the next. */
void shaper_missed(struct shaper *shaper, uint64_t k, struct message_channel *status);

/*
 * shaper_emit - send a slot's cells
 * @content: bytes for upstream; what is sent is drained, what is not stays
 * @last: of these, bytes at the end that leave at the end of the slot
 * @status: cells, covers and slots_missed are counted
 *
 * Return: 0 or -errno: the connection is lost.
 */
int shaper_emit(const struct shaper *shaper, struct ktls *tls, struct evbuffer *content, size_t last,
		struct message_channel *status);

/* A close_notify of a cell's size, after what is left of `content`. Best effort. */
void shaper_close(const struct shaper *shaper, struct ktls *tls, struct evbuffer *content);

#endif
