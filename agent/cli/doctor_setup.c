// SPDX-License-Identifier: GPL-2.0
/* What was installed and set up: the module, the libraries, the configuration, the keys, the daemon. */
#include "doctor.h"

#include <errno.h>
#include <net/if.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "../keys/keydir.h"
#include "../keys/module.h"
#include "../keys/rootkey.h"
#include "control_client.h"

/* ---- the module ---- */

/* Letters of /sys/module/tacit/taint: O built out of the kernel's tree, E without a signature that it knows. */
static const char *signature(void)
{
	char taint[16];

	if (!doctor_line("/sys/module/tacit/taint", taint, sizeof(taint)))
		return "signed";
	return strchr(taint, 'E') ? "not signed, so that the kernel is tainted" : "signed";
}

void doctor_module(const struct doctor *d, struct doctor_finding *f)
{
	struct module_status status = { 0 };
	struct key_error error = { "" };
	struct module *module;
	int code;

	if (access("/sys/module/tacit", F_OK)) {
		doctor_found(f, DOCTOR_MISSING, "tacit.ko is not loaded");
		doctor_cure(f, "load it with `modprobe tacit`; where there is none, install tacit-dkms or run `make module`");
		return;
	}
	code = module_open(&module, &error);
	if (!code)
		code = module_status(module, &status, &error);
	module_close(module);
	if (code) {
		doctor_found(f, d->root ? DOCTOR_MISSING : DOCTOR_NOTE, "tacit.ko is loaded but does not answer: %s", error.text);
	} else if (strcmp(status.version, TACIT_VERSION)) {
		doctor_found(f, DOCTOR_MISSING, "tacit.ko is of version %s, this program of %s", status.version, TACIT_VERSION);
		doctor_cure(f, "install the module of this version (tacit-dkms, or `make module`) and boot again: loaded keys hold the old one");
	} else {
		doctor_found(f, DOCTOR_OK, "tacit.ko %s, %s; %u keys loaded, root key: %s", status.version, signature(),
			     status.keys, module_root_origin_name(status.root_origin));
	}
}

/* ---- libraries ---- */

void doctor_openssl(const struct doctor *d, struct doctor_finding *f)
{
	(void)d;
	if (OPENSSL_version_major() == 3) {
		doctor_found(f, DOCTOR_OK, "%s", OpenSSL_version(OPENSSL_VERSION));
		return;
	}
	doctor_found(f, DOCTOR_MISSING, "%s", OpenSSL_version(OPENSSL_VERSION));
	doctor_cure(f, "install OpenSSL 3");
}

/* In a library context of its own: no openssl.cnf changes what is seen. */
void doctor_provider(const struct doctor *d, struct doctor_finding *f)
{
	const char *modules = getenv("OPENSSL_MODULES");
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *plain = library ? OSSL_PROVIDER_load(library, "default") : NULL;
	OSSL_PROVIDER *tacit = plain ? OSSL_PROVIDER_load(library, "tacit") : NULL;

	(void)d;
	if (tacit) {
		doctor_found(f, DOCTOR_OK, "tacit.so loads into OpenSSL");
	} else {
		doctor_found(f, DOCTOR_MISSING, "OpenSSL cannot load its %s", plain ? "provider tacit.so" : "default provider");
		doctor_cure(f, "put tacit.so into %.200s",
			    modules ? modules : "OpenSSL's module directory (`openssl version -m`), as `make install` does");
	}
	if (tacit)
		OSSL_PROVIDER_unload(tacit);
	if (plain)
		OSSL_PROVIDER_unload(plain);
	OSSL_LIB_CTX_free(library);
}

/* ---- configuration ---- */

void doctor_configuration(const struct doctor *d, struct doctor_finding *f)
{
	if (d->config_good)
		doctor_found(f, DOCTOR_OK, "%.200s is good", d->config_file);
	else
		doctor_found(f, DOCTOR_MISSING, "%s", d->config_error);
	if (!d->config_good && access(d->config_file, F_OK))
		doctor_cure(f, "write one; tacit.conf(5) has an example");
}

