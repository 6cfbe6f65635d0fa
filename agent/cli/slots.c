// SPDX-License-Identifier: GPL-2.0
/* tacit slots: when the uplink opens, and what waits for it. */
#include <stdbool.h>
#include <stdio.h>

#include "cli.h"
#include "control_client.h"

#define SECONDS(o, name) ((double)control_number(o, name) / 1e9)

static void print_slot(struct json_object *slot)
{
	double in = SECONDS(slot, "in_ns"), open = SECONDS(slot, "open_ns");

	if (in <= 0)
		printf("%14lld  %s  open now, for %.3f s\n", (long long)control_number(slot, "slot"),
		       control_text(slot, "opens"), in + open);
	else
		printf("%14lld  %s  in %.3f s, for %.3f s\n", (long long)control_number(slot, "slot"),
		       control_text(slot, "opens"), in, open);
}

static void print_uplink(struct json_object *uplink)
{
	printf("uplink    %s: %s\n", control_text(uplink, "name"), control_text(uplink, "state"));
	if (control_text(uplink, "error")[0] != '-')
		printf("  !! %s\n", control_text(uplink, "error"));
}

static void print_queue(struct json_object *uplink)
{
	printf("%-9s %lld packets wait now; fq lets go %.3f ms after the time it was told, lately; it dropped %lld\n",
	       control_text(uplink, "name"), (long long)control_number(uplink, "waiting"),
	       (double)control_number(uplink, "late_ns") / 1e6, (long long)control_number(uplink, "drops"));
}

static void print_all(struct json_object *answer)
{
	struct json_object *slots = control_list(answer, "slots"), *uplinks = control_list(answer, "uplinks");

	for (size_t i = 0; i < json_object_array_length(uplinks); i++)
		print_uplink(json_object_array_get_idx(uplinks, i));
	if (!control_flag(answer, "on")) {
		printf("slots     off: times and sizes are visible; add a [schedule] to tacit.conf\n");
		return;
	}
	printf("schedule  one in %.3g s, jitter up to %.3g s, open %.3g s\n", SECONDS(answer, "period_ns"),
	       SECONDS(answer, "jitter_ns"), SECONDS(answer, "open_ns"));
	printf("packets   so far %lld were held, %lld passed, %lld were part of handshakes\n",
	       (long long)control_number(answer, "held"),
	       (long long)control_number(answer, "passed"), (long long)control_number(answer, "handshake"));
	for (size_t i = 0; i < json_object_array_length(uplinks); i++)
		print_queue(json_object_array_get_idx(uplinks, i));
	printf("\n          slot  opens\n");
	for (size_t i = 0; i < json_object_array_length(slots); i++)
		print_slot(json_object_array_get_idx(slots, i));
}

int command_slots(int argc, char **argv)
{
	return control_show(argc, argv, "slots", print_all);
}
