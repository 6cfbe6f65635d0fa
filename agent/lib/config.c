/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_hint.h"
#include "config_keys.h"

#define LIST_MAX 256

/*
 * inih splits "key = value" and takes comments away. What it does not tell its handler (a
 * section without keys, a section twice, a line cut at its limit, a continued line) is seen by
 * read_line(), through which it gets the text.
 */
struct parser {
	const char *file;
	const char *text;	/* what is left to read */
	size_t left;
	int line;
	struct config *config;
	struct config_error *error;
	bool failed;
	const struct config_section *section;	/* NULL before the first one */
	void *target;	/* the section's struct */
	int section_line;
	uint32_t seen;	/* keys of this section, by number */
	int lines[CONFIG_KEYS_MAX];	/* where they stand; of those that were seen */
	uint32_t sections_seen;	/* kinds, by number */
};

#define fail(p, ...) ((p)->failed = true, config_complain((p)->error, (p)->file, (p)->line, __VA_ARGS__))

/* ---- sections ---- */

static void set_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	strcpy(config->user, CONFIG_DEFAULT_USER);
	strcpy(config->keys, CONFIG_DEFAULT_KEYS);
	strcpy(config->root_key, CONFIG_DEFAULT_ROOT_KEY);
	strcpy(config->control, CONFIG_DEFAULT_CONTROL);
	config->refuse = TACIT_REFUSE_RESET;
	config->unattended = CONFIG_UNATTENDED;
	config->pace.other = 1;
}

static struct config_place place_of(const struct parser *p, int line)
{
	return (struct config_place){
		.file = p->file,
		.line = line,
		.config = p->config,
		.error = p->error,
		.section = p->section,
		.seen = p->seen,
		.lines = p->lines,
	};
}

/* The section that ends here is complete: are its keys, and do they go together? */
static int end_section(struct parser *p)
{
	const struct config_section *s = p->section;
	struct config_place place = place_of(p, p->section_line);

	if (!s || (s->all_or_none && !p->seen))
		return 0;
	for (size_t i = 0; i < s->key_count; i++) {
		if (!s->keys[i].required || p->seen & 1u << i)
			continue;
		p->failed = true;
		return config_complain(p->error, p->file, p->section_line, "[%s] lacks its key %s; add %s = VALUE", s->kind,
				       s->keys[i].name, s->keys[i].name);
	}
	if (s->check && s->check(&place, p->target)) {
		p->failed = true;
		return -EINVAL;
	}
	return 0;
}

static int new_channel(struct parser *p, const char *name)
{
	struct config *config = p->config;
	struct config_channel *c = &config->channels[config->channel_count];

	for (size_t i = 0; i < config->channel_count; i++)
		if (!strcmp(config->channels[i].name, name))
			return fail(p, "[channel %s] stands in line %d already; give each its own name", name,
				    config->channels[i].line);
	if (config->channel_count == CONFIG_CHANNELS_MAX)
		return fail(p, "there are more than %d channels; remove one", CONFIG_CHANNELS_MAX);
	config->channel_count++;
	strcpy(c->name, name);
	c->protocol = CONFIG_PROTOCOL_MQTT;
	c->limit_rate = CONFIG_LIMIT_RATE;
	c->limit_burst = CONFIG_LIMIT_BURST;
	c->cell = 1024;
	c->cells = 2;
	c->ping_every = 8;
	c->qos = 1;
	c->spool = 256;
	c->line = p->line;
	p->target = c;
	return 0;
}

static int new_allow(struct parser *p, const char *name)
{
	struct config *config = p->config;
	struct config_allow *a = &config->allows[config->allow_count];

	for (size_t i = 0; i < config->allow_count; i++)
		if (!strcmp(config->allows[i].name, name))
			return fail(p, "[allow %s] stands in line %d already; give each its own name", name,
				    config->allows[i].line);
	if (config->allow_count == CONFIG_ALLOWS_MAX)
		return fail(p, "there are more than %d rules; remove one", CONFIG_ALLOWS_MAX);
	config->allow_count++;
	strcpy(a->name, name);
	a->line = p->line;
	p->target = a;
	return 0;
}

static int new_uplink(struct parser *p, const char *name)
{
	struct config *config = p->config;
	struct config_pace *one = &config->paces[config->pace_count];

	for (size_t i = 0; i < config->pace_count; i++)
		if (!strcmp(config->paces[i].name, name))
			return fail(p, "[uplink %s] stands in line %d already; keep one of them", name, config->paces[i].line);
	if (strlen(name) >= sizeof(one->name))
		return fail(p, "[uplink %s]: names of interfaces are shorter; write one of those in [device]", name);
	if (config->pace_count == CONFIG_UPLINKS_MAX)
		return fail(p, "there are more than %d sections [uplink NAME]; remove one", CONFIG_UPLINKS_MAX);
	config->pace_count++;
	strcpy(one->name, name);
	one->pace.other = 1;
	one->line = p->line;
	p->target = one;
	return 0;
}

