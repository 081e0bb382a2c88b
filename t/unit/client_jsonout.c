/*
 * jsonout: a request as a document, and back; every option's field has one; jobspec(5)
 * has each of them, with its type and its option, and no other.
 */
#include <bsd/string.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "cli/submit.h"
#include "client/json.h"
#include "client/jsonfield.h"
#include "tap.h"

#define NOW INT64_C(1795428000000)
#define FIELDS_MAX 128
#define MANUAL "man/jobspec.5"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All fields but the UUID, sorted, as one text. */
static char *fields_of(const struct msg *m)
{
	char *list[FIELDS_MAX];
	size_t n = 0, iter = 0;
	enum msg_field f;
	const char *v;
	struct buf b;

	while (n < FIELDS_MAX && msg_each(m, &iter, &f, &v)) {
		if (f != F_UUID)
			list[n++] = xasprintf("%s=%s", msg_field_name(f), v);
	}
	qsort(list, n, sizeof(list[0]), by_text);
	buf_init(&b, 100000);
	buf_adds(&b, "");
	for (size_t i = 0; i < n; i++) {
		buf_addf(&b, "%s\n", list[i]);
		free(list[i]);
	}
	v = msg_body(m, &n);
	buf_addf(&b, "body %.*s", (int)n, v != NULL ? v : "");
	return buf_steal(&b);
}

static void there_and_back(const struct msg *m, bool one_line, const char *what)
{
	char *text, *want = fields_of(m), *got;
	struct err e = { 0 };
	struct msg *back;

	text = json_request(m, one_line, &e);
	if (ok(text != NULL, "%s: %s", what, e.text) &&
	    ok(json_submit(text, strlen(text), NOW, &back, &e) == 0, "read back: %s", e.text)) {
		got = fields_of(back);
		is_str(got, want, "the same");
		ok(one_line == (strchr(text, '\n') == NULL), one_line ? "in a line" : "in lines");
		free(got);
		msg_free(back);
	}
	free(text);
	free(want);
}

static struct msg *request(void)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u;

	uuid_new(&u);
	msg_add_uuid(m, F_UUID, &u);
	msg_add(m, F_ARG, "/bin/echo");
	return m;
}

struct pair {
	enum msg_field field;
	const char *value;
};

static const struct pair all[] = {
	{ F_NAME, "n \"quoted\" \xc3\xa9" }, { F_TAG, "a=b" }, { F_TAG, "c=" },
	{ F_COMMENT, "x\ny" },
	{ F_KEY, "k" }, { F_KEY_SCOPE, "active" }, { F_ACCOUNT, "acc" }, { F_QUEUE, "q" },
	{ F_TYPE, "batch" }, { F_ENV_TYPE, "vm" }, { F_RUN_AS, "bob" }, { F_CPUS, "100" },
	{ F_MEM, "999999999" }, { F_DISK, "1" }, { F_GPUS, "2" }, { F_GPU_TYPE, "a100" },
	{ F_BW, "100" }, { F_RES, "fpga=2" }, { F_LIMIT_TOKEN, "lic=1" },
	{ F_CONSTRAINT, "a&b" }, { F_PREFER, "a" }, { F_ON_WORKERS, "w1" }, { F_NOT_WORKERS, "w2" },
	{ F_EXCLUSIVE, "1" }, { F_PRIORITY, "0" },
	{ F_HOLD, "1" }, { F_BEGIN, "1795428000123" }, { F_DEADLINE, "1795428000999" },
	{ F_TIME, "1" }, { F_QUEUE_TIMEOUT, "90500" }, { F_DEP, "success:12" },
	{ F_DEP, "failure:01936b1e-0000-7000-8000-000000000001" }, { F_DEP, "start+1500:7" },
	{ F_DEP_ANY, "1" }, { F_SINGLETON, "1" },
	{ F_ON_DEP_FAIL, "hold" }, { F_RETRIES, "3" }, { F_RETRY_POLICY, "fixed" },
	{ F_RETRY_DELAY, "60000" }, { F_RETRY_MAX_DELAY, "3600000" }, { F_RETRY_JITTER, "5" },
	{ F_RETRY_ON, "oom" }, { F_NO_RETRY_ON, "1" }, { F_SUCCESS_CODES, "0,3" },
	{ F_RETRY_MEM, "2x:64G" },
	{ F_NO_REQUEUE, "1" }, { F_KILL_SIGNAL, "10" }, { F_KILL_GRACE, "0" },
	{ F_ENV, "A=1" }, { F_ENV, "B==\xe2\x82\xac\x01" }, { F_CHDIR, "/x" }, { F_UMASK, "18" },
	{ F_STDIN, "i" }, { F_STDOUT, "o" }, { F_STDERR, "e" }, { F_APPEND, "0" },
	{ F_SUBMIT_HOST, "h" }, { F_SUBMIT_DIR, "/d" }, { F_CHDIR_MISSING, "home" },
	{ F_SCRATCH, "1" }, { F_LOGIN, "1" }, { F_NICE, "-7" }, { F_RLIMIT, "core=0:1G" },
	{ F_WARN, "B:USR1@60" }, { F_LOG_MAX, "1025" }, { F_LOG_OVERFLOW, "kill" },
	{ F_TIMESTAMPS, "1" }, { F_PTY, "1" }, { F_CRON, "@every 90m" }, { F_TZ, "Asia/Tokyo" },
	{ F_ARRAY, "1-9:2" }, { F_ARRAY_LIMIT, "5" }, { F_HALT, "soon,fail=3" },
	{ F_MAX_FAILS, "5%" },
	{ F_DST_GAP, "skip" }, { F_DST_FOLD, "both" }, { F_ANCHOR, "1795428000000" },
	{ F_CATCH_UP, "all" }, { F_CATCH_UP_WINDOW, "3600000" }, { F_CATCH_UP_MAX, "7" },
	{ F_OVERLAP, "queue-all" }, { F_OVERLAP_MAX, "3" }, { F_SPLAY, "1000" },
	{ F_TELL, "failed:mail:ann" }, { F_TELL, "all:hook:http://h" },
	{ F_CALENDAR, "bank" }, { F_BLACKOUT, "sat, 22:00-06:00" }, { F_EXPECT_BY, "600000" },
	{ F_MAX_SILENCE, "7200000" },
	{ F_JITTER, "2000" }, { F_UNTIL_TIME, "1795428000001" }, { F_RUNS, "12" },
};

