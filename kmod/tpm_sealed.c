// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/string.h>

#include "tpm_sealed.h"
#include "tpm_session.h"

#define CC_CREATE 0x153
#define CC_LOAD 0x157
#define CC_UNSEAL 0x15e
#define CC_GET_RANDOM 0x17b
#define CC_POLICY_PCR 0x17f
#define CC_POLICY_GET_DIGEST 0x189

/*
 * fixedTPM, fixedParent and noDA: it cannot be moved to another TPM, and no
 * wrong guesses of others lock it. userWithAuth only without a policy.
 */
#define ATTRIBUTES (1u << 1 | 1u << 4 | 1u << 10)
#define ATTRIBUTE_USER_WITH_AUTH (1u << 6)

int tacit_tpm_draw(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		   u8 random[TACIT_TPM_BYTES])
{
	struct tacit_tpm_session session = { 0 };
	const struct tacit_tpm_command command = {
		.code = CC_GET_RANDOM, .session = &session, .hide_answer = true,
	};
	int err;

	err = tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_HMAC, &session);
	if (!err) {
		tacit_tpm_begin(tpm);
		tacit_tpm_put_u16(&tpm->parameters, TACIT_TPM_BYTES);
		err = tacit_tpm_run(tpm, &command);
	}
	if (!err) {
		tacit_tpm_get_2b_exact(&tpm->answer, random, TACIT_TPM_BYTES);
		err = tacit_tpm_wire_bad(&tpm->answer) ? -EPROTO : 0;
	}
	tacit_tpm_session_end(tpm, &session);
	return err;
}

/* Binds the session to the PCRs as they are now; what its policy then is. */
static int policy_pcr(struct tacit_tpm *tpm, const struct tacit_tpm_session *session, u32 pcrs,
		      u8 policy[TACIT_TPM_BYTES])
{
	struct tacit_tpm_object handle = { .handle = session->handle };
	struct tacit_tpm_command command = {
		.code = CC_POLICY_PCR, .objects = 1, .object = { &handle },
	};
	int err;

	tacit_tpm_begin(tpm);
	/* No digest of ours: whatever they are. Then one selection, of the SHA-256 bank. */
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_u32(&tpm->parameters, 1);
	tacit_tpm_put_u16(&tpm->parameters, TACIT_TPM_ALG_SHA256);
	tacit_tpm_put_u8(&tpm->parameters, 3);
	tacit_tpm_put_u8(&tpm->parameters, pcrs);
	tacit_tpm_put_u8(&tpm->parameters, pcrs >> 8);
	tacit_tpm_put_u8(&tpm->parameters, pcrs >> 16);
	err = tacit_tpm_run(tpm, &command);
	if (err)
		return err;
	command.code = CC_POLICY_GET_DIGEST;
	tacit_tpm_begin(tpm);
	err = tacit_tpm_run(tpm, &command);
	if (err)
		return err;
	tacit_tpm_get_2b_exact(&tpm->answer, policy, TACIT_TPM_BYTES);
	return tacit_tpm_wire_bad(&tpm->answer) ? -EPROTO : 0;
}

static int policy_now(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary, u32 pcrs,
		      u8 policy[TACIT_TPM_BYTES])
{
	struct tacit_tpm_session trial = { 0 };
	int err;

	err = tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_TRIAL, &trial) ?:
	      policy_pcr(tpm, &trial, pcrs, policy);
	tacit_tpm_session_end(tpm, &trial);
	return err;
}

/* TPMT_PUBLIC of what is to be sealed, up to `unique`. */
static void put_public(struct tacit_tpm_wire *wire, bool bound, const u8 policy[TACIT_TPM_BYTES])
{
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_KEYEDHASH);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_SHA256);
	tacit_tpm_put_u32(wire, ATTRIBUTES | (bound ? 0 : ATTRIBUTE_USER_WITH_AUTH));
	tacit_tpm_put_2b(wire, policy, bound ? TACIT_TPM_BYTES : 0);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_NULL);
}

static int take_sealed(struct tacit_tpm *tpm, const u8 *wanted, size_t wanted_bytes,
		       struct tacit_tpm_sealed *sealed)
{
	u16 private_bytes, public_bytes;
	const u8 *private_area = tacit_tpm_get_2b(&tpm->answer, &private_bytes);
	const u8 *public_area = tacit_tpm_get_2b(&tpm->answer, &public_bytes);

	if (tacit_tpm_wire_bad(&tpm->answer) || private_bytes > sizeof(sealed->private_area) ||
	    public_bytes > sizeof(sealed->public_area) || public_bytes < wanted_bytes ||
	    memcmp(public_area, wanted, wanted_bytes))
		return -EPROTO;
	memcpy(sealed->private_area, private_area, private_bytes);
	memcpy(sealed->public_area, public_area, public_bytes);
	sealed->private_bytes = private_bytes;
	sealed->public_bytes = public_bytes;
	return 0;
}

