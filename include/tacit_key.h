/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The user ABI of tacit.ko: what a sealed blob looks like and how the module is
 * managed over generic netlink.
 *
 * Use of a key (query, sign, seal a secret, read the public half) goes through
 * keyctl(2); see Documentation/crypto/asymmetric-keys.rst in the kernel. Management
 * goes through the generic netlink family below and needs CAP_NET_ADMIN.
 *
 * Every integer of blob, usage and secret is little-endian, so that what is
 * sealed on one machine reads the same on any other. Unknown bits, unknown
 * versions and non-zero reserved fields are refused, never guessed.
 */
#ifndef TACIT_KEY_H
#define TACIT_KEY_H

#include <linux/types.h>

/* The kernel's key type and the module-owned keyring that holds the keys. */
#define TACIT_KEY_TYPE "tacit"
#define TACIT_KEYRING ".tacit"

/* The serial of that keyring is published here, decimal, readable by all. */
#define TACIT_KEYRING_PARAMETER "/sys/module/tacit/parameters/keyring"

/* A key's name: 1 to 63 of [a-z0-9._-], first one [a-z0-9]; NUL terminated. */
#define TACIT_NAME_MAX 64

/* A path in the cgroup v2 hierarchy, absolute, without a slash at its end; NUL terminated. */
#define TACIT_CGROUP_MAX 128

/*
 * What a key is. The comment says: what its public key is in a blob; what is
 * sealed; `hash=` of keyctl_pkey_sign(); the signature's form.
 */
enum tacit_algorithm {
	/* X || Y, 64; scalar, 32; sha256; DER Ecdsa-Sig-Value (RFC 3279, 2.2.3) of at most 72 bytes */
	TACIT_ALGORITHM_ECDSA_P256 = 1,
	/* X || Y, 96; scalar, 48; sha384; DER of at most 104 bytes */
	TACIT_ALGORITHM_ECDSA_P384,
	/*
	 * modulus, 256 or 384 (the exponent is 65537); RSAPrivateKey (RFC 8017, A.1.2) in DER;
	 * sha256, sha384 or sha512; EMSA-PSS with MGF1 of the same hash and a salt as long as
	 * the hash, as rsa_pss_rsae_* of TLS 1.3 wants it, as long as the modulus. Import only.
	 */
	TACIT_ALGORITHM_RSA_PSS,
	/* none; an AES-256 key, 32; no signatures: it seals secrets, see struct tacit_secret */
	TACIT_ALGORITHM_SECRET,
};

/* Coordinates and integers are big-endian, as SEC 1 and RFC 8017 write them. */
#define TACIT_P256_BYTES 32
#define TACIT_P384_BYTES 48
#define TACIT_RSA_2048_BYTES 256
#define TACIT_RSA_3072_BYTES 384
#define TACIT_SECRET_KEY_BYTES 32

#define TACIT_P256_SIGNATURE_MAX 72
#define TACIT_P384_SIGNATURE_MAX 104

#define TACIT_PUBLIC_MAX TACIT_RSA_3072_BYTES
#define TACIT_PRIVATE_MAX 2048
#define TACIT_SIGNATURE_MAX TACIT_RSA_3072_BYTES

/* What a signer may be given at once: a CertificationRequestInfo or the content of RFC 8446, 4.4.3. */
#define TACIT_CONTENT_MAX 4096

/* Usage: what a key may do. A bit that is not named here is refused; there is no "any". */
#define TACIT_USAGE_TLS13_CLIENT (1u << 0)	/* RFC 8446, 4.4.3, client context */
#define TACIT_USAGE_TLS13_SERVER (1u << 1)	/* RFC 8446, 4.4.3, server context */
#define TACIT_USAGE_CSR (1u << 2)		/* RFC 2986 CertificationRequestInfo of this very key */
#define TACIT_USAGE_SEAL (1u << 3)		/* secrets; with TACIT_ALGORITHM_SECRET, and alone */
#define TACIT_USAGE_SIGN (TACIT_USAGE_TLS13_CLIENT | TACIT_USAGE_TLS13_SERVER | TACIT_USAGE_CSR)
#define TACIT_USAGE_KNOWN (TACIT_USAGE_SIGN | TACIT_USAGE_SEAL)

