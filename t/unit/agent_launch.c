/* agent_launch: orders made into arguments, files and an environment, or refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/launch.h"
#include "base/alloc.h"
#include "tap.h"

static char name[] = "anna", home[] = "/home/anna", shell[] = "/bin/bash";
static const struct user user = { .uid = 1000, .gid = 100, .name = name, .home = home,
	.shell = shell };
static const struct launch_host host = { .worker = "node/7", .dir = "/var/w", .token = "t.1",
	.user = &user, .now = INT64_C(1795428005000) };

static struct msg *start_new(const struct msg *launch)
{
	struct msg *m = msg_new(MSG_W_START);
	struct uuid u;
	struct buf b;

	uuid_new(&u);
	msg_add_u64(m, F_JOB, 4711);
	msg_add_u64(m, F_EXECUTION, 1);
	msg_add_u64(m, F_EPOCH, 1);
	msg_add_uuid(m, F_INSTANCE, &u);
	msg_add_uuid(m, F_UUID, &u);
	msg_add(m, F_USER, "anna");
	msg_add_u64(m, F_UID, 1000);
	msg_add_u64(m, F_ATTEMPT, 3);
	if (launch != NULL) {
		buf_init(&b, 1 << 20);
		msg_encode(launch, &b);
		msg_set_body(m, b.data, b.len);
		buf_release(&b);
	}
	return m;
}

static void expands(const char *pattern, const char *want)
{
	struct msg *m = start_new(NULL);
	struct err e = { .code = ERR_NONE };
	char *got;

	msg_add(m, F_NAME, "x/y");
	got = launch_expand(pattern, m, &host, &e);
	is_str(got, want, "%s%s%s", pattern, e.text[0] != '\0' ? ": " : "", e.text);
	free(got);
	msg_free(m);
}

static void test_patterns(void)
{
	char day[32], long_one[5000];
	time_t now = host.now / 1000;
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	expands("plain", "plain");
	expands("%j.%A.%a.%n", "4711.4711.0.3");
	expands("%x-%u-%w", "x_y-anna-node_7");
	expands("%Y-%m-%d", day);
	expands("100%%", "100%");
	expands("", NULL);
	expands("%", NULL);
	expands("a%", NULL);
	expands("%z", NULL);
	memset(long_one, 'a', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	expands(long_one, NULL);
}

static int make(struct launch *l, struct msg *start, struct msg *launch, const char *what)
{
	struct err e = { .code = ERR_NONE };
	int r = launch_make(l, start, &host, &e);

	ok((r == -1) == (e.code != ERR_NONE), "%s: %s", what, e.text);
	msg_free(launch);
	return r;
}

static void test_command(void)
{
	struct msg *launch = msg_new(MSG_LAUNCH), *start;
	struct launch l;

	msg_add(launch, F_ARG, "/bin/echo");
	msg_add(launch, F_ARG, "");
	msg_add(launch, F_ARG, "two words");
	msg_add(launch, F_UMASK, "63");
	msg_add(launch, F_STDOUT, "out.%j");
	msg_add(launch, F_STDERR, "/tmp/err");
	msg_add(launch, F_ENV, "A=1");
	msg_add(launch, F_ENV, "A=2");
	msg_add(launch, F_ENV, "JOB_FENCE=9");
	msg_add(launch, F_ENV, "=x");
	start = start_new(launch);
	msg_add_u64(start, F_TIME, 1500);
	msg_add_u64(start, F_KILL_SIGNAL, 200);
	msg_add_u64(start, F_CPUS, 2000);
	msg_add_u64(start, F_MEM, 64);
	msg_add(start, F_LOG_DIR, "/log/4711/1");
	is_int(make(&l, start, launch, "a command"), 0, "is taken");
	ok(strcmp(l.argv[0], "/bin/echo") == 0 && strcmp(l.argv[1], "") == 0 &&
	    strcmp(l.argv[2], "two words") == 0 && l.argv[3] == NULL, "its arguments");
	is_str(l.dir, "/home/anna", "without a folder it starts at home");
	is_int(l.mask, 077, "its umask");
	is_str(l.out, "out.4711", "its output");
	ok(l.in == NULL && !l.append && l.script == NULL, "no input, no script, a new file");
	is_int(l.time, 1500, "its limit");
	is_int(l.kill_signal, 15, "a signal that is none is TERM");
	is_int(l.grace, 30000, "the grace when nothing is said");
	is_int(l.mem, 64, "its memory");
	is_int(l.cpus, 0, "its processors are not held");
	is_str(launch_getenv(&l, "A"), "2", "the last of equal names counts");
	is_str(launch_getenv(&l, "JOB_FENCE"), "1", "ours are not overridden");
	is_str(launch_getenv(&l, "JOB_STDOUT"), "/home/anna/out.4711", "where its output is");
	is_str(launch_getenv(&l, "JOB_STDERR"), "/tmp/err", "and its messages");
	is_str(launch_getenv(&l, "JOB_END_BY"), "1795428006", "when it has to be done");
	is_str(launch_getenv(&l, "JOB_CPUS"), "2", "a whole number has no point");
	is_str(launch_getenv(&l, "PATH"), "/usr/local/bin:/usr/bin:/bin", "PATH");
	ok(launch_getenv(&l, "JOB_QUEUE") == NULL && launch_getenv(&l, "") == NULL,
	    "what is not known is not set");
	is_str(l.env[0], "JOB_COOKIE=t.1", "the cookie is in front");
	launch_release(&l);
	msg_free(start);
}

static void test_script(void)
{
	struct msg *launch = msg_new(MSG_LAUNCH), *start;
	struct launch l;

	msg_add_u64(launch, F_SCRIPT, 1);
	msg_add(launch, F_ARG, "arg");
	msg_add(launch, F_CHDIR, "/tmp");
	msg_set_body(launch, "echo\n", 5);
	start = start_new(launch);
	is_int(make(&l, start, launch, "a script"), 0, "is taken");
	ok(strcmp(l.argv[0], "/bin/sh") == 0 && strcmp(l.argv[1], "/var/w/scripts/4711.1") == 0 &&
	    strcmp(l.argv[2], "arg") == 0 && l.argv[3] == NULL, "the shell reads it");
	is_str(launch_getenv(&l, "JOB_STDOUT"), NULL, "without a log there is no output");
	launch_release(&l);
	msg_free(start);
}

static void refused(struct msg *start, struct msg *launch, const char *what)
{
	struct launch l;

	is_int(make(&l, start, launch, what), -1, "%s is refused", what);
	msg_free(start);
}

static struct msg *echo(void)
{
	struct msg *m = msg_new(MSG_LAUNCH);

	msg_add(m, F_ARG, "/bin/echo");
	return m;
}

static void test_refused(void)
{
	struct msg *m = msg_new(MSG_LAUNCH), *start;

	refused(start_new(NULL), NULL, "no block");
	refused(start_new(m), m, "no command");
	m = msg_new(MSG_LAUNCH);
	msg_add(m, F_ARG, "");
	refused(start_new(m), m, "an empty name");
	m = msg_new(MSG_LAUNCH);
	msg_add_u64(m, F_SCRIPT, 1);
	refused(start_new(m), m, "no script");
	m = echo();
	msg_add(m, F_CHDIR, "relative");
	refused(start_new(m), m, "a relative folder");
	m = echo();
	msg_add(m, F_STDIN, "%q");
	refused(start_new(m), m, "a bad pattern");
	start = start_new(NULL);
	msg_set_body(start, "nonsense", 8);
	refused(start, NULL, "a block that is none");
	m = msg_new(MSG_W_PING);
	msg_add_u64(m, F_SEQ, 1);
	refused(start_new(m), m, "a block of another kind");
}

static void test_settings(void)
{
	struct msg *launch = echo(), *start;
	struct launch l;

	msg_add(launch, F_ARG, "a b");
	msg_add(launch, F_CHDIR, "/gone");
	msg_add(launch, F_CHDIR_MISSING, "home");
	msg_add_u64(launch, F_SCRATCH, 1);
	msg_add_u64(launch, F_LOGIN, 1);
	msg_add_i64(launch, F_NICE, -3);
	msg_add(launch, F_RLIMIT, "core=0");
	msg_add(launch, F_WARN, "B:USR1@2s");
	msg_add(launch, F_RES, "fpga.x-1=1");	/* as submitted, and changed since */
	msg_add(launch, F_ENV, "JOB_RES_OTHER=1");
	msg_add(launch, F_ENV, "TMPDIR=/elsewhere");
	start = start_new(launch);
	msg_add(start, F_RES, "fpga.x-1=2");
	is_int(make(&l, start, launch, "settings"), 0, "are taken");
	is_str(l.file, "/bin/bash", "a login is by the user's shell");
	ok(strcmp(l.argv[0], "-bash") == 0 && strcmp(l.argv[1], "-c") == 0 &&
	    strcmp(l.argv[3], "/bin/echo") == 0 && strcmp(l.argv[4], "a b") == 0 &&
	    l.argv[5] == NULL, "which becomes the program");
	is_str(l.scratch, "/var/w/scratch/4711.1", "a folder of its own");
	is_str(launch_getenv(&l, "TMPDIR"), l.scratch, "for temporary files");
	is_str(launch_getenv(&l, "JOB_DIR"), l.scratch, "and by its name");
	is_str(launch_getenv(&l, "JOB_RES_FPGA_X_1"), "2", "a resource's name as a variable's");
	is_str(launch_getenv(&l, "JOB_RES_OTHER"), NULL, "others of this kind are not inherited");
	ok(l.nice == -3 && l.nrlimits == 1 && l.warn.before == 2000 && l.warn.main_only,
	    "the rest");
	is_int(l.missing, MISSING_HOME, "what to do without the folder");
	launch_release(&l);
	msg_free(start);
}