#define ALL (sizeof(all) / sizeof(all[0]))

static void test_fields(void)
{
	struct msg *m = request();

	there_and_back(m, true, "a command alone");
	for (size_t i = 0; i < ALL; i++)
		ok(msg_add(m, all[i].field, all[i].value) == 0, "%s", msg_field_name(all[i].field));
	msg_add(m, F_ARG, "");
	msg_add(m, F_ARG, "two  words\ttab");
	there_and_back(m, false, "everything");
	there_and_back(m, true, "everything");
	msg_free(m);
}

static void test_numbers(void)
{
	static const char *const mib[] = { "0", "1", "3", "1023", "1025", "524289", "999999999" };
	static const char *const ms[] = { "0", "1", "999", "1001", "60000", "3155760000000" };
	static const char *const cpus[] = { "1", "333", "1001", "99999999" };
	struct msg *m;

	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
		m = request();
		msg_add(m, F_MEM, mib[i]);
		there_and_back(m, true, mib[i]);
		msg_free(m);
	}
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		m = request();
		msg_add(m, F_TIME, ms[i]);
		there_and_back(m, true, ms[i]);
		msg_free(m);
	}
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		m = request();
		msg_add(m, F_CPUS, cpus[i]);
		there_and_back(m, true, cpus[i]);
		msg_free(m);
	}
}

static void test_script(void)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u;

	uuid_new(&u);
	msg_add_uuid(m, F_UUID, &u);
	msg_add_u64(m, F_SCRIPT, 1);
	msg_set_body(m, "#!/bin/sh\necho \"$1\"\n", 20);
	there_and_back(m, false, "a script");
	msg_add(m, F_ARG, "argument");
	there_and_back(m, true, "with arguments");
	msg_set_body(m, "a\0b", 3);
	ok(json_request(m, true, NULL) == NULL, "a NUL byte has no form");
	msg_free(m);
}

static void no_form(enum msg_field f, const char *value, const char *field)
{
	struct msg *m = request();
	struct err e = { 0 };

	msg_add(m, f, value);
	ok(json_request(m, true, &e) == NULL && e.code == ERR_DATA &&
	    strncmp(e.text, field, strlen(field)) == 0, "no UTF-8: %s", e.text);
	msg_free(m);
}

static void test_bytes(void)
{
	no_form(F_ARG, "\xff", "command: ");
	no_form(F_NAME, "\xc3", "job_name: ");
	no_form(F_ENV, "A=\x80", "env: ");
	no_form(F_ENV, "\x80=A", "env: ");
}

/* ---- every option, every field, and the manual */

