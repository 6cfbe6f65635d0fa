/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket: a Unix stream socket on which `tacit` asks one question a
 * connection, a line of text, and is answered with lines of JSON:
 *   status    one object, then the end
 *   monitor   an object for each journal entry, until the asker goes; one with `error`, then the end,
 *             where as many as may are there already
 *   guard, flows, slots (report.h)
 *             one object each, then the end
 *   certificate KEY, reconnect KEY
 *             load the certificates of channels with that key anew; one object, then the end
 *   open SECONDS, close
 *             let everything out for so long, and end that; one object, then the end
 *   hold, release
 *             let nothing out, and end that; one object, then the end
 *   second    a tacitd that found this one running; no answer
 * The socket's mode (0600, root) is the access check; what is read is still bounded.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <event2/event.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTROL_LINE_MAX 128
#define CONTROL_CLIENTS_MAX 16
#define CONTROL_MONITORS_MAX 12
#define CONTROL_REPORTS_MAX 4

struct control;

/* Makes the answer to a question of one word; it is put here. NULL: there is none. */
typedef struct json_object *(*control_status)(void *arg);

/* Who answers. */
struct control_handlers {
	control_status status;
	/* The same; NULL: the answer is given later, to control_answer(), under this ticket. */
	struct json_object *(*certificate)(const char *key, bool reconnect, uint64_t ticket, void *arg);
	/* 0 seconds: close. As `status`. */
	struct json_object *(*open)(uint64_t seconds, void *arg);
	/* As `status`. */
	struct json_object *(*hold)(bool hold, void *arg);
	void (*second)(pid_t pid, void *arg);
	void *arg;
};

/*
 * control_open - listen on `path`, whose directory is made if it is missing
 *
 * Return: 0, -EADDRINUSE when another tacitd answers there, which is told of it, else -errno.
 */
int control_open(struct control **control, struct event_base *base, const char *path,
		 const struct control_handlers *handlers);

/*
 * control_lock - what keeps a second tacitd from this socket; control_open() takes it itself
 * @lock: a descriptor, which has it until it is closed, or negative
 *
 * Return: 0, -EADDRINUSE when a tacitd runs, else -errno.
 */
int control_lock(const char *path, int *lock);

/* The answer that was owed; whoever asked may have gone. The object stays the caller's. */
void control_answer(struct control *c, uint64_t ticket, struct json_object *answer);

/*
 * control_serve - answer another question of one word, as `status` is answered
 * @word: a literal; with the handlers' argument, at most CONTROL_REPORTS_MAX of them
 */
void control_serve(struct control *c, const char *word, control_status answer);

/* Send a journal entry to all who monitor. An asker that does not read is dropped, never waited for. */
void control_publish(struct control *c, struct json_object *entry);

void control_close(struct control *c);

#endif
