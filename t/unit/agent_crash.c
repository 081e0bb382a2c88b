/*
 * agent_crash: a jobd whose worker is killed again and again.
 *
 * Jobs write down each time they run.  Meanwhile the daemon, supervisors, and the
 * connection are ended without warning at random moments.  Afterwards the jobs' own
 * word is held against what was reported: nothing ran twice, what was said never to
 * have started never ran, no result changed, nothing is left behind.
 *
 * agent_crash [MILLISECONDS [SEED]]
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/execfile.h"
#include "agent/tree.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "play.h"
#include "tap.h"

#define JOBS 4000
#define NUMBERS 64
#define AT_ONCE 6
#define RUN_MS 1200

enum fate { NOTHING, ORDERED, NEVER, ENDED, LOST, KILLED, FATES };

static struct {
	enum fate fate[NUMBERS];
	char *result[NUMBERS];		/* as it was first told */
	int ran[NUMBERS];
	uint64_t number;		/* of the open execution; 0: none */
	bool told;			/* it shall end */
} jobs[JOBS + 1];

static struct play p;
static const char *dir, *work;
static uint64_t last;
static int open_jobs, daemons, supervisors, connections;
static bool altered, doubted, stopping;

static unsigned chance(unsigned n)
{
	return (unsigned)random() % n;
}

/* ---- jobs */

static const char *const kinds[] = {
	"exit $((JOB_ID % 7))",
	"sleep 0.0$((JOB_ID % 9)); exit $((JOB_ID % 7))",
	"(setsid sleep 30 >/dev/null 2>&1 &) & exit $((JOB_ID % 7))",
	"trap '' TERM; sleep 0.03; exit $((JOB_ID % 7))",
	"echo $JOB_ID; exit $((JOB_ID % 7))",
	"setsid sh -c 'trap \"\" TERM; sleep 0.2; sleep 20' & sleep 0.05; exit $((JOB_ID % 7))",
};

static void order(uint64_t job)
{
	uint64_t number = ++jobs[job].number;
	struct msg *launch, *start = play_start(&p, job, number);
	char *text = xasprintf("echo $JOB_ID $JOB_FENCE >>%s/ran; %s", work,
	    kinds[job % (sizeof(kinds) / sizeof(kinds[0]))]);
	const char *const argv[] = { "/bin/sh", "-c", text, NULL };

	launch = job % 5 == 0 ? play_launch(NULL, text) : play_launch(argv, NULL);
	free(text);
	msg_add(launch, F_CHDIR, work);
	msg_addf(start, F_LOG_DIR, "%s/log/%" PRIu64, work, job);
	msg_add_u64(start, F_KILL_GRACE, 50);
	jobs[job].fate[number] = ORDERED;
	play_order(&p, start, launch);
}

static void over(uint64_t job, enum fate fate)
{
	uint64_t number = jobs[job].number;

	jobs[job].fate[number] = fate;
	if (fate == NEVER && number + 1 < NUMBERS && !stopping) {
		order(job);
		return;
	}
	open_jobs--;
}

static void new_jobs(void)
{
	while (open_jobs < AT_ONCE && last < JOBS && !stopping) {
		open_jobs++;
		order(++last);
	}
}

/* ---- what the worker says */

static char *as_text(const struct msg *m)
{
	struct msg *plain = msg_new(MSG_W_RESULT);
	struct buf b;

	msg_copy_fields(plain, m);
	buf_init(&b, 65536);
	msg_encode(plain, &b);
	msg_free(plain);
	return buf_steal(&b);
}

static enum fate fate_of(const struct msg *m)
{
	const char *cause = msg_str(m, F_CAUSE);

	if (strcmp(cause, "exit") == 0)
		return ENDED;
	if (strcmp(cause, "never_started") == 0)
		return NEVER;
	return strcmp(cause, "lost") == 0 ? LOST : KILLED;
}

