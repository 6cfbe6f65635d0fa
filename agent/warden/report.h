/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers about the guard and the slots, for `tacit guard`, `tacit flows` and
 * `tacit slots`. Each takes a struct warden, looks at the kernel now, and returns
 * an object that the caller puts, or NULL without memory.
 */
#ifndef REPORT_H
#define REPORT_H

#include <json-c/json.h>

#include "guard.h"

/* Flows that are listed at most; how many there are is told anyway. */
#define REPORT_FLOWS_MAX 500
#define REPORT_REFUSALS 16

/* What a ClientHello said: members `sni` and `alpn`, printable, where there is any. */
void report_hello(struct json_object *o, const struct tacit_hello *hello);
#define REPORT_LIMITED 16
#define REPORT_SLOTS 10

struct json_object *report_guard(void *warden);
struct json_object *report_flows(void *warden);
struct json_object *report_slots(void *warden);

/* Members of an object; nothing is added without memory. */
void report_text(struct json_object *o, const char *name, const char *value);
void report_number(struct json_object *o, const char *name, uint64_t value);
void report_flag(struct json_object *o, const char *name, bool value);

#endif
