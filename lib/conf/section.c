/*
 * section: the keys of sections, a table for each kind.
 */
#include "conf/section.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conf/impl.h"

#define SHARES_MAX 1000000
#define SECTIONS_MAX 10000	/* of a kind */

#define K(key, kind, standard) .name = #key, AT(key), .type = CONF_##kind, .fallback = standard
#define RANGE(from, to) .min = (from), .max = (to)
#define RELOAD .reload = true
#define AUTO .may_auto = true

static const char *const states[] = { "open", "stopped", "draining", NULL };

#define AT(member) .offset = offsetof(struct queue_conf, member)
static const struct conf_key queue_keys[] = {
	{ K(state, CHOICE, "open"), .words = states, RELOAD },
	{ K(min_priority, NUMBER, "0"), RANGE(0, 1000), RELOAD },
	{ K(max_priority, NUMBER, "1000"), RANGE(0, 1000), RELOAD },
	{ K(users, TEXT, NULL), RELOAD },
	{ K(windows, WINDOWS, NULL), RELOAD },
	CONF_QUOTA_ALL(quota),
	{ K(default_priority, NUMBER, "auto"), RANGE(0, 1000), AUTO, RELOAD },
	{ K(default_time_limit, DURATION, "auto"), RANGE(0, CONF_YEARS), AUTO, RELOAD },
	{ K(default_cpus, MILLI, "auto"), RANGE(1, INT64_C(100000000)), AUTO, RELOAD },
	{ K(default_memory, MIB, "auto"), RANGE(0, INT64_C(1000000000)), AUTO, RELOAD },
	{ K(default_retries, NUMBER, "auto"), RANGE(0, 1000), AUTO, RELOAD },
	{ .name = NULL }
};
#undef AT

#define AT(member) .offset = offsetof(struct share, member)
static const struct conf_key share_keys[] = {
	{ K(shares, NUMBER, "1"), RANGE(1, SHARES_MAX), RELOAD },
	CONF_QUOTA_ALL(quota),
	{ .name = NULL }
};
#undef AT

#define AT(member) .offset = offsetof(struct sections, member)
static const struct conf_key site_keys[] = {
	CONF_QUOTA_ROOM(site),
	{ .name = NULL }
};
#undef AT