static void on_result(const struct msg *m)
{
	uint64_t job = msg_u64(m, F_JOB, 0), number = msg_u64(m, F_EXECUTION, 0);
	char *text = as_text(m);
	enum fate fate = fate_of(m);

	if (job == 0 || job > last || number == 0 || number >= NUMBERS) {
		doubted = true;
	} else if (jobs[job].result[number] != NULL) {
		altered = altered || strcmp(text, jobs[job].result[number]) != 0;
	} else {
		jobs[job].result[number] = xstrdup(text);
		if (fate == ENDED && msg_u64(m, F_EXIT_CODE, 99) != job % 7)
			altered = true;
		if (fate == KILLED && !jobs[job].told)
			doubted = true;
		/* What was given up as lost in between is told late. */
		if (jobs[job].number == number && jobs[job].fate[number] == ORDERED)
			over(job, fate);
	}
	free(text);
	/* Now and then the acknowledgement does not get through. */
	if (chance(8) != 0 || stopping)
		play_ack(&p, job, number);
}

static void listen_for(int ms)
{
	struct msg *m = play_next(&p, ms);

	while (m != NULL) {
		if (msg_type(m) == MSG_W_RESULT)
			on_result(m);
		msg_free(m);
		m = play_next(&p, 0);
	}
}

/* ---- attaching */

static bool held[JOBS + 1];

static void on_held(void *arg, const struct msg *m)
{
	uint64_t job = msg_u64(m, F_JOB, 0);

	(void)arg;
	if (job <= last && msg_u64(m, F_EXECUTION, 0) == jobs[job].number)
		held[job] = true;
	if (strcmp(msg_str(m, F_STATUS), "ended") == 0)
		on_result(m);
}

static void attach(void)
{
	struct uuid journal = p.journal;

	memset(held, 0, sizeof(held));
	if (chance(2) == 0)
		p.epoch++;
	while (play_connect(&p, dir) == -1 || play_attach(&p, on_held, NULL) == -1) {
		p.daemon = play_daemon(dir, NULL);
		if (p.daemon == 0) {
			ok(false, "a daemon starts again");
			exit(tap_done());
		}
	}
	if (!uuid_is_nil(&journal) && !uuid_equal(&journal, &p.journal))
		doubted = true;
	/* It is the same journal, so what it does not know never came. */
	for (uint64_t job = 1; job <= last; job++) {
		if (jobs[job].fate[jobs[job].number] == ORDERED && !held[job])
			over(job, NEVER);
	}
}

/* ---- harm */

static void daemon_kill(void)
{
	kill(p.daemon, SIGKILL);
	for (int i = 0; i < 1000 && !process_gone(p.daemon); i++)
		poll(NULL, 0, 1);
	daemons++;
	if (chance(3) == 0)
		poll(NULL, 0, (int)chance(60));
	p.daemon = play_daemon(dir, NULL);
	attach();
}

static void supervisor_kill(void)
{
	char path[512];
	int execfd, fd, n = 0;
	uint64_t job, number;
	struct execfile r;
	const struct dirent *d;
	DIR *records;

	snprintf(path, sizeof(path), "%s/exec", dir);
	records = opendir(path);
	execfd = dirfd(records);
	while ((d = readdir(records)) != NULL) {
		if (n > 0 || chance(3) != 0 ||
		    execfile_name_parse(d->d_name, &job, &number) == -1 ||
		    (fd = execfile_open(execfd, job, number, NULL)) == -1)
			continue;
		if (execfile_read(fd, &r, NULL) == 0 && r.supervisor != NULL && r.result == NULL) {
			kill((pid_t)msg_u64(r.supervisor, F_PID, 0), SIGKILL);
			supervisors++;
			n++;
		}
		execfile_release(&r);
		close(fd);
	}
	closedir(records);
}

static void harm(void)
{
	uint64_t job;

	switch (chance(60)) {
	case 0:
		daemon_kill();
		break;
	case 1: case 2:
		supervisor_kill();
		break;
	case 3:
		supervisor_kill();
		daemon_kill();
		break;
	case 4:
		connections++;
		attach();
		break;
	case 5:
		job = last - chance(AT_ONCE < last ? AT_ONCE : 1);
		jobs[job].told = true;
		play_kill(&p, job, jobs[job].number, "killed", 0, chance(2) == 0);
		break;
	default:
		break;
	}
}

