/*
 * states, look: the words of -t and what they match, the options that all who look
 * share, and instants of the past.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/look.h"
#include "cli/states.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)
#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { Q = 1 << JOB_QUEUED, S = 1 << JOB_SCHEDULED, R = 1 << JOB_RUNNING,
	CD = 1 << JOB_COMPLETED, F = 1 << JOB_FAILED, CA = 1 << JOB_CANCELLED };

static const struct { const char *list; unsigned statuses, whole; } lists[] = {
	{ "queued", Q, Q }, { "scheduled", S, S }, { "running", R, R }, { "completed", CD, CD },
	{ "failed", F, F }, { "cancelled", CA, CA }, { "active", Q | S | R, Q | S | R },
	{ "ended", CD | F | CA, CD | F | CA }, { "all", STATES_ALL, STATES_ALL },
	{ "pending", Q, Q }, { "PD", Q, Q }, { "SC", S, S }, { "CD", CD, CD }, { "R", R, 0 },
	{ "CG", R, 0 }, { "S", R, 0 }, { "F", F, 0 }, { "TO", F, 0 }, { "OOM", F, 0 },
	{ "NF", F, 0 }, { "PR", F, 0 }, { "CA", CA, 0 }, { "DF", CA, 0 }, { "EX", CA, 0 },
	{ "Queued,RUNNING", Q | R, Q | R }, { "pd,to", Q | F, Q }, { "to,failed", F, F },
	{ "R,R,R", R, 0 }, { "oom,ex,cg", F | CA | R, 0 },
};

static const struct { const char *list, *why; } bad[] = {
	{ "", "no such state: " }, { ",", "no such state: " }, { "queued,", "no such state: " },
	{ "quued", "no such state: quued; did you mean queued?" },
	{ "queued,zzzzzzzzz", "no such state: zzzzzzzzz" },
	{ " queued", "no such state:  queued; did you mean queued?" },
	{ "queued running", "no such state: queued running" },
	{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    "no such state: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
	{ "OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM,"
	    "OOM,OOM,OOM,OOM,OOM,OOM,OOM,OOM", "too many states" },
};

static void check_lists(void)
{
	struct states s;
	struct err e;

	for (size_t i = 0; i < N(lists); i++) {
		err_clear(&e);
		is_int(states_parse(lists[i].list, &s, &e), 0, "-t %s %s", lists[i].list, e.text);
		is_int(s.statuses, lists[i].statuses, "-t %s: statuses", lists[i].list);
		is_int(s.whole, lists[i].whole, "-t %s: all of them", lists[i].list);
	}
	for (size_t i = 0; i < N(bad); i++) {
		is_int(states_parse(bad[i].list, &s, &e), -1, "-t '%s'", bad[i].list);
		is_int(e.code, ERR_USAGE, "is a usage error");
		is_str(e.text, bad[i].why, "and why");
	}
}

/* ---- matching: each code finds the jobs that listings show with it, and no others */

static const struct { struct job_row row; const char *code; } rows[] = {
	{ { .status = JOB_QUEUED, .reason = REASON_HELD }, "PD" },
	{ { .status = JOB_SCHEDULED }, "SC" }, { { .status = JOB_RUNNING }, "R" },
	{ { .status = JOB_RUNNING, .reason = REASON_ADOPTING }, "R" },
	{ { .status = JOB_RUNNING, .stopping = REASON_TIMEOUT }, "CG" },
	{ { .status = JOB_RUNNING, .reason = REASON_SUSPENDED }, "S" },
	{ { .status = JOB_COMPLETED }, "CD" },
	{ { .status = JOB_FAILED, .reason = REASON_NONZERO_EXIT }, "F" },
	{ { .status = JOB_FAILED }, "F" },
	{ { .status = JOB_FAILED, .reason = REASON_TIMEOUT }, "TO" },
	{ { .status = JOB_FAILED, .reason = REASON_DEADLINE }, "TO" },
	{ { .status = JOB_FAILED, .reason = REASON_OUT_OF_MEMORY }, "OOM" },
	{ { .status = JOB_FAILED, .reason = REASON_NODE_LOST }, "NF" },
	{ { .status = JOB_FAILED, .reason = REASON_PREEMPTED }, "PR" },
	{ { .status = JOB_CANCELLED, .reason = REASON_BY_USER }, "CA" },
	{ { .status = JOB_CANCELLED, .reason = REASON_DEP_FAILED }, "DF" },
	{ { .status = JOB_CANCELLED, .reason = REASON_EXPIRED }, "EX" },
};

static const char *const codes[] = { "PD", "SC", "CD", "R", "CG", "S", "F", "TO", "OOM", "NF",
    "PR", "CA", "DF", "EX" };

