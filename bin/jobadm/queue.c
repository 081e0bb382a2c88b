/*
 * queue: the queues of job.conf and of the spool, and what is said of each.
 *
 * Their keys are those of a [queue] in job.conf, so the table that is listed is made
 * from them: a column for each.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/field.h"
#include "conf/section.h"
#include "jobadm.h"

#define QUEUE "queue"
#define KEYS_MAX 32
#define QUEUE_COLUMNS "name,state,from,min_priority,max_priority,max_running,max_time_limit,users"

struct line {
	const char *name, *from;	/* from: which file says that there is one */
	const char *values[KEYS_MAX];
};

struct listed {
	struct sections sections;
	struct arena *arena;
	struct buf value;		/* of one key */
	row_fn fn;
	void *arg;
};

/* ---- listing */

static int put_over(void *arg, const void *p)
{
	struct listed *l = arg;
	const struct setting_row *row = p;

	/* what this program does not know it cannot show */
	(void)section_set(&l->sections, row->kind, row->name, row->key, row->value, NULL);
	return 0;
}

static int line_show(const struct jobadm *a, struct listed *l, const char *name)
{
	struct line line = { .name = name, .from = "spool" };
	const struct sections *file = &a->conf.sections;
	size_t i;

	for (i = 0; i < file->nqueues; i++)
		if (strcmp(file->queues[i].name, name) == 0)
			line.from = "job.conf";
	for (i = 0; section_value(&l->sections, QUEUE, name, i, &l->value) != NULL; i++)
		line.values[i] = l->value.len > 0 ? arena_strdup(l->arena, l->value.data) : NULL;
	return l->fn(l->arg, &line);
}

static int ask_queues(struct jobadm *a, struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct listed l = { .arena = arena_new(), .fn = fn, .arg = arg };
	int r;

	buf_init(&l.value, 4096);
	sections_copy(&l.sections, &a->conf.sections);
	r = view_settings(v, put_over, &l, e);
	for (size_t i = 0; r == 0 && i < l.sections.nqueues; i++)
		r = line_show(a, &l, l.sections.queues[i].name);
	sections_free(&l.sections);
	buf_release(&l.value);
	arena_free(l.arena);
	return r;
}

/* Key by key as section_value has them; columns borrow the keys, which stay. */
static void columns_make(struct column columns[KEYS_MAX + 3])
{
	struct sections one = { .nqueues = 0 };
	struct buf value;
	const char *key;
	size_t i;

	buf_init(&value, 4096);
	(void)section_set(&one, QUEUE, "any", "state", "open", NULL);
	columns[0] = (struct column){ "name", COL_TEXT, COL_KEY, offsetof(struct line, name) };
	columns[1] = (struct column){ "from", COL_TEXT, 0, offsetof(struct line, from) };
	for (i = 0; (key = section_value(&one, QUEUE, "any", i, &value)) != NULL; i++)
		columns[i + 2] = (struct column){ key, COL_TEXT, 0,
		    offsetof(struct line, values) + i * sizeof(char *) };
	columns[i + 2] = (struct column){ .name = NULL };
	sections_free(&one);
	buf_release(&value);
}

static int queue_list(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct field fields[] = {
		{ "name", "QUEUE", "name", NULL, NULL, 0 },
		{ "state", "STATE", "state", NULL, NULL, 0 },
		{ "from", "FROM", "from", NULL, NULL, 0 },
		{ "users", "USERS", "users", NULL, NULL, FIELD_WIDE },
		{ NULL, NULL, NULL, NULL, NULL, 0 }
	};
	struct column columns[KEYS_MAX + 3];
	const struct table table = { "queues", columns, sizeof(struct line) };
	const struct field_set set = { &table, fields };

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "queue list takes no names");
	columns_make(columns);
	return listing_run(a, &set, QUEUE_COLUMNS, "queues", ask_queues, e);
}

/* ---- changes */

static int one_named(const char *verb, char *const *words, struct err *e)
{
	return words[0] != NULL && words[1] == NULL ? 0 :
	    err_set(e, ERR_USAGE, "write queue %s NAME", verb);
}

static int queue_change(struct jobadm *a, const char *op, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "write queue %s NAME [KEY=VALUE ...]", op);
	return setting_send(a, op, QUEUE, words[0], words + 1, e);
}

/* One of which nothing else is said is open. */
static int queue_add(struct jobadm *a, char *const *words, struct err *e)
{
	static char open[] = "state=open";
	char *settings[] = { open, NULL };

	if (words[0] != NULL && words[1] == NULL)
		return setting_send(a, "add", QUEUE, words[0], settings, e);
	return queue_change(a, "add", words, e);
}

static int queue_set(struct jobadm *a, char *const *words, struct err *e)
{
	return queue_change(a, "set", words, e);
}

static int queue_rm(struct jobadm *a, char *const *words, struct err *e)
{
	return one_named("rm", words, e) == -1 ? -1 : queue_change(a, "rm", words, e);
}

static int state_set(struct jobadm *a, const char *verb, char *setting, char *const *words,
    struct err *e)
{
	char *settings[] = { setting, NULL };

	return one_named(verb, words, e) == -1 ? -1 :
	    setting_send(a, "set", QUEUE, words[0], settings, e);
}

static int queue_open(struct jobadm *a, char *const *words, struct err *e)
{
	static char setting[] = "state=open";

	return state_set(a, "open", setting, words, e);
}

static int queue_stop(struct jobadm *a, char *const *words, struct err *e)
{
	static char setting[] = "state=stopped";

	return state_set(a, "stop", setting, words, e);
}

static int queue_drain(struct jobadm *a, char *const *words, struct err *e)
{
	static char setting[] = "state=draining";

	return state_set(a, "drain", setting, words, e);
}

int queue_run(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct verb verbs[] = {
		{ "list", queue_list }, { "add", queue_add }, { "set", queue_set },
		{ "rm", queue_rm }, { "open", queue_open }, { "stop", queue_stop },
		{ "drain", queue_drain }, { NULL, NULL },
	};

	return verbs_run(a, QUEUE, verbs, words, e);
}
