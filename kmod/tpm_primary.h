/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The primary storage key: P-256, always from the same template, so that a
 * hierarchy's seed gives the same key each time and nothing need be kept in the
 * TPM. In the owner hierarchy it changes when the TPM is cleared; in the
 * endorsement hierarchy it does not, and so it tells one TPM from another.
 */
#ifndef TACIT_TPM_PRIMARY_H
#define TACIT_TPM_PRIMARY_H

#include "tpm.h"

struct tacit_tpm_primary {
	struct tacit_tpm_object object;
	u8 point[2 * TACIT_TPM_BYTES];	/* X || Y */
};

/*
 * TPM2_CreatePrimary (part 3, 24.1) in TACIT_TPM_RH_OWNER or
 * TACIT_TPM_RH_ENDORSEMENT with an empty password. As tacit_tpm_run(); -EPROTO
 * when what the TPM made is not what was asked for. The caller flushes it.
 */
int tacit_tpm_primary_make(struct tacit_tpm *tpm, u32 hierarchy, struct tacit_tpm_primary *primary);

/* The digest in its name: who it is. */
const u8 *tacit_tpm_primary_digest(const struct tacit_tpm_primary *primary);

#endif
