// SPDX-License-Identifier: GPL-2.0
/*
 * tacit key cert: a certificate is checked against its key, put where the
 * channels read it, and loaded by the engine that runs, in this order; what is
 * refused on the way leaves everything as it was. At last it is bound to the key,
 * which then signs no request any more until root opens it again.
 */
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h>

#include "../keys/keydir.h"
#include "../keys/keystore.h"
#include "certificate.h"
#include "cli.h"
#include "control_client.h"
#include "key_name.h"
#include "replace.h"

const char usage_key_cert[] =
	"NAME FILE [OPTION...]\n"
	"\n"
	"Checks that the PEM certificate in FILE, with the chain behind it, is for the key NAME and good\n"
	"for its channels, puts it where they read it, and has tacitd load it without a restart.\n"
	"The key then signs no certificate request any more, until root opens it again by `key csr`.\n"
	"\n"
	"  --reconnect           channels show it at once, by connecting anew in their next slot;\n"
	"                        else sessions go on, and the next handshake shows it\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --keys DIRECTORY      of sealed keys (" CONFIG_DEFAULT_KEYS ")\n"
	"  -j, --json            JSON on standard output\n";

enum { OPTION_RECONNECT = CLI_OPTION_OWN };

/* A file that channels read. */
struct target {
	char path[CONFIG_PATH_MAX];
	struct replace replace;
};

struct request {
	const struct cli_options *options;
	const char *name;
	const char *file;
	bool reconnect;
	struct config config;
	bool runs;		/* tacitd answers */
	bool loaded;		/* the kernel has the key */
	union tacit_blob_room key;
	struct certificate_wish wish;
	STACK_OF(X509) *chain;
	struct target targets[CONFIG_CHANNELS_MAX];
	size_t target_count;
	struct json_object *answer;	/* tacitd's, or NULL */
};

/* ---- what is asked for ---- */

static int parse(int argc, char **argv, struct cli_options *options, struct request *r)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "reconnect", no_argument, NULL, OPTION_RECONNECT },
		{ NULL, 0, NULL, 0 }
	};
	int option, code;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		if (option == OPTION_RECONNECT)
			r->reconnect = true;
		else if ((code = cli_option(option, options)) || options->help)
			return code;
	}
	if (argc - optind != 2)
		return cli_usage("NAME and FILE are wanted");
	r->name = argv[optind];
	r->file = argv[optind + 1];
	if (!key_name_valid(r->name))
		return cli_usage("a key's name is " KEY_NAME_RULE);
	return CLI_OK;
}

/* The kernel's word, or the sealed key's where the module is not there or has not loaded it. */
static int find_key(struct request *r)
{
	struct key_error error = { "" }, unused = { "" };
	struct module *module = NULL;
	struct module_key key;
	int code;

	code = module_open(&module, &error);
	if (!code)
		code = module_key_find(module, r->name, &key, &error);
	module_close(module);
	r->loaded = !code;
	if (!code)
		r->key = key.room;
	else if (keydir_read(r->config.keys, r->name, &r->key, &unused))
		return cli_fail(r->options, "there is no key %s to be had (%s); make one with `tacit key new %s`", r->name,
				error.text, r->name);
	r->wish.key = r->name;
	r->wish.blob = &r->key.blob;
	return CLI_OK;
}

/* ---- where it goes ---- */

