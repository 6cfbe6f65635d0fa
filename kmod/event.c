// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"

/* At most one USED event a second and key; five REFUSED at once, then one a second. */
#define USED_BURST 1
#define REFUSED_BURST 5

struct message {
	enum tacit_event_kind kind;
	const char *name;
	int reason;
	u64 count;
	struct tacit_caller caller;
};

static void identify(struct tacit_caller *caller)
{
	caller->uid = from_kuid(&init_user_ns, current_euid());
	caller->pid = task_tgid_nr(current);
	get_task_comm(caller->comm, current);
}

static int put(struct sk_buff *skb, const struct message *message)
{
	if (nla_put_u32(skb, TACIT_ATTR_EVENT_KIND, message->kind) ||
	    (message->name && nla_put_string(skb, TACIT_ATTR_NAME, message->name)) ||
	    (message->reason && nla_put_u32(skb, TACIT_ATTR_EVENT_REASON, message->reason)) ||
	    nla_put_u32(skb, TACIT_ATTR_UID, message->caller.uid) ||
	    nla_put_u32(skb, TACIT_ATTR_PID, message->caller.pid) ||
	    nla_put_string(skb, TACIT_ATTR_COMM, message->caller.comm) ||
	    nla_put_u64_64bit(skb, TACIT_ATTR_COUNT, message->count, TACIT_ATTR_PAD))
		return -EMSGSIZE;
	return 0;
}

static void tell(const struct message *message)
{
	struct sk_buff *skb;
	void *head;

	if (!genl_has_listeners(&tacit_netlink_family, &init_net, 0))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &tacit_netlink_family, 0, TACIT_CMD_EVENT);
	if (!head || put(skb, message)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	/* That the last listener has just gone is no failure. */
	genlmsg_multicast_netns(&tacit_netlink_family, &init_net, skb, 0, 0, GFP_KERNEL);
}

void tacit_event(enum tacit_event_kind kind, const char *name)
{
	struct message message = { .kind = kind, .name = name, .count = 1 };

	identify(&message.caller);
	tell(&message);
}

/* Under the meter's lock: moves a pending cause into a message. */
static bool collect(struct tacit_meter *meter, int cause, struct message *message)
{
	if (!meter->pending[cause].count)
		return false;
	message->kind = cause ? TACIT_EVENT_REFUSED : TACIT_EVENT_USED;
	message->name = meter->name;
	message->reason = cause;
	message->count = meter->pending[cause].count;
	message->caller = meter->pending[cause].last;
	meter->pending[cause].count = 0;
	return true;
}

static struct tacit_bucket *bucket_of(struct tacit_meter *meter, int cause)
{
	return cause ? &meter->refused : &meter->used;
}

static void flush(struct tacit_meter *meter)
{
	struct message message;
	bool found;
	int cause;

	for (cause = 0; cause < TACIT_METER_CAUSES; cause++) {
		spin_lock(&meter->lock);
		found = collect(meter, cause, &message);
		if (found)
			tacit_bucket_take(bucket_of(meter, cause), ktime_get_ns());
		spin_unlock(&meter->lock);
		if (found)
			tell(&message);
	}
}

static void flush_later(struct work_struct *work)
{
	flush(container_of(to_delayed_work(work), struct tacit_meter, work));
}

void tacit_meter_init(struct tacit_meter *meter, const char *name)
{
	memset(meter, 0, sizeof(*meter));
	meter->name = name;
	spin_lock_init(&meter->lock);
	tacit_bucket_init(&meter->used, NSEC_PER_SEC, USED_BURST);
	tacit_bucket_init(&meter->refused, NSEC_PER_SEC, REFUSED_BURST);
	INIT_DELAYED_WORK(&meter->work, flush_later);
}

void tacit_meter_count(struct tacit_meter *meter, int cause)
{
	struct message message;
	bool now;

	spin_lock(&meter->lock);
	meter->pending[cause].count++;
	identify(&meter->pending[cause].last);
	if (cause) {
		meter->last_refusal.reason = cause;
		meter->last_refusal.uid = meter->pending[cause].last.uid;
		meter->last_refusal.time = ktime_get_real_seconds();
	}
	now = tacit_bucket_take(bucket_of(meter, cause), ktime_get_ns());
	if (now)
		collect(meter, cause, &message);
	spin_unlock(&meter->lock);
	if (now)
		tell(&message);
	else
		schedule_delayed_work(&meter->work, HZ);
}

struct tacit_last_refusal tacit_meter_last_refusal(struct tacit_meter *meter)
{
	struct tacit_last_refusal last;

	spin_lock(&meter->lock);
	last = meter->last_refusal;
	spin_unlock(&meter->lock);
	return last;
}

void tacit_meter_stop(struct tacit_meter *meter)
{
	cancel_delayed_work_sync(&meter->work);
	flush(meter);
}
