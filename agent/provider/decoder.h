/* SPDX-License-Identifier: GPL-2.0 */
/*
 * References in files, provider-decoder(7), for programs that take a key file
 * and no URI. Two steps, as libcrypto's file store wants it: PEM to DER, DER to
 * the key.
 *
 *   KeyReference ::= SEQUENCE {
 *       type  UTF8String ("tacit key"),
 *       name  UTF8String }
 *
 * in PEM (RFC 7468) with the label below. It holds no secret.
 */
#ifndef PROVIDER_DECODER_H
#define PROVIDER_DECODER_H

#include <openssl/core.h>

#include "key_reference.h"

#define DECODER_STRUCTURE "TacitKeyReference"

extern const OSSL_DISPATCH decoder_pem_functions[];
extern const OSSL_DISPATCH decoder_ec_functions[];
extern const OSSL_DISPATCH decoder_rsa_functions[];

#endif
