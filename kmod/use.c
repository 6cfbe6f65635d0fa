// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "blob.h"
#include "burn.h"
#include "seal.h"
#include "secret.h"
#include "use.h"

static atomic64_t total_uses;
static atomic64_t total_refusals;

static u32 caller_uid(void)
{
	return from_kuid(&init_user_ns, current_euid());
}

static int refuse(struct tacit_device_key *device_key, int refusal)
{
	atomic64_inc(&device_key->refusals);
	atomic64_inc(&total_refusals);
	tacit_meter_count(&device_key->meter, refusal);
	/* Again and again, for whoever keeps the keys may have missed it. */
	if (refusal == TACIT_REFUSED_RESERVE && tacit_permit_low(&device_key->permit))
		tacit_device_key_want_block(device_key);
	return tacit_refusal_errno(refusal);
}

static void granted(struct tacit_device_key *device_key)
{
	atomic64_inc(&device_key->signatures);
	atomic64_inc(&total_uses);
	WRITE_ONCE(device_key->last_use, ktime_get_real_seconds());
	tacit_meter_count(&device_key->meter, 0);
	if (tacit_permit_low(&device_key->permit))
		tacit_device_key_want_block(device_key);
}

/* ---- signing ---- */

static u32 signature_max(const struct tacit_device_key *device_key)
{
	return device_key->algorithm->signature_max(tacit_blob_public_bytes(device_key->blob));
}

static int sign(const struct tacit_device_key *device_key, const char *hash, const u8 *content,
		u32 length, u8 *out)
{
	struct tacit_blob *blob = device_key->blob;
	struct tacit_private key = {
		.key_bytes = tacit_blob_sealed_bytes(blob),
		.public_key = tacit_blob_public(blob),
		.public_bytes = tacit_blob_public_bytes(blob),
	};
	u8 *opened = tacit_unseal(blob);
	int result;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	key.key = opened;
	result = device_key->algorithm->sign(&key, hash, content, length, out);
	kfree_sensitive(opened);
	return result;
}

static bool signs_as_asked(const struct tacit_device_key *device_key,
			   const struct kernel_pkey_params *params)
{
	return params->op == kernel_pkey_sign && device_key->algorithm->sign &&
	       !strcmp(params->encoding, "msg") && params->hash_algo &&
	       device_key->algorithm->hashes(params->hash_algo);
}

static int sign_if_permitted(struct tacit_device_key *device_key,
			     const struct kernel_pkey_params *params, const void *in, void *out)
{
	const struct tacit_subject subject = {
		.algorithm = device_key->algorithm->number,
		.public_key = tacit_blob_public(device_key->blob),
		.public_bytes = tacit_blob_public_bytes(device_key->blob),
	};
	int refusal;

	if (params->in_len > TACIT_CONTENT_MAX || params->out_len < signature_max(device_key))
		return -EINVAL;
	refusal = tacit_permit_sign(&device_key->permit, in, params->in_len, &subject);
	if (refusal)
		return refuse(device_key, refusal);
	/* Nothing but the signature, even if a core should copy more of its buffer than that. */
	memset(out, 0, params->out_len);
	return sign(device_key, params->hash_algo, in, params->in_len, out);
}

/* ---- secrets ---- */

static bool is_secret_key(const struct tacit_device_key *device_key)
{
	return device_key->algorithm->number == TACIT_ALGORITHM_SECRET;
}

static bool seals_as_asked(const struct tacit_device_key *device_key,
			   const struct kernel_pkey_params *params)
{
	return is_secret_key(device_key) && !params->hash_algo &&
	       (params->op == kernel_pkey_encrypt || params->op == kernel_pkey_decrypt) &&
	       !strcmp(params->encoding, "secret");
}

/* What can be said without the key: the form, and for opening whose it is. */
static int examine(const struct tacit_device_key *device_key,
		   const struct kernel_pkey_params *params, const void *in, int *refusal)
{
	int err;

	*refusal = 0;
	if (params->op == kernel_pkey_encrypt)
		return params->in_len <= TACIT_SECRET_REQUEST_MAX &&
		       params->out_len >= TACIT_SECRET_BYTES_MAX ? 0 : -EINVAL;
	err = tacit_secret_check(in, params->in_len);
	if (err || params->out_len < TACIT_SECRET_MAX)
		return err ?: -EINVAL;
	if (tacit_secret_uid(in) != caller_uid())
		*refusal = TACIT_REFUSED_OWNER;
	return 0;
}

static int seal_or_open(const struct tacit_device_key *device_key,
			const struct kernel_pkey_params *params, const void *in, void *out)
{
	u8 *key = tacit_unseal(device_key->blob);
	int result;

	if (IS_ERR(key))
		return PTR_ERR(key);
	if (params->op == kernel_pkey_encrypt)
		result = tacit_secret_seal(key, caller_uid(), in, params->in_len, out);
	else
		result = tacit_secret_open(key, in, params->in_len, out);
	kfree_sensitive(key);
	return result;
}

static int seal_if_permitted(struct tacit_device_key *device_key,
			     const struct kernel_pkey_params *params, const void *in, void *out)
{
	int refusal, result;

	result = examine(device_key, params, in, &refusal);
	if (result)
		return result;
	refusal = refusal ?: tacit_permit_seal(&device_key->permit);
	if (refusal)
		return refuse(device_key, refusal);
	memset(out, 0, params->out_len);
	return seal_or_open(device_key, params, in, out);
}

static int use(struct tacit_device_key *device_key, const struct kernel_pkey_params *params,
	       const void *in, void *out)
{
	int result;

	if (signs_as_asked(device_key, params))
		result = sign_if_permitted(device_key, params, in, out);
	else if (seals_as_asked(device_key, params))
		result = seal_if_permitted(device_key, params, in, out);
	else
		return refuse(device_key, TACIT_REFUSED_OPERATION);
	tacit_burn_stack();
	if (result > 0)
		granted(device_key);
	return result;
}

int tacit_use(struct tacit_device_key *device_key, const struct kernel_pkey_params *params,
	      const void *in, void *out)
{
	int result = use(device_key, params, in, out);

	/* The key service frees its copy of a secret as it is, refused or not. */
	if (params->op == kernel_pkey_encrypt)
		memzero_explicit((void *)in, params->in_len);
	return result;
}

void tacit_use_query(const struct tacit_device_key *device_key, struct kernel_pkey_query *info)
{
	memset(info, 0, sizeof(*info));
	if (is_secret_key(device_key)) {
		info->supported_ops = KEYCTL_SUPPORTS_ENCRYPT | KEYCTL_SUPPORTS_DECRYPT;
		info->key_size = 8 * TACIT_SECRET_KEY_BYTES;
		info->max_enc_size = TACIT_SECRET_BYTES_MAX;
		info->max_dec_size = TACIT_SECRET_REQUEST_MAX;
		return;
	}
	info->supported_ops = KEYCTL_SUPPORTS_SIGN;
	info->key_size = 8 * (device_key->algorithm->key_bytes ?:
			      tacit_blob_public_bytes(device_key->blob));
	info->max_data_size = TACIT_CONTENT_MAX;
	info->max_sig_size = signature_max(device_key);
}

void tacit_use_totals(u64 *uses, u64 *refusals)
{
	*uses = atomic64_read(&total_uses);
	*refusals = atomic64_read(&total_refusals);
}
