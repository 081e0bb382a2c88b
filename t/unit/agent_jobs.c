/*
 * agent_jobs: what a job gets and how its end is told, through a real daemon.
 *
 * Each check is a job that looks at itself and writes what it saw to its log, or to
 * a file in the test's folder.
 */
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "play.h"
#include "tap.h"

#define SH(text) (const char *const[]){ "/bin/sh", "-c", text, NULL }
#define ARGV(...) (const char *const[]){ __VA_ARGS__, NULL }

static struct play p;
static const char *dir, *work;		/* the agent's, the jobs' */
static uint64_t last;

struct job {
	struct msg *start, *launch;
	char log[256];
};

static struct job job_new(const char *const *argv, const char *script)
{
	struct job j = { .start = play_start(&p, ++last, 1), .launch = play_launch(argv, script) };

	snprintf(j.log, sizeof(j.log), "%s/log/%" PRIu64, work, last);
	msg_add(j.start, F_LOG_DIR, j.log);
	return j;
}

static void job_order(struct job *j)
{
	if (!msg_has(j->launch, F_CHDIR))
		msg_add(j->launch, F_CHDIR, work);
	play_order(&p, j->start, j->launch);
	play_send(&p);
}

/* Waits for its result and acknowledges it. */
static struct msg *job_end(uint64_t id)
{
	struct msg *m = play_await(&p, MSG_W_RESULT, id, PLAY_MS);

	if (m == NULL) {
		ok(false, "job %d has a result", (int)id);
		exit(tap_done());
	}
	play_ack(&p, id, msg_u64(m, F_EXECUTION, 0));
	play_send(&p);
	return m;
}

static struct msg *job_run(struct job *j)
{
	job_order(j);
	return job_end(last);
}

static void ends(struct msg *m, const char *cause, int code, const char *what)
{
	is_str(msg_str(m, F_CAUSE), cause, "%s: %s", what, msg_has(m, F_TEXT) ?
	    msg_str(m, F_TEXT) : "");
	if (code >= 0)
		is_int(msg_u64(m, F_EXIT_CODE, 999), code, "%s: exit code", what);
	msg_free(m);
}

static const char *content(const char *folder, const char *name)
{
	static struct buf b;
	char path[512];

	if (b.max == 0)
		buf_init(&b, 256 << 20);
	buf_reset(&b);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (file_read(AT_FDCWD, path, &b, NULL) == -1)
		return "(no file)";
	return b.data != NULL ? b.data : "";
}

