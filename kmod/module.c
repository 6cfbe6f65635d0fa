// SPDX-License-Identifier: GPL-2.0
/* tacit.ko: a key store whose keys sign what their usage names, and nothing else. */
#define pr_fmt(fmt) "tacit: " fmt

#include <linux/module.h>
#include <net/genetlink.h>
#include <tacit_key.h>

#include "ecdsa.h"
#include "hash.h"
#include "import.h"
#include "key_type.h"
#include "netlink.h"
#include "selftest.h"
#include "store.h"
#include "wrap.h"

static int keyring_set(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static int keyring_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", tacit_store_ring());
}

static const struct kernel_param_ops keyring_ops = {
	.set = keyring_set,
	.get = keyring_get,
};
module_param_cb(keyring, &keyring_ops, NULL, 0444);
MODULE_PARM_DESC(keyring, "serial of the keyring that holds the keys (read-only)");

static int __init tacit_init(void)
{
	int err;

	err = tacit_hash_open();
	if (err) {
		pr_err("this kernel has no SHA-384 or SHA-512 (%d): CONFIG_CRYPTO_SHA512\n", err);
		return err;
	}
	err = tacit_selftest();
	if (err)
		goto err_hash;
	err = tacit_key_type_register();
	if (err) {
		pr_err("cannot register key type `%s` (%d)\n", TACIT_KEY_TYPE, err);
		goto err_hash;
	}
	err = tacit_store_open();
	if (err) {
		pr_err("cannot make keyring `%s` (%d)\n", TACIT_KEYRING, err);
		goto err_key_type;
	}
	err = tacit_netlink_register();
	if (err) {
		pr_err("cannot register netlink family `%s` (%d)\n", TACIT_GENL_NAME, err);
		goto err_store;
	}
	pr_info("%s: self-test passed, keyring %d\n", TACIT_VERSION, tacit_store_ring());
	return 0;

err_store:
	tacit_store_close();
err_key_type:
	tacit_key_type_unregister();
err_hash:
	tacit_hash_close();
	return err;
}

/* Each loaded key holds the module, so that no key is loaded here. */
static void __exit tacit_exit(void)
{
	tacit_netlink_unregister();
	tacit_store_close();
	tacit_key_type_unregister();
	tacit_import_forget();
	tacit_ecdsa_forget();
	tacit_wrap_forget();
	tacit_hash_close();
}

module_init(tacit_init);
module_exit(tacit_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Key store: keys made and sealed in the kernel, signing only what their usage names");
MODULE_VERSION(TACIT_VERSION);
MODULE_ALIAS_GENL_FAMILY(TACIT_GENL_NAME);
MODULE_SOFTDEP("pre: drbg gcm ecdh sha256 sha512 aes rsa");
