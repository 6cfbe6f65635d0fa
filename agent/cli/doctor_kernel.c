// SPDX-License-Identifier: GPL-2.0
/* What can be said of the kernel and the machine without setting anything up. */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* bpf_skb_set_tstamp() came with 5.18; nothing before 6.1 was tried. */
#define OLDEST_MAJOR 5
#define OLDEST_MINOR 18
#define TRIED_MAJOR 6
#define TRIED_MINOR 1
/* From here on kTLS can change keys; before, a KeyUpdate means a new connection. */
#define REKEY_MAJOR 6
#define REKEY_MINOR 14

static bool before(unsigned int major, unsigned int minor, unsigned int than_major, unsigned int than_minor)
{
	return major < than_major || (major == than_major && minor < than_minor);
}

void doctor_kernel(const struct doctor *d, struct doctor_finding *f)
{
	unsigned int major, minor;
	struct utsname name;

	(void)d;
	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
		doctor_found(f, DOCTOR_NOTE, "the kernel's version cannot be read");
		return;
	}
	if (before(major, minor, OLDEST_MAJOR, OLDEST_MINOR)) {
		doctor_found(f, DOCTOR_MISSING, "Linux %.64s is too old", name.release);
		doctor_cure(f, "use Linux 6.1 or later");
	} else if (before(major, minor, TRIED_MAJOR, TRIED_MINOR)) {
		doctor_found(f, DOCTOR_NOTE, "Linux %.64s; nothing before 6.1 was tried", name.release);
	} else {
		doctor_found(f, DOCTOR_OK, "Linux %.64s%s", name.release,
			     before(major, minor, REKEY_MAJOR, REKEY_MINOR) ?
				     "; kTLS cannot change keys, so that a peer's KeyUpdate means a new connection" : "");
	}
}

/* ---- options ---- */

static const char *const options[] = {
	"MODULES", "KEYS", "ASYMMETRIC_KEY_TYPE", "CRYPTO_AES", "CRYPTO_GCM", "CRYPTO_ECDH", "CRYPTO_SHA512", "TLS",
	"BPF_SYSCALL", "NET_CLS_ACT", "NET_CLS_BPF", "NET_SCH_INGRESS", "NET_SCH_FQ",
	/* the barrier's, and whether there can be bridges */
	"NF_TABLES", "NF_TABLES_INET", "NFT_COMPAT", "NETFILTER_XT_MATCH_BPF", "NF_TABLES_BRIDGE", "BRIDGE",
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))
#define BRIDGE (OPTIONS - 1)
#define BRIDGED (OPTIONS - 2)
#define NEEDED (OPTIONS - 6)

/* "CONFIG_TLS=m" to its place in the table; OPTIONS for any other line. */
static size_t option_set(const char *line)
{
	size_t i, n;

	if (strncmp(line, "CONFIG_", 7))
		return OPTIONS;
	for (i = 0; i < OPTIONS; i++) {
		n = strlen(options[i]);
		if (!strncmp(line + 7, options[i], n) && (!strcmp(line + 7 + n, "=y\n") || !strcmp(line + 7 + n, "=m\n")))
			break;
	}
	return i;
}

/* Return: was it a configuration at all? */
static bool read_options(FILE *file, bool set[OPTIONS])
{
	char line[512];
	bool any = false;

	while (fgets(line, sizeof(line), file)) {
		size_t i = option_set(line);

		any |= !strncmp(line, "CONFIG_", 7);
		if (i < OPTIONS)
			set[i] = true;
	}
	return any;
}

