/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The user ABI of tacit.ko: what a sealed blob looks like and how the module is
 * managed over generic netlink.
 *
 * Use of a key (query, sign, read the public half) goes through keyctl(2); see
 * Documentation/crypto/asymmetric-keys.rst in the kernel. Management goes
 * through the generic netlink family below and needs CAP_NET_ADMIN.
 *
 * Every integer of the blob has a stated byte order, little-endian, so that a
 * blob that is sealed on one machine reads the same on any other.
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

#define TACIT_P256_BYTES 32
#define TACIT_PUBLIC_MAX (2 * TACIT_P256_BYTES)
#define TACIT_PRIVATE_MAX TACIT_P256_BYTES

/* A DER Ecdsa-Sig-Value (RFC 3279, 2.2.3) over P-256 is at most this long. */
#define TACIT_SIGNATURE_MAX 72

/* What a signer may be given at once: a CertificationRequestInfo or the content of RFC 8446, 4.4.3. */
#define TACIT_CONTENT_MAX 4096

enum tacit_algorithm {
	TACIT_ALGORITHM_ECDSA_P256 = 1,	/* signs with SHA-256 */
};

/* Usage: what a key may sign. A bit that is not named here is refused; there is no "any". */
#define TACIT_USAGE_TLS13_CLIENT (1u << 0)	/* RFC 8446, 4.4.3, client context */
#define TACIT_USAGE_TLS13_SERVER (1u << 1)	/* RFC 8446, 4.4.3, server context */
#define TACIT_USAGE_CSR (1u << 2)		/* RFC 2986 CertificationRequestInfo of this very key */
#define TACIT_USAGE_KNOWN (TACIT_USAGE_TLS13_CLIENT | TACIT_USAGE_TLS13_SERVER | TACIT_USAGE_CSR)

/* Facts about a key's history that can only be added to. */
#define TACIT_FLAG_EXPOSED (1u << 0)	/* the key or its root key has been in user space */
#define TACIT_FLAG_KNOWN TACIT_FLAG_EXPOSED

/* No user, no group: nobody but root is a permitted caller. */
#define TACIT_ID_NONE 0xffffffffu

#define TACIT_RATE_MAX 6000u	/* signatures a minute */
#define TACIT_BURST_MAX 1000u

/*
 * What a key may do, how often and for whom; sealed together with the key.
 * Permitted callers are root, the user `uid` and the members of the group `gid`.
 */
struct tacit_usage {
	__le32 allowed;		/* TACIT_USAGE_*, at least one */
	__le32 rate;		/* signatures a minute, 1 to TACIT_RATE_MAX */
	__le32 burst;		/* signatures at once, 1 to TACIT_BURST_MAX */
	__le32 uid;		/* or TACIT_ID_NONE */
	__le32 gid;		/* or TACIT_ID_NONE */
	__le32 reserved;	/* 0 */
} __attribute__((packed));

#define TACIT_BLOB_MAGIC "TACITKEY"
#define TACIT_BLOB_MAGIC_BYTES 8
#define TACIT_BLOB_VERSION 1u
#define TACIT_NONCE_BYTES 12
#define TACIT_TAG_BYTES 16
#define TACIT_ROOT_KEY_BYTES 32

/*
 * A sealed key. All that stands before `sealed` is authenticated clear text
 * (the AAD); `sealed` is the private scalar, big-endian, under AES-256-GCM with
 * the root key; `nonce` is drawn at random for each sealing.
 */
struct tacit_blob {
	__u8 magic[TACIT_BLOB_MAGIC_BYTES];
	__le32 version;
	__le32 bytes;		/* of the whole blob */
	__le32 algorithm;	/* enum tacit_algorithm */
	__le32 flags;		/* TACIT_FLAG_* */
	struct tacit_usage usage;
	__u8 name[TACIT_NAME_MAX];		/* padded with zeros */
	__u8 public_key[TACIT_PUBLIC_MAX];	/* X || Y, big-endian, SEC 1 without the leading 04 */
	__u8 nonce[TACIT_NONCE_BYTES];
	__u8 sealed[TACIT_PRIVATE_MAX];
	__u8 tag[TACIT_TAG_BYTES];
} __attribute__((packed));

/*
 * keyctl_read() on a key gives its struct tacit_blob: the public half, the usage and the sealed key.
 *
 * keyctl_pkey_sign() takes "enc=msg hash=sha256", the whole content and a buffer
 * of TACIT_SIGNATURE_MAX bytes, and returns the signature's length. A smaller buffer
 * is written beyond its end: the key service looks only for larger ones. Refusals: enum
 * tacit_refusal below. EINVAL: content above TACIT_CONTENT_MAX, or a larger buffer.
 *
 * A loaded key holds the module: delete all keys before rmmod. Deleting returns
 * when the key is gone, or after two seconds if a signature is still under way.
 */

