/*
 * change: what jobctl set can change, as a table of names.
 *
 * A row has a parser of its own only where jobsub's option says less: a longer limit
 * by +2h, a tag that goes, a flag that is taken back.
 */
#include "cli/change.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/text.h"

#define NAME_MAX_ 32

struct change_row {
	const char *name, *option;	/* option NULL: the same */
	int (*take)(const struct change_row *r, const char *value,
	    const struct submit_context *c, struct msg *m, struct err *e);
	const char *drop;		/* name on the wire, of what may be nothing; or NULL */
};

static int take_option(const struct change_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	return submit_assign(r->option != NULL ? r->option : r->name, value, c, m, e);
}

/* +2h and -30m are changes of the present limit. */
static int take_time(const struct change_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	uint64_t ms;
	int64_t more;

	if (value[0] != '+' && value[0] != '-')
		return take_option(r, value, c, m, e);
	if (dur_parse(value + 1, &ms, e) == -1)
		return -1;
	more = value[0] == '-' ? -(int64_t)ms : (int64_t)ms;
	if (msg_add_i64(m, F_TIME_MORE, more) == -1)
		return err_set(e, ERR_USAGE, "%.64s is out of range, or given twice", value);
	return 0;
}

/* KEY=VALUE, or KEY= to take it away. */
static int take_tag(const struct change_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	size_t n = strcspn(value, "=");

	(void)r;
	(void)c;
	if (n == 0 || value[n] == '\0')
		return err_set(e, ERR_USAGE, "%.64s is not a tag: write tag=KEY=VALUE, or tag=KEY= "
		    "to take it away", value);
	if (value[n + 1] != '\0')
		return msg_add(m, F_TAG, value) == 0 ? 0 :
		    err_set(e, ERR_USAGE, "%.64s is too long for a tag", value);
	if (n > 64 || msg_addf(m, F_DROP, "tag:%.*s", (int)n, value) == -1)
		return err_set(e, ERR_USAGE, "%.64s is no tag", value);
	return 0;
}

static int drop(const struct change_row *r, struct msg *m, struct err *e)
{
	if (r->drop == NULL)
		return err_set(e, ERR_USAGE, "the value is empty");
	return msg_add(m, F_DROP, r->drop) == 0 ? 0 : err_set(e, ERR_USAGE, "too many changes");
}

static int take_flag(const struct change_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	if (strcmp(value, "no") == 0)
		return drop(r, m, e);
	if (strcmp(value, "yes") == 0)
		return take_option(r, value, c, m, e);
	return err_set(e, ERR_USAGE, "%.64s: write yes or no", value);
}

static const struct change_row rows[] = {
	{ "priority", NULL, take_option, NULL },
	{ "prio", "priority", take_option, NULL },
	{ "time", NULL, take_time, "time" },
	{ "cpus", NULL, take_option, NULL },
	{ "mem", NULL, take_option, NULL },
	{ "disk", NULL, take_option, NULL },
	{ "gpus", NULL, take_option, NULL },
	{ "bw", NULL, take_option, NULL },
	{ "queue", NULL, take_option, NULL },
	{ "account", NULL, take_option, NULL },
	{ "name", NULL, take_option, NULL },
	{ "tag", NULL, take_tag, NULL },
	{ "comment", NULL, take_option, "comment" },
	{ "at", NULL, take_option, "begin" },
	{ "begin", "at", take_option, "begin" },
	{ "deadline", NULL, take_option, "deadline" },
	{ "queue-timeout", NULL, take_option, "queue_timeout" },
	{ "retries", NULL, take_option, NULL },
	{ "retry-policy", NULL, take_option, NULL },
	{ "retry-delay", NULL, take_option, NULL },
	{ "retry-max-delay", NULL, take_option, NULL },
	{ "retry-jitter", NULL, take_option, NULL },
	{ "retry-on", NULL, take_option, "retry_on" },
	{ "no-retry-on", NULL, take_option, "no_retry_on" },
	{ "success-codes", NULL, take_option, "success_codes" },
	{ "no-requeue", NULL, take_flag, "no_requeue" },
	{ "kill-signal", NULL, take_option, NULL },
	{ "kill-grace", NULL, take_option, NULL },
	{ "on-dep-fail", NULL, take_option, NULL },
	{ "res", NULL, take_option, "res" },
	{ "limit", NULL, take_option, "limit_token" },
	{ "constraint", NULL, take_option, "constraint" },
	{ "prefer", NULL, take_option, "prefer" },
	{ "worker", NULL, take_option, "on_workers" },
	{ "exclude", NULL, take_option, "not_workers" },
	{ "exclusive", NULL, take_flag, "exclusive" },
	{ "estimate", NULL, take_option, "estimate" },
	{ "retry-mem", NULL, take_option, "retry_mem" },
	{ "singleton", NULL, take_flag, "singleton" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

bool change_is(const char *word)
{
	return word[0] != '@' && word[0] != '%' && strchr(word, '=') != NULL;
}

static const struct change_row *row_find(const char *name, struct err *e)
{
	const char *names[ROWS], *near;

	for (size_t i = 0; i < ROWS; i++) {
		names[i] = rows[i].name;
		if (strcmp(names[i], name) == 0)
			return &rows[i];
	}
	near = nearest_word(name, names, ROWS);
	err_set(e, ERR_USAGE, "%.32s= cannot be set%s%s%s", name, near != NULL ? "; did you mean " :
	    "", near != NULL ? near : "", near != NULL ? "=?" : "");
	return NULL;
}

int change_take(const char *word, const struct submit_context *c, struct msg *m,
    struct err *e)
{
	const char *value = strchr(word, '=') + 1;
	size_t n = (size_t)(value - 1 - word);
	const struct change_row *r;
	char name[NAME_MAX_];

	strlcpy(name, word, n + 1 < sizeof(name) ? n + 1 : sizeof(name));
	r = row_find(name, e);
	if (r == NULL)
		return -1;
	if ((*value == '\0' ? drop(r, m, e) : r->take(r, value, c, m, e)) == 0)
		return 0;
	return err_prefix(e, "%s", name);
}
