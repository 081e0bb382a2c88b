/* request: SUBMIT messages as the core takes them; what is refused, in which words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "msg/request.h"
#include "tap.h"

#define UUID_1 "01900000-0000-7000-8000-000000000001"
#define UUID_2 "01900000-0000-7000-8000-000000000002"
#define FIELDS_MAX 8

struct pair {
	enum msg_field field;
	const char *value;
};

static const struct request_defaults defaults = {
	.cpus = 1000, .mem = 0, .priority = 500, .time_limit = 0, .max_retries = 0,
	.kill_grace = 30000, .queue = "default",
};

static struct arena *arena;

static struct msg *submit_new(const struct pair *pairs)
{
	struct msg *m = msg_new(MSG_SUBMIT);

	for (size_t i = 0; i < FIELDS_MAX && pairs[i].value != NULL; i++) {
		if (msg_add(m, pairs[i].field, pairs[i].value) == -1)
			ok(false, "field %s = %s", msg_field_name(pairs[i].field), pairs[i].value);
	}
	if (!msg_has(m, F_UUID))
		msg_add(m, F_UUID, UUID_1);
	return m;
}

static int take(const struct pair *pairs, struct job_request *req, struct err *e)
{
	struct msg *m = submit_new(pairs);
	int r;

	err_clear(e);
	r = request_submit(m, &defaults, arena, req, e);
	msg_free(m);
	return r;
}

#define P(...) (const struct pair[FIELDS_MAX]){ __VA_ARGS__ }

/* ---- what is refused */

static void refused(const struct pair *pairs, enum err_code code, const char *text)
{
	struct job_request req;
	struct err e;

	is_int(take(pairs, &req, &e), -1, "refused: %s", text);
	is_int(e.code, code, "code of it");
	is_str(e.text, text, "words of it");
}

/* With a command; the message's only fault is this field. */
static void wrong(enum msg_field f, const char *value, const char *text)
{
	refused(P({ F_ARG, "true" }, { f, value }), ERR_DATA, text);
}

static void later(enum msg_field f, const char *value, const char *text)
{
	refused(P({ F_ARG, "true" }, { f, value }), ERR_UNAVAIL, text);
}

static void identity_refused(void)
{
	wrong(F_UUID, "00000000-0000-0000-0000-000000000000", "uuid: the nil UUID names no job");
	wrong(F_NAME, "", "name: \"\" is empty");
	wrong(F_NAME, "a/b", "name: \"a/b\" is no name: it holds a / or a control character");
	wrong(F_NAME, "a\tb", "name: \"a\tb\" is no name: it holds a / or a control character");
	wrong(F_COMMENT, "a\x1b[2J", "comment: it holds a control character");
	wrong(F_KEY, "", "key: it is empty or holds a control character");
	wrong(F_KEY, "a\nb", "key: it is empty or holds a control character");
	wrong(F_KEY_SCOPE, "window", "key_scope: there is no key that it could belong to");
	refused(P({ F_ARG, "true" }, { F_KEY, "k" }, { F_KEY_SCOPE, "ever" }), ERR_DATA,
	    "key_scope: \"ever\" is none of window, active or forever");
	wrong(F_QUEUE, "a b", "queue: \"a b\" is no name: 1 to 64 letters, digits and ._-:/@+, no "
	    "- in front");
	wrong(F_ACCOUNT, "", "account: \"\" is no name: 1 to 64 letters, digits and ._-:/@+, no - "
	    "in front");
	wrong(F_RUN_AS, "-x", "run_as: \"-x\" is no name: 1 to 64 letters, digits and ._-:/@+, no "
	    "- in front");
	wrong(F_TAG, "novalue", "tag: \"novalue\" is not KEY=VALUE with a key of at most 64 bytes");
	wrong(F_TAG, "=x", "tag: \"\" is no key: letters, digits and ._-:/@+");
	wrong(F_TAG, "a b=x", "tag: \"a b\" is no key: letters, digits and ._-:/@+");
	refused(P({ F_ARG, "true" }, { F_TAG, "a=1" }, { F_TAG, "a=2" }), ERR_DATA,
	    "tag: a is given twice");
	wrong(F_TYPE, "bach", "type: \"bach\" is none of batch, realtime, scheduled or recurring");
	wrong(F_TYPE, "recurring", "type: a recurring job has a cron expression");
	wrong(F_TYPE, "scheduled", "type: a scheduled job has a begin");
	wrong(F_ENV_TYPE, "lxc", "env_type: \"lxc\" is none of vm, host, docker, podman or "
	    "kubernetes");
	later(F_ENV_TYPE, "docker", "env_type: docker is not there yet; vm is the host itself");
	later(F_ENV_TYPE, "kubernetes", "env_type: kubernetes is not there yet; vm is the host "
	    "itself");
}

