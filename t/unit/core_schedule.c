/*
 * Schedules in virtual time: what is due runs once; what was missed, what overlaps, what
 * is ordered; and a row for each instant that says what became of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/cron.h"
#include "planlib.h"
#include "zonelib.h"

static struct lab *l;

static void begin(const char *stamp)
{
	l = lab_new(NULL);
	l->now.wall = utc(stamp);
	lab_worker(l, "w", 64000);
}

static int64_t live(void)
{
	return (int64_t)(core_count(l->core, JOB_QUEUED) + core_count(l->core, JOB_SCHEDULED) +
	    core_count(l->core, JOB_RUNNING));
}

static void runs(void)
{
	const struct job_row *job;
	int64_t s, later;

	begin("2026-03-01T11:59:30");
	s = plan_add(l, plan_new(l, "*/5 * * * *"));
	is_int(s, 1, "the first schedule");
	is_int(core_due(l->core, l->now), 30000, "it is due in half a minute");
	is_int(disk_schedule(l->disk, s)->next_at, utc("2026-03-01T12:00"), "and its row says so");
	plan_at(l, "2026-03-01T12:00");
	is_str(plan_history(l, s), "12:00 run 1", "it runs");
	job = disk_job(l->disk, 1);
	ok(job != NULL && job->schedule_id == s && strcmp(job->type, "recurring") == 0,
	    "its job says whose it is");
	is_int(job->scheduled_time, utc("2026-03-01T12:00"), "and which time");
	is_int(disk_schedule(l->disk, s)->cursor_at, utc("2026-03-01T12:00"),
	    "the cursor has moved");
	lab_exit(l, 1, 0);
	plan_at(l, "2026-03-01T12:05:20");
	lab_exit(l, 2, 1);
	is_str(plan_history(l, s), "12:00 run 1, 12:05 run 2", "a little late is in time");
	is_int(disk_job(l->disk, 2)->scheduled_time, utc("2026-03-01T12:05"), "as it was planned");
	lab_restart(l);
	is_int(core_due(l->core, l->now), 280000, "a restart knows the rest");
	plan_at(l, "2026-03-01T12:10");
	is_str(plan_history(l, s), "12:00 run 1, 12:05 run 2, 12:10 run 3", "and goes on");
	later = plan_add(l, plan_new(l, "0 13 * * *"));
	is_int(later, 2, "numbers go on");
	is_int(live(), 1, "one lives");
	lab_free(l);
}

static void zones(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-07T12:00");
	a = plan_new(l, "30 2 * * *");
	a->row.zone = "America/New_York";
	a->row.overlap = "allow";
	s = plan_add(l, a);
	plan_at(l, "2026-03-08T07:00");
	plan_at(l, "2026-03-09T06:30");
	is_str(plan_history(l, s), "07:00 run 1, 06:30 run 2", "made up for, then summer time");
	lab_restart(l);
	plan_at(l, "2026-03-10T06:30");
	is_str(plan_history(l, s), "07:00 run 1, 06:30 run 2, 06:30 run 3", "after a restart, too");
	a->row.zone = "Asia/Nowhere";
	a->row.uuid.b[15]++;
	is_int(plan_add(l, a), 0, "a zone that nobody knows");
	ok(strstr(lab_item(l, 0)->text, "Asia/Nowhere") != NULL, "is named: %s",
	    lab_item(l, 0)->text);
	lab_free(l);
}

/* Down from 12:00 on, up again at `up`. */
static void down(const char *catch_up, const char *window, const char *up, const char *want)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "*/10 * * * *");
	a->row.catch_up = catch_up;
	a->row.overlap = "allow";
	a->row.catch_up_window = utc(window) - utc("2026-03-01");
	s = plan_add(l, a);
	l->now.wall = utc(up);
	l->now.boot += 1000;
	lab_restart(l);
	for (int i = 0; i < 20; i++) {
		plan_settle(l);
		lab_pass(l, 1000);
	}
	is_str(plan_history(l, s), want, "%s, up at %s, window %s", catch_up, up, window);
	lab_free(l);
}