/* Facts about a key's history. The first two can only be added. */
#define TACIT_FLAG_EXPOSED (1u << 0)	/* the key or its root key has been in user space */
#define TACIT_FLAG_IMPORTED (1u << 1)	/* it was not made by this module; exposed as well */
#define TACIT_FLAG_CSR_CLOSED (1u << 2)	/* a certificate is bound: no request is signed any more */
#define TACIT_FLAG_KNOWN (TACIT_FLAG_EXPOSED | TACIT_FLAG_IMPORTED | TACIT_FLAG_CSR_CLOSED)

/* No user, no group: nobody but root is a permitted caller. */
#define TACIT_ID_NONE 0xffffffffu

#define TACIT_RATE_MAX 6000u	/* signatures a minute */
#define TACIT_BURST_MAX 1000u

/*
 * What a key may do, how often and for whom; sealed together with the key.
 *
 * Permitted callers are root, the user `uid` and the members of the group `gid`.
 * Where `cgroup` names one, they must be in it or below it as well, root
 * included, but root may have a request (csr) signed from anywhere.
 * A key of usage `seal` without uid and gid is for all users, each to its own.
 */
struct tacit_usage {
	__le32 allowed;		/* TACIT_USAGE_*, at least one */
	__le32 rate;		/* uses a minute, 1 to TACIT_RATE_MAX */
	__le32 burst;		/* uses at once, 1 to TACIT_BURST_MAX */
	__le32 uid;		/* or TACIT_ID_NONE */
	__le32 gid;		/* or TACIT_ID_NONE */
	__le32 reserved;	/* 0 */
	__le64 uses;		/* in the key's lifetime, see "Budget" below; 0 without end */
	__u8 cgroup[TACIT_CGROUP_MAX];	/* padded with zeros; empty for any */
} __attribute__((packed));

#define TACIT_BLOB_MAGIC "TACITKEY"
#define TACIT_BLOB_MAGIC_BYTES 8
#define TACIT_BLOB_VERSION 2u
#define TACIT_NONCE_BYTES 12
#define TACIT_TAG_BYTES 16
#define TACIT_ROOT_KEY_BYTES 32

/*
 * A sealed key, byte by byte:
 *
 *	   0    8  magic
 *	   8    4  version
 *	  12    4  bytes, of the whole blob
 *	  16    4  algorithm
 *	  20    4  flags
 *	  24  160  usage: 24 allowed, 28 rate, 32 burst, 36 uid, 40 gid, 44 reserved, 48 uses, 56 cgroup
 *	 184   64  name
 *	 248    8  spent
 *	 256    8  epoch
 *	 264    4  counter
 *	 268    4  public_bytes
 *	 272    4  sealed_bytes
 *	 276    4  reserved
 *	 280       public key, public_bytes
 *	 ...   12  nonce, drawn at random for each sealing
 *	 ...       sealed, sealed_bytes: the private key under AES-256-GCM with the root key
 *	 ...   16  tag
 *
 * All that stands before `sealed`, the nonce included, is authenticated clear
 * text (the AAD).
 */
struct tacit_blob {
	__u8 magic[TACIT_BLOB_MAGIC_BYTES];
	__le32 version;
	__le32 bytes;
	__le32 algorithm;	/* enum tacit_algorithm */
	__le32 flags;		/* TACIT_FLAG_* */
	struct tacit_usage usage;
	__u8 name[TACIT_NAME_MAX];	/* padded with zeros */
	__le64 spent;		/* uses that were taken from the budget, in blocks; at most usage.uses */
	__le64 epoch;		/* what the monotonic counter read when this was current; 0 without one */
	__le32 counter;		/* number of the monotonic counter of this key; 0 none */
	__le32 public_bytes;
	__le32 sealed_bytes;
	__le32 reserved;	/* 0 */
	__u8 data[];		/* public key, nonce, sealed, tag */
} __attribute__((packed));

