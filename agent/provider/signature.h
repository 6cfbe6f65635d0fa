/* SPDX-License-Identifier: GPL-2.0 */
/* Signing, provider-signature(7): the content goes to the kernel whole, because the kernel looks at it. */
#ifndef PROVIDER_SIGNATURE_H
#define PROVIDER_SIGNATURE_H

#include <openssl/core.h>

extern const OSSL_DISPATCH signature_functions[];

#endif