static void numbers_refused(void)
{
	wrong(F_CPUS, "0", "cpus: 0 is out of range: 1 to 100000000 thousandths of a cpu is "
	    "accepted");
	wrong(F_CPUS, "100000001", "cpus: 100000001 is out of range: 1 to 100000000 thousandths of "
	    "a cpu is accepted");
	wrong(F_MEM, "1000000001", "mem: 1000000001 is out of range: 0 to 1000000000 MiB is "
	    "accepted");
	wrong(F_DISK, "1000000001", "disk: 1000000001 is out of range: 0 to 1000000000 MiB is "
	    "accepted");
	wrong(F_GPUS, "1025", "gpus: 1025 is out of range: 0 to 1024 is accepted");
	wrong(F_BW, "1000000001", "bw: 1000000001 is out of range: 0 to 1000000000 Mbit/s is "
	    "accepted");
	wrong(F_PRIORITY, "1001", "priority: 1001 is out of range: 0 to 1000 is accepted");
	wrong(F_TIME, "3155760000001", "time: 3155760000001 is out of range: 0 to 3155760000000 ms "
	    "is accepted");
	wrong(F_RETRIES, "1001", "retries: 1001 is out of range: 0 to 1000 is accepted");
	wrong(F_RETRY_JITTER, "101", "retry_jitter: 101 is out of range: 0 to 100 per cent is "
	    "accepted");
	wrong(F_KILL_SIGNAL, "0", "kill_signal: 0 is out of range: 1 to 64 is accepted");
	wrong(F_KILL_SIGNAL, "65", "kill_signal: 65 is out of range: 1 to 64 is accepted");
	wrong(F_KILL_GRACE, "86400001", "kill_grace: 86400001 is out of range: 0 to 86400000 ms is "
	    "accepted");
	wrong(F_BEGIN, "-5", "begin: -5 is no instant from 1970 to 9999 in ms");
	wrong(F_DEADLINE, "0", "deadline: 0 is no instant from 1970 to 9999 in ms");
	wrong(F_DEADLINE, "253402300800000", "deadline: 253402300800000 is no instant from 1970 to "
	    "9999 in ms");
	refused(P({ F_ARG, "true" }, { F_BEGIN, "1000" }, { F_DEADLINE, "1000" }), ERR_DATA,
	    "deadline: it is not after begin");
	wrong(F_RETRY_POLICY, "linear", "retry_policy: \"linear\" is none of exponential_backoff, "
	    "fixed or immediate");
	refused(P({ F_ARG, "true" }, { F_RETRY_DELAY, "5000" }, { F_RETRY_MAX_DELAY, "4999" }),
	    ERR_DATA, "retry_max_delay: it is below retry_delay");
	wrong(F_RETRY_ON, "5-1", "retry_on: \"5-1\" is no exit code, range (1-5), signal (SIGTERM) "
	    "or error class (oom)");
	wrong(F_RETRY_MEM, "64G", "retry_mem: \"64G\" is no growth: 2x or 1.5x:64G is one");
	wrong(F_NO_RETRY_ON, "", "no_retry_on: a list with an empty item: \"\"");
	wrong(F_SUCCESS_CODES, "0,oom", "success_codes: \"oom\" is no exit code (0 to 255) or "
	    "range of them (1-5)");
}

#define NO_TYPE " is not TYPE:JOB with a type of ok, notok, any, start, start+MS, success, " \
	"failure or completion"

static void deps_refused(void)
{
	wrong(F_DEP, "corr:5", "dep: \"corr:5\"" NO_TYPE);
	wrong(F_DEP, "singleton", "dep: \"singleton\"" NO_TYPE);
	wrong(F_DEP, "ok+5:5", "dep: \"ok+5:5\"" NO_TYPE);
	wrong(F_DEP, "start+:5", "dep: \"start+:5\"" NO_TYPE);
	wrong(F_DEP, "start+-1:5", "dep: \"start+-1:5\"" NO_TYPE);
	wrong(F_DEP, "start+99999999999999:5", "dep: \"start+99999999999999:5\"" NO_TYPE);
	wrong(F_DEP, "okay:5", "dep: \"okay:5\"" NO_TYPE);
	wrong(F_DEP, "ok", "dep: \"ok\"" NO_TYPE);
	wrong(F_DEP, "ok:", "dep: \"\" is no job: write its id or its UUID");
	wrong(F_DEP, "ok:0", "dep: \"0\" is no job: write its id or its UUID");
	wrong(F_DEP, "ok:1-2", "dep: \"1-2\" is no job: write its id or its UUID");
	wrong(F_DEP, "ok:-1", "dep: \"-1\" is no job: write its id or its UUID");
	wrong(F_DEP, "ok:00000000-0000-0000-0000-000000000000",
	    "dep: \"00000000-0000-0000-0000-000000000000\" is no job: write its id or its UUID");
	wrong(F_DEP, "ok:" UUID_1, "dep: the job would wait for itself");
	refused(P({ F_ARG, "true" }, { F_DEP, "ok:5" }, { F_DEP, "any:5" }), ERR_DATA,
	    "dep: 5 is given twice");
	refused(P({ F_ARG, "true" }, { F_DEP, "ok:" UUID_2 }, { F_DEP, "ok:" UUID_2 }), ERR_DATA,
	    "dep: " UUID_2 " is given twice");
	wrong(F_ON_DEP_FAIL, "ignore", "on_dep_fail: \"ignore\" is neither cancel nor hold");
}

