/*
 * queue: the rules of queues.
 *
 * Where the configuration names no queue a queue is only a word.  Else there are
 * those, and the one that is the default for jobs that name none.
 */
#include "core/queue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/calendar.h"
#include "core/impl.h"

#define MINUTE INT64_C(60000)
#define NAMES_MAX 64		/* among which the nearest is looked for */

static char *keep(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

struct queue_conf *queues_copy(const struct queue_conf *queues, size_t n)
{
	struct queue_conf *all = xcalloc(n + 1, sizeof(*all));
	size_t i;

	for (i = 0; i < n; i++) {
		all[i] = queues[i];
		all[i].name = xstrdup(queues[i].name);
		all[i].users = keep(queues[i].users);
		all[i].windows = keep(queues[i].windows);
	}
	return all;
}

void queues_free(const struct queue_conf *queues, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free((char *)(uintptr_t)queues[i].name);
		free((char *)(uintptr_t)queues[i].users);
		free((char *)(uintptr_t)queues[i].windows);
	}
	free((struct queue_conf *)(uintptr_t)queues);
}

static const struct queue_conf *find(const struct core *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->conf.nqueues; i++)
		if (strcmp(c->conf.queues[i].name, name) == 0)
			return &c->conf.queues[i];
	return NULL;
}

static int unknown(const struct core *c, const char *name, struct err *e)
{
	const char *names[NAMES_MAX], *near;
	size_t n;

	for (n = 0; n < c->conf.nqueues && n < NAMES_MAX; n++)
		names[n] = c->conf.queues[n].name;
	near = nearest_word(name, names, n);
	return err_set(e, ERR_DATA, "there is no queue '%s'%s%s%s", name,
	    near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
}

/* Names with commas, and blanks perhaps. */
static bool lists(const char *names, const char *name)
{
	size_t n = strlen(name), len;

	for (; *names != '\0'; names += len) {
		while (*names == ',' || *names == ' ')
			names++;
		for (len = 0; names[len] != '\0' && names[len] != ',' && names[len] != ' ';)
			len++;
		if (len == n && memcmp(names, name, n) == 0)
			return true;
	}
	return false;
}

static int within_bounds(const struct queue_conf *q, const struct job_row *row, struct err *e)
{
	if (row->priority > q->max_priority)
		return err_set(e, ERR_PERM, "priority %" PRId64 " is above the %" PRId64
		    " that queue '%s' allows", row->priority, q->max_priority, q->name);
	if (row->priority < q->min_priority)
		return err_set(e, ERR_DATA, "priority %" PRId64 " is below the %" PRId64
		    " that queue '%s' asks for", row->priority, q->min_priority, q->name);
	return 0;
}

int queue_admits(const struct core *c, const struct job_row *row, bool is_new, struct err *e)
{
	const char *name = row->queue != NULL ? row->queue : "";
	const struct queue_conf *q = find(c, name);

	if (q == NULL)
		return c->conf.nqueues == 0 || (c->conf.default_queue != NULL &&
		    strcmp(name, c->conf.default_queue) == 0) ? 0 : unknown(c, name, e);
	if (q->users != NULL && !lists(q->users, row->user))
		return err_set(e, ERR_PERM, "queue '%s' is not for %s", name, row->user);
	if (is_new && q->state == QUEUE_DRAINING)
		return err_set(e, ERR_AGAIN, "queue '%s' takes no jobs at present: try later",
		    name);
	return within_bounds(q, row, e);
}

/*
 * Where the rules of the zone are not known (yet), nobody knows what time it is.  Looked
 * at once a minute, so that what is written need not be kept in another form.
 */
static bool in_window(const struct core *c, const char *windows)
{
	const char *name = c->conf.time_zone != NULL ? c->conf.time_zone : "UTC";
	const struct zone *z = zone_get(c, name);
	struct windows w;
	bool open;

	if (z == NULL || windows_parse(windows, &w, NULL) == -1)
		return false;
	open = windows_hold(&w, &c->conf.calendars,
	    c->now.wall + zone_span(z, c->now.wall).offset);
	windows_release(&w);
	return open;
}

enum reason queue_closed(const struct core *c, const char *name)
{
	const struct queue_conf *q = find(c, name);

	if (q == NULL)
		return REASON_NONE;
	if (q->state == QUEUE_STOPPED)
		return REASON_QUEUE_STOPPED;
	return q->windows == NULL || in_window(c, q->windows) ? REASON_NONE : REASON_WINDOW;
}

void queues_configure(struct core *c)
{
	size_t i;

	c->windows = false;
	for (i = 0; i < c->conf.nqueues; i++)
		c->windows |= c->conf.queues[i].windows != NULL;
	c->queues_at = 0;
}

/* True when a queue has been opened or closed. */
static bool look(struct core *c)
{
	struct shape *s;
	bool changed = false;

	LIST_FOREACH(s, &c->shape_list, link) {
		enum reason closed = queue_closed(c, s->queue);

		changed = changed || closed != s->closed;
		s->closed = (uint8_t)closed;
	}
	return changed;
}

void queues_tick(struct core *c)
{
	int64_t now = c->now.wall;
	struct job *j;
	size_t i;

	if (c->queues_at > now && c->queues_at - now <= MINUTE)
		return;		/* further ahead: the clock was set back */
	c->queues_at = c->windows ? now - now % MINUTE + MINUTE : INT64_MAX;
	if (!look(c))
		return;
	for (i = 0; (j = map_next(c->jobs, &i)) != NULL;)
		job_settle(c, j);
}

int64_t queues_due(const struct core *c, struct now now)
{
	if (!c->windows || c->counts[JOB_QUEUED] == 0)
		return -1;
	return c->queues_at > now.wall ? c->queues_at - now.wall : 0;
}
