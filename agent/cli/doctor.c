// SPDX-License-Identifier: GPL-2.0
/* tacit doctor: what tacit needs of this machine, a line each. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char usage_doctor[] =
	"[OPTION...]\n"
	"\n"
	"Looks at the kernel, the libraries and the set-up, and says what is missing and what to do.\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  --root-key FILE       root key (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n"
	"\n"
	"Exit status 1 if something is missing.\n";

static const struct doctor_check checks[] = {
	{ "kernel", doctor_kernel },
	{ "options", doctor_options },
	{ "barrier", doctor_barrier },
	{ "ktls", doctor_ktls },
	{ "fq", doctor_fq },
	{ "clsact", doctor_clsact },
	{ "bpf", doctor_bpf },
	{ "cgroup", doctor_cgroup },
	{ "btf", doctor_btf },
	{ "bpffs", doctor_bpffs },
	{ "module", doctor_module },
	{ "lockdown", doctor_lockdown },
	{ "tpm", doctor_tpm },
	{ "openssl", doctor_openssl },
	{ "provider", doctor_provider },
	{ "configuration", doctor_configuration },
	{ "uplink", doctor_uplink },
	{ "user", doctor_user },
	{ "root-key", doctor_root_key },
	{ "keys", doctor_keys },
	{ "certificates", doctor_certificates },
	{ "timestamps", doctor_timestamps },
	{ "clock", doctor_clock },
	{ "tacitd", doctor_tacitd },
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *format, ...)
{
	va_list args;

	f->state = state;
	va_start(args, format);
	vsnprintf(f->found, sizeof(f->found), format, args);
	va_end(args);
}

void doctor_cure(struct doctor_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->cure, sizeof(f->cure), format, args);
	va_end(args);
}

bool doctor_line(const char *path, char *line, size_t room)
{
	FILE *file = fopen(path, "re");
	bool read = file && fgets(line, (int)room, file);

	if (file)
		fclose(file);
	if (read)
		line[strcspn(line, "\n")] = '\0';
	return read && *line;
}

static const char *state_name(enum doctor_state state)
{
	static const char *const names[] = { [DOCTOR_OK] = "ok", [DOCTOR_NOTE] = "note", [DOCTOR_MISSING] = "MISSING" };

	return names[state];
}

/* The configuration as the other commands would take it; what is wrong with it is a finding and no failure. */
static int read_config(struct doctor *d)
{
	struct config_error error = { "" };

	d->config_file = d->options->config ? d->options->config : CONFIG_DEFAULT_FILE;
	d->config_good = !config_load(d->config_file, &d->config, &error);
	memcpy(d->config_error, error.text, sizeof(d->config_error));
	if (!d->config_good)
		cli_config_defaults(&d->config);
	return cli_config_paths(d->options, &d->config);
}

static struct json_object *finding_json(const struct doctor_check *check, const struct doctor_finding *f)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(check->name));
	json_object_object_add(o, "state",
			       json_object_new_string(f->state == DOCTOR_MISSING ? "missing" : state_name(f->state)));
	json_object_object_add(o, "found", json_object_new_string(f->found));
	if (f->cure[0])
		json_object_object_add(o, "cure", json_object_new_string(f->cure));
	return o;
}

static void print_finding(const struct doctor_check *check, const struct doctor_finding *f)
{
	printf("%-8s %-14s %s%s%s\n", state_name(f->state), check->name, f->found, f->cure[0] ? "; " : "", f->cure);
}

/* Return: how many are missing. `list` takes the findings, or is NULL: then they are printed. */
static unsigned int look_at_all(const struct doctor *d, struct json_object *list)
{
	unsigned int missing = 0;

	for (size_t i = 0; i < CHECKS; i++) {
		struct doctor_finding f = { .state = DOCTOR_NOTE };

		checks[i].look(d, &f);
		missing += f.state == DOCTOR_MISSING;
		if (list)
			json_object_array_add(list, finding_json(&checks[i], &f));
		else
			print_finding(&checks[i], &f);
	}
	return missing;
}

int command_doctor(int argc, char **argv)
{
	struct cli_options options = { .json = false };
	struct doctor d = { .options = &options };
	struct json_object *list = NULL, *o;
	unsigned int missing;
	int code = cli_parse(argc, argv, &options, 0, NULL);

	if (code || options.help)
		return code;
	d.root = !geteuid();
	code = read_config(&d);
	if (code)
		return code;
	if (options.json)
		list = json_object_new_array();
	missing = look_at_all(&d, list);
	if (options.json) {
		o = json_object_new_object();
		json_object_object_add(o, "missing", json_object_new_int64(missing));
		json_object_object_add(o, "checks", list);
		code = cli_json(o);
	} else if (missing) {
		printf("%u missing; the lines above say what to do\n", missing);
	} else {
		puts("nothing is missing");
	}
	return missing ? CLI_FAILED : code;
}