static void launch_refused(void)
{
	refused(P({ F_NAME, "x" }), ERR_DATA, "arg: there is no command");
	refused(P({ F_ARG, "" }), ERR_DATA, "arg: there is no command");
	refused(P({ F_SCRIPT, "1" }), ERR_DATA, "script: it is empty");
	wrong(F_ENV, "NAME", "env: \"NAME\" is not NAME=VALUE");
	wrong(F_ENV, "=x", "env: \"=x\" is not NAME=VALUE");
	wrong(F_CHDIR, "tmp", "chdir: \"tmp\" does not begin with /");
	wrong(F_CHDIR, "", "chdir: \"\" does not begin with /");
	wrong(F_UMASK, "512", "umask: 512 is above 511 (0777)");
	wrong(F_STDIN, "", "stdin: the path is empty");
	wrong(F_STDOUT, "a%zb", "stdout: \"%z\" in it means nothing; known are %j %A %a %n %x %u "
	    "%w %Y %m %d and %%");
	wrong(F_STDERR, "a%", "stderr: \"%\" in it means nothing; known are %j %A %a %n %x %u %w "
	    "%Y %m %d and %%");
}

static void lengths_refused(void)
{
	char *word = xcalloc(1, 131073);
	struct msg *m = msg_new(MSG_SUBMIT);
	struct job_request req;
	struct err e;

	memset(word, 'x', 131072);
	wrong(F_ARG, word, "arg: one of 131072 bytes, and Linux takes at most 131071");
	word[131071] = '\0';
	is_int(take(P({ F_ARG, word }), &req, &e), 0, "the longest argument");
	msg_add(m, F_UUID, UUID_1);
	for (int i = 0; i < 49; i++)
		msg_add(m, F_ARG, word);
	is_int(request_submit(m, &defaults, arena, &req, &e), -1, "too many of them");
	is_str(e.text, "arguments and environment are longer than 6291456 bytes together: use a "
	    "file", "says so");
	msg_free(m);
	m = submit_new(P({ F_ARG, "true" }));
	msg_set_body(m, "x", 1);
	is_int(request_submit(m, &defaults, arena, &req, &e), -1, "a body that is no script");
	msg_free(m);
	m = submit_new(P({ F_ARG, "true" }));
	for (int i = 0; i < 65; i++)
		msg_addf(m, F_TAG, "k%d=v", i);
	is_int(request_submit(m, &defaults, arena, &req, &e), -1, "too many tags");
	is_str(e.text, "tag: more than 64", "says so");
	msg_free(m);
	m = submit_new(P({ F_ARG, "true" }));
	for (int i = 0; i < 1001; i++)
		msg_addf(m, F_DEP, "ok:%d", i + 1);
	is_int(request_submit(m, &defaults, arena, &req, &e), -1, "too many dependencies");
	is_str(e.text, "dep: more than 1000", "says so");
	msg_free(m);
	free(word);
}

/* ---- what is taken */

/* Every number of a row that is not 0, by the name of its column. */
static const char *numbers(const struct job_row *row)
{
	static char out[2000];
	const struct column *c;
	size_t len = 0;
	int64_t v;

	out[0] = '\0';
	for (c = table_jobs.columns; c->name != NULL; c++) {
		if (c->kind == COL_TEXT || c->kind == COL_BLOB || c->kind == COL_UUID)
			continue;
		memcpy(&v, (const char *)row + c->offset, sizeof(v));
		if (v != 0)
			len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s=%lld",
			    len > 0 ? " " : "", c->name, (long long)v);
	}
	return out;
}

/* The same for texts, but for those that are tested by themselves. */
static const char *texts(const struct job_row *row)
{
	static char out[2000];
	const struct column *c;
	size_t len = 0;
	const char *v;

	out[0] = '\0';
	for (c = table_jobs.columns; c->name != NULL; c++) {
		memcpy(&v, (const char *)row + c->offset, sizeof(v));
		if (c->kind != COL_TEXT || v == NULL || v == row->spec_hash ||
		    v == row->launch_hash)
			continue;
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s=%s", len > 0 ? "|" : "",
		    c->name, v);
	}
	return out;
}

