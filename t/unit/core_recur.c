/*
 * Schedules under random faults: jobd crashes before and after its commits, stops for a
 * while, its clock jumps both ways, runs last or fail, people give orders.  Then it is
 * quiet; and each instant that was due has exactly one row, and each run exactly one
 * instant.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/cron.h"
#include "planlib.h"
#include "zonelib.h"

#define HISTORIES 10		/* or as many as an argument says */
#define STEPS 150
#define PLANS 4
#define MINUTE INT64_C(60000)

static struct lab *l;
static uint64_t seed;
static int64_t plans[PLANS], created[PLANS];
static bool pauses;			/* somebody pauses and resumes: that puts the cursor */
static int64_t highest;			/* the latest the wall clock has ever shown */

static uint64_t rnd(uint64_t below)
{
	seed = splitmix64(seed);
	return seed % below;
}

static void plan_make(int i)
{
	static const char *const expressions[] = {
		"*/5 * * * *", "30 2 * * *", "*/20 1,2 * * *", "@every 7m", "0 * * * *",
		"17 */3 * * *"
	};
	static const char *const zones[] = { "UTC", "America/New_York", "Australia/Lord_Howe" };
	static const char *const overlaps[] = { "skip", "allow", "queue", "queue-all", "replace" };
	static const char *const catch_ups[] = { "one", "none", "all" };
	struct ev_schedule *a = plan_new(l, expressions[rnd(6)]);

	a->row.zone = zones[rnd(3)];
	a->row.overlap = overlaps[rnd(5)];
	a->row.catch_up = catch_ups[rnd(3)];
	a->row.catch_up_window = (int64_t)rnd(12) * 60 * MINUTE;
	a->row.catch_up_max = 1 + (int64_t)rnd(20);
	a->row.overlap_max = 1 + (int64_t)rnd(5);
	a->row.blackout = rnd(3) == 0 ? "01:30-04:00, sat 12:00-18:00" : NULL;
	a->row.splay = (int64_t)rnd(2) * 90000;
	a->row.jitter = (int64_t)rnd(2) * 45000;
	plans[i] = plan_add(l, a);
	created[i] = l->now.wall;
}

/* A turn whose commit never happens. */
static void crash_before(void)
{
	struct turn *t = turn_new(l->number + 1);

	core_turn(l->core, l->now, NULL, 0, t);
	turn_free(t);
	lab_restart(l);
}

/* Every run that a worker has is reported anew, as a worker that attaches does. */
static void attach(void)
{
	struct held held[256];
	size_t n = 0;

	for (size_t i = 0; i < l->disk->exec_rows.n && n < 256; i++) {
		const struct exec_row *x = l->disk->exec_rows.rows[i];

		if (x->status == JOB_SCHEDULED || x->status == JOB_RUNNING)
			held[n++] = (struct held){ .job = x->job_id, .execution = x->execution };
	}
	lab_worker_holds(l, "w", 64000, 0, held, n);
}

static void end_some(void)
{
	for (size_t i = 0; i < l->disk->job_rows.n; i++) {
		const struct job_row *j = l->disk->job_rows.rows[i];

		if (j->status != JOB_SCHEDULED && j->status != JOB_RUNNING)
			continue;
		if (rnd(3) == 0)
			continue;
		if (j->status == JOB_SCHEDULED)
			lab_started(l, j->id);
		lab_end(l, j->id, rnd(4) != 0 ? END_EXIT : END_KILLED, 0, -1);
		return;
	}
}

static void pass(int64_t ms)
{
	l->now.wall += ms;
	l->now.boot += ms > 0 ? ms : 0;
	if (l->now.wall > highest)
		highest = l->now.wall;
}

