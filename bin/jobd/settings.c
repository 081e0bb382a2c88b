/*
 * settings: what an administrator has said of queues and of bounds, key by key.
 *
 * Owns the list of it, as it stands in the spool, and what follows from it and from
 * job.conf together: a key that was said here beats the same one there.  A change is in
 * force at once; whoever asked for it hears so when it is on disk.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/usage.h"
#include "msg/msg.h"
#include "settings.h"

#define SETTINGS_MAX 10000
#define NAME_BYTES 64

struct settings {
	struct setting_row *rows;	/* texts are ours */
	size_t n;
	struct sections in_force;
};

static void row_release(struct setting_row *row)
{
	free((char *)(uintptr_t)row->kind);
	free((char *)(uintptr_t)row->name);
	free((char *)(uintptr_t)row->key);
	free((char *)(uintptr_t)row->value);
}

static struct setting_row *find(const struct settings *s, const struct setting_row *like)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->rows[i].kind, like->kind) == 0 &&
		    strcmp(s->rows[i].name, like->name) == 0 &&
		    strcmp(s->rows[i].key, like->key) == 0)
			return &s->rows[i];
	return NULL;
}

/* Without a value it is taken back. */
static void keep(struct settings *s, const struct setting_row *like)
{
	struct setting_row *row = find(s, like);

	if (row != NULL) {
		row_release(row);
		*row = s->rows[--s->n];
	}
	if (like->value == NULL)
		return;
	s->rows = xreallocarray(s->rows, s->n + 1, sizeof(*s->rows));
	s->rows[s->n++] = (struct setting_row){ .kind = xstrdup(like->kind),
	    .name = xstrdup(like->name), .key = xstrdup(like->key),
	    .value = xstrdup(like->value) };
}

/* A newer jobd may have known more: what this one does not know is passed over. */
static void put_in_force(struct jobd *d)
{
	struct settings *s = d->settings;
	struct err e;

	sections_free(&s->in_force);
	sections_copy(&s->in_force, &d->conf.sections);
	for (size_t i = 0; i < s->n; i++) {
		const struct setting_row *r = &s->rows[i];

		if (section_set(&s->in_force, r->kind, r->name, r->key, r->value, &e) == -1)
			log_warn("what was set of %s %s is left out: %s", r->kind, r->name,
			    e.text);
	}
}

static int on_row(void *arg, const void *row)
{
	keep(arg, row);
	return 0;
}

int settings_start(struct jobd *d, struct err *e)
{
	d->settings = xcalloc(1, sizeof(*d->settings));
	if (reader_settings(d->reader, on_row, d->settings, e) == -1)
		return -1;
	put_in_force(d);
	return 0;
}

void settings_reload(struct jobd *d)
{
	put_in_force(d);
}

const struct sections *settings_in_force(const struct jobd *d)
{
	return d->settings != NULL ? &d->settings->in_force : &d->conf.sections;
}

void settings_free(struct jobd *d)
{
	struct settings *s = d->settings;

	if (s == NULL)
		return;
	while (s->n > 0)
		row_release(&s->rows[--s->n]);
	free(s->rows);
	sections_free(&s->in_force);
	free(s);
}

const struct queue_conf *queue_in_force(const struct jobd *d, const char *name)
{
	const struct sections *s = settings_in_force(d);

	for (size_t i = 0; i < s->nqueues; i++)
		if (strcmp(s->queues[i].name, name) == 0)
			return &s->queues[i];
	return NULL;
}

/* ---- requests */

struct order {			/* what is asked for */
	const char *op, *kind, *name;
	struct setting_row *rows;
	size_t n;
};

/* "key=value", or "key=" for what is taken back. */
static int setting_read(struct jobd *d, const char *text, struct order *o, struct err *e)
{
	struct setting_row *row = &o->rows[o->n++];
	char *key = arena_strdup(loop_arena(d), text), *value = strchr(key, '=');

	if (value == NULL || value == key)
		return err_set(e, ERR_USAGE, "\"%.64s\" is not KEY=VALUE", text);
	*value++ = '\0';
	*row = (struct setting_row){ .kind = o->kind, .name = o->name, .key = key,
	    .value = *value != '\0' ? value : NULL };
	return 0;
}

/* All that was said of it is taken back. */
static int forget_all(struct jobd *d, struct order *o, struct err *e)
{
	const struct settings *s = d->settings;

	o->rows = arena_alloc(loop_arena(d), (s->n + 1) * sizeof(*o->rows));
	for (size_t i = 0; i < s->n; i++) {
		const struct setting_row *r = &s->rows[i];

		if (strcmp(r->kind, o->kind) == 0 && strcmp(r->name, o->name) == 0)
			o->rows[o->n++] = (struct setting_row){ .kind = o->kind, .name = o->name,
			    .key = arena_strdup(loop_arena(d), r->key) };
	}
	if (o->n == 0)
		return err_set(e, ERR_NOINPUT, "nothing was set of %s %s in this spool%s", o->kind,
		    o->name, queue_in_force(d, o->name) != NULL ?
		    ": it stands in job.conf" : "");
	return 0;
}