static void least(void)
{
	struct job_request req;
	const struct job_row *row = &req.row;
	struct err e;
	char uuid[UUID_TEXT];

	is_int(take(P({ F_ARG, "/usr/bin/env" }), &req, &e), 0, "a bare command: %s", e.text);
	uuid_format(&row->uuid, uuid);
	is_str(uuid, UUID_1, "uuid");
	is_str(texts(row), "queue=default|job_name=env|job_type=batch|command=/usr/bin/env|"
	    "execution_env=vm", "words: user and account are the caller's");
	is_str(numbers(row), "cpu_cores=1000 priority=500 retry_policy=2 retry_delay_seconds=60000 "
	    "retry_max_delay_seconds=3600000 retry_jitter=10 kill_signal=15 "
	    "kill_grace_seconds=30000 exit_code=-1 signal=-1",
	    "numbers: cpus are booked, not held against it; no retries");
	is_int(row->retry_policy, RETRY_EXPONENTIAL, "policy");
	is_int(req.ndeps, 0, "dependencies");
	ok(row->launch_size > 0 && row->launch_size <= 256 && row->launch_hash == NULL, "launch");
	is_int(strlen(row->spec_hash), 64, "hash");
}

static void full(void)
{
	struct msg *m = submit_new(P({ F_ARG, "a" }, { F_NAME, "n ü" }, { F_COMMENT, "a\n\tb" },
	    { F_KEY, "k y" }, { F_ACCOUNT, "team" }, { F_QUEUE, "q" }, { F_RUN_AS, "bob" },
	    { F_TYPE, "realtime" }));
	static const struct pair more[] = {
		{ F_TAG, "b=2" }, { F_TAG, "a=x=\"y\"" }, { F_ENV_TYPE, "host" }, { F_CPUS, "500" },
		{ F_MEM, "8192" }, { F_DISK, "10" }, { F_GPUS, "2" }, { F_BW, "100" },
		{ F_PRIORITY, "0" }, { F_HOLD, "1" }, { F_BEGIN, "1000" }, { F_DEADLINE, "2000" },
		{ F_TIME, "3600000" }, { F_QUEUE_TIMEOUT, "60000" }, { F_DEP, "notok:5" },
		{ F_DEP, "any:" UUID_2 }, { F_DEP, "afterok:7" }, { F_DEP, "completion:8" },
		{ F_DEP_ANY, "1" }, { F_ON_DEP_FAIL, "hold" }, { F_RETRIES, "0" },
		{ F_RETRY_POLICY, "fixed" }, { F_RETRY_DELAY, "1" }, { F_RETRY_MAX_DELAY, "2" },
		{ F_RETRY_JITTER, "0" }, { F_RETRY_ON, "oom" }, { F_NO_RETRY_ON, "SIG*" },
		{ F_SUCCESS_CODES, "0,3" }, { F_NO_REQUEUE, "1" }, { F_KILL_SIGNAL, "2" },
		{ F_KILL_GRACE, "0" }, { F_CHDIR, "/tmp" }, { F_STDOUT, "o.%j" },
		{ F_STDERR, "/e.%%" }, { F_SUBMIT_HOST, "h" }, { F_SUBMIT_DIR, "/d" },
	};
	struct job_request req;
	const struct job_row *row = &req.row;
	char uuid[UUID_TEXT];
	struct err e;

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		msg_add(m, more[i].field, more[i].value);
	err_clear(&e);
	is_int(request_submit(m, &defaults, arena, &req, &e), 0, "all of it: %s", e.text);
	msg_free(m);
	is_str(texts(row), "run_as=bob|account=team|queue=q|job_name=n ü|job_type=realtime|"
	    "command=a|execution_env=vm|retry_on=oom|no_retry_on=SIG*|success_codes=0,3|key=k y|"
	    "key_scope=window|tags={\"b\":\"2\",\"a\":\"x=\\\"y\\\"\"}|comment=a\n\tb|"
	    "submit_host=h|submit_dir=/d|stdout_path=o.%j|stderr_path=/e.%%", "words");
	is_str(numbers(row), "cpu_cores=500 memory_gb=8192 disk_gb=10 gpu_count=2 "
	    "bandwidth_mbps=100 cpu_limit=1 begin_at=1000 max_execution_time=3600000 "
	    "deadline_at=2000 queue_timeout_seconds=60000 retry_policy=1 retry_delay_seconds=1 "
	    "retry_max_delay_seconds=2 no_requeue=1 kill_signal=2 dep_any=1 dep_hold=1 hold=1 "
	    "exit_code=-1 signal=-1", "numbers");
	is_int(row->retry_policy, RETRY_FIXED, "policy");
	is_int(req.ndeps, 4, "dependencies");
	ok(req.deps[0].type == DEP_NOTOK && req.deps[0].parent == 5 &&
	    uuid_is_nil(&req.deps[0].uuid), "by id");
	uuid_format(&req.deps[1].uuid, uuid);
	ok(req.deps[1].type == DEP_ANY && req.deps[1].parent == 0 && strcmp(uuid, UUID_2) == 0,
	    "by UUID");
	ok(req.deps[2].type == DEP_OK && req.deps[3].type == DEP_ANY, "other words");
}

