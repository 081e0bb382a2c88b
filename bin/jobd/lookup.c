/*
 * lookup: what the core needs from disk, looked up before the turn.
 *
 * The core holds what is alive; what it holds it judges by itself.  For the rest an
 * event carries what stands on disk: whose a known uuid or key is, how a parent
 * ended, ended jobs that somebody names.  All that is found is copied into the
 * round's arena.
 */
#include <string.h>

#include "base/log.h"
#include "core/elements.h"
#include "msg/msg.h"
#include "schedules.h"

#define FOUND_MAX 10000		/* ended jobs in one request */

/* ---- a submission */

static int known_row(struct jobd *d, struct job_request *r, int64_t id, struct err *e)
{
	struct job_row row;
	int found = reader_job(d->reader, id, &row, e);

	if (found != 1)
		return found;
	r->known_id = id;
	r->known_uid = row.uid;
	r->known_hash = arena_strdup(loop_arena(d), row.spec_hash);
	return 1;
}

static int known_uuid(struct jobd *d, struct job_request *r, struct err *e)
{
	int64_t id;
	int found = reader_uuid(d->reader, &r->row.uuid, &id, e);

	return found == 1 ? known_row(d, r, id, e) : found;
}

static int known_key(struct jobd *d, struct job_request *r, struct err *e)
{
	char hash[65];
	int64_t id;
	int found = reader_key(d->reader, r->row.uid, r->row.key, r->row.created_at, &id, hash, e);

	if (found != 1)
		return found;
	r->known_id = id;
	r->known_uid = r->row.uid;
	r->known_hash = arena_strdup(loop_arena(d), hash);
	r->known_by_key = true;
	return 1;
}

static int parent(struct jobd *d, struct dep_request *dep, struct err *e)
{
	struct job_row row;
	int found;

	if (dep->parent == 0) {
		if (core_find_uuid(d->core, &dep->uuid) != 0)
			return 0;
		found = reader_uuid(d->reader, &dep->uuid, &dep->parent, e);
		if (found != 1) {
			dep->parent = 0;
			return found;
		}
	}
	if (core_holds(d->core, dep->parent))
		return 0;
	found = reader_job(d->reader, dep->parent, &row, e);
	dep->on_disk = found == 1;
	if (found == 1)
		dep->end = (struct parent){ (enum job_status)row.status, row.started_at,
		    row.retry_count > 0 };
	return found;
}

static int lookup_request(struct jobd *d, struct job_request *r, struct err *e)
{
	size_t i;
	int found = 0;

	if (core_find_uuid(d->core, &r->row.uuid) == 0)
		found = known_uuid(d, r, e);
	if (found == 0 && r->row.key != NULL &&
	    core_find_key(d->core, r->row.uid, r->row.key) == 0)
		found = known_key(d, r, e);
	for (i = 0; found == 0 && i < r->ndeps; i++)
		if (parent(d, &r->deps[i], e) == -1)
			return -1;
	return found == -1 ? -1 : 0;
}

static int lookup_submit(struct jobd *d, struct ev_submit *s, struct err *e)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (lookup_request(d, &s->jobs[i], e) == -1)
			return -1;
	return 0;
}

/* ---- a control request */

struct search {
	struct jobd *d;
	struct found_job *found;
	size_t n, cap;
	int64_t seen;		/* the last row that came */
};

static struct found_job *found_new(struct search *s)
{
	struct found_job *more;

	if (s->n == s->cap) {
		s->cap = s->cap != 0 ? s->cap * 2 : 4;
		more = arena_alloc(loop_arena(s->d), s->cap * sizeof(*more));
		if (s->n > 0)
			memcpy(more, s->found, s->n * sizeof(*more));
		s->found = more;
	}
	return &s->found[s->n++];
}

static int found_add(void *arg, const void *row)
{
	struct search *s = arg;
	const struct job_row *job = row;
	struct found_job *f;

	s->seen = job->id;
	if (core_holds(s->d->core, job->id))
		return 0;
	if (s->n == FOUND_MAX)
		return 1;
	f = found_new(s);
	f->row = *(struct job_row *)row_keep(loop_arena(s->d), &table_jobs, job);
	return 0;
}

static int search_range(struct search *s, int64_t first, int64_t last, unsigned statuses,
    struct err *e)
{
	struct job_filter f = { .first = first, .last = last, .statuses = statuses,
	    .history = true, .limit = 500 };
	bool more = true;

	while (more && s->n < FOUND_MAX) {
		if (reader_jobs(s->d->reader, &f, found_add, s, &more, e) == -1)
			return -1;
		f.after = s->seen;
	}
	if (s->n == FOUND_MAX)
		return err_set(e, ERR_DATA, "%d or more of these jobs have ended: name fewer at "
		    "a time", FOUND_MAX);
	return 0;
}

