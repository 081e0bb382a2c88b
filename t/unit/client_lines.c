/* Lines out of a stream: ends, numbers, limits, and whether one would have to wait. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "client/lines.h"
#include "tap.h"

static int pipe_ends[2];

static void give(const void *p, size_t n)
{
	struct err e;

	if (fd_write_all(pipe_ends[1], p, n, &e) == -1)
		abort();
}

static void begin(struct lines *l, size_t max)
{
	if (pipe2(pipe_ends, O_CLOEXEC) == -1)
		abort();
	lines_init(l, pipe_ends[0], max);
}

static void finish(struct lines *l)
{
	lines_release(l);
	close(pipe_ends[0]);
}

static void expect(struct lines *l, const char *want, size_t number)
{
	struct err e;
	const char *p;
	size_t n;

	ok(lines_next(l, &p, &n, &e) == 1 && n == strlen(want) && memcmp(p, want, n) == 0,
	    "line '%s'", want);
	is_int(l->number, number, "its number");
}

static void some(void)
{
	struct lines l;
	struct err e;
	const char *p;
	size_t n;

	begin(&l, 100);
	ok(!lines_ready(&l), "nothing is there");
	give("one\n\nthr", 8);
	ok(lines_ready(&l), "something is there");
	expect(&l, "one", 1);
	ok(lines_ready(&l), "a line is there");
	expect(&l, "", 2);
	ok(!lines_ready(&l), "only a part of one is there");
	give("ee\nend", 6);
	expect(&l, "three", 3);
	close(pipe_ends[1]);
	ok(lines_ready(&l), "the end is there");
	expect(&l, "end", 4);
	is_int(lines_next(&l, &p, &n, &e), 0, "no more");
	is_int(lines_next(&l, &p, &n, &e), 0, "still no more");
	ok(lines_ready(&l), "and no waiting");
	finish(&l);
}

static void limits(void)
{
	static char big[40000];
	struct lines l;
	struct err e;
	const char *p;
	size_t n;

	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\n';
	begin(&l, sizeof(big));
	give(big, sizeof(big));
	ok(lines_next(&l, &p, &n, &e) == 1 && n == sizeof(big) - 1, "a long line");
	close(pipe_ends[1]);
	finish(&l);

	begin(&l, 10);
	give("x\n", 2);
	expect(&l, "x", 1);
	give(big, 30000);
	ok(lines_next(&l, &p, &n, &e) == -1 && e.code == ERR_DATA, "too long: %s", e.text);
	ok(strstr(e.text, "line 2 ") != NULL, "with its number");
	close(pipe_ends[1]);
	finish(&l);

	lines_init(&l, -1, 10);
	ok(lines_next(&l, &p, &n, &e) == -1 && e.code == ERR_IO, "unreadable");
	lines_release(&l);
}

int main(void)
{
	some();
	limits();
	return tap_done();
}