static bool is_bridge(const char *link)
{
	char path[sizeof("/sys/class/net//bridge") + IFNAMSIZ];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", link);
	return access(path, F_OK) == 0;
}

/* The link's own, where `name` is an alternative name of it (ip-link(8), property). */
static bool has_other_name(const char *name, char own[IF_NAMESIZE])
{
	unsigned int ifindex = if_nametoindex(name);

	return ifindex && if_indextoname(ifindex, own) && strcmp(own, name);
}

static bool misnamed(const struct doctor *d, struct doctor_finding *f)
{
	char own[IF_NAMESIZE];

	for (size_t i = 0; d->config_good && i < d->config.uplinks.count; i++) {
		const char *name = d->config.uplinks.name[i];

		if (!has_other_name(name, own))
			continue;
		doctor_found(f, DOCTOR_MISSING, "%s is another name of the link %s, and is kept shut", name, own);
		doctor_cure(f, "write %s as `uplink`", own);
		return true;
	}
	return false;
}

void doctor_uplink(const struct doctor *d, struct doctor_finding *f)
{
	struct config_uplinks bridges = { .count = 0 };
	struct config_uplinks is = { .count = 0 }, lacks = { .count = 0 };
	char there[CONFIG_UPLINKS_TEXT], missing[CONFIG_UPLINKS_TEXT], bridged[CONFIG_UPLINKS_TEXT];

	if (misnamed(d, f))
		return;
	for (size_t i = 0; d->config_good && i < d->config.uplinks.count; i++) {
		const char *name = d->config.uplinks.name[i];
		struct config_uplinks *list = if_nametoindex(name) ? &is : &lacks;

		strcpy(list->name[list->count++], name);
		if (is_bridge(name))
			strcpy(bridges.name[bridges.count++], name);
	}
	config_uplinks_text(&is, there);
	config_uplinks_text(&bridges, bridged);
	config_uplinks_text(&lacks, missing);
	if (!d->config_good) {
		doctor_found(f, DOCTOR_NOTE, "not known without a configuration");
	} else if (bridged[0]) {
		doctor_found(f, DOCTOR_MISSING, "the guard sees nothing of what the ports of the bridge %s send each other", bridged);
		doctor_cure(f, "name the port that leads out as `uplink` instead");
	} else if (!missing[0]) {
		doctor_found(f, DOCTOR_OK, "%s is there", there);
	} else {
		doctor_found(f, DOCTOR_MISSING, "there is no interface %s", missing);
		doctor_cure(f, "name one that `ip link` shows as `uplink`; if it comes later, it is guarded then");
	}
}

void doctor_user(const struct doctor *d, struct doctor_finding *f)
{
	const char *user = d->config.user;
	const struct passwd *entry = getpwnam(user);

	if (entry && !entry->pw_uid) {
		doctor_found(f, DOCTOR_MISSING, "the engine's user %s is root", user);
		doctor_cure(f, "name another as `user`");
	} else if (entry || strspn(user, "0123456789") == strlen(user)) {
		doctor_found(f, DOCTOR_OK, "the engine runs as %s", user);
	} else {
		doctor_found(f, DOCTOR_MISSING, "there is no user %s for the engine", user);
		doctor_cure(f, "make one: useradd --system --no-create-home %s", user);
	}
}

/* ---- keys ---- */

struct counts {
	unsigned int good;
	unsigned int bad;
	struct key_error first;	/* what is wrong with the first bad one */
};

static int count_key(void *context, const char *name, const struct tacit_blob *blob, int code,
		     const struct key_error *error)
{
	struct counts *c = context;

	(void)name;
	(void)blob;
	if (code && !c->bad)
		c->first = *error;
	c->bad += code != 0;
	c->good += !code;
	return 0;
}

