/*
 * answer: every question by every kind of viewer, how much of it one answer holds,
 * and queries that no program of ours would write.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "view/impl.h"
#include "view/rows.h"
#include "viewkit.h"

enum { ANN = 500, BOB = 600 };

static const struct viewer ann = { .uid = ANN }, bob = { .uid = BOB }, admin = { 1, true, true },
    ann_alone = { ANN, false, true }, bob_alone = { BOB, false, true };

/* ---- an answer taken apart */

struct answered {
	int r, rows, data;
	enum err_code code;
	uint64_t count, after;
	bool more;
	char text[300], ids[300];	/* the END's text; job ids of the rows */
	struct buf body;
};

static void take_row(struct answered *a, const struct msg *m)
{
	const char *column;
	size_t iter = 0, n;

	a->rows++;
	while ((column = msg_next(m, F_COLUMN, &iter)) != NULL) {
		n = strlen(a->ids);
		if (strncmp(column, "job_id ", 7) == 0)
			snprintf(a->ids + n, sizeof(a->ids) - n, "%s ", column + 7);
	}
}

static void take_part(struct answered *a, const struct msg *m)
{
	const void *p;
	size_t n;

	if (msg_type(m) == MSG_ROW) {
		take_row(a, m);
	} else if (msg_type(m) == MSG_DATA) {
		a->data++;
		p = msg_body(m, &n);
		if (p != NULL)
			buf_add(&a->body, p, n);
	} else {
		a->code = (enum err_code)msg_u64(m, F_CODE, 0);
		a->count = msg_u64(m, F_COUNT, 0);
		a->more = msg_has(m, F_AFTER);
		a->after = msg_u64(m, F_AFTER, 0);
		snprintf(a->text, sizeof(a->text), "%s",
		    msg_str(m, F_TEXT) != NULL ? msg_str(m, F_TEXT) : "");
	}
}

/* Takes q. */
static struct answered answer(struct view *v, const struct viewer *who, struct msg *q)
{
	struct answered a = { .code = ERR_INTERNAL };
	struct buf out;
	struct err e;
	size_t used;

	buf_init(&a.body, 1 << 20);
	buf_init(&out, 64 << 20);
	a.r = view_answer(v, who, q, &out, &e);
	for (size_t at = 0; at < out.len; at += used) {
		struct msg *m = NULL;

		if (msg_decode(out.data + at, out.len - at, &m, &used, &e) != 1) {
			ok(false, "an answer is messages: %s", e.text);
			break;
		}
		if (msg_u64(m, F_SEQ, 0) != 77)
			ok(false, "each part says which question it answers");
		take_part(&a, m);
		msg_free(m);
	}
	buf_release(&out);
	msg_free(q);
	return a;
}

static struct msg *query(const char *what, const char *target)
{
	struct msg *q = msg_new(MSG_QUERY);

	msg_add_u64(q, F_SEQ, 77);
	if (what != NULL)
		msg_add(q, F_WHAT, what);
	if (target != NULL)
		msg_add(q, F_TARGET, target);
	return q;
}

/* ---- who sees what */