static void retry_defaults(void)
{
	static const struct {
		enum msg_field field;
		const char *value;
		int64_t retries;
	} rows[] = {
		{ F_RETRY_POLICY, "fixed", 3 }, { F_RETRY_POLICY, "exponential", 3 },
		{ F_RETRY_DELAY, "1000", 3 },
		{ F_RETRY_MEM, "2x", 3 }, { F_RETRY_JITTER, "0", 3 }, { F_RETRY_MAX_DELAY,
		    "60000", 3 },
		{ F_RETRY_ON, "oom", 3 }, { F_RETRIES, "7", 7 }, { F_NO_RETRY_ON, "oom", 1 },
		{ F_SUCCESS_CODES, "0", 1 },
	};
	struct request_defaults d = defaults;
	struct job_request req;
	struct err e;

	d.max_retries = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg *m = submit_new(P({ F_ARG, "x" }, { rows[i].field, rows[i].value }));

		is_int(request_submit(m, &d, arena, &req, &e), 0, "%s",
		    msg_field_name(rows[i].field));
		is_int(req.row.max_retries, rows[i].retries, "retries with %s",
		    msg_field_name(rows[i].field));
		msg_free(m);
	}
	is_int(take(P({ F_ARG, "x" }, { F_RETRY_POLICY, "fixed" }, { F_RETRY_DELAY, "7200000" }),
	    &req, &e), 0, "a long delay");
	is_int(req.row.retry_max_delay, 7200000, "is not cut by the default maximum");
	is_int(take(P({ F_ARG, "x" }, { F_KEY, "k" }, { F_KEY_SCOPE, "forever" }), &req, &e), 0,
	    "key");
	is_str(req.row.key_scope, "forever", "scope");
}

/* ---- the launch block and the command for people */

static void launch_block(void)
{
	struct msg *m = submit_new(P({ F_ARG, "a" }, { F_ARG, "b c" }, { F_ENV, "X=1" },
	    { F_CHDIR, "/tmp" }, { F_UMASK, "18" }, { F_PRIORITY, "7" }, { F_STDIN, "/dev/null" },
	    { F_SCRIPT, "1" }));
	char script[600], hash[SHA256_HEX];
	struct job_request req;
	struct msg *launch = NULL;
	const void *body;
	size_t used, n, iter = 0;
	struct err e;

	memset(script, 'x', sizeof(script));
	msg_set_body(m, script, sizeof(script));
	is_int(request_submit(m, &defaults, arena, &req, &e), 0, "a script");
	msg_free(m);
	is_str(req.row.command, "(script) a 'b c'", "for people");
	is_str(req.row.name, "script", "its name");
	is_int(msg_decode(req.row.launch, (size_t)req.row.launch_size, &launch, &used, &e), 1,
	    "the block is a message");
	is_int(used, req.row.launch_size, "one");
	is_int(msg_type(launch), MSG_LAUNCH, "of its type");
	is_str(msg_next(launch, F_ARG, &iter), "a", "argument");
	is_str(msg_next(launch, F_ARG, &iter), "b c", "argument");
	is_str(msg_str(launch, F_ENV), "X=1", "environment");
	is_int(msg_u64(launch, F_UMASK, 0), 18, "umask");
	body = msg_body(launch, &n);
	ok(n == sizeof(script) && memcmp(body, script, n) == 0, "the script itself");
	msg_free(launch);
	sha256_hex(req.row.launch, (size_t)req.row.launch_size, hash);
	is_str(req.row.launch_hash, hash, "above 256 bytes its hash is there");
}

static void command_is(const struct pair *pairs, const char *want)
{
	struct job_request req;
	struct err e;

	err_clear(&e);
	is_int(take(pairs, &req, &e), 0, "command %s", want);
	is_str(req.row.command, want, "for people");
}

static void commands(void)
{
	char longest[1200], two[1200];
	struct job_request req;
	struct msg *m;
	struct err e;

	command_is(P({ F_ARG, "echo" }, { F_ARG, "" }, { F_ARG, "it's" }), "echo '' 'it'\\''s'");
	command_is(P({ F_ARG, "/bin/sh" }, { F_ARG, "-c" }, { F_ARG, "a | b" }),
	    "/bin/sh -c 'a | b'");
	memset(longest, 'x', sizeof(longest));
	longest[1000] = '\0';
	command_is(P({ F_ARG, longest }), longest);
	longest[1000] = 'x';
	longest[1001] = '\0';
	take(P({ F_ARG, longest }), &req, &e);
	ok(strlen(req.row.command) == 1000 && strcmp(req.row.command + 997, "...") == 0, "is cut");
	memset(two, 0, sizeof(two));
	for (size_t i = 0; i < 550; i++)
		memcpy(two + 2 * i, "\xc3\xbc", 2);
	take(P({ F_ARG, two }), &req, &e);
	/* A quote in front, so that 997 falls inside a character or not: never half of one. */
	ok(strlen(req.row.command) <= 1000 &&
	    ((unsigned char)req.row.command[strlen(req.row.command) - 4] & 0x80) != 0 &&
	    (unsigned char)req.row.command[strlen(req.row.command) - 4] == 0xbc,
	    "between characters");
	m = submit_new(P({ F_SCRIPT, "1" }, { F_NAME, "my job" }, { F_ARG, "x" }));
	msg_set_body(m, "#!/bin/sh\n", 10);
	is_int(request_submit(m, &defaults, arena, &req, &e), 0, "a script with a name");
	is_str(req.row.command, "-f 'my job' x", "for people");
	msg_free(m);
	take(P({ F_ARG, "/opt/a\nb" }), &req, &e);
	is_str(req.row.name, "job", "a program whose name is no name");
	take(P({ F_ARG, "bin/" }), &req, &e);
	is_str(req.row.name, "job", "or that has none");
}

