// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "tacit: " fmt

#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tpm.h>

#include "tpm.h"
#include "tpm_session.h"

#define TAG_NO_SESSIONS 0x8001
#define TAG_SESSIONS 0x8002
#define CC_FLUSH_CONTEXT 0x165
#define RS_PASSWORD 0x40000009

#if IS_REACHABLE(CONFIG_TCG_TPM)
static int chip_get(struct tpm_chip **chip)
{
	int err;

	*chip = tpm_default_chip();
	if (!*chip)
		return -ENODEV;
	err = (*chip)->flags & TPM_CHIP_FLAG_TPM2 ? tpm_try_get_ops(*chip) : -ENODEV;
	if (err)
		put_device(&(*chip)->dev);
	return err;
}

static void chip_put(struct tpm_chip *chip)
{
	tpm_put_ops(chip);
	put_device(&chip->dev);
}

bool tacit_tpm_present(void)
{
	struct tpm_chip *chip = tpm_default_chip();
	bool present = chip && chip->flags & TPM_CHIP_FLAG_TPM2;

	if (chip)
		put_device(&chip->dev);
	return present;
}

/* Both ways through the page; no words from the kernel, for callers have their own. */
static int transmit(struct tacit_tpm *tpm)
{
	struct tpm_buf buf = { .data = tpm->page };

	return tpm_transmit_cmd(tpm->chip, &buf, 0, NULL);
}
#else
bool tacit_tpm_present(void)
{
	return false;
}

static int chip_get(struct tpm_chip **chip)
{
	return -ENODEV;
}

static void chip_put(struct tpm_chip *chip)
{
}

static int transmit(struct tacit_tpm *tpm)
{
	return -ENODEV;
}
#endif

int tacit_tpm_open(struct tacit_tpm **out)
{
	struct tacit_tpm *tpm = kzalloc(sizeof(*tpm), GFP_KERNEL);
	int err = -ENOMEM;

	if (!tpm)
		return err;
	tpm->page = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!tpm->page)
		goto err_tpm;
	err = chip_get(&tpm->chip);
	if (err)
		goto err_page;
	*out = tpm;
	return 0;

err_page:
	free_page((unsigned long)tpm->page);
err_tpm:
	kfree(tpm);
	return err;
}

void tacit_tpm_close(struct tacit_tpm *tpm)
{
	chip_put(tpm->chip);
	memzero_explicit(tpm->page, PAGE_SIZE);
	free_page((unsigned long)tpm->page);
	kfree_sensitive(tpm);
}


void tacit_tpm_name_hierarchy(struct tacit_tpm_object *object, u32 hierarchy)
{
	struct tacit_tpm_wire wire;

	object->handle = hierarchy;
	tacit_tpm_wire_init(&wire, object->name, sizeof(object->name));
	tacit_tpm_put_u32(&wire, hierarchy);
	object->name_bytes = wire.at;
}

void tacit_tpm_name_object(struct tacit_tpm_object *object, u32 handle, const u8 *public_area,
			   size_t bytes)
{
	struct tacit_tpm_wire wire;

	object->handle = handle;
	tacit_tpm_wire_init(&wire, object->name, sizeof(object->name));
	tacit_tpm_put_u16(&wire, TACIT_TPM_ALG_SHA256);
	sha256(public_area, bytes, object->name + wire.at);
	object->name_bytes = wire.at + SHA256_DIGEST_SIZE;
}

void tacit_tpm_begin(struct tacit_tpm *tpm)
{
	tacit_tpm_wire_init(&tpm->parameters, tpm->room, sizeof(tpm->room));
}

static void put_authorization(struct tacit_tpm_wire *wire, const struct tacit_tpm_command *command,
			      const struct tacit_tpm_proof *proof)
{
	u16 nonce = command->session ? TACIT_TPM_BYTES : 0;

	tacit_tpm_put_u32(wire, 4 + 2 + nonce + 1 + 2 + nonce);
	tacit_tpm_put_u32(wire, command->session ? command->session->handle : RS_PASSWORD);
	tacit_tpm_put_2b(wire, command->session ? command->session->caller : NULL, nonce);
	tacit_tpm_put_u8(wire, command->session ? proof->attributes : 0);
	tacit_tpm_put_2b(wire, proof->hmac, nonce);
}