#define TACIT_BLOB_HEAD_BYTES 280
#define TACIT_BLOB_BYTES(public_bytes, sealed_bytes) \
	(TACIT_BLOB_HEAD_BYTES + (public_bytes) + TACIT_NONCE_BYTES + (sealed_bytes) + TACIT_TAG_BYTES)
#define TACIT_BLOB_MIN TACIT_BLOB_BYTES(0, TACIT_SECRET_KEY_BYTES)
#define TACIT_BLOB_MAX TACIT_BLOB_BYTES(TACIT_PUBLIC_MAX, TACIT_PRIVATE_MAX)

/* Room for any blob. */
union tacit_blob_room {
	struct tacit_blob blob;
	__u8 bytes[TACIT_BLOB_MAX];
};

/*
 * ---- use, by keyctl(2) ----
 *
 * keyctl_read() on a key gives its struct tacit_blob: the public half, the usage
 * and the sealed key.
 *
 * keyctl_pkey_sign() takes "enc=msg hash=HASH", HASH one of the algorithm's, the
 * whole content and a buffer of the signature's greatest length (max_sig_size
 * of keyctl_pkey_query()), and returns the signature's length. A smaller buffer
 * is written beyond its end: the key service looks only for larger ones.
 * Refusals: enum tacit_refusal below. EINVAL: content above TACIT_CONTENT_MAX, or
 * a buffer of another size. EIO: the signature that was made did not verify
 * (a fault in the machine); it was thrown away.
 *
 * A loaded key holds the module: delete all keys before rmmod. Deleting returns
 * when the key is gone, or after two seconds if a signature is still under way.
 */

/*
 * Secrets. On a key of TACIT_ALGORITHM_SECRET keyctl_pkey_encrypt() with
 * "enc=secret" takes struct tacit_secret_request and gives struct tacit_secret,
 * bound to the effective user of the caller (as the initial user namespace
 * numbers it); keyctl_pkey_decrypt() with "enc=secret" takes the latter and gives
 * the plain secret to that user alone; another one, root too, gets EACCES.
 * Buffers must be of max_enc_size and max_dec_size of keyctl_pkey_query().
 * EILSEQ: malformed; EPROTONOSUPPORT: a version that is not known here; EBADMSG: changed,
 * or sealed by another key.
 */
#define TACIT_SECRET_MAX 1024	/* bytes of the plain secret, at least 1 */

struct tacit_secret_request {
	__u8 name[TACIT_NAME_MAX];	/* as a key's; padded with zeros */
	__u8 secret[];
} __attribute__((packed));

#define TACIT_SECRET_MAGIC "TACITSEC"
#define TACIT_SECRET_VERSION 1u

struct tacit_secret {
	__u8 magic[TACIT_BLOB_MAGIC_BYTES];
	__le32 version;
	__le32 bytes;		/* of all of it */
	__le32 uid;
	__le32 reserved;	/* 0 */
	__u8 name[TACIT_NAME_MAX];
	__u8 nonce[TACIT_NONCE_BYTES];	/* all up to here is authenticated clear text */
	__u8 sealed[];		/* AES-256-GCM of the secret, then the tag */
} __attribute__((packed));

#define TACIT_SECRET_HEAD_BYTES 100
#define TACIT_SECRET_BYTES_MAX (TACIT_SECRET_HEAD_BYTES + TACIT_SECRET_MAX + TACIT_TAG_BYTES)

