/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's events (generic netlink multicast, include/tacit_key.h): keys
 * made, loaded, used and deleted, and every signature that was refused.
 */
#ifndef KEYS_MODULE_EVENTS_H
#define KEYS_MODULE_EVENTS_H

#include <stdint.h>

#include "error.h"
#include "tacit_key.h"

#define MODULE_COMM_BYTES 16

struct module_events;

/* Numbers that the kernel did not send are 0, texts empty; texts hold printable ASCII only. */
struct module_event {
	uint32_t kind;		/* enum tacit_event_kind */
	uint32_t reason;	/* enum tacit_refusal, with TACIT_EVENT_REFUSED */
	uint32_t uid;		/* of the caller; TACIT_ID_NONE if not sent */
	uint32_t pid;
	uint64_t count;		/* how many this stands for, itself included */
	char name[TACIT_NAME_MAX];
	char comm[MODULE_COMM_BYTES];
};

typedef void module_event_callback(void *context, const struct module_event *event);

/* Subscribe. -ENOENT: the module is not loaded. On failure *out is NULL. */
int module_events_open(struct module_events **out, module_event_callback *callback, void *context,
		       struct key_error *error);
void module_events_close(struct module_events *events);

/* Non-blocking; poll it for reading and call module_events_dispatch(). */
int module_events_fd(const struct module_events *events);

/*
 * Read what is there, up to some dozens, and call back for each event. Where
 * more is waiting the descriptor stays readable.
 *
 * Return: 0; -ENOBUFS if the kernel dropped events because nobody read them in
 * time (say so, and go on); another -errno when the socket is of no more use.
 */
int module_events_dispatch(struct module_events *events, struct key_error *error);

/* For people: "created", "refused", ...; "?" for what is not known. */
const char *module_event_kind_name(uint32_t kind);

/* For people: "caller", "usage", "rate", "operation"; "?" for what is not known. */
const char *module_refusal_name(uint32_t reason);

/* The same as half a sentence: "the content is none that the key's usage names". */
const char *module_refusal_text(uint32_t reason);

#endif
