/* SPDX-License-Identifier: GPL-2.0 */
/* Keys that are not right, sealed or encrypted as they should be. Each offers one and returns whether it was taken. */
#ifndef FUZZ_BLOBS_H
#define FUZZ_BLOBS_H

#include <stdbool.h>

/* A sealed key with bytes changed, now and then sealed anew, so that it passes the cipher. */
bool mutated_blob(void);

/* PKCS #8 with something wrong about it, properly encrypted. */
bool mutated_import(void);

#endif