/* The running kernel's own word first. Return: the source's name, or NULL. */
static const char *find_options(bool set[OPTIONS], char path[128])
{
	struct utsname name;
	bool read = false;
	FILE *file;

	if (!access("/proc/config.gz", R_OK)) {
		file = popen("PATH=/usr/sbin:/usr/bin:/sbin:/bin gzip -dc /proc/config.gz 2>/dev/null", "re");
		read = file && read_options(file, set);
		if (file)
			pclose(file);
		if (read)
			return "/proc/config.gz";
	}
	if (uname(&name))
		return NULL;
	snprintf(path, 128, "/boot/config-%.64s", name.release);
	file = fopen(path, "re");
	read = file && read_options(file, set);
	if (file)
		fclose(file);
	return read ? path : NULL;
}

static size_t list_lacking(const bool set[OPTIONS], size_t first, size_t end, char *text, size_t room)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = first; i < end; i++)
		if (!set[i] && used < room)
			used += (size_t)snprintf(text + used, room - used, "%sCONFIG_%s", used ? ", " : "", options[i]);
	return used;
}

void doctor_options(const struct doctor *d, struct doctor_finding *f)
{
	char path[128], lacking[DOCTOR_TEXT_MAX / 2];
	bool set[OPTIONS] = { false };
	const char *from = find_options(set, path);

	(void)d;
	if (!from) {
		doctor_found(f, DOCTOR_NOTE, "neither /proc/config.gz nor /boot/config-RELEASE can be read: "
					     "only what can be tried is known");
		return;
	}
	if (!list_lacking(set, 0, NEEDED, lacking, sizeof(lacking))) {
		doctor_found(f, DOCTOR_OK, "%s has all %zu options that are needed", from, NEEDED);
		return;
	}
	doctor_found(f, DOCTOR_MISSING, "%s lacks %s", from, lacking);
	doctor_cure(f, "build the kernel with it");
}

/* ---- the barrier ---- */

/* A link that lies on the uplink and sends by it under its own name; a bridge does that by a hook of its own. */
static bool find_upper(const char *uplink, char upper[64])
{
	char path[128];
	bool found = false;
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/sys/class/net/%.32s", uplink);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "upper_", 6))
			continue;
		snprintf(upper, 64, "%.32s", entry->d_name + 6);
		snprintf(path, sizeof(path), "/sys/class/net/%.32s/bridge", upper);
		found = access(path, F_OK);
	}
	if (directory)
		closedir(directory);
	return found;
}

void doctor_barrier(const struct doctor *d, struct doctor_finding *f)
{
	char path[128], upper[64], lacking[DOCTOR_TEXT_MAX / 2];
	bool set[OPTIONS] = { false };
	const char *from = find_options(set, path);

	set[BRIDGED] |= !set[BRIDGE];
	if (!from) {
		doctor_found(f, DOCTOR_NOTE, "not known without the kernel's options; `tacit status` says whether it is up");
		return;
	}
	if (list_lacking(set, NEEDED, BRIDGE, lacking, sizeof(lacking))) {
		doctor_found(f, DOCTOR_NOTE, "%s lacks %s: there are links that leave unguarded when they come while tacitd is "
			     "not there, see tacitd(8)", from, lacking);
		doctor_cure(f, "build the kernel with it");
		return;
	}
	doctor_found(f, DOCTOR_OK, "the kernel has what holds a link that comes while tacitd is not there");
	for (size_t i = 0; d->config_good && i < d->config.uplinks.count; i++)
		if (find_upper(d->config.uplinks.name[i], upper))
			doctor_found(f, DOCTOR_NOTE, "it does not hold what leaves by %s on top of %s: where %s is made anew, that "
				     "is open until tacitd has put the guard on it", upper, d->config.uplinks.name[i],
				     d->config.uplinks.name[i]);
}

/* ---- kTLS ---- */

/*
 * An unconnected socket is refused with ENOTCONN by the tls module itself, and
 * with ENOENT where there is none (Documentation/networking/tls.rst).
 */
