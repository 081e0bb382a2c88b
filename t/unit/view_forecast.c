/* forecast: when jobs may start on workers that are busy. */
#include "view/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "viewkit.h"

#define NOW INT64_C(1000000)

static struct forecast_worker worker(int64_t cpus)
{
	struct forecast_worker w = { .free = { cpus, 100 }, .total = { cpus, 100 } };

	return w;
}

static struct forecast_job job(int64_t id, int64_t priority, int64_t cpus, int64_t length)
{
	struct forecast_job j = { .id = id, .priority = priority, .needs = { cpus },
	    .earliest = NOW, .length = length };

	return j;
}

static int64_t start_of(const struct forecast_job *jobs, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].id == id)
			return jobs[i].start ? jobs[i].start - NOW : -1;
	}
	return -2;
}

static void check_plan(void)
{
	static const int64_t four[FORECAST_NEEDS] = { 4 }, two[FORECAST_NEEDS] = { 2 };
	struct forecast_worker w[2] = { worker(8), worker(2) };
	struct forecast_job jobs[] = {
		job(1, 500, 8, 100), job(2, 500, 2, 0), job(3, 900, 2, 10), job(4, 500, 9, 10),
		job(5, 500, 2, 10), job(6, 500, 3, 10), job(7, 500, 1, 10),
	};
	size_t n = sizeof(jobs) / sizeof(jobs[0]);

	jobs[6].earliest = NOW + 5000;
	forecast_occupy(&w[0], four, NOW + 100);
	forecast_occupy(&w[0], two, NOW + 50);
	forecast_occupy(&w[1], two, NOW + 20);
	forecast_plan(w, 2, jobs, n);
	is_int(start_of(jobs, n, 3), 0, "the first in order finds room at once");
	is_int(start_of(jobs, n, 1), 100, "one that needs all of a worker waits for its last job");
	is_int(start_of(jobs, n, 2), 20, "another one goes where there is room sooner");
	is_int(start_of(jobs, n, 4), -1, "one that fits nowhere has no start");
	is_int(start_of(jobs, n, 5), 200, "one behind a job without a limit, elsewhere");
	is_int(start_of(jobs, n, 6), 200, "beside it");
	is_int(start_of(jobs, n, 7), 5000, "one that is to begin later, then");
	free(w[0].releases);
	free(w[1].releases);
}

static void check_unknown(void)
{
	static const int64_t all[FORECAST_NEEDS] = { 8 };
	struct forecast_worker w = worker(8);
	struct forecast_job j = job(1, 500, 1, 10);

	forecast_occupy(&w, all, INT64_MAX);
	forecast_plan(&w, 1, &j, 1);
	is_int(j.start, 0, "behind a job without a limit nobody knows");
	free(w.releases);
}

/* The same from rows. */
static void check_rows(void)
{
	int64_t now = KIT_DAY + 1000000;
	struct job_row *j;
	struct forecast *f;
	struct view *v;
	struct kit k;
	struct err e = { .text = "" };

	kit_open(&k);
	kit_worker(&k, "w1");
	kit_worker(&k, "w2")->status = WORKER_DRAINING;
	j = kit_job(&k, 1, "runs");
	j->status = JOB_RUNNING;
	j->worker = "w1";
	j->cpus = 6000;
	j->started_at = now - 40000;
	j->time_limit = 100000;
	kit_job(&k, 2, "wants more")->cpus = 4000;
	kit_job(&k, 3, "held")->hold = HOLD_USER;
	j = kit_job(&k, 4, "later");
	j->begin_at = now + 3600000;
	j->reason = REASON_BEGIN_TIME;
	kit_job(&k, 5, "fits nowhere")->reason = REASON_NEVER_FITS;
	kit_job(&k, 6, "is after another")->reason = REASON_SINGLETON;
	kit_job(&k, 7, "a worker of a kind")->constraints = "fast";
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	f = forecast_new(v, now, &e);
	ok(f != NULL, "a forecast: %s", e.text);
	is_int(forecast_start(f, 2) - now, 60000, "at the limit of what runs");
	is_int(forecast_start(f, 3), 0, "a held job has none");
	is_int(forecast_start(f, 4) - now, 3600000, "when it is to begin");
	is_int(forecast_start(f, 1), 0, "what runs has none");
	is_int(forecast_start(f, 5), 0, "nor what never fits");
	is_int(forecast_start(f, 6), 0, "nor what waits for a name");
	is_int(forecast_start(f, 7), 0, "nor what not every worker may run");
	is_int(forecast_start(f, 99), 0, "nor what is not there");
	is_int(forecast_start(NULL, 2), 0, "without a forecast there is none");
	forecast_free(f);
	view_close(v);
	kit_close(&k);
}

int main(void)
{
	check_plan();
	check_unknown();
	check_rows();
	return tap_done();
}
