/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options of what is forwarded, as model.c has them judged. Shares no code with bpf/. */
#ifndef MODEL_OPTIONS_H
#define MODEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slow_options {
	bool syn;
	bool blocks;	/* of SACK may stay */
	bool stamps;	/* timestamps may stay */
	bool echoes;	/* and tell the other end's */
	uint32_t ack;	/* what the segment acknowledges */
};

/* NOPs in the place of what may not leave, `bytes` of options. */
void slow_options(const struct slow_options *how, uint8_t *options, size_t bytes);

/* Is there a timestamp option in a SYN, as far as it can be read? */
bool slow_has_stamp(const uint8_t *options, size_t bytes);

#endif
