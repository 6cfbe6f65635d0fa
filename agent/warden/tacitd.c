// SPDX-License-Identifier: GPL-2.0
/* tacitd: the warden's main. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <net/if.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "warden.h"

#define EXIT_USAGE 2

static const char usage[] = "usage: tacitd [-c FILE] [--engine PATH]\n"
			    "       tacitd --shut | --remove [-c FILE]\n"
			    "\n"
			    "The privileged part of tacit: guards the uplink, holds the slots, loads the\n"
			    "sealed keys and keeps the engine running. Stays in the foreground; logs to\n"
			    "standard error.\n"
			    "\n"
			    "  -c, --config FILE  configuration (" CONFIG_DEFAULT_FILE ")\n"
			    "      --engine PATH  the engine's executable (" TACIT_LIBEXEC "/tacit-engine)\n"
			    "      --shut         put the guard on the uplinks, shut, and exit: nothing leaves\n"
			    "                     until tacitd runs; for an initramfs\n"
			    "      --remove       take guard and slots off the uplink and exit; the device is\n"
			    "                     unguarded after it\n"
			    "  -h, --help         this text\n"
			    "  -V, --version      the version\n"
			    "\n"
			    "Ends on SIGTERM or SIGINT; guard, slots and keys stay in force. Without tacitd\n"
			    "nothing passes after a minute (`unattended`) but [allow rescue].\n"
			    "Exit status: 0 after a signal, 1 if it could not start, 2 for a bad command line\n"
			    "or configuration, 3 if another tacitd runs.\n";

enum option_code { OPTION_ENGINE = 256, OPTION_REMOVE, OPTION_SHUT };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "engine", required_argument, NULL, OPTION_ENGINE },
	{ "remove", no_argument, NULL, OPTION_REMOVE },
	{ "shut", no_argument, NULL, OPTION_SHUT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* A tacitd that runs would put back half of it. The lock is this process's until it ends. */
static bool is_running(const struct config *config)
{
	const char *path = config->control[0] ? config->control : CONFIG_DEFAULT_CONTROL;
	int lock;

	if (control_lock(path, &lock) != -EADDRINUSE)
		return false;
	log_error("%s: a tacitd runs, so that nothing is removed; stop it first: systemctl stop tacitd", path);
	return true;
}

static int remove_all(const struct config *config)
{
	struct problem p = { "" };
	int error;

	if (is_running(config))
		return WARDEN_SECOND;
	error = guard_remove(&p);
	if (!error)
		error = barrier_remove(&p);
	for (size_t i = 0; !error && i < config->uplinks.count; i++)
		error = uplink_remove(config->uplinks.name[i], &p);
	if (error) {
		log_error("%s", p.text);
		return EXIT_FAILURE;
	}
	log_notice("guard and slots are gone: this device is unguarded");
	return EXIT_SUCCESS;
}

/* The last policy has slots, and the link (one that was made anew, say) no fq that holds packets for them. */
static bool cannot_hold(const struct guard *guard, const char *name)
{
	struct tacit_schedule schedule;
	struct uplink_status status = { .fq = false };
	struct problem unused;
	struct uplink *uplink;
	bool slots = !guard_schedule(guard, &schedule) && schedule.period;

	OPENSSL_cleanse(&schedule, sizeof(schedule));
	if (!slots)
		return false;
	if (!uplink_open(&uplink, name, &unused)) {
		uplink_status(uplink, &status);
		uplink_close(uplink);
	}
	return !status.fq;
}

/* By the policy of before: this process opens nothing. */
static bool lets_out(const struct guard *guard, unsigned int ifindex)
{
	struct tacit_policy policy;
	bool open = false;

	if (!guard_policy(guard, &policy) && policy.mode == TACIT_GUARD_ON)
		for (size_t i = 0; i < TACIT_LINKS_MAX; i++)
			open |= policy.link[i].ifindex == ifindex && policy.link[i].open;
	OPENSSL_cleanse(&policy, sizeof(policy));
	return open;
}