static const struct {
	const char *what, *target;
	const struct viewer *who;
	int rows, data;
	enum err_code code;
} asked[] = {
	{ "job", "1", &ann, 1, 0, ERR_NONE }, { "job", "1", &bob, 1, 0, ERR_NONE },
	{ "job", "1", &bob_alone, 0, 0, ERR_NONE }, { "job", "1", &ann_alone, 1, 0, ERR_NONE },
	{ "job", "1", &admin, 1, 0, ERR_NONE }, { "job", "99", &admin, 0, 0, ERR_NONE },
	{ "job", "0", &ann, 0, 0, ERR_NONE }, { "job", "-1", &ann, 0, 0, ERR_USAGE },
	{ "job", "1 ", &ann, 0, 0, ERR_USAGE }, { "job", "", &ann, 0, 0, ERR_USAGE },
	{ "job", "9223372036854775808", &ann, 0, 0, ERR_USAGE },
	{ "job", NULL, &ann, 0, 0, ERR_DATA }, { "uuid", NULL, &ann, 0, 0, ERR_DATA },
	{ "uuid", "01a208e5-95a7-76a6-a4b2-e514941fd6cb", &admin, 0, 0, ERR_NONE },
	{ "execs", "1", &ann, 2, 0, ERR_NONE }, { "execs", "1", &bob, 2, 0, ERR_NONE },
	{ "execs", "1", &bob_alone, 0, 0, ERR_NONE }, { "execs", "2", &ann, 0, 0, ERR_NONE },
	{ "execs", NULL, &ann, 0, 0, ERR_DATA },
	{ "deps", "2", &ann, 1, 0, ERR_NONE }, { "deps", "2", &ann_alone, 0, 0, ERR_NONE },
	{ "deps", "2", &bob_alone, 1, 0, ERR_NONE }, { "deps", "1", &ann, 0, 0, ERR_NONE },
	{ "dependents", "1", &ann, 2, 0, ERR_NONE }, { "dependents", "1", &bob, 2, 0, ERR_NONE },
	{ "dependents", "1", &ann_alone, 1, 0, ERR_NONE },
	{ "dependents", "1", &bob_alone, 0, 0, ERR_NONE },
	{ "dependents", "1", &admin, 2, 0, ERR_NONE },
	{ "dependents", "x", &admin, 0, 0, ERR_USAGE },
	{ "workers", NULL, &ann_alone, 1, 0, ERR_NONE }, { "counts", NULL, &bob, 1, 0, ERR_NONE },
	{ "launch", "1", &ann, 0, 1, ERR_NONE }, { "launch", "1", &admin, 0, 1, ERR_NONE },
	{ "launch", "1", &bob, 0, 0, ERR_PERM }, { "launch", "1", &bob_alone, 0, 0, ERR_NOINPUT },
	{ "launch", "99", &ann, 0, 0, ERR_NOINPUT }, { "launch", "3", &ann, 0, 0, ERR_NONE },
	{ "log", "1", &ann, 0, 1, ERR_NONE }, { "log", "1", &bob, 0, 0, ERR_PERM },
	{ "log", "1", &bob_alone, 0, 0, ERR_NOINPUT }, { "log", "7", &ann, 0, 0, ERR_NOINPUT },
	{ "log-size", "1", &ann, 0, 0, ERR_NONE }, { "log-size", "1", &bob, 0, 0, ERR_PERM },
	{ "log-size", "99", &bob, 0, 0, ERR_NOINPUT },
	{ "", NULL, &ann, 0, 0, ERR_DATA }, { "job ", "1", &ann, 0, 0, ERR_DATA },
	{ "JOB", "1", &ann, 0, 0, ERR_DATA },
};

static void check_who(struct view *v)
{
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *target = asked[i].target != NULL ? asked[i].target : "(none)";
		struct answered a = answer(v, asked[i].who, query(asked[i].what,
		    asked[i].target));
		char what[100];

		snprintf(what, sizeof(what), "%s %s for %d%s", asked[i].what, target,
		    (int)asked[i].who->uid, asked[i].who->private_jobs ? ", private jobs" : "");
		is_int(a.r, 0, "%s: is answered", what);
		is_int(a.rows, asked[i].rows, "%s: rows", what);
		is_int(a.data, asked[i].data, "%s: data", what);
		is_int(a.code, asked[i].code, "%s: code (%s)", what, a.text);
		ok((a.code == ERR_NONE) == (a.text[0] == '\0'), "%s: words with an error only",
		    what);
		buf_release(&a.body);
	}
}

/* ---- what a row leaves out */

