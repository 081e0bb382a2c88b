/*
 * jobsub's options made into a SUBMIT message: every row, the precedence of sources,
 * what is refused and with which words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/submit.h"
#include "tap.h"

#define NOW INT64_C(1795428000000)	/* 2026-11-23T10:00:00Z */
#define WORDS_MAX 32

static const char *const surroundings[] = { "PATH=/bin", "HOME=/home/ann", "JOB_ID=3", NULL };

/* A file of the environment, as --env-file reads it. */
static int file_of_tests(const char *path, struct buf *b, struct err *e)
{
	if (strcmp(path, "none") == 0)
		return err_set(e, ERR_NOINPUT, "none: it is not there");
	return buf_adds(b, strcmp(path, "bad") == 0 ? "A=1\nB C\n" :
	    "# a comment\n\nA=from a file, 'as it is'\nHOME\nUNSET\nB=\n");
}

static const struct submit_context context = {
	.now = NOW, .cwd = "/home/ann", .environ_ = surroundings, .file = file_of_tests
};

static const char *const usage[] = { "", NULL };

/* Takes a line of words apart by blanks; the storage lives until the test ends. */
static int line_take(struct submit_options *o, enum submit_source source, const char *line,
    struct err *e)
{
	static char text[16][512];
	static char *argv[16][WORDS_MAX];
	static size_t turn;
	struct program p = { "jobsub", usage, "", submit_opts(source), false };
	struct submit_place place = { o, source };
	char *rest, *word, **v = argv[turn % 16];
	int n = 1;

	snprintf(text[turn % 16], sizeof(text[0]), "%s", line);
	rest = text[turn++ % 16];
	v[0] = NULL;
	while ((word = strsep(&rest, " ")) != NULL && n < WORDS_MAX - 1) {
		if (*word != '\0')
			v[n++] = word;
	}
	v[n] = NULL;
	return opts_parse(&p, n, v, submit_take, &place, e) == -1 ? -1 : 0;
}

/* The message's fields as "name=value name=value" in their order, or the error's text. */
static const char *message(const char *script, const char *line)
{
	static char out[2048];
	struct submit_options *o = submit_options_new();
	struct msg *m = msg_new(MSG_SUBMIT);
	struct err e = { 0 };
	const char *value;
	enum msg_field f;
	struct buf b;
	size_t iter = 0;

	buf_init(&b, sizeof(out) - 1);
	if ((script != NULL && line_take(o, FROM_SCRIPT, script, &e) == -1) ||
	    line_take(o, FROM_COMMAND_LINE, line, &e) == -1 ||
	    submit_message(o, &context, m, &e) == -1)
		buf_addf(&b, "%d: %s", e.code, e.text);
	while (e.code == ERR_NONE && msg_each(m, &iter, &f, &value))
		buf_addf(&b, "%s%s=%s", b.len > 0 ? " " : "", msg_field_name(f), value);
	snprintf(out, sizeof(out), "%s", b.data != NULL ? b.data : "");
	buf_release(&b);
	msg_free(m);
	submit_options_free(o);
	return out;
}

#define gives(line, want) is_str(message(NULL, line), want, "%s", line)
#define says(code, line, word) \
	do { \
		const char *said = message(NULL, line); \
		ok(code_of(said) == (code) && strstr(said, word) != NULL, "%s: %s", line, said); \
	} while (0)

static int code_of(const char *said)
{
	return (int)strtol(said, NULL, 10);
}

static void identity(void)
{
	gives("", "");
	gives("-J nightly", "name=nightly");
	gives("--name=nightly --name later", "name=later");
	gives("--tag env=prod --tag team=risk", "tag=env=prod tag=team=risk");
	gives("--tag env=prod --tag env=test", "tag=env=test");
	gives("--tag env=", "tag=env=");
	gives("--comment why", "comment=why");
	gives("--key k1 --key-scope forever", "key=k1 key_scope=forever");
	gives("-A risk -q night", "account=risk queue=night");
	says(ERR_USAGE, "--tag env", "KEY=VALUE");
	says(ERR_USAGE, "--tag =x", "KEY=VALUE");
	says(ERR_USAGE, "--name=", "--name: the value is empty");
}

