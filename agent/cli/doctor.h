/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `tacit doctor` looks at: a table of checks, each of which fills in one
 * finding. A check changes nothing but what its probe makes the kernel load.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>

#include "cli.h"

#define DOCTOR_TEXT_MAX 512

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_NOTE,	/* worth knowing, or could not be looked at; nothing that is needed */
	DOCTOR_MISSING,	/* tacit does not work, or does not keep a promise, without it */
};

struct doctor_finding {
	enum doctor_state state;
	char found[DOCTOR_TEXT_MAX];
	char cure[DOCTOR_TEXT_MAX];	/* what to do; "" where there is nothing to do */
};

/* What the checks share. */
struct doctor {
	const struct cli_options *options;
	const char *config_file;
	struct config config;		/* the file's, or defaults where it is not good */
	bool config_good;
	char config_error[CONFIG_ERROR_MAX];
	bool root;
};

struct doctor_check {
	const char *name;	/* a word, for programs as well */
	void (*look)(const struct doctor *d, struct doctor_finding *f);
};

/* What was found, and what to do about it. */
void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_cure(struct doctor_finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first line of a small file, without its newline. Return: false if it cannot be read or is empty. */
bool doctor_line(const char *path, char *line, size_t room);

/* doctor_kernel.c */
void doctor_kernel(const struct doctor *d, struct doctor_finding *f);
void doctor_options(const struct doctor *d, struct doctor_finding *f);
void doctor_barrier(const struct doctor *d, struct doctor_finding *f);
void doctor_ktls(const struct doctor *d, struct doctor_finding *f);
void doctor_lockdown(const struct doctor *d, struct doctor_finding *f);
void doctor_tpm(const struct doctor *d, struct doctor_finding *f);
void doctor_clock(const struct doctor *d, struct doctor_finding *f);

/* doctor_net.c */
void doctor_fq(const struct doctor *d, struct doctor_finding *f);
void doctor_clsact(const struct doctor *d, struct doctor_finding *f);
void doctor_bpf(const struct doctor *d, struct doctor_finding *f);
void doctor_cgroup(const struct doctor *d, struct doctor_finding *f);
void doctor_btf(const struct doctor *d, struct doctor_finding *f);
void doctor_bpffs(const struct doctor *d, struct doctor_finding *f);
void doctor_timestamps(const struct doctor *d, struct doctor_finding *f);

/* doctor_setup.c */
void doctor_module(const struct doctor *d, struct doctor_finding *f);
void doctor_openssl(const struct doctor *d, struct doctor_finding *f);
void doctor_provider(const struct doctor *d, struct doctor_finding *f);
void doctor_configuration(const struct doctor *d, struct doctor_finding *f);
void doctor_uplink(const struct doctor *d, struct doctor_finding *f);
void doctor_user(const struct doctor *d, struct doctor_finding *f);
void doctor_keys(const struct doctor *d, struct doctor_finding *f);
void doctor_root_key(const struct doctor *d, struct doctor_finding *f);
void doctor_tacitd(const struct doctor *d, struct doctor_finding *f);

/* doctor_certificates.c */
void doctor_certificates(const struct doctor *d, struct doctor_finding *f);

#endif
