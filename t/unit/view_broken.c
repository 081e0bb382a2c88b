/*
 * served, stream: a view that answers wrongly, too much or not at all.  Its answers
 * lie ready on the socket before the question is asked.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"
#include "view/impl.h"
#include "view/rows.h"
#include "view/stream.h"
#include "viewkit.h"

static struct spool spool;
static int door;		/* where a view listens */

struct pair {
	struct view *v;
	int fd;			/* the view's end */
	struct buf out;		/* its answers, not sent yet */
};

static struct pair pair_new(void)
{
	struct pair p = { .v = xcalloc(1, sizeof(*p.v)) };
	struct err e;

	p.v->spool = &spool;
	p.v->fd = -1;
	if (served_open(p.v, &e) < 0)
		ok(false, "connects: %s", e.text);
	p.fd = kit_accept(door);
	buf_init(&p.out, 80 << 20);
	return p;
}

static void pair_free(struct pair *p)
{
	view_close(p->v);
	if (p->fd >= 0)
		close(p->fd);
	buf_release(&p->out);
}

static void part(struct pair *p, enum msg_type type, uint64_t seq, ...)
    __attribute__((sentinel));

/* Appends a message; columns end with NULL. */
static void part(struct pair *p, enum msg_type type, uint64_t seq, ...)
{
	struct msg *m = msg_new(type);
	const char *column;
	va_list ap;

	msg_add_u64(m, F_SEQ, seq);
	if (type == MSG_QUERY)
		msg_add(m, F_WHAT, "job");
	va_start(ap, seq);
	while ((column = va_arg(ap, const char *)) != NULL)
		msg_add(m, F_COLUMN, column);
	va_end(ap);
	if (msg_encode(m, &p->out) < 0)
		ok(false, "an answer fits");
	msg_free(m);
}

static void end_part(struct pair *p, uint64_t seq, int64_t code, const char *text, int64_t after)
{
	struct msg *m = msg_new(MSG_END);

	msg_add_u64(m, F_SEQ, seq);
	if (code >= 0)
		msg_add_u64(m, F_CODE, (uint64_t)code);
	if (text != NULL)
		msg_add(m, F_TEXT, text);
	if (after > 0)
		msg_add_u64(m, F_AFTER, (uint64_t)after);
	msg_encode(m, &p->out);
	msg_free(m);
}

static void say(struct pair *p)
{
	if (fd_write_all(p->fd, p->out.data, p->out.len, NULL) < 0)
		ok(false, "the view speaks");
	buf_reset(&p->out);
}

/* ---- answers that cannot be taken */

static void fails(struct pair *p, enum err_code code, const char *word, bool cut, const char *what)
{
	struct job_row row;
	struct err e = { .text = "" };

	say(p);
	is_int(view_job(p->v, 1, &row, &e), -1, "%s is an error", what);
	is_int(e.code, code, "%s: code", what);
	ok(strstr(e.text, word) != NULL, "%s: says \"%s\" (%s)", what, word, e.text);
	is_int(p->v->fd < 0, cut, "%s: the connection is %s", what, cut ? "given up" : "kept");
	pair_free(p);
}

static void check_wrong(void)
{
	struct pair p = pair_new();

	end_part(&p, 9, -1, NULL, 0);
	fails(&p, ERR_DATA, "not asked", true, "an answer to another question");
	p = pair_new();
	part(&p, MSG_QUERY, 1, NULL);
	fails(&p, ERR_DATA, "", true, "a question as an answer");
	p = pair_new();
	buf_adds(&p.out, "GET / HTTP/1.1\n\n");
	fails(&p, ERR_DATA, "", true, "no message at all");
	p = pair_new();
	part(&p, MSG_ROW, 1, "job_id", NULL);
	fails(&p, ERR_DATA, "malformed", true, "a column without a value");
	p = pair_new();
	part(&p, MSG_ROW, 1, "job_id five", NULL);
	fails(&p, ERR_USAGE, "job_id", true, "a number that is none");
	p = pair_new();
	part(&p, MSG_ROW, 1, "job_uuid 123", NULL);
	fails(&p, ERR_DATA, "job_uuid: not a UUID", true, "a UUID that is none");
	p = pair_new();
	part(&p, MSG_ROW, 1, "status asleep", NULL);
	fails(&p, ERR_USAGE, "status", true, "a word that is none");
	p = pair_new();
	end_part(&p, 1, ERR_PERM, "not for you", 0);
	fails(&p, ERR_PERM, "not for you", false, "a refusal");
	p = pair_new();
	end_part(&p, 1, ERR_AGAIN, NULL, 0);
	fails(&p, ERR_AGAIN, "refused", false, "a refusal without words");
	p = pair_new();
	close(p.fd);
	p.fd = -1;
	fails(&p, ERR_UNAVAIL, "the view of jobd", true, "a view that has gone");
	p = pair_new();
	part(&p, MSG_ROW, 1, "job_id 1", NULL);
	buf_adds(&p.out, "job1 end 9");
	say(&p);
	close(p.fd);
	p.fd = -1;
	fails(&p, ERR_UNAVAIL, "the view of jobd", true, "a view that goes in the middle");
}

