/* SPDX-License-Identifier: GPL-2.0 */
/* One request to the module and its answer. Internal to agent/keys: what module*.c share. */
#ifndef KEYS_MODULE_REQUEST_H
#define KEYS_MODULE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/attr.h>
#include <netlink/netlink.h>

#include "error.h"
#include "module.h"

struct module {
	struct nl_sock *sock;
	int family;
};

/* What a request is waiting for. */
struct reply {
	bool done;
	int code;
	struct key_error *error;
	int (*message)(struct reply *reply, struct nlattr **attrs);
	void *context;
	module_key_callback *callback;
};

/* A message to be filled in; NULL without memory. */
struct nl_msg *request_new(struct module *m, uint8_t command, int flags);

/*
 * Send, read the answer to its end, and free the message, wiped.
 * Return: 0; what reply->message() returned; -errno, with the error's text.
 */
int request(struct module *m, struct nl_msg *msg, struct reply *reply);

/* Free the message, which may be NULL. Return: -ENOMEM, with the error's text. */
int no_memory(struct nl_msg *msg, struct key_error *error);

/* The key that an answer to be shown holds, with its counts; checked. For reply->message(). */
int take_key(struct module_key *key, struct nlattr **attrs, struct key_error *error);

/* The same for reply->message(), with a struct module_key as reply->context. */
int take_new_key(struct reply *reply, struct nlattr **attrs);

#endif