/* By a link in one of the paths. Of two names for one file, each is replaced. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return !stat(a, &of_a) && !stat(b, &of_b) && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino &&
	       of_a.st_nlink == 1;
}

static void add_target(struct request *r, const char *path, bool accepts)
{
	if (accepts)
		r->wish.server = true;
	else
		r->wish.client = true;
	for (size_t i = 0; i < r->target_count; i++)
		if (!strcmp(r->targets[i].path, path) || is_same_file(r->targets[i].path, path))
			return;
	if (r->target_count == CONFIG_CHANNELS_MAX || strlen(path) >= CONFIG_PATH_MAX || path[0] != '/')
		return;
	r->targets[r->target_count].replace.directory = -1;
	strcpy(r->targets[r->target_count++].path, path);
}

static void ask_running(struct request *r, struct json_object *status)
{
	struct json_object *list = NULL;

	json_object_object_get_ex(status, "channels", &list);
	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
		struct json_object *channel = json_object_array_get_idx(list, i);

		if (!strcmp(control_text(channel, "key"), r->name))
			add_target(r, control_text(channel, "certificate"), !strcmp(control_text(channel, "mode"), "accept"));
	}
}

/* The configuration that counts is the one that tacitd runs with; without it, the file's. */
static int find_targets(struct request *r)
{
	const char *from = r->options->config ? r->options->config : CONFIG_DEFAULT_FILE;
	struct json_object *status = NULL;
	FILE *answers;

	r->runs = !control_knock(r->config.control);
	if (r->runs) {
		answers = control_ask(r->options, r->config.control, "status");
		status = answers ? control_read(answers) : NULL;
		if (answers)
			fclose(answers);
		if (!status)
			return cli_fail(r->options, "tacitd runs but gives no answer; its log says why");
		ask_running(r, status);
	} else {
		for (size_t i = 0; i < r->config.channel_count; i++)
			if (!strcmp(r->config.channels[i].key, r->name))
				add_target(r, r->config.channels[i].certificate,
					   r->config.channels[i].mode == CONFIG_MODE_ACCEPT);
	}
	json_object_put(status);
	if (r->target_count)
		return CLI_OK;
	return cli_fail(r->options, "no channel %s uses the key %s; write `key = %s` and `certificate = PATH` into a [channel]%s",
			r->runs ? "of the tacitd that runs" : from, r->name, r->name,
			r->runs ? ", and restart tacitd" : "");
}

/* ---- putting it there ---- */

/* Only certificates: whatever else stands in the file, a private key above all, goes nowhere. */
static BIO *pem_of(STACK_OF(X509) *chain)
{
	BIO *pem = BIO_new(BIO_s_mem());

	for (int i = 0; pem && i < sk_X509_num(chain); i++) {
		if (PEM_write_bio_X509(pem, sk_X509_value(chain, i)))
			continue;
		BIO_free(pem);
		return NULL;
	}
	return pem;
}

/* After something has failed. Return: what is to be said of it behind the reason. */
static const char *put_back(struct request *r)
{
	int code = 0;

	for (size_t i = 0; i < r->target_count; i++)
		if (replace_undo(&r->targets[i].replace))
			code = -EIO;
	return code ? "the certificate before could NOT be put back; it lies beside it, its name begins with a dot" :
		      "the certificate before is back in its place";
}

/* All are on the disk before the first one is put in its place: a full disk changes nothing. */
static int place(struct request *r)
{
	BIO *pem = pem_of(r->chain);
	char text[REPLACE_TEXT_MAX] = "out of memory";
	char *data = NULL;
	long bytes = pem ? BIO_get_mem_data(pem, &data) : 0;
	int code = pem ? 0 : -ENOMEM;

	for (size_t i = 0; !code && i < r->target_count; i++)
		code = replace_prepare(&r->targets[i].replace, r->targets[i].path, data, (size_t)bytes, text);
	BIO_free(pem);
	if (code)
		return cli_fail(r->options, "%s; nothing was changed", text);
	for (size_t i = 0; !code && i < r->target_count; i++)
		code = replace_commit(&r->targets[i].replace, text);
	return code ? cli_fail(r->options, "%s; %s", text, put_back(r)) : CLI_OK;
}

/* ---- telling tacitd ---- */

static struct json_object *channel_at(const struct request *r, size_t i)
{
	struct json_object *list = NULL;

	if (!r->answer || !json_object_object_get_ex(r->answer, "channels", &list) ||
	    !json_object_is_type(list, json_type_array) || i >= json_object_array_length(list))
		return NULL;
	return json_object_array_get_idx(list, i);
}

static struct json_object *ask_to_load(const struct request *r)
{
	char request[TACIT_NAME_MAX + 16];
	struct json_object *answer;
	FILE *answers;

	snprintf(request, sizeof(request), "%s %s", r->reconnect ? "reconnect" : "certificate", r->name);
	answers = control_ask(r->options, r->config.control, request);
	answer = answers ? control_read(answers) : NULL;
	if (answers)
		fclose(answers);
	return answer;
}

static int refused(struct request *r, const char *why)
{
	const char *back = put_back(r);

	/* Of several channels some may have taken it: all are to have the same one. */
	if (r->answer)
		json_object_put(ask_to_load(r));
	return cli_fail(r->options, "%s; %s", why, back);
}

