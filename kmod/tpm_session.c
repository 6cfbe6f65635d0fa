// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/string.h>

#include "ecdsa.h"
#include "tpm_session.h"

#define CC_START_AUTH_SESSION 0x176

#define ATTRIBUTE_CONTINUE 0x01
#define ATTRIBUTE_DECRYPT 0x20
#define ATTRIBUTE_ENCRYPT 0x40

/* A fresh key of ours against the primary's: the secret into `salt`, our public half on the wire. */
static int put_salt(struct tacit_tpm_wire *wire, const struct tacit_tpm_primary *primary,
		    u8 salt[TACIT_TPM_BYTES])
{
	u8 scalar[TACIT_P256_BYTES], ours[2 * TACIT_P256_BYTES], shared[TACIT_P256_BYTES];
	int err;

	err = tacit_ecdsa_generate(&tacit_p256, scalar, ours);
	if (err >= 0)
		err = tacit_ecdh(&tacit_p256, scalar, primary->point, shared);
	memzero_explicit(scalar, sizeof(scalar));
	if (err)
		return err;
	tacit_tpm_kdfe(shared, "SECRET", ours, primary->point, salt);
	memzero_explicit(shared, sizeof(shared));
	tacit_tpm_put_u16(wire, 2 * (2 + TACIT_P256_BYTES));
	tacit_tpm_put_2b(wire, ours, TACIT_P256_BYTES);
	tacit_tpm_put_2b(wire, ours + TACIT_P256_BYTES, TACIT_P256_BYTES);
	return 0;
}

int tacit_tpm_session_start(struct tacit_tpm *tpm, const struct tacit_tpm_primary *primary,
			    enum tacit_tpm_session_type type, struct tacit_tpm_session *session)
{
	struct tacit_tpm_object nobody;
	const struct tacit_tpm_command command = {
		.code = CC_START_AUTH_SESSION,
		.objects = 2, .object = { &primary->object, &nobody },
		.gives_handle = true,
	};
	u8 salt[TACIT_TPM_BYTES];
	int err;

	tacit_tpm_name_hierarchy(&nobody, TACIT_TPM_RH_NULL);
	get_random_bytes(session->caller, sizeof(session->caller));
	tacit_tpm_begin(tpm);
	tacit_tpm_put_2b(&tpm->parameters, session->caller, TACIT_TPM_BYTES);
	err = put_salt(&tpm->parameters, primary, salt);
	if (err)
		return err;
	tacit_tpm_put_u8(&tpm->parameters, type);
	tacit_tpm_put_u16(&tpm->parameters, TACIT_TPM_ALG_AES);
	tacit_tpm_put_u16(&tpm->parameters, 8 * TACIT_TPM_AES_BYTES);
	tacit_tpm_put_u16(&tpm->parameters, TACIT_TPM_ALG_CFB);
	tacit_tpm_put_u16(&tpm->parameters, TACIT_TPM_ALG_SHA256);
	err = tacit_tpm_run(tpm, &command);
	if (!err) {
		session->handle = tpm->answer_handle;
		tacit_tpm_get_2b_exact(&tpm->answer, session->tpm, TACIT_TPM_BYTES);
		tacit_tpm_kdfa(salt, "ATH", session->tpm, session->caller, session->key);
		if (tacit_tpm_wire_bad(&tpm->answer))
			err = -EPROTO;
	}
	memzero_explicit(salt, sizeof(salt));
	return err;
}

void tacit_tpm_session_end(struct tacit_tpm *tpm, struct tacit_tpm_session *session)
{
	tacit_tpm_flush(tpm, session->handle);
	memzero_explicit(session, sizeof(*session));
}

/* The first parameter, a TPM2B at the start of `data`, in place. */
static int crypt_first(const struct tacit_tpm_session *session, bool ours, u8 *data, size_t size)
{
	u8 secret[TACIT_TPM_BYTES];
	struct tacit_tpm_wire wire;
	const u8 *text;
	u16 bytes;
	int err;

	tacit_tpm_wire_init(&wire, data, size);
	text = tacit_tpm_get_2b(&wire, &bytes);
	if (!text)
		return -EPROTO;
	tacit_tpm_kdfa(session->key, "CFB", ours ? session->caller : session->tpm,
		       ours ? session->tpm : session->caller, secret);
	err = tacit_tpm_cfb(secret, data + 2, bytes, ours);
	memzero_explicit(secret, sizeof(secret));
	return err;
}

