/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keystore_fuzz speaks to: the module, with its root key known here, and the key `steady`, which must
 * outlast everything.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <keyutils.h>
#include <stdbool.h>

#include "../genl_raw.h"

#define STEADY "steady"
#define INFO "enc=msg hash=sha256"

extern struct raw raw;
extern key_serial_t ring, steady;
extern unsigned char root[TACIT_ROOT_KEY_BYTES];
extern union tacit_blob_room sealed;	/* what the last key_new() gave */
extern size_t sealed_bytes;

/* Says what failed, and ends the program. `code`: an errno, of either sign. */
_Noreturn void fail(const char *what, int code);

/* A client's key for root. */
struct tacit_usage good_usage(void);

/* Return: 0, or the module's errno, negative. */
int key_new(const char *name);
int key_delete(const char *name);

/* Keys that got in are deleted, for they must not pile up; all but STEADY. */
void sweep(void);

/* The key is where it was, and signs what OpenSSL verifies. */
void still_signs(const struct tacit_blob *blob);

/* `hex`: the root key that is set already. Makes STEADY. */
void set_up(const char *hex);

#endif
