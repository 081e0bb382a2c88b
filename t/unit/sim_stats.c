/* stats: each figure, of a handful of jobs that can be counted by hand. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/stats.h"
#include "tap.h"

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

struct given {
	const char *user;
	int64_t submit, start, end;	/* s; start -1: refused */
	int64_t cpus;
};

static void make(struct sim_stats *s, struct work *w, const struct given *g, size_t n)
{
	struct machine m = { .cpus = 4000 };
	struct sim_result r = { .fates = xcalloc(n, sizeof(struct fate)) };
	size_t i;

	work_init(w);
	for (i = 0; i < n; i++) {
		struct work_job *j = work_add(w);

		*j = (struct work_job){ .submit = g[i].submit * 1000, .cpus = g[i].cpus * 1000,
		    .user = g[i].user };
		r.fates[i] = (struct fate){ g[i].start * 1000, g[i].end * 1000 };
		if (g[i].start == -1) {
			r.fates[i].start = -1;
			r.refused++;
		}
	}
	stats_make(s, w, &m, &r);
	free(r.fates);
}

static void test_figures(void)
{
	static const struct given g[] = {
		{ "ann", 100, 100, 200, 2 },	/* no wait: 1 */
		{ "bob", 100, 110, 112, 4 },	/* short: (10 + 2) / 10 */
		{ NULL, 150, 250, 270, 1 },	/* (100 + 20) / 20 */
		{ "ann", 160, -1, -1, 9 },	/* refused */
		{ "ann", 160, 180, 300, 1 },	/* (20 + 120) / 120 */
	};
	struct sim_stats s;
	struct work w;

	make(&s, &w, g, 5);
	ok(s.jobs == 4 && s.refused == 1, "four jobs ran, one was refused");
	ok(near(s.wait.mean, 130.0 / 4), "mean wait");
	ok(near(s.wait.max, 100) && near(s.wait.p50, 10), "largest and middle wait");
	ok(near(s.slowdown.mean, (1 + 1.2 + 6 + 140.0 / 120) / 4), "mean bounded slowdown");
	ok(near(s.slowdown.max, 6), "its maximum");
	ok(near(s.makespan, 200), "from 100 to 300");
	ok(near(s.utilization, (200 + 8 + 20 + 120) / 800.0), "used of four cpus");
	is_int(s.nusers, 3, "users");
	is_str(s.users[0].name, "ann", "who used most is first");
	ok(s.users[0].jobs == 2 && near(s.users[0].cpu_time, 320) && near(s.users[0].wait, 10),
	    "what she got");
	is_str(s.users[1].name, "nobody", "a job of nobody");
	ok(near(s.worst, 6), "who waited most");
	{
		double a = (1 + 140.0 / 120) / 2, sum = a + 1.2 + 6;

		ok(near(s.fairness, sum * sum / (3 * (a * a + 1.44 + 36))), "Jain's index");
	}
	stats_release(&s);
	work_release(&w);
}

/* ceil(p n), counted from 1 */
static void test_percentiles(void)
{
	struct given g[200];
	struct sim_stats s;
	struct work w;
	size_t i;

	for (i = 0; i < 200; i++)
		g[i] = (struct given){ "a", 0, (int64_t)(i * 37 % 200 + 1), 1000, 1 };
	make(&s, &w, g, 200);
	ok(near(s.wait.p50, 100) && near(s.wait.p90, 180) && near(s.wait.p95, 190) &&
	    near(s.wait.p99, 198) && near(s.wait.max, 200), "of 200");
	ok(near(s.fairness, 1), "one user has nobody to envy");
	stats_release(&s);
	work_release(&w);
	make(&s, &w, g, 1);
	ok(near(s.wait.p50, s.wait.max) && near(s.wait.p99, s.wait.max), "of one");
	stats_release(&s);
	work_release(&w);
	make(&s, &w, g, 0);
	ok(s.jobs == 0 && near(s.wait.mean, 0) && near(s.utilization, 0) && s.nusers == 0,
	    "of none");
	stats_release(&s);
	work_release(&w);
}

int main(void)
{
	test_figures();
	test_percentiles();
	return tap_done();
}
