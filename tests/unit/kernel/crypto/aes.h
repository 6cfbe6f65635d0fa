/* SPDX-License-Identifier: GPL-2.0 */
#include <openssl/aes.h>

#define crypto_aes_ctx aes_key_st
#define aes_expandkey(aes, key, bytes) AES_set_encrypt_key(key, 8 * (bytes), aes)
#define aes_encrypt(aes, out, in) AES_encrypt(in, out, aes)
