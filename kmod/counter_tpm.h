/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Monotonic counters in the TPM's own memory, one a key with a lifetime budget:
 * an old sealed key that is put back is older than its counter. Nobody can set
 * one back; undefining it and defining it anew gives a higher one (TPM 2.0 Library,
 * part 1, 37.2.3). Who has the TPM at hand can advance one, and so only take
 * uses away. Commands and answers are authenticated by a salted session.
 *
 * Each call is a conversation with the TPM (tens to hundreds of milliseconds on
 * real ones) and sleeps. A counter is written to flash each time it is advanced:
 * take uses in blocks.
 */
#ifndef TACIT_COUNTER_TPM_H
#define TACIT_COUNTER_TPM_H

#include <linux/types.h>

#include "counter.h"

/* Counter n is the NV index TACIT_COUNTER_TPM_BASE + n, 1 to TACIT_COUNTER_TPM_MAX; 0 is none. */
#define TACIT_COUNTER_TPM_BASE 0x0180ac00
#define TACIT_COUNTER_TPM_MAX 64

/*
 * As counter.h wants them. -ENOENT as well for a counter that is none of ours; -ENODEV
 * without a TPM; -EINVAL for a number out of range; -EACCES, -ENOSPC, -EPROTO, -EIO as
 * tacit_root.h says.
 */
extern const struct tacit_counter_ops tacit_counter_tpm;

#endif