static bool has_column(struct view *v, const struct viewer *who, const char *what,
    const char *column)
{
	struct msg *q = query(what, "1"), *m = NULL;
	size_t n = strlen(column), used, iter = 0;
	bool found = false;
	const char *c;
	struct buf out;
	struct err e;

	buf_init(&out, 1 << 20);
	view_answer(v, who, q, &out, &e);
	if (msg_decode(out.data, out.len, &m, &used, &e) == 1) {
		while ((c = msg_next(m, F_COLUMN, &iter)) != NULL)
			found |= strncmp(c, column, n) == 0 && c[n] == ' ';
	}
	msg_free(m);
	msg_free(q);
	buf_release(&out);
	return found;
}

static void check_columns(struct view *v)
{
	static const char *const secret[] = { "command", "tags", "comment", "submit_dir",
	    "stdout_path", "key", "spec_hash", "detail" };

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		ok(has_column(v, &ann, "job", secret[i]), "%s is for the owner", secret[i]);
		ok(has_column(v, &admin, "job", secret[i]), "%s is for admins", secret[i]);
		ok(!has_column(v, &bob, "job", secret[i]), "%s is not for others", secret[i]);
	}
	ok(has_column(v, &bob, "job", "job_name") && has_column(v, &bob, "job", "user"),
	    "what is not private is for all");
	ok(!has_column(v, &admin, "job", "launch"), "no row carries a launch block");
	ok(has_column(v, &ann, "execs", "error_message"), "a message is for the owner");
	ok(!has_column(v, &bob, "execs", "error_message"), "and not for others");
}

/* ---- logs */

static void check_logs(struct view *v)
{
	static const struct { const char *stream; uint64_t exec, offset, limit;
	    enum err_code code; const char *want; } logs[] = {
		{ NULL, 2, 0, 100, ERR_NONE, "hello\nworld\n" },
		{ "stdout", 2, 0, 5, ERR_NONE, "hello" },
		{ "stdout", 2, 6, 100, ERR_NONE, "world\n" },
		{ "stdout", 2, 12, 100, ERR_NONE, "" },
		{ "stdout", 2, 1000000, 100, ERR_NONE, "" },
		{ "stdout", 2, 0, 0, ERR_NONE, "" },
		{ "stdout", 2, 0, UINT64_MAX, ERR_NONE, "hello\nworld\n" },
		{ "stderr", 2, 0, 100, ERR_NONE, "" },
		{ "meta", 2, 0, 100, ERR_NONE, "{}" },
		{ "stdout", 1, 0, 100, ERR_NONE, "" },
		{ "stdout", 9, 0, 100, ERR_NONE, "" },
		{ "stdout", UINT64_MAX, 0, 100, ERR_NONE, "" },
		{ "journal", 2, 0, 100, ERR_DATA, "" },
		{ "../x", 2, 0, 100, ERR_DATA, "" },
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct msg *q = query("log", "1");
		struct answered a;

		if (logs[i].stream != NULL)
			msg_add(q, F_STREAM, logs[i].stream);
		msg_add_u64(q, F_EXECUTION, logs[i].exec);
		msg_add_u64(q, F_OFFSET, logs[i].offset);
		msg_add_u64(q, F_LIMIT, logs[i].limit);
		a = answer(v, &ann, q);
		is_int(a.code, logs[i].code, "log %zu: code %s", i, a.text);
		is_str(a.body.len ? a.body.data : "", logs[i].want, "log %zu: bytes", i);
		buf_release(&a.body);
	}
}

