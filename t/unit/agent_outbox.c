/* Tests agent/outbox: what leaves, how far, again after a cut, and when it is removed. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/outbox.h"
#include "base/fdio.h"
#include "tap.h"

#define ALL (64u << 20)

static int dir;
static struct outbox *o;
static uint64_t running;	/* the job that has not ended */

static bool is_final(void *arg, uint64_t job, uint64_t number)
{
	(void)arg;
	(void)number;
	return job != running;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void write_to(const char *path, const char *byte, size_t n)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char *p = malloc(n);

	must(fd != -1 && p != NULL, path);
	memset(p, *byte, n);
	must(fd_write_all(fd, p, n, NULL) == 0, path);
	free(p);
	close(fd);
}

static void folder(const char *name)
{
	must(dir_make(dir, name, 0700, NULL) == 0, name);
}

static void opened(void)
{
	struct err e = { .code = ERR_NONE };

	outbox_close(o);
	o = outbox_open(dir, is_final, NULL, &e);
	if (!ok(o != NULL, "opened: %s", e.text))
		exit(tap_done());
}

/* The kernel has told, and it was heard. */
static void heard(void)
{
	struct pollfd p = { .fd = outbox_fd(o), .events = POLLIN };

	while (poll(&p, 1, 0) == 1)
		outbox_ready(o);
}

/* What leaves now, in short: "1.1 out 0+5", or "1.1 end 5 0 META". */
static const char *leaves(size_t max)
{
	static struct buf said;
	struct buf out;
	size_t at = 0, used, n;
	struct msg *m;
	const char *p;

	buf_init(&out, ALL);
	buf_release(&said);
	buf_init(&said, 1u << 20);
	outbox_fill(o, &out, max);
	while (msg_decode(out.data + at, out.len - at, &m, &used, NULL) == 1) {
		p = msg_body(m, &n);
		buf_addf(&said, "%s%llu.%llu ", at > 0 ? ", " : "",
		    (unsigned long long)msg_u64(m, F_JOB, 0),
		    (unsigned long long)msg_u64(m, F_EXECUTION, 0));
		if (msg_type(m) == MSG_O_DATA)
			buf_addf(&said, "%s %llu+%zu", msg_str(m, F_STREAM),
			    (unsigned long long)msg_u64(m, F_OFFSET, 0), n);
		else
			buf_addf(&said, "end %llu %llu %.*s",
			    (unsigned long long)msg_u64(m, F_OUT_BYTES, 0),
			    (unsigned long long)msg_u64(m, F_ERR_BYTES, 0), (int)n,
			    n > 0 ? p : "");
		at += used;
		msg_free(m);
	}
	buf_release(&out);
	return said.len > 0 ? said.data : "";
}

static int acked(uint64_t job, const char *stream, uint64_t offset)
{
	struct msg *m = msg_new(MSG_O_ACK);
	struct err e;
	int r;

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, 1);
	if (stream != NULL) {
		msg_add(m, F_STREAM, stream);
		msg_add_u64(m, F_OFFSET, offset);
	}
	r = outbox_ack(o, m, &e);
	msg_free(m);
	return r;
}

static void test_short(void)
{
	folder("out/1.1");
	write_to("out/1.1/stdout.log", "a", 5);
	write_to("out/1.1/stderr.log", "b", 3);
	write_to("out/1.1/execution_metadata.json", "m", 2);
	opened();
	is_int(outbox_count(o), 1, "what lies there is found");
	is_str(leaves(ALL), "1.1 stdout 0+5, 1.1 stderr 0+3, 1.1 end 5 3 mm",
	    "all of an execution that has ended leaves at once");
	is_str(leaves(ALL), "", "once");
	is_int(acked(1, "stdout", 5), 0, "a part is acknowledged");
	outbox_attach(o);
	is_str(leaves(ALL), "1.1 stderr 0+3, 1.1 end 5 3 mm", "after a cut, the rest again");
	is_int(acked(1, NULL, 0), 0, "all is");
	ok(faccessat(dir, "out/1.1", F_OK, 0) == -1, "and it is removed");
	is_int(outbox_count(o), 0, "and forgotten");
	is_int(acked(1, NULL, 0), 0, "twice makes no difference");
}

