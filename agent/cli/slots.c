// SPDX-License-Identifier: GPL-2.0
/* tacit slots: when the uplink opens, and what waits for it. */
#include <stdbool.h>
#include <stdio.h>

#include "cli.h"
#include "control_client.h"

#define SECONDS(o, name) ((double)control_number(o, name) / 1e9)

/* Whose slot it is beside the channels'. */
static void print_others(struct json_object *slot, size_t uplinks)
{
	struct json_object *on = control_list(slot, "other_on");
	size_t count = json_object_array_length(on);

	printf("  channel%s", count ? ", other" : "");
	for (size_t i = 0; count < uplinks && i < count; i++)
		printf("%s%s", i ? ", " : " on ", json_object_get_string(json_object_array_get_idx(on, i)));
	printf("\n");
}

static void print_slot(struct json_object *slot, size_t uplinks)
{
	double in = SECONDS(slot, "in_ns"), open = SECONDS(slot, "open_ns");

	printf("%14lld  %s  ", (long long)control_number(slot, "slot"), control_text(slot, "opens"));
	if (in <= 0)
		printf("open now, for %.3f s", in + open);
	else
		printf("in %.3f s, for %.3f s", in, open);
	print_others(slot, uplinks);
}

static void print_uplink(struct json_object *uplink)
{
	printf("uplink    %s: %s\n", control_text(uplink, "name"), control_text(uplink, "state"));
	if (control_text(uplink, "error")[0] != '-')
		printf("  !! %s\n", control_text(uplink, "error"));
}

static void print_class(struct json_object *class, long long budget)
{
	const char *name = control_text(class, "class");
	long long every = control_number(class, "every"), dense = control_number(class, "dense");
	long long ahead = control_number(class, "full_slots");

	if (!dense) {
		printf("  %-8s at once\n", name);
		return;
	}
	if (dense > 1)
		printf("  %-8s %lld slots a period", name, dense);
	else if (every > 1)
		printf("  %-8s one slot in %lld", name, every);
	else
		printf("  %-8s each slot", name);
	if (budget && ahead)
		printf("; %lld slots are full, the one after them has %lld of %lld bytes", ahead,
		       (long long)control_number(class, "used"), budget);
	else if (budget)
		printf("; %lld of %lld bytes used", (long long)control_number(class, "used"), budget);
	printf("\n");
}

static void print_departures(struct json_object *uplink)
{
	struct json_object *late;

	if (!json_object_object_get_ex(uplink, "late", &late)) {
		printf("  late     not known: nothing watches (CONFIG_PACKET)\n");
		return;
	}
	printf("  late     %lld of %lld packets, %lld bytes, left more than 2 ms after their slot",
	       (long long)json_object_get_int64(late), (long long)control_number(uplink, "left_packets"),
	       (long long)control_number(uplink, "left_bytes"));
	if (json_object_get_int64(late))
		printf(", the latest by %.3f ms", (double)control_number(uplink, "latest_ns") / 1e6);
	printf("\n");
}

static void print_queue(struct json_object *uplink)
{
	struct json_object *classes = control_list(uplink, "classes");

	printf("%-9s %lld packets wait now; fq lets go %.3f ms after the time it was told, lately; it dropped %lld\n",
	       control_text(uplink, "name"), (long long)control_number(uplink, "waiting"),
	       (double)control_number(uplink, "late_ns") / 1e6, (long long)control_number(uplink, "drops"));
	for (size_t i = 0; i < json_object_array_length(classes); i++)
		print_class(json_object_array_get_idx(classes, i), control_number(uplink, "budget"));
	print_departures(uplink);
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
	printf("packets   so far %lld were held, %lld passed, %lld were part of handshakes, %lld found no room in slots\n",
	       (long long)control_number(answer, "held"),
	       (long long)control_number(answer, "passed"), (long long)control_number(answer, "handshake"),
	       (long long)control_number(answer, "overflow"));
	for (size_t i = 0; i < json_object_array_length(uplinks); i++)
		print_queue(json_object_array_get_idx(uplinks, i));
	printf("\n          slot  opens\n");
	for (size_t i = 0; i < json_object_array_length(slots); i++)
		print_slot(json_object_array_get_idx(slots, i), json_object_array_length(uplinks));
}

int command_slots(int argc, char **argv)
{
	return control_show(argc, argv, "slots", print_all);
}