/*
 * ---- generic netlink ----
 *
 * Requests need CAP_NET_ADMIN in the initial user namespace. Errors come back
 * as errno with an extended acknowledgement text:
 *   EPERM       no CAP_NET_ADMIN
 *   EACCES      CSR_REOPEN or KEY_LOAD by another than root
 *   EINVAL      malformed name, usage, rate or blob; unknown bits; an attribute
 *               missing, or one that the command does not take
 *   ERANGE      an attribute of the wrong length (by the netlink policy)
 *   ENOKEY      no root key yet, or no such key
 *   EEXIST      the name is taken
 *   EBUSY       the root key cannot be replaced
 *   EBADMSG     the blob was changed, or was sealed under another root key; the
 *               import was changed, or encrypted to another key
 *   EOPNOTSUPP  a blob version that this module does not know
 *   ENOPKG      an algorithm that this module or kernel does not know, or that
 *               cannot be generated
 *   ESTALE      the blob is older than the key's monotonic counter: an old one
 *               was put back
 *   EDQUOT      the key's budget is used up
 *   ENOSPC      the TPM has no room for the counter that a key with a budget needs
 *   ENODATA     KEY_RESERVE of a key without a budget; KEY_STORED when no blob
 *               waits, or when it is another one
 *   EKEYEXPIRED no import was begun, or it was used, or it is older than a minute
 *   EILSEQ      what was imported is not one PKCS #8 PrivateKeyInfo in strict DER
 *   EDOM        the imported private key is out of range: 0, 1, n - 1 and more,
 *               n being the group order, or one of the few next to these that
 *               the kernel's arithmetic cannot serve; a modulus of another size, another exponent
 *   EKEYREJECTED  the imported parts do not belong together
 *   EIO         a public key that was computed is no point of the curve: a fault in the machine
 */
#define TACIT_GENL_NAME "tacit"
#define TACIT_GENL_VERSION 2
#define TACIT_GENL_EVENTS "events"	/* multicast group */

/*
 * Import. KEY_IMPORT_BEGIN gives a one-time public key M (P-256, X || Y) of the
 * module, good for one KEY_IMPORT within a minute; a later BEGIN replaces it. The
 * caller draws a key pair of its own, with the public key P, and sends
 *
 *	PEER   = P
 *	IMPORT = AES-256-GCM(key, nonce of 12 zeros, PrivateKeyInfo, AAD) || tag
 *	key    = HKDF-SHA-256(salt M || P, secret Z, info "tacit import", 32 bytes)
 *	Z      = x of the ECDH secret, 32 bytes (SEC 1, 3.3.1)
 *	AAD    = name padded with zeros to TACIT_NAME_MAX || struct tacit_usage
 *
 * PrivateKeyInfo is RFC 5208 in DER: an EC key (RFC 5915) on P-256 or P-384, or RSA of
 * 2048 or 3072 bits. An imported key is exposed for ever.
 */
#define TACIT_IMPORT_INFO "tacit import"
#define TACIT_IMPORT_PLAIN_MAX (TACIT_PRIVATE_MAX + 64)
#define TACIT_IMPORT_MAX (TACIT_IMPORT_PLAIN_MAX + TACIT_TAG_BYTES)
#define TACIT_IMPORT_SECONDS 60

/*
 * Changing a sealed key. KEY_RESERVE, KEY_BIND and CSR_REOPEN give a new BLOB that
 * takes the old one's place: write it to disk, safe from a power cut, then say
 * so by KEY_STORED with that very blob. KEY_BIND closes at once, the others are
 * of effect when stored. One blob waits at a time; a later one takes its changes up.
 *
 * Budget. Of `uses` the module hands out blocks: KEY_RESERVE seals a blob with
 * `spent` a block further, KEY_STORED credits that block. What is left of
 * it is lost when the key is unloaded, so that no reboot gives uses back. A blob
 * that waits and is replaced by another gives nothing, and costs nothing more. A
 * key with a budget signs nothing before its first block; TACIT_EVENT_RESERVE says
 * that half a block is left and the next one is wanted.
 * Where the root key's origin has a monotonic counter (TPM), `epoch` is one ahead of it
 * in a new blob, and KEY_STORED advances it: an older blob is refused
 * (ESTALE), and each step, whatever it is for, takes a block, so that of the blobs
 * of one reading none has spent less than another. Elsewhere, who can put an old file back has its uses back.
 */
