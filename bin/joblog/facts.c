/*
 * facts: where the output lies, and what was noted of an execution.
 */
#include <inttypes.h>
#include <unistd.h>

#include "joblog.h"
#include "view/source.h"

#define META_BYTES (16u << 20)

static int print_path(const struct joblog *l, const struct record *rec,
    const struct exec_row *exec, const char *stream, struct err *e)
{
	struct source src;
	struct buf path;

	if (source_open(&src, l->v, rec->job, exec, stream, e) < 0)
		return -1;
	buf_init(&path, 1 << 16);
	source_path(&src, &path);
	printf("%s\n", path.len ? path.data : "");
	buf_release(&path);
	source_close(&src);
	return 0;
}

static int print_meta(struct joblog *l, const struct record *rec,
    const struct exec_row *exec, struct err *e)
{
	struct view_output o = { rec->job, exec->execution, "meta" };
	struct buf b;
	int r;

	buf_init(&b, META_BYTES);
	r = view_log(l->v, &o, 0, META_BYTES, &b, e);
	if (r == 0 && b.len == 0)
		r = err_set(e, ERR_NOINPUT, "execution %" PRId64 ".%" PRId64 " has no metadata: it "
		    "wrote nothing, or runs", exec->job_id, exec->execution);
	else if (r == 0)
		(void)put_bytes(l, STDOUT_FILENO, b.data, b.len);
	buf_release(&b);
	return r;
}

static int print_facts(struct joblog *l, const struct record *rec, const struct exec_row *x,
    struct err *e)
{
	int r = 0;

	if (l->meta)
		r = print_meta(l, rec, x, e);
	if (r == 0 && l->path && !l->only_err)
		r = print_path(l, rec, x, "stdout", e);
	if (r == 0 && l->path && !l->only_out)
		r = print_path(l, rec, x, "stderr", e);
	return r;
}

int facts_show(struct joblog *l, int64_t id, struct err *e)
{
	int64_t execution = 0;
	struct record rec;
	int r = record_load(l->v, id, RECORD_EXECS, &rec, e);

	if (r == 0)
		r = err_set(e, ERR_NOINPUT, "no such job: %" PRId64, id);
	else if (r > 0)
		r = execution_chosen(l, &rec, &execution, e);
	if (r == 0 && rec.nexecs == 0)
		r = err_set(e, ERR_NOINPUT, "job %" PRId64 " has not started", id);
	if (r == 0 && execution == 0)
		execution = rec.job->executions;
	for (size_t i = 0; r == 0 && i < rec.nexecs; i++) {
		if (l->all || rec.execs[i].execution == execution)
			r = print_facts(l, &rec, &rec.execs[i], e);
	}
	record_release(&rec);
	return r;
}
