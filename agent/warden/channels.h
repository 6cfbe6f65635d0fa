/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the warden knows of the channels: what the engine last said of each. All
 * of it is the engine's word, bounded and printable, nothing more.
 */
#ifndef CHANNELS_H
#define CHANNELS_H

#include <json-c/json.h>

#include "config.h"
#include "journal.h"
#include "message.h"

/* Entries that the engine may cause a second, all channels together; the rest is counted. */
#define CHANNELS_NOTES_A_SECOND 20

/* Alerts shown a minute, of one origin: many clients at once must not wash all else out of the journal. */
#define CHANNELS_ALERTS_A_MINUTE 10
#define CHANNELS_ALERT_MAX 128

struct channels_budget {
	int64_t minute;
	unsigned int shown;	/* in it */
	unsigned int swallowed;	/* since the last one that was shown */
};

struct channels {
	const struct config *config;
	struct journal *journal;
	struct message_channel last[CONFIG_CHANNELS_MAX];
	char error[CONFIG_CHANNELS_MAX][MESSAGE_TEXT_MAX]; /* last note of priority LOG_WARNING or worse */
	uint64_t alerts[CONFIG_CHANNELS_MAX];	/* clients that wanted more than the limit, an episode each */
	char alert[CONFIG_CHANNELS_MAX][CHANNELS_ALERT_MAX]; /* the last one: when and who */
	struct channels_budget engine_alerts;
	struct channels_budget guard_alerts;
	int64_t second;
	unsigned int notes;
	unsigned int dropped;
};

void channels_init(struct channels *c, const struct config *config, struct journal *journal);

/* A MESSAGE_CHANNEL, MESSAGE_NOTE or MESSAGE_LIMIT that message_check() has let through. */
void channels_message(struct channels *c, struct message *m);

/*
 * channels_alert - a client of accept channel `index` wanted more than its limit
 * @source: who, in printable text
 *
 * For the count and the last one in `tacit status`; the journal is the caller's.
 */
void channels_alert(struct channels *c, size_t index, const char *source);

#define CHANNELS_MORE_MAX 64

/*
 * channels_alert_shown - is there room for one more alert in the journal?
 * @more: where there is, how many were swallowed before, to end the entry with
 */
bool channels_alert_shown(struct channels_budget *b, char more[CHANNELS_MORE_MAX]);

/* The engine has ended: every channel is down. */
void channels_down(struct channels *c);

/* An array, one object a channel, for `tacit status`; NULL without memory. */
struct json_object *channels_json(const struct channels *c);

#endif
