/* plan: SUBMIT messages that are schedules: each field at its limits, defaults, what is refused. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/zone.h"
#include "msg/plan.h"
#include "tap.h"

#define UUID_1 "01900000-0000-7000-8000-000000000001"
#define HOUR INT64_C(3600000)

static const struct request_defaults defaults = {
	.cpus = 1000, .priority = 500, .kill_grace = 30000, .queue = "default",
};

static struct arena *arena;

/* A schedule with one more field; 0, or -1 with e. */
static int take(enum msg_field f, const char *value, struct schedule_row *row,
    struct job_request *req, struct err *e)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	int r;

	err_clear(e);
	msg_add(m, F_UUID, UUID_1);
	msg_add(m, F_ARG, "true");
	if (f != F_CRON)
		msg_add(m, F_CRON, "@daily");
	r = msg_add(m, f, value) == -1 ? err_set(e, ERR_DATA, "%s: no such value",
	    msg_field_name(f)) : 0;
	if (r == 0 && (r = request_submit(m, &defaults, arena, req, e)) == 0) {
		ok(request_recurs(m), "it is a schedule");
		r = request_schedule(m, arena, req, "Asia/Tokyo", row, e);
	}
	msg_free(m);
	return r;
}

#define AT(member) offsetof(struct schedule_row, member)

static void numbers(void)
{
	static const struct { enum msg_field f; size_t at; int64_t absent, max; } rows[] = {
		{ F_CATCH_UP_WINDOW, AT(catch_up_window), 24 * HOUR, 366 * 24 * HOUR },
		{ F_CATCH_UP_MAX, AT(catch_up_max), 100, 10000 },
		{ F_OVERLAP_MAX, AT(overlap_max), 100, 10000 },
		{ F_SPLAY, AT(splay), 0, 24 * HOUR }, { F_JITTER, AT(jitter), 0, 24 * HOUR },
		{ F_EXPECT_BY, AT(expect_by), 0, 366 * 24 * HOUR },
		{ F_MAX_SILENCE, AT(max_silence), 0, 366 * 24 * HOUR },
		{ F_RUNS, AT(max_runs), 0, 1000000000 },
		{ F_ANCHOR, AT(anchor_at), 0, ZONE_END - 1 },
	};
	struct job_request req;
	struct schedule_row row;
	char text[24];
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = msg_field_name(rows[i].f);

		is_int(take(F_COMMENT, "none", &row, &req, &e), 0, "without %s: %s", name, e.text);
		is_int(*(int64_t *)((char *)&row + rows[i].at), rows[i].absent, "its default");
		snprintf(text, sizeof(text), "%" PRId64, rows[i].max);
		is_int(take(rows[i].f, text, &row, &req, &e), 0, "%s %s: %s", name, text, e.text);
		is_int(*(int64_t *)((char *)&row + rows[i].at), rows[i].max, "is taken");
		snprintf(text, sizeof(text), "%" PRId64, rows[i].max + 1);
		ok(take(rows[i].f, text, &row, &req, &e) == -1 && e.code == ERR_DATA &&
		    strncmp(e.text, name, strlen(name)) == 0, "one more: %s", e.text);
	}
}

static void words(void)
{
	static const struct {
		enum msg_field f;
		size_t at;
		const char *absent, *words[6];
	} rows[] = {
		{ F_TZ, AT(zone), "Asia/Tokyo", { "Europe/Berlin" } },
		{ F_CRON, AT(expression), "@daily", { "30 2 * * *", "@every 90m", "H H * * *" } },
		{ F_DST_GAP, AT(dst_gap), "auto", { "auto", "makeup", "skip" } },
		{ F_DST_FOLD, AT(dst_fold), "auto", { "auto", "first", "second", "both" } },
		{ F_CATCH_UP, AT(catch_up), "one", { "one", "none", "all" } },
		{ F_OVERLAP, AT(overlap), "skip",
		    { "skip", "allow", "queue", "queue-all", "replace" } },
	};
	struct job_request req;
	struct schedule_row row;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(take(F_COMMENT, "none", &row, &req, &e), 0, "without it: %s", e.text);
		is_str(*(const char **)((char *)&row + rows[i].at), rows[i].absent, "its default");
		for (size_t w = 0; rows[i].words[w] != NULL; w++) {
			is_int(take(rows[i].f, rows[i].words[w], &row, &req, &e), 0, "%s %s: %s",
			    msg_field_name(rows[i].f), rows[i].words[w], e.text);
			is_str(*(const char **)((char *)&row + rows[i].at), rows[i].words[w],
			    "is taken");
		}
		ok(rows[i].f == F_TZ || take(rows[i].f, "some", &row, &req, &e) == -1,
		    "another word: %s", e.text);
	}
}