/* Header, handles, authorization, parameters (part 1, 18). */
static int assemble(struct tacit_tpm *tpm, const struct tacit_tpm_command *command)
{
	bool authorized = command->session || command->password;
	struct tacit_tpm_proof proof;
	struct tacit_tpm_wire wire;
	int i, err;

	if (tacit_tpm_wire_bad(&tpm->parameters))
		return -EMSGSIZE;
	if (command->session) {
		err = tacit_tpm_session_sign(tpm, command, &proof);
		if (err)
			return err;
	}
	tacit_tpm_wire_init(&wire, tpm->page, PAGE_SIZE);
	tacit_tpm_put_u16(&wire, authorized ? TAG_SESSIONS : TAG_NO_SESSIONS);
	tacit_tpm_put_u32(&wire, 0);
	tacit_tpm_put_u32(&wire, command->code);
	for (i = 0; i < command->objects; i++)
		tacit_tpm_put_u32(&wire, command->object[i]->handle);
	if (authorized)
		put_authorization(&wire, command, &proof);
	tacit_tpm_put(&wire, tpm->room, tpm->parameters.at);
	if (tacit_tpm_wire_bad(&wire))
		return -EMSGSIZE;
	i = wire.at;
	wire.at = 2;
	tacit_tpm_put_u32(&wire, i);
	return 0;
}

/* Leaves `answer` at the parameters, which are decrypted, and nothing behind them. */
static int take_apart(struct tacit_tpm *tpm, const struct tacit_tpm_command *command)
{
	struct tacit_tpm_wire wire;
	u32 bytes;
	u16 tag;

	tacit_tpm_wire_init(&wire, tpm->page, PAGE_SIZE);
	tag = tacit_tpm_get_u16(&wire);
	bytes = tacit_tpm_get_u32(&wire);
	if (bytes < TPM_HEADER_SIZE || bytes > PAGE_SIZE)
		return -EPROTO;
	wire.size = bytes;
	tacit_tpm_get_u32(&wire);
	if (tag != (command->session || command->password ? TAG_SESSIONS : TAG_NO_SESSIONS))
		return -EPROTO;
	tpm->answer_handle = command->gives_handle ? tacit_tpm_get_u32(&wire) : 0;
	bytes = tag == TAG_SESSIONS ? tacit_tpm_get_u32(&wire) : wire.size - wire.at;
	if (tacit_tpm_wire_bad(&wire) || bytes > wire.size - wire.at)
		return -EPROTO;
	tacit_tpm_wire_init(&tpm->answer, wire.data + wire.at, bytes);
	wire.at += bytes;
	return command->session ? tacit_tpm_session_check(tpm, command, &wire) : 0;
}

int tacit_tpm_run(struct tacit_tpm *tpm, const struct tacit_tpm_command *command)
{
	int result = assemble(tpm, command) ?: transmit(tpm) ?: take_apart(tpm, command);

	memzero_explicit(tpm->room, sizeof(tpm->room));
	if (result)
		tacit_tpm_wire_init(&tpm->answer, tpm->page, 0);
	return result;
}

void tacit_tpm_flush(struct tacit_tpm *tpm, u32 handle)
{
	const struct tacit_tpm_command command = { .code = CC_FLUSH_CONTEXT };

	if (!handle)
		return;
	tacit_tpm_begin(tpm);
	/* The handle to flush is a parameter (part 3, 28.4). */
	tacit_tpm_put_u32(&tpm->parameters, handle);
	tacit_tpm_run(tpm, &command);
}

int tacit_tpm_base_code(int code)
{
	/* Format one has a bit of its own; six bits are the error (part 2, 6.6.2). */
	return code > 0 && code & 0x80 ? code & 0xbf : code;
}

int tacit_tpm_errno(int code)
{
	switch (tacit_tpm_base_code(code)) {
	case INT_MIN ... 0:
		return code;
	case TACIT_TPM_RC_BAD_AUTH:
	case TACIT_TPM_RC_AUTH_FAIL:
	case TACIT_TPM_RC_HIERARCHY:
		return -EACCES;
	case 0x902 ... 0x904:	/* objects, sessions, memory */
		return -ENOSPC;
	default:
		pr_warn_ratelimited("the TPM answers with code %#x\n", code);
		return -EIO;
	}
}
