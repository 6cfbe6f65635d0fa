// SPDX-License-Identifier: GPL-2.0
/* tacit guard: what may leave, how often it did, and what was refused. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "control_client.h"

/* Whose it must be, and what a name stands for now. */
static void print_more(struct json_object *rule)
{
	struct json_object *addresses = control_list(rule, "addresses"), *uid = NULL;

	if (json_object_object_get_ex(rule, "uid", &uid))
		printf("          only of user %lld\n", (long long)json_object_get_int64(uid));
	if (control_has(rule, "cgroup"))
		printf("          only of cgroup %s\n", control_text(rule, "cgroup"));
	for (size_t i = 0; i < json_object_array_length(addresses); i++) {
		struct json_object *a = json_object_array_get_idx(addresses, i);

		printf("          %s%s\n", control_text(a, "address"), control_flag(a, "old") ? " (old: until nothing uses it)" : "");
	}
	if (control_has(rule, "error"))
		printf("          !! %s\n", control_text(rule, "error"));
}

static void print_rule(struct json_object *rule)
{
	char to[320];

	if (control_number(rule, "port"))
		snprintf(to, sizeof(to), "%s port %lld", control_text(rule, "address"),
			 (long long)control_number(rule, "port"));
	else
		snprintf(to, sizeof(to), "%s", control_text(rule, "address"));
	printf("%8lld  %-16s %-6s %-32s %s%s\n", (long long)control_number(rule, "hits"), control_text(rule, "name"),
	       control_text(rule, "protocol"), to,
	       control_flag(rule, "rescue")	  ? "(TLS 1.3 only, when nothing else passes) "
	       : control_flag(rule, "existing") ? "(only what is older than the guard) "
	       : control_flag(rule, "urgent") ? "(urgent) "
	       : !strcmp(control_text(rule, "class"), "channel") ? "(as channels) "
						  : "",
	       control_text(rule, "reason"));
	print_more(rule);
}

static void print_rules(struct json_object *guard)
{
	struct json_object *rules = control_list(guard, "rules");

	printf("\n    hits  rule             what may leave, beside TLS 1.3\n");
	if (!json_object_array_length(rules))
		printf("       -  none\n");
	for (size_t i = 0; i < json_object_array_length(rules); i++)
		print_rule(json_object_array_get_idx(rules, i));
}

static void print_limits(struct json_object *guard)
{
	struct json_object *limits = control_list(guard, "limits"), *now = control_list(guard, "limited_now");

	if (!json_object_array_length(limits))
		return;
	printf("\nconnections from outside, of one client\n");
	for (size_t i = 0; i < json_object_array_length(limits); i++) {
		struct json_object *l = json_object_array_get_idx(limits, i);

		printf("    %s, port %lld: %lld a minute, %lld at once\n", control_text(l, "channel"),
		       (long long)control_number(l, "port"), (long long)control_number(l, "a_minute"),
		       (long long)control_number(l, "burst"));
	}
	printf("    over it and dropped: %lld; clients over it now: %s\n", (long long)control_number(guard, "limited"),
	       json_object_array_length(now) ? "" : "none");
	for (size_t i = 0; i < json_object_array_length(now); i++) {
		struct json_object *s = json_object_array_get_idx(now, i);

		printf("    %-40s port %lld, %lld dropped\n", control_text(s, "client"), (long long)control_number(s, "port"),
		       (long long)control_number(s, "dropped"));
	}
}

/* Each once, for the configuration; the reader judges. */
static void print_cures(struct json_object *refusals)
{
	size_t shown = 0;

	for (size_t i = 0; i < json_object_array_length(refusals); i++) {
		const char *rule = control_rule(json_object_array_get_idx(refusals, i));
		size_t before = 0;

		while (before < i && strcmp(control_rule(json_object_array_get_idx(refusals, before)), rule))
			before++;
		if (rule[0] && before == i)
			printf("%s%s", shown++ ? "\n" : "\nrules that would allow them, for tacit.conf; tcp lets plain text out\n",
			       rule);
	}
}

static void print_refusals(struct json_object *guard)
{
	struct json_object *refusals = control_list(guard, "refusals"), *reasons = NULL;

	printf("\nrefused   %lld packets\n", (long long)control_number(guard, "refused"));
	if (json_object_object_get_ex(guard, "reasons", &reasons) && json_object_is_type(reasons, json_type_object)) {
		json_object_object_foreach(reasons, reason, count)
			printf("%8lld  %s\n", (long long)json_object_get_int64(count), reason);
	}
	for (size_t i = 0; i < json_object_array_length(refusals); i++) {
		struct json_object *event = json_object_array_get_idx(refusals, i);

		printf("%s%s %s\n", i ? "" : "\nthe last ones\n", control_text(event, "time"), control_text(event, "text"));
	}
	print_cures(refusals);
}

static void print_errors(struct json_object *guard)
{
	struct json_object *errors = control_list(guard, "errors");

	for (size_t i = 0; i < json_object_array_length(errors); i++)
		printf("  !! %s\n", control_text(json_object_array_get_idx(errors, i), "error"));
}

static void print_all(struct json_object *guard)
{
	/* "on", "closed", or "not on the uplink". */
	const char *on = strncmp(control_text(guard, "mode"), "not ", 4) ? " on" : "";

	printf("guard     %s%s %s; what it refuses meets: %s; without tacitd it shuts after %lld s\n",
	       control_text(guard, "mode"), on, control_text(guard, "uplink"), control_text(guard, "refuse"),
	       (long long)control_number(guard, "unattended_s"));
	if (control_number(guard, "open_s"))
		printf("  !! %sOPEN for %lld s more: everything leaves, plain text too; `tacit guard close` ends it%s\n",
		       cli_red(), (long long)control_number(guard, "open_s"), cli_plain());
	if (control_flag(guard, "closed_by_hand"))
		printf("  !! %sCLOSED by hand: nothing leaves but [allow rescue]; `tacit guard close --end` ends "
		       "it%s\n", cli_red(), cli_plain());
	if (control_number(guard, "opened"))
		printf("          %lld packets left while it was open\n", (long long)control_number(guard, "opened"));
	print_errors(guard);
	printf("          %lld flows verified; packets: %lld at once or in a slot, %lld held for one, %lld of handshakes\n",
	       (long long)control_number(guard, "verified_flows"), (long long)control_number(guard, "passed"),
	       (long long)control_number(guard, "held"), (long long)control_number(guard, "handshake"));
	print_rules(guard);
	print_limits(guard);
	print_refusals(guard);
}

int command_guard(int argc, char **argv)
{
	return control_show(argc, argv, "guard", print_all);
}
