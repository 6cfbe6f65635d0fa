/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MUD_RUNNING_H
#define MUD_RUNNING_H

#include <stdbool.h>

#include "cli.h"

struct mud_state {
	bool on;	/* what the policy allows leaves now */
	bool open;	/* by `tacit guard open` all of it does */
};

/*
 * mud_running - the rules and channels that tacitd has in force, as a configuration would say them
 * @config: channels and allows are filled in, as far as a MUD file tells of them; the rest is zero
 *
 * Return: CLI_OK; CLI_NOT_RUNNING or CLI_FAILED, and it has been told.
 */
int mud_running(const struct cli_options *options, struct config *config, struct mud_state *state);

#endif
