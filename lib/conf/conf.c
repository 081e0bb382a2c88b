/*
 * conf: the configuration as a whole.
 *
 * Owns what keys mean to each other, and where each value comes from.  Read
 * table.c for the keys, value.c for the types, read.c for the file.
 */
#include "conf/conf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conf/impl.h"

struct load {
	struct conf *conf;
	size_t seen[CONF_KEYS_MAX];	/* number of the file + 1 */
};

static const char *nearest_key(const char *word)
{
	const char *names[CONF_KEYS_MAX];
	size_t n;

	for (n = 0; conf_key(n) != NULL; n++)
		names[n] = conf_key(n)->name;
	return nearest_word(word, names, n);
}

static int unknown_key(const char *word, struct err *e)
{
	const char *near = nearest_key(word);

	if (near == NULL)
		return err_set(e, ERR_CONFIG, "unknown key \"%.64s\"", word);
	return err_set(e, ERR_CONFIG, "unknown key \"%.64s\"; did you mean \"%s\"?", word, near);
}

static int item_take(void *arg, const struct conf_item *item, struct err *e)
{
	struct load *l = arg;
	const struct conf_key *k;
	size_t i;

	if (item->kind != NULL && strcmp(item->kind, "calendar") == 0)
		return conf_calendar_take(l->conf, item, e);
	if (item->kind != NULL)		/* a later one beats an earlier one, as of an include */
		return section_set(&l->conf->sections, item->kind, item->name, item->key,
		    item->value, e);
	for (i = 0; (k = conf_key(i)) != NULL && strcmp(k->name, item->key) != 0; i++)
		;
	if (k == NULL)
		return unknown_key(item->key, e);
	if (l->seen[i] == item->file_number + 1)
		return err_set(e, ERR_CONFIG, "%s is set twice in this file (%s)", k->name,
		    l->conf->origin[i]);
	if (conf_set(l->conf, k, item->value, e) == -1)
		return err_prefix(e, "%s", k->name);
	l->seen[i] = item->file_number + 1;
	free(l->conf->origin[i]);
	l->conf->origin[i] = xasprintf("%s:%zu", item->file, item->line);
	return 0;
}

int conf_assign(struct conf *c, const char *setting, struct err *e)
{
	static const char from[] = "--set";
	struct load l = { .conf = c };

	return conf_read_text(from, setting, strlen(setting), item_take, &l, e);
}

static void defaults_set(struct conf *c)
{
	const struct conf_key *k;

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; (k = conf_key(i)) != NULL; i++) {
		int r = k->fallback == NULL ? 0 : conf_set(c, k, k->fallback, NULL);

		assert(r == 0);
		(void)r;
	}
}

static int whole_check(const struct conf *c, struct err *e)
{
	if (c->lease < 2 * c->heartbeat)
		return err_set(e, ERR_CONFIG, "lease must be at least twice heartbeat: one lost "
		    "heartbeat is no lost worker");
	if (c->keep_logs > c->keep_history)
		return err_set(e, ERR_CONFIG, "keep_logs must not be longer than keep_history: "
		    "nothing would find the logs");
	if (c->uuid_keep < c->history_after)
		return err_set(e, ERR_CONFIG, "uuid_keep must not be shorter than history_after");
	return 0;
}

static int load_end(struct conf *c, int r, struct err *e)
{
	if (r == 0)
		r = whole_check(c, e);
	if (r == -1)
		conf_free(c);
	return r;
}

int conf_load(const char *path, struct conf *c, struct err *e)
{
	const char *env = getenv("JOB_CONFIG");
	struct load l = { .conf = c };

	defaults_set(c);
	if (path == NULL && env != NULL && env[0] != '\0')
		path = env;
	if (path == NULL && access(CONF_DEFAULT, F_OK) == -1 && errno == ENOENT)
		return 0;
	return load_end(c, conf_read_file(path != NULL ? path : CONF_DEFAULT, item_take, &l, e), e);
}

int conf_load_text(const char *name, const char *text, size_t n, struct conf *c, struct err *e)
{
	struct load l = { .conf = c };

	defaults_set(c);
	return load_end(c, conf_read_text(name, text, n, item_take, &l, e), e);
}

void conf_free(struct conf *c)
{
	const struct conf_key *k;

	if (c == NULL)
		return;
	for (size_t i = 0; (k = conf_key(i)) != NULL; i++) {
		if (conf_is_text(k->type))
			free(*(char **)((char *)c + k->offset));
		free(c->origin[i]);
	}
	sections_free(&c->sections);
	conf_calendar_free(c);
	memset(c, 0, sizeof(*c));
}

int conf_print(const struct conf *c, struct buf *out)
{
	const struct conf_key *k;
	struct buf value;
	int r = 0;

	buf_init(&value, CONF_LINE_MAX);
	for (size_t i = 0; r == 0 && (k = conf_key(i)) != NULL; i++) {
		buf_reset(&value);
		conf_format(c, i, &value);
		if (value.len == 0)
			r = buf_addf(out, "# %s is not set\n", k->name);
		else
			r = buf_addf(out, "%s = %s\t# %s\n", k->name, value.data,
			    c->origin[i] != NULL ? c->origin[i] : "default");
	}
	buf_release(&value);
	if (r == 0)
		r = sections_print(&c->sections, out);
	return r == 0 ? conf_calendar_print(c, out) : r;
}

size_t conf_restart_needed(const struct conf *now, const struct conf *next, struct buf *names)
{
	const struct conf_key *k;
	struct buf a, b;
	size_t n = 0;

	buf_init(&a, CONF_LINE_MAX);
	buf_init(&b, CONF_LINE_MAX);
	for (size_t i = 0; (k = conf_key(i)) != NULL; i++) {
		if (k->reload)
			continue;
		buf_reset(&a);
		buf_reset(&b);
		conf_format(now, i, &a);
		conf_format(next, i, &b);
		if (a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0))
			continue;
		if (names != NULL)
			buf_addf(names, "%s%s", names->len > 0 ? ", " : "", k->name);
		n++;
	}
	buf_release(&a);
	buf_release(&b);
	return n;
}