static void resources(void)
{
	gives("-c 4", "cpus=4000");
	gives("-c 0.5", "cpus=500");
	gives("-m 4G", "mem=4096");
	gives("-m 100", "mem=100");
	gives("-m 1K", "mem=1");
	gives("-m 0", "mem=0");
	gives("--disk 1.5G", "disk=1536");
	gives("-G 2", "gpus=2");
	gives("--bw 100", "bw=100");
	gives("--bw 1.5G", "bw=1500");
	gives("--bw 0.2M", "bw=1");
	says(ERR_USAGE, "-c 0", "--cpus");
	says(ERR_USAGE, "-c two", "two");
	says(ERR_USAGE, "-m big", "--mem: ");
	says(ERR_USAGE, "--bw fast", "not a rate");
	says(ERR_USAGE, "--bw M", "not a rate");
	gives("-G a100:2", "gpu_type=a100 gpus=2");
	gives("-C ssd&!old --prefer zone=a -w web*,db1 -x web3 --exclusive",
	    "constraint=ssd&!old prefer=zone=a on_workers=web*,db1 not_workers=web3 exclusive=1");
	gives("-R fpga=2 --res lic=1", "res=fpga=2 res=lic=1");
	gives("-L matlab --limit db:3", "limit_token=matlab=1 limit_token=db=3");
	says(ERR_USAGE, "-G :2", "no type");
	says(ERR_USAGE, "-G a100:x", "--gpus");
	says(ERR_USAGE, "-L :2", "name is empty");
}

static void scheduling(void)
{
	gives("-p 1000", "priority=1000");
	gives("-H", "hold=1");
	gives("-H -H", "hold=1");
	gives("--at +2h", "begin=1795435200000");
	gives("--at 2026-11-24T00:00Z", "begin=1795478400000");
	gives("--deadline +1d", "deadline=1795514400000");
	gives("-t 90", "time=90000");
	gives("-t 2h30m", "time=9000000");
	gives("--queue-timeout 10m", "queue_timeout=600000");
	gives("--estimate 90", "estimate=90000");
	says(ERR_USAGE, "-p 1001", "--priority");
	says(ERR_USAGE, "-p -1", "--priority");
	says(ERR_USAGE, "--at sometime", "--at");
	says(ERR_USAGE, "-t 2x", "--time");
}

static void dependencies(void)
{
	gives("-d ok:12", "dep=ok:12");
	gives("-d ok:12:13", "dep=ok:12 dep=ok:13");
	gives("-d ok:12,notok:13,any:14", "dep=ok:12 dep=notok:13 dep=any:14");
	gives("-d success:1,failure:2,completion:3", "dep=ok:1 dep=notok:2 dep=any:3");
	gives("-d afterok:1", "dep=ok:1");
	gives("-d ok:1?any:2", "dep=ok:1 dep=any:2 dep_any=1");
	gives("-d ok:1 -d any:2", "dep=ok:1 dep=any:2");
	gives("-d ok:01936b1e-0000-7000-8000-000000000001",
	    "dep=ok:01936b1e-0000-7000-8000-000000000001");
	gives("--on-dep-fail hold", "on_dep_fail=hold");
	says(ERR_USAGE, "-d ok:1,ok:2?ok:3", "mixed");
	says(ERR_USAGE, "-d ok:1?ok:2 -d ok:3", "mixed");
	says(ERR_USAGE, "-d ok:1 -d ok:2?ok:3", "mixed");
	says(ERR_USAGE, "-d 12", "not a dependency");
	says(ERR_USAGE, "-d ok:", "not a job");
	says(ERR_USAGE, "-d ok:0", "not a job");
	says(ERR_USAGE, "-d ok:x", "not a job");
	says(ERR_USAGE, "-d ok:1,", "not a dependency");
	says(ERR_USAGE, "-d never:1", "never");
	gives("-d after:1 -d start+1.5s:2:3", "dep=start:1 dep=start+1500:2 dep=start+1500:3");
	gives("-d ok:1,singleton,singleton", "dep=ok:1 singleton=1");
	gives("--singleton", "singleton=1");
	says(ERR_USAGE, "-d ok+5:1", "only start");
	says(ERR_USAGE, "-d start+:1", "duration");
	says(ERR_USAGE, "-d start+soon:1", "soon");
}

