/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's TPM 2.0, spoken to from inside the kernel (TPM 2.0 Library,
 * parts 1 to 3; chip access by <linux/tpm.h>). Without one, or on a kernel
 * without CONFIG_TCG_TPM, tacit_tpm_open() says -ENODEV and nothing else here
 * is reached.
 */
#ifndef TACIT_TPM_H
#define TACIT_TPM_H

#include <linux/types.h>

#include "tpm_kdf.h"
#include "tpm_wire.h"

#define TACIT_TPM_ALG_AES 0x0006
#define TACIT_TPM_ALG_KEYEDHASH 0x0008
#define TACIT_TPM_ALG_SHA256 0x000b
#define TACIT_TPM_ALG_NULL 0x0010
#define TACIT_TPM_ALG_ECC 0x0023
#define TACIT_TPM_ALG_CFB 0x0043

#define TACIT_TPM_RH_OWNER 0x40000001
#define TACIT_TPM_RH_NULL 0x40000007
#define TACIT_TPM_RH_ENDORSEMENT 0x4000000b

/* Response codes that callers tell apart; see tacit_tpm_base_code(). */
#define TACIT_TPM_RC_ATTRIBUTES 0x082
#define TACIT_TPM_RC_VALUE 0x084
#define TACIT_TPM_RC_HIERARCHY 0x085
#define TACIT_TPM_RC_HANDLE 0x08b
#define TACIT_TPM_RC_AUTH_FAIL 0x08e
#define TACIT_TPM_RC_POLICY_FAIL 0x09d
#define TACIT_TPM_RC_INTEGRITY 0x09f
#define TACIT_TPM_RC_BAD_AUTH 0x0a2
#define TACIT_TPM_RC_PCR_CHANGED 0x128
#define TACIT_TPM_RC_NV_UNINITIALIZED 0x14a
#define TACIT_TPM_RC_NV_SPACE 0x14b
#define TACIT_TPM_RC_NV_DEFINED 0x14c

/* A name: the algorithm and the SHA-256 of a public area; for a hierarchy, its handle. */
#define TACIT_TPM_NAME_MAX (2 + TACIT_TPM_BYTES)

struct tacit_tpm_object {
	u32 handle;
	u16 name_bytes;
	u8 name[TACIT_TPM_NAME_MAX];
};

/* Who a hierarchy is, and who an object with this public area is (part 1, 16). */
void tacit_tpm_name_hierarchy(struct tacit_tpm_object *object, u32 hierarchy);
void tacit_tpm_name_object(struct tacit_tpm_object *object, u32 handle, const u8 *public_area,
			   size_t bytes);

/* A started session: see tpm_session.h. Secret. */
struct tacit_tpm_session {
	u32 handle;
	u8 key[TACIT_TPM_BYTES];
	u8 caller[TACIT_TPM_BYTES];	/* our newest nonce */
	u8 tpm[TACIT_TPM_BYTES];	/* the TPM's newest nonce */
};

#define TACIT_TPM_PARAMETERS_MAX 1024

struct tpm_chip;

/* One conversation: from open to close nobody else speaks to the TPM. */
struct tacit_tpm {
	struct tpm_chip *chip;
	u8 *page;			/* what goes over the wire, both ways */
	struct tacit_tpm_wire parameters;	/* of the next command: put them here */
	struct tacit_tpm_wire answer;	/* parameters of the last response: get them here */
	u32 answer_handle;
	u8 room[TACIT_TPM_PARAMETERS_MAX];
	u8 digested[TACIT_TPM_PARAMETERS_MAX + 128];	/* what cpHash and rpHash are taken of */
};

#define TACIT_TPM_OBJECTS_MAX 2

struct tacit_tpm_command {
	u32 code;
	int objects;
	const struct tacit_tpm_object *object[TACIT_TPM_OBJECTS_MAX];
	bool password;			/* the first object is used with its empty password */
	struct tacit_tpm_session *session;	/* or by this session; neither: no authorization */
	bool hide_parameter;		/* the session encrypts the first parameter, a TPM2B */
	bool hide_answer;		/* and the TPM the answer's first one */
	bool gives_handle;
};

/* 0; -ENODEV without a TPM 2.0; -ENOMEM; what the kernel says of the chip. May sleep. */
int tacit_tpm_open(struct tacit_tpm **tpm);

/* Wipes and frees all of it. */
void tacit_tpm_close(struct tacit_tpm *tpm);

/* Whether there is a TPM 2.0 to open. */
bool tacit_tpm_present(void);

/* Forgets what was put in `parameters`; the first step of every command. */
void tacit_tpm_begin(struct tacit_tpm *tpm);

/*
 * Sends the command. 0 and the answer; a positive TPM response code (part 2,
 * 6.6); -EPROTO for an answer that is malformed or, with a session, was not
 * made by the TPM that the session was started with; another negative errno.
 */
int tacit_tpm_run(struct tacit_tpm *tpm, const struct tacit_tpm_command *command);

/* TPM2_FlushContext of an object or session; 0 is none. */
void tacit_tpm_flush(struct tacit_tpm *tpm, u32 handle);

/* A response code without the number of the parameter, handle or session that it is about. */
int tacit_tpm_base_code(int code);

/*
 * A response code, or errno, as errno: -EACCES for a hierarchy that is disabled
 * or has a password, -ENOSPC for a TPM whose memory others fill, -EIO else.
 */
int tacit_tpm_errno(int code);

#endif