void doctor_keys(const struct doctor *d, struct doctor_finding *f)
{
	struct key_error error = { "" };
	struct counts c = { 0 };

	if (!d->root) {
		doctor_found(f, DOCTOR_NOTE, "only root can look at %.200s", d->config.keys);
		return;
	}
	if (keydir_each(d->config.keys, count_key, &c, &error)) {
		doctor_found(f, DOCTOR_MISSING, "%s", error.text);
	} else if (c.bad) {
		doctor_found(f, DOCTOR_MISSING, "%.400s", c.first.text);
		doctor_cure(f, "bring the file back, or move it away");
	} else if (c.good) {
		doctor_found(f, DOCTOR_OK, "%u sealed in %.200s", c.good, d->config.keys);
	} else {
		doctor_found(f, d->config.channel_count ? DOCTOR_MISSING : DOCTOR_NOTE, "there is none in %.200s",
			     d->config.keys);
		doctor_cure(f, "make one with `tacit key new NAME`");
	}
}

/* Looked at from outside: the doctor need not have the key in its memory. */
static bool root_key_safe(const struct stat *s)
{
	return S_ISREG(s->st_mode) && !s->st_uid && !(s->st_mode & 077) && s->st_size == TACIT_ROOT_KEY_BYTES;
}

void doctor_root_key(const struct doctor *d, struct doctor_finding *f)
{
	const struct rootkey_place place = { d->config.root_key, d->config.root, d->config.root_pcrs, d->config.root_trusted };
	const char *path = d->config.root_key;
	struct key_error unused = { "" };
	struct counts c = { 0 };
	char sealed[PATH_MAX];
	struct stat s;

	for (int from = ROOT_TPM; from < ROOT_FILE; from++) {
		if ((place.choice != ROOT_AUTO && place.choice != (enum root_choice)from) ||
		    rootkey_path(&place, from, sealed, &unused) || lstat(sealed, &s))
			continue;
		doctor_found(f, DOCTOR_OK, "%.200s holds what %s sealed; `tacit key root` says whether it opens", sealed,
			     from == ROOT_TPM ? "the TPM" : "the kernel's trusted keys");
		return;
	}
	if (!lstat(path, &s) && root_key_safe(&s)) {
		doctor_found(f, DOCTOR_OK, "%.200s is root's alone; it is a file, so that keys are shown as exposed", path);
	} else if (!access(path, F_OK)) {
		doctor_found(f, DOCTOR_MISSING, "%.200s is not a file of %d bytes that only root can read", path,
			     TACIT_ROOT_KEY_BYTES);
		doctor_cure(f, "chown root %.100s && chmod 0600 %.100s, or bring the right file back", path, path);
	} else if (errno != ENOENT) {
		doctor_found(f, DOCTOR_NOTE, "only root can look at %.200s", path);
	} else if (d->root && !keydir_each(d->config.keys, count_key, &c, &unused) && c.good + c.bad) {
		doctor_found(f, DOCTOR_MISSING, "there is none at %.200s, but %u sealed keys that need it", path, c.good + c.bad);
		doctor_cure(f, "bring that file back");
	} else {
		doctor_found(f, DOCTOR_NOTE, "there is none at %.200s; the first `tacit key new` makes it", path);
	}
}

/* ---- tacitd ---- */

void doctor_tacitd(const struct doctor *d, struct doctor_finding *f)
{
	/* What control_ask() may say goes to standard error, and not into the JSON. */
	const struct cli_options plain = { .json = false };
	int code = control_knock(d->config.control);
	struct json_object *status, *healthy;
	FILE *answers;

	if (code == EACCES || code == EPERM) {
		doctor_found(f, DOCTOR_NOTE, "only root can ask it");
		return;
	}
	if (code) {
		doctor_found(f, DOCTOR_MISSING, "it does not run: nothing answers at %.107s", d->config.control);
		doctor_cure(f, "start it with `systemctl start tacitd`; its log says what is in the way");
		return;
	}
	answers = control_ask(&plain, d->config.control, "status");
	status = answers ? control_read(answers) : NULL;
	if (answers)
		fclose(answers);
	if (!status || !json_object_object_get_ex(status, "healthy", &healthy)) {
		doctor_found(f, DOCTOR_MISSING, "it runs but gives no answer");
		doctor_cure(f, "its log says why");
	} else if (json_object_get_boolean(healthy)) {
		doctor_found(f, DOCTOR_OK, "runs, and all is well");
	} else {
		doctor_found(f, DOCTOR_NOTE, "runs, but not everything is as it should be");
		doctor_cure(f, "see `tacit status`");
	}
	json_object_put(status);
}