/* ---- the hash */

static const char *hash_of(const struct pair *pairs, const char *script)
{
	struct msg *m = submit_new(pairs);
	struct job_request req;
	struct err e;

	if (script != NULL)
		msg_set_body(m, script, strlen(script));
	if (request_submit(m, &defaults, arena, &req, &e) == -1)
		ok(false, "hash: %s", e.text);
	msg_free(m);
	return req.row.spec_hash;
}

static void hashes(void)
{
	const char *base = hash_of(P({ F_ARG, "a" }), NULL);
	static const struct pair same[] = {
		{ F_PRIORITY, "9" }, { F_NAME, "n" }, { F_COMMENT, "c" }, { F_TAG, "a=b" },
		{ F_RETRIES, "4" }, { F_UUID, UUID_2 }, { F_DEADLINE, "99999" }, { F_CPUS, "1000" },
		{ F_TYPE, "batch" }, { F_ENV_TYPE, "host" }, { F_SEQ, "77" }, { F_HOLD, "1" },
		{ F_SUBMIT_DIR, "/x" }, { F_STDOUT, "o" }, { F_TIME, "0" },
	};
	static const struct pair other[] = {
		{ F_ARG, "b" }, { F_ENV, "A=b" }, { F_CHDIR, "/" }, { F_CPUS, "2000" }, { F_MEM, "1"
		    },
		{ F_DISK, "1" }, { F_GPUS, "1" }, { F_BW, "1" }, { F_BEGIN, "5" }, { F_TIME, "1" },
		{ F_QUEUE_TIMEOUT, "1" }, { F_DEP, "ok:1" }, { F_TYPE, "realtime" }, { F_RUN_AS,
		    "bob" },
		{ F_STDIN, "/x" }, { F_DEP_ANY, "1" },
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		is_str(hash_of(P({ F_ARG, "a" }, same[i]), NULL), base, "%s changes nothing",
		    msg_field_name(same[i].field));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		ok(strcmp(hash_of(P({ F_ARG, "a" }, other[i]), NULL), base) != 0,
		    "%s makes another", msg_field_name(other[i].field));
	ok(strcmp(hash_of(P({ F_ARG, "a" }, { F_ARG, "b" }), NULL),
	    hash_of(P({ F_ARG, "a b" }), NULL)) != 0, "words are told apart");
	ok(strcmp(hash_of(P({ F_SCRIPT, "1" }), "x"), hash_of(P({ F_SCRIPT, "1" }), "y")) != 0,
	    "scripts are told apart");
	is_str(hash_of(P({ F_SCRIPT, "1" }), "x"), hash_of(P({ F_SCRIPT, "1" }), "x"),
	    "and found again");
	ok(strcmp(hash_of(P({ F_ARG, "a" }, { F_DEP, "ok:1" }), NULL),
	    hash_of(P({ F_ARG, "a" }, { F_DEP, "any:1" }), NULL)) != 0, "types of dependencies");
	is_str(hash_of(P({ F_ARG, "a" }, { F_DEP, "success:1" }), NULL),
	    hash_of(P({ F_ARG, "a" }, { F_DEP, "ok:1" }), NULL), "but not the words for them");
}

/* ---- targets */

static void targets(void)
{
	static const struct {
		const char *s;
		int64_t first, last;	/* 0, -1: refused */
	} rows[] = {
		{ "1", 1, 1 }, { "123", 123, 123 }, { "100-120", 100, 120 }, { "5-5", 5, 5 },
		{ "9223372036854775807", INT64_MAX, INT64_MAX }, { "1-1000000", 1, 1000000 },
		{ UUID_2, 0, 0 },
		{ "", 0, -1 }, { "0", 0, -1 }, { "-1", 0, -1 }, { "5-4", 0, -1 }, { "5-", 0, -1 },
		{ "1-2-3", 0, -1 }, { "x", 0, -1 }, { "1x", 0, -1 }, { " 1", 0, -1 }, { "1-1000001",
		    0, -1 },
		{ "9223372036854775808", 0, -1 }, { "12_3", 0, -1 },
		{ "00000000000000000000000000000000000000001", 0, -1 },
		{ "01900000-0000-7000-8000-00000000000", 0, -1 },
	};
	int64_t first, last;
	struct uuid u;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = request_target(rows[i].s, &first, &last, &u, &e);

		is_int(r, rows[i].last == -1 ? -1 : 0, "target \"%s\"", rows[i].s);
		if (r == -1)
			is_int(e.code, ERR_USAGE, "code");
		else
			ok(first == rows[i].first && last == rows[i].last &&
			    uuid_is_nil(&u) == (first != 0), "what it is");
	}
}

