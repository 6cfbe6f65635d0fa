// SPDX-License-Identifier: GPL-2.0
/* tacit flows: the connections that the guard knows. */
#include <stdbool.h>
#include <stdio.h>

#include "cli.h"
#include "control_client.h"

/* A file's size as people say it. */
static void print_bytes(int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t unit = 0;

	for (; n >= 10000 && unit + 1 < sizeof(units) / sizeof(*units); unit++)
		n /= 1024;
	printf("%6.0f %-3s", n, units[unit]);
}

static void print_flow(struct json_object *flow)
{
	printf("%-9s %-28s %-28s ", control_text(flow, "state"), control_text(flow, "local"), control_text(flow, "remote"));
	print_bytes(control_number(flow, "bytes"));
	printf("  %-8s %-8s %s", control_text(flow, "class"), control_text(flow, "leaves"), control_text(flow, "process"));
	if (control_number(flow, "pid"))
		printf(" (pid %lld, uid %lld)", (long long)control_number(flow, "pid"),
		       (long long)control_number(flow, "uid"));
	else if (control_has(flow, "uid"))
		printf(" (uid %lld)", (long long)control_number(flow, "uid"));
	if (control_has(flow, "sni"))
		printf(", for %s", control_text(flow, "sni"));
	if (control_has(flow, "alpn"))
		printf(", by %s", control_text(flow, "alpn"));
	if (control_flag(flow, "ended"))
		printf(", ended");
	if (control_has(flow, "reason"))
		printf(": %s", control_text(flow, "reason"));
	printf("\n");
}

static void print_all(struct json_object *answer)
{
	struct json_object *flows = control_list(answer, "flows"), *states = NULL;
	int64_t count = control_number(answer, "count");
	const char *comma = "";

	printf("%lld of %lld places taken: ", (long long)count, (long long)control_number(answer, "room"));
	if (json_object_object_get_ex(answer, "states", &states) && json_object_is_type(states, json_type_object)) {
		json_object_object_foreach(states, state, n)
		{
			printf("%s%lld %s", comma, (long long)json_object_get_int64(n), state);
			comma = ", ";
		}
	}
	printf("\n");
	if (json_object_array_length(flows))
		printf("%-9s %-28s %-28s %10s  %-8s %-8s %s\n", "STATE", "LOCAL", "REMOTE", "SENT", "CLASS", "LEAVES",
		       "PROCESS");
	for (size_t i = 0; i < json_object_array_length(flows); i++)
		print_flow(json_object_array_get_idx(flows, i));
	if (count > (int64_t)json_object_array_length(flows))
		printf("and %lld more, silent for longer\n", (long long)count - (long long)json_object_array_length(flows));
}

int command_flows(int argc, char **argv)
{
	return control_show(argc, argv, "flows", print_all);
}
