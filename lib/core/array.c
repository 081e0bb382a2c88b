/*
 * array: many jobs that are alike, of which only those exist that differ.
 *
 * The array itself is a job: queued, and in its shape's order, as long as elements are
 * to come, then scheduled or running until the last has ended.  It has no executions:
 * where it would start, its next element does (array_next).  Elements that were made
 * are jobs like others; what they become is counted here.
 *
 * Promises that every place of the spec is in exactly one of `left`, `never` and the
 * counts; a restart finds them in the array's row, which is written in the turn in
 * which they change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "base/buf.h"
#include "core/elements.h"
#include "core/ending.h"
#include "core/given.h"
#include "core/impl.h"

#define PIECES_MAX 500		/* of what is left; more are made instead */
#define TEXT_MAX 65536
#define EXITS 256

static int compare(const struct array *a, const struct array *b)
{
	return a->id > b->id ? -1 : a->id < b->id;
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(array_tree, array, link, compare, UNUSED_STATIC)

bool is_array(const struct job *j)
{
	return j->array != NULL && j->array->id == j->id;
}

static bool is_element(const struct job *j)
{
	return j->array != NULL && j->array->id != j->id;
}

int64_t array_top(const struct job *j)
{
	return is_array(j) ? j->id + j->array->spec.count : j->id;
}

bool job_earlier(const struct job *a, const struct job *b)
{
	int64_t x = array_top(a), y = array_top(b);

	return x != y ? x < y : a->id > b->id;
}

/* ---- finding */

static bool never_is(const struct array *a, enum job_status s)
{
	return s == (a->fate == REASON_DEADLINE ? JOB_FAILED : JOB_CANCELLED);
}

const struct array *array_of(const struct core *c, int64_t id)
{
	const struct array like = { .id = id };
	const struct array *a = RB_NFIND(array_tree,
	    (struct array_tree *)(uintptr_t)&c->arrays, (struct array *)(uintptr_t)&like);

	return a != NULL && id <= a->id + a->spec.count ? a : NULL;
}

struct job *array_job(const struct core *c, const struct array *a, int64_t place)
{
	return job_get(c, a->id + 1 + place);
}

bool array_expects(const struct core *c, int64_t id)
{
	const struct array *a = array_of(c, id);

	return a != NULL && a->master != NULL && ranges_place(&a->left, id - a->id - 1) != -1;
}

bool array_never(const struct core *c, int64_t id, enum job_status *how)
{
	const struct array *a = array_of(c, id);

	if (a == NULL || ranges_place(&a->never, id - a->id - 1) == -1)
		return false;
	*how = never_is(a, JOB_FAILED) ? JOB_FAILED : JOB_CANCELLED;
	return true;
}

/* ---- from a row and into one */

static void take_list(struct ranges *r, const char *text)
{
	ranges_release(r);
	if (text != NULL)
		(void)ranges_parse(r, text, ARRAY_MAX, NULL);
}

static void take_counts(struct array *a, const struct job_row *row)
{
	for (int s = JOB_COMPLETED; s <= JOB_CANCELLED; s++) {
		const char *name = job_status_name((enum job_status)s);

		a->n[s] = amounts_of(row->array_states, name, strlen(name));
		if (never_is(a, (enum job_status)s))
			a->n[s] -= a->never.count;
	}
}

static void take_exits(struct array *a, const char *text)
{
	struct amount x;

	while (amounts_next(&text, &x)) {
		int64_t status = 0;

		for (size_t i = 0; i < x.len && status < EXITS; i++)
			status = status * 10 + (x.name[i] - '0');
		if (a->exits == NULL)
			a->exits = xcalloc(EXITS, sizeof(*a->exits));
		if (status >= 0 && status < EXITS)
			a->exits[status] = x.n;
	}
}

/* One without states has just been submitted: all of it is to come. */
static void take_row(struct array *a, const struct job_row *row)
{
	if (row->array_halt != NULL)
		(void)array_halt_parse(row->array_halt, &a->halt_now, &a->halt_at);
	if (row->array_states == NULL) {
		a->left.list = xmemdup(&(struct range){ 0, a->spec.count - 1, 1 },
		    sizeof(struct range));
		a->left.n = a->left.cap = 1;
		a->left.count = a->spec.count;
		return;
	}
	take_list(&a->left, row->array_left);
	take_list(&a->never, row->array_never);
	a->fate = (uint8_t)row->array_fate;
	take_counts(a, row);
	take_exits(a, row->array_exits);
}

static struct array *array_new(struct core *c, struct job *j, const struct job_row *row)
{
	struct array *a = xcalloc(1, sizeof(*a));

	a->id = j->id;
	if (row->array_spec == NULL ||
	    ranges_parse(&a->spec, row->array_spec, ARRAY_MAX, NULL) == -1) {
		free(a);	/* a damaged row is a plain job */
		return NULL;
	}
	take_row(a, row);
	RB_INSERT(array_tree, &c->arrays, a);
	return a;
}

void array_attach(struct core *c, struct job *j, const struct job_row *row)
{
	struct array *a = (struct array *)(uintptr_t)array_of(c, j->id);

	if (row->array_id == 0)
		return;
	if (row->array_id == j->id && a == NULL)
		a = array_new(c, j, row);
	if (a == NULL || a->id != row->array_id)
		return;		/* run again from the history, where the others stay */
	j->array = a;
	a->users++;
	if (is_array(j))
		a->master = j;
	else
		a->n[JOB_QUEUED]++;
}

/* One that is over was counted in the array's row. */
void array_restored(struct job *j)
{
	if (!is_element(j))
		return;
	j->array->n[JOB_QUEUED]--;
	if (!job_status_terminal((enum job_status)j->status))
		j->array->n[j->status]++;
}

void array_detach(struct core *c, struct job *j)
{
	struct array *a = j->array;

	if (a == NULL)
		return;
	if (a->master == j)
		a->master = NULL;
	j->array = NULL;
	if (--a->users > 0)
		return;
	RB_REMOVE(array_tree, &c->arrays, a);
	ranges_release(&a->spec);
	ranges_release(&a->left);
	ranges_release(&a->never);
	free(a->exits);
	free(a);
}

static const char *list_text(struct arena *arena, const struct ranges *r)
{
	const char *text = NULL;
	struct buf b;

	if (r->n == 0)
		return NULL;
	buf_init(&b, TEXT_MAX);
	if (ranges_format(r, &b) == 0)
		text = arena_strdup(arena, b.data);
	buf_release(&b);
	return text;
}

static int64_t count_of(const struct array *a, enum job_status s)
{
	int64_t n = a->n[s];

	if (s == JOB_QUEUED)
		n += a->left.count;
	return never_is(a, s) ? n + a->never.count : n;
}

static const char *states_text(struct arena *arena, const struct array *a)
{
	const char *text;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (int s = JOB_QUEUED; s <= JOB_CANCELLED; s++) {
		int64_t n = count_of(a, (enum job_status)s);

		if (n > 0)
			buf_addf(&b, "%s%s=%lld", b.len > 0 ? "," : "",
			    job_status_name((enum job_status)s), (long long)n);
	}
	text = arena_strdup(arena, b.data);
	buf_release(&b);
	return text;
}

static const char *exits_text(struct arena *arena, const struct array *a)
{
	const char *text;
	struct buf b;

	if (a->exits == NULL)
		return NULL;
	buf_init(&b, TEXT_MAX);
	for (int i = 0; i < EXITS; i++) {
		if (a->exits[i] > 0)
			buf_addf(&b, "%s%d=%lld", b.len > 0 ? "," : "", i, (long long)a->exits[i]);
	}
	text = b.len > 0 ? arena_strdup(arena, b.data) : NULL;
	buf_release(&b);
	return text;
}

void array_fill(struct core *c, const struct job *j, struct job_row *row)
{
	struct arena *arena = c->turn->arena;
	const struct array *a = j->array;

	if (!is_array(j))
		return;
	row->array_left = list_text(arena, &a->left);
	row->array_never = list_text(arena, &a->never);
	row->array_fate = a->fate;
	row->array_states = states_text(arena, a);
	row->array_exits = exits_text(arena, a);
}

int array_judge(const struct job_row *row, struct err *e)
{
	struct ranges spec;
	int64_t failures;
	bool now;

	if (row->array_spec == NULL)
		return 0;
	if (ranges_parse(&spec, row->array_spec, ARRAY_MAX, e) == -1)
		return -1;
	ranges_release(&spec);
	if (row->array_halt != NULL && array_halt_parse(row->array_halt, &now, &failures) == -1)
		return err_set(e, ERR_DATA, "halt: \"%.40s\" is not as soon,fail=3",
		    row->array_halt);
	return 0;
}

/* ---- elements come to be */

static struct job *make(struct core *c, struct job *m, int64_t place)
{
	struct job_row *row = arena_alloc(c->turn->arena, sizeof(*row));
	struct array *a = m->array;
	struct job *j;

	job_given(m, row);
	row->uid = m->owner->uid;
	row->created_at = m->created_at;
	row->hold = m->hold;
	row->array_id = a->id;
	row->array_index = ranges_at(&a->spec, place);
	row->dep_any = row->dep_hold = row->singleton = 0;
	uuid_derive(&row->uuid, &m->uuid, (uint64_t)place, uuid_time(&m->uuid));
	ranges_remove(&a->left, place);
	j = job_new(c, a->id + 1 + place, row);
	j->changed_by = m->changed_by;
	j->changed_via = m->changed_via;
	j->reason = m->reason;
	job_announce(c, j, row);
	job_touch(c, m);
	return j;
}

/* It is what its array is, now that there is nothing more to come. */
static void follow(struct core *c, struct job *m);

struct job *array_next(struct core *c, struct job *j)
{
	struct job *e;

	if (!is_array(j))
		return j;
	e = make(c, j, ranges_at(&j->array->left, 0));
	e->eligible_at = j->eligible_at;
	e->eligible_boot = j->eligible_boot;
	e->length = j->length;
	if (j->array->left.count > 0)
		plan_again(c, j);
	return e;
}

static struct job *make_queued(struct core *c, const struct array *a, int64_t place)
{
	struct job *e = make(c, a->master, place);

	follow(c, a->master);
	job_settle(c, e);
	timer_update(c, e);
	return e;
}

/* What is left must stay short on disk. */
static void keep_short(struct core *c, const struct array *a)
{
	while (a->left.n > PIECES_MAX)
		(void)make_queued(c, a, ranges_at(&a->left, 0));
}

struct job *array_element(struct core *c, int64_t id)
{
	const struct array *a = array_of(c, id);
	struct job *e;

	if (c->conf.read_only || !array_expects(c, id))
		return NULL;
	e = make_queued(c, a, id - a->id - 1);
	keep_short(c, a);
	return e;
}

/* ---- what becomes of them */

static int64_t live(const struct array *a)
{
	return a->n[JOB_QUEUED] + a->n[JOB_SCHEDULED] + a->n[JOB_RUNNING];
}

static enum job_status status_now(const struct array *a)
{
	if (a->left.count > 0)
		return JOB_QUEUED;
	if (live(a) > 0)
		return a->master->started_at > 0 ? JOB_RUNNING : JOB_SCHEDULED;
	if (count_of(a, JOB_FAILED) > 0)
		return JOB_FAILED;
	return count_of(a, JOB_CANCELLED) > 0 ? JOB_CANCELLED : JOB_COMPLETED;
}

/* The highest of its elements' exit statuses. */
static int16_t worst(const struct array *a)
{
	int i = EXITS - 1;

	while (i > 0 && (a->exits == NULL || a->exits[i] == 0))
		i--;
	return (int16_t)(a->never.count > 0 && i < EXIT_SCHEDULER ? EXIT_SCHEDULER : i);
}

static void end(struct core *c, struct job *m, enum job_status to, enum reason why)
{
	const struct array *a = m->array;

	if (to == JOB_COMPLETED && m->status == JOB_QUEUED)
		job_move(c, m, JOB_SCHEDULED, REASON_NONE);
	if (to == JOB_COMPLETED && m->status == JOB_SCHEDULED)
		job_move(c, m, JOB_RUNNING, REASON_NONE);
	m->exit_code = worst(a);
	if (to == JOB_COMPLETED)
		why = REASON_NONE;
	else if (to == JOB_FAILED)
		why = a->n[JOB_FAILED] > 0 ? REASON_NONZERO_EXIT : REASON_DEADLINE;
	else if (a->never.count > 0)
		why = (enum reason)a->fate;
	else if (why < REASON_BY_USER || why > REASON_ARRAY_HALTED)
		why = REASON_BY_USER;	/* the last one did not end so */
	job_move(c, m, to, why);
}

static void follow_for(struct core *c, struct job *m, enum reason why)
{
	enum job_status to = status_now(m->array);

	if (m->status == to)
		return;
	if (job_status_terminal(to)) {
		end(c, m, to, why);
		return;
	}
	if (job_status_terminal((enum job_status)m->status) || to == JOB_QUEUED) {
		m->exit_code = -1;
		job_move(c, m, JOB_QUEUED, REASON_PRIORITY);
	}
	if (to == JOB_QUEUED) {
		job_settle(c, m);
		return;
	}
	if (m->status == JOB_QUEUED)
		job_move(c, m, JOB_SCHEDULED, REASON_NONE);
	if (to == JOB_RUNNING)
		job_move(c, m, JOB_RUNNING, REASON_NONE);
}

static void follow(struct core *c, struct job *m)
{
	follow_for(c, m, REASON_BY_USER);
}

static void count_exit(struct job *j, int by)
{
	int status = exit_of_job(j->status, j->reason, j->exit_code, j->signal);

	if (j->status != JOB_FAILED && j->status != JOB_CANCELLED)
		return;
	if (j->array->exits == NULL)
		j->array->exits = xcalloc(EXITS, sizeof(*j->array->exits));
	j->array->exits[status & (EXITS - 1)] += by;
}

void array_leave(struct job *j)
{
	if (!is_element(j))
		return;
	j->array->n[j->status]--;
	count_exit(j, -1);
}

/* The first start is the array's own. */
static void begin(struct core *c, struct job *m, int64_t at)
{
	m->started_at = at;
	job_state_effect(c, m, 0);
	cascade_push(c, m);
}

/* Too many have failed: of what waits then, or comes back to wait, nothing is tried. */
static void halt(struct core *c, struct array *a, enum job_status now)
{
	bool newly = now == JOB_FAILED && a->halt_at > 0 && a->n[JOB_FAILED] >= a->halt_at;
	bool again = now == JOB_QUEUED && a->fate == REASON_ARRAY_HALTED;

	if (!again && !(newly && (a->fate != REASON_ARRAY_HALTED || a->left.count > 0)))
		return;
	a->fate = REASON_ARRAY_HALTED;
	array_end(c, a->master, REASON_ARRAY_HALTED, a->halt_now, false);
}

void array_enter(struct core *c, struct job *j, bool was_over)
{
	struct array *a = j->array;

	if (!is_element(j))
		return;
	a->n[j->status]++;
	count_exit(j, 1);
	if (a->master == NULL)
		return;
	job_touch(c, a->master);
	if (j->status == JOB_RUNNING && a->master->started_at == 0)
		begin(c, a->master, j->started_at);
	if (!was_over)
		halt(c, a, (enum job_status)j->status);
	follow_for(c, a->master, (enum reason)j->reason);
}

/* ---- the end of what is still to come, and of all */

static void end_left(struct core *c, struct array *a, enum reason why)
{
	if (a->left.count == 0)
		return;
	for (size_t i = 0; i < a->left.n; i++) {
		for (int64_t k = a->left.list[i].first; k <= a->left.list[i].last; k++)
			ranges_add(&a->never, k);
	}
	ranges_release(&a->left);
	a->fate = (uint8_t)why;
	job_touch(c, a->master);
}

void job_give_up(struct core *c, struct job *j, enum job_status to, enum reason why)
{
	if (!is_array(j)) {
		job_move(c, j, to, why);
		return;
	}
	end_left(c, j->array, why);
	follow_for(c, j, why);
}

static void end_element(struct core *c, struct job *j, enum reason why, bool stop, bool now)
{
	job_changed_by(c, j);
	if (j->status == JOB_QUEUED)
		job_move(c, j, JOB_CANCELLED, why);
	else if (stop && j->stopping == REASON_NONE)
		job_stop(c, j, why, now);
}

void array_end(struct core *c, struct job *j, enum reason why, bool stop, bool now)
{
	struct array *a = j->array;

	if (!is_array(j)) {
		if (!job_status_terminal((enum job_status)j->status))
			end_element(c, j, why, stop, now);
		return;
	}
	end_left(c, a, why);
	for (int64_t k = 0; live(a) > 0 && k < a->spec.count; k++) {
		struct job *e = array_job(c, a, k);

		if (e != NULL && !job_status_terminal((enum job_status)e->status))
			end_element(c, e, why, stop, now);
	}
	follow_for(c, j, why);
}

bool array_skip(struct core *c, int64_t id, enum reason why)
{
	struct array *a = (struct array *)(uintptr_t)array_of(c, id);

	if (a->never.n >= PIECES_MAX || (a->never.count > 0 && a->fate != why))
		return false;
	ranges_remove(&a->left, id - a->id - 1);
	ranges_add(&a->never, id - a->id - 1);
	a->fate = (uint8_t)why;
	job_touch(c, a->master);
	follow_for(c, a->master, why);
	keep_short(c, a);
	return true;
}

bool array_revive(struct core *c, struct job *j)
{
	struct array *a = j->array;

	if (a->never.count == 0)
		return false;
	for (size_t i = 0; i < a->never.n; i++) {
		for (int64_t k = a->never.list[i].first; k <= a->never.list[i].last; k++)
			ranges_add(&a->left, k);
	}
	ranges_release(&a->never);
	a->fate = REASON_NONE;
	job_touch(c, j);
	follow(c, j);
	keep_short(c, a);
	return true;
}

void array_wake(struct core *c, const struct job *j)
{
	const struct array *a = j->array;

	for (int64_t k = 0; a->n[JOB_QUEUED] > 0 && k < a->spec.count; k++) {
		struct job *e = array_job(c, a, k);

		if (e != NULL)
			job_settle(c, e);
	}
}

/* ---- check */

static int check_element(const struct core *c, const struct array *a, int64_t place,
    int64_t n[6], struct err *e)
{
	bool left = ranges_place(&a->left, place) != -1;
	bool gone = ranges_place(&a->never, place) != -1;
	const struct job *j = array_job(c, a, place);

	if (left + gone + (j != NULL) > 1)
		return err_set(e, ERR_INTERNAL, "job %lld: element %lld is there twice",
		    (long long)a->id, (long long)place);
	if (j != NULL && j->array != a)
		return err_set(e, ERR_INTERNAL, "job %lld is no element", (long long)j->id);
	if (j != NULL)
		n[j->status]++;
	return 0;
}

int array_check(const struct core *c, const struct job *j, struct err *e)
{
	const struct array *a = j->array;
	int64_t n[6] = { 0 }, sum = 0;

	if (a->left.n > PIECES_MAX || a->master != j)
		return err_set(e, ERR_INTERNAL, "job %lld: its array is damaged", (long long)j->id);
	for (int64_t k = 0; k < a->spec.count; k++) {
		if (check_element(c, a, k, n, e) == -1)
			return -1;
	}
	for (int s = 0; s < 6; s++) {
		bool wrong = job_status_terminal((enum job_status)s) ? n[s] > a->n[s] :
		    n[s] != a->n[s];

		sum += a->n[s];
		if (wrong)
			return err_set(e, ERR_INTERNAL, "job %lld: %lld elements are %s, counted "
			    "%lld", (long long)j->id, (long long)n[s],
			    job_status_name((enum job_status)s), (long long)a->n[s]);
	}
	if (sum + a->left.count + a->never.count != a->spec.count || j->status != status_now(a))
		return err_set(e, ERR_INTERNAL, "job %lld is %s and has %lld elements of %lld",
		    (long long)j->id, job_status_name((enum job_status)j->status),
		    (long long)(sum + a->left.count + a->never.count), (long long)a->spec.count);
	return 0;
}