static void extras_refused(void)
{
	wrong(F_NICE, "20", "nice: 20 is out of range: -20 to 19 is accepted");
	wrong(F_CHDIR_MISSING, "make", "chdir_missing: \"make\" is none of fail, create or home");
	wrong(F_RLIMIT, "nofile", "rlimit: \"nofile\" is not NAME=SOFT or NAME=SOFT:HARD");
	refused(P({ F_ARG, "true" }, { F_RLIMIT, "core=1" }, { F_RLIMIT, "core=2" }), ERR_DATA,
	    "rlimit: core is given twice");
	wrong(F_LOG_MAX, "1023", "log_max: 1023 is too little: from 1024 bytes on is accepted");
	wrong(F_LOG_OVERFLOW, "kill", "log_overflow: there is no log_max that could be passed");
	refused(P({ F_ARG, "true" }, { F_LOG_MAX, "2000" }, { F_LOG_OVERFLOW, "stop" }), ERR_DATA,
	    "log_overflow: \"stop\" is none of truncate or kill");
	refused(P({ F_ARG, "true" }, { F_STDOUT, "o" }, { F_STDERR, "e" }, { F_TIMESTAMPS, "1" }),
	    ERR_DATA, "timestamps: it is for the log tree, and both streams go to files");
	wrong(F_WARN, "USR1", "warn: the job has no time limit that it could come before");
	refused(P({ F_ARG, "true" }, { F_TIME, "60000" }, { F_WARN, "USR1@60" }), ERR_DATA,
	    "warn: the time limit is not longer than the time of the warning before it");
	refused(P({ F_ARG, "true" }, { F_TIME, "60000" }, { F_WARN, "NO@6" }), ERR_DATA, "warn: "
	    "\"NO\" is no signal: write USR1@60, or B:USR1@60 for the main process alone");
	wrong(F_PIPE, "1", "pipe: there is no stdin");
	refused(P({ F_ARG, "true" }, { F_PIPE, "1" }, { F_STDIN, "x" }, { F_RETRIES, "1" }),
	    ERR_DATA, "pipe: its input cannot be sent twice, so it cannot be tried again");
	wrong(F_RES, "fpga", "res: \"fpga\" is not NAME=N with a name of at most 64 bytes");
	wrong(F_LIMIT_TOKEN, "a b=1", "limit_token: \"a b\" is no name: letters, digits and "
	    "._-:/@+, no - in front");
	refused(P({ F_ARG, "true" }, { F_RES, "a=1" }, { F_RES, "a=2" }), ERR_DATA,
	    "res: a is given twice");
}

static void extras_taken(void)
{
	const struct pair all[FIELDS_MAX] = {
		{ F_ARG, "true" }, { F_TIME, "60001" }, { F_WARN, "B:USR1@60" },
		{ F_RLIMIT, "core=1" }, { F_RLIMIT, "cpu=1m" }, { F_LOG_MAX, "1024" },
		{ F_RES, "a=1" }, { F_LIMIT_TOKEN, "a=1" },
	};
	struct job_request req;
	struct msg *launch = NULL;
	struct err e;
	size_t used;

	is_int(take(all, &req, &e), 0, "extras: %s", e.text);
	is_int(msg_decode(req.row.launch, (size_t)req.row.launch_size, &launch, &used, &e), 1,
	    "the worker's block");
	ok(msg_count(launch, F_RLIMIT) == 2 && msg_has(launch, F_WARN) &&
	    msg_has(launch, F_LOG_MAX) && msg_has(launch, F_RES), "has them");
	msg_free(launch);
}

/* ---- changes */

static int change(const struct pair *pairs, struct change *ch, struct err *e)
{
	struct msg *m = msg_new(MSG_CONTROL);
	int r;

	for (size_t i = 0; i < FIELDS_MAX && pairs[i].value != NULL; i++)
		if (msg_add(m, pairs[i].field, pairs[i].value) == -1)
			ok(false, "field %s = %s", msg_field_name(pairs[i].field), pairs[i].value);
	err_clear(e);
	r = request_change(m, arena, ch, e);
	msg_free(m);
	return r;
}

