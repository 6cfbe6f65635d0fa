// SPDX-License-Identifier: GPL-2.0
#include "uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qdisc.h"
#include "rtnl.h"

#define TIMESTAMPS "/proc/sys/net/ipv4/tcp_timestamps"

struct uplink {
	char name[IFNAMSIZ];
	struct nl_sock *ask;
	struct nl_sock *watch;
	struct tacit_schedule schedule; /* without its key */
	struct tacit_pace pace;
	unsigned int ifindex; /* when last looked at */
	bool prepared;
};

struct link {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	unsigned int flags;
	unsigned short type;
	char qdisc[IFNAMSIZ];
};

int uplink_open(struct uplink **out, const char *name, struct problem *p)
{
	struct uplink *uplink;

	if (!name[0] || strlen(name) >= sizeof(uplink->name))
		return problem_set(p, -EINVAL, "\"%s\" is no name of a link", name);
	uplink = calloc(1, sizeof(*uplink));
	if (!uplink)
		return problem_set(p, -ENOMEM, "out of memory");
	snprintf(uplink->name, sizeof(uplink->name), "%s", name);
	uplink->ask = rtnl_open();
	uplink->watch = rtnl_watch();
	if (!uplink->ask || !uplink->watch) {
		int error = -errno;

		uplink_close(uplink);
		return problem_set(p, error, "%s: cannot speak rtnetlink: %s", name, strerror(-error));
	}
	*out = uplink;
	return 0;
}

void uplink_close(struct uplink *uplink)
{
	if (!uplink)
		return;
	if (uplink->ask)
		nl_socket_free(uplink->ask);
	if (uplink->watch)
		nl_socket_free(uplink->watch);
	free(uplink);
}

static void on_link(struct nlmsghdr *h, void *context)
{
	struct link *link = context;
	struct nlattr *a[IFLA_MAX + 1];
	struct ifinfomsg *info = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWLINK || nlmsg_parse(h, sizeof(*info), a, IFLA_MAX, NULL))
		return;
	link->ifindex = (unsigned int)info->ifi_index;
	link->flags = info->ifi_flags;
	link->type = info->ifi_type;
	if (a[IFLA_IFNAME])
		nla_strlcpy(link->name, a[IFLA_IFNAME], sizeof(link->name));
}

/* Return: 0 or -errno; -ENODEV where there is no such link. */
static int link_read(struct nl_sock *sock, const char *name, struct link *link)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);

	memset(link, 0, sizeof(*link));
	if (!m)
		return -ENOMEM;
	if (nlmsg_append(m, &info, sizeof(info), NLMSG_ALIGNTO) || nla_put_string(m, IFLA_IFNAME, name)) {
		nlmsg_free(m);
		return -ENOMEM;
	}
	return rtnl_ask(sock, m, on_link, link);
}

/* Return: 1 or 0, or -errno. */
static int timestamps_read(void)
{
	int fd = open(TIMESTAMPS, O_RDONLY | O_CLOEXEC);
	char text[8] = "";
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	bytes = read(fd, text, sizeof(text) - 1);
	close(fd);
	return bytes < 1 ? -EIO : text[0] != '0';
}

static int timestamps_off(struct problem *p)
{
	int fd, error;

	if (timestamps_read() == 0)
		return 0;
	fd = open(TIMESTAMPS, O_WRONLY | O_CLOEXEC);
	error = fd < 0 ? -errno : write(fd, "0", 1) != 1 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (!error && timestamps_read() != 0)
		error = -EIO;
	if (error)
		return problem_set(p, error,
				   "cannot turn TCP timestamps off: %s; set net.ipv4.tcp_timestamps to 0, they "
				   "tell when a held packet was written",
				   strerror(-error));
	return 0;
}

static int fq_failed(const struct uplink *uplink, int error, struct problem *p)
{
	if (error == -ENOENT || error == -EOPNOTSUPP)
		return problem_set(p, error,
				   "%s: this kernel has no fq; load sch_fq or build it with CONFIG_NET_SCH_FQ",
				   uplink->name);
	if (error == -EPERM)
		return problem_set(p, error, "%s: may not set the qdisc; run as root", uplink->name);
	return problem_set(p, error, "%s: cannot put fq on it: %s; see what `tc qdisc replace dev %s root fq` says", uplink->name,
			   strerror(-error), uplink->name);
}

