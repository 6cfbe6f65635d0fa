/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink messages that nobody should send. Each sends one, reads what comes, and returns whether it was no error. */
#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include <stdbool.h>

/* Attributes of random kinds and contents. */
bool random_message(void);

/* A right request, and then something about it that is not. */
bool mutated_message(void);

#endif
