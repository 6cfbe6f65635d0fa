// SPDX-License-Identifier: GPL-2.0
/* tacit monitor: events as they happen. */
#include <stdbool.h>
#include <stdio.h>

#include "cli.h"
#include "control_client.h"

static bool print_event(const struct cli_options *options, struct json_object *event)
{
	if (options->json)
		puts(json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		printf("%s %s: %s\n%s", control_text(event, "time"), control_text(event, "source"),
		       control_text(event, "text"), control_rule(event));
	return !fflush(stdout);
}

int command_monitor(int argc, char **argv)
{
	struct cli_options options = { 0 };
	struct json_object *event;
	bool written = true, told = false;
	int code;
	FILE *answers = control_command(argc, argv, &options, "monitor", &code);

	if (!answers)
		return code;
	while (written && (event = control_read(answers))) {
		if (control_refusal(event)) {
			cli_fail(&options, "%s", control_refusal(event));
			told = true;
		} else {
			written = print_event(&options, event);
		}
		json_object_put(event);
	}
	fclose(answers);
	if (told)
		return CLI_FAILED;
	return cli_fail(&options, written ? "tacitd has ended; the guard's last policy holds" : "cannot write");
}