static int fq_prepare(struct uplink *uplink, unsigned int ifindex, struct problem *p)
{
	struct qdisc wanted, is;
	int error = qdisc_wanted(&uplink->schedule, &uplink->pace, &wanted);

	if (error)
		return problem_set(p, error,
				   "%s: fq cannot hold packets for so long, 70min at most; choose a shorter period",
				   uplink->name);
	error = qdisc_read(uplink->ask, ifindex, &is);
	if (error)
		return problem_set(p, error, "%s: cannot read the qdisc: %s; see what `tc qdisc show dev %s` says", uplink->name,
				   strerror(-error), uplink->name);
	if (qdisc_holds(&is, &wanted))
		return 0;
	/* A standing fq would keep settings of its own. */
	if (!strcmp(is.kind, "fq"))
		qdisc_delete_root(uplink->ask, ifindex);
	error = qdisc_put_fq(uplink->ask, ifindex, &wanted);
	if (error)
		return fq_failed(uplink, error, p);
	error = qdisc_read(uplink->ask, ifindex, &is);
	if (error || !qdisc_holds(&is, &wanted))
		return problem_set(p, error ? error : -EIO,
				   "%s: fq reads back otherwise than it was set: %s, horizon %u us; does another program set "
				   "the qdisc of %s? End that", uplink->name, is.kind, is.horizon, uplink->name);
	return 0;
}

int uplink_prepare(struct uplink *uplink, const struct tacit_schedule *s, const struct tacit_pace *pace,
		   struct problem *p)
{
	struct link link;
	int error;

	uplink->schedule = *s;
	uplink->pace = *pace;
	memset(uplink->schedule.key, 0, sizeof(uplink->schedule.key));
	uplink->prepared = true;
	error = link_read(uplink->ask, uplink->name, &link);
	if (error)
		return problem_set(p, error, "%s: %s; name an existing link as `uplink`", uplink->name,
				   error == -ENODEV ? "no such link" : strerror(-error));
	if (!s->period)
		return 0;
	error = timestamps_off(p);
	return error ? error : fq_prepare(uplink, link.ifindex, p);
}

/* Is what slots need in place? Says why not in status->text. */
static enum uplink_state shaping_state(struct uplink *uplink, struct uplink_status *status, const struct qdisc *is)
{
	struct qdisc wanted;

	if (!uplink->prepared) {
		snprintf(status->text, sizeof(status->text), "%s: not prepared yet", uplink->name);
		return UPLINK_BARE;
	}
	if (!uplink->schedule.period)
		return UPLINK_READY;
	if (qdisc_wanted(&uplink->schedule, &uplink->pace, &wanted) || !qdisc_holds(is, &wanted)) {
		snprintf(status->text, sizeof(status->text),
			 "%s: the root qdisc is %s, which does not hold packets for their slot", uplink->name,
			 !strcmp(is->kind, "fq") ? "an fq with too short a horizon, or one that paces"
			 : is->kind[0]		 ? is->kind
						 : "none");
		return UPLINK_BARE;
	}
	if (status->timestamps) {
		snprintf(status->text, sizeof(status->text),
			 "net.ipv4.tcp_timestamps is on: it tells when a held packet was written; set it to 0");
		return UPLINK_BARE;
	}
	return UPLINK_READY;
}

/* The link with the default route of IPv4 (proc(5), /proc/net/route). Return: false if there is none. */
static bool default_route(char link[IFNAMSIZ])
{
	FILE *f = fopen("/proc/net/route", "re");
	unsigned int destination, mask;
	char line[256], name[IFNAMSIZ];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = sscanf(line, "%15s %x %*s %*s %*s %*s %*s %x", name, &destination, &mask) == 3 && !destination &&
			!mask;
	}
	if (f)
		fclose(f);
	if (found)
		snprintf(link, IFNAMSIZ, "%s", name);
	return found;
}

