/*
 * writer: the thread that owns state.db, and the two queues that lead to it and
 * back.
 *
 * Everything that waits is one transaction: group commit.  Promises that a turn
 * comes back only when it is on disk, whole and in order, and that after an I/O
 * error nothing is written any more.  The lock guards the queues, the health and
 * the numbers; all else is the thread's alone.  Read commit_turns first.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "state/history.h"
#include "state/start.h"

#define WAL_FRAME (4096 + 24)	/* bytes a page takes in the log */
#define WAL_IDLE 1000		/* frames: checkpoint when nothing waits */
#define WAL_FORCED 16384	/* frames: checkpoint even so */
#define FULL_RETRY_MS 1000
#define MOVE_UNDER_LOAD_MS 100	/* one step of the mover this often while turns come */
#define QUIET_MS 5		/* no turn for so long: none is likely to come at once */
#define REST_MAX_MS 60000	/* between two sweeps of the mover */
#define REST_MIN_MS 100

struct turns {
	struct turn **list;
	size_t n, cap;
};

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	int notify_fd;
	/* under the lock */
	struct turns in, out;
	size_t taken;			/* of out */
	bool stop;
	enum writer_health health;
	struct err why;
	struct writer_stats stats;
	/* the thread's */
	struct db db;
	struct apply apply;
	struct mover mover;
	struct turns batch;
	int64_t epoch, turn;
	int frames, saved;		/* of the WAL: written; already in the database */
	int64_t last_move, next_move, last_turn;	/* ms, monotonic */
};

static int64_t mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void turns_add(struct turns *q, struct turn *t)
{
	if (q->n == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 64;
		q->list = xreallocarray(q->list, q->cap, sizeof(struct turn *));
	}
	q->list[q->n++] = t;
}

static void turns_free(struct turns *q, size_t from)
{
	for (size_t i = from; i < q->n; i++)
		turn_free(q->list[i]);
	free(q->list);
}