static bool exists(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* ---- ends */

static void test_ends(void)
{
	struct job j = job_new(SH("exit 0"), NULL);
	struct msg *m = job_run(&j);

	ok(msg_i64(m, F_AT, 0) > 0 && msg_i64(m, F_ENDED, 0) >= msg_i64(m, F_AT, 0), "its times");
	is_str(msg_str(m, F_LIMITS), "none", "its limits");
	ok(msg_u64(m, F_MAX_RSS, 0) > 100, "its memory");
	ends(m, "exit", 0, "a good end");
	ok(!exists(j.log, ""), "who writes nothing leaves no log folder");
	j = job_new(SH("exit 37"), NULL);
	ends(job_run(&j), "exit", 37, "exit 37");
	j = job_new(SH("kill -SEGV $$"), NULL);
	m = job_run(&j);
	is_int(msg_u64(m, F_SIGNAL, 0), SIGSEGV, "its signal");
	ok(!msg_has(m, F_EXIT_CODE), "and no exit code");
	ends(m, "signal", -1, "a signal");
	j = job_new(ARGV("true"), NULL);
	ends(job_run(&j), "exit", 0, "found in PATH");
	j = job_new(SH("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done"), NULL);
	m = job_run(&j);
	ok(msg_u64(m, F_CPU_MS, 0) > 10, "its processor time: %d ms", (int)msg_u64(m, F_CPU_MS, 0));
	msg_free(m);
}

static void test_not_started(void)
{
	struct job j = job_new(ARGV("/no/such/program"), NULL);
	struct msg *m = job_run(&j);

	ok(!msg_has(m, F_AT), "it has not begun");
	ends(m, "not_found", 127, "a missing program");
	j = job_new(ARGV("no-such-program"), NULL);
	ends(job_run(&j), "not_found", 127, "not in PATH");
	j = job_new(ARGV("/etc/passwd"), NULL);
	ends(job_run(&j), "not_executable", 126, "not executable");
	j = job_new(ARGV("/tmp"), NULL);
	ends(job_run(&j), "not_executable", 126, "a folder");
	j = job_new(SH("exit 0"), NULL);
	msg_add(j.launch, F_CHDIR, "/no/such/folder");
	ends(job_run(&j), "directory", 125, "a missing folder");
	j = job_new(SH("exit 0"), NULL);
	msg_add(j.launch, F_STDIN, "/no/such/file");
	ends(job_run(&j), "launch", 125, "a missing input");
	j = job_new(SH("exit 0"), NULL);
	msg_add(j.launch, F_STDOUT, "/no/such/folder/out");
	ends(job_run(&j), "launch", 125, "output to nowhere");
	j = job_new(SH("exit 0"), NULL);
	msg_add(j.launch, F_STDOUT, "out.%z");
	ends(job_run(&j), "launch", 125, "an unknown pattern");
	j = job_new(NULL, NULL);
	ends(job_run(&j), "launch", 125, "no command");
	j = job_new(NULL, "");
	ends(job_run(&j), "launch", 125, "an empty script");
}

/* A FIFO that nobody has open at its other end: a job must not wait for one in open(2). */
static void test_fifo(void)
{
	static const struct {
		enum msg_field field;
		const char *what;
	} rows[] = {
		{ F_STDIN, "nobody writes to this FIFO" },
		{ F_STDOUT, "nobody reads from this FIFO" },
		{ F_STDERR, "nobody reads from this FIFO" },
	};
	char path[512], got[16] = "";
	struct msg *m;
	struct job j;
	int fd;

	snprintf(path, sizeof(path), "%s/fifo", work);
	ok(mkfifo(path, 0600) == 0, "a FIFO");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		j = job_new(SH("exit 0"), NULL);
		msg_add(j.launch, rows[i].field, path);
		m = job_run(&j);
		ok(msg_has(m, F_TEXT) && strstr(msg_str(m, F_TEXT), rows[i].what) != NULL, "%s",
		    rows[i].what);
		ends(m, "launch", 125, rows[i].what);
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	ok(write(fd, "in\n", 3) == 3, "somebody writes");
	j = job_new(SH("read x; echo $x; [ \"$x\" = in ]"), NULL);
	msg_add(j.launch, F_STDIN, path);
	msg_add(j.launch, F_STDOUT, path);
	ends(job_run(&j), "exit", 0, "with both ends open it is read, to the last byte");
	ok(read(fd, got, sizeof(got) - 1) == 3, "and written to");
	is_str(got, "in\n", "by the job");
	j = job_new(SH("read x; [ \"$x\" = late ]"), NULL);
	msg_add(j.launch, F_STDIN, path);
	job_order(&j);
	msg_free(play_await(&p, MSG_W_STARTED, last, PLAY_MS));
	ok(write(fd, "late\n", 5) == 5, "later");
	ends(job_end(last), "exit", 0, "its descriptor waits as usual");
	close(fd);
}

/* ---- what it gets */

/* The names of the descriptors that ls has, one after the other. */
static void test_descriptors(void)
{
	struct job j = job_new(ARGV("/bin/ls", "-l", "/proc/self/fd"), NULL);
	char got[256] = "";
	const char *s;

	ends(job_run(&j), "exit", 0, "descriptors");
	for (s = content(j.log, "stdout.log"); (s = strstr(s, " -> ")) != NULL; s += 4)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%c %.5s ", s[-1], s + 4);
	is_str(got, "0 /dev/ 1 pipe: 2 pipe: 3 /proc ", "0, 1, 2, and the folder that it lists");
	j = job_new(ARGV("/bin/grep", "-h", "Sig[BI]", "-", "/proc/self/status"), NULL);
	ends(job_run(&j), "exit", 0, "signals");
	is_str(content(j.log, "stdout.log"),
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n",
	    "an empty input, and no signal is blocked or ignored");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *sorted(char *text)
{
	static struct buf b;
	char *lines[100], *line;
	size_t n = 0;

	while ((line = strsep(&text, "\n")) != NULL && n < 100) {
		if (line[0] != '\0')
			lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), by_text);
	if (b.max == 0)
		buf_init(&b, 65536);
	buf_reset(&b);
	for (size_t i = 0; i < n; i++) {
		/* What differs from run to run. */
		if (strncmp(lines[i], "JOB_COOKIE=", 11) == 0)
			lines[i][11 + 36] = '\0';
		if (strncmp(lines[i], "JOB_END_BY=", 11) == 0)
			lines[i][11 + 2] = '\0';
		buf_addf(&b, "%s\n", lines[i]);
	}
	return b.data;
}

static void test_environment(void)
{
	struct job j = job_new(ARGV("/usr/bin/env"), NULL);
	const struct passwd *pw = getpwuid(geteuid());
	char journal[UUID_TEXT], *want, *got;
	const char *tz = getenv("TZ"), *lang = getenv("LANG");

	msg_add(j.start, F_NAME, "n a m e");
	msg_add_u64(j.start, F_CPUS, 1500);
	msg_add_u64(j.start, F_TIME, 60000);
	msg_add_u64(j.start, F_PRIORITY, 7);
	msg_add(j.start, F_STATUS, "3");
	msg_add(j.start, F_REASON, "NonZeroExit");
	msg_add(j.launch, F_ENV, "MINE=a\nb");
	msg_add(j.launch, F_ENV, "PATH=/bin:/usr/bin");
	msg_add(j.launch, F_ENV, "JOB_ID=77");
	msg_add(j.launch, F_ENV, "JOB_QUEUE=outer");
	msg_add(j.launch, F_ENV, "JOB_ARRAY_INDEX=3");
	msg_add(j.launch, F_SUBMIT_HOST, "here");
	uuid_format(&p.journal, journal);
	ends(job_run(&j), "exit", 0, "environment");
	got = xstrdup(content(j.log, "stdout.log"));
	want = xasprintf("HOME=%s\nJOB_ARRAY_INDEX=3\nJOB_ATTEMPT=1\nJOB_COOKIE=%s\nJOB_CPUS=1.5\n"
	    "JOB_DIR=%s\nJOB_DISK_MB=0\nJOB_END_BY=17\nJOB_FENCE=1\nJOB_GPUS=0\nJOB_ID=%" PRIu64
	    "\nJOB_LOG_DIR=%s\nJOB_MAX_ATTEMPTS=1\nJOB_MEM_MB=0\nJOB_NAME=n a m e\n"
	    "JOB_PREV_REASON=NonZeroExit\nJOB_PREV_STATUS=3\nJOB_PRIORITY=7\nJOB_REQUEUES=0\n"
	    "JOB_STDERR=%s/stderr.log\nJOB_STDOUT=%s/stdout.log\nJOB_SUBMIT_HOST=here\n"
	    "JOB_TIME_LIMIT=60\nJOB_USER=%s\nJOB_VERSION=" JOB_VERSION "\nJOB_WORKER=local\n"
	    "LANG=%s\nLOGNAME=%s\nMINE=a\nPATH=/bin:/usr/bin\nSHELL=%s\nTMPDIR=/tmp\n%s%s%s"
	    "USER=%s\nb\n", pw->pw_dir, journal, work, last, j.log, j.log, j.log, pw->pw_name,
	    lang != NULL ? lang : "C.UTF-8", pw->pw_name, pw->pw_shell, tz != NULL ? "TZ=" : "",
	    tz != NULL ? tz : "", tz != NULL ? "\n" : "", pw->pw_name);
	is_str(sorted(got), want, "all of it, and nothing else");
	free(got);
	free(want);
}

static void test_surroundings(void)
{
	struct job j = job_new(SH("pwd; umask; ps -o pid=,pgid=,sid= -p $$ | tr -s ' ' '\\n' | "
	    "sort -u | grep -c .; ulimit -Sn"), NULL);
	char want[512];
	long files = sysconf(_SC_OPEN_MAX);

	msg_add_u64(j.launch, F_UMASK, 027);
	ends(job_run(&j), "exit", 0, "surroundings");
	snprintf(want, sizeof(want), "%s\n0027\n1\n%ld\n", work, files);
	is_str(content(j.log, "stdout.log"), want, "folder, umask, a session of its own, limits");
}

static void test_scripts(void)
{
	struct job j = job_new(ARGV("one", "two words"), "echo \"$# $2 $0\"; exit 3\n");
	char want[512];

	ends(job_run(&j), "exit", 3, "a script without #!");
	snprintf(want, sizeof(want), "2 two words %s/scripts/%" PRIu64 ".1\n", dir, last);
	is_str(content(j.log, "stdout.log"), want, "is read by the shell, with its arguments");
	snprintf(want, sizeof(want), "scripts/%" PRIu64 ".1", last);
	ok(!exists(dir, want), "and removed afterwards");
	j = job_new(ARGV("/no/such/file"), "#!/bin/cat -n\nsecond line\n");
	ends(job_run(&j), "exit", 1, "a script with #! and a file that is missing");
	is_str(content(j.log, "stdout.log"), "     1\t#!/bin/cat -n\n     2\tsecond line\n",
	    "is read by whom it names");
	j = job_new(NULL, "#!/no/such/interpreter\n");
	ends(job_run(&j), "not_found", 127, "one that names nobody");
}

/* ---- output */

static void test_output(void)
{
	struct job j = job_new(SH("echo out; echo err >&2"), NULL);
	struct msg *m = job_run(&j);
	const char *meta;
	struct stat st;

	is_int(msg_u64(m, F_OUT_BYTES, 0), 4, "bytes of stdout");
	is_int(msg_u64(m, F_ERR_BYTES, 0), 4, "bytes of stderr");
	msg_free(m);
	is_str(content(j.log, "stdout.log"), "out\n", "stdout");
	is_str(content(j.log, "stderr.log"), "err\n", "stderr");
	meta = content(j.log, "execution_metadata.json");
	ok(strstr(meta, "\"cause\": \"exit\"") != NULL && strstr(meta,
	    "\"stdout_bytes\": 4") != NULL, "metadata: %s", meta);
	ok(stat(j.log, &st) == 0 && (st.st_mode & 07777) == 0700, "the folder is private");
	j = job_new(SH("echo only >&2"), NULL);
	msg_free(job_run(&j));
	ok(exists(j.log, "stderr.log") && !exists(j.log, "stdout.log"), "only what was written to");
	j = job_new(SH("exec >&- 2>&-; sleep 0.05; exit 4"), NULL);
	ends(job_run(&j), "exit", 4, "a job that closes its output");
}

static void test_patterns(void)
{
	struct job j = job_new(SH("echo out; echo err >&2; echo out"), NULL);
	char name[256], day[16];
	time_t now = time(NULL);
	struct tm tm;

	msg_add(j.start, F_NAME, "a/b");
	msg_add(j.launch, F_STDOUT, "o.%j.%A.%a.%n.%x.%u.%w.%Y%m%d.%%");
	msg_add(j.launch, F_STDERR, "e.%j");
	localtime_r(&now, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	ends(job_run(&j), "exit", 0, "files of the user's");
	snprintf(name, sizeof(name), "o.%" PRIu64 ".%" PRIu64 ".0.1.a_b.%s.local.%s.%%", last, last,
	    getpwuid(geteuid())->pw_name, day);
	is_str(content(work, name), "out\nout\n", "stdout is in %s", name);
	snprintf(name, sizeof(name), "e.%" PRIu64, last);
	is_str(content(work, name), "err\n", "stderr is in %s", name);
	ok(!exists(j.log, ""), "and there is no log folder");
	j = job_new(SH("echo new; echo two >&2"), NULL);
	msg_add(j.launch, F_STDOUT, name);
	msg_add(j.launch, F_STDERR, name);
	msg_free(job_run(&j));
	is_str(content(work, name), "new\ntwo\n", "both in one file, which is written anew");
	j = job_new(SH("echo more"), NULL);
	msg_add(j.launch, F_STDOUT, name);
	msg_add_u64(j.launch, F_APPEND, 1);
	msg_free(job_run(&j));
	is_str(content(work, name), "new\ntwo\nmore\n", "unless it is to be appended");
	j.start = play_start(&p, last, 2);
	j.launch = play_launch(SH("echo again; cat"), NULL);
	msg_add(j.launch, F_STDOUT, name);
	msg_add(j.launch, F_STDIN, "/etc/hostname");
	job_order(&j);
	ends(job_end(last), "exit", 0, "a second execution, with an input");
	ok(strncmp(content(work, name), "new\ntwo\nmore\nagain\n", 19) == 0,
	    "never wipes out the first");
}

static bool is_small(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	char path[64];
	const char *s;
	struct buf b;
	long kib = -1;

	buf_init(&b, 65536);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(AT_FDCWD, path, &b, NULL) == 0 && (s = strstr(b.data, "VmRSS:")) != NULL)
		kib = strtol(s + 6, NULL, 10);
	buf_release(&b);
	ok(getenv("ASAN_OPTIONS") != NULL || kib < 16384, "a supervisor of %ld KiB", kib);
	return true;
}

/* 100 MB on one stream, 10 on the other, faster than anybody reads. */
static void test_large(void)
{
	struct job j = job_new(SH("head -c 10000000 /dev/zero >&2 & "
	    "head -c 100000000 /dev/zero; wait; echo $PPID >ppid; head -c 7 /dev/zero; "
	    "while [ ! -e go ]; do sleep 0.01; done"), NULL);
	struct msg *m;
	struct stat st;
	char path[512];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/ppid", work);
	job_order(&j);
	for (int i = 0; i < 2000 && access(path, F_OK) == -1; i++)
		usleep(10000);
	pid = (pid_t)strtol(content(work, "ppid"), NULL, 10);
	is_small(&pid);
	snprintf(path, sizeof(path), "%s/go", work);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	m = job_end(last);
	is_int(msg_u64(m, F_OUT_BYTES, 0), 100000007, "100 MB counted");
	is_int(msg_u64(m, F_ERR_BYTES, 0), 10000000, "10 MB counted");
	msg_free(m);
	snprintf(path, sizeof(path), "%s/stdout.log", j.log);
	ok(stat(path, &st) == 0 && st.st_size == 100000007, "100 MB kept");
	unlink(path);
}

int main(void)
{
	dir = tap_tmpdir();
	work = tap_tmpdir();
	play_init(&p);
	p.daemon = play_daemon(dir, NULL);
	if (p.daemon == 0 || play_connect(&p, dir) == -1 || play_attach(&p, NULL, NULL) == -1) {
		ok(false, "a daemon to play with");
		return tap_done();
	}
	test_ends();
	test_not_started();
	test_fifo();
	test_descriptors();
	test_environment();
	test_surroundings();
	test_scripts();
	test_output();
	test_patterns();
	test_large();
	play_release(&p);
	play_stop(p.daemon);
	return tap_done();
}