/* A name that is wrong guards nothing, and what carries the traffic is another link: that must be said. */
static void explain_absence(const struct uplink *uplink, struct uplink_status *status)
{
	char other[IFNAMSIZ];

	if (default_route(other))
		snprintf(status->text, sizeof(status->text),
			 "%s: no such link; it is guarded when it appears. %s HAS THE DEFAULT ROUTE AND IS NOT GUARDED: if that is "
			 "the uplink, name it as `uplink`", uplink->name, other);
	else
		snprintf(status->text, sizeof(status->text),
			 "%s: no such link; it is guarded when it appears; name an existing link as `uplink` if it is not to come",
			 uplink->name);
}

void uplink_status(struct uplink *uplink, struct uplink_status *status)
{
	struct qdisc is = { 0 };
	struct link link;
	int error = link_read(uplink->ask, uplink->name, &link);

	memset(status, 0, sizeof(*status));
	uplink->ifindex = link.ifindex;
	if (error) {
		explain_absence(uplink, status);
		return;
	}
	status->ifindex = link.ifindex;
	status->type = link.type;
	memcpy(status->name, link.name, sizeof(status->name));
	status->timestamps = timestamps_read() != 0;
	if (!qdisc_read(uplink->ask, link.ifindex, &is)) {
		status->fq = !strcmp(is.kind, "fq");
		status->held = is.held;
		status->drops = is.drops;
		status->late_ns = is.late_ns;
	}
	status->state = shaping_state(uplink, status, &is);
	if (!(link.flags & IFF_UP) || !(link.flags & IFF_LOWER_UP)) {
		/* A link that is down sends nothing; a bare one may come up at any moment. */
		if (status->state == UPLINK_READY) {
			status->state = UPLINK_DOWN;
			snprintf(status->text, sizeof(status->text), "%s: the link is down", uplink->name);
		}
	}
}

int uplink_fd(const struct uplink *uplink)
{
	return nl_socket_get_fd(uplink->watch);
}

struct heard {
	const struct uplink *uplink;
	bool ours;
};

static void on_announcement(struct nlmsghdr *h, void *context)
{
	struct heard *heard = context;
	struct nlattr *a[IFLA_MAX + 1];
	struct ifinfomsg *info = nlmsg_data(h);
	struct tcmsg *tc = nlmsg_data(h);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (nlmsg_parse(h, sizeof(*info), a, IFLA_MAX, NULL))
			return;
		/* While ours is absent any link may be the one, by an alternative name. */
		if (!heard->uplink->ifindex || info->ifi_index == (int)heard->uplink->ifindex ||
		    (a[IFLA_IFNAME] && !nla_strcmp(a[IFLA_IFNAME], heard->uplink->name)))
			heard->ours = true;
		return;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		if (nlmsg_valid_hdr(h, sizeof(*tc)) && tc->tcm_ifindex == (int)heard->uplink->ifindex)
			heard->ours = true;
		return;
	}
}

int uplink_dispatch(struct uplink *uplink, uplink_change_fn *fn, void *context)
{
	struct heard heard = { .uplink = uplink };
	struct uplink_status status;
	int error = rtnl_hear(uplink->watch, on_announcement, &heard);

	if (error && error != -ENOBUFS)
		return error;
	if (heard.ours || error == -ENOBUFS) {
		uplink_status(uplink, &status);
		fn(&status, context);
	}
	return 0;
}

int uplink_remove(const char *name, struct problem *p)
{
	struct nl_sock *sock = rtnl_open();
	struct link link;
	struct qdisc is;
	int error;

	if (!sock)
		return problem_set(p, -errno, "%s: cannot speak rtnetlink: %s", name, strerror(errno));
	error = link_read(sock, name, &link);
	if (!error)
		error = qdisc_read(sock, link.ifindex, &is);
	if (!error && !strcmp(is.kind, "fq"))
		error = qdisc_delete_root(sock, link.ifindex);
	nl_socket_free(sock);
	if (error == -ENODEV)
		return 0;
	return error ? problem_set(p, error, "%s: cannot take fq off: %s", name, strerror(-error)) : 0;
}

const char *uplink_state_name(enum uplink_state state)
{
	static const char *const names[] = {
		[UPLINK_ABSENT] = "absent",
		[UPLINK_DOWN] = "down",
		[UPLINK_BARE] = "not ready",
		[UPLINK_READY] = "ready",
	};

	return (unsigned int)state < sizeof(names) / sizeof(*names) ? names[state] : "?";
}
