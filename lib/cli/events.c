/*
 * events: collects the instants that the rows have, each with its words, and sorts them.
 */
#include "cli/events.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cli/sheet.h"
#include "cli/signame.h"

#define TEXT_BYTES (64u << 10)

struct history {
	struct job_event *list;
	size_t n, cap;
	struct arena *arena;
	struct buf text;		/* of the event that is being made */
};

/* Takes what stands in h->text; nothing happened at 0. */
static void add(struct history *h, int64_t at, const char *name, const struct exec_row *exec)
{
	if (at > 0) {
		if (h->n == h->cap) {
			h->cap = h->cap != 0 ? 2 * h->cap : 16;
			h->list = xreallocarray(h->list, h->cap, sizeof(*h->list));
		}
		h->list[h->n++] = (struct job_event){ at, name, exec,
		    arena_strdup(h->arena, h->text.len > 0 ? h->text.data : "") };
	}
	buf_reset(&h->text);
}

static void submitted(struct history *h, const struct job_row *job)
{
	buf_addf(&h->text, "by %s", job->user != NULL ? job->user : "nobody known");
	if (job->submit_host != NULL)
		buf_addf(&h->text, " on %s", job->submit_host);
	if (job->rerun_of != 0)
		buf_addf(&h->text, ", as job %" PRId64 " again", job->rerun_of);
	if (job->schedule_id != 0)
		buf_addf(&h->text, ", as a run of schedule s%" PRId64, job->schedule_id);
	add(h, job->created_at, "submitted", NULL);
}

static void add_end(struct buf *b, const struct exec_row *x)
{
	const char *status = col_word(COL_STATUS, x->status);
	const char *reason = col_word(COL_REASON, x->reason);

	buf_adds(b, status != NULL ? status : "unknown");
	if (reason != NULL && *reason != '\0')
		buf_addf(b, " (%s)", reason);
	if (x->signal > 0)
		buf_addf(b, ", signal %d (%s)", (int)x->signal, signal_name((int)x->signal));
	else if (x->exit_code >= 0)
		buf_addf(b, ", exit status %d", (int)x->exit_code);
	if (x->message != NULL)
		buf_addf(b, ": %s", x->message);
}

static void execution(struct history *h, const struct exec_row *x)
{
	buf_addf(&h->text, "attempt %" PRId64, x->attempt);
	add(h, x->scheduled_at, "scheduled", x);
	if (x->limits != NULL)
		buf_addf(&h->text, "limits in force: %s", x->limits);
	add(h, x->started_at, "started", x);
	add_end(&h->text, x);
	add(h, x->completed_at, "ended", x);
	if (x->late_result != NULL)
		buf_addf(&h->text, "told after it was given up: %s", x->late_result);
	add(h, x->late_at, "late result", x);
}

static void job_over(struct history *h, const struct job_row *job)
{
	const char *status = col_word(COL_STATUS, job->status);

	sheet_state(job, &h->text);
	if (job->caused_by != 0)
		buf_addf(&h->text, ", because of job %" PRId64, job->caused_by);
	else if (job->status == JOB_CANCELLED && job->changed_by != NULL)
		buf_addf(&h->text, ", by %s%s%s", job->changed_by,
		    job->changed_via != NULL ? " via " : "",
		    job->changed_via != NULL ? job->changed_via : "");
	if (job->detail != NULL)
		buf_addf(&h->text, ": %s", job->detail);
	add(h, job->completed_at, status != NULL ? status : "ended", NULL);
}

/* Those of the same instant stay in the order in which they were added. */
static void sort(struct job_event *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct job_event ev = list[i];
		size_t k = i;

		for (; k > 0 && list[k - 1].at > ev.at; k--)
			list[k] = list[k - 1];
		list[k] = ev;
	}
}

void events_each(const struct job_row *job, const struct exec_row *execs, size_t n,
    void (*fn)(void *arg, const struct job_event *ev), void *arg)
{
	struct history h = { .arena = arena_new() };

	buf_init(&h.text, TEXT_BYTES);
	submitted(&h, job);
	add(&h, job->eligible_at, "eligible", NULL);
	for (size_t i = 0; i < n; i++)
		execution(&h, &execs[i]);
	add(&h, job->next_retry_at, "retry", NULL);
	job_over(&h, job);
	sort(h.list, h.n);
	for (size_t i = 0; i < h.n; i++)
		fn(arg, &h.list[i]);
	free(h.list);
	buf_release(&h.text);
	arena_free(h.arena);
}