static void check_sizes(struct view *v)
{
	static const struct { const char *stream; uint64_t exec, want; } sizes[] = {
		{ "stdout", 2, 12 }, { "stderr", 2, 0 }, { "meta", 2, 2 }, { "stdout", 1, 0 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct msg *q = query("log-size", "1");
		struct answered a;

		msg_add(q, F_STREAM, sizes[i].stream);
		msg_add_u64(q, F_EXECUTION, sizes[i].exec);
		a = answer(v, &ann, q);
		is_int(a.count, sizes[i].want, "%s of execution %d has %d bytes", sizes[i].stream,
		    (int)sizes[i].exec, (int)sizes[i].want);
		buf_release(&a.body);
	}
}

/* ---- filters of strangers */

static void check_filters(struct view *v)
{
	static const struct { enum msg_field f; const char *value; enum err_code code;
	    const char *ids; } filters[] = {
		{ F_TARGET, "1-2", ERR_NONE, "1 2 " }, { F_TARGET, "2-9", ERR_NONE, "2 3 " },
		{ F_TARGET, "0-0", ERR_NONE, "1 2 3 " }, { F_TARGET, "12", ERR_DATA, "" },
		{ F_TARGET, "1-", ERR_USAGE, "" }, { F_TARGET, "-2", ERR_USAGE, "" },
		{ F_TARGET, "1-2-3", ERR_USAGE, "" },
		{ F_TARGET, "111111111111111111111111111-2", ERR_DATA, "" },
		{ F_TARGET, "1-99999999999999999999", ERR_USAGE, "" },
		{ F_STATUS, "queued", ERR_NONE, "2 3 " }, { F_STATUS, "running", ERR_NONE, "1 " },
		{ F_STATUS, "Queued", ERR_DATA, "" }, { F_STATUS, "", ERR_DATA, "" },
		{ F_TAG, "team=x", ERR_NONE, "1 " }, { F_TAG, "team", ERR_NONE, "1 " },
		{ F_TAG, "team=", ERR_NONE, "" }, { F_TAG, "=x", ERR_NONE, "" },
		{ F_TAG, "te'am=x", ERR_NONE, "" }, { F_TAG, "t\"m=x", ERR_NONE, "" },
		{ F_USER, "bob", ERR_NONE, "2 " }, { F_NAME, "three", ERR_NONE, "3 " },
		{ F_NAME, "%", ERR_NONE, "" }, { F_QUEUE, "default", ERR_NONE, "1 2 3 " },
		{ F_WORKER, "local", ERR_NONE, "1 " }, { F_AFTER, "2", ERR_NONE, "3 " },
		{ F_AFTER, "9223372036854775808", ERR_DATA, "" },
		{ F_LIMIT, "2", ERR_NONE, "1 2 " }, { F_LIMIT, "0", ERR_NONE, "1 2 3 " },
		{ F_SINCE, "1795428000002", ERR_NONE, "2 3 " },
		{ F_UNTIL_TIME, "1795428000001", ERR_NONE, "1 " },
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct msg *q = query(WHAT_JOBS, NULL);
		struct answered a;

		is_int(msg_add(q, filters[i].f, filters[i].value), 0, "%s %s",
		    msg_field_name(filters[i].f), filters[i].value);
		a = answer(v, &ann, q);
		is_int(a.code, filters[i].code, "its code: %s", a.text);
		is_str(a.ids, filters[i].ids, "the jobs that it finds");
		buf_release(&a.body);
	}
}

/* ---- how long an answer gets */

#define MANY 40
#define LONG 60000	/* bytes of a command: 18 rows fill a page */

static void fill_long(struct kit *k)
{
	for (int64_t id = 1; id <= MANY; id++) {
		struct job_row *row = kit_job(k, id, "long");
		char *command = arena_alloc(k->turn->arena, LONG + 1);

		memset(command, 'x', LONG);
		command[LONG] = '\0';
		row->command = command;
		row->uid = id % 2 ? ANN : BOB;
	}
	kit_commit(k);
}

static void check_pages(struct view *v)
{
	uint64_t after = 0;
	int rows = 0, pages = 0;
	struct answered a = { .more = true };

	for (; a.more && pages < 10; pages++) {
		struct msg *q = query(WHAT_JOBS, NULL);

		if (after > 0)
			msg_add_u64(q, F_AFTER, after);
		a = answer(v, &ann, q);
		ok(a.rows < MANY && a.code == ERR_NONE, "page %d: %d rows", pages, a.rows);
		ok(!a.more || a.after > after, "page %d: goes on behind its last row", pages);
		rows += a.rows;
		after = a.after;
		buf_release(&a.body);
	}
	is_int(rows, MANY, "the pages have every row once");
	ok(pages >= 2, "more than a megabyte is more than a page");
}

static void check_room(struct view *v)
{
	static const struct { size_t room; int r; enum err_code code; } rooms[] = {
		{ 4, -1, ERR_NONE }, { 400, 0, ERR_AGAIN }, { 100000, 0, ERR_AGAIN },
	};

	for (size_t i = 0; i < 3; i++) {
		struct msg *q = query(WHAT_JOBS, NULL), *m = NULL;
		struct buf out;
		struct err e;
		size_t used = 0, at = 0;

		buf_init(&out, rooms[i].room);
		is_int(view_answer(v, &ann, q, &out, &e), rooms[i].r, "%zu bytes of room",
		    rooms[i].room);
		if (rooms[i].r < 0)
			is_int(out.len, 0, "nothing is left behind");
		for (; at < out.len && (m == NULL || msg_type(m) != MSG_END); at += used) {
			msg_free(m);
			m = NULL;
			if (msg_decode(out.data + at, out.len - at, &m, &used, &e) != 1)
				break;
		}
		ok(rooms[i].r < 0 || (m != NULL && msg_type(m) == MSG_END &&
		    (enum err_code)msg_u64(m, F_CODE, 0) == rooms[i].code),
		    "what does not fit is told");
		msg_free(m);
		msg_free(q);
		buf_release(&out);
	}
}

static void check_no_question(struct view *v)
{
	struct msg *q = msg_new(MSG_DATA);
	struct answered a;

	msg_add_u64(q, F_SEQ, 77);
	a = answer(v, &admin, q);
	is_int(a.code, ERR_DATA, "a message that asks nothing");
	is_str(a.text, "this is no question", "is told so");
	buf_release(&a.body);
}

static void fill(struct kit *k)
{
	struct job_row *row = kit_job(k, 1, "one");
	struct exec_row *x;

	row->uid = ANN;
	row->user = "ann";
	row->status = JOB_RUNNING;
	row->worker = "local";
	row->executions = 2;
	row->tags = "{\"team\":\"x\"}";
	row->comment = row->detail = "words";
	row->key = "k";
	row->spec_hash = "h";
	row->stdout_path = "/o";
	row->launch = "block";
	row->launch_size = 5;
	x = kit_exec(k, 1, 1);
	x->message = "it hurts";
	x->completed_at = x->started_at + 1;
	kit_exec(k, 1, 2);
	kit_log(k, row, 2, "stdout.log", "hello\nworld\n");
	kit_log(k, row, 2, "execution_metadata.json", "{}");
	row = kit_job(k, 2, "two");
	row->uid = BOB;
	row->user = "bob";
	row = kit_job(k, 3, "three");
	row->uid = ANN;
	row->user = "ann";
	kit_dep(k, 2, 1);
	kit_dep(k, 3, 1);
	kit_worker(k, "local");
	kit_commit(k);
}

int main(void)
{
	struct kit k, wide;
	struct view *v, *w;
	struct err e;

	kit_open(&k);
	fill(&k);
	kit_open(&wide);
	fill_long(&wide);
	v = view_open(&k.spool, &e);
	w = view_open(&wide.spool, &e);
	ok(v != NULL && w != NULL, "two views");
	if (v && w) {
		check_who(v);
		check_columns(v);
		check_logs(v);
		check_sizes(v);
		check_filters(v);
		check_no_question(v);
		check_pages(w);
		check_room(w);
	}
	view_close(v);
	view_close(w);
	kit_close(&wide);
	kit_close(&k);
	return tap_done();
}