static void change_refused(const struct pair *pairs, enum err_code code, const char *text)
{
	struct change ch;
	struct err e;

	is_int(change(pairs, &ch, &e), -1, "no change: %s", text);
	is_int(e.code, code, "its code");
	is_str(e.text, text, "its words");
}

static void changes(void)
{
	struct change ch;
	struct err e;

	is_int(change(P({ F_PRIORITY, "7" }, { F_QUEUE, "night" }, { F_RETRY_POLICY, "fixed" },
	    { F_ON_DEP_FAIL, "hold" }, { F_NO_REQUEUE, "0" }, { F_KILL_GRACE, "5" }), &ch, &e), 0,
	    "several attributes");
	ok(ch.set == (ATTR_BIT(ATTR_PRIORITY) | ATTR_BIT(ATTR_QUEUE) |
	    ATTR_BIT(ATTR_RETRY_POLICY) | ATTR_BIT(ATTR_DEP_HOLD) | ATTR_BIT(ATTR_NO_REQUEUE) |
	    ATTR_BIT(ATTR_KILL_GRACE)), "these and no others");
	ok(ch.row.priority == 7 && ch.row.retry_policy == RETRY_FIXED && ch.row.dep_hold == 1 &&
	    ch.row.no_requeue == 0 && ch.row.kill_grace == 5, "with their values");
	is_str(ch.row.queue, "night", "words as well");
	is_int(change(P({ F_TIME_MORE, "-60000" }), &ch, &e), 0, "less time");
	ok(ch.set == ATTR_BIT(ATTR_TIME) && ch.time_more && ch.row.time_limit == -60000,
	    "as a difference");
	is_int(change(P({ F_TAG, "a=1" }, { F_DROP, "tag:b" }, { F_DROP, "comment" },
	    { F_DROP, "begin" }), &ch, &e), 0, "what is taken away");
	ok(ch.set == (ATTR_BIT(ATTR_TAGS) | ATTR_BIT(ATTR_COMMENT) | ATTR_BIT(ATTR_BEGIN)) &&
	    ch.row.comment == NULL && ch.row.begin_at == 0, "is nothing then");
	is_str(ch.row.tags, "{\"a\":\"1\",\"b\":null}", "tags as an object to be merged");
	is_int(change(P({ F_GPUS, "2" }, { F_GPU_TYPE, "a100" }, { F_RES, "fpga=2" },
	    { F_RES, "nic=1" }, { F_DROP, "limit_token" }, { F_DROP, "exclusive" }), &ch, &e), 0,
	    "what it asks of workers");
	ok(ch.set == (ATTR_BIT(ATTR_GPUS) | ATTR_BIT(ATTR_GPU_TYPE) | ATTR_BIT(ATTR_NAMED) |
	    ATTR_BIT(ATTR_TOKENS) | ATTR_BIT(ATTR_EXCLUSIVE)) && ch.row.exclusive == 0,
	    "these and no others");
	is_str(ch.row.named, "fpga=2,nic=1", "as one list");
	is_str(ch.row.gpu_type, "a100", "and the type of gpus");
	is_int(change(P({ F_GPUS, "2" }), &ch, &e), 0, "gpus of any type");
	ok((ch.set & ATTR_BIT(ATTR_GPU_TYPE)) != 0 && ch.row.gpu_type == NULL,
	    "end that of before");
	change_refused(P({ F_RETRY_MEM, "x" }), ERR_DATA,
	    "retry_mem: \"x\" is no growth: 2x or 1.5x:64G is one");
	change_refused(P({ F_TEXT, "why" }), ERR_USAGE, "there is nothing to be set");
	change_refused(P({ F_PRIORITY, "1001" }), ERR_DATA,
	    "priority: 1001 is out of range: 0 to 1000 is accepted");
	change_refused(P({ F_TIME, "1" }, { F_TIME_MORE, "1" }), ERR_DATA,
	    "time: it is given twice");
	change_refused(P({ F_DROP, "priority" }), ERR_DATA,
	    "drop: \"priority\" cannot be taken away");
	change_refused(P({ F_COMMENT, "x" }, { F_DROP, "comment" }), ERR_DATA,
	    "comment: it is given and taken away");
	change_refused(P({ F_RETRY_POLICY, "soon" }), ERR_DATA,
	    "retry_policy: \"soon\" is none of exponential_backoff, fixed or immediate");
	change_refused(P({ F_ON_DEP_FAIL, "go" }), ERR_DATA,
	    "on_dep_fail: \"go\" is none of cancel or hold");
	change_refused(P({ F_TIME_MORE, "999999999999999" }), ERR_DATA,
	    "time_more: it is out of range");
}

int main(void)
{
	arena = arena_new();
	identity_refused();
	numbers_refused();
	deps_refused();
	launch_refused();
	lengths_refused();
	extras_refused();
	extras_taken();
	least();
	full();
	retry_defaults();
	launch_block();
	commands();
	hashes();
	targets();
	changes();
	arena_free(arena);
	return tap_done();
}
