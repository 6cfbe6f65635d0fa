// SPDX-License-Identifier: GPL-2.0
/* By hand (Documentation/bpf/standardization/instruction-set.rst): the place is a constant in it, and a packet is not looked at. */
#include "standing.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>

int standing_new(uint32_t places)
{
	int map = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "tacit_standing", sizeof(uint32_t), sizeof(uint32_t), places, NULL);

	return map < 0 ? -errno : map;
}

int standing_enter(int map, uint32_t place, unsigned int ifindex)
{
	uint32_t link = ifindex;

	return bpf_map_update_elem(map, &place, &link, BPF_ANY) ? -errno : 0;
}

bool standing_is(int map, uint32_t place)
{
	uint32_t link;

	return !bpf_map_lookup_elem(map, &place, &link);
}

int standing_program(int map, uint32_t place)
{
	const struct bpf_insn program[] = {
		/* r0 = map[place], whose key is on the stack */
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4, .imm = (int32_t)place },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		/* if (!r0) return 0; return 1; */
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "tacit_standing", "GPL", program,
			       sizeof(program) / sizeof(*program), NULL);

	return fd < 0 ? -errno : fd;
}
