// SPDX-License-Identifier: GPL-2.0
/* tacit guard learn: watches what is refused, proposes rules for it, allows nothing. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "cli.h"
#include "control_client.h"
#include "guard_for.h"

#define LEARN_S 3600
#define LEARN_MAX_S (30 * 24 * 3600)
#define LESSONS_MAX 256
#define WORD_MAX 24
#define HOST_MAX 64
/* Events of packets that are counted already come so soon, s. */
#define LATE_S 2

const char usage_guard_learn[] =
	"[--for TIME]\n"
	"\n"
	"Watch what the guard refuses until TIME is over or Ctrl-C, then print [allow] sections for\n"
	"it, to be read, trimmed and put into the configuration by you. Allows nothing itself.\n"
	"\n"
	"      --for TIME        like 90s, 10min or 2h; 720h at most (1h)\n"
	"  -j, --json            JSON on standard output\n"
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n";

/* One destination of one user. */
struct lesson {
	char protocol[WORD_MAX];
	char host[HOST_MAX];
	unsigned long port;
	bool known;
	int64_t uid;
	char process[WORD_MAX];
	char reason[HOST_MAX];
	uint64_t count;
};

struct lessons {
	struct lesson all[LESSONS_MAX];
	size_t count;
	uint64_t missed;	/* events of destinations that there was no room for */
	uint64_t seen;		/* events */
	uint64_t refused;	/* packets, by the guard's count, which is exact */
	uint64_t lost;		/* events of any kind that were never sent, by the guard's count */
	bool counted;		/* these two are known */
	bool turned_away;	/* tacitd has no place for another that follows its events; it has been told */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Words go into a configuration: of what a process calls itself only what cannot mean anything there. */
static void copy_word(char *to, size_t room, const char *from)
{
	size_t n = 0;

	for (; *from && n + 1 < room; from++)
		to[n++] = isalnum((unsigned char)*from) || strchr("._- ", *from) ? *from : '_';
	to[n] = 0;
}

/* "192.0.2.1:53", "[2001:db8::1]:53" */
static bool split(const char *destination, struct lesson *l)
{
	const char *colon = strrchr(destination, ':');
	size_t bytes;

	if (!colon)
		return false;
	bytes = (size_t)(colon - destination);
	l->port = strtoul(colon + 1, NULL, 10);
	if (destination[0] == '[') {
		destination++;
		bytes -= 2;
	}
	if (bytes == 0 || bytes >= sizeof(l->host) || l->port > 65535)
		return false;
	memcpy(l->host, destination, bytes);
	l->host[bytes] = 0;
	return strspn(l->host, "0123456789abcdef.:") == bytes;
}

static bool same(const struct lesson *a, const struct lesson *b)
{
	return !strcmp(a->protocol, b->protocol) && !strcmp(a->host, b->host) && a->port == b->port &&
	       a->known == b->known && a->uid == b->uid;
}

static void take(struct lessons *ls, struct json_object *event)
{
	struct lesson l = { .known = control_has(event, "uid"), .uid = control_number(event, "uid"),
			    .count = 1 };

	if (strcmp(control_text(event, "kind"), "refused") || strcmp(control_text(event, "source"), "guard"))
		return;
	ls->seen++;
	copy_word(l.protocol, sizeof(l.protocol), control_text(event, "protocol"));
	copy_word(l.process, sizeof(l.process), l.known ? control_text(event, "process") : "unknown");
	copy_word(l.reason, sizeof(l.reason), control_text(event, "reason"));
	if (!split(control_text(event, "destination"), &l))
		return;
	for (size_t i = 0; i < ls->count; i++) {
		if (!same(&ls->all[i], &l))
			continue;
		ls->all[i].count++;
		return;
	}
	if (ls->count == LESSONS_MAX)
		ls->missed++;
	else
		ls->all[ls->count++] = l;
}

/* What the port says it is: the form lets less out than udp would. */
static const char *protocol_of(const struct lesson *l)
{
	if (!strncmp(l->protocol, "icmp", 4))
		return "echo";
	if (strcmp(l->protocol, "udp"))
		return l->protocol;
	return l->port == 53 ? "dns" : l->port == 123 ? "ntp" : l->port == 443 ? "quic" : "udp";
}

/*
 * Events are bounded in number, so that each count is a least one where some are missing. What was
 * seen after the count may make up for it by number: then what was lost says so.
 */
static uint64_t unseen(const struct lessons *ls)
{
	uint64_t missing = ls->refused > ls->seen ? ls->refused - ls->seen : ls->lost;

	if (!ls->counted)
		return 0;
	return missing < ls->refused ? missing : ls->refused;
}

static bool is_whole(const struct lessons *ls)
{
	return ls->counted && !unseen(ls) && !ls->missed;
}

static void print_lesson(const struct lesson *l, size_t number, const char *least)
{
	bool tcp = !strcmp(l->protocol, "tcp"), older = tcp && !strncmp(l->reason, "connection older", 16);
	const char *off = "";

	if (strcmp(l->protocol, "tcp") && strcmp(l->protocol, "udp") && strncmp(l->protocol, "icmp", 4)) {
		printf("\n# %s%" PRIu64 " packets of protocol %s to %s: no rule can allow it\n", least, l->count, l->protocol,
		       l->host);
		return;
	}
	if (tcp && !older) {
		printf("\n# TCP that is no TLS 1.3 (%s). A channel, or TLS 1.3 in the app, is better than this rule,\n"
		       "# which lets plain text out; take the # away if it must be.\n", l->reason);
		off = "#";
	} else {
		printf("\n");
	}
	printf("%s[allow learnt-%zu]\n%sprotocol = %s\n", off, number, off, protocol_of(l));
	printf("%saddress = %s\n", off, l->host);
	if (l->port && strncmp(l->protocol, "icmp", 4))
		printf("%sport = %lu\n", off, l->port);
	if (l->known && !older)
		printf("%suid = %" PRId64 "\n", off, l->uid);
	if (older)
		printf("%sexisting = allow\n", off);
	printf("%sreason = learnt: %s was refused %s%" PRIu64 " times\n", off, l->process, least, l->count);
}

static int print_json(const struct lessons *ls)
{
	struct json_object *list = json_object_new_array(), *answer = json_object_new_object();

	json_object_object_add(answer, "complete", json_object_new_boolean(is_whole(ls)));
	if (ls->counted)
		json_object_object_add(answer, "refused", json_object_new_int64((int64_t)ls->refused));
	json_object_object_add(answer, "seen", json_object_new_int64((int64_t)ls->seen));
	json_object_object_add(answer, "rules", list);
	for (size_t i = 0; i < ls->count; i++) {
		const struct lesson *l = &ls->all[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "protocol", json_object_new_string(protocol_of(l)));
		json_object_object_add(o, "address", json_object_new_string(l->host));
		json_object_object_add(o, "port", json_object_new_int64((int64_t)l->port));
		json_object_object_add(o, "process", json_object_new_string(l->process));
		if (l->known)
			json_object_object_add(o, "uid", json_object_new_int64(l->uid));
		json_object_object_add(o, "refused_for", json_object_new_string(l->reason));
		json_object_object_add(o, "count", json_object_new_int64((int64_t)l->count));
		json_object_array_add(list, o);
	}
	return cli_json(answer);
}

/* A proposal that lacks something must not look like one that does not. */
static void print_gaps(const struct lessons *ls)
{
	if (unseen(ls))
		printf("#\n# !! INCOMPLETE: %" PRIu64 " packets were refused, and events told of %" PRIu64 " of them (10 a second).\n"
		       "# Where the other %" PRIu64 " went is not known: allow what is needed of this, then learn again.\n",
		       ls->refused, ls->seen, unseen(ls));
	else if (!ls->counted)
		printf("#\n# !! tacitd did not say how many packets were refused: this may be INCOMPLETE.\n");
	else
		printf("# The guard counted %" PRIu64 " packets, and told of each.\n", ls->refused);
}

static void print_all(const struct lessons *ls, uint64_t seconds)
{
	printf("# What the guard refused in %" PRIu64 " s, as rules. Nothing is allowed by it: take what is needed, and\n"
	       "# say why.\n", seconds);
	if (!ls->count)
		printf("# Nothing was refused%s.\n", is_whole(ls) ? "" : " that is known");
	print_gaps(ls);
	for (size_t i = 0; i < ls->count; i++)
		print_lesson(&ls->all[i], i + 1, unseen(ls) ? "at least " : "");
	if (ls->missed)
		printf("\n# !! INCOMPLETE: %" PRIu64 " more events, of destinations beyond the first %d\n", ls->missed, LESSONS_MAX);
}

static uint64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

/* Until the time is over, Ctrl-C, or tacitd's end. Return: false for the last. */
static bool watch(const struct cli_options *options, FILE *answers, uint64_t seconds, struct lessons *ls)
{
	uint64_t end = now_s() + seconds;
	struct json_object *event;

	while (!interrupted && now_s() < end) {
		struct timeval left = { .tv_sec = (time_t)(end - now_s()) };

		if (!left.tv_sec)
			left.tv_usec = 1000;
		if (setsockopt(fileno(answers), SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left)))
			return false;
		errno = 0;
		event = control_read(answers);
		ls->turned_away = control_refusal(event);
		if (ls->turned_away)
			cli_fail(options, "%s", control_refusal(event));
		else if (event)
			take(ls, event);
		else if (errno != EAGAIN && errno != EINTR)
			return false;
		json_object_put(event);
		if (ls->turned_away)
			return false;
	}
	return true;
}