static void retries(void)
{
	gives("-r 3 --retry-policy fixed --retry-delay 5 --retry-max-delay 1h",
	    "retries=3 retry_policy=fixed retry_delay=5000 retry_max_delay=3600000");
	gives("--retry-jitter 20%", "retry_jitter=20");
	gives("--retry-jitter 0", "retry_jitter=0");
	gives("--retry-mem 2x:64G", "retry_mem=2x:64G");
	says(ERR_USAGE, "--retry-mem 2", "is no growth");
	gives("--retry-on oom,3-5 --no-retry-on SIGSEGV --success-codes 0,3 --no-requeue",
	    "retry_on=oom,3-5 no_retry_on=SIGSEGV success_codes=0,3 no_requeue=1");
	gives("--kill-signal int --kill-grace 0", "kill_signal=2 kill_grace=0");
	says(ERR_USAGE, "--retry-jitter %", "--retry-jitter");
	says(ERR_USAGE, "-r many", "--retries");
	says(ERR_USAGE, "--kill-signal NOPE", "not a signal");
}

static void execution(void)
{
	gives("-D /tmp", "chdir=/tmp");
	gives("-D sub", "chdir=/home/ann/sub");
	gives("-E PATH,A=1", "env=PATH=/bin env=A=1");
	gives("-E ALL -E -HOME", "env=PATH=/bin");
	gives("--umask 027", "umask=23");
	gives("-u bob", "run_as=bob");
	gives("--env-type host", "env_type=vm");
	gives("-o out.%j -e err.%j -i in --append",
	    "stdout=out.%j stderr=err.%j stdin=in append=1");
	gives("--chdir-missing home --scratch --login --nice -5",
	    "chdir_missing=home scratch=1 login=1 nice=-5");
	gives("--notify failed:mail:a --notify x", "notify=failed:mail:a notify=x");
	gives("--rlimit nofile=10 --rlimit core=0:1G", "rlimit=nofile=10 rlimit=core=0:1G");
	gives("--signal B:USR1@10m", "warn=B:USR1@10m");
	gives("--log-max 64K --log-overflow kill --timestamps --pty-output",
	    "log_max=65536 log_overflow=kill timestamps=1 pty=1");
	says(ERR_USAGE, "--nice 20", "--nice");
	says(ERR_USAGE, "--log-max much", "--log-max");
	says(ERR_USAGE, "--umask 8", "umask");
	says(ERR_USAGE, "--umask 1777", "umask");
	says(ERR_USAGE, "-E A=1,,", "--env: ");
	says(ERR_UNAVAIL, "--env-type docker", "not there yet");
	says(ERR_USAGE, "--env-type moon", "moon");
}

static void later(void)
{
	static const char *const lines[] = {
		"--each-line f", "--each-json=f", "--secret A=b"
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		says(ERR_UNAVAIL, lines[i], "is not there yet");
	says(ERR_USAGE, "--mme 4G", "did you mean --mem?");
}

static void arrays(void)
{
	gives("-a 1-10", "array=1-10");
	gives("--array=1-9:2,12%5", "array=1-9:2,12 array_limit=5");
	gives("-a 3 --array-limit 2", "array_limit=2 array=3");
	says(ERR_USAGE, "-a 3%2 --array-limit 2", "says the same");
	gives("-a 3 --halt now,fail=1", "array=3 halt=now,fail=1");
	gives("-a 3 --max-fails 5%", "array=3 max_fails=5%");
	says(ERR_USAGE, "-a 9-1", "is no list of numbers");
	says(ERR_USAGE, "-a 3,1", "ascending order");
	says(ERR_USAGE, "-a 1-2000000", "more than 1000000");
	says(ERR_USAGE, "-a 1-9%0", "--array: %");
	says(ERR_USAGE, "-a 1-9%", "--array: %");
	says(ERR_USAGE, "-a %5", "is no list of numbers");
}

/* Command line before script; tags and environment add up; dependencies do not. */
static void precedence(void)
{
	is_str(message("-J script -t 60", "-J line"), "name=line time=60000", "the line wins");
	is_str(message("-J script", ""), "name=script", "the script alone");
	is_str(message("--tag a=1 --tag b=2", "--tag b=3 --tag c=4"),
	    "tag=a=1 tag=b=3 tag=c=4", "tags by name");
	is_str(message("-E HOME,A=1,B=1", "-E -HOME,B=2"), "env=A=1 env=B=2",
	    "rules of the line come after those of the script");
	is_str(message("-d ok:1,ok:2", "-d any:3"), "dep=any:3", "dependencies are replaced");
	ok(strstr(message("--spool /x", ""), "on the command line only") != NULL,
	    "a script cannot choose the spool");
	ok(strstr(message("-f x", ""), "on the command line only") != NULL, "nor another script");
	ok(strstr(message("-Hh", ""), "on the command line only") != NULL, "nor end jobsub");
	ok(strstr(message("--version", ""), "on the command line only") != NULL, "in any way");
}

static void env_files(void)
{
	gives("--env-file f", "env=A=from a file, 'as it is' env=HOME=/home/ann env=B=");
	gives("-E B=2,A=1 --env-file f -E -HOME", "env=B= env=A=from a file, 'as it is'");
	gives("--env-file f -E NONE,A=1", "env=A=1");
	says(ERR_NOINPUT, "--env-file none", "--env-file: none");
	says(ERR_DATA, "--env-file bad", "--env-file: bad: line 2: ");
}

/* What a lower source said, then what the next one says, ... up to the command line. */
static const char *layers(const char *const lines[5])
{
	static char out[512];
	struct submit_options *o = submit_options_new();
	struct msg *m = msg_new(MSG_SUBMIT);
	struct err e = { 0 };
	const char *value;
	enum msg_field f;
	size_t iter = 0, n = 0;

	out[0] = '\0';
	for (int i = 4; i >= 0; i--) {	/* in whichever order they are read */
		if (lines[i] != NULL && line_take(o, (enum submit_source)i, lines[i], &e) == -1)
			ok(false, "%s: %s", lines[i], e.text);
	}
	if (submit_message(o, &context, m, &e) == -1)
		ok(false, "%s", e.text);
	while (msg_each(m, &iter, &f, &value))
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s=%s", n > 0 ? " " : "",
		    msg_field_name(f), value);
	msg_free(m);
	submit_options_free(o);
	return out;
}