#define TACIT_BLOCK_MAX 1024u	/* a block is a 64th of the budget, 1 to this many */

enum tacit_command {
	TACIT_CMD_UNSPEC,
	TACIT_CMD_STATUS,	/* -> ROOT_ORIGIN, ROOT_PCRS, ROOT_FACTS, KEYS, SIGNATURES, REFUSALS, MODULE_VERSION */
	TACIT_CMD_ROOT_SET,	/* ROOT_KEY, ROOT_ORIGIN */
	TACIT_CMD_KEY_NEW,	/* NAME, USAGE, ALGORITHM -> BLOB, SERIAL; the key is loaded as well */
	TACIT_CMD_KEY_LOAD,	/* BLOB -> SERIAL; under ROOT_FILE the loaded key has TACIT_FLAG_EXPOSED */
	TACIT_CMD_KEY_DELETE,	/* NAME, may have FOREVER; the sealed file is the caller's to remove */
	TACIT_CMD_KEY_LIST,	/* dump: BLOB, SERIAL, SIGNATURES, REFUSALS, LAST_USE, CREDIT and LAST_REFUSAL* */
	TACIT_CMD_EVENT,	/* multicast: EVENT_KIND, NAME, EVENT_REASON, UID, PID, COMM, COUNT */
	TACIT_CMD_KEY_IMPORT_BEGIN,	/* -> PUBLIC */
	TACIT_CMD_KEY_IMPORT,	/* NAME, USAGE, PEER, IMPORT -> BLOB, SERIAL; the key is loaded as well */
	TACIT_CMD_KEY_BIND,	/* NAME -> BLOB: a certificate was bound, no request is signed any more */
	TACIT_CMD_CSR_REOPEN,	/* NAME -> BLOB */
	TACIT_CMD_KEY_RESERVE,	/* NAME -> BLOB */
	TACIT_CMD_KEY_STORED,	/* NAME, BLOB */
	TACIT_CMD_ROOT_TPM,	/* see tacit_root.h */
	TACIT_CMD_ROOT_TRUSTED,	/* see tacit_root.h */
	TACIT_CMD_LIMIT
};

