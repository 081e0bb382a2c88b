/* field: -o and -S: every field shows, sorts, and is refused by name when it is none. */
#include "cli/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "core/usage.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)

static const struct style st = { .times = TIME_UTC, .now = NOON };

static struct job_row rows[4] = {
	{ .id = 1, .name = "one", .user = "ann", .queue = "q", .priority = 500, .cpus = 1000,
	    .status = JOB_QUEUED, .reason = REASON_DEPENDENCY, .exit_code = -1, .signal = -1,
	    .created_at = NOON - 60000, .max_retries = 2 },
	{ .id = 2, .name = "two", .user = "bob", .queue = "q", .priority = 900, .cpus = 500,
	    .mem = 512, .status = JOB_RUNNING, .worker = "local", .started_at = NOON - 61000,
	    .created_at = NOON - 90000, .time_limit = 3600000, .exit_code = -1, .signal = -1 },
	{ .id = 3, .user = "ann", .priority = 500, .status = JOB_FAILED, .exit_code = -1,
	    .reason = REASON_SIGNAL, .signal = 9, .started_at = NOON - 9000, .worker = "h2",
	    .completed_at = NOON - 8000, .created_at = NOON - 10000, .attempts = 3,
	    .max_retries = 2 },
	{ .id = 4, .name = "four", .priority = 100, .status = JOB_COMPLETED, .signal = -1,
	    .exit_code = 0, .created_at = NOON - 20000, .completed_at = NOON },
};

static char *shown(const char *fields, int n)
{
	struct list_options o = { .format = LIST_PARSABLE };
	struct chosen c;
	struct err e = { .text = "" };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!ok(chosen_parse(&job_fields, fields, &c, &e) == 0, "-o %s %s", fields, e.text)) {
		fclose(f);
		return text;
	}

	struct list *l = list_new(c.columns, c.n, &o, f);

	for (int i = 0; i < n; i++)
		chosen_row(&c, &st, &rows[i], l);
	list_end(l);
	list_free(l);
	chosen_release(&c);
	fclose(f);
	return text;
}

static void shows(const char *fields, int n, const char *want)
{
	char *text = shown(fields, n);

	is_str(text, want, "-o %s", fields);
	free(text);
}

static void check_show(void)
{
	shows(JOB_FIELDS_SHORT, 2, "ID|NAME|USER|Q|PRI|ST|TIME|LIMIT|CPU|MEM|WORKER/REASON\n"
	    "1|one|ann|q|500|PD|||1||(Dependency)\n"
	    "2|two|bob|q|900|R|01:01|01:00:00|0.5|512M|local\n");
	shows("id,st,where,exit,try,time,waited", 4, "ID|ST|WORKER/REASON|EXIT|TRY|TIME|WAITED\n"
	    "1|PD|(Dependency)||0/3||01:00\n"
	    "2|R|local||0/1|01:01|00:29\n"
	    "3|F|h2|SIG9|3/3|00:01|00:01\n"
	    "4|CD||0|0/1||00:20\n");
	shows("job_name,created_at,memory_gb", 1,
	    "job_name|created_at|memory_gb\none|2026-11-23T11:59:00Z|\n");
}

/* Every name that may stand behind -o shows something or nothing, and never fails. */
static void check_every(const struct field_set *set, const void *row)
{
	int n = 0;

	for (const struct field *f = set->fields; f->name; f++, n++) {
		struct chosen c;
		struct buf b;

		buf_init(&b, 10000);
		ok(chosen_parse(set, f->name, &c, NULL) == 0 &&
		    pick_text(&c.fields[0], &st, row, &b) == 0, "field %s", f->name);
		chosen_release(&c);
		buf_release(&b);
	}
	for (const struct column *col = set->table->columns; col->name; col++, n++) {
		bool shown_col = !(col->flags & COL_HIDDEN) && col->kind != COL_BLOB;
		struct chosen c;

		is_int(chosen_parse(set, col->name, &c, NULL), shown_col ? 0 : -1, "column %s",
		    col->name);
		if (shown_col)
			chosen_release(&c);
	}
	ok(n >= 7, "there are some");
}

