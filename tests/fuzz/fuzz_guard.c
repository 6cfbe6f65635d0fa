// SPDX-License-Identifier: GPL-2.0
/*
 * The guard's programs, all of bpf/egress.bpf.c and bpf/ingress.bpf.c as functions
 * of this process: whatever frames come and go, each verdict is the model's
 * (tests/guard/model.c), and no byte beyond a packet is touched.
 *
 * Input: frames, each behind two bytes: the high bit says that it leaves, 12 bits
 * are its length; what is missing at the end is left out.
 */
#include "fuzz.h"

#include <linux/pkt_cls.h>

#include "../guard/model.h"
#include "guard_shim.c"
#include "tacit_bpf.h"

#define FRAMES_MAX 60 /* the model has room for 64 connections */

int tacit_egress(struct __sk_buff *skb);
int tacit_ingress(struct __sk_buff *skb);

static void one_policy(const uint8_t *data, size_t size, enum tacit_refuse refuse)
{
	const struct tacit_policy policy = { .mode = TACIT_GUARD_ON, .refuse = refuse, 
					     .link[0] = { .ifindex = 1, .header = 14, .open = 1 } };
	static struct model *model;
	size_t at = 0, bytes;

	if (!model)
		model = model_new();
	must(model);
	model_reset(model);
	shim_reset(&policy);
	for (int frames = 0; frames < FRAMES_MAX && at + 2 <= size; frames++) {
		bool out = data[at] & 0x80, is, should;

		bytes = (size_t)(data[at] & 15) << 8 | data[at + 1];
		at += 2;
		if (bytes > size - at)
			bytes = size - at;
		if (bytes < 14)
			break;
		is = shim_run(out ? tacit_egress : tacit_ingress, data + at, bytes) == TC_ACT_OK;
		should = out ? model_out(model, data + at, bytes) : model_in(model, data + at, bytes);
		/* With a reset, the RST for the other end leaves in the packet's place. */
		must(is == should || (is && out && refuse == TACIT_REFUSE_RESET));
		at += bytes;
	}
	if (model_verified(model))
		taken();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one_policy(data, size, TACIT_REFUSE_DROP);
	one_policy(data, size, TACIT_REFUSE_RESET);
	return 0;
}
