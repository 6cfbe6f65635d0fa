// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/string.h>

#include "counter_tpm.h"
#include "tpm.h"
#include "tpm_primary.h"
#include "tpm_session.h"

#define CC_NV_UNDEFINE 0x122
#define CC_NV_DEFINE 0x12a
#define CC_NV_INCREMENT 0x134
#define CC_NV_READ 0x14e

#define VALUE_BYTES 8

/*
 * TPMA_NV (part 2, 13.4): written and read with the index's own, empty, password; a counter;
 * no dictionary attack counts against it. Without ORDERLY, so that a
 * power cut sets nothing back.
 */
#define ATTRIBUTES (1u << 2 | 1u << 4 | 1u << 18 | 1u << 25)
#define ATTRIBUTE_WRITTEN (1u << 29)

/* A conversation in which all commands are authorized by one salted session. */
struct talk {
	struct tacit_tpm *tpm;
	struct tacit_tpm_primary primary;
	struct tacit_tpm_session session;
};

static void talk_end(struct talk *talk)
{
	tacit_tpm_session_end(talk->tpm, &talk->session);
	tacit_tpm_flush(talk->tpm, talk->primary.object.handle);
	tacit_tpm_close(talk->tpm);
}

static int talk_start(struct talk *talk)
{
	int err;

	memset(talk, 0, sizeof(*talk));
	err = tacit_tpm_open(&talk->tpm);
	if (err)
		return err;
	err = tacit_tpm_primary_make(talk->tpm, TACIT_TPM_RH_OWNER, &talk->primary) ?:
	      tacit_tpm_session_start(talk->tpm, &talk->primary, TACIT_TPM_SESSION_HMAC,
				      &talk->session);
	if (err)
		talk_end(talk);
	return tacit_tpm_errno(err);
}

/* TPMS_NV_PUBLIC (part 2, 13.5). */
static void put_public(struct tacit_tpm_wire *wire, u32 index, u32 attributes)
{
	tacit_tpm_put_u32(wire, index);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_SHA256);
	tacit_tpm_put_u32(wire, attributes);
	tacit_tpm_put_2b(wire, NULL, 0);
	tacit_tpm_put_u16(wire, VALUE_BYTES);
}

/*
 * The name is of what a counter of ours must be; under any other the TPM refuses
 * the session, so that a counter is never mistaken for something that can be set.
 */
static void name(struct tacit_tpm_object *object, u32 counter, bool written)
{
	u32 index = TACIT_COUNTER_TPM_BASE + counter;
	struct tacit_tpm_wire wire;
	u8 area[32];

	tacit_tpm_wire_init(&wire, area, sizeof(area));
	put_public(&wire, index, ATTRIBUTES | (written ? ATTRIBUTE_WRITTEN : 0));
	tacit_tpm_name_object(object, index, area, wire.at);
}

static int meaning(int code)
{
	switch (tacit_tpm_base_code(code)) {
	case TACIT_TPM_RC_HANDLE:	/* there is no such index */
	case TACIT_TPM_RC_AUTH_FAIL:	/* its name is another */
	case TACIT_TPM_RC_BAD_AUTH:
	case TACIT_TPM_RC_ATTRIBUTES:
	case TACIT_TPM_RC_NV_UNINITIALIZED:
		return -ENOENT;
	case TACIT_TPM_RC_NV_SPACE:
		return -ENOSPC;
	default:
		return tacit_tpm_errno(code);
	}
}

static int increment(struct talk *talk, u32 counter, bool written)
{
	struct tacit_tpm_object index;
	const struct tacit_tpm_command command = {
		.code = CC_NV_INCREMENT,
		/* Who authorizes it, and what is incremented. */
		.objects = 2, .object = { &index, &index },
		.session = &talk->session,
	};

	name(&index, counter, written);
	tacit_tpm_begin(talk->tpm);
	return tacit_tpm_run(talk->tpm, &command);
}