/* ---- answers that can */

static int count_row(void *arg, const void *row)
{
	(void)row;
	return ++*(int *)arg < 0;
}

static int stop_row(void *arg, const void *row)
{
	(void)row;
	++*(int *)arg;
	return 1;
}

static void check_newer(void)
{
	struct pair p = pair_new();
	struct job_row row;
	struct err e;

	part(&p, MSG_ROW, 1, "job_id 5", "colour red", "status running", "launch xx", "reason 999",
	    "job_name a b", "job_id_ 7", "exit_code -1", NULL);
	end_part(&p, 1, ERR_NONE, NULL, 0);
	say(&p);
	is_int(view_job(p.v, 5, &row, &e), 1, "a row of a newer view is taken");
	is_int(row.id, 5, "its id");
	is_int(row.status, JOB_RUNNING, "a word");
	is_int(row.reason, 999, "a value without a word is its number");
	is_int(row.exit_code, -1, "a negative number");
	is_str(row.name, "a b", "a text with a blank");
	ok(row.launch == NULL && row.user == NULL, "what is not there is not there");
	pair_free(&p);
}

static void check_paging(void)
{
	struct job_filter f = { .limit = 10 };
	struct pair p = pair_new();
	bool more = false;
	int n = 0;
	struct err e;

	end_part(&p, 1, ERR_NONE, NULL, 100);	/* nothing for us on two pages */
	end_part(&p, 2, ERR_NONE, NULL, 200);
	part(&p, MSG_ROW, 3, "job_id 201", NULL);
	part(&p, MSG_ROW, 3, "job_id 202", NULL);
	end_part(&p, 3, ERR_NONE, NULL, 300);
	say(&p);
	is_int(view_jobs(p.v, &f, count_row, &n, &more, &e), 0, "pages without a row");
	ok(n == 2 && more, "are passed over, up to the first one with rows");
	part(&p, MSG_ROW, 4, "job_id 301", NULL);
	part(&p, MSG_ROW, 4, "job_id 302", NULL);
	end_part(&p, 4, ERR_NONE, NULL, 0);
	say(&p);
	n = 0;
	is_int(view_jobs(p.v, &f, stop_row, &n, &more, &e), 0, "a caller that stops");
	ok(n == 1 && !more, "gets one, and the rest of the answer is dropped");
	end_part(&p, 5, ERR_NONE, NULL, 7);
	end_part(&p, 6, ERR_IO, "disk", 0);
	say(&p);
	is_int(view_jobs(p.v, &f, count_row, &n, &more, &e), -1, "an error on a later page");
	is_str(e.text, "disk", "is told");
	pair_free(&p);
}

static void check_counts(void)
{
	struct pair p = pair_new();
	int64_t counts[6];
	struct err e;

	part(&p, MSG_ROW, 1, "queued 3", "running 2", "asleep 9", "failed x", "cancelled", "comp 7",
	    " 8", NULL);
	end_part(&p, 1, ERR_NONE, NULL, 0);
	say(&p);
	is_int(view_counts(p.v, counts, &e), 0, "counts");
	ok(counts[JOB_QUEUED] == 3 && counts[JOB_RUNNING] == 2, "are by name");
	ok(counts[JOB_FAILED] == 0 && counts[JOB_CANCELLED] == 0 && counts[JOB_COMPLETED] == 0,
	    "what is no count is none");
	end_part(&p, 2, ERR_IO, "no", 0);
	say(&p);
	is_int(view_counts(p.v, counts, &e), -1, "or an error");
	is_int(counts[JOB_QUEUED], 0, "that leaves no old count");
	pair_free(&p);
}

static void data_part(struct pair *p, uint64_t seq, const char *bytes)
{
	struct msg *m = msg_new(MSG_DATA);

	msg_add_u64(m, F_SEQ, seq);
	if (*bytes)
		msg_set_body(m, bytes, strlen(bytes));
	msg_encode(m, &p->out);
	msg_free(m);
}

