/* agent_full: a worker whose disk is full: what is refused, and that nothing is lost. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "mounts.h"
#include "play.h"
#include "tap.h"

#define DISK_SIZE "16m"
#define MANY 12000
#define FIRST 1000
#define BIG 3000000

static struct play p;
static const char *disk, *work;
static char dir[512];

/* A file that leaves not a byte of room. */
static void fill(void)
{
	static char data[65536];
	char path[512];
	size_t n = sizeof(data);
	int fd;

	snprintf(path, sizeof(path), "%s/filler", disk);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	while (n > 0) {
		if (write(fd, data, n) <= 0)
			n /= 2;
	}
	close(fd);
}

static void drain(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/filler", disk);
	ok(unlink(path) == 0, "room again");
}

static void order(uint64_t job, const char *text, const char *log)
{
	struct msg *launch = play_launch(NULL, text), *start = play_start(&p, job, 1);

	msg_add(launch, F_CHDIR, work);
	if (log != NULL)
		msg_add(start, F_LOG_DIR, log);
	play_order(&p, start, launch);
	play_send(&p);
}

static struct msg *expect(enum msg_type type, uint64_t job, const char *what)
{
	struct msg *m = play_await(&p, type, job, PLAY_MS);

	ok(m != NULL, "%s", what);
	if (m == NULL)
		exit(tap_done());
	return m;
}

static void touch(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	close(open(path, O_WRONLY | O_CREAT, 0600));
}

static void test_order(void)
{
	char *big = malloc(BIG + 1);
	struct msg *m;

	memset(big, '#', BIG);
	big[BIG] = '\0';
	fill();
	order(1, big, NULL);
	m = expect(MSG_W_REFUSE, 1, "an order that does not fit is refused");
	is_int(msg_u64(m, F_CODE, 0), ERR_AGAIN, "for now: %s", msg_str(m, F_TEXT));
	msg_free(m);
	drain();
	big[BIG - 1] = '\n';
	order(1, big, NULL);
	m = expect(MSG_W_RESULT, 1, "ordered again, it is taken");
	is_str(msg_str(m, F_CAUSE), "exit", "and runs");
	msg_free(m);
	play_ack(&p, 1, 1);
	free(big);
}

/* Counts the results of the jobs that were never ordered, each once. */
static int count_results(char *seen, int want, int timeout_ms)
{
	struct msg *m;
	uint64_t job;
	int n = 0;

	while (n < want && (m = play_next(&p, timeout_ms)) != NULL) {
		job = msg_u64(m, F_JOB, 0);
		if (msg_type(m) == MSG_W_RESULT && job >= FIRST && job < FIRST + MANY) {
			n += !seen[job - FIRST];
			seen[job - FIRST] = 1;
		}
		msg_free(m);
	}
	return n;
}

/* Results are kept in memory until there is room for them, more than the journal has made. */
static void test_result(void)
{
	static char seen[MANY];
	int before, after;

	fill();
	for (uint64_t i = 0; i < MANY; i++)
		play_kill(&p, FIRST + i, 1, "killed", 0, false);
	play_send(&p);
	before = count_results(seen, MANY, 150);
	ok(before < MANY, "on a full disk not all results can be told: %d", before);
	drain();
	after = count_results(seen, MANY - before, PLAY_MS);
	is_int(before + after, MANY, "all are when there is room");
	for (uint64_t i = 0; i < MANY; i++)
		play_ack(&p, FIRST + i, 1);
	play_send(&p);
}

/* What a job writes waits, too, and then is all there. */
static void test_output(void)
{
	char log[512], path[600];
	struct stat st;
	struct msg *m;

	snprintf(log, sizeof(log), "%s/log", disk);
	order(5, "head -c 1000000 /dev/zero; touch half; while [ ! -e go5 ]; do sleep 0.01; done; "
	    "head -c 500000 /dev/zero", log);
	msg_free(expect(MSG_W_STARTED, 5, "a job writes"));
	snprintf(path, sizeof(path), "%s/half", work);
	for (int i = 0; i < 2000 && access(path, F_OK) == -1; i++)
		usleep(5000);
	fill();
	touch("go5");
	ok(play_await(&p, MSG_W_RESULT, 5, 100) == NULL, "on a full disk it waits");
	drain();
	m = expect(MSG_W_RESULT, 5, "then it ends");
	is_int(msg_u64(m, F_OUT_BYTES, 0), 1500000, "all is counted");
	ok(!msg_has(m, F_TEXT), "nothing is lost");
	msg_free(m);
	snprintf(path, sizeof(path), "%s/stdout.log", log);
	ok(stat(path, &st) == 0 && st.st_size == 1500000, "all is there");
	play_ack(&p, 5, 1);
}

int main(void)
{
	disk = tap_tmpdir();
	work = tap_tmpdir();
	if (!mounts_disk(disk, DISK_SIZE)) {
		ok(true, "a full disk: skipped, not root");
		return tap_done();
	}
	snprintf(dir, sizeof(dir), "%s/w", disk);
	play_init(&p);
	p.daemon = play_daemon(dir, NULL);
	if (p.daemon == 0 || play_connect(&p, dir) == -1 || play_attach(&p, NULL, NULL) == -1) {
		ok(false, "a daemon to play with");
		return tap_done();
	}
	test_order();
	test_result();
	test_output();
	play_send(&p);
	play_release(&p);
	play_stop(p.daemon);
	umount2(disk, MNT_DETACH);
	return tap_done();
}