static int read(struct talk *talk, u32 counter, u64 *value)
{
	struct tacit_tpm_object index;
	const struct tacit_tpm_command command = {
		.code = CC_NV_READ,
		.objects = 2, .object = { &index, &index },
		.session = &talk->session,
	};
	u32 high;
	int err;

	name(&index, counter, true);
	tacit_tpm_begin(talk->tpm);
	tacit_tpm_put_u16(&talk->tpm->parameters, VALUE_BYTES);
	tacit_tpm_put_u16(&talk->tpm->parameters, 0);
	err = tacit_tpm_run(talk->tpm, &command);
	if (err)
		return err;
	if (tacit_tpm_get_u16(&talk->tpm->answer) != VALUE_BYTES)
		return -EPROTO;
	high = tacit_tpm_get_u32(&talk->tpm->answer);
	*value = (u64)high << 32 | tacit_tpm_get_u32(&talk->tpm->answer);
	return tacit_tpm_wire_bad(&talk->tpm->answer) ? -EPROTO : 0;
}

static int define(struct talk *talk, u32 counter)
{
	struct tacit_tpm_object owner;
	const struct tacit_tpm_command command = {
		.code = CC_NV_DEFINE,
		.objects = 1, .object = { &owner },
		.session = &talk->session,
	};
	struct tacit_tpm_wire wire;
	u8 area[32];

	tacit_tpm_name_hierarchy(&owner, TACIT_TPM_RH_OWNER);
	tacit_tpm_wire_init(&wire, area, sizeof(area));
	put_public(&wire, TACIT_COUNTER_TPM_BASE + counter, ATTRIBUTES);
	tacit_tpm_begin(talk->tpm);
	tacit_tpm_put_2b(&talk->tpm->parameters, NULL, 0);
	tacit_tpm_put_2b(&talk->tpm->parameters, area, wire.at);
	return tacit_tpm_run(talk->tpm, &command);
}

static int undefine(struct talk *talk, u32 counter, bool written)
{
	struct tacit_tpm_object owner, index;
	const struct tacit_tpm_command command = {
		.code = CC_NV_UNDEFINE,
		.objects = 2, .object = { &owner, &index },
		.session = &talk->session,
	};

	tacit_tpm_name_hierarchy(&owner, TACIT_TPM_RH_OWNER);
	name(&index, counter, written);
	tacit_tpm_begin(talk->tpm);
	return tacit_tpm_run(talk->tpm, &command);
}

static int counter_make(u32 *counter, u64 *value)
{
	int err, code = TACIT_TPM_RC_NV_DEFINED;
	struct talk talk;
	u32 n;

	err = talk_start(&talk);
	if (err)
		return err;
	for (n = 1; n <= TACIT_COUNTER_TPM_MAX && code == TACIT_TPM_RC_NV_DEFINED; n++)
		code = define(&talk, n);
	*counter = n - 1;
	if (code == TACIT_TPM_RC_NV_DEFINED) {
		err = -ENOSPC;
	} else {
		err = code == TACIT_TPM_RC_NV_SPACE ? -ENOSPC : tacit_tpm_errno(code);
	}
	if (!err) {
		/* A new counter has no value before its first increment. */
		err = meaning(increment(&talk, *counter, false) ?: read(&talk, *counter, value));
		/* A failed increment may have been made: the index has one of two names now. */
		if (err && undefine(&talk, *counter, false))
			undefine(&talk, *counter, true);
	}
	talk_end(&talk);
	return err;
}

/* One of ours, by number, and what to do with it. */
static int with(u32 counter, u64 *value, bool advance, bool drop)
{
	struct talk talk;
	int err;

	if (!counter || counter > TACIT_COUNTER_TPM_MAX)
		return -EINVAL;
	err = talk_start(&talk);
	if (err)
		return err;
	if (drop)
		err = undefine(&talk, counter, true);
	else
		err = (advance ? increment(&talk, counter, true) : 0) ?:
		      read(&talk, counter, value);
	talk_end(&talk);
	return meaning(err);
}

static int counter_read(u32 counter, u64 *value)
{
	return with(counter, value, false, false);
}

static int counter_advance(u32 counter, u64 *value)
{
	return with(counter, value, true, false);
}

static int counter_drop(u32 counter)
{
	return with(counter, NULL, false, true);
}

const struct tacit_counter_ops tacit_counter_tpm = {
	.make = counter_make,
	.read = counter_read,
	.advance = counter_advance,
	.drop = counter_drop,
};
