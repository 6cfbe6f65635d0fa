/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes as a TPM wants them: big-endian integers and TPM2B, a u16 length and
 * that many bytes (TPM 2.0 Library, part 2, 10.4). Writing beyond the end, or
 * reading what is not there, spoils the buffer instead of memory: look at
 * tacit_tpm_wire_bad() once, at the end.
 */
#ifndef TACIT_TPM_WIRE_H
#define TACIT_TPM_WIRE_H

#include <linux/types.h>

struct tacit_tpm_wire {
	u8 *data;
	size_t size;	/* of data: room when writing, what is there when reading */
	size_t at;	/* where the next byte goes or comes from */
	bool bad;
};

void tacit_tpm_wire_init(struct tacit_tpm_wire *wire, void *data, size_t size);
bool tacit_tpm_wire_bad(const struct tacit_tpm_wire *wire);

void tacit_tpm_put_u8(struct tacit_tpm_wire *wire, u8 value);
void tacit_tpm_put_u16(struct tacit_tpm_wire *wire, u16 value);
void tacit_tpm_put_u32(struct tacit_tpm_wire *wire, u32 value);
void tacit_tpm_put(struct tacit_tpm_wire *wire, const void *data, size_t bytes);
/* A TPM2B; `bytes` 0 is an empty one. */
void tacit_tpm_put_2b(struct tacit_tpm_wire *wire, const void *data, u16 bytes);

/* 0 when there is nothing left, and the buffer is bad. */
u8 tacit_tpm_get_u8(struct tacit_tpm_wire *wire);
u16 tacit_tpm_get_u16(struct tacit_tpm_wire *wire);
u32 tacit_tpm_get_u32(struct tacit_tpm_wire *wire);
/* Exactly so many bytes, zeros when they are not there. */
void tacit_tpm_get(struct tacit_tpm_wire *wire, void *data, size_t bytes);
/* A TPM2B where it lies; NULL and *bytes 0 when it is not whole. */
const u8 *tacit_tpm_get_2b(struct tacit_tpm_wire *wire, u16 *bytes);
/* A TPM2B that must be of exactly this size. */
void tacit_tpm_get_2b_exact(struct tacit_tpm_wire *wire, void *data, u16 bytes);

#endif
