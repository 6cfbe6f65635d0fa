/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions (TPM 2.0 Library, part 1, 19 and 21). Each is salted: its secret is
 * agreed by ECDH between a fresh key of ours and the primary key, so that who
 * listens on the bus to the TPM learns neither what is encrypted nor how to
 * forge a command or an answer. All have SHA-256, AES-128 in CFB mode and no
 * authorization value.
 */
#ifndef TACIT_TPM_SESSION_H
#define TACIT_TPM_SESSION_H

#include "tpm.h"
#include "tpm_primary.h"

enum tacit_tpm_session_type {
	TACIT_TPM_SESSION_HMAC = 0,
	TACIT_TPM_SESSION_POLICY = 1,
	TACIT_TPM_SESSION_TRIAL = 3,	/* computes a policy; authorizes nothing */
};

/* 0; as tacit_tpm_run(). The caller ends what was started. */
int tacit_tpm_session_start(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
			    enum tacit_tpm_session_type type, struct tacit_tpm_session *session);

/* Flushes and wipes; harmless for one that was not started but is zero. */
void tacit_tpm_session_end(struct tacit_tpm *tpm, struct tacit_tpm_session *session);

/* ---- for tpm.c ---- */

struct tacit_tpm_proof {
	u8 attributes;
	u8 hmac[TACIT_TPM_BYTES];
};

/*
 * Draws a nonce, encrypts the parameter that is to be hidden and proves the
 * command. 0; -EMSGSIZE; -EINVAL.
 */
int tacit_tpm_session_sign(struct tacit_tpm *tpm, const struct tacit_tpm_command *command,
			   struct tacit_tpm_proof *proof);

/*
 * Checks the authorization of an answer, which `wire` is at, against
 * tpm->answer, and decrypts what was hidden. 0; -EPROTO.
 */
int tacit_tpm_session_check(struct tacit_tpm *tpm, const struct tacit_tpm_command *command,
			    struct tacit_tpm_wire *wire);

#endif