static int unknown_section(struct parser *p, const char *kind)
{
	const char *nearest = NULL;
	unsigned int best = CONFIG_HINT_FAR;

	for (size_t i = 0; i < config_section_count; i++) {
		unsigned int d = config_hint_distance(kind, config_sections[i].kind);

		if (d < best) {
			best = d;
			nearest = config_sections[i].kind;
		}
	}
	if (nearest)
		return fail(p, "there is no section [%s]; did you mean [%s]?", kind, nearest);
	return fail(p, "there is no section [%s]; sections are [device], [schedule], [uplink NAME], [channel NAME] and [allow NAME]", kind);
}

static int begin_section(struct parser *p, const char *kind, const char *name)
{
	size_t i;

	for (i = 0; i < config_section_count && strcmp(config_sections[i].kind, kind); i++)
		;
	if (i == config_section_count)
		return unknown_section(p, kind);
	p->section = &config_sections[i];
	p->section_line = p->line;
	p->seen = 0;
	if (!p->section->named) {
		if (*name)
			return fail(p, "[%s] takes no name; write [%s]", kind, kind);
		if (p->sections_seen & 1u << i)
			return fail(p, "[%s] stands here a second time; keep all its keys together", kind);
		p->sections_seen |= 1u << i;
		p->target = p->config;
		return 0;
	}
	if (!is_name(name))
		return fail(p, "[%s %s] needs a name of 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or "
			       "digit; write [%s NAME]",
			    kind, name, kind);
	if (!strcmp(kind, "uplink"))
		return new_uplink(p, name);
	return strcmp(kind, "channel") ? new_allow(p, name) : new_channel(p, name);
}

/* "[kind]" or "[kind NAME]", then nothing but a comment. `line` is changed. */
static int section_head(struct parser *p, char *line)
{
	char *end = strchr(line, ']'), *kind, *name;

	if (!end || end[1 + strspn(end + 1, " \t")] != 0)
		return fail(p, "this section's head does not end with a ']'; write [SECTION] or [SECTION NAME]");
	*end = 0;
	kind = line + 1 + strspn(line + 1, " \t");
	name = kind + strcspn(kind, " \t");
	if (*name)
		*name++ = 0;
	name += strspn(name, " \t");
	while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = 0;
	return end_section(p) || begin_section(p, kind, name) ? -EINVAL : 0;
}

/* ---- keys ---- */

/* The words that a choice or a section knows, with commas. */
static void append_word(char list[LIST_MAX], const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, LIST_MAX - used, "%s%s", used ? ", " : "", word);
}

static int unknown_key(struct parser *p, const char *name)
{
	const struct config_section *s = p->section;
	const char *nearest = NULL;
	unsigned int best = CONFIG_HINT_FAR;
	char list[LIST_MAX] = "";

	for (size_t i = 0; i < s->key_count; i++) {
		unsigned int d = config_hint_distance(name, s->keys[i].name);

		append_word(list, s->keys[i].name);
		if (d < best) {
			best = d;
			nearest = s->keys[i].name;
		}
	}
	if (nearest)
		return fail(p, "[%s] has no key %s; did you mean %s?", s->kind, name, nearest);
	return fail(p, "[%s] has no key %s; its keys are %s", s->kind, name, list);
}

static int refuse_value(struct parser *p, const struct config_key *key, const char *text)
{
	const struct config_value *v = &key->value;
	char list[LIST_MAX] = "";

	if (v->want)
		return fail(p, "%s = %s is refused; it must be %s", key->name, text, v->want);
	if (!v->choices)
		return fail(p, "%s = %s is refused; it must be a whole number from %llu to %llu", key->name, text,
			    (unsigned long long)v->min, (unsigned long long)v->max);
	for (const struct config_choice *c = v->choices; c->word; c++)
		append_word(list, c->word);
	return fail(p, "%s = %s is refused; it must be one of: %s", key->name, text, list);
}