static void notify(const struct writer *w)
{
	uint64_t one = 1;

	while (write(w->notify_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;	/* EAGAIN: it is raised already */
}

static void set_health(struct writer *w, enum writer_health health, const struct err *why)
{
	bool changed;

	pthread_mutex_lock(&w->lock);
	changed = w->health != health;
	w->health = health;
	if (why)
		w->why = *why;
	else
		err_clear(&w->why);
	pthread_mutex_unlock(&w->lock);
	if (changed)
		notify(w);
}

/* ---- the transaction ---- */

static int commit_turns(struct writer *w, const struct turns *batch, struct err *e)
{
	int64_t last = (int64_t)batch->list[batch->n - 1]->number;
	uint64_t rows = w->apply.rows;

	if (db_exec(&w->db, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	for (size_t i = 0; i < batch->n; i++) {
		if (apply_turn(&w->apply, batch->list[i], e) != 0)
			goto fail;
	}
	if (apply_end(&w->apply, w->epoch, w->turn, last, e) == 0 &&
	    db_exec(&w->db, "COMMIT", e) == 0) {
		w->turn = last;
		return 0;
	}
fail:
	db_rollback(&w->db);
	apply_drop(&w->apply);
	w->apply.rows = rows;
	return -1;
}

static bool writes_something(const struct turns *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (batch->list[i]->nmuts > 0)
			return true;
	}
	return false;
}

/* ---- between commits ---- */

static int on_wal(void *arg, sqlite3 *h, const char *name, int frames)
{
	struct writer *w = arg;

	(void)h;
	(void)name;
	if (frames < w->frames)
		w->saved = 0;		/* the log began anew */
	w->frames = frames;
	return SQLITE_OK;
}

/* No room for it is no harm: what is committed is safe in the log. */
static int checkpoint(struct writer *w, struct err *e)
{
	struct err why;
	int all, done;

	if (sqlite3_wal_checkpoint_v2(w->db.h, "main", SQLITE_CHECKPOINT_PASSIVE, &all,
	    &done) == SQLITE_OK) {
		w->saved = done;
		return 0;
	}
	db_fail(&w->db, "checkpoint", &why);
	if (why.code == ERR_AGAIN) {
		w->saved = w->frames;	/* not again before there is more to save */
		return 0;
	}
	*e = why;
	return -1;
}

/* Jobs need not leave to the second: a sixtieth of the time they stay will do. */
static int64_t move_rest(const struct writer *w)
{
	int64_t rest = w->mover.conf.history_after / 60;

	return rest > REST_MAX_MS ? REST_MAX_MS : rest < REST_MIN_MS ? REST_MIN_MS : rest;
}

static int move(struct writer *w, struct err *e)
{
	struct err why;
	int rc = mover_step(&w->mover, now_read().wall, &why);

	if (rc < 0 && why.code != ERR_AGAIN) {
		*e = why;
		return -1;
	}
	w->last_move = mono_us() / 1000;
	w->next_move = w->last_move + (rc == 1 ? 0 : move_rest(w));
	pthread_mutex_lock(&w->lock);
	w->stats.moved = w->mover.moved;
	w->stats.trouble = w->mover.trouble;
	pthread_mutex_unlock(&w->lock);
	return 0;
}

/*
 * What there is to do beside turns; busy: turns wait.  The ms until there may be
 * more, or -1: state.db failed.
 */
static int64_t housekeep(struct writer *w, bool busy, struct err *e)
{
	int64_t now = mono_us() / 1000, due = w->last_move + MOVE_UNDER_LOAD_MS;
	int64_t quiet = w->last_turn + QUIET_MS;

	if (w->frames - w->saved > (busy ? WAL_FORCED : WAL_IDLE) && checkpoint(w, e) != 0)
		return -1;
	if (!busy && quiet < due)
		due = quiet;
	if (due < w->next_move)
		due = w->next_move;
	if (now >= due) {
		if (move(w, e) != 0)
			return -1;
		due = w->next_move;
		now = mono_us() / 1000;
	}
	return due > now ? due - now : 0;
}

/* ---- the thread ---- */

static void wait_ms(struct writer *w, int64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&w->wake, &w->lock, &ts);
}

/* Exchanges the empty batch for all that waits; false: asked to stop and all is done. */
static bool take(struct writer *w, int64_t ms)
{
	struct turns empty = w->batch;
	bool go_on;

	pthread_mutex_lock(&w->lock);
	if (w->in.n == 0 && !w->stop && ms > 0)
		wait_ms(w, ms);
	w->batch = w->in;
	w->in = empty;
	go_on = w->batch.n > 0 || !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go_on;
}

/* Lets a second pass; true when asked to stop in the meantime. */
static bool wait_for_room(struct writer *w)
{
	int64_t until = mono_us() / 1000 + FULL_RETRY_MS, now;
	bool stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && (now = mono_us() / 1000) < until)
		wait_ms(w, until - now);
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return stop;
}

/* Until it is on disk; -1: it never will be, by this writer. */
static int commit_surely(struct writer *w, struct err *e)
{
	bool last = false;

	if (!writes_something(&w->batch))
		return 0;
	while (commit_turns(w, &w->batch, e) != 0) {
		if (e->code != ERR_AGAIN || last)
			return -1;
		set_health(w, WRITER_FULL, e);
		last = wait_for_room(w);
		/* With all of the log in the database it begins anew: needs no room. */
		if (checkpoint(w, e) != 0)
			return -1;
	}
	if (w->health != WRITER_OK)
		set_health(w, WRITER_OK, NULL);
	return 0;
}

static void deliver(struct writer *w, int64_t us)
{
	struct writer_stats *st = &w->stats;

	pthread_mutex_lock(&w->lock);
	if (w->taken > 0)
		memmove(w->out.list, w->out.list + w->taken,
		    (w->out.n - w->taken) * sizeof(struct turn *));
	w->out.n -= w->taken;
	w->taken = 0;
	for (size_t i = 0; i < w->batch.n; i++)
		turns_add(&w->out, w->batch.list[i]);
	st->turns += w->batch.n;
	st->commits++;
	st->rows = w->apply.rows;
	st->backlog -= w->batch.n;
	st->last_commit_us = us;
	if (us > st->max_commit_us)
		st->max_commit_us = us;
	st->wal_bytes = (int64_t)w->frames * WAL_FRAME;
	pthread_mutex_unlock(&w->lock);
	w->batch.n = 0;
	notify(w);
}

static bool anything_waits(struct writer *w)
{
	bool waits;

	pthread_mutex_lock(&w->lock);
	waits = w->in.n > 0;
	pthread_mutex_unlock(&w->lock);
	return waits;
}

static int work(struct writer *w, struct err *e)
{
	int64_t ms, began;

	for (;;) {
		if ((ms = housekeep(w, anything_waits(w), e)) < 0)
			return -1;
		if (!take(w, ms))
			return 0;
		if (w->batch.n == 0)
			continue;
		began = mono_us();
		if (commit_surely(w, e) != 0)
			return -1;
		deliver(w, mono_us() - began);
		w->last_turn = mono_us() / 1000;
	}
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct err e;

	/* Stopped while the disk is full is no failure: what was not written is not told. */
	if (work(w, &e) != 0 && e.code != ERR_AGAIN)
		set_health(w, WRITER_FAILED, &e);
	return NULL;
}

/* ---- the owner's side ---- */

/* Signals are the loop's; the condition counts on a clock that nobody sets. */
static int thread_start(struct writer *w, struct err *e)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, writer_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return 0;
	errno = rc;
	return err_sys(e, ERR_OS, "thread of the writer");
}

