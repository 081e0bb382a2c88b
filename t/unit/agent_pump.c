/* agent_pump: output on its way, into a sink that is full, slow or broken; records. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/execfile.h"
#include "agent/meta.h"
#include "agent/pump.h"
#include "agent/result.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "core/types.h"
#include "tap.h"

static struct {
	struct buf got[2];
	size_t room;		/* bytes it takes before it is full */
	bool broken;
} cup;

static ssize_t cup_write(void *sink, int stream, const void *p, size_t n, struct err *e)
{
	(void)sink;
	if (cup.broken)
		return err_set(e, ERR_IO, "broken");
	if (cup.room == 0)
		return err_set(e, ERR_AGAIN, "full");
	if (n > cup.room)
		n = cup.room;
	cup.room -= n;
	buf_add(&cup.got[stream - 1], p, n);
	return (ssize_t)n;
}

static const struct sink_fns fns = { NULL, cup_write, NULL };
static struct pump pump;
static int in[2];

static void begin(const struct sink_fns *f, size_t room)
{
	int out[2], err[2];

	if (pipe(out) == -1 || pipe(err) == -1)
		exit(1);
	in[0] = out[1];
	in[1] = err[1];
	pump_init(&pump, (const int[]){ out[0], err[0] }, (struct sink){ f, NULL });
	cup.room = room;
	cup.broken = false;
	for (int i = 0; i < 2; i++) {
		buf_release(&cup.got[i]);
		buf_init(&cup.got[i], 1 << 20);
	}
}

static void say(int which, const char *text)
{
	ok(write(in[which], text, strlen(text)) == (ssize_t)strlen(text), "said: %s", text);
}

static void end(void)
{
	close(in[0]);
	close(in[1]);
	pump_close(&pump);
}

static void test_flow(void)
{
	begin(&fns, 1000);
	say(0, "out");
	say(1, "error");
	pump_move(&pump, 0);
	pump_move(&pump, 1);
	is_str(cup.got[0].data, "out", "stdout");
	is_str(cup.got[1].data, "error", "stderr");
	say(0, " and more");
	close(in[1]);
	ok(pump_drain(&pump), "drained, though one end is still open");
	is_str(cup.got[0].data, "out and more", "with what was in the pipe");
	ok(pump.bytes[0] == 12 && pump.bytes[1] == 5 && pump.lost == 0, "counted");
	is_int(pump.fds[1], -1, "the other has ended");
	in[1] = -1;
	end();
}

static void test_full(void)
{
	begin(&fns, 4);
	say(0, "0123456789");
	say(1, "x");
	pump_move(&pump, 0);
	ok(pump.stuck, "no room: stuck");
	pump_move(&pump, 1);
	is_int(cup.got[1].len, 0, "then nothing is read");
	pump_retry(&pump);
	ok(pump.stuck, "still stuck");
	cup.room = 3;
	pump_retry(&pump);
	ok(pump.stuck, "a little room is used");
	cup.room = 100;
	ok(pump_drain(&pump), "then all of it");
	is_str(cup.got[0].data, "0123456789", "nothing lost, nothing twice");
	is_str(cup.got[1].data, "x", "of the other either");
	is_int(pump.lost, 0, "none counted as lost");
	cup.room = 0;
	say(0, "late");
	say(1, "later");
	ok(!pump_drain(&pump), "full again");
	pump_give_up(&pump);
	is_int(pump.lost, 9, "given up: counted as lost");
	is_int(pump.bytes[0], 10, "and not as kept");
	end();
}

static void test_broken(void)
{
	begin(&fns, 100);
	cup.broken = true;
	say(0, "into the void");
	pump_move(&pump, 0);
	ok(!pump.stuck && pump.lost == 13, "a broken disk does not hold up the job");
	is_str(pump.why.text, "broken", "why");
	end();
	begin(NULL, 0);
	say(0, "nobody wants it");
	pump_move(&pump, 0);
	ok(pump.bytes[0] == 15 && pump.lost == 0, "without a log it is only counted");
	end();
}

