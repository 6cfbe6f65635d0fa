/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules by name: keeps tacit-resolver running, an unprivileged child that asks for
 * the names in rules, and puts its answers into the guard's map. Whatever fails,
 * the last answer holds; addresses that an app still uses are kept.
 */
#ifndef NAMES_WATCH_H
#define NAMES_WATCH_H

#include <event2/event.h>
#include <json-c/json.h>
#include <stdint.h>

#include "config.h"
#include "guard.h"
#include "journal.h"

struct names_watch;

/*
 * names_watch_start - start the resolver, if a rule names a host
 * @executable: its path; the string must live on, as must the others
 *
 * Return: 0, with *names NULL where there is nothing to ask; else -errno. A resolver
 * that ends, or cannot be started, is started again, after 1 s and then longer.
 */
int names_watch_start(struct names_watch **names, struct event_base *base, const char *executable,
		      const char *config_file, const struct config *config, struct guard *guard, struct journal *journal);

/* Sweep addresses that are no longer needed; call it now and then. NULL is allowed. */
void names_watch_tick(struct names_watch *names, struct guard *guard);

/* What is known of a host of a rule, as members of `rule`: its addresses, and what is wrong. NULL is allowed. */
void names_watch_json(const struct names_watch *names, const char *host, struct json_object *rule);

/* Ends the resolver; the addresses stay in the map. */
void names_watch_stop(struct names_watch *names);

#endif
