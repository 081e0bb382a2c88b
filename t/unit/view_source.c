/*
 * source, follow: output in files of the user's own: every letter of a pattern, files
 * that come late, shrink, or are none; and where a relative path leads.
 */
#include "view/source.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "msg/msg.h"
#include "tap.h"
#include "view/follow.h"
#include "view/record.h"
#include "viewkit.h"

static struct view *view;
static char folder[300];

static void write_file(const char *path, const char *bytes, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	if (fd < 0 || fd_write_all(fd, bytes, strlen(bytes), NULL) < 0)
		ok(false, "%s is written", path);
	close(fd);
}

/* ---- patterns */

static void check_letters(void)
{
	static const struct { const char *pattern, *want; } patterns[] = {
		{ "/%j", "/70" }, { "/%A", "/70" }, { "/%a", "/0" }, { "/%n", "/3" },
		{ "/%x", "/a_b" }, { "/%u", "/ann" }, { "/%w", "/h_1" }, { "/%Y", "/2026" },
		{ "/%m", "/11" }, { "/%d", "/23" }, { "/%%", "/%" }, { "/%", "/%" },
		{ "/%%j", "/%j" }, { "/%z", "/z" }, { "/%j%j", "/7070" }, { "rel", "/d/rel" },
		{ "./%j", "/d/./70" }, { "/", "/" }, { "%x", "/d/a_b" },
	};
	static const struct job_row job = { .id = 70, .name = "a/b", .user = "bob",
	    .run_as = "ann" };
	static const struct exec_row exec = { .execution = 4, .attempt = 3, .worker = "h/1",
	    .started_at = KIT_DAY };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		is_int(pattern_expand(patterns[i].pattern, &job, &exec, "/d", &b), 0, "%s",
		    patterns[i].pattern);
		is_str(b.data, patterns[i].want, "becomes %s", patterns[i].want);
		buf_release(&b);
	}
}

static void check_nameless(void)
{
	static const struct { struct job_row job; const char *want; } jobs[] = {
		{ { .id = 1 }, "/job--" }, { { .id = 1, .user = "bob" }, "/job-bob-" },
		{ { .id = 1, .name = "", .run_as = "x" }, "/-x-" },
	};
	static const struct exec_row exec = { .execution = 1 };
	struct buf b;

	for (size_t i = 0; i < 3; i++) {
		buf_init(&b, 100);
		pattern_expand("/%x-%u-%w", &jobs[i].job, &exec, NULL, &b);
		is_str(b.data, jobs[i].want, "what has no name, %zu", i);
		buf_release(&b);
	}
	for (size_t room = 0; room < 9; room++) {
		buf_init(&b, room);
		is_int(pattern_expand("%j-%x-%a", &jobs[0].job, &exec, "/d", &b), -1,
		    "%zu bytes are too few for it", room);
		buf_release(&b);
	}
}

/* ---- one file */

static int open_one(struct source *s, const char *pattern, struct err *e)
{
	static struct job_row job;
	static const struct exec_row exec = { .execution = 1, .attempt = 1 };

	job = (struct job_row){ .id = 1, .created_at = KIT_DAY, .stdout_path = pattern };
	return source_open(s, view, &job, &exec, "stdout", e);
}

static void reads(struct source *s, size_t max, const char *want, const char *what)
{
	struct buf b;
	struct err e = { .text = "" };

	buf_init(&b, 1 << 20);
	is_int(source_read(s, max, &b, &e), 0, "%s: read %s", what, e.text);
	is_str(b.len ? b.data : "", want, "%s", what);
	buf_release(&b);
}

static void check_growing(void)
{
	char path[320];
	struct source s;
	struct buf b;
	struct err e;

	snprintf(path, sizeof(path), "%s/grow", folder);
	is_int(open_one(&s, path, &e), 0, "a file that is to come");
	reads(&s, 100, "", "before it is there");
	is_int(source_tail(&s, 10, &e), 0, "its last lines");
	is_int(s.offset, 0, "begin at its beginning");
	write_file(path, "one\n", O_APPEND);
	reads(&s, 2, "on", "as much as is asked for");
	reads(&s, 100, "e\n", "and the rest");
	reads(&s, 100, "", "at its end there is nothing");
	write_file(path, "two\n", O_APPEND);
	reads(&s, 100, "two\n", "what was added");
	is_int(truncate(path, 3), 0, "it is cut short");
	reads(&s, 100, "one", "then it begins anew");
	write_file(path, "\nTWO\nthree\n", O_APPEND);
	reads(&s, 100, "\nTWO\nthree\n", "and goes on");
	unlink(path);
	reads(&s, 100, "", "a file that was removed is still open");
	write_file(path, "another one, longer than that\n", 0);
	reads(&s, 7, "another", "one that takes its name is read from its start");
	reads(&s, 100, " one, longer than that\n", "to its end");
	buf_init(&b, PATH_MAX);
	source_path(&s, &b);
	is_str(b.data, path, "where it lies");
	buf_release(&b);
	source_close(&s);
	source_close(&s);
	ok(s.fd == -1 && s.path == NULL, "closing twice");
}

