// SPDX-License-Identifier: GPL-2.0
/* tacit key root: where the root key comes from, and what that is worth. */
#include <stdio.h>
#include <string.h>

#include "key_store.h"

const char usage_key_root[] =
	"[OPTION...]\n"
	"\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"
	"  --root-key FILE       of the root key; what was sealed stands beside it, as " ROOTKEY_TPM_NAME
	" or " ROOTKEY_TRUSTED_NAME " (" CONFIG_DEFAULT_ROOT_KEY ")\n"
	"  -j, --json            JSON on standard output\n"
	"\n"
	"Gives the module its root key if it has none but one is there. Exit status 0 if it has one.\n";

struct facts {
	struct module_status status;
	char kept[PATH_MAX];
	char pcrs[PCRS_TEXT_MAX];
	struct key_error error;	/* why there is none; "" if there is one */
};

static int gather(struct key_store *store, struct facts *facts)
{
	struct keystore_result result;
	struct key_error error = { "" };

	memset(facts, 0, sizeof(*facts));
	/* What is never there is no failure to hide, but it is said; nothing is made here. */
	keystore_root(store->module, &store->paths, false, &result, &facts->error);
	if (module_status(store->module, &facts->status, &error))
		return cli_fail(store->options, "%s", error.text);
	if (facts->status.root_origin == TACIT_ROOT_TPM)
		rootkey_path(&store->paths.root, ROOT_TPM, facts->kept, &error);
	else if (facts->status.root_origin == TACIT_ROOT_TRUSTED)
		rootkey_path(&store->paths.root, ROOT_TRUSTED, facts->kept, &error);
	else if (facts->status.root_origin == TACIT_ROOT_FILE)
		snprintf(facts->kept, sizeof(facts->kept), "%s", store->paths.root.file);
	pcrs_text(facts->status.root_pcrs, facts->pcrs);
	return CLI_OK;
}

static const char *session_text(uint32_t facts)
{
	if (facts & TACIT_ROOT_FACT_SALTED && facts & TACIT_ROOT_FACT_ENCRYPTED)
		return "salted by ECDH on P-256, encrypted by AES-128-CFB";
	return "in the clear: who listens on the bus to the TPM has the root key";
}

static const char *kept_text(uint32_t origin)
{
	if (origin == TACIT_ROOT_TPM)
		return ", sealed by the TPM";
	return origin == TACIT_ROOT_TRUSTED ? ", sealed by the kernel's trusted keys" : ", as it is";
}

static void print(const struct facts *facts)
{
	const struct module_status *status = &facts->status;
	bool tpm = status->root_origin == TACIT_ROOT_TPM;

	printf("origin    %s\n", module_root_origin_name(status->root_origin));
	if (facts->error.text[0])
		printf("  !! %s\n", facts->error.text);
	if (facts->kept[0])
		printf("kept in   %s%s\n", facts->kept, kept_text(status->root_origin));
	if (tpm) {
		printf("PCRs      %s%s\n", facts->pcrs,
		       status->root_pcrs ? " of the SHA-256 bank" : ": it is unsealed whatever was booted");
		printf("session   %s\n", session_text(status->root_facts));
	}
	if (status->root_origin != TACIT_ROOT_NONE)
		printf("exposed   %s\n", status->root_origin == TACIT_ROOT_FILE ?
			       "yes: it has been in user space; every key under it counts as exposed" :
			       "no: made, sealed and unsealed in the kernel");
	printf("TPM 2.0   %s\n", status->root_facts & TACIT_ROOT_FACT_TPM ? "here" : "none");
	if (status->root_origin != TACIT_ROOT_NONE)
		printf("counters  %s\n", status->root_facts & TACIT_ROOT_FACT_COUNTER ?
						 "in the TPM: a lifetime budget cannot be rolled back" :
						 "none: who can put an old sealed key back has its budget back");
	if (tpm)
		printf("limit     root that speaks to the TPM itself %s\n",
		       status->root_pcrs ? "can have it unsealed while the PCRs are as they are" : "can have it unsealed");
}

static int json(const struct facts *facts)
{
	const struct module_status *status = &facts->status;
	struct json_object *o = json_object_new_object();
	uint32_t f = status->root_facts;

	json_object_object_add(o, "origin", json_object_new_string(module_root_origin_name(status->root_origin)));
	if (facts->error.text[0])
		json_object_object_add(o, "error", json_object_new_string(facts->error.text));
	if (facts->kept[0])
		json_object_object_add(o, "file", json_object_new_string(facts->kept));
	if (status->root_origin == TACIT_ROOT_TPM)
		json_object_object_add(o, "pcrs", json_object_new_string(facts->pcrs));
	json_object_object_add(o, "exposed", json_object_new_boolean(status->root_origin == TACIT_ROOT_FILE));
	json_object_object_add(o, "session_salted", json_object_new_boolean(f & TACIT_ROOT_FACT_SALTED));
	json_object_object_add(o, "session_encrypted", json_object_new_boolean(f & TACIT_ROOT_FACT_ENCRYPTED));
	json_object_object_add(o, "tpm", json_object_new_boolean(f & TACIT_ROOT_FACT_TPM));
	json_object_object_add(o, "counters", json_object_new_boolean(f & TACIT_ROOT_FACT_COUNTER));
	return cli_json(o);
}

int command_key_root(int argc, char **argv)
{
	struct cli_options options = { .json = false };
	struct key_store store;
	struct facts facts;
	int code;

	code = cli_parse(argc, argv, &options, 0, NULL);
	if (code || options.help)
		return code;
	code = key_store_open(&store, &options);
	if (code)
		return code;
	code = gather(&store, &facts);
	if (!code && options.json)
		code = json(&facts);
	else if (!code)
		print(&facts);
	if (!code && facts.status.root_origin == TACIT_ROOT_NONE)
		code = CLI_FAILED;
	key_store_close(&store);
	return code;
}