static void five_layers(void)
{
	static const struct { const char *lines[5], *want; } cases[] = {
		{ { "-J 0", "-J 1", "-J 2", "-J 3", "-J 4" }, "name=4" },
		{ { "-J 0", "-J 1", "-J 2", "-J 3", NULL }, "name=3" },
		{ { "-J 0", "-J 1", "-J 2", NULL, NULL }, "name=2" },
		{ { "-J 0", "-J 1", NULL, NULL, NULL }, "name=1" },
		{ { "-J 0", NULL, NULL, NULL, NULL }, "name=0" },
		{ { "-m 1 -p 1", "-p 2", NULL, "-c 3", "-q x" }, "queue=x cpus=3000 mem=1 "
		    "priority=2" },
		{ { "-E A=0,B=0,C=0", "-E A=1", "-E -C", "-E D=3", "-E B=4" },
		    "env=A=1 env=B=4 env=D=3" },
		{ { "--tag a=0 --tag b=0", "--tag b=1", NULL, "--tag c=3", NULL },
		    "tag=a=0 tag=b=1 tag=c=3" },
		{ { "-R a=1 -R b=1", NULL, "-R c=2", NULL, NULL }, "res=c=2" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(layers(cases[i].lines), cases[i].want, "layers %zu", i);
}

static const char *from_environment(const char *const *words)
{
	static char out[512];
	struct submit_options *o = submit_options_new();
	struct msg *m = msg_new(MSG_SUBMIT);
	struct err e = { 0 };
	const char *value;
	enum msg_field f;
	size_t iter = 0, n = 0;

	out[0] = '\0';
	if (submit_environment(o, words, &e) == -1 || submit_message(o, &context, m, &e) == -1)
		snprintf(out, sizeof(out), "%d: %s", e.code, e.text);
	while (e.code == ERR_NONE && msg_each(m, &iter, &f, &value))
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s=%s", n > 0 ? " " : "",
		    msg_field_name(f), value);
	msg_free(m);
	submit_options_free(o);
	return out;
}

#define E(...) (const char *const[]){ __VA_ARGS__, NULL }

static void environment(void)
{
	is_str(from_environment(E("A=1", "JOBSUB_MEM=4G", "JOBSUB_RETRY_DELAY=5", "JOBSUB")),
	    "mem=4096 retry_delay=5000", "options in variables");
	is_str(from_environment(E("JOBSUB_HOLD=yes", "JOBSUB_SCRATCH=0", "JOBSUB_LOGIN=")),
	    "hold=1", "flags are on or off");
	is_str(from_environment(E("JOBSUB_HOLD=maybe")),
	    "1: JOBSUB_HOLD: \"maybe\" is neither 1 nor 0", "and nothing else");
	is_str(from_environment(E("JOBSUB_MEN=4G")), "1: JOBSUB_MEN: there is no such option",
	    "a name that is none");
	is_str(from_environment(E("JOBSUB_mem=4G")), "1: JOBSUB_mem: there is no such option",
	    "names are in capitals");
	is_str(from_environment(E("JOBSUB_FILE=x")),
	    "1: JOBSUB_FILE: option --file counts on the command line only", "not everything");
}

static void parts(void)
{
	struct submit_options *o = submit_options_new();
	struct msg *m = msg_new(MSG_SUBMIT);
	struct err e;

	ok(line_take(o, FROM_SYSTEM_FILE, "-p 1 -m 1", &e) == 0 &&
	    line_take(o, FROM_ENVIRONMENT, "-p 2 -c 2", &e) == 0, "two sources");
	ok(!submit_for_job(o, FROM_USER_FILE, FROM_SCRIPT) &&
	    submit_for_job(o, FROM_SYSTEM_FILE, FROM_USER_FILE), "are told apart");
	is_int(submit_part(o, FROM_SYSTEM_FILE, FROM_SCRIPT, &context, m, &e), 0, "one of them");
	ok(msg_u64(m, F_PRIORITY, 0) == 1 && !msg_has(m, F_CPUS), "alone");
	msg_free(m);
	submit_options_free(o);
}

static void tools(void)
{
	struct submit_options *o = submit_options_new();
	struct err e;

	ok(line_take(o, FROM_SCRIPT, "--timeout 5 -Q", &e) == 0, "tools in a script");
	ok(!submit_for_job(o, FROM_SYSTEM_FILE, FROM_COMMAND_LINE), "are nothing for the job");
	ok(line_take(o, FROM_COMMAND_LINE, "-W --timeout 7 --timeout 8", &e) == 0,
	    "tools on the line");
	is_str(submit_tool(o, TOOL_WAIT), "", "a flag");
	is_str(submit_tool(o, TOOL_TIMEOUT), "8", "the last one of the line");
	is_str(submit_tool(o, TOOL_QUIET), "", "from the script");
	ok(submit_tool(o, TOOL_JSON) == NULL, "not given");
	ok(line_take(o, FROM_COMMAND_LINE, "-c 1", &e) == 0 &&
	    submit_for_job(o, FROM_SYSTEM_FILE, FROM_COMMAND_LINE),
	    "one for the job");
	submit_options_free(o);
	submit_options_free(NULL);
}

static void around(void)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	struct err e;

	is_int(submit_surroundings(&context, "host", 022, m, &e), 0, "surroundings");
	is_str(msg_str(m, F_CHDIR), "/home/ann", "the folder");
	is_str(msg_str(m, F_SUBMIT_DIR), "/home/ann", "submitted there");
	is_str(msg_str(m, F_SUBMIT_HOST), "host", "on this machine");
	is_int(msg_u64(m, F_UMASK, 0), 022, "the umask");
	is_int(submit_surroundings(&context, "other", 0, m, &e), 0, "again");
	is_str(msg_str(m, F_SUBMIT_HOST), "host", "nothing is replaced");
	msg_free(m);
}

