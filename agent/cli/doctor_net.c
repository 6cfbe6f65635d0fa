// SPDX-License-Identifier: GPL-2.0
/* Qdiscs and eBPF, tried where it hurts nobody: in a network namespace of our own, with programs of two instructions. */
#include "doctor.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define BPFFS "/sys/fs/bpf"
#define LOOPBACK 1	/* its index in a new namespace */

enum trial { TRIAL_GOOD, TRIAL_NONE, TRIAL_UNKNOWN };

/* ---- qdiscs ---- */

static enum trial add_qdisc(const char *kind, uint32_t parent, uint32_t handle)
{
	struct tcmsg head = { .tcm_family = AF_UNSPEC, .tcm_ifindex = LOOPBACK, .tcm_parent = parent,
			      .tcm_handle = handle };
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
	int code = -NLE_NOMEM;

	if (sock && msg && !nl_connect(sock, NETLINK_ROUTE) && !nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) &&
	    !nla_put_string(msg, TCA_KIND, kind)) {
		code = nl_send_sync(sock, msg);
		msg = NULL;
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	return !code ? TRIAL_GOOD : code == -NLE_OBJ_NOTFOUND ? TRIAL_NONE : TRIAL_UNKNOWN;
}

/* In a child, so that this process stays where it is. */
static enum trial try_qdisc(const char *kind, uint32_t parent, uint32_t handle)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (unshare(CLONE_NEWNET))
			_exit(TRIAL_UNKNOWN);
		_exit((int)add_qdisc(kind, parent, handle));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return TRIAL_UNKNOWN;
	return (enum trial)WEXITSTATUS(status);
}

static void tell(struct doctor_finding *f, enum trial trial, const char *good, const char *none, const char *cure)
{
	if (trial == TRIAL_GOOD) {
		doctor_found(f, DOCTOR_OK, "%s", good);
	} else if (trial == TRIAL_NONE) {
		doctor_found(f, DOCTOR_MISSING, "%s", none);
		doctor_cure(f, "%s", cure);
	} else {
		doctor_found(f, DOCTOR_NOTE, "cannot be tried");
		doctor_cure(f, "run this as root");
	}
}

void doctor_fq(const struct doctor *d, struct doctor_finding *f)
{
	(void)d;
	tell(f, try_qdisc("fq", TC_H_ROOT, 0), "the qdisc that holds packets for their slot is there",
	     "this kernel has no fq, so that packets cannot be held for their slot",
	     "load it with `modprobe sch_fq`, or build the kernel with CONFIG_NET_SCH_FQ");
}

void doctor_clsact(const struct doctor *d, struct doctor_finding *f)
{
	(void)d;
	tell(f, try_qdisc("clsact", TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0)), "the place where the guard is attached is there",
	     "this kernel has no clsact, so that the guard has no place on the uplink",
	     "load it with `modprobe sch_ingress`, or build the kernel with CONFIG_NET_SCH_INGRESS");
}

/* ---- eBPF ---- */

/* r0 = 1; exit */
static enum trial try_program(uint32_t type, uint32_t attach)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = attach;
	attr.insns = (uint64_t)(uintptr_t)code;
	attr.insn_cnt = sizeof(code) / sizeof(code[0]);
	attr.license = (uint64_t)(uintptr_t)"GPL";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0) {
		close(fd);
		return TRIAL_GOOD;
	}
	return errno == EPERM ? TRIAL_UNKNOWN : TRIAL_NONE;
}

void doctor_bpf(const struct doctor *d, struct doctor_finding *f)
{
	(void)d;
	tell(f, try_program(BPF_PROG_TYPE_SCHED_CLS, 0), "a program for tc is taken",
	     "this kernel takes no eBPF program for tc", "build the kernel with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_BPF");
}

static bool has_cgroup2(void)
{
	FILE *file = fopen("/proc/filesystems", "re");
	char line[64];
	bool has = false;

	while (file && !has && fgets(line, sizeof(line), file))
		has = !strcmp(line, "nodev\tcgroup2\n");
	if (file)
		fclose(file);
	return has;
}

/* Without it the guard holds all the same, so it is no more than worth knowing. */
void doctor_cgroup(const struct doctor *d, struct doctor_finding *f)
{
	enum trial trial = try_program(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT);

	(void)d;
	tell(f, trial == TRIAL_GOOD && !has_cgroup2() ? TRIAL_NONE : trial,
	     "cgroup v2 hooks are there: events name the process", "no cgroup v2 hooks: events name no process",
	     "build the kernel with CONFIG_CGROUP_BPF to have them named");
	if (f->state == DOCTOR_MISSING)
		f->state = DOCTOR_NOTE;
}

void doctor_btf(const struct doctor *d, struct doctor_finding *f)
{
	(void)d;
	doctor_found(f, DOCTOR_OK, "%s; not needed, as the programs know no kernel structure",
		     access("/sys/kernel/btf/vmlinux", R_OK) ? "none" : "there");
}

void doctor_bpffs(const struct doctor *d, struct doctor_finding *f)
{
	struct statfs fs;

	(void)d;
	if (!statfs(BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		doctor_found(f, DOCTOR_OK, "mounted at " BPFFS);
	else if (!access(BPFFS, F_OK))
		doctor_found(f, DOCTOR_NOTE, "not mounted at " BPFFS "; tacitd mounts it");
	else
		doctor_found(f, DOCTOR_NOTE, BPFFS " cannot be seen; is sysfs mounted?");
}

void doctor_timestamps(const struct doctor *d, struct doctor_finding *f)
{
	char line[16];

	if (!doctor_line("/proc/sys/net/ipv4/tcp_timestamps", line, sizeof(line)))
		doctor_found(f, DOCTOR_NOTE, "net.ipv4.tcp_timestamps cannot be read");
	else if (!strcmp(line, "0"))
		doctor_found(f, DOCTOR_OK, "TCP sends none");
	else if (!d->config.schedule.period)
		doctor_found(f, DOCTOR_OK, "TCP sends them; there are no slots, so that they give nothing more away");
	else
		doctor_found(f, DOCTOR_NOTE, "TCP sends them, which would tell when a held packet was written; tacitd turns "
					     "them off");
}