static void check_codes(void)
{
	struct states s;

	for (size_t c = 0; c < N(codes); c++) {
		states_parse(codes[c], &s, NULL);
		for (size_t i = 0; i < N(rows); i++)
			is_int(states_match(&s, &rows[i].row), strcmp(codes[c], rows[i].code) == 0,
			    "-t %s and row %zu (%s)", codes[c], i, rows[i].code);
	}
	for (size_t i = 0; i < N(rows); i++) {
		char list[40];

		is_str(job_code(&rows[i].row), rows[i].code, "row %zu is shown as %s", i,
		    rows[i].code);
		snprintf(list, sizeof(list), "%s,EX",
		    job_status_name((enum job_status)rows[i].row.status));
		states_parse(list, &s, NULL);
		ok(states_match(&s, &rows[i].row), "row %zu and its status", i);
		states_parse("all", &s, NULL);
		ok(states_match(&s, &rows[i].row), "row %zu and all", i);
	}
}

static void check_odd(void)
{
	struct states s;
	struct job_row row = { .status = -1 };

	states_parse("all", &s, NULL);
	ok(!states_match(&s, &row), "a status of no word is in no state");
	row.status = JOB_CANCELLED + 1;
	ok(!states_match(&s, &row), "nor one of a later version");
	is_str(job_code(&row), "??", "which has no code");
	row = (struct job_row){ .status = JOB_FAILED, .reason = REASON_COUNT };
	is_str(job_code(&row), "F", "a reason of a later version");
}

/* ---- look */

static void check_look(void)
{
	static const struct { const char *format; int style; } formats[] = {
		{ NULL, TIME_LOCAL }, { "", TIME_LOCAL }, { "iso", TIME_LOCAL },
		{ "utc", TIME_UTC }, { "epoch", TIME_EPOCH }, { "relative", TIME_RELATIVE },
		{ "UTC", -1 }, { "iso8601", -1 }, { " ", -1 },
	};
	struct look l;
	struct err e;

	for (size_t i = 0; i < N(formats); i++) {
		unsetenv("JOB_TIME_FORMAT");
		if (formats[i].format != NULL)
			setenv("JOB_TIME_FORMAT", formats[i].format, 1);
		is_int(look_init(&l, &e), formats[i].style < 0 ? -1 : 0, "JOB_TIME_FORMAT %s",
		    formats[i].format != NULL ? formats[i].format : "unset");
		if (formats[i].style < 0)
			ok(e.code == ERR_USAGE && strstr(e.text, formats[i].format) != NULL,
			    "is refused by name: %s", e.text);
		else
			is_int(l.style.times, formats[i].style, "is that style");
	}
	unsetenv("JOB_TIME_FORMAT");
	look_init(&l, &e);
	ok(l.style.now > NOON / 2 && l.spool == NULL && l.config == NULL, "the present");
	ok(look_option(&l, LOOK_SPOOL, "/s") && look_option(&l, LOOK_CONFIG, "/c"), "places");
	is_str(l.spool, "/s", "the spool");
	is_str(l.config, "/c", "the configuration");
	ok(look_option(&l, LOOK_UTC, NULL) && l.style.times == TIME_UTC, "--utc");
	ok(look_option(&l, LOOK_EPOCH, NULL) && l.style.times == TIME_EPOCH, "--epoch");
	ok(look_option(&l, LOOK_RELATIVE, NULL) && l.style.times == TIME_RELATIVE, "--relative");
	ok(!look_option(&l, 7, NULL) && l.style.times == TIME_RELATIVE, "another option");
}

static void check_past(void)
{
	static const struct { const char *word; int64_t ms; } instants[] = {
		{ "2h", NOON - 7200000 }, { "-2h", NOON - 7200000 }, { "30s", NOON - 30000 },
		{ "-90", NOON - 90000 }, { "1d", NOON - 86400000 }, { "1w", NOON - 604800000 },
		{ "-01:30", NOON - 90000 }, { "2h30m", NOON - 9000000 }, { "-0s", NOON },
		{ "2026-11-23T11:00:00Z", NOON - 3600000 }, { "now", NOON },
		{ "12:00", NOON }, { "11:59", NOON - 60000 }, { "12:01", NOON + 60000 - 86400000 },
		{ "00:00", NOON - 43200000 }, { "9:00", NOON - 10800000 },
	};
	static const char *const wrong[] = { "", "-", "-x", "2x", "h", "--2h", "yesterdayish",
	    "2026-13-01T00:00:00Z", "-99999999999999999999s" };
	int64_t ms;
	struct err e;

	for (size_t i = 0; i < N(instants); i++) {
		ms = 0;
		err_clear(&e);
		is_int(past_parse(instants[i].word, NOON, &ms, &e), 0, "%s %s", instants[i].word,
		    e.text);
		is_int(ms, instants[i].ms, "%s: when", instants[i].word);
	}
	for (size_t i = 0; i < N(wrong); i++)
		is_int(past_parse(wrong[i], NOON, &ms, &e), -1, "'%s' is no instant", wrong[i]);
}

int main(void)
{
	check_lists();
	check_codes();
	check_odd();
	check_look();
	check_past();
	return tap_done();
}
