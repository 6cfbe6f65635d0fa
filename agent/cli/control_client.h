/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asking the warden: one line to its control socket, lines of JSON back.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

#include "cli.h"

/* Does tacitd run? Return: 0 if somebody takes connections at `path`, else errno. */
int control_knock(const char *path);

/*
 * control_ask - connect to the control socket at `path` and ask
 * @request: see agent/warden/control.h
 *
 * Return: a stream to read answers from with control_read(), or NULL with the
 * reason and the cure told by cli_fail().
 */
FILE *control_ask(const struct cli_options *options, const char *path, const char *request);

/*
 * control_question - ask at the control socket that the configuration names
 *
 * Return: CLI_OK with a stream to read answers from; else CLI_NOT_RUNNING or CLI_FAILED, and it has been told.
 */
int control_question(const struct cli_options *options, const char *request, FILE **answers);

/*
 * control_command - the beginning of a command that asks: its command line, the
 * configuration, then the control socket that it names
 * @request: "status" or "monitor"
 * @code: what the command returns if there is nothing to read
 *
 * Return: a stream to read answers from with control_read(), or NULL with *code
 * set and the reason and the cure told, or the help given.
 */
FILE *control_command(int argc, char **argv, struct cli_options *options, const char *request, int *code);

/*
 * control_show - a whole command that asks one question and shows the answer
 * @print: the answer for people; with -j it is printed as it came
 */
int control_show(int argc, char **argv, const char *request, void (*print)(struct json_object *answer));

/* The next answer, which the caller puts; NULL at the end or for what is no JSON object of at most 1 MiB. */
struct json_object *control_read(FILE *stream);

/* Why a monitor is not told events, where `event` is that and no event; else NULL. */
const char *control_refusal(struct json_object *event);

/* What a program or a server calls itself may well be "-": what is missing is asked for by this. */
bool control_has(struct json_object *object, const char *member);
/* Members of an answer, with a value in place of what is missing. */
const char *control_text(struct json_object *object, const char *member);
/* The rule that would allow what an event tells of, as lines of a configuration; "" for none. */
const char *control_rule(struct json_object *event);
int64_t control_number(struct json_object *object, const char *member);
bool control_flag(struct json_object *object, const char *member);
/* An array, which stays the object's; an empty one of nobody's in place of none. */
struct json_object *control_list(struct json_object *object, const char *member);

#endif
