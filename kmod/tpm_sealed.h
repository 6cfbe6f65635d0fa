/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A secret that the TPM keeps outside of itself: an object of type keyedhash
 * under the primary key (TPM 2.0 Library, part 1, 24; part 3, 12.1, 12.2, 12.7).
 */
#ifndef TACIT_TPM_SEALED_H
#define TACIT_TPM_SEALED_H

#include <tacit_root.h>

#include "tpm_primary.h"

struct tacit_tpm_sealed {
	u32 pcrs;
	u16 public_bytes;
	u16 private_bytes;
	u8 public_area[TACIT_ROOT_PUBLIC_MAX];
	u8 private_area[TACIT_ROOT_PRIVATE_MAX];
};

/* TPM2_GetRandom through an encrypted session. As tacit_tpm_run(). */
int tacit_tpm_draw(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		   u8 random[TACIT_TPM_BYTES]);

/* Seals to the PCRs of sealed->pcrs as they are now; fills in the rest. As tacit_tpm_run(). */
int tacit_tpm_seal(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		   const u8 secret[TACIT_TPM_BYTES], struct tacit_tpm_sealed *sealed);

/* As tacit_tpm_run(); TACIT_TPM_RC_POLICY_FAIL when the PCRs are others now. */
int tacit_tpm_unseal(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		     const struct tacit_tpm_sealed *sealed, u8 secret[TACIT_TPM_BYTES]);

#endif