static void test_move(void)
{
	struct msg *launch = echo(), *start;
	struct launch l;

	msg_add(launch, F_CHDIR, "/gone");
	msg_add(launch, F_STDOUT, "out");
	start = start_new(launch);
	is_int(make(&l, start, launch, "a folder"), 0, "is taken");
	launch_move(&l, "/home/anna", start, &host);
	is_str(launch_getenv(&l, "JOB_DIR"), "/home/anna", "after a move it is another");
	is_str(launch_getenv(&l, "JOB_STDOUT"), "/home/anna/out", "and so is its output");
	launch_release(&l);
	msg_free(start);
	launch = echo();
	msg_add(launch, F_RLIMIT, "cores=0");
	refused(start_new(launch), launch, "a limit that is none");
	launch = echo();
	msg_add(launch, F_WARN, "x");
	refused(start_new(launch), launch, "a warning that is none");
}

/* Many variables do not take long: each is found by its name's hash. */
static void test_many(void)
{
	struct msg *launch = echo(), *start;
	struct launch l;
	int n = 0;

	for (int i = 0; i < 20000; i++)
		msg_addf(launch, F_ENV, "V%d=%d", i, i);
	start = start_new(launch);
	is_int(make(&l, start, launch, "20000 variables"), 0, "are taken");
	while (l.env[n] != NULL)
		n++;
	ok(n > 20000, "%d of them", n);
	is_str(launch_getenv(&l, "V19999"), "19999", "the last");
	launch_release(&l);
	msg_free(start);
}

int main(void)
{
	test_patterns();
	test_command();
	test_script();
	test_refused();
	test_settings();
	test_move();
	test_many();
	return tap_done();
}