static void refused(const char *fields, const char *why)
{
	struct chosen c;
	struct err e = { .text = "" };

	is_int(chosen_parse(&job_fields, fields, &c, &e), -1, "-o '%s' is refused", fields);
	is_str(e.text, why, "and why");
}

static void check_layout(void)
{
	struct chosen c;

	is_int(chosen_parse(&job_fields, "id:8:<,name:20,pri:>", &c, NULL), 0, "a layout");
	ok(c.n == 3 && c.columns[0].width == 8 && !c.columns[0].right, "width and side");
	ok(c.columns[1].width == 20 && !c.columns[1].right && c.columns[1].text, "width alone");
	ok(c.columns[2].width == 0 && c.columns[2].right, "side alone");
	chosen_release(&c);
	refused("nmae", "no such field: nmae; did you mean name?");
	refused("id,zzzzzzzz", "no such field: zzzzzzzz");
	refused("", "no field is named");
	refused("launch", "no such field: launch");
	is_int(chosen_parse(&job_fields, "id:0", &c, NULL), -1, "no width");
	is_int(chosen_parse(&job_fields, "id:x", &c, NULL), -1, "a wrong side");
}

/* ---- order */

static void sorts(const char *keys, const char *want)
{
	const void *list[4] = { &rows[0], &rows[1], &rows[2], &rows[3] };
	struct order o;
	struct err e = { .text = "" };
	char got[40] = "";

	is_int(order_parse(&job_fields, keys, &o, &e), 0, "-S %s %s", keys, e.text);
	order_sort(&o, &st, list, 4);
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof(got) - n, "%d",
		    (int)((const struct job_row *)list[i])->id);
	}
	is_str(got, want, "-S %s", keys);
}

static void check_order(void)
{
	struct order o;
	struct err e;

	sorts("id", "1234");
	sorts("id-", "4321");
	sorts("pri", "4132");
	sorts("pri-", "2134");
	sorts("pri-,id-", "2314");
	sorts("name", "3412");
	sorts("time", "1432");
	sorts("time-", "2314");
	sorts("created_at", "2143");
	sorts("st", "4312");
	sorts("where-", "2314");
	sorts("user+,pri", "4132");
	is_int(order_parse(&job_fields, "priority", &o, &e), 0, "a column's own name");
	is_int(order_parse(&job_fields, "prio", &o, &e), -1, "no field");
	is_int(order_parse(&job_fields, "", &o, &e), -1, "no key");
	is_int(order_parse(&job_fields, "id,id,id,id,id,id,id,id,id", &o, &e), -1, "too many keys");
}

static void check_json(void)
{
	struct chosen c;
	struct json j;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	json_init(&j, f);
	chosen_parse(&job_fields, "id,name,mem,limit,time,st,created_at", &c, NULL);
	chosen_json(&c, &st, &rows[1], &j);
	fclose(f);
	is_str(text, "{\"id\":2,\"name\":\"two\",\"mem\":0.5,\"limit\":3600,\"time\":61,"
	    "\"st\":\"R\",\"created_at\":\"2026-11-23T11:58:30.000Z\"}", "chosen fields as JSON");
	chosen_release(&c);
	free(text);
}

int main(void)
{
	struct worker_row w = { .name = "h1", .cpus = 8000, .free_cpus = 1500, .mem = 1024 };
	struct exec_row x = { .job_id = 1, .execution = 1, .exit_code = -1, .signal = 9,
	    .cause = -1, .error_class = -1, .started_at = NOON - 5000, .cpu_ms = 1234 };
	struct account_row a = { .team = "ops", .user = "ann", .shares = 2, .usage = 90000000,
	    .boost = -3 };
	struct quota_row q = { .kind = "user", .name = "ann", .max[QUOTA_CPUS] = 2000,
	    .used[QUOTA_CPUS] = 500, .max[QUOTA_RATE] = 10 };

	check_show();
	check_every(&job_fields, &rows[1]);
	check_every(&exec_fields, &x);
	check_every(&worker_fields, &w);
	check_every(&account_fields, &a);
	check_every(&quota_fields, &q);
	check_layout();
	check_order();
	check_json();
	return tap_done();
}
