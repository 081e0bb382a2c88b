/*
 * report: what was found, as a table, as lines for scripts, as JSON, as a picture.
 *
 * Owns the names of the figures.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fdio.h"
#include "cli/json.h"
#include "cli/list.h"
#include "jobsim.h"

#define PICTURE_MAX ((size_t)16 << 20)

enum { COUNT = -1 };	/* in place of places */

struct measure {
	const char *name, *label;
	size_t offset;		/* in struct sim_stats */
	int places;		/* behind the point; COUNT: a size_t */
};

#define AT(member) offsetof(struct sim_stats, member)
#define SPREAD(member, text, places) \
	{ #member "_mean", text " mean", AT(member.mean), places }, \
	{ #member "_p50", text " p50", AT(member.p50), places }, \
	{ #member "_p90", text " p90", AT(member.p90), places }, \
	{ #member "_p95", text " p95", AT(member.p95), places }, \
	{ #member "_p99", text " p99", AT(member.p99), places }, \
	{ #member "_max", text " max", AT(member.max), places }

static const struct measure measures[] = {
	{ "jobs", "jobs", AT(jobs), COUNT },
	{ "refused", "refused: too large", AT(refused), COUNT },
	SPREAD(wait, "wait, s", 1),
	SPREAD(slowdown, "bounded slowdown", 3),
	{ "utilization", "utilization", AT(utilization), 4 },
	{ "makespan", "makespan, s", AT(makespan), 0 },
	{ "users", "users", AT(nusers), COUNT },
	{ "fairness", "fairness over users", AT(fairness), 4 },
	{ "worst_user", "worst user's slowdown", AT(worst), 3 },
};

#define MEASURES (sizeof(measures) / sizeof(measures[0]))

static void format(const struct measure *m, const struct sim_stats *s, char *out, size_t size)
{
	const void *p = (const char *)s + m->offset;

	if (m->places == COUNT)
		snprintf(out, size, "%zu", *(const size_t *)p);
	else
		snprintf(out, size, "%.*f", m->places, *(const double *)p);
}

/* ---- tables */

static void measure_rows(const struct jobsim *s, struct list *l)
{
	char text[64];
	size_t i, k;

	for (i = 0; i < MEASURES; i++) {
		list_cell(l, s->output == AS_TSV ? measures[i].name : measures[i].label);
		for (k = 0; k < s->nsims; k++) {
			format(&measures[i], &s->sims[k].stats, text, sizeof(text));
			list_cell(l, text);
		}
	}
}

static void left_out_row(const struct jobsim *s, struct list *l, const char *name,
    const char *label, size_t n)
{
	char text[32];
	size_t k;

	list_cell(l, s->output == AS_TSV ? name : label);
	snprintf(text, sizeof(text), "%zu", n);
	for (k = 0; k < s->nsims; k++)
		list_cell(l, text);
}

/* A row for each figure, a column for each policy. */
static void report_table(const struct jobsim *s)
{
	const struct list_options o = { .format = s->output == AS_TSV ? LIST_TSV : LIST_TABLE };
	struct list_column columns[POLICIES_MAX + 1] = { { .title = "FIGURE" } };
	struct list *l;
	size_t k;

	for (k = 0; k < s->nsims; k++)
		columns[k + 1] = (struct list_column){ .title = s->sims[k].policy, .right = true };
	l = list_new(columns, s->nsims + 1, &o, stdout);
	left_out_row(s, l, "no_run", "left out: no run time", s->work.no_run);
	left_out_row(s, l, "no_cpus", "left out: no processors", s->work.no_cpus);
	left_out_row(s, l, "no_submit", "left out: no submit time", s->work.no_submit);
	measure_rows(s, l);
	list_end(l);
	list_free(l);
}

static void user_row(struct list *l, const struct simulation *sim, const struct user_stats *u)
{
	char text[64];

	list_cell(l, sim->policy);
	list_cell(l, u->name);
	snprintf(text, sizeof(text), "%zu", u->jobs);
	list_cell(l, text);
	snprintf(text, sizeof(text), "%.0f", u->cpu_time);
	list_cell(l, text);
	snprintf(text, sizeof(text), "%.1f", u->wait);
	list_cell(l, text);
	snprintf(text, sizeof(text), "%.3f", u->slowdown);
	list_cell(l, text);
}

static void report_users(const struct jobsim *s)
{
	static const struct list_column columns[] = {
		{ .title = "POLICY" }, { .title = "USER" }, { .title = "JOBS", .right = true },
		{ .title = "CPU-SECONDS", .right = true }, { .title = "WAIT", .right = true },
		{ .title = "SLOWDOWN", .right = true },
	};
	const struct list_options o = { .format = LIST_TABLE };
	struct list *l = list_new(columns, 6, &o, stdout);
	size_t k, i;

	for (k = 0; k < s->nsims; k++)
		for (i = 0; i < s->sims[k].stats.nusers; i++)
			user_row(l, &s->sims[k], &s->sims[k].stats.users[i]);
	list_end(l);
	list_free(l);
}

/* ---- JSON */

static void json_user(struct json *j, const struct user_stats *u)
{
	char text[64];

	json_object(j, NULL);
	json_str(j, "user", u->name);
	json_int(j, "jobs", (int64_t)u->jobs);
	snprintf(text, sizeof(text), "%.0f", u->cpu_time);
	json_raw(j, "cpu_seconds", text);
	snprintf(text, sizeof(text), "%.1f", u->wait);
	json_raw(j, "wait_mean", text);
	snprintf(text, sizeof(text), "%.3f", u->slowdown);
	json_raw(j, "slowdown_mean", text);
	json_end(j);
}

static void json_simulation(struct json *j, const struct simulation *sim)
{
	char text[64];
	size_t i;

	json_object(j, NULL);
	json_str(j, "policy", sim->policy);
	for (i = 0; i < MEASURES; i++) {
		format(&measures[i], &sim->stats, text, sizeof(text));
		json_raw(j, measures[i].name, text);
	}
	json_array(j, "by_user");
	for (i = 0; i < sim->stats.nusers; i++)
		json_user(j, &sim->stats.users[i]);
	json_end(j);
	json_end(j);
}

static void report_json(const struct jobsim *s)
{
	struct json j;
	size_t k;

	json_init(&j, stdout);
	json_object(&j, NULL);
	json_str(&j, "schema", JSON_SCHEMA);
	json_int(&j, "no_run", (int64_t)s->work.no_run);
	json_int(&j, "no_cpus", (int64_t)s->work.no_cpus);
	json_int(&j, "no_submit", (int64_t)s->work.no_submit);
	json_array(&j, "simulations");
	for (k = 0; k < s->nsims; k++)
		json_simulation(&j, &s->sims[k]);
	json_end(&j);
	json_end(&j);
	json_newline(&j);
}

/* ---- starts */

/* In seconds; a history has instants between them. */
static void print_start(int64_t number, int64_t start)
{
	if (start % 1000 == 0)
		printf("%" PRId64 " %" PRId64 "\n", number, start / 1000);
	else
		printf("%" PRId64 " %" PRId64 ".%03d\n", number, start / 1000, (int)(start % 1000));
}

static void report_starts(const struct jobsim *s)
{
	const struct sim_result *r = &s->sims[0].result;
	size_t i;

	for (i = 0; i < s->work.n; i++)
		if (r->fates[i].start != -1)
			print_start(s->work.jobs[i].number, r->fates[i].start);
}

void report(const struct jobsim *s)
{
	static void (*const ways[])(const struct jobsim *) = {
		[AS_TABLE] = report_table, [AS_TSV] = report_table, [AS_JSON] = report_json,
		[AS_STARTS] = report_starts, [AS_USERS] = report_users,
	};

	ways[s->output](s);
}

int report_plot(const struct jobsim *s, struct err *e)
{
	struct plot_series series[POLICIES_MAX];
	struct buf picture;
	size_t k;
	int r;

	for (k = 0; k < s->nsims; k++)
		series[k] = (struct plot_series){ s->sims[k].policy, &s->sims[k].result };
	buf_init(&picture, PICTURE_MAX);
	r = plot_svg(&picture, &s->work, &s->machine, series, s->nsims, e);
	if (r == 0)
		r = file_replace(AT_FDCWD, s->plot, picture.data, picture.len, 0644, e);
	buf_release(&picture);
	return r;
}
