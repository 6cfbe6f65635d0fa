// SPDX-License-Identifier: GPL-2.0
#include "names_watch.h"

#include <errno.h>
#include <event2/dns.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "child.h"
#include "log.h"
#include "names.h"

#define RESTART_MAX_S 60
#define LIVED_WELL_S 60
/* Answers come by their time to live: who sends more than this in a row has lost our trust. */
#define ANSWERS_MAX (4 * CONFIG_HOSTS_MAX)

/* What was said last of a name: once an episode. */
enum said { SAID_NOTHING, SAID_FAILED, SAID_KNOWN };

struct name {
	const char *host;
	uint64_t id;
	enum said said[2];	/* by family */
	unsigned int count[2];	/* addresses in the last answer */
	char error[64];
};

struct names_watch {
	struct child *child;
	struct guard *guard;
	struct journal *journal;
	struct name names[CONFIG_HOSTS_MAX];
	size_t count;
	unsigned int answers;	/* since the last tick */
};

static const char *const families[] = { "IPv4", "IPv6" };

static const char *why(uint32_t error)
{
	switch (error) {
	case DNS_ERR_NOTEXIST:
		return "there is no such name";
	case DNS_ERR_TIMEOUT:
		return "no resolver answered";
	case DNS_ERR_REFUSED:
		return "the resolver refuses to answer";
	case DNS_ERR_TRUNCATED:
		return "the answer is too long for UDP";
	case DNS_ERR_SERVERFAILED:
		return "the resolver failed";
	}
	return "the resolver's answer makes no sense";
}

static void on_failure(struct names_watch *n, struct name *name, const struct names_answer *a)
{
	snprintf(name->error, sizeof(name->error), "%s: %s", families[a->ipv6], why(a->error));
	if (name->said[a->ipv6] == SAID_FAILED)
		return;
	name->said[a->ipv6] = SAID_FAILED;
	journal_add(n->journal, LOG_WARNING, "guard", "name", NULL,
		    "%s, which a rule names, cannot be resolved (%s): %s; the last answer holds; see to the resolvers",
		    name->host, families[a->ipv6], why(a->error));
}

static void on_addresses(struct names_watch *n, struct name *name, const struct names_answer *a)
{
	bool news = name->said[a->ipv6] != SAID_KNOWN || name->count[a->ipv6] != a->count;
	int error = guard_named_set(n->guard, name->id, a->ipv6 ? AF_INET6 : AF_INET, a->addr, a->count);

	name->said[a->ipv6] = SAID_KNOWN;
	name->count[a->ipv6] = a->count;
	name->error[0] = 0;
	if (error)
		snprintf(name->error, sizeof(name->error), "there is no room for all its addresses");
	if (error && news)
		journal_add(n->journal, LOG_ERR, "guard", "name", NULL,
			    "%s: there is no room for all its addresses, %u in all; name fewer hosts in rules", name->host,
			    TACIT_NAMED_MAX);
	else if (news && a->count)
		journal_add(n->journal, LOG_INFO, "guard", "name", NULL, "%s has %u addresses of %s", name->host, a->count,
			    families[a->ipv6]);
	if (name->said[0] == SAID_KNOWN && name->said[1] == SAID_KNOWN && !name->count[0] && !name->count[1] && news)
		journal_add(n->journal, LOG_WARNING, "guard", "name", NULL,
			    "%s, which a rule names, has no address: the rule lets nothing out; see to the name", name->host);
}

/* NULL for one that no rule of ours names: the file was edited, and this process read it before that. */
static struct name *named(struct names_watch *n, const char *host)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->names[i].host, host))
			return &n->names[i];
	return NULL;
}

static void on_readable(void *arg)
{
	struct names_watch *n = arg;
	struct names_answer a;
	struct name *name;
	ssize_t bytes = recv(child_fd(n->child), &a, sizeof(a), MSG_DONTWAIT | MSG_TRUNC);

	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (bytes <= 0) {
		child_put_down(n->child, NULL);
		return;
	}
	if (++n->answers > ANSWERS_MAX || !names_check(&a, (size_t)bytes, CONFIG_HOSTS_MAX)) {
		child_put_down(n->child, "it sent what no resolver sends");
		return;
	}
	name = named(n, a.name);
	if (name && a.error)
		on_failure(n, name, &a);
	else if (name)
		on_addresses(n, name, &a);
}

static int on_started(void *arg)
{
	(void)arg;
	return 0;
}

static void on_ended(int status, unsigned int wait_s, void *arg)
{
	struct names_watch *n = arg;

	(void)status;
	journal_add(n->journal, LOG_WARNING, "guard", "resolver", NULL,
		    "the resolver ended; the last answers hold, it is started again in %u s", wait_s);
}

int names_watch_start(struct names_watch **names, struct event_base *base, const char *executable,
		      const char *config_file, const struct config *config, struct guard *guard, struct journal *journal)
{
	const char *hosts[CONFIG_HOSTS_MAX];
	const struct child_program program = { .name = "resolver", .executable = executable, .config_file = config_file,
					       .descriptor = NAMES_FD, .restart_max_s = RESTART_MAX_S,
					       .lived_well_s = LIVED_WELL_S };
	struct child_callbacks mine = { .started = on_started, .readable = on_readable, .ended = on_ended };
	size_t count = names_hosts(config, hosts);
	struct names_watch *n;
	int error;

	*names = NULL;
	if (!count)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	mine.arg = n;
	n->guard = guard;
	n->journal = journal;
	for (; n->count < count; n->count++) {
		n->names[n->count].host = hosts[n->count];
		n->names[n->count].id = guard_host_id(hosts[n->count]);
	}
	/* One that cannot be started is logged and tried again; the rules stay closed, the rest works. */
	error = child_start(&n->child, base, &program, &mine);
	if (error == -ENOMEM && !n->child) {
		free(n);
		return error;
	}
	*names = n;
	return 0;
}

void names_watch_tick(struct names_watch *n, struct guard *guard)
{
	uint64_t ids[CONFIG_HOSTS_MAX];
	size_t count = n ? n->count : 0;

	if (n)
		n->answers = 0;
	for (size_t i = 0; i < count; i++)
		ids[i] = n->names[i].id;
	guard_named_sweep(guard, ids, count);
}

static void add_address(const uint8_t addr[16], const struct tacit_named *named, void *context)
{
	struct json_object *o = json_object_new_object();
	char text[GUARD_ADDRESS_MAX];

	guard_host(addr, text);
	json_object_object_add(o, "address", json_object_new_string(text));
	json_object_object_add(o, "old", json_object_new_boolean(named->old != 0));
	json_object_array_add(context, o);
}

void names_watch_json(const struct names_watch *n, const char *host, struct json_object *rule)
{
	struct json_object *addresses;

	for (size_t i = 0; n && i < n->count; i++) {
		if (strcmp(n->names[i].host, host))
			continue;
		addresses = json_object_new_array();
		guard_named(n->guard, n->names[i].id, add_address, addresses);
		json_object_object_add(rule, "addresses", addresses);
		if (n->names[i].error[0])
			json_object_object_add(rule, "error", json_object_new_string(n->names[i].error));
	}
}

void names_watch_stop(struct names_watch *n)
{
	if (!n)
		return;
	child_stop(n->child);
	free(n);
}