static void missed(void)
{
	static const char *const ways[] = { "none", "one", "all" };

	for (int i = 0; i < 3; i++) {
		down(ways[i], "2026-03-02", "2026-03-01T11:59:59", "12:00 run 1");
		down(ways[i], "2026-03-02", "2026-03-01T12:01", "12:00 run 1");
	}
	down("none", "2026-03-02", "2026-03-01T12:01:01", "12:00 missed policy");
	down("one", "2026-03-02", "2026-03-01T12:01:01", "12:00 run+ 1");
	down("all", "2026-03-02", "2026-03-01T12:01:01", "12:00 run+ 1");
	down("none", "2026-03-02", "2026-03-01T12:25",
	    "12:00 missed policy, 12:10 missed policy, 12:20 missed policy");
	down("one", "2026-03-02", "2026-03-01T12:25",
	    "12:00 missed older, 12:10 missed older, 12:20 run+ 1");
	down("all", "2026-03-02", "2026-03-01T12:25", "12:00 run+ 1, 12:10 run+ 2, 12:20 run+ 3");
	down("one", "2026-03-02", "2026-03-01T12:30:30",
	    "12:00 missed older, 12:10 missed older, 12:20 run+ 1, 12:30 run 2");
	down("one", "2026-03-01T00:05", "2026-03-01T12:25",
	    "12:00 missed older, 12:10 missed older, 12:20 missed window");
	down("one", "2026-03-01T00:06", "2026-03-01T12:25",
	    "12:00 missed older, 12:10 missed older, 12:20 run+ 1");
	down("all", "2026-03-01T00:15", "2026-03-01T12:25",
	    "12:00 missed window, 12:10 missed window, 12:20 run+ 1");
	down("all", "2026-03-01T00:16", "2026-03-01T12:25",
	    "12:00 missed window, 12:10 run+ 1, 12:20 run+ 2");
}

static int count(int64_t s, const char *outcome)
{
	int n = 0;

	for (size_t i = 0; i < l->disk->occurrence_rows.n; i++) {
		const struct occurrence_row *r = l->disk->occurrence_rows.rows[i];

		n += r->schedule_id == s && strcmp(r->outcome, outcome) == 0;
	}
	return n;
}

static void many_missed(void)
{
	struct ev_schedule *a;
	int64_t s;
	size_t after_one;

	begin("2026-03-01T12:00:30");
	a = plan_new(l, "* * * * *");
	a->row.catch_up = "all";
	a->row.overlap = "allow";
	s = plan_add(l, a);
	l->now.wall = utc("2026-03-01T14:30:30");	/* 150 of them */
	lab_turn(l);
	plan_settle(l);
	is_int(count(s, "run"), 2, "catch-up runs do not start all at once: one, and that of now");
	is_int(core_due(l->core, l->now), 1000, "but one a second");
	for (int i = 0; i < 20; i++)
		lab_pass(l, 1000);
	after_one = (size_t)count(s, "run");
	is_int(after_one, 22, "20 more after 20 seconds");
	lab_restart(l);
	for (int i = 0; i < 100; i++) {
		lab_pass(l, 1000);
		plan_settle(l);
	}
	is_int(disk_schedule(l->disk, s)->cursor_at, utc("2026-03-01T14:32"), "all are decided");
	is_int(count(s, "run"), 100 + 3, "the oldest 100, and those of now");
	is_int(count(s, "missed"), 152 - 103, "the rest is on record");
	lab_free(l);

	begin("2026-03-01T12:00:30");
	s = plan_add(l, plan_new(l, "@every 1s"));
	l->now.wall += 86400000;
	lab_turn(l);
	is_int(core_due(l->core, l->now), 0, "a day of seconds is more than a turn does");
	plan_settle(l);
	is_int(count(s, "missed") + count(s, "run") + count(s, "skipped"), 86400,
	    "but all of them are decided");
	lab_free(l);
}

/* Stopped, or down, for 150 minutes of a run each minute: both clocks go on. */
static void stopped(const char *catch_up, const char *window, int runs, int missed)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T12:00:30");
	a = plan_new(l, "* * * * *");
	a->row.catch_up = catch_up;
	a->row.overlap = "allow";
	a->row.catch_up_window = utc(window) - utc("2026-03-01");
	s = plan_add(l, a);
	lab_pass(l, 150 * INT64_C(60000));
	for (int i = 0; i < 120; i++) {
		plan_settle(l);
		l->now.boot += 1000;		/* the pace of what is made up for */
		lab_turn(l);
	}
	is_int(count(s, "run"), runs, "%s, window %s: 150 were due: runs", catch_up, window);
	is_int(count(s, "missed"), missed, "missed");
	is_int(count(s, "run") + count(s, "missed"), 150, "each has its row");
	lab_free(l);
}

static void many_stopped(void)
{
	stopped("none", "2026-03-02", 1, 149);		/* that of now is in time */
	stopped("one", "2026-03-02", 2, 148);
	stopped("all", "2026-03-02", 101, 49);
	stopped("one", "2026-03-01T00:01", 1, 149);
	stopped("all", "2026-03-01T00:10", 10, 140);
}

