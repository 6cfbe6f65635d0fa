/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket: a Unix stream socket on which `tacit` asks one question a
 * connection, a line of text, and is answered with lines of JSON:
 *   status    one object, then the end
 *   monitor   an object for each journal entry, until the asker goes
 *   guard, flows, slots (report.h)
 *             one object each, then the end
 * The socket's mode (0600, root) is the access check; what is read is still bounded.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <event2/event.h>
#include <json-c/json.h>

#define CONTROL_LINE_MAX 64
#define CONTROL_CLIENTS_MAX 16
#define CONTROL_REPORTS_MAX 4

struct control;

/* Makes the answer to `status`; the caller puts it. */
typedef struct json_object *(*control_status)(void *arg);

/*
 * control_open - listen on `path`, whose directory is made if it is missing
 *
 * Return: 0, -EADDRINUSE when another tacitd answers there, else -errno.
 */
int control_open(struct control **control, struct event_base *base, const char *path, control_status status, void *arg);

/*
 * control_serve - answer another question of one word, as `status` is answered
 * @word: a literal; with control_open()'s argument, at most CONTROL_REPORTS_MAX of them
 */
void control_serve(struct control *c, const char *word, control_status answer);

/* Send a journal entry to all who monitor. An asker that does not read is dropped, never waited for. */
void control_publish(struct control *c, struct json_object *entry);

void control_close(struct control *c);

#endif
