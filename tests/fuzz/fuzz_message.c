// SPDX-License-Identifier: GPL-2.0
/* agent/lib/message.c: what the engine may say to the warden, and how its text is shown. */
#include "fuzz.h"

#include "message.h"

#define CHANNELS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message *m = exact(data, size);

	if (message_check(m, size, CHANNELS)) {
		taken();
		must(size == sizeof(*m) && m->channel < CHANNELS);
		must(m->kind == MESSAGE_READY || m->kind == MESSAGE_CHANNEL || m->kind == MESSAGE_NOTE || m->kind == MESSAGE_LIMIT ||
		     m->kind == MESSAGE_RENEWED);
		if (m->kind == MESSAGE_CHANNEL)
			must(strcmp(channel_state_name(m->status.state), "?"));
	}
	/* The other way, with a descriptor and without. */
	if (message_check_order(m, size, CHANNELS, -1))
		must(m->kind == MESSAGE_STOP);
	if (message_check_order(m, size, CHANNELS, 7))
		must(m->kind == MESSAGE_CERTIFICATE && m->channel < CHANNELS && m->certificate.bytes);
	if (size == sizeof(*m)) {
		message_text(m->text);
		for (const char *p = m->text; *p; p++)
			must(*p >= 0x20 && *p < 0x7f && p < m->text + sizeof(m->text));
	}
	free(m);
	return 0;
}
