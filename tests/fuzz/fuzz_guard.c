// SPDX-License-Identifier: GPL-2.0
/*
 * The guard's programs, all of bpf/egress.bpf.c and bpf/ingress.bpf.c as functions
 * of this process: whatever frames come and go, each verdict is the model's
 * (tests/guard/model.c), and no byte beyond a packet is touched.
 *
 * Input: frames, each behind two bytes: the high bit says that it leaves, the next that
 * it is forwarded then, 12 bits are its length; what is missing at the end is left out.
 */
#include "fuzz.h"

#include <linux/pkt_cls.h>
#include <netinet/in.h>

#include "../guard/model.h"
#include "guard_shim.c"
#include "tacit_bpf.h"

#define FRAMES_MAX 60 /* the model has room for 64 connections */

int tacit_egress(struct __sk_buff *skb);
int tacit_ingress(struct __sk_buff *skb);

/* Plainly: without options, tags and extension headers. */
static bool is_tcp4(const uint8_t *frame, size_t bytes)
{
	return bytes >= 34 && frame[12] == 8 && !frame[13] && frame[14] == 0x45 && frame[23] == IPPROTO_TCP;
}

/* Rules for datagrams only: they let out more than the model, which knows none, and TCP as it does. */
static const struct tacit_rule rules[] = {
	{ .protocol = IPPROTO_UDP, .form = TACIT_FORM_QUIC },
	{ .protocol = IPPROTO_UDP, .form = TACIT_FORM_NTP, .owned = TACIT_OWNED_UID | TACIT_OWNED_CGROUP, .cgroup = 7 },
	{ .protocol = IPPROTO_UDP, .form = TACIT_FORM_DNS, .host = 7 },
	{ .form = TACIT_FORM_ECHO },
	{ .protocol = IPPROTO_TCP, .existing = 1 },
};

/* The model writes into what is forwarded. */
static bool may_leave(struct model *model, const uint8_t *data, size_t bytes, bool forwarded)
{
	uint8_t *frame = malloc(bytes);
	bool may;

	must(frame);
	memcpy(frame, data, bytes);
	may = model_out(model, frame, &bytes, forwarded);
	free(frame);
	return may;
}

static void one_policy(const uint8_t *data, size_t size, enum tacit_refuse refuse, bool ruled)
{
	struct tacit_policy policy = { .mode = TACIT_GUARD_ON, .refuse = refuse,
				       .link[0] = { .ifindex = 1, .header = 14, .open = 1 } };
	static struct model *model;
	size_t at = 0, bytes;

	if (!model)
		model = model_new();
	must(model);
	if (ruled) {
		memcpy(policy.rule, rules, sizeof(rules));
		policy.rules = sizeof(rules) / sizeof(*rules);
		policy.wants = TACIT_WANTS_FORM | TACIT_WANTS_OWNER;
	}
	model_reset(model);
	shim_reset(&policy);
	for (int frames = 0; frames < FRAMES_MAX && at + 2 <= size; frames++) {
		bool out = data[at] & 0x80, forwarded = out && data[at] & 0x40, is, should;

		bytes = (size_t)(data[at] & 15) << 8 | data[at + 1];
		at += 2;
		if (bytes > size - at)
			bytes = size - at;
		if (bytes < 14)
			break;
		is = shim_run(out ? tacit_egress : tacit_ingress, data + at, bytes, forwarded) == TC_ACT_OK;
		should = out ? may_leave(model, data + at, bytes, forwarded) : model_in(model, data + at, bytes);
		/* With a reset, the RST for the other end leaves in the packet's place. */
		must(is == should || (is && out && refuse == TACIT_REFUSE_RESET) ||
		     (is && out && ruled && !is_tcp4(data + at, bytes)));
		at += bytes;
	}
	if (model_verified(model))
		taken();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one_policy(data, size, TACIT_REFUSE_DROP, false);
	one_policy(data, size, TACIT_REFUSE_RESET, false);
	one_policy(data, size, TACIT_REFUSE_DROP, true);
	return 0;
}