static void check_tail(void)
{
	static const struct { const char *text; int64_t lines; uint64_t offset; } tails[] = {
		{ "", 0, 0 }, { "", 5, 0 }, { "x", 0, 1 }, { "x", 1, 0 }, { "\n", 1, 0 },
		{ "\n", 0, 1 }, { "a\nb", 1, 2 }, { "a\nb\n", 1, 2 }, { "a\nb\n", 2, 0 },
		{ "a\nb\n", 3, 0 }, { "\n\n\n", 1, 2 }, { "\n\n\n", 2, 1 }, { "a\n\nb\n", 2, 2 },
		{ "a\nb\nc", INT64_MAX, 0 },
	};
	char path[320];

	snprintf(path, sizeof(path), "%s/tail", folder);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct source s;
		struct err e;

		write_file(path, tails[i].text, O_TRUNC);
		open_one(&s, path, &e);
		is_int(source_tail(&s, tails[i].lines, &e), 0, "tail %zu", i);
		is_int(s.offset, tails[i].offset, "tail %zu: begins there", i);
		source_close(&s);
	}
}

/* A line end on each side of the border between two blocks. */
static void check_blocks(void)
{
	char path[320], *text = xmalloc(65536 * 2 + 2);
	struct source s;
	struct err e;

	snprintf(path, sizeof(path), "%s/blocks", folder);
	for (size_t at = 65534; at <= 65538; at++) {
		memset(text, 'x', 65536 * 2);
		text[65536 * 2] = '\0';
		text[at] = '\n';
		write_file(path, text, O_TRUNC);
		open_one(&s, path, &e);
		is_int(source_tail(&s, 1, &e), 0, "a line end at %zu", at);
		is_int(s.offset, at + 1, "is found");
		source_close(&s);
	}
	free(text);
}

static void fails(const char *pattern, enum err_code code, const char *word, const char *what)
{
	struct err e = { .text = "" };
	struct source s;
	struct buf b;
	int r;

	buf_init(&b, 1000);
	r = open_one(&s, pattern, &e);
	if (r == 0)
		r = source_read(&s, 100, &b, &e);
	is_int(r, -1, "%s", what);
	is_int(e.code, code, "%s: code", what);
	ok(strstr(e.text, word) != NULL, "%s: says \"%s\" (%s)", what, word, e.text);
	err_clear(&e);
	if (s.path != NULL)
		is_int(source_tail(&s, 3, &e), -1, "%s: has no last lines either", what);
	source_close(&s);
	buf_release(&b);
}

static void check_no_files(void)
{
	char path[320], *longest = xmalloc(PATH_MAX + 2);

	fails(folder, ERR_NOINPUT, "no regular file", "a folder");
	fails("/dev/null", ERR_NOINPUT, "no regular file", "a device");
	snprintf(path, sizeof(path), "%s/fifo", folder);
	mkfifo(path, 0600);
	fails(path, ERR_NOINPUT, "no regular file", "a fifo, which nobody waits for");
	snprintf(path, sizeof(path), "%s/fifo/x", folder);
	fails(path, ERR_IO, "went to", "a path through a file");
	memset(longest, '/', PATH_MAX + 1);
	longest[PATH_MAX + 1] = '\0';
	fails(longest, ERR_DATA, "too long", "a path that is too long");
	fails("out.log", ERR_NOINPUT, "out.log", "a relative path of a job that is not known");
	free(longest);
}

static void check_room(void)
{
	char path[320];
	struct source s;
	struct buf b;
	struct err e;

	snprintf(path, sizeof(path), "%s/room", folder);
	write_file(path, "0123456789", O_TRUNC);
	open_one(&s, path, &e);
	buf_init(&b, 4);
	is_int(source_read(&s, 100, &b, &e), -1, "no room for what is asked for");
	is_int(e.code, ERR_INTERNAL, "code");
	is_int(s.offset, 0, "nothing was passed over");
	buf_release(&b);
	source_close(&s);
}

