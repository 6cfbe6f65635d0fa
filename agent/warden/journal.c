// SPDX-License-Identifier: GPL-2.0
#include "journal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

#define TEXT_MAX 768

struct journal {
	struct json_object *entries[JOURNAL_ROOM];
	size_t next;
	size_t count;
	journal_listener listener;
	void *arg;
};

struct journal *journal_new(journal_listener listener, void *arg)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->listener = listener;
	j->arg = arg;
	return j;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->count; i++)
		json_object_put(j->entries[i]);
	free(j);
}

/* RFC 3339 in UTC, to the millisecond. */
static void timestamp(char *text, size_t room)
{
	struct timespec now;
	struct tm tm;
	char seconds[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, room, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}

static void keep(struct journal *j, struct json_object *entry)
{
	json_object_put(j->entries[j->next]);
	j->entries[j->next] = entry;
	j->next = (j->next + 1) % JOURNAL_ROOM;
	if (j->count < JOURNAL_ROOM)
		j->count++;
}

void journal_add(struct journal *j, int priority, const char *source, const char *kind, struct json_object *detail,
		 const char *format, ...)
{
	struct json_object *entry = detail ? detail : json_object_new_object();
	char when[64], text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_line(priority, "%s: %s", source, text);
	if (!entry)
		return;
	timestamp(when, sizeof(when));
	json_object_object_add(entry, "time", json_object_new_string(when));
	json_object_object_add(entry, "source", json_object_new_string(source));
	json_object_object_add(entry, "kind", json_object_new_string(kind));
	json_object_object_add(entry, "priority", json_object_new_int(priority));
	json_object_object_add(entry, "text", json_object_new_string(text));
	keep(j, entry);
	if (j->listener)
		j->listener(entry, j->arg);
}

static bool is(struct json_object *entry, const char *member, const char *text)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(entry, member, &value) && !strcmp(json_object_get_string(value), text);
}

struct json_object *journal_last(const struct journal *j, const char *source, const char *kind, size_t most)
{
	struct json_object *last = json_object_new_array();
	size_t found[JOURNAL_ROOM], count = 0;

	for (size_t i = 1; last && i <= j->count && count < most; i++) {
		size_t at = (j->next + JOURNAL_ROOM - i) % JOURNAL_ROOM;

		if (is(j->entries[at], "source", source) && is(j->entries[at], "kind", kind))
			found[count++] = at;
	}
	while (count)
		json_object_array_add(last, json_object_get(j->entries[found[--count]]));
	return last;
}

struct json_object *journal_tail(const struct journal *j, size_t most)
{
	struct json_object *tail = json_object_new_array();
	size_t count = j->count < most ? j->count : most;

	if (!tail)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t at = (j->next + JOURNAL_ROOM - count + i) % JOURNAL_ROOM;

		json_object_array_add(tail, json_object_get(j->entries[at]));
	}
	return tail;
}
