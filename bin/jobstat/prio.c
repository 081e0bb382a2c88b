/*
 * prio: what a job's place in the queue is made of: core's rule, from the rows of the
 * job and of its account.
 */
#include <inttypes.h>
#include <string.h>

#include "jobstat.h"

struct search {
	const struct job_row *job;
	int64_t boost;
};

static int is_it(void *arg, const void *p)
{
	const struct account_row *row = p;
	struct search *s = arg;
	const char *team = s->job->account != NULL ? s->job->account : "";

	if (strcmp(row->team, team) == 0 && s->job->user != NULL &&
	    strcmp(row->user, s->job->user) == 0)
		s->boost = row->boost;
	return 0;
}

static int ask(struct jobstat *s, struct priority *p, struct err *e)
{
	const struct job_row *job = s->rec.job;
	struct search of = { .job = job };

	if (view_accounts(s->v, is_it, &of, e) == -1)
		return -1;
	*p = priority_of(&s->rules, job->priority, job->eligible_at, of.boost,
	    s->look.style.now);
	return 0;
}

int prio_print(struct jobstat *s, struct err *e)
{
	struct priority p;

	if (ask(s, &p, e) == -1)
		return -1;
	printf("Job %" PRId64 " counts %" PRId64 ":\n", s->rec.job->id, p.given + p.age + p.fair);
	printf("  %6" PRId64 "  priority\n", p.given);
	printf("  %+6" PRId64 "  age\n", p.age);
	printf("  %+6" PRId64 "  fair share\n", p.fair);
	return 0;
}

void prio_document(struct jobstat *s)
{
	struct priority p;

	if (ask(s, &p, NULL) == -1)
		return;
	json_object(&s->out, "priority_parts");
	json_int(&s->out, "priority", p.given);
	json_int(&s->out, "age", p.age);
	json_int(&s->out, "fair_share", p.fair);
	json_int(&s->out, "effective", p.given + p.age + p.fair);
	json_end(&s->out);
}