static void contradictions(void)
{
	static const struct { enum msg_field f; const char *value, *says; } rows[] = {
		{ F_BEGIN, "5", "begin: a schedule has none" },
		{ F_HOLD, "1", "hold: a schedule has none" },
		{ F_DEP, "ok:1", "dep: a schedule has none" },
		{ F_UNTIL_TIME, "-1", "until_time: no instant" },
		{ F_BLACKOUT, "funday", "blackout: 'funday' is no window" },
		{ F_CALENDAR, "a b", "calendar: \"a b\" is no name" },
		{ F_ANCHOR, "-1", "anchor: no instant" },
	};
	struct job_request req;
	struct schedule_row row;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(take(rows[i].f, rows[i].value, &row, &req, &e) == -1 && e.code == ERR_DATA &&
		    strstr(e.text, rows[i].says) != NULL, "%s: %s", rows[i].says, e.text);
}

/* What belongs to the schedule, and not to each run. */
static void keys(void)
{
	struct job_request req;
	struct schedule_row row;
	struct err e;

	is_int(take(F_KEY, "k", &row, &req, &e), 0, "a key %s", e.text);
	is_str(row.key, "k", "is the schedule's");
	ok(req.row.key == NULL && req.row.key_scope == NULL, "and not its runs'");
}

/* The same key says the same thing only if all of this is the same. */
static void hashes(void)
{
	static const struct { enum msg_field f; const char *one, *two; } rows[] = {
		{ F_CRON, "@daily", "@weekly" }, { F_TZ, "UTC", "Europe/Berlin" },
		{ F_DST_GAP, "auto", "skip" }, { F_DST_FOLD, "auto", "both" },
		{ F_ANCHOR, "5000", "6000" }, { F_CATCH_UP, "one", "all" },
		{ F_CATCH_UP_WINDOW, "5000", "6000" }, { F_CATCH_UP_MAX, "5", "6" },
		{ F_OVERLAP, "skip", "allow" }, { F_OVERLAP_MAX, "5", "6" },
		{ F_SPLAY, "5000", "6000" }, { F_JITTER, "5000", "6000" }, { F_RUNS, "5", "6" },
		{ F_UNTIL_TIME, "5000", "6000" }, { F_CHDIR, "/a", "/b" },
		{ F_BLACKOUT, "sat", "sun" }, { F_CALENDAR, "work", "bank" },
	};
	struct schedule_row one, two, again;
	struct job_request req;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = msg_field_name(rows[i].f);

		is_int(take(rows[i].f, rows[i].one, &one, &req, &e), 0, "%s %s", name, e.text);
		is_int(take(rows[i].f, rows[i].two, &two, &req, &e), 0, "another %s", e.text);
		is_int(take(rows[i].f, rows[i].one, &again, &req, &e), 0, "the first %s", e.text);
		ok(strcmp(one.spec_hash, two.spec_hash) != 0, "%s: another hash", name);
		is_str(again.spec_hash, one.spec_hash, "%s: the same hash again", name);
	}
}

/* No field of a schedule stands without an expression. */
static void plain_jobs(void)
{
	static const struct { enum msg_field f; const char *value; } rows[] = {
		{ F_TZ, "UTC" }, { F_DST_GAP, "skip" }, { F_DST_FOLD, "both" }, { F_ANCHOR, "5" },
		{ F_CATCH_UP, "all" }, { F_CATCH_UP_WINDOW, "5" }, { F_CATCH_UP_MAX, "5" },
		{ F_OVERLAP, "skip" }, { F_OVERLAP_MAX, "5" }, { F_SPLAY, "5" }, { F_JITTER, "5" },
		{ F_RUNS, "5" }, { F_UNTIL_TIME, "5" }, { F_BLACKOUT, "sat" },
		{ F_CALENDAR, "work" }, { F_EXPECT_BY, "5" }, { F_MAX_SILENCE, "5" },
	};
	struct job_request req;
	struct msg *m;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = msg_new(MSG_SUBMIT);
		msg_add(m, F_UUID, UUID_1);
		msg_add(m, F_ARG, "true");
		msg_add(m, rows[i].f, rows[i].value);
		err_clear(&e);
		ok(request_submit(m, &defaults, arena, &req, &e) == -1 &&
		    strstr(e.text, "it belongs to a schedule") != NULL, "%s", e.text);
		msg_free(m);
	}
}

int main(void)
{
	arena = arena_new();
	numbers();
	words();
	contradictions();
	keys();
	hashes();
	plain_jobs();
	arena_free(arena);
	return tap_done();
}
