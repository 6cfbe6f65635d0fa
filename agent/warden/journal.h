/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The journal: facts for the operator. Each goes to the log, into a ring that
 * `tacit status` shows the end of, and to whoever runs `tacit monitor`.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <json-c/json.h>
#include <stddef.h>

#define JOURNAL_ROOM 128

struct journal;

/* Called with each new entry; the object is the journal's, json_object_get() it to keep it. */
typedef void (*journal_listener)(struct json_object *entry, void *arg);

/* Return: a journal, or NULL without memory. One listener at most; it may be NULL. */
struct journal *journal_new(journal_listener listener, void *arg);
void journal_free(struct journal *j);

/*
 * journal_add - note a fact
 * @priority: LOG_ERR to LOG_INFO
 * @source: "guard", "key", "channel", "engine", "warden": a literal
 * @kind: one word: a literal
 * @detail: an object whose members join the entry, or NULL; the call consumes it
 * @format: the sentence for a person; text from outside has been through message_text()
 */
void journal_add(struct journal *j, int priority, const char *source, const char *kind, struct json_object *detail,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The newest `most` entries of one source and kind, oldest first; as journal_tail(). */
struct json_object *journal_last(const struct journal *j, const char *source, const char *kind, size_t most);

/* The newest `most` entries, oldest first, as a new array that the caller puts; NULL without memory. */
struct json_object *journal_tail(const struct journal *j, size_t most);

#endif