/* ---- the truth */

static void read_ran(void)
{
	char path[512], *rest, *line;
	struct buf b;
	unsigned job, number;

	buf_init(&b, 64 << 20);
	snprintf(path, sizeof(path), "%s/ran", work);
	file_read(AT_FDCWD, path, &b, NULL);
	rest = b.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (sscanf(line, "%u %u", &job, &number) == 2 && job <= JOBS && number < NUMBERS)
			jobs[job].ran[number]++;
	}
	buf_release(&b);
}

static void judge(void)
{
	int twice = 0, lies = 0, missing = 0, open = 0, count[FATES] = { 0 };

	for (uint64_t job = 1; job <= last; job++) {
		for (uint64_t n = 1; n <= jobs[job].number; n++) {
			enum fate fate = jobs[job].fate[n];
			int ran = jobs[job].ran[n];

			count[fate]++;
			twice += ran > 1;
			lies += fate == NEVER && ran > 0;
			missing += fate == ENDED && ran != 1;
			open += fate == ORDERED || fate == NOTHING;
		}
	}
	fprintf(stderr, "# %d jobs: %d ended, %d lost, %d killed, %d executions never started; "
	    "killed %d daemons, %d supervisors, %d connections\n", (int)last, count[ENDED],
	    count[LOST], count[KILLED], count[NEVER], daemons, supervisors, connections);
	is_int(twice, 0, "no execution ran twice");
	is_int(lies, 0, "what never started never ran");
	is_int(missing, 0, "what ended by itself did run");
	is_int(open, 0, "every execution was settled");
	ok(count[ENDED] > 5 && daemons > 0, "it was not for nothing");
	ok(!altered, "no result changed, and all exit codes are right");
	ok(!doubted, "nothing was reported that was not ordered");
}

static bool ours(void *arg, const char *token)
{
	const char *prefix = arg;

	return strncmp(token, prefix, strlen(prefix)) == 0;
}

static int files_in(const char *name)
{
	char path[512];
	const struct dirent *d;
	DIR *folder;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	folder = opendir(path);
	while (folder != NULL && (d = readdir(folder)) != NULL)
		n += d->d_name[0] != '.';
	if (folder != NULL)
		closedir(folder);
	return n;
}

static bool settled(void *arg)
{
	(void)arg;
	play_send(&p);
	listen_for(5);
	return open_jobs == 0;
}

static bool nothing_left(void *arg)
{
	play_send(&p);
	listen_for(5);
	return files_in("exec") == 0 && cookie_signal(ours, arg, 0) == 0;
}

int main(int argc, char **argv)
{
	int64_t until = now_read().boot + (argc > 1 ? strtol(argv[1], NULL, 10) : RUN_MS);
	unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : (unsigned)getpid();
	char prefix[UUID_TEXT];
	bool done;

	fprintf(stderr, "# seed %u\n", seed);
	srandom(seed);
	dir = tap_tmpdir();
	work = tap_tmpdir();
	play_init(&p);
	attach();
	while (now_read().boot < until) {
		new_jobs();
		play_send(&p);
		listen_for((int)chance(4));
		harm();
	}
	stopping = true;
	done = play_until(settled, NULL);
	ok(done, "everything comes to an end: %d open", open_jobs);
	attach();
	uuid_format(&p.journal, prefix);
	done = play_until(nothing_left, prefix);
	ok(done, "no process and no record is left: %d, %d", cookie_signal(ours, prefix, 0),
	    files_in("exec"));
	is_int(files_in("scripts"), 0, "no script is left");
	play_stop(p.daemon);
	read_ran();
	judge();
	play_release(&p);
	for (uint64_t job = 1; job <= last; job++) {
		for (int n = 0; n < NUMBERS; n++)
			free(jobs[job].result[n]);
	}
	return tap_done();
}
