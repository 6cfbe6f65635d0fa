/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine as the warden sees it: a process that is started, spoken to over a
 * socketpair, and started again when it ends. What it says is untrusted: only
 * messages that message_check() lets through arrive here, and an engine that
 * sends another, hangs or hangs up without ending is killed.
 */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include <event2/event.h>
#include <sys/types.h>

#include "message.h"

/* The engine is started again after 1, 2, 4 ... this many seconds. */
#define ENGINE_RESTART_MAX_S 32

/* It tells of each channel every two seconds; one that is silent for so long hangs, and is killed. */
#define ENGINE_SILENCE_MAX_S 60

struct engine_process;

struct engine_callbacks {
	/* The schedule in force, for an engine that starts; the copy is wiped here. Return: 0 or -errno. */
	int (*schedule)(struct tacit_schedule *schedule, void *arg);
	/* A checked message from the engine. */
	void (*message)(struct message *m, void *arg);
	/* The engine is there (pid > 0) or has ended (pid 0; `why` says how). */
	void (*changed)(pid_t pid, const char *why, void *arg);
	void *arg;
};

/*
 * engine_process_start - start tacit-engine and keep it running
 * @executable: path; run as `executable -c config_file`
 * @channels: how many the configuration has, for message_check()
 *
 * Return: 0, or -errno when the first could not be started: it is tried again, later
 * each time. Only where *engine is left alone, for want of memory, nothing is tried.
 */
int engine_process_start(struct engine_process **engine, struct event_base *base, const char *executable,
			 const char *config_file, size_t channels, const struct engine_callbacks *callbacks);

/* 0 while there is none. */
pid_t engine_process_pid(const struct engine_process *e);
unsigned int engine_process_restarts(const struct engine_process *e);

/* An order with a descriptor, which stays the caller's. Return: 0, -ESRCH while there is none, -errno. */
int engine_process_send(struct engine_process *e, const struct message *m, int passed);

/* If it waits to be started again, start it now: what was in its way may be mended. */
void engine_process_hurry(struct engine_process *e);

/* Ask it to close its channels and end, wait at most two seconds, then kill it. */
void engine_process_stop(struct engine_process *e);

#endif
