// SPDX-License-Identifier: GPL-2.0
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rootkey_tpm.h"
#include "tpm.h"
#include "tpm_sealed.h"

static int explain(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -ENODEV:
		NL_SET_ERR_MSG(extack, "there is no TPM 2.0, or this kernel has no driver for it; see `dmesg | grep -i tpm`");
		break;
	case -EBADFD:
		NL_SET_ERR_MSG(extack, "a PCR has changed since the root key was sealed: firmware, its settings or what is booted is another; put that back");
		break;
	case -EKEYREVOKED:
		NL_SET_ERR_MSG(extack, "the TPM was cleared since it sealed this root key: the key, and all keys under it, are gone; enrol anew");
		break;
	case -EXDEV:
		NL_SET_ERR_MSG(extack, "another TPM sealed this root key: the file is another machine's, or the board was changed");
		break;
	case -EBADMSG:
		NL_SET_ERR_MSG(extack, "the sealed root key was changed; put a copy of the file back");
		break;
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "this is not a root key that a TPM sealed, or a PCR beyond 23 is asked for");
		break;
	case -EOPNOTSUPP:
		NL_SET_ERR_MSG(extack, "sealed in a version that this module does not know, or the TPM lacks P-256, AES-128-CFB or its SHA-256 PCRs");
		break;
	case -EACCES:
		NL_SET_ERR_MSG(extack, "the TPM's owner hierarchy is disabled or has a password; tacit needs it without");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(extack, "the TPM's memory is full of what others left there; `tpm2_flushcontext -t` or a reboot frees it");
		break;
	case -EPROTO:
		NL_SET_ERR_MSG(extack, "an answer did not come from the TPM as it should: malformed, or something sits between");
		break;
	case -EIO:
		NL_SET_ERR_MSG(extack, "the TPM refuses; its response code is in the kernel log");
		break;
	default:
		break;
	}
	return err;
}

/* What a response code means for the root key, as tacit_root.h says. */
static int meaning(int code)
{
	switch (tacit_tpm_base_code(code)) {
	case TACIT_TPM_RC_POLICY_FAIL:
	case TACIT_TPM_RC_PCR_CHANGED:
		return -EBADFD;
	case TACIT_TPM_RC_INTEGRITY:
		return -EBADMSG;
	default:
		return tacit_tpm_errno(code);
	}
}

/* Zero when the endorsement hierarchy is closed to us: then machines cannot be told apart. */
static void identify(struct tacit_tpm *tpm, u8 digest[TACIT_ROOT_DIGEST_BYTES])
{
	struct tacit_tpm_primary primary;

	memset(digest, 0, TACIT_ROOT_DIGEST_BYTES);
	if (tacit_tpm_primary_make(tpm, TACIT_TPM_RH_ENDORSEMENT, &primary))
		return;
	memcpy(digest, tacit_tpm_primary_digest(&primary), TACIT_ROOT_DIGEST_BYTES);
	tacit_tpm_flush(tpm, primary.object.handle);
}

static void digest_of(const struct tacit_root_blob *blob, u8 digest[sizeof(blob->digest)])
{
	u8 all[SHA256_DIGEST_SIZE];

	sha256((const u8 *)blob, offsetof(struct tacit_root_blob, digest), all);
	memcpy(digest, all, sizeof(blob->digest));
}

static void fill(struct tacit_root_blob *blob, const struct tacit_tpm_sealed *sealed,
		 const struct tacit_tpm_primary *primary)
{
	memcpy(blob->magic, TACIT_ROOT_MAGIC, sizeof(blob->magic));
	blob->version = cpu_to_le32(TACIT_ROOT_VERSION);
	blob->bytes = cpu_to_le32(sizeof(*blob));
	blob->pcrs = cpu_to_le32(sealed->pcrs);
	memcpy(blob->storage, tacit_tpm_primary_digest(primary), sizeof(blob->storage));
	blob->public_bytes = cpu_to_le32(sealed->public_bytes);
	blob->private_bytes = cpu_to_le32(sealed->private_bytes);
	memcpy(blob->public_area, sealed->public_area, sealed->public_bytes);
	memcpy(blob->private_area, sealed->private_area, sealed->private_bytes);
	digest_of(blob, blob->digest);
}

/* The other way, distrusting everything. */
static int check(const struct tacit_root_blob *blob, struct tacit_tpm_sealed *sealed)
{
	u32 public_bytes = le32_to_cpu(blob->public_bytes);
	u32 private_bytes = le32_to_cpu(blob->private_bytes);
	u8 digest[sizeof(blob->digest)];

	BUILD_BUG_ON(sizeof(*blob) != 624);
	if (memcmp(blob->magic, TACIT_ROOT_MAGIC, sizeof(blob->magic)))
		return -EINVAL;
	if (le32_to_cpu(blob->version) != TACIT_ROOT_VERSION)
		return -EOPNOTSUPP;
	digest_of(blob, digest);
	if (memcmp(blob->digest, digest, sizeof(digest)))
		return -EBADMSG;
	if (le32_to_cpu(blob->bytes) != sizeof(*blob) || blob->reserved ||
	    le32_to_cpu(blob->pcrs) & ~TACIT_ROOT_PCRS_KNOWN ||
	    public_bytes > sizeof(blob->public_area) || private_bytes > sizeof(blob->private_area))
		return -EINVAL;
	sealed->pcrs = le32_to_cpu(blob->pcrs);
	sealed->public_bytes = public_bytes;
	sealed->private_bytes = private_bytes;
	memcpy(sealed->public_area, blob->public_area, public_bytes);
	memcpy(sealed->private_area, blob->private_area, private_bytes);
	return 0;
}