static void step(void)
{
	int i = (int)rnd(PLANS);

	switch (rnd(14)) {
	case 0:
		crash_before();
		attach();
		break;
	case 1:
		lab_turn(l);
		lab_restart(l);
		attach();
		break;
	case 2:				/* stopped for a while, or the clock set forward */
		pass((int64_t)rnd(20) * 60 * MINUTE);
		break;
	case 3:
		l->now.wall -= (int64_t)rnd(120) * MINUTE;
		break;
	case 4:
		if (pauses)
			(void)plan_order(l, rnd(2) != 0 ? SCHEDULE_PAUSE : SCHEDULE_RESUME,
			    plans[i]);
		break;
	case 5:
		(void)plan_order(l, rnd(2) != 0 ? SCHEDULE_RUN : SCHEDULE_SKIP, plans[i]);
		break;
	case 6: case 7: case 8: case 9:
		end_some();
		break;
	default:
		pass((int64_t)rnd(600) * 1000);
		lab_turn(l);
		break;
	}
}

/* ---- what must be true */

static size_t rows_of(int64_t plan, int64_t job)
{
	size_t n = 0;

	for (size_t i = 0; i < l->disk->occurrence_rows.n; i++) {
		const struct occurrence_row *o = l->disk->occurrence_rows.rows[i];

		n += o->schedule_id == plan && o->job_id == job;
	}
	return n;
}

static int runs_without_row(void)
{
	int wrong = 0;

	for (size_t i = 0; i < l->disk->job_rows.n; i++) {
		const struct job_row *j = l->disk->job_rows.rows[i];

		wrong += j->schedule_id != 0 && rows_of(j->schedule_id, j->id) != 1;
	}
	return wrong;
}

static int instants_without_row(int i, const struct schedule_row *row)
{
	struct zone *z = strcmp(row->zone, "UTC") == 0 ? zone_new_utc() : zone_known(row->zone);
	char name[24];
	struct cron c;
	struct cron_fire f;
	int64_t at = created[i];
	int wrong = 0;

	snprintf(name, sizeof(name), "s%" PRId64, row->id);
	(void)cron_parse(&c, row->expression, name, NULL);
	c.anchor = row->anchor_at;
	for (; cron_next(&c, z, at, &f) && f.at <= row->cursor_at; at = f.at)
		wrong += disk_occurrence(l->disk, row->id, f.at) == NULL;
	zone_free(z);
	return wrong;
}

static int waiting(void)
{
	int n = 0;

	for (size_t i = 0; i < l->disk->occurrence_rows.n; i++)
		n += strcmp(((const struct occurrence_row *)
		    l->disk->occurrence_rows.rows[i])->outcome, "waiting") == 0;
	return n;
}

static void calm(void)
{
	for (int i = 0; i < PLANS; i++)		/* nothing new, but what was due is settled */
		(void)plan_order(l, SCHEDULE_PAUSE, plans[i]);
	for (int i = 0; i < 300 && core_count(l->core, JOB_QUEUED) +
	    core_count(l->core, JOB_SCHEDULED) + core_count(l->core, JOB_RUNNING) > 0; i++) {
		end_some();
		pass(60000);
		lab_turn(l);
	}
}

static void history(uint64_t number)
{
	int lost = 0;

	seed = number;
	pauses = number % 2 != 0;
	l = lab_new(NULL);
	l->now.wall = highest = utc("2026-03-07T20:00");
	lab_worker(l, "w", 64000);
	for (int i = 0; i < PLANS; i++)
		plan_make(i);
	for (int n = 0; n < STEPS; n++)
		step();
	l->now.wall = highest;
	plan_settle(l);
	is_int(runs_without_row(), 0, "history %" PRIu64 ": each run is of one instant", number);
	for (int i = 0; i < PLANS; i++)
		lost += pauses ? 0 : instants_without_row(i, disk_schedule(l->disk, plans[i]));
	calm();
	is_int(waiting(), 0, "history %" PRIu64 ": nothing waits for ever", number);
	is_int(lost, 0, "history %" PRIu64 ": each instant has a row", number);
	lab_free(l);
}

int main(int argc, char **argv)
{
	uint64_t histories = argc > 1 ? strtoull(argv[1], NULL, 10) : HISTORIES;

	for (uint64_t n = 1; n <= histories; n++)
		history(n);
	return tap_done();
}
