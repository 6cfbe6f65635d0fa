// SPDX-License-Identifier: GPL-2.0
/* tacit status: the truth in one page. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "cli.h"
#include "control_client.h"

#define NS_PER_MS 1000000

static struct json_object *member(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, name, &value);
	return value;
}

static bool yes(struct json_object *o, const char *name)
{
	return json_object_get_boolean(member(o, name));
}

static void print_error(struct json_object *o)
{
	if (member(o, "error"))
		printf("  !! %s\n", control_text(o, "error"));
}

static void print_barrier(struct json_object *barrier)
{
	const char *state = control_text(barrier, "state");

	printf("barrier   %s\n", !strcmp(state, "up") ? "up before links that come" :
				  !strcmp(state, "weak") ? "up before links that come, but not before all" :
							   "NONE before links that come");
	print_error(barrier);
}

static void print_uplink(struct json_object *status)
{
	struct json_object *uplinks = control_list(status, "uplinks"), *guard = member(status, "guard");
	struct json_object *schedule = member(status, "schedule");
	int64_t period = control_number(schedule, "period_ns"), held = 0;

	for (size_t i = 0; i < json_object_array_length(uplinks); i++) {
		struct json_object *uplink = json_object_array_get_idx(uplinks, i);

		printf("uplink    %s: %s, guard %s\n", control_text(uplink, "name"), control_text(uplink, "state"),
		       control_text(uplink, "guard"));
		print_error(uplink);
		held += control_number(uplink, "held");
	}
	print_barrier(member(status, "barrier"));
	if (control_number(guard, "open_s"))
		printf("  !! %sguard OPEN for %lld s more: everything leaves, plain text too; `tacit guard close` ends it%s\n",
		       cli_red(), (long long)control_number(guard, "open_s"), cli_plain());
	if (yes(guard, "closed_by_hand"))
		printf("  !! %sguard CLOSED by hand: nothing leaves but [allow rescue]; `tacit guard close --end` ends "
		       "it%s\n", cli_red(), cli_plain());
	if (period)
		printf("slots     one in %.3g s, jitter up to %.3g s, open %.3g s; %lld packets wait\n", (double)period / 1e9,
		       (double)control_number(schedule, "jitter_ns") / 1e9,
		       (double)control_number(schedule, "open_ns") / 1e9, (long long)held);
	else
		printf("slots     off: times and sizes are visible\n");
	printf("guard     %lld flows verified; packets: %lld at once or in a slot, %lld held for one, %lld of handshakes, "
	       "%lld refused\n",
	       (long long)control_number(guard, "verified_flows"), (long long)control_number(guard, "passed"),
	       (long long)control_number(guard, "held"), (long long)control_number(guard, "handshake"),
	       (long long)control_number(guard, "refused"));
	if (control_number(guard, "limited"))
		printf("          %lld connections from outside over their client's limit; clients over it now: %lld\n",
		       (long long)control_number(guard, "limited"), (long long)control_number(guard, "limited_sources"));
	if (!json_object_is_type(member(guard, "reasons"), json_type_object))
		return;
	json_object_object_foreach(member(guard, "reasons"), reason, count)
		printf("          refused %lld: %s\n", (long long)json_object_get_int64(count), reason);
}

static void print_keys(struct json_object *status)
{
	struct json_object *keys = member(status, "keys");

	if (!member(keys, "root_key")) {
		printf("keys      none can be used\n");
		print_error(keys);
		return;
	}
	printf("keys      %lld in the kernel, root key from %s%s%s%s; %lld signatures, %lld refused\n",
	       (long long)control_number(keys, "loaded"), control_text(keys, "root_key"),
	       yes(keys, "exposed") ? " (exposed: it has been in user space)" : "",
	       member(keys, "root_pcrs") ? ", bound to PCRs " : "",
	       member(keys, "root_pcrs") ? control_text(keys, "root_pcrs") : "",
	       (long long)control_number(keys, "signatures"), (long long)control_number(keys, "refusals"));
	print_error(keys);
}

static void print_certificate(struct json_object *channel)
{
	char when[CERTIFICATE_TIME_MAX];

	if (!member(channel, "certificate_end"))
		return;
	certificate_time((time_t)control_number(channel, "certificate_end"), when);
	printf("          certificate %s, until %s\n", control_text(channel, "certificate"), when);
}

static void print_served(struct json_object *channel)
{
	printf("channel   %s: %s, serves %s on %s with key %s%s\n", control_text(channel, "name"),
	       control_text(channel, "state"), control_text(channel, "upstream"), control_text(channel, "listen"),
	       control_text(channel, "key"), yes(channel, "client_certificates") ? ", to clients with a certificate" : "");
	printf("          shape %s: %s\n", control_text(channel, "shape"), control_text(channel, "guarantee"));
	printf("          %lld connections, %lld so far; %lld requests, %lld times held to the limit of %lld a minute; "
	       "%lld clients turned away\n",
	       (long long)control_number(channel, "clients"), (long long)control_number(channel, "connects"),
	       (long long)control_number(channel, "requests"), (long long)control_number(channel, "limited"),
	       (long long)control_number(channel, "limit_per_minute"), (long long)control_number(channel, "failed"));
	if (member(channel, "last_alert"))
		printf("          alerts: %lld, the last one: %s wanted more than the limit\n",
		       (long long)control_number(channel, "alerts"), control_text(channel, "last_alert"));
	print_certificate(channel);
	print_error(channel);
}

static void print_channel(struct json_object *channel)
{
	if (!strcmp(control_text(channel, "mode"), "accept")) {
		print_served(channel);
		return;
	}
	printf("channel   %s: %s, to %s with key %s%s%s\n", control_text(channel, "name"), control_text(channel, "state"),
	       control_text(channel, "upstream"), control_text(channel, "key"), member(channel, "suite") ? ", " : "",
	       member(channel, "suite") ? control_text(channel, "suite") : "");
	printf("          shape %s: %s\n", control_text(channel, "shape"), control_text(channel, "guarantee"));
	printf("          %lld cells sent, %lld of them covers; %lld messages up, %lld down, %lld wait; %lld slots missed, "
	       "%lld sessions so far\n",
	       (long long)control_number(channel, "cells"), (long long)control_number(channel, "covers"),
	       (long long)control_number(channel, "messages"), (long long)control_number(channel, "received"),
	       (long long)control_number(channel, "spooled"), (long long)control_number(channel, "slots_missed"),
	       (long long)control_number(channel, "connects"));
	print_certificate(channel);
	print_error(channel);
}

static void print_all(struct json_object *status)
{
	struct json_object *engine = member(status, "engine"), *list = member(status, "channels");

	printf("tacitd    %s, pid %lld, up for %lld s, %s: %s\n", control_text(status, "version"),
	       (long long)control_number(status, "pid"), (long long)control_number(status, "uptime_s"),
	       control_text(status, "configuration"),
	       yes(status, "healthy") ? "all is well" : "NOT everything is as it should be");
	print_uplink(status);
	print_keys(status);
	printf("engine    %s, pid %lld, %lld restarts\n", control_text(engine, "state"),
	       (long long)control_number(engine, "pid"), (long long)control_number(engine, "restarts"));
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		print_channel(json_object_array_get_idx(list, i));
	list = member(status, "events");
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *event = json_object_array_get_idx(list, i);

		printf("%s%s %s: %s\n", i ? "          " : "events    ", control_text(event, "time"),
		       control_text(event, "source"), control_text(event, "text"));
	}
}

int command_status(int argc, char **argv)
{
	struct cli_options options = { 0 };
	struct json_object *status;
	bool healthy;
	int code;
	FILE *answers = control_command(argc, argv, &options, "status", &code);

	if (!answers)
		return code;
	status = control_read(answers);
	fclose(answers);
	if (!status)
		return cli_fail(&options, "tacitd gave no answer; its log says why");
	healthy = yes(status, "healthy");
	if (options.json) {
		if (cli_json(status))
			return CLI_FAILED;
	} else {
		print_all(status);
		json_object_put(status);
	}
	return healthy ? CLI_OK : CLI_FAILED;
}