static const struct json_field *field_for(enum msg_field f)
{
	for (size_t i = 0; i < json_fields_count; i++) {
		const struct json_field *j = &json_fields[i];

		if (j->kind != OBJECT && j->kind != EMPTY && j->to == f)
			return j;
	}
	return NULL;
}

static const char *option_for(const struct json_field *j)
{
	const struct opt *opts = submit_opts(FROM_COMMAND_LINE);

	if (j->kind == OBJECT || j->kind == EMPTY)
		return NULL;
	if (j->to == F_DEP_ANY)
		return "after";
	if (j->to == F_GPU_TYPE)
		return "gpus";
	for (; opts->name != NULL; opts++) {
		if (submit_field(opts->id) == j->to)
			return opts->name;
	}
	return j->to == F_SCRIPT ? "file" : NULL;
}

static void test_options(void)
{
	const struct opt *opts = submit_opts(FROM_COMMAND_LINE);

	for (; opts->name != NULL; opts++) {
		enum msg_field f = submit_field(opts->id);

		if (f != MSG_FIELD_COUNT && field_for(f) == NULL)
			ok(false, "--%s has no field in a document", opts->name);
	}
	ok(true, "every option has its field");
}

static const char *type_of(enum json_kind kind)
{
	static const char *const types[] = {
		[TEXT] = "string", [COUNT] = "whole number", [INTEGER] = "whole number",
		[CEILING] = "number", [MILLI] = "number", [GB] = "number",
		[BYTES] = "whole number or string", [SECONDS] = "seconds", [FLAG] = "boolean",
		[INSTANT] = "instant", [TIMEOUT] = "seconds", [SIGNAL] = "string or whole number",
		[OCTAL] = "string", [COMMAND] = "string or array", [SCRIPT] = "string",
		[WORDS] = "array", [STRINGS] = "array", [PAIRS] = "object", [AMOUNTS] = "object",
		[DEPENDENCIES] = "array", [EMPTY] = "object", [REF] = "string",
	};

	return types[kind];
}

/* The entry of a field in its part of the manual, up to the next one; NULL: none. */
static char *entry_of(const char *manual, const struct json_field *j)
{
	char *head = xasprintf(".Ss %s%s\n", j->in[0] == '\0' ? "\\&At the top" : "In ", j->in);
	char *item = xasprintf("\n.It Cm %s Pq ", j->name), *entry = NULL;
	const char *part = strstr(manual, head), *next, *end;

	free(head);
	next = part != NULL ? strstr(part + 1, "\n.Ss ") : NULL;
	part = part != NULL ? strstr(part, item) : NULL;
	free(item);
	if (part == NULL || (next != NULL && part > next))
		return NULL;
	end = strstr(part + 1, "\n.It ");
	if (end == NULL || (next != NULL && end > next))
		end = next != NULL ? next : part + strlen(part);
	entry = xstrndup(part + 1, (size_t)(end - part - 1));
	return entry;
}

static void manual_entry(const char *manual, const struct json_field *j)
{
	const char *option = option_for(j), *type = type_of(j->kind);
	char *entry = entry_of(manual, j), *want;

	if (!ok(entry != NULL, "%s.%s is in the manual", j->in, j->name))
		return;
	want = xasprintf("Pq %s\n", type);
	ok(strstr(entry, want) != NULL, "%s is said to be a %s", j->name, type);
	free(want);
	ok(strstr(entry, "\nDefault:") != NULL, "%s: its default", j->name);
	want = xasprintf("\n.Pq Fl -%s", option != NULL ? option : "");
	ok((strstr(entry, want) != NULL) == (option != NULL), "%s: its option --%s", j->name,
	    option != NULL ? option : "none");
	free(want);
	free(entry);
}

static void test_manual(void)
{
	size_t fields = 0, entries = 0;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 1 << 20);
	if (!ok(file_read(AT_FDCWD, MANUAL, &b, &e) == 0, "the manual: %s", e.text))
		return;
	for (size_t i = 0; i < json_fields_count; i++) {
		if (json_fields[i].kind == OBJECT)
			continue;
		manual_entry(b.data, &json_fields[i]);
		fields++;
	}
	for (const char *s = b.data; (s = strstr(s, "\n.It Cm ")) != NULL; s++)
		entries++;
	is_int(entries, fields, "and no other entry");
	buf_release(&b);
}

int main(void)
{
	test_fields();
	test_numbers();
	test_script();
	test_bytes();
	test_options();
	test_manual();
	return tap_done();
}
