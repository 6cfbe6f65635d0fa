/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The root key as a TPM sealed it: what tacit.ko gives for /var/lib/tacit/root.tpm and takes from
 * there (TACIT_CMD_ROOT_TPM of tacit_key.h). Worthless without the TPM that made it, so it
 * need not be secret; losing it loses every sealed key. At the end, the same for one that
 * the kernel's trusted keys sealed (TACIT_CMD_ROOT_TRUSTED, /var/lib/tacit/root.trusted).
 */
#ifndef TACIT_ROOT_H
#define TACIT_ROOT_H

#include <linux/types.h>

#define TACIT_ROOT_MAGIC "TACITTPM"
#define TACIT_ROOT_MAGIC_BYTES 8
#define TACIT_ROOT_VERSION 1u
#define TACIT_ROOT_DIGEST_BYTES 32
#define TACIT_ROOT_PUBLIC_MAX 128
#define TACIT_ROOT_PRIVATE_MAX 384

/* PCR 0 to 23: bit n is PCR n, of the SHA-256 bank. */
#define TACIT_ROOT_PCRS_KNOWN 0x00ffffffu

/*
 * Byte by byte:
 *
 *	  0    8  magic
 *	  8    4  version
 *	 12    4  bytes, of all of it: 624
 *	 16    4  pcrs
 *	 20    4  reserved
 *	 24   32  storage
 *	 56   32  endorsement
 *	 88    4  public_bytes
 *	 92    4  private_bytes
 *	 96  128  public_area
 *	224  384  private_area; what follows `public_bytes` and `private_bytes` is zero
 *	608   16  digest
 *
 * Integers are little-endian; inside the two areas stands what the TPM gave, big-endian.
 */
struct tacit_root_blob {
	__u8 magic[TACIT_ROOT_MAGIC_BYTES];
	__le32 version;
	__le32 bytes;
	__le32 pcrs;		/* must be as they were when the key was sealed; 0: any */
	__le32 reserved;	/* 0 */
	/*
	 * SHA-256 of the public areas of the primary keys: under the owner's seed, which goes
	 * when a TPM is cleared, and under the endorsement seed, which stays; zero if that was
	 * not to be had.
	 */
	__u8 storage[TACIT_ROOT_DIGEST_BYTES];
	__u8 endorsement[TACIT_ROOT_DIGEST_BYTES];
	__le32 public_bytes;
	__le32 private_bytes;
	/* TPMT_PUBLIC (TPM 2.0 Library, part 2, 12.2.4), and what is in TPM2B_PRIVATE (12.3.7) */
	__u8 public_area[TACIT_ROOT_PUBLIC_MAX];
	__u8 private_area[TACIT_ROOT_PRIVATE_MAX];
	/* First half of SHA-256 of all that stands before: against accident. */
	__u8 digest[16];
} __attribute__((packed));

/* TACIT_ATTR_ROOT_FACTS, in the answer to TACIT_CMD_STATUS */
#define TACIT_ROOT_FACT_TPM (1u << 0)	/* there is a TPM 2.0 that can keep a root key */
#define TACIT_ROOT_FACT_COUNTER (1u << 1)	/* new keys with a budget get a counter of it */
#define TACIT_ROOT_FACT_SALTED (1u << 2)	/* the root key came over a salted session, */
#define TACIT_ROOT_FACT_ENCRYPTED (1u << 3)	/* encrypted: the bus does not show it */
#define TACIT_ROOT_FACT_TRUSTED (1u << 4)	/* no TPM 2.0, but trusted keys that need no options */

/*
 * TACIT_CMD_ROOT_TPM
 *   without ROOT_BLOB   makes a root key and seals it to the PCRs of ROOT_PCRS (none without that
 *                       attribute) as they are now -> ROOT_BLOB. Accepts nothing: store it first,
 *                       safe from a power cut, then send it back
 *   with ROOT_BLOB      has the TPM unseal it and accepts it
 *   with both           has the TPM unseal it and seal it again, to those PCRs as they are
 *                       now -> ROOT_BLOB, to take the other's place; accepts nothing
 * In none of them does the root key leave the kernel but encrypted to the TPM. Refusals:
 *   ENODEV       there is no TPM 2.0, or the kernel has no support for it
 *   EBADFD       a PCR has changed since the key was sealed
 *   EKEYREVOKED  this TPM sealed it and was cleared since: the key is gone for good
 *   EXDEV        another TPM sealed it: another machine's file
 *   EBADMSG      the file was changed
 *   EINVAL       it is no such file; a PCR beyond 23
 *   EOPNOTSUPP   a version that this module does not know; a TPM without what this needs
 *   EACCES       the TPM's owner hierarchy is disabled or has a password
 *   ENOSPC       the TPM's memory is full of what others left there
 *   EPROTO       the answer was not made by the TPM, or is malformed
 *   EIO          any other error of the TPM; its code is in the kernel log
 *   EBUSY        another root key is set and keys are loaded under it
 */

/*
 * What a trusted key is sealed as, in hex: what `keyctl pipe` shows of one, and "load" of
 * add_key(2) takes. And its options, as trusted-encrypted.rst of the kernel has them.
 */
#define TACIT_ROOT_TRUSTED_MAX 1024
#define TACIT_ROOT_OPTIONS_MAX 255

/*
 * TACIT_CMD_ROOT_TRUSTED; both may have ROOT_OPTIONS
 *   without ROOT_TRUSTED  has the kernel make a trusted key of 32 bytes -> ROOT_TRUSTED. Accepts
 *                         nothing: store it first, safe from a power cut, then send it back
 *   with ROOT_TRUSTED     has the kernel unseal it and accepts it
 * The key does not leave the kernel. Refusals:
 *   ENODEV       the kernel has no trusted keys, or nothing that seals them
 *   EINVAL       the kernel does not take it, or the options
 *   EMSGSIZE     it is not of 32 bytes, so it is none of ours
 *   EKEYREJECTED the kernel could not seal or unseal it: another machine's, or changed
 *   EBUSY        another root key is set and keys are loaded under it
 */

#endif