static const struct kind {
	const char *name;
	const struct conf_key *keys;
} kinds[] = {
	{ "queue", queue_keys }, { "user", share_keys }, { "team", share_keys },
	{ SECTION_SITE, site_keys },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* ---- finding and making */

static void *find(const struct sections *s, const struct kind *k, const char *name)
{
	if (k->keys == site_keys)
		return (struct sections *)(uintptr_t)s;
	for (size_t i = 0; k->keys == queue_keys && i < s->nqueues; i++)
		if (strcmp(s->queues[i].name, name) == 0)
			return &s->queues[i];
	for (size_t i = 0; k->keys == share_keys && i < s->nshares; i++)
		if (s->shares[i].team == (strcmp(k->name, "team") == 0) &&
		    strcmp(s->shares[i].name, name) == 0)
			return &s->shares[i];
	return NULL;
}

static void *defaults_set(void *section, const struct kind *k)
{
	for (const struct conf_key *key = k->keys; key->name != NULL; key++)
		if (key->fallback != NULL)
			(void)conf_set(section, key, key->fallback, NULL);
	return section;
}

static void *make(struct sections *s, const struct kind *k, const char *name)
{
	struct queue_conf *q;
	struct share *u;

	if (k->keys == queue_keys) {
		s->queues = xreallocarray(s->queues, s->nqueues + 1, sizeof(*s->queues));
		q = &s->queues[s->nqueues++];
		*q = (struct queue_conf){ .name = xstrdup(name) };
		return defaults_set(q, k);
	}
	s->shares = xreallocarray(s->shares, s->nshares + 1, sizeof(*s->shares));
	u = &s->shares[s->nshares++];
	*u = (struct share){ .name = xstrdup(name), .team = strcmp(k->name, "team") == 0 };
	return defaults_set(u, k);
}

void sections_copy(struct sections *to, const struct sections *from)
{
	*to = *from;
	to->shares = shares_copy(from->shares, from->nshares);
	to->queues = queues_copy(from->queues, from->nqueues);
}

void sections_free(struct sections *s)
{
	shares_free(s->shares, s->nshares);
	queues_free(s->queues, s->nqueues);
}

/* ---- setting */

static int unknown(const struct kind *k, const char *word, struct err *e)
{
	const char *names[32], *near;
	size_t n;

	for (n = 0; k->keys[n].name != NULL; n++)
		names[n] = k->keys[n].name;
	near = nearest_word(word, names, n);
	return err_set(e, ERR_CONFIG, "unknown key \"%.64s\" of a [%s]%s%s%s", word, k->name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* A wrong value is found before the section is there. */
static int value_check(const struct conf_key *key, const char *value, struct err *e)
{
	union {
		struct queue_conf queue;
		struct share share;
		char *text[1];
	} spare = { .queue = { .name = NULL } };
	int r = conf_set(&spare, key, value, e);

	if (conf_is_text(key->type))
		free(spare.text[key->offset / sizeof(char *)]);
	return r == -1 ? err_prefix(e, "%s", key->name) : 0;
}

int section_set(struct sections *s, const char *kind, const char *name, const char *key,
    const char *value, struct err *e)
{
	const struct kind *k = kind_of(kind);
	const struct conf_key *row;
	void *section;

	if (k == NULL)
		return err_set(e, ERR_CONFIG, "settings of a [%s] are not there yet", kind);
	for (row = k->keys; row->name != NULL && strcmp(row->name, key) != 0; row++)
		;
	if (row->name == NULL)
		return unknown(k, key, e);
	if (s->nqueues >= SECTIONS_MAX || s->nshares >= SECTIONS_MAX)
		return err_set(e, ERR_CONFIG, "more than %d sections", SECTIONS_MAX);
	if (k->keys != site_keys && value_check(row, value, e) == -1)
		return -1;
	section = find(s, k, name);
	if (section == NULL)
		section = make(s, k, name);
	return conf_set(section, row, value, e) == -1 ? err_prefix(e, "%s", key) : 0;
}

/* ---- showing */

static int print_key(const void *section, const struct conf_key *k, bool always,
    struct buf *out)
{
	struct buf value;
	int r;

	buf_init(&value, CONF_LINE_MAX);
	r = conf_value_format(section, k, &value);
	if (r == 0 && value.len > 0 &&
	    (always || k->fallback == NULL || strcmp(value.data, k->fallback) != 0))
		r = buf_addf(out, "%s = %s\n", k->name, value.data);
	buf_release(&value);
	return r;
}

/* The first key in any case, so that there is a section at all; else what is said. */
static int print_section(const void *section, const char *kind, const char *name,
    struct buf *out)
{
	const struct conf_key *keys = kind_of(kind)->keys, *k;
	int r = buf_addf(out, "[%s %s]\n", kind, name);

	for (k = keys; r == 0 && k->name != NULL; k++)
		r = print_key(section, k, k == keys, out);
	return r;
}

int sections_print(const struct sections *s, struct buf *out)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->nshares; i++)
		r = print_section(&s->shares[i], s->shares[i].team ? "team" : "user",
		    s->shares[i].name, out);
	for (i = 0; r == 0 && i < s->nqueues; i++)
		r = print_section(&s->queues[i], "queue", s->queues[i].name, out);
	return r;
}

const char *section_value(const struct sections *s, const char *kind, const char *name,
    size_t i, struct buf *value)
{
	const struct kind *k = kind_of(kind);
	const void *section = find(s, k, name);

	for (size_t n = 0; n <= i; n++)
		if (k->keys[n].name == NULL)
			return NULL;
	buf_reset(value);
	(void)conf_value_format(section, &k->keys[i], value);
	return k->keys[i].name;
}