enum tacit_attribute {
	TACIT_ATTR_UNSPEC,
	TACIT_ATTR_PAD,
	TACIT_ATTR_NAME,		/* string */
	TACIT_ATTR_ROOT_KEY,		/* binary, TACIT_ROOT_KEY_BYTES */
	TACIT_ATTR_ROOT_ORIGIN,		/* u32, enum tacit_root_origin */
	TACIT_ATTR_USAGE,		/* binary, struct tacit_usage */
	TACIT_ATTR_BLOB,		/* binary, struct tacit_blob, TACIT_BLOB_MIN to TACIT_BLOB_MAX */
	TACIT_ATTR_SERIAL,		/* u32, of the key */
	TACIT_ATTR_KEYS,		/* u32, keys loaded */
	TACIT_ATTR_SIGNATURES,		/* u64; of a secret key: secrets sealed and opened */
	TACIT_ATTR_REFUSALS,		/* u64 */
	TACIT_ATTR_LAST_USE,		/* u64, seconds since the epoch, 0 never */
	TACIT_ATTR_MODULE_VERSION,	/* string */
	TACIT_ATTR_EVENT_KIND,		/* u32, enum tacit_event_kind */
	TACIT_ATTR_EVENT_REASON,	/* u32, enum tacit_refusal, with KIND_REFUSED */
	TACIT_ATTR_UID,			/* u32, of the caller */
	TACIT_ATTR_PID,			/* u32, of the caller */
	TACIT_ATTR_COMM,		/* string, of the caller */
	TACIT_ATTR_COUNT,		/* u64: how many the event stands for, itself included */
	TACIT_ATTR_ALGORITHM,		/* u32, enum tacit_algorithm */
	TACIT_ATTR_PUBLIC,		/* binary, 2 * TACIT_P256_BYTES: X || Y */
	TACIT_ATTR_PEER,		/* binary, 2 * TACIT_P256_BYTES: X || Y */
	TACIT_ATTR_IMPORT,		/* binary, at most TACIT_IMPORT_MAX */
	TACIT_ATTR_CREDIT,		/* u64, uses until the next block; only with a budget */
	TACIT_ATTR_LAST_REFUSAL,	/* u32, enum tacit_refusal; this and the next two only after one */
	TACIT_ATTR_LAST_REFUSAL_UID,	/* u32 */
	TACIT_ATTR_LAST_REFUSAL_TIME,	/* u64, seconds since the epoch */
	TACIT_ATTR_FOREVER,		/* flag: give up the key's monotonic counter, sealed copies are void */
	TACIT_ATTR_ROOT_BLOB,		/* binary, struct tacit_root_blob */
	TACIT_ATTR_ROOT_PCRS,		/* u32, bit n is PCR n */
	TACIT_ATTR_ROOT_FACTS,		/* u32, TACIT_ROOT_FACT_* */
	TACIT_ATTR_ROOT_TRUSTED,	/* string, at most TACIT_ROOT_TRUSTED_MAX: hex */
	TACIT_ATTR_ROOT_OPTIONS,	/* string, at most TACIT_ROOT_OPTIONS_MAX */
	TACIT_ATTR_LIMIT
};

/* Where the root key comes from; in order of worth TPM, TRUSTED, FILE. */
enum tacit_root_origin {
	TACIT_ROOT_NONE,
	TACIT_ROOT_FILE,	/* has been in user space: keys are shown as exposed */
	TACIT_ROOT_TPM,		/* sealed by the TPM; never in user space */
	TACIT_ROOT_TRUSTED,	/* sealed by the kernel's trusted keys; the same */
	TACIT_ROOT_LAST = TACIT_ROOT_TRUSTED
};

enum tacit_event_kind {
	TACIT_EVENT_CREATED = 1,
	TACIT_EVENT_LOADED,
	TACIT_EVENT_USED,	/* aggregated: at most one a second and key */
	TACIT_EVENT_REFUSED,
	TACIT_EVENT_DELETED,
	TACIT_EVENT_ROOT,	/* a root key was accepted */
	TACIT_EVENT_IMPORTED,
	TACIT_EVENT_BOUND,	/* a certificate was bound: csr is closed */
	TACIT_EVENT_REOPENED,	/* csr is open again */
	TACIT_EVENT_RESERVE,	/* the next block of the key's budget is wanted */
};

/* Why a use was refused, and the errno that the caller got. */
enum tacit_refusal {
	TACIT_REFUSED_CALLER = 1,	/* EACCES: neither root, nor the key's user, nor of its group */
	TACIT_REFUSED_USAGE,		/* EPERM: the content is none that the usage names */
	TACIT_REFUSED_RATE,		/* EAGAIN */
	TACIT_REFUSED_OPERATION,	/* EOPNOTSUPP: none of the key's operations, encodings or hashes */
	TACIT_REFUSED_CLOSED,		/* EALREADY: a certificate is bound, so no request is signed */
	TACIT_REFUSED_BUDGET,		/* EDQUOT: the lifetime budget is used up */
	TACIT_REFUSED_RESERVE,		/* EBUSY: the next block of the budget is not stored yet */
	TACIT_REFUSED_OWNER,		/* EACCES: the secret is another user's */
	TACIT_REFUSED_CGROUP,		/* EACCES: the caller is not in the key's cgroup */
	TACIT_REFUSAL_LIMIT
};

#endif
