/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GUARD_FOR_H
#define GUARD_FOR_H

#include <stdint.h>

#include "cli.h"

/*
 * guard_for - a command line that has only --for TIME beside the options of all
 * @most: seconds; at least 1 is taken
 * @seconds: unchanged where the option is not given
 *
 * Return: CLI_OK, then see options->help; CLI_USAGE or CLI_FAILED, and it has been told.
 */
int guard_for(int argc, char **argv, struct cli_options *options, uint64_t most, uint64_t *seconds);

#endif
