/* value, states, look: single values as text, the words of -t, and times as people say them. */
#include "cli/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/look.h"
#include "cli/states.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)	/* 2026-11-23T12:00:00Z */

static void is_time(enum time_style style, int64_t ms, const char *want)
{
	struct style st = { .times = style, .now = NOON };
	char text[TIME_TEXT];

	time_text(&st, ms, text);
	is_str(text, want, "instant %lld", (long long)ms);
}

static void check_times(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	is_time(TIME_LOCAL, NOON, "2026-11-23T13:00:00+01:00");
	is_time(TIME_UTC, NOON + 999, "2026-11-23T12:00:00Z");
	is_time(TIME_EPOCH, NOON + 999, "1795435200");
	is_time(TIME_LOCAL, 0, "");
	is_time(TIME_RELATIVE, 0, "");
	is_time(TIME_RELATIVE, NOON, "now");
	is_time(TIME_RELATIVE, NOON + 5000, "in 5s");
	is_time(TIME_RELATIVE, NOON - 60000, "1m ago");
	is_time(TIME_RELATIVE, NOON - 7980000, "2h13m ago");
	is_time(TIME_RELATIVE, NOON - 7200000, "2h ago");
	is_time(TIME_RELATIVE, NOON + 90061000, "in 1d1h");
	is_time(TIME_RELATIVE, NOON - 999, "now");
	is_int(time_style_parse("iso"), TIME_LOCAL, "a style by its name");
	is_int(time_style_parse("relative"), TIME_RELATIVE, "another");
	is_int(time_style_parse("local"), -1, "one that is none");
}

static void is_column(const struct table *t, const char *name, const void *row,
    const char *want)
{
	struct style st = { .times = TIME_UTC, .now = NOON };
	const struct column *c = table_column(t, name);
	struct buf b;

	buf_init(&b, 1000);
	buf_adds(&b, "");
	is_int(column_text(&st, c, row, &b), 0, "%s: has a text", name);
	is_str(b.len ? b.data : "", want, "%s: '%s'", name, want);
	is_int(column_absent(c, row), want[0] == '\0', "%s: absent or not", name);
	buf_release(&b);
}

static void check_columns(void)
{
	struct job_row full = { .id = 7, .name = "a b", .cpus = 1500, .mem = 1536, .cpu_limit = 1,
	    .time_limit = 93784000, .created_at = NOON, .status = JOB_FAILED,
	    .reason = REASON_TIMEOUT, .exit_code = 0, .signal = 9, .priority = -3,
	    .retry_policy = RETRY_FIXED };
	struct job_row none = { .exit_code = -1, .signal = -1, .status = 99 };
	const struct table *t = &table_jobs;

	full.uuid.b[15] = 1;
	is_column(t, "job_id", &full, "7");
	is_column(t, "job_name", &full, "a b");
	is_column(t, "cpu_cores", &full, "1.5");
	is_column(t, "memory_gb", &full, "1.5G");
	is_column(t, "cpu_limit", &full, "yes");
	is_column(t, "max_execution_time", &full, "1-02:03:04");
	is_column(t, "created_at", &full, "2026-11-23T12:00:00Z");
	is_column(t, "status", &full, "failed");
	is_column(t, "reason", &full, "Timeout");
	is_column(t, "exit_code", &full, "0");
	is_column(t, "signal", &full, "9");
	is_column(t, "priority", &full, "-3");
	is_column(t, "retry_policy", &full, "fixed");
	is_column(t, "job_uuid", &full, "00000000-0000-0000-0000-000000000001");
	is_column(t, "job_uuid", &none, "");
	is_column(t, "job_name", &none, "");
	is_column(t, "created_at", &none, "");
	is_column(t, "reason", &none, "");
	is_column(t, "exit_code", &none, "");
	is_column(t, "memory_gb", &none, "");
	is_column(t, "max_execution_time", &none, "");
	is_column(t, "status", &none, "");
	is_column(t, "cpu_limit", &none, "no");
	is_column(t, "launch", &full, "");
}

static void is_compare(const char *name, const void *a, const void *b, int want)
{
	const struct column *c = table_column(&table_jobs, name);

	is_int(column_compare(c, a, b), want, "%s: in order", name);
	is_int(column_compare(c, b, a), -want, "%s: the other way round", name);
}

static void check_order(void)
{
	struct job_row a = { .id = 9, .name = "a", .created_at = NOON }, b = { .id = 10 };

	is_compare("job_id", &a, &b, -1);
	is_compare("job_name", &a, &b, 1);
	is_compare("created_at", &a, &b, 1);
	is_compare("priority", &a, &b, 0);
	b.uuid.b[0] = 1;
	is_compare("job_uuid", &a, &b, -1);
}

