// SPDX-License-Identifier: GPL-2.0
/* Prints the key store's events, one a line, as agent/keys decodes them: KIND NAME REASON UID PID COMM COUNT. */
#include <poll.h>
#include <stdio.h>

#include "../../../agent/keys/module_events.h"

static void print(void *context, const struct module_event *e)
{
	(void)context;
	printf("%s %s %s %d %u %s %llu\n", module_event_kind_name(e->kind), e->name[0] ? e->name : "-",
	       e->reason ? module_refusal_name(e->reason) : "-", (int)e->uid, e->pid, e->comm[0] ? e->comm : "-",
	       (unsigned long long)e->count);
	fflush(stdout);
}

int main(void)
{
	struct module_events *events;
	struct key_error error = { "" };

	if (module_events_open(&events, print, NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	puts("listening");
	fflush(stdout);
	for (;;) {
		struct pollfd fd = { .fd = module_events_fd(events), .events = POLLIN };

		if (poll(&fd, 1, -1) < 0 || module_events_dispatch(events, &error)) {
			fprintf(stderr, "%s\n", error.text);
			return 1;
		}
	}
}