void doctor_ktls(const struct doctor *d, struct doctor_finding *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int code = fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ? errno : 0;

	if (fd >= 0)
		close(fd);
	if (!code || code == ENOTCONN) {
		doctor_found(f, DOCTOR_OK, "the kernel encrypts TLS records");
	} else if (code == ENOENT && !d->root) {
		doctor_found(f, DOCTOR_NOTE, "kTLS is not loaded, and only root can have it loaded");
		doctor_cure(f, "run this as root");
	} else if (code == ENOENT) {
		doctor_found(f, DOCTOR_MISSING, "this kernel has no kTLS");
		doctor_cure(f, "load it with `modprobe tls`, or build the kernel with CONFIG_TLS");
	} else {
		doctor_found(f, DOCTOR_NOTE, "kTLS cannot be tried: %s", strerror(code));
	}
}

/* ---- lockdown, TPM, clock ---- */

void doctor_lockdown(const struct doctor *d, struct doctor_finding *f)
{
	char line[128], enforced[8];
	bool signed_only, known;

	(void)d;
	signed_only = doctor_line("/sys/module/module/parameters/sig_enforce", enforced, sizeof(enforced)) &&
		      enforced[0] == 'Y';
	known = doctor_line("/sys/kernel/security/lockdown", line, sizeof(line));
	if (!signed_only && !known) {
		doctor_found(f, DOCTOR_OK, "none to be seen (no securityfs, or no lockdown in this kernel)");
		return;
	}
	if (!signed_only && strstr(line, "[none]")) {
		doctor_found(f, DOCTOR_OK, "off: root can load unsigned modules, and so can what becomes root");
		return;
	}
	doctor_found(f, DOCTOR_OK, "%s: only signed modules are loaded", signed_only ? "signatures enforced" : line);
	if (access("/sys/module/tacit", F_OK)) {
		f->state = DOCTOR_NOTE;
		doctor_cure(f, "sign tacit.ko with a key that the kernel knows (DKMS: enrol its key with mokutil)");
	}
}

void doctor_tpm(const struct doctor *d, struct doctor_finding *f)
{
	char version[8];

	if (!doctor_line("/sys/class/tpm/tpm0/tpm_version_major", version, sizeof(version))) {
		doctor_found(f, DOCTOR_NOTE, "none: the root key is one of the kernel's trusted keys, where it has them, or is "
			     "kept in a file, so that keys are shown as exposed");
	} else if (version[0] != '2') {
		doctor_found(f, DOCTOR_NOTE, "a TPM %.4s, and the root key wants a 2.0: it is kept in a file", version);
	} else if (d->config.root == ROOT_FILE) {
		doctor_found(f, DOCTOR_NOTE, "a TPM 2 is here, but the configuration keeps the root key in a file");
		doctor_cure(f, "take `root = file` out of [device] before the first key is made");
	} else {
		doctor_found(f, DOCTOR_OK, "a TPM 2 is here and can keep the root key; `tacit key root` says whether it does");
	}
}

/* Certificates live by the clock. It cannot be before the day on which this program was put here. */
void doctor_clock(const struct doctor *d, struct doctor_finding *f)
{
	time_t now = time(NULL);
	struct timex state = { .modes = 0 };
	struct stat program;
	char text[32];
	struct tm tm;

	(void)d;
	if (!gmtime_r(&now, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(text, sizeof(text), "%lld", (long long)now);
	/* A day of grace, for a clock that is set in local time. */
	if (!stat("/proc/self/exe", &program) && now + 86400 < program.st_mtime) {
		doctor_found(f, DOCTOR_MISSING, "it is %s, before this program was made", text);
		doctor_cure(f, "set the clock, or no certificate can be checked; allow NTP by an [allow] rule");
	} else if (adjtimex(&state) == TIME_ERROR) {
		doctor_found(f, DOCTOR_NOTE, "%s, but nothing keeps the clock right", text);
		doctor_cure(f, "run an NTP client, and allow it by an [allow] rule");
	} else {
		doctor_found(f, DOCTOR_OK, "%s, synchronised", text);
	}
}