/* How many packets the guard refused since boot, and events it did not send. Return: false where tacitd does not say. */
static bool ask_counts(const struct cli_options *options, uint64_t *refused, uint64_t *lost)
{
	struct json_object *answer, *one = NULL, *other = NULL;
	FILE *answers;
	bool known;

	if (control_question(options, "guard", &answers))
		return false;
	answer = control_read(answers);
	fclose(answers);
	known = answer && json_object_object_get_ex(answer, "refused", &one) &&
		json_object_object_get_ex(answer, "events_lost", &other);
	if (known) {
		*refused = (uint64_t)json_object_get_int64(one);
		*lost = (uint64_t)json_object_get_int64(other);
	}
	json_object_put(answer);
	return known;
}

static int learn(const struct cli_options *options, uint64_t seconds)
{
	struct sigaction action = { .sa_handler = on_interrupt };
	static struct lessons lessons;
	uint64_t start = now_s(), refused = 0, lost = 0;
	FILE *answers;
	bool whole;
	int code = control_question(options, "monitor", &answers);

	if (code)
		return code;
	lessons.counted = ask_counts(options, &refused, &lost);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	whole = watch(options, answers, seconds, &lessons);
	if (lessons.turned_away) {
		fclose(answers);
		return CLI_FAILED;
	}
	lessons.counted = lessons.counted && whole && ask_counts(options, &lessons.refused, &lessons.lost);
	lessons.refused -= refused;
	lessons.lost -= lost;
	/* What was counted by then may still be on its way here. */
	interrupted = 0;
	for (uint64_t end = now_s() + LATE_S; lessons.seen + lessons.lost < lessons.refused && !interrupted && now_s() < end;)
		watch(options, answers, 1, &lessons);
	fclose(answers);
	if (options->json)
		code = print_json(&lessons);
	else
		print_all(&lessons, now_s() - start);
	return whole ? code : cli_fail(NULL, "tacitd has ended before the time was over");
}

int command_guard_learn(int argc, char **argv)
{
	struct cli_options options = { 0 };
	uint64_t seconds = LEARN_S;
	int code = guard_for(argc, argv, &options, LEARN_MAX_S, &seconds);

	return code || options.help ? code : learn(&options, seconds);
}
