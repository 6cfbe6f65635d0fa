/* SPDX-License-Identifier: GPL-2.0 */
/* Inversion modulo an odd number: what the kernel's big integers no longer have. */
#ifndef TACIT_INVERSE_H
#define TACIT_INVERSE_H

#include <linux/types.h>

/*
 * The inverse of `value` modulo `modulus`: both, and the result, of `bytes` bytes, a multiple of 8
 * up to 384, big-endian; 1 < value < modulus, modulus odd. Takes time that depends on both: the
 * value is a random one, for blinding. 0; -EDOM where there is none; -ENOMEM.
 */
int tacit_inverse(const u8 *value, const u8 *modulus, u8 *result, u32 bytes);

#endif
