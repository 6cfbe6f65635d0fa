// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/string.h>

#include "tpm_primary.h"

#define CC_CREATE_PRIMARY 0x131
#define CURVE_P256 0x0003

/* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt */
#define ATTRIBUTES (1u << 1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 10 | 1u << 16 | 1u << 17)

/* TPMT_PUBLIC up to `unique`: what the template and the key have in common (part 2, 12.2.4). */
static void put_template(struct tacit_tpm_wire *wire)
{
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_ECC);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_SHA256);
	tacit_tpm_put_u32(wire, ATTRIBUTES);
	tacit_tpm_put_2b(wire, NULL, 0);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_AES);
	tacit_tpm_put_u16(wire, 8 * TACIT_TPM_AES_BYTES);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_CFB);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_NULL);
	tacit_tpm_put_u16(wire, CURVE_P256);
	tacit_tpm_put_u16(wire, TACIT_TPM_ALG_NULL);
}

static void get_coordinate(struct tacit_tpm_wire *wire, u8 coordinate[TACIT_TPM_BYTES])
{
	u16 bytes;
	const u8 *data = tacit_tpm_get_2b(wire, &bytes);

	memset(coordinate, 0, TACIT_TPM_BYTES);
	if (bytes > TACIT_TPM_BYTES)
		wire->bad = true;
	else if (data)
		memcpy(coordinate + TACIT_TPM_BYTES - bytes, data, bytes);
}

static int take(struct tacit_tpm *tpm, struct tacit_tpm_primary *primary)
{
	u8 template[64];
	struct tacit_tpm_wire wire, area;
	const u8 *data;
	u16 bytes;

	tacit_tpm_wire_init(&wire, template, sizeof(template));
	put_template(&wire);
	data = tacit_tpm_get_2b(&tpm->answer, &bytes);
	if (!data || bytes < wire.at || memcmp(data, template, wire.at))
		return -EPROTO;
	tacit_tpm_name_object(&primary->object, tpm->answer_handle, data, bytes);
	tacit_tpm_wire_init(&area, (u8 *)data, bytes);
	area.at = wire.at;
	get_coordinate(&area, primary->point);
	get_coordinate(&area, primary->point + TACIT_TPM_BYTES);
	return tacit_tpm_wire_bad(&area) || area.at != area.size ? -EPROTO : 0;
}

int tacit_tpm_primary_make(struct tacit_tpm *tpm, u32 hierarchy, struct tacit_tpm_primary *primary)
{
	struct tacit_tpm_object parent;
	const struct tacit_tpm_command command = {
		.code = CC_CREATE_PRIMARY,
		.objects = 1, .object = { &parent },
		.password = true, .gives_handle = true,
	};
	u8 template[64];
	struct tacit_tpm_wire wire;
	int err;

	memset(primary, 0, sizeof(*primary));
	tacit_tpm_name_hierarchy(&parent, hierarchy);
	tacit_tpm_wire_init(&wire, template, sizeof(template));
	put_template(&wire);
	/* unique: an empty point */
	tacit_tpm_put_2b(&wire, NULL, 0);
	tacit_tpm_put_2b(&wire, NULL, 0);

	tacit_tpm_begin(tpm);
	/* inSensitive: no password, no data */
	tacit_tpm_put_u16(&tpm->parameters, 4);
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_2b(&tpm->parameters, template, wire.at);
	/* outsideInfo, creationPCR */
	tacit_tpm_put_2b(&tpm->parameters, NULL, 0);
	tacit_tpm_put_u32(&tpm->parameters, 0);
	err = tacit_tpm_run(tpm, &command);
	if (err)
		return err;
	err = take(tpm, primary);
	if (err)
		tacit_tpm_flush(tpm, tpm->answer_handle);
	return err;
}

const u8 *tacit_tpm_primary_digest(const struct tacit_tpm_primary *primary)
{
	return primary->object.name + 2;
}
