/* day, compress: a day's logs become smaller, are never lost, and go as a whole. */
#include "logs/day.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "logs/logfile.h"
#include "tap.h"

#define DAY INT64_C(1795392000000)	/* 2026-11-23T00:00:00Z */
#define OLD (DAY + 3600000)		/* when the files were written to last */
#define LATER (DAY + 86400000)
#define TEXT_BYTES 100000

static struct spool spool;
static char text[TEXT_BYTES + 1];

static char *path_of(int64_t job, const char *name)
{
	static char path[2][500];
	static int turn;
	char dir[SPOOL_NAME_MAX];

	spool_log_name(DAY + 5, job, 1, dir);
	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s/%s", spool.path, dir, name);
	return path[turn];
}

static void age(const char *path, int64_t ms)
{
	struct timespec t[2] = { { ms / 1000, 0 }, { ms / 1000, 0 } };

	utimensat(AT_FDCWD, path, t, 0);
}

static void put(int64_t job, const char *name, const char *bytes, size_t n)
{
	char dir[SPOOL_NAME_MAX];
	struct err e;
	int fd;

	spool_log_name(DAY + 5, job, 1, dir);
	ok(dir_make(spool.fd, dir, 0700, &e) == 0, "a folder for job %d", (int)job);
	fd = open(path_of(job, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fd_write_all(fd, bytes, n, NULL);
	close(fd);
	age(path_of(job, name), OLD);
}

static bool there(int64_t job, const char *name)
{
	return access(path_of(job, name), F_OK) == 0;
}

/* The log reads as the whole text, wherever it lies. */
static bool whole(int64_t job)
{
	struct logfile *f = logfile_open(&spool, DAY + 5, job, 1, "stdout", NULL);
	struct buf b;
	bool same;

	buf_init(&b, TEXT_BYTES * 2);
	same = f && logfile_read(f, 0, TEXT_BYTES * 2, &b, NULL) == 0 && b.len == TEXT_BYTES &&
	    memcmp(b.data, text, TEXT_BYTES) == 0;
	logfile_close(f);
	buf_release(&b);
	return same;
}

static int squeeze_day(struct log_compress *c, struct err *e)
{
	err_clear(e);
	c->files = c->before = c->after = 0;
	c->odd[0] = '\0';
	return log_day_compress(&spool, DAY + 7, c, e);
}

static void check_all(void)
{
	struct log_compress c = { .settled = LATER, .budget = UINT64_MAX };
	struct log_day_sum sum;
	struct logfile *reading;
	struct buf b;
	struct err e;

	put(7, "stdout.log", text, TEXT_BYTES);
	put(7, "stderr.log", "few words\n", 10);
	reading = logfile_open(&spool, DAY, 7, 1, "stdout", &e);
	is_int(squeeze_day(&c, &e), 1, "a day is compressed: %s", e.text);
	is_int(c.files, 1, "of two files the one that becomes smaller");
	is_int(c.before, TEXT_BYTES, "it had so many bytes");
	ok(c.after > 0 && c.after < TEXT_BYTES / 10, "and has %d", (int)c.after);
	ok(!there(7, "stdout.log") && there(7, "stdout.log.gz"), "one name gives way to the other");
	ok(there(7, "stderr.log") && !there(7, "stderr.log.gz"), "a small one stays as it is");
	ok(whole(7), "it reads as before");
	ok(log_day_compressed(&spool, DAY), "the day is marked");

	buf_init(&b, TEXT_BYTES * 2);
	ok(logfile_read(reading, 0, TEXT_BYTES * 2, &b, &e) == 0 && b.len == TEXT_BYTES,
	    "who reads it meanwhile reads it to its end");
	logfile_close(reading);
	buf_release(&b);

	is_int(squeeze_day(&c, &e), 1, "once more");
	is_int(c.files, 0, "nothing is left to do");
	ok(log_day_measure(&spool, DAY, &sum, &e) == 0 && sum.files == 2, "two files are there");
	ok(sum.bytes > 10 && sum.bytes < TEXT_BYTES / 10, "of that size on disk");
}

static void check_limits(void)
{
	struct log_compress c = { .settled = OLD - 1000, .budget = UINT64_MAX };
	struct err e;

	put(8, "stdout.log", text, TEXT_BYTES);
	put(1000008, "stdout.log", text, TEXT_BYTES);
	is_int(squeeze_day(&c, &e), 0, "what was written to lately is left for later");
	ok(there(8, "stdout.log") && there(1000008, "stdout.log"), "both stay");
	c.settled = LATER;
	c.budget = 1;
	is_int(squeeze_day(&c, &e), 0, "a small budget is enough for one");
	is_int(c.files, 1, "file");
	c.budget = 1;
	is_int(squeeze_day(&c, &e), 1, "the next call does the other");
	is_int(c.files, 1, "file");
	ok(whole(8) && whole(1000008), "both read as before");
}

/* As a crash would leave it, at each point. */
static void check_crashed(void)
{
	struct log_compress c = { .settled = LATER, .budget = UINT64_MAX };
	struct err e;
	gzFile gz;

	put(9, "stdout.log", text, TEXT_BYTES);
	put(9, "stdout.log.gz.tmp", "half", 4);
	is_int(squeeze_day(&c, &e), 1, "with half a copy under a temporary name");
	ok(!there(9, "stdout.log.gz.tmp") && !there(9, "stdout.log") && whole(9),
	    "it is made anew");

	put(9, "stdout.log", text, TEXT_BYTES);
	is_int(squeeze_day(&c, &e), 1, "with both, which are the same");
	ok(!there(9, "stdout.log") && whole(9), "the plain one goes");
	is_str(c.odd, "", "without a word");

	gz = gzopen(path_of(10, "stdout.log.gz"), "wb");
	ok(gz == NULL, "no folder yet");
	put(10, "stdout.log", text, TEXT_BYTES);
	gz = gzopen(path_of(10, "stdout.log.gz"), "wb");
	gzputs(gz, "others");
	gzclose(gz);
	is_int(squeeze_day(&c, &e), 1, "with both, which differ");
	ok(there(10, "stdout.log") && there(10, "stdout.log.gz"), "both stay");
	is_str(c.odd, "stdout.log", "and the caller is told");
	unlink(path_of(10, "stdout.log.gz"));
}

static void check_full(void)
{
	struct log_compress c = { .settled = LATER, .budget = UINT64_MAX };
	struct rlimit old, small;
	char *noise = malloc(TEXT_BYTES);
	struct err e;
	uint32_t x = 1;

	for (size_t i = 0; i < TEXT_BYTES; i++)
		noise[i] = (char)((x = x * 1664525 + 1013904223) >> 24);
	put(11, "stdout.log", noise, TEXT_BYTES);
	is_int(squeeze_day(&c, &e), 1, "what cannot become smaller");
	ok(there(11, "stdout.log") && !there(11, "stdout.log.gz"), "stays as it is");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 20000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	is_int(squeeze_day(&c, &e), -1, "a write that fails is an error: %s", e.text);
	setrlimit(RLIMIT_FSIZE, &old);
	ok(there(11, "stdout.log") && !there(11, "stdout.log.gz.tmp"), "and leaves the file alone");
	free(noise);
}

static void check_removed(void)
{
	char day[SPOOL_NAME_MAX], path[400];
	struct log_day_sum sum;
	int64_t *days = NULL;
	struct err e;
	size_t n = 0;

	ok(spool_log_days(&spool, &days, &n, &e) == 0 && n == 1 && days[0] == DAY,
	    "the day is listed");
	free(days);
	ok(symlink("/etc", path_of(7, "odd")) == 0, "a symbolic link among them");
	is_int(log_day_remove(&spool, DAY, &sum, &e), 0, "a day is removed");
	is_int(sum.files, 7, "with its files");
	spool_log_day(DAY, day);
	snprintf(path, sizeof(path), "%s/%s", spool.path, day);
	ok(access(path, F_OK) == -1 && access("/etc/passwd", F_OK) == 0, "with its folder alone");
	is_int(log_day_remove(&spool, DAY, &sum, &e), 0, "once more: nothing to do");
	is_int(sum.files, 0, "no file");
	ok(log_day_compress(&spool, DAY, &(struct log_compress){ .budget = 1 }, &e) == 1,
	    "nor to compress");
}

int main(void)
{
	struct err e;

	spool.path = (char *)(uintptr_t)tap_tmpdir();
	spool.fd = dir_open(AT_FDCWD, spool.path, &e);
	for (size_t i = 0; i < TEXT_BYTES; i++)
		text[i] = i % 60 == 59 ? '\n' : "scheduler "[i % 10];
	check_all();
	check_limits();
	check_crashed();
	check_full();
	check_removed();
	return tap_done();
}