static void long_value(void)
{
	struct submit_options *o = submit_options_new();
	struct submit_place place = { o, FROM_COMMAND_LINE };
	struct msg *m = msg_new(MSG_SUBMIT);
	const struct opt *opt = submit_opts(FROM_COMMAND_LINE);
	char name[400];
	struct err e;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	while (opt->letter != 'J')
		opt++;
	is_int(submit_take(&place, opt->id, name, &e), 0, "taken");
	is_int(submit_message(o, &context, m, &e), -1, "refused");
	is_str(e.text, "--name: longer than 255 bytes", "with the limit");
	msg_free(m);
	submit_options_free(o);
}

/* Names and letters are unique, and every row has something to show or is for later. */
static void rows(void)
{
	const struct opt *opts = submit_opts(FROM_COMMAND_LINE);

	for (const struct opt *a = opts; a->name != NULL; a++) {
		for (const struct opt *b = a + 1; b->name != NULL; b++) {
			if (strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter))
				ok(false, "%s and %s collide", a->name, b->name);
		}
		if (a->letter == 'h' || a->letter == 'V')
			ok(false, "%s takes a built-in letter", a->name);
	}
	ok(true, "names and letters");
}

int main(void)
{
	rows();
	identity();
	resources();
	scheduling();
	dependencies();
	retries();
	execution();
	later();
	arrays();
	precedence();
	env_files();
	five_layers();
	environment();
	parts();
	tools();
	around();
	long_value();
	return tap_done();
}
