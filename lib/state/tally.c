/*
 * tally: see tally.h.
 *
 * Owns tables counts and days.  Promises that both agree with table jobs after
 * each commit (reader_check compares them).  Requires its caller to drop the
 * tally when the transaction is rolled back.
 */
#include "state/tally.h"

#include <string.h>

int64_t tally_day_of(int64_t created_ms)
{
	return created_ms >= 0 ? created_ms / DAY_MS : -((-created_ms + DAY_MS - 1) / DAY_MS);
}

static int write_days(struct tally *t, struct db *d, struct err *e)
{
	for (size_t i = 0; i < t->ndays; i++) {
		const struct tally_day *x = &t->days[i];

		if (db_do(d, "INSERT INTO days VALUES (?1,?2,?3,?4) ON CONFLICT(day) DO UPDATE "
		    "SET first_id = min(first_id, ?2), last_id = max(last_id, ?3), "
		    "live = live + ?4",
		    (int64_t[]){ x->day, x->first, x->last, x->live }, 4, e) < 0)
			return -1;
	}
	t->ndays = 0;
	return 0;
}

int tally_job(struct tally *t, struct db *d, int64_t id, int64_t created_ms, int live,
    struct err *e)
{
	int64_t day = tally_day_of(created_ms);
	struct tally_day *x = t->days, *end = t->days + t->ndays;

	while (x < end && x->day != day)
		x++;
	if (x == end) {
		if (t->ndays == TALLY_DAYS && write_days(t, d, e) != 0)
			return -1;
		x = &t->days[t->ndays++];
		*x = (struct tally_day){ .day = day, .first = id, .last = id };
	}
	if (id < x->first)
		x->first = id;
	if (id > x->last)
		x->last = id;
	x->live += live;
	if (live >= 0 && id > t->max_id)
		t->max_id = id;
	return 0;
}

static int write_count(struct db *d, int status, int64_t n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "INSERT INTO counts VALUES (?1,?2) "
	    "ON CONFLICT(status) DO UPDATE SET n = n + ?2", e);

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, job_status_name((enum job_status)status), -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, n);
	return db_run(d, st, e) < 0 ? -1 : 0;
}

int tally_write(struct tally *t, struct db *d, struct err *e)
{
	for (int s = 0; s < STATUS_COUNT; s++) {
		if (t->counts[s] != 0 && write_count(d, s, t->counts[s], e) != 0)
			return -1;
	}
	if (write_days(t, d, e) != 0)
		return -1;
	memset(t, 0, sizeof(*t));
	return 0;
}