/* HMAC of a digest, both nonces, the newer first, and the attributes (part 1, 19.6.5) */
static void prove(const struct tacit_tpm_session *session, bool ours, const u8 *data, size_t bytes,
		  u8 attributes, u8 hmac[TACIT_TPM_BYTES])
{
	u8 message[3 * TACIT_TPM_BYTES + 1];
	struct tacit_tpm_wire wire;
	u8 digest[TACIT_TPM_BYTES];

	sha256(data, bytes, digest);
	tacit_tpm_wire_init(&wire, message, sizeof(message));
	tacit_tpm_put(&wire, digest, sizeof(digest));
	tacit_tpm_put(&wire, ours ? session->caller : session->tpm, TACIT_TPM_BYTES);
	tacit_tpm_put(&wire, ours ? session->tpm : session->caller, TACIT_TPM_BYTES);
	tacit_tpm_put_u8(&wire, attributes);
	tacit_tpm_hmac(session->key, message, sizeof(message), hmac);
}

int tacit_tpm_session_sign(struct tacit_tpm *tpm, const struct tacit_tpm_command *command,
			   struct tacit_tpm_proof *proof)
{
	struct tacit_tpm_session *session = command->session;
	struct tacit_tpm_wire wire;
	int i, err;

	get_random_bytes(session->caller, sizeof(session->caller));
	proof->attributes = ATTRIBUTE_CONTINUE | (command->hide_parameter ? ATTRIBUTE_DECRYPT : 0) |
			    (command->hide_answer ? ATTRIBUTE_ENCRYPT : 0);
	err = command->hide_parameter ?
	      crypt_first(session, true, tpm->room, tpm->parameters.at) : 0;
	if (err)
		return err;
	/* cpHash: command code, names, parameters as they are sent (part 1, 18.7) */
	tacit_tpm_wire_init(&wire, tpm->digested, sizeof(tpm->digested));
	tacit_tpm_put_u32(&wire, command->code);
	for (i = 0; i < command->objects; i++)
		tacit_tpm_put(&wire, command->object[i]->name, command->object[i]->name_bytes);
	tacit_tpm_put(&wire, tpm->room, tpm->parameters.at);
	if (tacit_tpm_wire_bad(&wire))
		return -EMSGSIZE;
	prove(session, true, tpm->digested, wire.at, proof->attributes, proof->hmac);
	return 0;
}

int tacit_tpm_session_check(struct tacit_tpm *tpm, const struct tacit_tpm_command *command,
			    struct tacit_tpm_wire *authorization)
{
	struct tacit_tpm_session *session = command->session;
	u8 expected[TACIT_TPM_BYTES], hmac[TACIT_TPM_BYTES];
	struct tacit_tpm_wire wire;
	u8 attributes;

	tacit_tpm_get_2b_exact(authorization, session->tpm, TACIT_TPM_BYTES);
	attributes = tacit_tpm_get_u8(authorization);
	tacit_tpm_get_2b_exact(authorization, hmac, TACIT_TPM_BYTES);
	/* rpHash: the response code, which is success, command code, parameters (part 1, 18.8) */
	tacit_tpm_wire_init(&wire, tpm->digested, sizeof(tpm->digested));
	tacit_tpm_put_u32(&wire, 0);
	tacit_tpm_put_u32(&wire, command->code);
	tacit_tpm_put(&wire, tpm->answer.data, tpm->answer.size);
	if (tacit_tpm_wire_bad(authorization) || tacit_tpm_wire_bad(&wire))
		return -EPROTO;
	prove(session, false, tpm->digested, wire.at, attributes, expected);
	if (crypto_memneq(expected, hmac, sizeof(hmac)))
		return -EPROTO;
	/* An answer that came in the clear is not what was asked for. */
	if (!command->hide_answer)
		return attributes & ATTRIBUTE_ENCRYPT ? -EPROTO : 0;
	if (!(attributes & ATTRIBUTE_ENCRYPT))
		return -EPROTO;
	return crypt_first(session, false, tpm->answer.data, tpm->answer.size);
}
