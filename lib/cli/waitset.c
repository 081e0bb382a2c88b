/*
 * waitset: decides from news about jobs whether the waiting is over.
 *
 * Owns the rules of --any, --all, --until and --count-failed; knows no socket.
 * Promises that news in any order, or told twice, give the same answer but for
 * --any, where the first one counts.
 */
#include "cli/waitset.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cli.h"
#include "core/types.h"

#define FAILED_MAX 101

void waitset_init(struct waitset *w, enum wait_until until, bool any)
{
	*w = (struct waitset){ .until = until, .any = any };
}

void waitset_release(struct waitset *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i].name);
	free(w->items);
	*w = (struct waitset){ 0 };
}

void waitset_add(struct waitset *w, const char *name, int64_t job)
{
	w->items = xreallocarray(w->items, w->n + 1, sizeof(*w->items));
	w->items[w->n++] = (struct wait_item){ .name = xstrdup(name), .job = job };
	w->first = w->n;
}

struct wait_item *waitset_find(struct waitset *w, const char *name)
{
	/* Ends come about in order: of a hundred thousand, the next is near the last. */
	for (size_t i = 0; i < w->n; i++) {
		size_t at = (w->hint + i) % w->n;

		if (w->items[at].done || strcmp(w->items[at].name, name) != 0)
			continue;
		w->hint = at + 1;
		return &w->items[at];
	}
	return NULL;
}

static void settle(struct waitset *w, struct wait_item *it, bool good, int exit)
{
	it->done = true;
	it->good = good;
	it->exit = exit;
	/* Who waits for one that is ok is not served by one that is not. */
	if (w->first == w->n && !it->unknown && (good || w->until != UNTIL_OK))
		w->first = (size_t)(it - w->items);
}

/* A status that shows that the program never began. */
static bool never_began(int exit)
{
	return exit == EXIT_SCHEDULER || exit == EXIT_NOT_EXECUTABLE || exit == EXIT_NOT_FOUND;
}

bool waitset_tell(struct waitset *w, struct wait_item *it, const struct wait_news *news)
{
	int exit = exit_of_job(news->status, news->reason, news->exit_code, news->signal);

	if (it->done)
		return false;
	if (exit == -1) {
		if (w->until != UNTIL_STARTED || news->status != JOB_RUNNING)
			return false;
		exit = EXIT_OK;
	} else if (w->until == UNTIL_STARTED && !never_began(exit)) {
		exit = EXIT_OK;
	}
	settle(w, it, w->until == UNTIL_STARTED ? exit == EXIT_OK :
	    news->status == JOB_COMPLETED, exit);
	return true;
}

void waitset_unknown(struct waitset *w, struct wait_item *it, int exit)
{
	if (it->done)
		return;
	it->unknown = true;
	settle(w, it, false, exit);
}

static int number(const struct msg *m, enum msg_field f)
{
	return msg_has(m, f) ? (int)msg_u64(m, f, 0) : -1;
}

static void told(const struct waitset *w, const struct wait_item *it, const char *status,
    const char *reason)
{
	bool some = reason != NULL && reason[0] != '\0';

	if (w->tell != NULL)
		cli_warn(w->tell, "job %s: %s%s%s", it->name, status, some ? ", " : "",
		    some ? reason : "");
}

bool waitset_row(struct waitset *w, struct wait_item *it, const struct job_row *row)
{
	struct wait_news news = {
		.status = (int)row->status, .reason = (int)row->reason,
		.exit_code = (int)row->exit_code, .signal = (int)row->signal,
	};

	if (!waitset_tell(w, it, &news))
		return false;
	it->job = row->id;
	told(w, it, job_status_name((enum job_status)row->status),
	    reason_name((enum reason)row->reason));
	return true;
}

int waitset_ended(void *waitset, const struct msg *ended)
{
	struct waitset *w = waitset;
	const char *target = msg_str(ended, F_TARGET), *reason = msg_str(ended, F_REASON);
	struct wait_news news = {
		.status = job_status_parse(msg_str(ended, F_STATUS)),
		.reason = reason != NULL ? reason_parse(reason) : REASON_NONE,
		.exit_code = number(ended, F_EXIT_CODE), .signal = number(ended, F_SIGNAL),
	};
	struct wait_item *it;

	/* The same job may have been named twice. */
	while (target != NULL && (it = waitset_find(w, target)) != NULL) {
		if (!waitset_tell(w, it, &news))
			break;
		it->job = (int64_t)msg_u64(ended, F_JOB, 0);
		told(w, it, msg_str(ended, F_STATUS), reason);
	}
	return waitset_over(w);
}

const char **waitset_targets(const struct waitset *w, size_t *n)
{
	const char **names = xcalloc(w->n + 1, sizeof(*names));

	*n = 0;
	for (size_t i = 0; i < w->n; i++) {
		if (!w->items[i].done)
			names[(*n)++] = w->items[i].name;
	}
	return names;
}

bool waitset_over(const struct waitset *w)
{
	size_t left = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct wait_item *it = &w->items[i];

		left += !it->done;
		if (it->done && !it->good && !w->any && w->until == UNTIL_OK)
			return true;
	}
	return left == 0 || (w->any && w->first < w->n);
}

int waitset_status(const struct waitset *w)
{
	int highest = EXIT_OK, failed = 0;

	if (w->any && !w->count_failed && w->first < w->n)
		return w->items[w->first].exit;
	for (size_t i = 0; i < w->n; i++) {
		const struct wait_item *it = &w->items[i];

		failed += it->done && !it->good;
		if (it->done && it->exit > highest)
			highest = it->exit;
	}
	if (w->count_failed)
		return failed < FAILED_MAX ? failed : FAILED_MAX;
	return highest;
}
