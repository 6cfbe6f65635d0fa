/* SPDX-License-Identifier: GPL-2.0 */
/*
 * New certificates for channels that run: the warden reads the files, because
 * the engine cannot see them, and hands their bytes to the engine, which alone
 * parses them. `tacit key cert` and SIGHUP ask for it.
 */
#ifndef RENEWAL_H
#define RENEWAL_H

#include <event2/event.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct warden;

/* One at a time. */
struct renewal {
	uint64_t ticket;		/* who asked, for control_answer(); 0: nobody waits */
	uint32_t serial;		/* of the round: an answer that comes too late is to another one */
	uint32_t waiting;		/* channels whose answer is to come, a bit each; 0: none is under way */
	struct json_object *channels;	/* the answer so far */
	struct event *deadline;
};

/*
 * renewal_start - load the certificates of every channel that has this key
 * @key: NULL for all channels
 * @reconnect: channels connect anew in their next slot
 *
 * Return: the answer, an object with `channels`, each with `name`, `certificate`,
 * `state` ("loaded", "refused", or "at start" where no engine runs) and `error`; or
 * with `error` alone. NULL: it is given later, by control_answer().
 */
struct json_object *renewal_start(struct warden *w, const char *key, bool reconnect, uint64_t ticket);

/* A MESSAGE_RENEWED that message_check() has let through. */
void renewal_message(struct warden *w, struct message *m);

/* The engine has ended: what it has not answered it will read when it starts. */
void renewal_abandon(struct warden *w);

void renewal_stop(struct warden *w);

#endif