static void overlap(const char *rule, const char *want, const char *end)
{
	struct ev_schedule *a;
	int64_t s, last;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "*/5 * * * *");
	a->row.overlap = rule;
	s = plan_add(l, a);
	for (int i = 0; i < 4; i++) {
		char stamp[32];

		snprintf(stamp, sizeof(stamp), "2026-03-01T12:%02d", i * 5);
		plan_at(l, stamp);
		if (i == 0)
			lab_started(l, 1);
	}
	is_str(plan_history(l, s), want, "%s: while the first runs", rule);
	lab_restart(l);
	lab_worker_holds(l, "w", 64000, 0, &(struct held){ .job = 1, .execution = 1 }, 1);
	lab_end(l, 1, END_EXIT, 0, -1);
	for (int i = 0; i < 4; i++) {
		last = core_next_id(l->core) - 1;
		plan_settle(l);
		if (strncmp(lab_where(l, last), "scheduled", 9) == 0)
			lab_exit(l, last, 0);
	}
	is_str(plan_history(l, s), end, "%s: when it has ended", rule);
	lab_free(l);
}

static void overlaps(void)
{
	overlap("skip", "12:00 run 1, 12:05 skipped overlap 1, 12:10 skipped overlap 1, "
	    "12:15 skipped overlap 1", "12:00 run 1, 12:05 skipped overlap 1, "
	    "12:10 skipped overlap 1, 12:15 skipped overlap 1");
	overlap("allow", "12:00 run 1, 12:05 run 2, 12:10 run 3, 12:15 run 4",
	    "12:00 run 1, 12:05 run 2, 12:10 run 3, 12:15 run 4");
	overlap("queue", "12:00 run 1, 12:05 skipped superseded, 12:10 skipped superseded, "
	    "12:15 waiting overlap 1",
	    "12:00 run 1, 12:05 skipped superseded, 12:10 skipped superseded, 12:15 run 2");
	overlap("queue-all", "12:00 run 1, 12:05 waiting overlap 1, 12:10 waiting overlap 1, "
	    "12:15 waiting overlap 1", "12:00 run 1, 12:05 run 2, 12:10 run 3, 12:15 run 4");
	overlap("replace", "12:00 run 1, 12:05 skipped superseded, 12:10 skipped superseded, "
	    "12:15 waiting overlap 1",
	    "12:00 run 1, 12:05 skipped superseded, 12:10 skipped superseded, 12:15 run 2");
}

/* A run that has not started yet is taken away at once; a running one must have ended. */
static void replaced(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	lab_worker_down(l, "w");
	a = plan_new(l, "*/5 * * * *");
	a->row.overlap = "replace";
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T12:00");
	plan_at(l, "2026-03-01T12:05");
	is_job(l, 1, "cancelled Replaced", "the one that waited for a worker");
	is_str(plan_history(l, s), "12:00 run 1, 12:05 run 2", "the next one is there");
	lab_worker(l, "w", 64000);
	lab_started(l, 2);
	plan_at(l, "2026-03-01T12:10");
	is_job(l, 2, "running Stopping", "a running one is being stopped");
	is_str(plan_history(l, s), "12:00 run 1, 12:05 run 2, 12:10 waiting overlap 2",
	    "and the next one waits for that");
	lab_end(l, 2, END_KILLED, -1, 15);
	is_job(l, 2, "cancelled Replaced", "it has ended");
	is_str(plan_history(l, s), "12:00 run 1, 12:05 run 2, 12:10 run 3",
	    "and the next one runs");
	lab_free(l);
}

static void queue_full(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "* * * * *");
	a->row.overlap = "queue-all";
	a->row.overlap_max = 2;
	s = plan_add(l, a);
	for (int i = 0; i < 4; i++) {
		l->now.wall = utc("2026-03-01T12:00") + i * 60000;
		lab_turn(l);
	}
	is_str(plan_history(l, s), "12:00 run 1, 12:01 waiting overlap 1, 12:02 waiting overlap 1, "
	    "12:03 skipped queue full 1", "a line has an end");
	lab_free(l);
}

