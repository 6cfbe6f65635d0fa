/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "config.h"
#include "config_values.h"
#include "schedule.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Is `text` 1 to room - 1 bytes, all of them of `set`? */
static bool consists_of(const char *text, const char *set, size_t room)
{
	size_t n = strlen(text);

	return n > 0 && n < room && strspn(text, set) == n;
}

static void store_text(const char *text, const struct config_value *v, void *field)
{
	memset(field, 0, v->room);
	memcpy(field, text, strlen(text));
}

/* Native integers of 1, 2, 4 or 8 bytes. */
static void store_number(uint64_t n, const struct config_value *v, void *field)
{
	switch (v->room) {
	case 1:
		*(uint8_t *)field = (uint8_t)n;
		break;
	case 2:
		*(uint16_t *)field = (uint16_t)n;
		break;
	case 4:
		*(uint32_t *)field = (uint32_t)n;
		break;
	case 8:
		*(uint64_t *)field = n;
		break;
	}
}

/* Decimal digits from `text` on, no sign and no blank; *end is the first byte behind them. */
static bool parse_digits(const char *text, uint64_t *number, const char **end)
{
	uint64_t n = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return false;
	*number = n;
	*end = p;
	return p > text;
}

static bool parse_bounded(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	const char *end;

	return parse_digits(text, number, &end) && !*end && *number >= min && *number <= max;
}

int config_time(const char *text, uint64_t *ns)
{
	static const struct config_choice units[] = {
		{ "ms", NSEC_PER_MSEC },
		{ "s", NSEC_PER_SEC },
		{ "min", 60 * NSEC_PER_SEC },
		{ "h", 3600 * NSEC_PER_SEC },
	};
	const char *unit;
	uint64_t n;

	if (!parse_digits(text, &n, &unit))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].word))
			return __builtin_mul_overflow(n, units[i].value, ns) ? -EINVAL : 0;
	return -EINVAL;
}

bool value_number(const char *text, const struct config_value *v, void *field)
{
	uint64_t n;

	if (!parse_bounded(text, v->min, v->max, &n))
		return false;
	store_number(n, v, field);
	return true;
}

bool value_rate(const char *text, const struct config_value *v, void *field)
{
	uint64_t n;
	const char *unit;

	if (!parse_digits(text, &n, &unit) || n > v->max)
		return false;
	if (!strcmp(unit, "/s"))
		n *= 60;
	else if (strcmp(unit, "/min"))
		return false;
	if (n < v->min || n > v->max)
		return false;
	store_number(n, v, field);
	return true;
}

bool value_time(const char *text, const struct config_value *v, void *field)
{
	uint64_t ns;

	if (config_time(text, &ns))
		return false;
	store_number(ns, v, field);
	return true;
}

bool value_choice(const char *text, const struct config_value *v, void *field)
{
	for (const struct config_choice *c = v->choices; c->word; c++) {
		if (strcmp(text, c->word))
			continue;
		store_number(c->value, v, field);
		return true;
	}
	return false;
}

bool value_pcrs(const char *text, const struct config_value *v, void *field)
{
	(void)v;
	return pcrs_parse(text, field);
}

bool value_text(const char *text, const struct config_value *v, void *field)
{
	if (!*text || strlen(text) >= v->room)
		return false;
	store_text(text, v, field);
	return true;
}

bool value_path(const char *text, const struct config_value *v, void *field)
{
	return text[0] == '/' && text[1] && value_text(text, v, field);
}

/* What the kernel takes as a name (dev_valid_name()), less what nobody gives. */
static bool is_link_name(const char *name)
{
	return consists_of(name, LOWER UPPER DIGITS "._-@", IF_NAMESIZE) && name[0] != '.';
}

static bool add_uplink(struct config_uplinks *uplinks, const char *name)
{
	if (uplinks->count == CONFIG_UPLINKS_MAX || !is_link_name(name) || !strcmp(name, "lo"))
		return false;
	for (size_t i = 0; i < uplinks->count; i++)
		if (!strcmp(uplinks->name[i], name))
			return false;
	strcpy(uplinks->name[uplinks->count++], name);
	return true;
}

bool value_uplinks(const char *text, const struct config_value *v, void *field)
{
	struct config_uplinks uplinks = { .count = 0 };
	char copy[CONFIG_UPLINKS_MAX * IF_NAMESIZE + 16], *rest = copy, *name;

	(void)v;
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	while ((name = strsep(&rest, " \t")))
		if (name[0] && !add_uplink(&uplinks, name))
			return false;
	if (!uplinks.count)
		return false;
	memcpy(field, &uplinks, sizeof(uplinks));
	return true;
}

/* A name or a number, but not root: the engine is where a peer's bytes are parsed. */
bool value_user(const char *text, const struct config_value *v, void *field)
{
	uint64_t uid;

	if (!consists_of(text, LOWER UPPER DIGITS "._-", v->room) || text[0] == '-' || !strcmp(text, "root"))
		return false;
	if (strspn(text, DIGITS) == strlen(text) && !parse_bounded(text, 1, UINT32_MAX - 1, &uid))
		return false;
	store_text(text, v, field);
	return true;
}

bool value_uid(const char *text, const struct config_value *v, void *field)
{
	struct tacit_rule *rule = field;
	const struct passwd *user;
	uint64_t uid;

	(void)v;
	if (!consists_of(text, LOWER UPPER DIGITS "._-", CONFIG_NAME_MAX))
		return false;
	if (strspn(text, DIGITS) == strlen(text)) {
		if (!parse_bounded(text, 0, UINT32_MAX - 1, &uid))
			return false;
	} else {
		user = getpwnam(text);
		if (!user)
			return false;
		uid = user->pw_uid;
	}
	rule->uid = (uint32_t)uid;
	rule->owned |= TACIT_OWNED_UID;
	return true;
}

bool value_cgroup(const char *text, const struct config_value *v, void *field)
{
	size_t levels = 0, part;

	if (text[0] != '/' || strlen(text) >= v->room)
		return false;
	for (const char *p = text; *p; p += part) {
		part = strcspn(++p, "/");
		if (!part || p[0] == '.' || ++levels >= TACIT_CGROUP_LEVELS)
			return false;
	}
	store_text(text, v, field);
	return true;
}

bool is_name(const char *text)
{
	return consists_of(text, LOWER DIGITS "._-", CONFIG_NAME_MAX) && !strchr("._-", text[0]);
}

bool value_name(const char *text, const struct config_value *v, void *field)
{
	if (!is_name(text) || strlen(text) >= v->room)
		return false;
	store_text(text, v, field);
	return true;
}

bool value_client_id(const char *text, const struct config_value *v, void *field)
{
	if (!consists_of(text, LOWER UPPER DIGITS "._-", v->room))
		return false;
	store_text(text, v, field);
	return true;
}

/* A name that could be published: no '+' or '#', and '$' is the broker's own (MQTT 3.1.1, 4.7). */
bool value_topic(const char *text, const struct config_value *v, void *field)
{
	return text[0] != '$' && !strpbrk(text, "+#") && value_text(text, v, field);
}
