/* SPDX-License-Identifier: GPL-2.0 */
/* What session.c (the state, and what upstream says) and session_stage.c (what is said to it) share. */
#ifndef SESSION_INTERNAL_H
#define SESSION_INTERNAL_H

#include "session.h"

/* Dummies have identifiers of their own, so that their answers are known and forgotten. */
#define DUMMY_ID_FIRST 0x8000

/* An identifier below DUMMY_ID_FIRST that neither a message nor a SUBSCRIBE has. */
uint16_t session_new_id(struct session *s);

/* Give a message up: tell why, and remove it from the spool. */
void session_drop(struct session *s, struct spool_message *m, const char *why);

#endif
