// SPDX-License-Identifier: GPL-2.0
#include "loads.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.skel.h"
#include "connect.skel.h"
#include "egress.skel.h"
#include "ingress.skel.h"
#include "retire.skel.h"

#define LOG_BYTES (16u << 20)
#define LOG_SHOWN 2000
#define PROGRAMS_MAX 16

static void tell_one(struct bpf_program *program, const char *log, void (*tell)(const struct load *))
{
	struct load load = { .name = bpf_program__name(program), .log = strlen(log) };
	struct bpf_prog_info info = { 0 };
	uint32_t bytes = sizeof(info);

	if (bpf_program__fd(program) >= 0 && !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes)) {
		load.instructions = (unsigned int)bpf_program__insn_cnt(program);
		load.verified = info.verified_insns;
	} else {
		fprintf(stderr, "%s\n", load.log > LOG_SHOWN ? log + load.log - LOG_SHOWN : log);
	}
	tell(&load);
}

static void load_object(struct bpf_object *object, void (*tell)(const struct load *))
{
	char *logs[PROGRAMS_MAX] = { NULL };
	struct bpf_program *program;
	unsigned int i = 0;

	if (!object) {
		tell(&(struct load){ .name = "an object that does not open" });
		return;
	}
	bpf_object__for_each_program(program, object) {
		if (i == PROGRAMS_MAX || !(logs[i] = calloc(1, LOG_BYTES)))
			exit(99);
		bpf_program__set_log_level(program, 1);
		bpf_program__set_log_buf(program, logs[i++], LOG_BYTES);
	}
	bpf_object__load(object);
	i = 0;
	bpf_object__for_each_program(program, object)
		tell_one(program, logs[i++], tell);
	while (i)
		free(logs[--i]);
	bpf_object__close(object);
}

/* An object of a skeleton's bytes, for the skeleton would keep its own. */
static struct bpf_object *object_of(const void *(*bytes_of)(size_t *))
{
	size_t size = 0;
	const void *bytes = bytes_of(&size);

	return bpf_object__open_mem(bytes, size, NULL);
}

void loads_each(void (*tell)(const struct load *load))
{
	load_object(object_of(egress_bpf__elf_bytes), tell);
	load_object(object_of(ingress_bpf__elf_bytes), tell);
	load_object(object_of(connect_bpf__elf_bytes), tell);
	load_object(object_of(answer_bpf__elf_bytes), tell);
	load_object(object_of(retire_bpf__elf_bytes), tell);
}