static void check_data(void)
{
	struct job_row row = { .id = 5 };
	struct view_output o = { &row, 1, "stdout" };
	struct pair p = pair_new();
	uint64_t size = 9;
	struct buf b;
	struct err e;

	buf_init(&b, 10);
	data_part(&p, 1, "1234");
	data_part(&p, 1, "");
	data_part(&p, 1, "567");
	end_part(&p, 1, ERR_NONE, NULL, 0);
	say(&p);
	is_int(view_log(p.v, &o, 0, 10, &b, &e), 0, "data in pieces");
	is_str(b.data, "1234567", "is joined");
	data_part(&p, 2, "8901");
	say(&p);
	is_int(view_log(p.v, &o, 7, 10, &b, &e), -1, "more than was asked for");
	is_int(e.code, ERR_DATA, "is an error");
	is_int(p.v->fd, -1, "after which nobody listens");
	pair_free(&p);

	p = pair_new();
	buf_reset(&b);
	end_part(&p, 1, ERR_NONE, NULL, 0);
	say(&p);
	is_int(view_launch(p.v, &row, &b, &e), 0, "no launch block");
	data_part(&p, 2, "x");
	end_part(&p, 2, ERR_NONE, NULL, 0);
	say(&p);
	is_int(view_launch(p.v, &row, &b, &e), 1, "one");
	end_part(&p, 3, ERR_IO, "no", 0);
	say(&p);
	is_int(view_log_size(p.v, &o, &size, &e), -1, "a size that is not known");
	is_int(size, 0, "is none");
	pair_free(&p);
	buf_release(&b);
}

static void check_long_question(void)
{
	struct job_filter f = { .limit = 1, .tag_key = "t" };
	struct pair p = pair_new();
	char *name = xmalloc(100001);
	bool more;
	int n = 0;
	struct err e;

	memset(name, 'x', 100000);
	name[100000] = '\0';
	f.name = name;
	is_int(view_jobs(p.v, &f, count_row, &n, &more, &e), -1, "a word of 100000 letters");
	is_int(e.code, ERR_USAGE, "is no word to look for");
	ok(p.v->fd >= 0, "nothing was sent");
	free(name);
	pair_free(&p);
}

/* ---- the transfer itself */

static void check_stream(void)
{
	size_t n = 4 << 20;
	struct pair p = pair_new();
	char *bytes = xcalloc(1, n), back[65536];
	struct buf small;
	struct err e;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {		/* who reads slowly gets everything all the same */
		size_t got = 0;
		ssize_t r;

		close(p.v->fd);
		while ((r = read(p.fd, back, sizeof(back))) > 0)
			got += (size_t)r;
		_exit(got == n ? 0 : 1);
	}
	is_int(stream_send(p.v->fd, bytes, n, &e), 0, "more than a socket holds is sent");
	close(p.v->fd);
	p.v->fd = -1;
	waitpid(pid, &status, 0);
	is_int(status, 0, "and arrives");
	pair_free(&p);

	p = pair_new();
	close(p.fd);
	p.fd = -1;
	is_int(stream_send(p.v->fd, bytes, n, &e), -1, "a reader that has gone");
	is_int(e.code, ERR_UNAVAIL, "is no signal but an error");
	buf_init(&small, 100);
	is_int(stream_receive(p.v->fd, &small, &e), -1, "no room for what comes");
	is_int(e.code, ERR_DATA, "is told");
	buf_release(&small);
	pair_free(&p);
	free(bytes);
}

/* ---- who is there */

static void check_daemon(void)
{
	struct pair p = pair_new();
	struct view_daemon d;
	int fd;
	struct err e;

	view_daemon(p.v, &d);
	ok(!d.runs && d.pid == 0 && d.since == 0, "nobody at the door");
	fd = sock_listen(spool.fd, SPOOL_SOCK, 0600, &e);
	view_daemon(p.v, &d);
	ok(fd >= 0 && d.runs && d.pid == 0 && d.since > KIT_DAY / 2, "somebody, since some time");
	close(fd);
	view_daemon(p.v, &d);
	ok(!d.runs, "a door behind which nobody is");
	pair_free(&p);
}

static void check_nobody(void)
{
	struct view *v = xcalloc(1, sizeof(*v));
	struct job_row row;
	struct err e;

	close(door);
	v->spool = &spool;
	is_int(served_open(v, &e), -1, "no view to ask");
	is_int(e.code, ERR_UNAVAIL, "is told");
	ok(strstr(e.text, spool.path) != NULL, "with the spool's name: %s", e.text);
	is_int(view_job(v, 1, &row, &e), -1, "a question after that");
	view_close(v);
}

int main(void)
{
	struct kit k;
	struct err e;

	kit_open(&k);
	spool = k.spool;
	door = sock_listen(spool.fd, SPOOL_VIEW, 0600, &e);
	if (ok(door >= 0, "a door")) {
		check_wrong();
		check_newer();
		check_paging();
		check_counts();
		check_data();
		check_long_question();
		check_stream();
		check_daemon();
		check_nobody();
	}
	kit_close(&k);
	return tap_done();
}