static int set_key(struct parser *p, const char *name, const char *text)
{
	const struct config_section *s = p->section;
	size_t i;

	if (!s)
		return fail(p, "%s stands before the first section; begin with [device]", name);
	for (i = 0; i < s->key_count && strcmp(s->keys[i].name, name); i++)
		;
	if (i == s->key_count)
		return unknown_key(p, name);
	if (p->seen & 1u << i)
		return fail(p, "%s is given twice in this section; keep one", name);
	p->seen |= 1u << i;
	p->lines[i] = p->line;
	if (!s->keys[i].value.parse(text, &s->keys[i].value, (char *)p->target + s->keys[i].value.offset))
		return refuse_value(p, &s->keys[i], text);
	return 0;
}

/* inih's handler: 1 is success. */
static int handle_key(void *user, const char *section, const char *name, const char *value)
{
	struct parser *p = user;

	(void)section; /* cut at 49 bytes; read_line() knows it whole */
	return !p->failed && !set_key(p, name, value);
}

/* ---- lines ---- */

/* Where the line's comment begins, or its end: inih takes a ';' behind a blank for a comment as well. */
static size_t comment_start(const char *line, size_t bytes)
{
	size_t i = 0;

	while (i < bytes && (line[i] == ' ' || line[i] == '\t'))
		i++;
	if (i < bytes && (line[i] == '#' || line[i] == ';'))
		return i;
	for (i = 1; i < bytes; i++)
		if (line[i] == ';' && (line[i - 1] == ' ' || line[i - 1] == '\t'))
			return i;
	return bytes;
}

/* What inih would not tell. `line` is without its comment and the blanks before that; a section's head is taken away. */
static int check_line(struct parser *p, char *line)
{
	size_t bytes = strlen(line);

	if (bytes == 0)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		if (line[i] != '\t' && (line[i] < 0x20 || line[i] >= 0x7f))
			return fail(p, "there is a byte that is not printable ASCII in column %zu; remove it", i + 1);
	if (line[0] == ' ' || line[0] == '\t')
		return fail(p, "this line begins with a blank; begin each line in the first column");
	if (line[0] == '[') {
		int error = section_head(p, line);

		line[0] = 0;
		return error;
	}
	return 0;
}

/* inih's reader, like fgets(): hand over the next line, without its comment; NULL at the end or once something is wrong. */
static char *read_line(char *line, int room, void *stream)
{
	struct parser *p = stream;
	const char *end;
	size_t bytes, taken;

	if (p->failed || !p->left)
		return NULL;
	p->line++;
	end = memchr(p->text, '\n', p->left);
	bytes = end ? (size_t)(end - p->text) : p->left;
	taken = bytes + (end ? 1 : 0);
	if (memchr(p->text, 0, bytes)) {
		fail(p, "there is a NUL byte in this line; remove it");
		return NULL;
	}
	if (bytes && p->text[bytes - 1] == '\r')
		bytes--;
	bytes = comment_start(p->text, bytes);
	while (bytes && (p->text[bytes - 1] == ' ' || p->text[bytes - 1] == '\t'))
		bytes--;
	if (room < 3 || bytes > (size_t)room - 3) { /* "\r\n" and NUL: what inih's own limit is made for */
		fail(p, "this line is longer than %d bytes; shorten it", room - 3);
		return NULL;
	}
	memcpy(line, p->text, bytes);
	line[bytes] = 0;
	p->text += taken;
	p->left -= taken;
	if (check_line(p, line))
		return NULL;
	bytes = strlen(line);
	line[bytes] = '\n';
	line[bytes + 1] = 0;
	return line;
}

/* ---- all of it ---- */

static int parse(const char *file, const char *text, size_t bytes, struct config *config, struct config_error *error)
{
	struct parser p = { .file = file, .text = text, .left = bytes, .config = config, .error = error };
	struct config_place place;
	int result;

	set_defaults(config);
	error->text[0] = 0;
	if (bytes > CONFIG_FILE_BYTES_MAX)
		return fail(&p, "the file is larger than %d bytes; shorten it", CONFIG_FILE_BYTES_MAX);
	result = ini_parse_stream(read_line, &p, handle_key, &p);
	/* A line without '=' is the one thing that inih finds itself; it goes on then. */
	if (result > 0 && (!p.failed || result < p.line))
		return config_complain(error, file, result, "this line is neither a section, a key nor a comment; write KEY = VALUE");
	if (result < 0)
		return config_complain(error, file, p.line, "out of memory");
	if (p.failed || end_section(&p))
		return -EINVAL;
	place = place_of(&p, p.line);
	return config_check_whole(&place);
}

int config_parse(const char *file, const char *text, size_t bytes, struct config *config, struct config_error *error)
{
	int result = parse(file, text, bytes, config, error);

	if (result) {
		memset(config, 0, sizeof(*config));
		config_uplink(text, bytes, &config->uplinks);
	}
	return result;
}