/* ---- relative paths: below the folder in which the job ran */

static void launch_of(struct kit *k, struct job_row *row, const char *dir)
{
	struct msg *m = msg_new(MSG_LAUNCH);
	struct buf b;

	buf_init(&b, 1 << 20);
	msg_add(m, F_ARG, "/bin/true");
	if (dir != NULL)
		msg_add(m, F_CHDIR, dir);
	if (msg_encode(m, &b) < 0)
		ok(false, "a launch block");
	row->launch = arena_memdup(k->turn->arena, b.data, b.len);
	row->launch_size = (int64_t)b.len;
	buf_release(&b);
	msg_free(m);
}

static struct job_row *relative_job(struct kit *k, int64_t id, const char *submit_dir)
{
	struct job_row *row = kit_job(k, id, "rel");

	row->stdout_path = "%j.out";
	row->submit_dir = submit_dir;
	row->status = JOB_COMPLETED;
	row->completed_at = KIT_DAY + 9;
	row->executions = 1;
	kit_exec(k, id, 1)->completed_at = KIT_DAY + 9;
	return row;
}

static void leads_to(int64_t id, const char *want)
{
	struct record rec;
	struct source s;
	struct err e = { .text = "" };

	if (record_load(view, id, RECORD_EXECS, &rec, &e) != 1) {
		ok(false, "job %d: %s", (int)id, e.text);
		return;
	}
	if (want == NULL) {
		is_int(source_open(&s, view, rec.job, rec.execs, "stdout", &e), -1,
		    "job %d: nobody knows where it ran", (int)id);
	} else if (ok(source_open(&s, view, rec.job, rec.execs, "stdout", &e) == 0, "job %d %s",
	    (int)id, e.text)) {
		is_str(s.path, want, "job %d: the path", (int)id);
	}
	source_close(&s);
	source_open(&s, view, rec.job, rec.execs, "stderr", &e);
	ok(s.path == NULL, "job %d: its other stream is in the log tree", (int)id);
	source_close(&s);
	record_release(&rec);
}

static void check_relative(void)
{
	leads_to(10, "/ran/here/10.out");
	leads_to(11, "/home/ann/11.out");
	leads_to(12, "//12.out");
	leads_to(13, NULL);
}

/* ---- followed */

static int gather(void *arg, enum follow_stream stream, const void *p, size_t n)
{
	return stream == FOLLOW_OUT ? buf_add(arg, p, n) : 0;
}

static void check_follow_fails(void)
{
	struct buf b;
	struct follow_want w = { .streams = { true, true }, .lines = -1, .put = gather, .arg = &b };
	struct follow *f;
	struct err e;

	buf_init(&b, 1000);
	follow_free(NULL);
	f = follow_new(view, 13, &w);
	is_int(follow_step(f, &e), FOLLOW_FAILED, "output that nobody knows the place of");
	follow_free(f);
	f = follow_new(view, 14, &w);
	is_int(follow_step(f, &e), FOLLOW_FAILED, "output that went to a folder");
	is_int(e.code, ERR_NOINPUT, "is told");
	follow_free(f);
	w.lines = 5;
	f = follow_new(view, 14, &w);
	is_int(follow_step(f, &e), FOLLOW_FAILED, "so are its last lines");
	follow_free(f);
	w.lines = -1;
	w.execution = 9;
	f = follow_new(view, 14, &w);
	is_int(follow_step(f, &e), FOLLOW_DONE, "an execution that never was has no output");
	follow_free(f);
	buf_release(&b);
}

int main(void)
{
	struct kit k;
	struct err e;

	kit_open(&k);
	snprintf(folder, sizeof(folder), "%s", tap_tmpdir());
	launch_of(&k, relative_job(&k, 10, "/home/ann"), "/ran/here");
	launch_of(&k, relative_job(&k, 11, "/home/ann"), NULL);
	launch_of(&k, relative_job(&k, 12, NULL), NULL);
	relative_job(&k, 13, "/home/ann");
	relative_job(&k, 14, NULL)->stdout_path = folder;
	kit_commit(&k);
	view = view_open(&k.spool, &e);
	check_letters();
	check_nameless();
	if (ok(view != NULL, "a view")) {
		check_growing();
		check_tail();
		check_blocks();
		check_no_files();
		check_room();
		check_relative();
		check_follow_fails();
	}
	view_close(view);
	kit_close(&k);
	return tap_done();
}
