/* SPDX-License-Identifier: GPL-2.0 */
/* Why a session was lost, in words for the operator. */
#ifndef LOSS_H
#define LOSS_H

#include <stddef.h>
#include <stdint.h>

/*
 * loss_text - a sentence, with the cure where there is one
 * @err: as ktls_receive(), session_input() and session_stage() say it
 * @alert: the peer's, with -ECONNABORTED
 * @code: of the CONNACK, with -ECONNREFUSED
 */
void loss_text(char *text, size_t room, int err, uint8_t alert, uint8_t code);

#endif