static int bring(void *arg, int64_t id, struct err *e)
{
	return mover_return(arg, id, e);
}

struct writer *writer_open(const struct spool *s, const struct writer_conf *conf, int notify_fd,
    struct writer_start *start, struct err *e)
{
	struct writer *w = xcalloc(1, sizeof(*w));

	w->notify_fd = notify_fd;
	if (start_open(&w->db, s, start, e) != 0)
		goto fail;
	w->epoch = start->epoch;
	sqlite3_wal_hook(w->db.h, on_wal, w);
	if (apply_init(&w->apply, &w->db, e) != 0)
		goto fail_db;
	mover_init(&w->mover, &w->apply, s, conf, w->epoch);
	w->apply.bring = bring;
	w->apply.bring_arg = &w->mover;
	if (thread_start(w, e) == 0)
		return w;
	apply_release(&w->apply);
fail_db:
	db_close(&w->db);
fail:
	free(w);
	return NULL;
}

void writer_close(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	mover_release(&w->mover);
	apply_release(&w->apply);
	if (w->health == WRITER_FAILED)
		sqlite3_db_config(w->db.h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	db_close(&w->db);
	turns_free(&w->batch, 0);
	turns_free(&w->in, 0);
	turns_free(&w->out, w->taken);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void writer_put(struct writer *w, struct turn *t)
{
	pthread_mutex_lock(&w->lock);
	turns_add(&w->in, t);
	w->stats.backlog++;
	if (w->in.n == 1)
		pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

struct turn *writer_get(struct writer *w)
{
	struct turn *t = NULL;

	pthread_mutex_lock(&w->lock);
	if (w->taken < w->out.n)
		t = w->out.list[w->taken++];
	if (w->taken == w->out.n)
		w->taken = w->out.n = 0;
	pthread_mutex_unlock(&w->lock);
	return t;
}

enum writer_health writer_health(struct writer *w, struct err *why)
{
	enum writer_health health;

	pthread_mutex_lock(&w->lock);
	health = w->health;
	if (why)
		*why = w->why;
	pthread_mutex_unlock(&w->lock);
	return health;
}

void writer_stats(struct writer *w, struct writer_stats *st)
{
	pthread_mutex_lock(&w->lock);
	*st = w->stats;
	pthread_mutex_unlock(&w->lock);
}
