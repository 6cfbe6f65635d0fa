/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A child of the warden's that is to run for ever: started with one end of a
 * socketpair, watched, and started again when it ends, sooner if it had lived well.
 * What it says is its owner's to read and to distrust.
 */
#ifndef CHILD_H
#define CHILD_H

#include <event2/event.h>
#include <sys/types.h>

struct child;

struct child_program {
	const char *name;		/* for the log: "engine" */
	const char *executable;		/* path; run as `executable -c config_file` */
	const char *config_file;
	int descriptor;			/* as which it finds its end, a SOCK_SEQPACKET socket */
	unsigned int restart_max_s;	/* it is started again after 1, 2, 4 ... at most so many seconds */
	unsigned int lived_well_s;	/* one that lived longer is started again after 1 s */
};

struct child_callbacks {
	/* It runs: say the first words. An error hangs up on it, and the next is started. Return: 0 or -errno. */
	int (*started)(void *arg);
	/* There is something to read at child_fd(), which does not block. */
	void (*readable)(void *arg);
	/* It has ended, with this status of waitpid(2); the next is started in `wait_s` seconds. */
	void (*ended)(int status, unsigned int wait_s, void *arg);
	void *arg;
};

/*
 * child_start - run a program, and keep it running
 * @child: set before the first callback; to be stopped with child_stop()
 * @program: copied; its strings must live on
 *
 * Return: 0; -ENOMEM with *child NULL; or another -errno when the first could not be
 * started: then that is logged and tried again, as with those that come later.
 */
int child_start(struct child **child, struct event_base *base, const struct child_program *program,
		const struct child_callbacks *callbacks);

/* 0 while there is none. */
pid_t child_pid(const struct child *child);
/* Our end, -1 while there is none. */
int child_fd(const struct child *child);
/* How often it was started again. */
unsigned int child_restarts(const struct child *child);

/* It has lost our trust, or its mind, and is killed; `why` is logged, NULL if it hung up by itself. */
void child_put_down(struct child *child, const char *why);

/* If it waits to be started again, start it now: what was in its way may be mended. */
void child_hurry(struct child *child);

/* Kill it and wait for its end; no callback follows. NULL is allowed. */
void child_stop(struct child *child);

#endif
