/*
 * When a schedule may run, and what happens when it does not: calendars and blackouts;
 * runs that are late, silence; what ends an alert, and what a restart knows of it.
 */
#include <stdio.h>
#include <string.h>

#include "planlib.h"
#include "tap.h"
#include "zonelib.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static struct lab *l;

static void conf_calendar(const char *name, const char *days)
{
	struct calendar one = { name, days, { NULL, 0 } };

	l->conf.calendars = (struct calendars){ &one, name != NULL };
	core_configure(l->core, &l->conf);
	l->conf.calendars = (struct calendars){ NULL, 0 };
}

static void begin(const char *stamp)
{
	l = lab_new(NULL);
	l->now.wall = utc(stamp);
	lab_worker(l, "w", 64000);
}

static const struct schedule_row *row(int64_t s)
{
	return disk_schedule(l->disk, s);
}

/* ---- when it may run */

static void blackout(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T21:30");
	a = plan_new(l, "0 * * * *");
	a->row.blackout = "22:00-23:30";
	a->row.overlap = "allow";
	s = plan_add(l, a);
	is_int(row(s)->next_at, utc("2026-03-02T00:00"), "what is next is one that runs");
	plan_at(l, "2026-03-01T22:00");
	plan_at(l, "2026-03-01T23:00");
	plan_at(l, "2026-03-02T00:00");
	is_str(plan_history(l, s), "22:00 skipped blackout, 23:00 skipped blackout, 00:00 run 1",
	    "each has its row");
	is_int(plan_order(l, SCHEDULE_RUN, s), 0, "by hand");
	l->now.wall = utc("2026-03-02T22:10");
	lab_turn(l);
	plan_settle(l);
	is_str(disk_occurrence(l->disk, s, utc("2026-03-02T21:00"))->reason, "blackout",
	    "what was missed is not made up for within one");
	is_int(plan_order(l, SCHEDULE_RUN, s), 0, "but by hand it runs");
	lab_free(l);
}

/* What waited for the run before it would begin within the blackout. */
static void blackout_waits(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "*/5 * * * *");
	a->row.blackout = "12:07-12:30";
	a->row.overlap = "queue";
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T12:00");
	plan_at(l, "2026-03-01T12:05");
	is_str(plan_history(l, s), "12:00 run 1, 12:05 waiting overlap 1", "one waits");
	l->now.wall = utc("2026-03-01T12:08");
	lab_exit(l, 1, 0);
	plan_settle(l);
	is_str(plan_history(l, s), "12:00 run 1, 12:05 skipped blackout", "and is too late");
	plan_at(l, "2026-03-01T12:30");
	ok(strstr(plan_history(l, s), "12:25 skipped blackout, 12:30 run 2") != NULL,
	    "it goes on behind it: %s", plan_history(l, s));
	lab_free(l);
}

/* The latest one that was missed and is wanted. */
static void latest(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "*/10 * * * *");
	a->row.blackout = "12:15-12:45";
	s = plan_add(l, a);
	l->now.wall = utc("2026-03-01T12:48");
	lab_turn(l);
	plan_settle(l);
	is_str(plan_history(l, s), "12:00 missed older, 12:10 run+ 1, 12:20 skipped blackout, "
	    "12:30 skipped blackout, 12:40 skipped blackout", "is the one that is made up for");
	lab_free(l);
}

static void calendars(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-12-24T12:00");
	a = plan_new(l, "0 9 * * *");
	a->row.calendar = "work";
	is_int(plan_add(l, a), 0, "a calendar that is not there");
	ok(strstr(lab_item(l, 0)->text, "'work'") != NULL, "is named: %s", lab_item(l, 0)->text);
	a->row.calendar = NULL;
	a->row.blackout = "sun, @work";
	is_int(plan_add(l, a), 0, "nor may a blackout name it");
	conf_calendar("work", "mon-fri");
	a->row.calendar = "work";
	a->row.blackout = "12-25";
	a->row.zone = "Australia/Lord_Howe";
	a->row.overlap = "allow";
	s = plan_add(l, a);
	is_int(row(s)->next_at, utc("2026-12-27T22:00"), "Monday there");
	plan_at(l, "2026-12-24T22:00");
	plan_at(l, "2026-12-25T22:00");
	plan_at(l, "2026-12-27T22:00");
	is_str(plan_history(l, s), "22:00 skipped blackout, 22:00 skipped calendar, "
	    "22:00 skipped calendar, 22:00 run 1",
	    "a holiday, a weekend, a day of work");
	conf_calendar(NULL, NULL);
	lab_turn(l);
	is_str(row(s)->detail, "job.conf does not name its calendar", "without it it stands still");
	is_int(core_due(l->core, l->now), -1, "and nothing is due");
	conf_calendar("work", "mon-sun");
	plan_at(l, "2026-12-28T22:00");
	is_str(plan_history(l, s), "22:00 skipped blackout, 22:00 skipped calendar, "
	    "22:00 skipped calendar, 22:00 run 1, 22:00 run 2", "until it is there again");
	ok(row(s)->detail == NULL, "and says nothing more");
	lab_free(l);
}