/* An element counts in its array, so that is needed with it. */
static int search_array(struct search *s, struct err *e)
{
	size_t n = s->n;
	int64_t array = 0;

	for (size_t i = 0; i < n; i++) {
		const struct job_row *row = &s->found[i].row;

		if (!row_is_element(row) || row->array_id == array)
			continue;
		array = row->array_id;
		if (search_range(s, array, array, 0, e) == -1)
			return -1;
	}
	return 0;
}

/* What of an array is run again: those of its elements that did not complete. */
static int search_elements(struct search *s, int64_t id, struct err *e)
{
	struct job_row row;
	int r = reader_job(s->d->reader, id, &row, e);

	if (r != 1 || !row_is_array(&row))
		return r == -1 ? -1 : 0;
	return search_range(s, id + 1, array_last(&row), 1u << JOB_FAILED | 1u << JOB_CANCELLED, e);
}

static int search_target(struct search *s, enum control_op op, int64_t first, int64_t last,
    struct err *e)
{
	bool held = first == last && core_holds(s->d->core, first);

	if (!held && search_range(s, first, last, 0, e) == -1)
		return -1;
	return first == last && op == CONTROL_RERUN ? search_elements(s, first, e) : 0;
}

/* A target that is a UUID becomes the id behind it, or stays 0: unknown. */
static int resolve(struct jobd *d, const char *name, int64_t *id, struct err *e)
{
	struct uuid u;
	int found;

	if (*id != 0 || uuid_parse(name, &u) == -1)
		return 0;
	*id = core_find_uuid(d->core, &u);
	if (*id != 0)
		return 0;
	found = reader_uuid(d->reader, &u, id, e);
	if (found == 0)
		*id = 0;
	return found == -1 ? -1 : 0;
}

/*
 * What a rerun needs: whether the job is in the history, and then the launch block.  A
 * job that moves there before the turn is durable is brought back by the writer, and so
 * is an element whose array is not there yet.
 */
static int add_launch(struct jobd *d, struct found_job *f, struct err *e)
{
	struct job_row row;
	struct buf block;
	int r = reader_job(d->reader, f->row.id, &row, e);

	f->archived = r == 1 && reader_archived(d->reader);
	uuid_new(&f->fresh);
	if (f->archived && row_is_element(&row)) {
		r = reader_job(d->reader, f->row.array_id, &row, e);
		f->archived = r != 1 || reader_archived(d->reader);
	}
	if (r == 1 && !f->archived)
		return 0;
	buf_init(&block, MSG_HEAD_MAX + MSG_BODY_MAX);
	if (r == 1)
		r = reader_launch(d->reader, &f->row, &block, e);
	if (r == 1) {
		f->row.launch = arena_memdup(loop_arena(d), block.data, block.len);
		f->row.launch_size = (int64_t)block.len;
	}
	buf_release(&block);
	if (r == 0)
		err_set(e, ERR_IO, "job %lld: its record is missing", (long long)f->row.id);
	return r == 1 ? 0 : -1;
}

static int lookup_control(struct jobd *d, struct ev_control *ct, struct err *e)
{
	struct search s = { .d = d };
	int64_t *first = arena_memdup(loop_arena(d), ct->first, ct->n * sizeof(*first));
	int64_t *last = arena_memdup(loop_arena(d), ct->last, ct->n * sizeof(*last));
	size_t i;

	for (i = 0; i < ct->n; i++) {
		if (resolve(d, ct->names[i], &first[i], e) == -1)
			return -1;
		if (last[i] == 0)
			last[i] = first[i];
		if (first[i] != 0 && search_target(&s, ct->op, first[i], last[i], e) == -1)
			return -1;
	}
	if (search_array(&s, e) == -1)
		return -1;
	for (i = 0; ct->op == CONTROL_RERUN && i < s.n; i++)
		if (add_launch(d, &s.found[i], e) == -1)
			return -1;
	ct->first = first;
	ct->last = last;
	ct->found = s.found;
	ct->nfound = s.n;
	return 0;
}

bool lookup_event(struct jobd *d, struct event *ev)
{
	struct err e;
	int r = 0;

	err_clear(&e);
	if (ev->type == EV_SUBMIT)
		r = lookup_submit(d, &ev->submit, &e);
	else if (ev->type == EV_CONTROL)
		r = lookup_control(d, &ev->control, &e);
	else if (ev->type == EV_SCHEDULE)
		r = lookup_schedule(d, &ev->schedule, &e);
	if (r == 0)
		return true;
	if (e.code != ERR_DATA)
		log_error("look-up: %s", e.text);
	/* To whoever asked this would mean that it can never be. */
	if (e.code == ERR_UNAVAIL)
		e.code = ERR_IO;
	ask_refuse(d, ev->token, &e);
	return false;
}