/* Return: the link's index if the guard is on it, or 0. */
static unsigned int shut_link(struct guard *guard, const char *name, const char *until)
{
	unsigned int ifindex = if_nametoindex(name);
	struct problem p = { "" };
	bool open = false;

	if (!ifindex)
		log_notice("there is no link %s; if it comes, nothing leaves by it until %s", name, until);
	else if (guard_attach(guard, ifindex, &p) ||
		 (cannot_hold(guard, name) && guard_link_set(guard, ifindex, false, &p)))
		log_error("%s", p.text);
	else
		open = lets_out(guard, ifindex);
	if (!ifindex || p.text[0])
		return 0;
	if (open)
		log_error("the guard's last policy holds on %s, for as long as `unattended` says, until %s", name, until);
	else
		log_error("nothing leaves by %s until %s", name, until);
	return ifindex;
}

/*
 * What the file would allow is not known, so nothing may leave until it is: on the uplink that it
 * names, unless a policy of before is pinned, which holds. That it is pinned does not say that the
 * programs are on the link: they went with it if it was taken away since.
 */
static int shut(const struct config_uplinks *uplinks, const char *until)
{
	bool pinned = !access(TACIT_BPF_PIN_DIR "/policy", F_OK);
	struct barrier_link links[CONFIG_UPLINKS_MAX];
	struct barrier up = BARRIER_NONE;
	struct problem p = { "" };
	struct guard *guard;
	bool unguarded = false;
	int error;

	if (!uplinks->count) {
		log_error(pinned ? "no uplink is known from it: the guard's last policy holds where it is on, for as "
				   "long as `unattended` says, AND NOTHING ELSE IS GUARDED until it is mended" :
				   "no uplink is known from it: NOTHING IS GUARDED until it is mended");
		return -ENODEV;
	}
	if (guard_open(&guard, &p)) {
		log_error("%s", p.text);
		guard = NULL;
	}
	for (size_t i = 0; i < uplinks->count; i++) {
		links[i].name = uplinks->name[i];
		links[i].ifindex = guard ? shut_link(guard, links[i].name, until) : if_nametoindex(links[i].name);
		if (!guard_stands(links[i].ifindex))
			links[i].ifindex = 0;
		unguarded |= !links[i].ifindex && if_nametoindex(links[i].name);
	}
	error = barrier_set(links, uplinks->count, &up, &p);
	barrier_forget(&up);
	if (p.text[0])
		log_error("%s", p.text);
	guard_close(guard);
	return !guard || unguarded ? -EIO : error;
}

/* The schedule's key is in this process: no core dumps, no files for others. */
static void harden(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	umask(0077);
}

int main(int argc, char **argv)
{
	static struct warden w = { .config_file = CONFIG_DEFAULT_FILE, .engine_path = TACIT_LIBEXEC "/tacit-engine",
				   .raised = BARRIER_NONE,
				   .barrier_news = -1 };
	struct config_error error = { "" };
	bool remove = false, only_shut = false;
	int option;

	log_open("tacitd");
	event_set_log_callback(log_libevent);
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			w.config_file = optarg;
			break;
		case OPTION_ENGINE:
			w.engine_path = optarg;
			break;
		case OPTION_REMOVE:
			remove = true;
			break;
		case OPTION_SHUT:
			only_shut = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("tacitd " TACIT_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (config_load(w.config_file, &w.config, &error)) {
		log_error("%s", error.text);
		if (!geteuid() && remove)
			return remove_all(&w.config);
		if (!geteuid())
			shut(&w.config.uplinks, "the configuration is mended and tacitd started again");
		return EXIT_USAGE;
	}
	if (geteuid()) {
		log_error("tacitd must be started by root: it loads eBPF programs and keys");
		return EXIT_FAILURE;
	}
	harden();
	if (remove)
		return remove_all(&w.config);
	if (only_shut)
		return shut(&w.config.uplinks, "tacitd runs") ? EXIT_FAILURE : EXIT_SUCCESS;
	w.started = warden_now();
	return warden_run(&w);
}