static int tell_tacitd(struct request *r)
{
	struct json_object *channel;

	if (!r->runs)
		return CLI_OK;
	r->answer = ask_to_load(r);
	if (!r->answer)
		return refused(r, "tacitd gave no answer; its log says why");
	if (strcmp(control_text(r->answer, "error"), "-"))
		return refused(r, control_text(r->answer, "error"));
	for (size_t i = 0; (channel = channel_at(r, i)); i++)
		if (!strcmp(control_text(channel, "state"), "refused"))
			return refused(r, control_text(channel, "error"));
	return CLI_OK;
}

/* ---- the report ---- */

static int report_json(const struct request *r, bool soon, const char *ends)
{
	struct json_object *o = json_object_new_object(), *files = json_object_new_array(), *channels = NULL;

	for (size_t i = 0; i < r->target_count; i++)
		json_object_array_add(files, json_object_new_string(r->targets[i].path));
	json_object_object_add(o, "key", json_object_new_string(r->name));
	json_object_object_add(o, "files", files);
	json_object_object_add(o, "ends", json_object_new_string(ends));
	json_object_object_add(o, "ends_soon", json_object_new_boolean(soon));
	if (r->answer && json_object_object_get_ex(r->answer, "channels", &channels))
		json_object_object_add(o, "channels", json_object_get(channels));
	return cli_json(o);
}

static int report(const struct request *r)
{
	struct certificate_text ends;
	bool soon = certificate_ends_soon(sk_X509_value(r->chain, 0), &ends);
	struct json_object *channel;

	if (r->options->json)
		return report_json(r, soon, ends.text);
	for (size_t i = 0; i < r->target_count; i++)
		printf("%s: the certificate for the key %s, which %s\n", r->targets[i].path, r->name, ends.text);
	if (soon)
		printf("!! that is soon; have a new request of `tacit key csr %s` signed\n", r->name);
	if (!r->runs)
		puts("tacitd does not run; it reads the certificate when it starts");
	for (size_t i = 0; (channel = channel_at(r, i)); i++)
		printf("channel %s: %s\n", control_text(channel, "name"),
		       strcmp(control_text(channel, "state"), "loaded") ? "reads it when the engine starts" :
		       r->reconnect ? "loaded; it connects anew in its next slot" :
				      "loaded; sessions go on, the next handshake shows it");
	return CLI_OK;
}

/* ---- all of it ---- */

/* A certificate in force: whoever takes a program over gets no request for another one signed. */
static int close_requests(struct request *r)
{
	const struct keystore_paths paths = {
		.keys = r->config.keys,
		.root = { r->config.root_key, r->config.root, r->config.root_pcrs, r->config.root_trusted },
		.wait_s = KEYDIR_LOCK_SECONDS,
	};
	const struct tacit_blob *blob = &r->key.blob;
	struct key_error error = { "" };
	struct module *module;
	int code;

	if (!r->loaded || !(le32toh(blob->usage.allowed) & TACIT_USAGE_CSR) ||
	    le32toh(blob->flags) & TACIT_FLAG_CSR_CLOSED)
		return CLI_OK;
	code = module_open(&module, &error);
	if (!code)
		code = keystore_change(module, &paths, MODULE_CHANGE_BIND, r->name, &error);
	module_close(module);
	if (code)
		return cli_fail(r->options, "the certificate is in force, but the key %s still signs requests: %s",
				r->name, error.text);
	return CLI_OK;
}

static int check(struct request *r)
{
	struct certificate_text wrong;

	r->chain = certificate_read(r->file, &wrong);
	if (!r->chain || certificate_check(r->chain, r->file, &r->wish, &wrong))
		return cli_fail(r->options, "%s; nothing was changed", wrong.text);
	return CLI_OK;
}

static void cleanup(struct request *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		replace_drop(&r->targets[i].replace);
	certificate_free(r->chain);
	json_object_put(r->answer);
}

static int (*const steps[])(struct request *r) = { find_key, find_targets, check, place, tell_tacitd,
						   close_requests };

int command_key_cert(int argc, char **argv)
{
	static struct request r;
	struct cli_options options = { .json = false };
	int code;

	r.options = &options;
	code = parse(argc, argv, &options, &r);
	if (code || options.help)
		return code;
	code = cli_config(&options, &r.config);
	for (size_t i = 0; !code && i < sizeof(steps) / sizeof(steps[0]); i++)
		code = steps[i](&r);
	if (!code)
		code = report(&r);
	cleanup(&r);
	return code;
}