static void check_job(void)
{
	static const struct { int status, reason, stopping; const char *code; } codes[] = {
		{ JOB_QUEUED, REASON_HELD, 0, "PD" }, { JOB_SCHEDULED, REASON_NONE, 0, "SC" },
		{ JOB_RUNNING, REASON_NONE, 0, "R" }, { JOB_RUNNING, REASON_SUSPENDED, 0, "S" },
		{ JOB_RUNNING, REASON_NONE, REASON_BY_USER, "CG" },
		{ JOB_COMPLETED, REASON_NONE, 0, "CD" },
		{ JOB_FAILED, REASON_NONZERO_EXIT, 0, "F" },
		{ JOB_FAILED, REASON_TIMEOUT, 0, "TO" },
		{ JOB_FAILED, REASON_OUT_OF_MEMORY, 0, "OOM" },
		{ JOB_CANCELLED, REASON_BY_USER, 0, "CA" },
		{ JOB_CANCELLED, REASON_EXPIRED, 0, "EX" },
		{ JOB_FAILED, 9999, 0, "F" }, { 17, REASON_NONE, 0, "??" },
	};
	struct job_row row = { .status = JOB_RUNNING, .started_at = NOON - 5000 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct job_row j = { .status = codes[i].status, .reason = codes[i].reason,
		    .stopping = codes[i].stopping };

		is_str(job_code(&j), codes[i].code, "two letters: %s", codes[i].code);
	}
	is_int(job_elapsed(&row, NOON), 5000, "a running job has run so long");
	is_int(job_elapsed(&row, NOON - 9000), 0, "never less than nothing");
	row.completed_at = NOON - 1000;
	is_int(job_elapsed(&row, NOON), 4000, "one that ended runs no longer");
	row.status = JOB_QUEUED;
	is_int(job_elapsed(&row, NOON), 0, "one that waits again does not run");
}

/* ---- states */

static void matches(const char *list, int status, int reason, bool want)
{
	struct job_row row = { .status = status, .reason = reason };
	struct states s;
	struct err e = { .text = "" };

	is_int(states_parse(list, &s, &e), 0, "-t %s %s", list, e.text);
	ok(states_match(&s, &row) == want, "-t %s: %s %s is%s meant", list,
	    job_status_name((enum job_status)status), reason_name((enum reason)reason),
	    want ? "" : " not");
	ok(!want || (s.statuses & (1u << status)), "-t %s: the filter lets it through", list);
}

static void check_states(void)
{
	struct states s;
	struct err e;

	matches("queued", JOB_QUEUED, REASON_HELD, true);
	matches("queued", JOB_RUNNING, REASON_NONE, false);
	matches("QUEUED,running", JOB_RUNNING, REASON_NONE, true);
	matches("pd", JOB_QUEUED, REASON_HELD, true);
	matches("R", JOB_RUNNING, REASON_NONE, true);
	matches("R", JOB_RUNNING, REASON_SUSPENDED, false);
	matches("failed", JOB_FAILED, REASON_TIMEOUT, true);
	matches("F", JOB_FAILED, REASON_TIMEOUT, false);
	matches("F", JOB_FAILED, REASON_NONZERO_EXIT, true);
	matches("TO,OOM", JOB_FAILED, REASON_OUT_OF_MEMORY, true);
	matches("TO,OOM", JOB_FAILED, REASON_SIGNAL, false);
	matches("DF", JOB_CANCELLED, REASON_DEP_FAILED, true);
	matches("active", JOB_SCHEDULED, REASON_NONE, true);
	matches("active", JOB_FAILED, REASON_SIGNAL, false);
	matches("ended", JOB_COMPLETED, REASON_NONE, true);
	matches("all", JOB_COMPLETED, REASON_NONE, true);
	is_int(states_parse("quued", &s, &e), -1, "a mistyped state");
	is_str(e.text, "no such state: quued; did you mean queued?", "is told");
	is_int(states_parse("", &s, &e), -1, "no state");
	is_int(states_parse("queued,", &s, &e), -1, "half a list");
	is_int(states_parse("F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,"
	    "F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F,F", &s, &e), -1,
	    "a list without end");
}

/* ---- look */

static void is_past(const char *text, int64_t want)
{
	int64_t ms = -1;
	struct err e = { .text = "" };

	is_int(past_parse(text, NOON, &ms, &e), 0, "'%s' %s", text, e.text);
	is_int(ms, want, "'%s' is right", text);
}

static void check_look(void)
{
	struct look l;
	struct err e;
	int64_t ms;

	is_past("2h", NOON - 7200000);
	is_past("-2h", NOON - 7200000);
	is_past("-90", NOON - 90000);
	is_past("+1h", NOON + 3600000);
	is_past("now", NOON);
	is_past("2026-11-23T12:00:00Z", NOON);
	is_past("@1795435200", NOON);
	is_int(past_parse("yesterdayish", NOON, &ms, &e), -1, "no time");
	is_int(past_parse("-", NOON, &ms, &e), -1, "no duration");

	unsetenv("JOB_TIME_FORMAT");
	is_int(look_init(&l, &e), 0, "without a setting");
	is_int(l.style.times, TIME_LOCAL, "times are local");
	setenv("JOB_TIME_FORMAT", "epoch", 1);
	is_int(look_init(&l, &e), 0, "with one");
	is_int(l.style.times, TIME_EPOCH, "they are as it says");
	ok(look_option(&l, LOOK_UTC, NULL) && l.style.times == TIME_UTC, "an option is stronger");
	ok(look_option(&l, LOOK_SPOOL, "/s") && strcmp(l.spool, "/s") == 0, "--spool");
	ok(!look_option(&l, 5, NULL), "what is another program's");
	setenv("JOB_TIME_FORMAT", "swatch", 1);
	is_int(look_init(&l, &e), -1, "a setting that is none is refused");
	unsetenv("JOB_TIME_FORMAT");
}

int main(void)
{
	check_times();
	check_columns();
	check_order();
	check_job();
	check_states();
	check_look();
	return tap_done();
}
