/* record, view: all that belongs to a job, from state.db and from the history; and who asks. */
#include "view/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "view/walk.h"
#include "viewkit.h"

static void fill(struct kit *k)
{
	struct job_row *row;

	kit_job(k, 1, "parent")->status = JOB_RUNNING;
	row = kit_job(k, 2, "ended");
	row->status = JOB_FAILED;
	row->reason = REASON_NONZERO_EXIT;
	row->exit_code = 3;
	row->executions = 2;
	row->completed_at = KIT_DAY + 5000;
	row->command = "sh -c 'exit 3'";
	for (int x = 1; x <= 2; x++) {
		struct exec_row *exec = kit_exec(k, 2, x);

		exec->status = JOB_FAILED;
		exec->completed_at = KIT_DAY + 4000;
	}
	row = kit_job(k, 3, "child");
	row->uid = 4242;
	kit_dep(k, 3, 1)->type = DEP_OK;
	kit_dep(k, 3, 2)->state = DEP_SATISFIED;
	row = kit_job(k, 4, "ended");
	row->status = JOB_COMPLETED;
	row->completed_at = KIT_DAY + 6000;
	kit_commit(k);
}

static void check_parts(struct view *v)
{
	struct record r;
	struct err e;

	is_int(record_load(v, 99, RECORD_EXECS, &r, &e), 0, "no such job");
	record_release(&r);
	is_int(record_load(v, 2, 0, &r, &e), 1, "a job by itself");
	ok(r.nexecs == 0 && r.ndeps == 0 && r.ndependents == 0, "has what was asked for alone");
	is_str(r.job->command, "sh -c 'exit 3'", "and its columns");
	record_release(&r);
	is_int(record_load(v, 2, RECORD_EXECS | RECORD_DEPENDENTS, &r, &e), 1, "with more");
	ok(r.nexecs == 2 && r.execs[0].execution == 1 && r.execs[1].execution == 2,
	    "its executions in order");
	ok(r.ndependents == 1 && r.dependents[0].job_id == 3, "who depends on it");
	record_release(&r);
	is_int(record_load(v, 3, RECORD_DEPS, &r, &e), 1, "a child");
	ok(r.ndeps == 2 && r.deps[0].parent_id == 1 && r.parents[0] == JOB_RUNNING &&
	    r.deps[1].parent_id == 2 && r.parents[1] == JOB_FAILED, "where its parents stand");
	record_release(&r);
}

static void check_path(struct view *v)
{
	struct job_row job = { .id = 12345, .created_at = KIT_DAY };
	struct view_output o = { &job, 2, "stderr" };
	char want[400];
	struct buf b;

	buf_init(&b, 1000);
	record_log_path(v, &o, &b);
	snprintf(want, sizeof(want), "%s/log/2026/11/23/000/012/12345/2/stderr.log",
	    view_spool(v)->path);
	is_str(b.data, want, "where an output lies");
	buf_release(&b);
}

static void check_who(struct kit *k, struct view *v)
{
	struct job_row mine = { .uid = getuid() }, other = { .uid = 4242 };
	struct view_daemon d;
	struct err e;
	pid_t holder;
	int fd;

	ok(view_is_direct(v), "the owner reads by himself");
	ok(view_is_mine(v, &mine) && !view_is_mine(v, &other), "whose job it is");
	ok(view_me(v) == NULL, "in one's own spool no name has to be looked up");
	view_daemon(v, &d);
	ok(!d.runs && d.pid == 0 && d.since == 0, "jobd does not run");
	fd = spool_lock(&k->spool, &holder, &e);
	view_daemon(v, &d);
	ok(fd >= 0 && d.runs && d.pid == getpid(), "who holds the lock runs");
	ok(d.since > KIT_DAY / 2, "and since when is known");
	close(fd);
}

static int add_id(void *arg, const void *row)
{
	return buf_addf(arg, "%d ", (int)((const struct job_row *)row)->id);
}

static void walks(struct view *v, struct walk w, const char *want, const char *what)
{
	struct buf b;
	struct err e;

	buf_init(&b, 1000);
	buf_adds(&b, "");
	is_int(walk_jobs(v, &w, add_id, &b, &e), 0, "%s", what);
	is_str(b.data ? b.data : "", want, "%s: these", what);
	buf_release(&b);
}

static void check_history(struct view *v)
{
	struct walk w = { .filter.history = true };
	struct selection *s = selection_new();
	struct selected found;
	struct record r;
	int64_t counts[6];
	struct err e;

	is_int(view_counts(v, counts, &e), 0, "what is alive");
	is_int(counts[JOB_FAILED] + counts[JOB_COMPLETED], 0, "holds no ended job any more");
	is_int(record_load(v, 2, RECORD_EXECS, &r, &e), 1, "one in the history is found");
	ok(r.job->exit_code == 3 && r.nexecs == 2, "with its executions");
	record_release(&r);
	walks(v, w, "1 2 3 4 ", "all jobs, the history among them");
	w.filter.newest_first = true;
	w.max = 2;
	walks(v, w, "4 3 ", "the newest");
	walks(v, (struct walk){ .max = 0 }, "1 3 ", "without the history");
	selection_add(s, "%ended", &e);
	is_int(selection_find(s, v, 0, &found, &e), 0, "a name that only the history knows");
	ok(found.n == 1 && found.ids[0] == 4, "is its newest job");
	selected_release(&found);
	selection_free(s);
}

static void check_none(void)
{
	char path[300];
	struct spool s;
	struct view *v;
	struct err e;

	snprintf(path, sizeof(path), "%s/empty", tap_tmpdir());
	if (!ok(spool_make(&s, path, NULL, &e) == 0, "a spool in which jobd never ran"))
		return;
	v = view_open(&s, &e);
	ok(v == NULL && e.code == ERR_UNAVAIL, "has nothing to look at: %s", e.text);
	view_close(NULL);
	spool_close(&s);
}

int main(void)
{
	struct view *v;
	struct kit k;
	struct err e;

	check_none();
	kit_open(&k);
	fill(&k);
	v = view_open(&k.spool, &e);
	if (ok(v != NULL, "a view")) {
		check_parts(v);
		check_path(v);
		check_who(&k, v);
		kit_archive(&k, 2);
		check_history(v);
	}
	view_close(v);
	kit_close(&k);
	return tap_done();
}