/* ---- records */

static void test_names(void)
{
	uint64_t job, number;
	char name[EXECFILE_NAME_MAX];
	static const char *const bad[] = { "", ".", "1", "1.", ".1", "01.1", "1.01", "0.1", "1.0",
		"1.1.1", "-1.1", "1.4294967296", "99999999999999999999.1", "a.b", "1.1 " };

	execfile_name(INT64_MAX, UINT32_MAX, name);
	ok(execfile_name_parse(name, &job, &number) == 0 && job == INT64_MAX &&
	    number == UINT32_MAX, "the longest name: %s", name);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(execfile_name_parse(bad[i], &job, &number), -1, "no name: \"%s\"", bad[i]);
}

static void test_record(void)
{
	int dir = dir_open(AT_FDCWD, tap_tmpdir(), NULL), fd, other;
	char *cgroups[] = { (char[]){ "/a" }, (char[]){ "/b" } };
	struct proc_id self, got;
	struct execfile r;
	struct err e = { .code = ERR_NONE };
	struct msg *m;

	proc_self(&self, NULL);
	fd = execfile_make(dir, 7, 1, &e);
	ok(fd != -1, "made: %s", e.text);
	is_int(execfile_make(dir, 7, 1, &e), -1, "not twice: %s", e.text);
	other = execfile_open(dir, 7, 1, &e);
	is_int(execfile_lock(other, &e), 0, "locked by who made it");
	m = execfile_run(&self, 0, "none", cgroups, 2, "token");
	is_int(execfile_add(fd, m, &e), 0, "the supervisor");
	msg_free(m);
	m = execfile_run(&self, 5, NULL, NULL, 0, NULL);
	is_int(execfile_add(fd, m, &e), 0, "the job");
	msg_free(m);
	ok(write(fd, "job1 result 100 0\njob", 21) == 21, "half a result");
	is_int(execfile_read(other, &r, &e), 0, "read");
	ok(r.supervisor != NULL && r.job != NULL && r.result == NULL, "what is whole");
	is_int(msg_count(r.supervisor, F_CGROUP), 2, "with its groups");
	execfile_proc(r.job, &got);
	ok(got.pid == self.pid && got.start == self.start && proc_alive(&got), "the process");
	is_int(ftruncate(other, r.sound), 0, "cut to what is whole");
	execfile_release(&r);
	m = result_plain(7, 1, END_LOST, 0, 9, "why");
	is_int(execfile_add(other, m, &e), 0, "a result");
	msg_free(m);
	m = result_plain(7, 1, END_EXIT, 0, 9, NULL);
	is_int(execfile_add(other, m, &e), 0, "another one");
	msg_free(m);
	is_int(execfile_read(other, &r, &e), 0, "read");
	is_str(msg_str(r.result, F_CAUSE), "lost", "the first one counts");
	execfile_release(&r);
	close(fd);
	is_int(execfile_lock(other, &e), 1, "the lock goes with its holder");
	is_int(execfile_remove(dir, 7, 1, &e), 0, "removed");
	is_int(execfile_remove(dir, 7, 1, &e), 0, "again is no error");
	is_int(execfile_open(dir, 7, 1, &e), -1, "not there");
	is_int(e.code, ERR_NOINPUT, "and it says so");
	close(other);
	close(dir);
}

/* ---- judgement */

static void judged(struct outcome o, const char *cause, int code, int sig, const char *what)
{
	struct usage none = { .oom = false };
	struct msg *m;

	o.job = o.number = 1;
	if (o.usage == NULL)
		o.usage = &none;
	m = result_make(&o);
	is_str(msg_str(m, F_CAUSE), cause, "%s: cause", what);
	is_int(msg_has(m, F_EXIT_CODE) ? (int)msg_u64(m, F_EXIT_CODE, 0) : -1, code,
	    "%s: exit code", what);
	is_int(msg_has(m, F_SIGNAL) ? (int)msg_u64(m, F_SIGNAL, 0) : -1, sig, "%s: signal", what);
	msg_free(m);
}