static int create(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		  const u8 policy[TACIT_TPM_BYTES], const u8 secret[TACIT_TPM_BYTES],
		  struct tacit_tpm_session *session, struct tacit_tpm_sealed *sealed)
{
	const struct tacit_tpm_command command = {
		.code = CC_CREATE,
		.objects = 1, .object = { &primary->object },
		.session = session, .hide_parameter = true,
	};
	struct tacit_tpm_wire wire;
	u8 public_area[96];
	size_t wanted;

	tacit_tpm_wire_init(&wire, public_area, sizeof(public_area));
	put_public(&wire, sealed->pcrs, policy);
	wanted = wire.at;
	tacit_tpm_put_2b(&wire, NULL, 0);

	tacit_tpm_begin(tpm);
	/* inSensitive: no password, the secret */
	tacit_tpm_put_u16(&tpm->parameters, 2 + 2 + TACIT_TPM_BYTES);
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_2b(&tpm->parameters, secret, TACIT_TPM_BYTES);
	tacit_tpm_put_2b(&tpm->parameters, public_area, wire.at);
	/* outsideInfo, creationPCR */
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_u32(&tpm->parameters, 0);
	return tacit_tpm_run(tpm, &command) ?: take_sealed(tpm, public_area, wanted, sealed);
}

int tacit_tpm_seal(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		   const u8 secret[TACIT_TPM_BYTES], struct tacit_tpm_sealed *sealed)
{
	struct tacit_tpm_session session = { 0 };
	u8 policy[TACIT_TPM_BYTES];
	int err;

	err = sealed->pcrs ? policy_now(tpm, primary, sealed->pcrs, policy) : 0;
	if (err)
		return err;
	err = tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_HMAC, &session) ?:
	      create(tpm, primary, policy, secret, &session, sealed);
	tacit_tpm_session_end(tpm, &session);
	return err;
}

/* Loads it; what it is called is computed here, not taken from the TPM's word. */
static int load(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		const struct tacit_tpm_sealed *sealed, struct tacit_tpm_object *object)
{
	struct tacit_tpm_session session = { 0 };
	const struct tacit_tpm_command command = {
		.code = CC_LOAD,
		.objects = 1, .object = { &primary->object },
		.session = &session, .gives_handle = true,
	};
	int err;

	err = tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_HMAC, &session);
	if (!err) {
		tacit_tpm_begin(tpm);
		tacit_tpm_put_2b(&tpm->parameters, sealed->private_area, sealed->private_bytes);
		tacit_tpm_put_2b(&tpm->parameters, sealed->public_area, sealed->public_bytes);
		err = tacit_tpm_run(tpm, &command);
	}
	if (!err)
		tacit_tpm_name_object(object, tpm->answer_handle, sealed->public_area,
				      sealed->public_bytes);
	tacit_tpm_session_end(tpm, &session);
	return err;
}

/* A policy session bound to the PCRs, if what the object wants is what they are now. */
static int authorize(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		     const struct tacit_tpm_sealed *sealed, struct tacit_tpm_session *session)
{
	u8 policy[TACIT_TPM_BYTES], wanted[96];
	struct tacit_tpm_wire wire;
	int err;

	if (!sealed->pcrs)
		return tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_HMAC, session);
	err = tacit_tpm_session_start(tpm, primary, TACIT_TPM_SESSION_POLICY, session) ?:
	      policy_pcr(tpm, session, sealed->pcrs, policy);
	if (err)
		return err;
	tacit_tpm_wire_init(&wire, wanted, sizeof(wanted));
	put_public(&wire, true, policy);
	if (sealed->public_bytes < wire.at || memcmp(sealed->public_area, wanted, wire.at))
		return TACIT_TPM_RC_POLICY_FAIL;
	return 0;
}

int tacit_tpm_unseal(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
		     const struct tacit_tpm_sealed *sealed, u8 secret[TACIT_TPM_BYTES])
{
	struct tacit_tpm_object object = { 0 };
	struct tacit_tpm_session session = { 0 };
	const struct tacit_tpm_command command = {
		.code = CC_UNSEAL,
		.objects = 1, .object = { &object },
		.session = &session, .hide_answer = true,
	};
	int err;

	err = load(tpm, primary, sealed, &object) ?: authorize(tpm, primary, sealed, &session);
	if (!err) {
		tacit_tpm_begin(tpm);
		err = tacit_tpm_run(tpm, &command);
	}
	if (!err) {
		tacit_tpm_get_2b_exact(&tpm->answer, secret, TACIT_TPM_BYTES);
		err = tacit_tpm_wire_bad(&tpm->answer) ? -EPROTO : 0;
	}
	tacit_tpm_session_end(tpm, &session);
	tacit_tpm_flush(tpm, object.handle);
	return err;
}