/* Jobs whose queue is gone would be in none. */
static int removable(const struct jobd *d, const struct order *o, struct err *e)
{
	int64_t jobs = core_queue_jobs(d->core, o->name);

	for (size_t i = 0; i < d->conf.sections.nqueues; i++)
		if (strcmp(d->conf.sections.queues[i].name, o->name) == 0)
			return 0;	/* job.conf still has it */
	if (jobs == 0)
		return 0;
	return err_set(e, ERR_AGAIN, "queue %s has %" PRId64 " jobs that are not over: drain it, "
	    "and take it away when they are", o->name, jobs);
}

static int queue_judge(const struct jobd *d, const struct order *o, struct err *e)
{
	bool there = queue_in_force(d, o->name) != NULL;

	if (strcmp(o->op, "add") == 0 && there)
		return err_set(e, ERR_DATA, "there is a queue %s already", o->name);
	if (strcmp(o->op, "set") == 0 && !there)
		return err_set(e, ERR_NOINPUT, "there is no queue %s: add makes it", o->name);
	return strcmp(o->op, "rm") == 0 ? removable(d, o, e) : 0;
}

static int order_read(struct jobd *d, const struct msg *m, struct order *o, struct err *e)
{
	const char *name = msg_str(m, F_NAME), *text;
	size_t iter = 0, n = msg_count(m, F_SETTING);

	o->op = arena_strdup(loop_arena(d), msg_str(m, F_OP));
	o->kind = arena_strdup(loop_arena(d), msg_str(m, F_WHAT));
	o->name = arena_strdup(loop_arena(d), name != NULL ? name : "");
	if (strcmp(o->op, "add") != 0 && strcmp(o->op, "set") != 0 && strcmp(o->op, "rm") != 0)
		return err_set(e, ERR_DATA, "op: \"%s\" is none of add, set and rm", o->op);
	if ((strcmp(o->kind, SECTION_SITE) == 0) != (*o->name == '\0'))
		return err_set(e, ERR_USAGE, "%s: %s", o->kind, *o->name == '\0' ?
		    "none is named" : "it has no name");
	if (*o->name != '\0' && !name_valid(o->name, NAME_BYTES) && strcmp(o->name, "*") != 0)
		return err_set(e, ERR_USAGE, "\"%.64s\" is no name", o->name);
	if (strcmp(o->kind, "queue") == 0 && queue_judge(d, o, e) == -1)
		return -1;
	if (strcmp(o->op, "rm") == 0)
		return forget_all(d, o, e);
	o->rows = arena_alloc(loop_arena(d), (n + 1) * sizeof(*o->rows));
	while ((text = msg_next(m, F_SETTING, &iter)) != NULL)
		if (setting_read(d, text, o, e) == -1)
			return -1;
	if (o->n == 0)
		return err_set(e, ERR_USAGE, "nothing is said of %s %s", o->kind, o->name);
	return 0;
}

/* All of it is good, or nothing is changed. */
static int order_check(const struct jobd *d, const struct order *o, struct err *e)
{
	struct sections trial;
	int r = 0;

	if (d->settings->n + o->n > SETTINGS_MAX)
		return err_set(e, ERR_AGAIN, "more than %d settings", SETTINGS_MAX);
	sections_copy(&trial, settings_in_force(d));
	for (size_t i = 0; r == 0 && i < o->n; i++) {
		const struct setting_row *row = &o->rows[i];

		if (row->value != NULL)
			r = section_set(&trial, row->kind, row->name, row->key, row->value, e);
	}
	sections_free(&trial);
	return r;
}

void setting_request(struct client *c, const struct msg *m)
{
	uint64_t seq = msg_u64(m, F_SEQ, 0);
	struct order o = { .n = 0 };
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;

	if (order_read(d, m, &o, &e) == -1 || order_check(d, &o, &e) == -1) {
		client_error(c, seq, &e);
		return;
	}
	for (size_t i = 0; i < o.n; i++)
		keep(d->settings, &o.rows[i]);
	put_in_force(d);
	loop_configure(d);
	ev = loop_event(d, EV_SETTING);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->setting.rows = o.rows;
	ev->setting.n = o.n;
	ev->token = ask_new(d, c, seq, answer_done)->token;
}