/* Another seed in the owner hierarchy: was this TPM cleared, or is it another one? */
static int whose(struct tacit_tpm *tpm, const struct tacit_root_blob *blob)
{
	u8 endorsement[TACIT_ROOT_DIGEST_BYTES];

	identify(tpm, endorsement);
	return memchr_inv(endorsement, 0, sizeof(endorsement)) &&
	       !memcmp(endorsement, blob->endorsement, sizeof(endorsement)) ? -EKEYREVOKED : -EXDEV;
}

static int seal(u32 pcrs, u8 *draw, const u8 *key, struct tacit_root_blob *blob)
{
	struct tacit_tpm_sealed *sealed = kzalloc(sizeof(*sealed), GFP_KERNEL);
	struct tacit_tpm_primary primary;
	struct tacit_tpm *tpm;
	int err;

	if (!sealed)
		return -ENOMEM;
	err = tacit_tpm_open(&tpm);
	if (err)
		goto out_sealed;
	memset(blob, 0, sizeof(*blob));
	identify(tpm, blob->endorsement);
	err = meaning(tacit_tpm_primary_make(tpm, TACIT_TPM_RH_OWNER, &primary));
	if (err)
		goto out_tpm;
	sealed->pcrs = pcrs;
	err = draw ? tacit_tpm_draw(tpm, &primary, draw) : 0;
	/* Neither generator alone decides: the kernel's part never leaves it but encrypted. */
	if (draw && !err)
		crypto_xor(draw, key, TACIT_ROOT_KEY_BYTES);
	err = meaning(err ?: tacit_tpm_seal(tpm, &primary, draw ?: key, sealed));
	if (!err)
		fill(blob, sealed, &primary);
	tacit_tpm_flush(tpm, primary.object.handle);
out_tpm:
	tacit_tpm_close(tpm);
out_sealed:
	kfree(sealed);
	return err;
}

int tacit_root_tpm_make(u32 pcrs, u8 key[TACIT_ROOT_KEY_BYTES], struct tacit_root_blob *blob,
			struct netlink_ext_ack *extack)
{
	u8 ours[TACIT_ROOT_KEY_BYTES];
	int err = wait_for_random_bytes();

	if (err)
		return err;
	if (pcrs & ~TACIT_ROOT_PCRS_KNOWN)
		return explain(-EINVAL, extack);
	get_random_bytes(ours, sizeof(ours));
	err = seal(pcrs, key, ours, blob);
	memzero_explicit(ours, sizeof(ours));
	return explain(err, extack);
}

int tacit_root_tpm_seal(u32 pcrs, const u8 key[TACIT_ROOT_KEY_BYTES], struct tacit_root_blob *blob,
			struct netlink_ext_ack *extack)
{
	return explain(pcrs & ~TACIT_ROOT_PCRS_KNOWN ? -EINVAL : seal(pcrs, NULL, key, blob),
		       extack);
}

static int unseal(const struct tacit_root_blob *blob, const struct tacit_tpm_sealed *sealed,
		  u8 key[TACIT_ROOT_KEY_BYTES])
{
	struct tacit_tpm_primary primary;
	struct tacit_tpm *tpm;
	int err;

	err = tacit_tpm_open(&tpm);
	if (err)
		return err;
	err = meaning(tacit_tpm_primary_make(tpm, TACIT_TPM_RH_OWNER, &primary));
	if (err)
		goto out;
	if (memcmp(tacit_tpm_primary_digest(&primary), blob->storage, sizeof(blob->storage)))
		err = whose(tpm, blob);
	else
		err = meaning(tacit_tpm_unseal(tpm, &primary, sealed, key));
	tacit_tpm_flush(tpm, primary.object.handle);
out:
	tacit_tpm_close(tpm);
	return err;
}

int tacit_root_tpm_unseal(const struct tacit_root_blob *blob, u8 key[TACIT_ROOT_KEY_BYTES],
			  struct netlink_ext_ack *extack)
{
	struct tacit_tpm_sealed *sealed = kzalloc(sizeof(*sealed), GFP_KERNEL);
	int err;

	if (!sealed)
		return -ENOMEM;
	err = check(blob, sealed) ?: unseal(blob, sealed, key);
	kfree(sealed);
	return explain(err, extack);
}
