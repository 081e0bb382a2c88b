#include "planlib.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonelib.h"

struct ev_schedule *plan_new(struct lab *l, const char *expression)
{
	struct ev_schedule *a = arena_alloc(l->arena, sizeof(*a));
	struct schedule_row *row = &a->row;

	a->op = SCHEDULE_ADD;
	a->request = *lab_job(l);
	row->uuid = a->request.row.uuid;
	row->user = a->request.row.user;
	row->uid = a->request.row.uid;
	row->command = "true";
	row->expression = expression;
	row->zone = "UTC";
	row->dst_gap = row->dst_fold = "auto";
	row->catch_up = "one";
	row->overlap = "skip";
	row->catch_up_window = 86400000;
	row->catch_up_max = row->overlap_max = 100;
	return a;
}

void plan_zone(struct lab *l, const char *name)
{
	struct event *ev = lab_event(l, EV_ZONE);
	struct buf b;

	buf_init(&b, 4096);
	zone_bytes(name, &b);
	ev->zone = (struct ev_zone){ name, arena_memdup(l->arena, b.data, b.len), b.len };
	buf_release(&b);
}

int64_t plan_add(struct lab *l, const struct ev_schedule *a)
{
	struct event *ev;

	if (strcmp(a->row.zone, "UTC") != 0)
		plan_zone(l, a->row.zone);
	ev = lab_event(l, EV_SCHEDULE);
	ev->schedule = *a;
	ev->schedule.row.request = &a->request;	/* on disk it is the struct itself */
	ev->schedule.row.request_size = sizeof(a->request);
	lab_turn(l);
	return lab_item(l, 0)->code == 0 ? lab_item(l, 0)->job : 0;
}

int plan_order(struct lab *l, enum schedule_op op, int64_t id)
{
	static const char *const names[] = { "s" };
	struct event *ev = lab_event(l, EV_SCHEDULE);

	ev->schedule.op = op;
	ev->schedule.names = names;
	ev->schedule.ids = arena_memdup(l->arena, &id, sizeof(id));
	ev->schedule.n = 1;
	ev->schedule.count = 1;
	lab_turn(l);
	return lab_item(l, 0)->code;
}

void plan_settle(struct lab *l)
{
	for (int i = 0; i < 1000 && core_due(l->core, l->now) == 0; i++)
		lab_turn(l);
}

void plan_at(struct lab *l, const char *stamp)
{
	lab_pass(l, utc(stamp) - l->now.wall);
	plan_settle(l);
}

static int by_time(const void *a, const void *b)
{
	const struct occurrence_row *x = *(struct occurrence_row *const *)a;
	const struct occurrence_row *y = *(struct occurrence_row *const *)b;

	return (x->nominal_at > y->nominal_at) - (x->nominal_at < y->nominal_at);
}

const char *plan_history(const struct lab *l, int64_t id)
{
	static char out[8192];
	const struct vec *v = &l->disk->occurrence_rows;
	void **rows = xmemdup(v->rows != NULL ? v->rows : (void **)out, v->n * sizeof(void *));
	char stamp[CLOCK_RFC3339_SIZE];
	size_t n = 0;

	qsort(rows, v->n, sizeof(void *), by_time);
	out[0] = '\0';
	for (size_t i = 0; i < v->n && n < sizeof(out) - 64; i++) {
		const struct occurrence_row *r = rows[i];
		int64_t job = r->job_id != 0 ? r->job_id : r->blocked_by;

		if (r->schedule_id != id)
			continue;
		civil_stamp(r->nominal_at / 1000, stamp);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%.5s %s%s%s%s",
		    n > 0 ? ", " : "", stamp + 11, r->outcome, r->catch_up ? "+" : "",
		    r->reason != NULL ? " " : "", r->reason != NULL ? r->reason : "");
		if (job != 0)
			n += (size_t)snprintf(out + n, sizeof(out) - n, " %" PRId64, job);
	}
	free(rows);
	return out;
}
