/*
 * occur: what becomes of each instant that is due.
 *
 * Owns the decision, and that it is one: the run, or the record that there is none, and
 * the cursor's step go into the same turn, hence the same commit.  A bounded number of
 * instants is decided in a turn; catch-up runs start at a bounded rate.
 */
#include "core/impl.h"

#define GRACE INT64_C(60000)		/* later than this is missed */
#define RATE 60				/* catch-up runs a minute */
#define AT_ONCE 1000			/* decisions in a turn */
#define LATER 1000			/* ms until one is tried again that could not be made */

void occurrence_note(struct core *c, const struct schedule *s, const struct occurrence *o,
    enum decision d, const char *reason, int64_t job)
{
	struct occurrence_row *row = arena_alloc(c->turn->arena, sizeof(*row));

	row->schedule_id = s->row.id;
	row->nominal_at = o->nominal;
	row->due_at = o->due;
	row->decided_at = c->now.wall;
	row->outcome = decision_name(d);
	row->reason = reason;
	row->catch_up = o->catch_up;
	if (d == DECISION_RUN)
		row->job_id = job;
	else
		row->blocked_by = job;
	turn_mut(c->turn, MUT_OCCURRENCE, c->cause)->occurrence = row;
}

static int64_t grace(const struct core *c)
{
	return c->conf.misfire_grace > 0 ? c->conf.misfire_grace : GRACE;
}

static int64_t pace(const struct core *c)
{
	return 60000 / (c->conf.catch_up_rate > 0 ? c->conf.catch_up_rate : RATE);
}

static void advance(struct core *c, struct schedule *s)
{
	s->row.cursor_at = s->next.nominal;
	schedule_touch(c, s);
	schedule_plan(c, s);
}

/* False: it stays due, and as late as it is. */
static bool admit(struct core *c, struct schedule *s)
{
	bool later = false;

	(void)occurrence_admit(c, s, &s->next, ADMIT_RULE, &later);
	if (!later)
		advance(c, s);
	else
		schedule_wake(c, s, c->now.wall + LATER);
	return !later;
}

/* The one behind it is not missed, too. */
static bool is_latest(const struct core *c, const struct schedule *s)
{
	struct cron_fire f;

	return !schedule_open_next(c, s, s->next.nominal, &f) ||
	    c->now.wall - schedule_due(s, f.at) <= grace(c);
}

/* Why this missed one is not run, or NULL. */
static const char *refusal(const struct core *c, const struct schedule *s)
{
	if (s->catch_up == CATCH_UP_NONE)
		return "policy";
	if (s->catch_up == CATCH_UP_ONE && !is_latest(c, s))
		return "older";
	if (c->now.wall - s->next.due >= s->row.catch_up_window)
		return "window";
	if (s->catch_up == CATCH_UP_ALL && s->row.caught >= s->row.catch_up_max)
		return "limit";
	return NULL;
}

static void missed(struct core *c, struct schedule *s)
{
	const char *why = refusal(c, s);

	if (why != NULL) {
		occurrence_note(c, s, &s->next, DECISION_MISSED, why, 0);
		advance(c, s);
		return;
	}
	s->next.catch_up = true;
	if (TAILQ_EMPTY(&c->plans.line) && c->now.boot >= c->plans.catch_up_boot) {
		c->plans.catch_up_boot = c->now.boot + pace(c);
		s->row.caught += admit(c, s);
		return;
	}
	s->row.caught++;
	occurrence_note(c, s, &s->next, DECISION_WAITING, "catch-up", 0);
	late_add(c, s, &s->next);
	advance(c, s);
}

static void decide(struct core *c, struct schedule *s)
{
	const char *shut = schedule_shut(c, s, s->next.nominal);

	if (shut != NULL) {
		occurrence_note(c, s, &s->next, DECISION_SKIPPED, shut, 0);
		advance(c, s);
		return;
	}
	if (c->now.wall - s->next.due > grace(c)) {
		missed(c, s);
		return;
	}
	s->row.caught = 0;
	(void)admit(c, s);
}

void plans_fire(struct core *c)
{
	struct schedule *s, *next;
	int left = AT_ONCE;

	if (c->conf.read_only)
		return;
	TAILQ_FOREACH_SAFE(s, &c->plans.able, able, next)
		waiting_start(c, s);
	watch_fire(c);
	while ((s = schedule_first(c)) != NULL && s->wake <= c->now.wall && left-- > 0)
		decide(c, s);
	s = TAILQ_FIRST(&c->plans.line);
	if (s == NULL || c->now.boot < c->plans.catch_up_boot)
		return;
	c->plans.catch_up_boot = c->now.boot + pace(c);
	late_start(c, s);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t plans_due(const struct core *c, struct now now)
{
	const struct plans *p = &c->plans;
	const struct schedule *s = schedule_first(c);
	int64_t due = -1;

	if (c->conf.read_only)		/* nothing is decided until there is room */
		return -1;
	if (s != NULL)
		due = s->wake > now.wall ? s->wake - now.wall : 0;
	if (!TAILQ_EMPTY(&p->line))
		due = sooner(due, p->catch_up_boot > now.boot ? p->catch_up_boot - now.boot : 0);
	if (!TAILQ_EMPTY(&p->able))
		due = sooner(due, LATER);
	return sooner(due, watch_due(c, now));
}