static void limits(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "* * * * *");
	a->row.overlap = "allow";
	a->row.max_runs = 2;
	s = plan_add(l, a);
	for (int i = 0; i < 4; i++) {
		l->now.wall = utc("2026-03-01T12:00") + i * 60000;
		lab_turn(l);
	}
	is_str(plan_history(l, s), "12:00 run 1, 12:01 run 2", "two runs");
	is_str(disk_schedule(l->disk, s)->state, "ended", "and it has ended");
	is_int(core_due(l->core, l->now), -1, "nothing is due any more");
	a = plan_new(l, "* * * * *");
	a->row.overlap = "allow";
	a->row.until_at = utc("2026-03-01T12:05");
	s = plan_add(l, a);
	for (int i = 4; i < 8; i++) {
		l->now.wall = utc("2026-03-01T12:00") + i * 60000;
		lab_turn(l);
	}
	is_str(plan_history(l, s), "12:04 run 3, 12:05 run 4", "up to a time, that included");
	is_str(disk_schedule(l->disk, s)->detail, "its time is over", "it says why");
	lab_free(l);
}

static void delays(void)
{
	struct ev_schedule *a;
	int64_t s, due, splay = (int64_t)(cron_hash("s1") % 600) * 1000;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "0 * * * *");
	a->row.splay = 600000;
	s = plan_add(l, a);
	is_int(core_due(l->core, l->now), 1000 + splay, "a splay of its name");
	plan_at(l, "2026-03-01T12:10");
	is_str(plan_history(l, s), "12:00 run+ 1", "late is measured from there");
	is_int(disk_occurrence(l->disk, s, utc("2026-03-01T12:00"))->due_at,
	    utc("2026-03-01T12:00") + splay, "the row has both times");
	a = plan_new(l, "0 * * * *");
	a->row.jitter = 600000;
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T13:10");
	plan_at(l, "2026-03-01T14:10");
	due = disk_occurrence(l->disk, s, utc("2026-03-01T13:00"))->due_at -
	    utc("2026-03-01T13:00");
	ok(due >= 0 && due < 600000, "a jitter below its bound: %" PRId64, due);
	ok(disk_occurrence(l->disk, s, utc("2026-03-01T14:00"))->due_at -
	    utc("2026-03-01T14:00") != due, "another one the next time");
	lab_free(l);
}

static void orders(void)
{
	struct ev_schedule *a;
	struct event *ev;
	int64_t s;

	begin("2026-03-01T11:59:30");
	s = plan_add(l, plan_new(l, "*/5 * * * *"));
	is_int(plan_order(l, SCHEDULE_PAUSE, s), 0, "paused");
	is_int(plan_order(l, SCHEDULE_PAUSE, s), ERR_DATA, "it is already");
	is_int(core_due(l->core, l->now), -1, "nothing is due");
	plan_at(l, "2026-03-01T12:11");
	is_int(plan_order(l, SCHEDULE_RESUME, s), 0, "resumed");
	plan_at(l, "2026-03-01T12:15");
	is_str(plan_history(l, s), "12:15 run 1", "what was then is not missed");
	lab_exit(l, 1, 0);
	is_int(plan_order(l, SCHEDULE_SKIP, s), 0, "the next one is skipped");
	plan_at(l, "2026-03-01T12:20");
	plan_at(l, "2026-03-01T12:25");
	is_str(plan_history(l, s), "12:15 run 1, 12:20 skipped by hand, 12:25 run 2",
	    "and no other");
	is_int(plan_order(l, SCHEDULE_RUN, s), ERR_DATA, "a run by hand obeys the rule");
	lab_exit(l, 2, 0);
	lab_pass(l, 1000);
	is_int(plan_order(l, SCHEDULE_RUN, s), 0, "else it runs");
	is_int(lab_item(l, 0)->job, 3, "and its job is named");
	lab_exit(l, 3, 0);
	ev = lab_event(l, EV_SCHEDULE);
	ev->schedule = (struct ev_schedule){ .op = SCHEDULE_REPLAY, .n = 1, .ids = &s,
	    .names = (const char *const[]){ "s1" }, .from = utc("2026-03-01T12:00"),
	    .until = utc("2026-03-01T12:20"), .nran = 1,
	    .ran = (const int64_t[]){ utc("2026-03-01T12:15") } };
	lab_turn(l);
	is_int(lab_item(l, 0)->code, 0, "the past is replayed");
	for (int64_t j = 4; j < 8; j++)
		lab_exit(l, j, 0);
	is_str(plan_history(l, s), "12:00 run+ by hand 4, 12:05 run+ by hand 5, "
	    "12:10 run+ by hand 6, 12:15 run 1, 12:20 run+ by hand 7, 12:25 run 2, "
	    "12:25 skipped overlap 2, 12:25 run by hand 3", "one after the other");
	lab_as(l, "bob", 1001, false);
	is_int(plan_order(l, SCHEDULE_PAUSE, s), ERR_PERM, "it is not bob's");
	is_int(plan_order(l, SCHEDULE_PAUSE, 99), ERR_NOINPUT, "there is no such schedule");
	lab_as(l, "root", 0, true);
	is_int(plan_order(l, SCHEDULE_REMOVE, s), 0, "an administrator removes it");
	is_str(disk_schedule(l->disk, s)->state, "removed", "its row stays");
	is_int(plan_order(l, SCHEDULE_RESUME, s), ERR_NOINPUT, "but it is gone");
	a = plan_new(l, "*/5 * * * *");
	lab_restart(l);
	is_int(plan_add(l, a), 2, "and its number is not used again");
	lab_free(l);
}