static void test_live(void)
{
	running = 2;
	folder("out/2.1");
	heard();
	write_to("out/2.1/stdout.log", "a", 10);
	heard();
	is_str(leaves(ALL), "2.1 stdout 0+10", "what runs is sent as it writes");
	is_int(acked(2, NULL, 0), -1, "before its end it is not acknowledged as a whole");
	write_to("out/2.1/stdout.log", "a", 10);
	heard();
	is_str(leaves(ALL), "2.1 stdout 10+10", "and goes on");
	running = 0;
	outbox_ended(o, 2, 1);
	is_str(leaves(ALL), "2.1 end 20 0 ", "its end");
	is_int(acked(2, NULL, 0), 0, "acknowledged");
	outbox_ended(o, 3, 1);
	is_str(leaves(ALL), "", "of one that wrote nothing, nothing");
}

/* Each piece of a stream up to the first that is missing; -1: they do not join. */
static int64_t reaches(const char *said, const char *stream, uint64_t from)
{
	char want[64];
	const char *s = said;
	unsigned n;

	for (;;) {
		(void)snprintf(want, sizeof(want), "%s %llu+", stream, (unsigned long long)from);
		s = strstr(s, want);
		if (s == NULL)
			return (int64_t)from;
		n = (unsigned)strtoul(s + strlen(want), NULL, 10);
		from += n;
	}
}

static void test_window(void)
{
	const uint64_t big = 3 * OUTBOX_WINDOW + 7;
	struct stat st;

	folder("out/4.1");
	folder("out/5.1");
	write_to("out/4.1/stdout.log", "x", big);
	write_to("out/5.1/stdout.log", "y", 1);
	opened();
	ok(strstr(leaves(100000), "5.1 stdout 0+1") != NULL,
	    "a long one does not go in front of a short one");
	is_int(acked(5, NULL, 0), 0, "which is done");
	is_int(reaches(leaves(ALL), "stdout", 131072), OUTBOX_WINDOW, "then as far as the window");
	is_str(leaves(ALL), "", "and no further");
	is_int(acked(4, "stdout", OUTBOX_WINDOW), 0, "that is acknowledged");
	is_int(reaches(leaves(ALL), "stdout", OUTBOX_WINDOW), 2 * OUTBOX_WINDOW, "another window");
	outbox_attach(o);
	is_int(reaches(leaves(ALL), "stdout", OUTBOX_WINDOW), 2 * OUTBOX_WINDOW,
	    "after a cut, from the acknowledgement on");
	is_int(acked(4, "stdout", big - 1), 0, "jobd has more than was known here");
	is_str(leaves(ALL), "4.1 stdout 786438+1, 4.1 end 786439 0 ", "then only what it lacks");
	is_int(acked(4, NULL, 0), 0, "done");

	folder("out/6.1");
	write_to("out/6.1/stderr.log", "z", (2u << 20) + 5);
	opened();
	(void)leaves(ALL);
	is_int(acked(6, "stderr", (2u << 20) + 1), 0, "two megabytes are acknowledged");
	if (fstatat(dir, "out/6.1/stderr.log", &st, 0) == 0 && st.st_blocks * 512 >= 2 << 20) {
		ok(true, "a file system without holes");
		return;
	}
	is_int(st.st_size, (2 << 20) + 5, "their room is free, the file is as long as before");
	opened();
	is_str(leaves(ALL), "6.1 stderr 2097152+5, 6.1 end 0 2097157 ",
	    "and the next daemon goes on behind them");
}

static void test_all(void)
{
	char name[64];

	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "out/%d.1", 100 + i);
		folder(name);
		(void)snprintf(name, sizeof(name), "out/%d.1/stdout.log", 100 + i);
		write_to(name, "x", OUTBOX_WINDOW / 2);
	}
	opened();
	(void)leaves(ALL);
	is_str(leaves(ALL), "", "all together are held, too");
	is_int(acked(100, "stdout", 65536), 0, "one is acknowledged");
	ok(strstr(leaves(ALL), "stdout") != NULL, "and others go on");
}

int main(void)
{
	struct err e;

	dir = dir_open(AT_FDCWD, tap_tmpdir(), &e);
	must(dir != -1, "folder");
	folder(OUTBOX_DIR);
	test_short();
	test_live();
	test_window();
	test_all();
	outbox_close(o);
	return tap_done();
}