static void test_judgement(void)
{
	struct usage oom = { .oom = true };
	struct failure f = { .cause = END_NOT_FOUND, .exit_code = 127, .text = "x: none" };
	int three = W_EXITCODE(3, 0), nine = W_EXITCODE(0, 9), zero = W_EXITCODE(0, 0);

	judged((struct outcome){ .ladder_cause = -1, .has_status = true, .status = three }, "exit",
	    3, -1, "an end");
	judged((struct outcome){ .ladder_cause = -1, .has_status = true, .status = nine }, "signal",
	    -1, 9, "a signal");
	judged((struct outcome){ .ladder_cause = END_TIMEOUT, .has_status = true, .status = zero },
	    "timeout", 0, -1, "a good end after the limit");
	judged((struct outcome){ .ladder_cause = -1, .has_status = true, .status = nine,
	    .usage = &oom }, "oom", -1, 9, "killed for its memory");
	judged((struct outcome){ .ladder_cause = -1, .has_status = true, .status = zero,
	    .usage = &oom }, "exit", 0, -1, "a child was, but it says all is well");
	judged((struct outcome){ .ladder_cause = END_KILLED, .has_status = true, .status = nine,
	    .usage = &oom }, "killed", -1, 9, "we were first");
	judged((struct outcome){ .ladder_cause = END_KILLED, .gave_up = true }, "unkillable", -1,
	    -1, "not to be ended");
	judged((struct outcome){ .failure = &f, .ladder_cause = -1, .has_status = true,
	    .status = three }, "not_found", 127, -1, "not begun");
}

static void test_meta(void)
{
	struct msg *start = msg_new(MSG_W_START), *result = msg_new(MSG_W_RESULT);
	struct uuid u;
	struct buf b;

	uuid_parse("019aae5c-7c00-7a01-8f3e-2b7d90c4e511", &u);
	msg_add_u64(start, F_JOB, 4711);
	msg_add_u64(start, F_EXECUTION, 2);
	msg_add_uuid(start, F_UUID, &u);
	msg_add(start, F_USER, "anna");
	msg_add(start, F_NAME, "a \"name\"");
	msg_add_u64(start, F_ATTEMPT, 1);
	msg_add(result, F_CAUSE, "signal");
	msg_add_u64(result, F_SIGNAL, 9);
	msg_add_i64(result, F_AT, INT64_C(1795428005123));
	msg_add_u64(result, F_CPU_MS, 1234);
	msg_add_u64(result, F_MAX_RSS, 1536);
	msg_add_u64(result, F_OUT_BYTES, 3);
	buf_init(&b, 4096);
	meta_make(&b, start, result, "node-07");
	is_str(b.data, "{\n  \"schema\": \"job/1\",\n  \"job_id\": 4711,\n"
	    "  \"job_uuid\": \"019aae5c-7c00-7a01-8f3e-2b7d90c4e511\",\n"
	    "  \"job_name\": \"a \\\"name\\\"\",\n  \"user\": \"anna\",\n  \"execution\": 2,\n"
	    "  \"attempt\": 1,\n  \"worker_node_id\": \"node-07\",\n"
	    "  \"started_at\": \"2026-11-23T10:00:05.123Z\",\n  \"completed_at\": null,\n"
	    "  \"duration_ms\": null,\n  \"cause\": \"signal\",\n  \"exit_code\": null,\n"
	    "  \"signal\": 9,\n  \"cpu_seconds\": 1.234,\n  \"max_rss_mb\": 1.5,\n"
	    "  \"stdout_bytes\": 3,\n  \"stderr_bytes\": null\n}\n", "what stands in the metadata");
	buf_release(&b);
	msg_free(start);
	msg_free(result);
}

int main(void)
{
	test_flow();
	test_full();
	test_broken();
	test_names();
	test_record();
	test_judgement();
	test_meta();
	for (int i = 0; i < 2; i++)
		buf_release(&cup.got[i]);
	return tap_done();
}