/* ---- when it does not run */

static void late(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:30");
	a = plan_new(l, "0 * * * *");
	a->row.expect_by = 10 * MINUTE;
	a->row.overlap = "allow";
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T12:00");
	lab_exit(l, 1, 0);
	is_int(row(s)->success_at, l->now.wall, "a run that ended well is on record");
	plan_at(l, "2026-03-01T12:10");
	ok(row(s)->alert == NULL, "nothing is amiss");
	plan_at(l, "2026-03-01T13:00");
	is_int(core_due(l->core, l->now), 10 * MINUTE, "it is looked at when it should be over");
	plan_at(l, "2026-03-01T13:09:59");
	ok(row(s)->alert == NULL, "not yet");
	plan_at(l, "2026-03-01T13:10");
	is_str(row(s)->alert, "late", "a run that goes on is late");
	is_int(row(s)->alert_at, l->now.wall, "since now");
	lab_restart(l);
	lab_worker_holds(l, "w", 64000, 0, &(struct held){ .job = 2, .execution = 1 }, 1);
	plan_at(l, "2026-03-01T14:00");
	lab_exit(l, 2, 1);
	is_str(row(s)->alert, "late", "after a restart, too; one that fails ends nothing");
	lab_exit(l, 3, 0);
	ok(row(s)->alert == NULL && row(s)->alert_at == 0, "but one that ends well does");
	plan_at(l, "2026-03-01T14:59");
	ok(row(s)->alert == NULL, "it pays for those before it");
	lab_free(l);
}

static void not_owed(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:30");
	a = plan_new(l, "0 * * * *");
	a->row.expect_by = 10 * MINUTE;
	a->row.blackout = "12:00-12:30";
	s = plan_add(l, a);
	is_int(plan_order(l, SCHEDULE_SKIP, s), 0, "noon is skipped anyhow");
	is_int(plan_order(l, SCHEDULE_SKIP, s), 0, "and one more by hand");
	plan_at(l, "2026-03-01T13:30");
	ok(row(s)->alert == NULL, "nobody waits for them");
	plan_at(l, "2026-03-01T14:00");
	plan_at(l, "2026-03-01T14:10");
	is_str(row(s)->alert, "late", "but for the next");
	is_int(plan_order(l, SCHEDULE_PAUSE, s), 0, "paused");
	is_int(core_due(l->core, l->now), -1, "nothing is looked at");
	is_int(plan_order(l, SCHEDULE_RESUME, s), 0, "resumed");
	ok(row(s)->alert == NULL, "what was is forgiven");
	lab_free(l);
}

static void missed_is_late(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:30");
	a = plan_new(l, "0 * * * *");
	a->row.expect_by = 30 * MINUTE;
	a->row.catch_up = "none";
	s = plan_add(l, a);
	l->now.wall = utc("2026-03-01T12:40");		/* jobd was down */
	lab_restart(l);
	plan_settle(l);
	is_str(plan_history(l, s), "12:00 missed policy", "a run that was missed");
	is_str(row(s)->alert, "late", "is one that did not happen");
	lab_free(l);
}

static void silence(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T12:00");
	a = plan_new(l, "0 0 1 1 *");
	a->row.max_silence = 2 * HOUR;
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T13:59:59");
	ok(row(s)->alert == NULL, "silence counts from its making");
	plan_at(l, "2026-03-01T14:00");
	is_str(row(s)->alert, "silence", "for too long");
	is_int(core_due(l->core, l->now), 24 * HOUR, "it is told again after a day");
	plan_at(l, "2026-03-02T14:00");
	is_int(row(s)->alert_at, utc("2026-03-01T14:00"), "it is the same one");
	is_int(core_due(l->core, l->now), 24 * HOUR, "and once more");
	is_int(plan_order(l, SCHEDULE_RUN, s), 0, "a run by hand");
	lab_exit(l, 1, 0);
	ok(row(s)->alert == NULL, "breaks it");
	is_int(core_due(l->core, l->now), 2 * HOUR, "and it counts from then");
	lab_free(l);
}

/* Its last run is owed when it has ended. */
static void after_the_end(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:30");
	a = plan_new(l, "0 * * * *");
	a->row.expect_by = 10 * MINUTE;
	a->row.max_silence = HOUR;
	a->row.max_runs = 1;
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T12:00");
	is_str(row(s)->state, "ended", "it has had its run");
	plan_at(l, "2026-03-01T12:10");
	is_str(row(s)->alert, "late", "which is late");
	lab_exit(l, 1, 0);
	ok(row(s)->alert == NULL, "until it is there");
	is_int(core_due(l->core, l->now), -1, "then nothing is expected any more");
	lab_free(l);
}

int main(void)
{
	blackout();
	blackout_waits();
	latest();
	calendars();
	late();
	not_owed();
	missed_is_late();
	silence();
	after_the_end();
	return tap_done();
}