/*
 * ---- generic netlink ----
 *
 * Requests need CAP_NET_ADMIN in the initial user namespace. Errors come back
 * as errno with an extended acknowledgement text:
 *   EINVAL   malformed name, usage, rate or blob; unknown bits; an attribute
 *            missing, or one that the command does not take
 *   ERANGE   an attribute of the wrong length (by the netlink policy)
 *   ENOKEY   no root key yet, or no such key
 *   EEXIST   the name is taken
 *   EBUSY    the root key cannot be replaced
 *   EBADMSG  the blob was changed, or was sealed under another root key
 *   EOPNOTSUPP  blob version or algorithm that this module does not know
 */
#define TACIT_GENL_NAME "tacit"
#define TACIT_GENL_VERSION 1
#define TACIT_GENL_EVENTS "events"	/* multicast group */

enum tacit_command {
	TACIT_CMD_UNSPEC,
	TACIT_CMD_STATUS,	/* -> ROOT_ORIGIN, KEYS, SIGNATURES, REFUSALS, MODULE_VERSION */
	TACIT_CMD_ROOT_SET,	/* ROOT_KEY, ROOT_ORIGIN */
	TACIT_CMD_KEY_NEW,	/* NAME, USAGE -> BLOB, SERIAL; the key is loaded as well */
	TACIT_CMD_KEY_LOAD,	/* BLOB -> SERIAL; under ROOT_FILE the loaded key has TACIT_FLAG_EXPOSED */
	TACIT_CMD_KEY_DELETE,	/* NAME; the sealed file is the caller's to remove */
	TACIT_CMD_KEY_LIST,	/* dump: BLOB, SERIAL, SIGNATURES, REFUSALS, LAST_USE */
	TACIT_CMD_EVENT,	/* multicast: EVENT_KIND, NAME, EVENT_REASON, UID, PID, COMM, COUNT */
	TACIT_CMD_LIMIT
};

enum tacit_attribute {
	TACIT_ATTR_UNSPEC,
	TACIT_ATTR_PAD,
	TACIT_ATTR_NAME,		/* string */
	TACIT_ATTR_ROOT_KEY,		/* binary, TACIT_ROOT_KEY_BYTES */
	TACIT_ATTR_ROOT_ORIGIN,		/* u32, enum tacit_root_origin */
	TACIT_ATTR_USAGE,		/* binary, struct tacit_usage */
	TACIT_ATTR_BLOB,		/* binary, struct tacit_blob */
	TACIT_ATTR_SERIAL,		/* u32, of the key */
	TACIT_ATTR_KEYS,		/* u32, keys loaded */
	TACIT_ATTR_SIGNATURES,		/* u64 */
	TACIT_ATTR_REFUSALS,		/* u64 */
	TACIT_ATTR_LAST_USE,		/* u64, seconds since the epoch, 0 never */
	TACIT_ATTR_MODULE_VERSION,	/* string */
	TACIT_ATTR_EVENT_KIND,		/* u32, enum tacit_event_kind */
	TACIT_ATTR_EVENT_REASON,	/* u32, enum tacit_refusal, with KIND_REFUSED */
	TACIT_ATTR_UID,			/* u32, of the caller */
	TACIT_ATTR_PID,			/* u32, of the caller */
	TACIT_ATTR_COMM,		/* string, of the caller */
	TACIT_ATTR_COUNT,		/* u64: how many the event stands for, itself included */
	TACIT_ATTR_LIMIT
};

/* Where the root key comes from, in order of worth. */
enum tacit_root_origin {
	TACIT_ROOT_NONE,
	TACIT_ROOT_FILE,	/* has been in user space: keys are shown as exposed */
};

enum tacit_event_kind {
	TACIT_EVENT_CREATED = 1,
	TACIT_EVENT_LOADED,
	TACIT_EVENT_USED,	/* aggregated: at most one a second and key */
	TACIT_EVENT_REFUSED,
	TACIT_EVENT_DELETED,
	TACIT_EVENT_ROOT,	/* a root key was accepted */
};

/* Why a signature was refused, and the errno that the caller got. */
enum tacit_refusal {
	TACIT_REFUSED_CALLER = 1,	/* EACCES */
	TACIT_REFUSED_USAGE,		/* EPERM: the content is none that the usage names */
	TACIT_REFUSED_RATE,		/* EAGAIN */
	TACIT_REFUSED_OPERATION,	/* EOPNOTSUPP: encrypt, decrypt, verify; other encoding or hash */
};

#endif