static void edits(void)
{
	struct ev_schedule *a, *b;
	int64_t s;

	begin("2026-03-01T11:59:30");
	a = plan_new(l, "*/5 * * * *");
	s = plan_add(l, a);
	b = plan_new(l, "0 * * * *");
	b->op = SCHEDULE_EDIT;
	b->ids = &s;
	b->names = (const char *const[]){ "s1" };
	b->n = 1;
	is_int(plan_add(l, b), s, "edited: it is named");
	is_int(lab_item(l, 0)->code, 0, "done");
	is_str(disk_schedule(l->disk, s)->expression, "0 * * * *", "it has another meaning");
	ok(uuid_equal(&disk_schedule(l->disk, s)->uuid, &a->row.uuid), "and is still the same");
	b->row.expression = "0 0 30 2 *";
	(void)plan_add(l, b);
	is_int(lab_item(l, 0)->code, ERR_DATA, "one that never fires");
	is_str(disk_schedule(l->disk, s)->expression, "0 * * * *", "changes nothing");
	is_int(plan_add(l, a), 1, "the same request again");
	ok(lab_item(l, 0)->duplicate, "is the same schedule");
	lab_free(l);
}

static void clocks(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	a = plan_new(l, "*/30 * * * *");
	a->row.overlap = "allow";
	s = plan_add(l, a);
	plan_at(l, "2026-03-01T12:00");
	l->now.wall = utc("2026-03-01T10:00");		/* back by two hours */
	lab_turn(l);
	plan_settle(l);
	is_str(plan_history(l, s), "12:00 run 1", "a clock set back fires nothing again");
	is_int(core_due(l->core, l->now), 9000000, "it goes on where it was");
	l->now.wall = utc("2026-03-01T14:10");		/* ahead by four */
	lab_turn(l);
	plan_settle(l);
	is_str(plan_history(l, s), "12:00 run 1, 12:30 missed older, 13:00 missed older, "
	    "13:30 missed older, 14:00 run+ 2", "set forward: what was jumped over is missed");
	lab_free(l);
}

static void full(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin("2026-03-01T11:59:59");
	l->conf.max_queued = 1;
	core_configure(l->core, &l->conf);
	lab_new_job(l);
	a = plan_new(l, "*/30 * * * *");
	is_int(plan_add(l, a), 0, "no more jobs, no more schedules");
	l->conf.max_queued = 2;
	core_configure(l->core, &l->conf);
	a = plan_new(l, "*/30 * * * *");
	s = plan_add(l, a);
	l->conf.max_queued = 1;
	core_configure(l->core, &l->conf);
	plan_at(l, "2026-03-01T12:00");
	is_str(plan_history(l, s), "", "no room: it stays due");
	is_int(core_due(l->core, l->now), 1000, "and is tried again");
	lab_exit(l, 1, 0);
	lab_pass(l, 1000);
	is_str(plan_history(l, s), "12:00 run 2", "until there is");
	l->conf.read_only = true;
	core_configure(l->core, &l->conf);
	lab_exit(l, 2, 0);
	plan_at(l, "2026-03-01T12:30");
	is_str(plan_history(l, s), "12:00 run 2", "a full disk: nothing is decided");
	is_int(core_due(l->core, l->now), -1, "nor asked again and again");
	l->conf.read_only = false;
	core_configure(l->core, &l->conf);
	plan_at(l, "2026-03-01T12:30:30");
	is_str(plan_history(l, s), "12:00 run 2, 12:30 run 3", "until it has room");
	lab_free(l);
}

int main(void)
{
	runs();
	zones();
	missed();
	many_missed();
	many_stopped();
	overlaps();
	replaced();
	queue_full();
	limits();
	delays();
	orders();
	edits();
	clocks();
	full();
	return tap_done();
}
