/*
 * many: jobs described in JSON, one (--spec) or one a line (--bulk).
 *
 * Owns what an option of the command line does to each of them (it replaces the
 * field), and the numbers of lines in messages.  --bulk reads on while answers are
 * under way, but never keeps accepted jobs waiting for a slow writer of lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "client/json.h"
#include "client/lines.h"
#include "jobsub.h"

struct bulk {
	struct jobsub *j;
	struct lines lines;
	struct buf numbers;	/* of the lines under way, as size_t */
	size_t head;		/* bytes of them that are done with */
	size_t failed_line;	/* the first one, and its status */
	int status;
	bool patient;		/* waits for lines; else it is paused for want of them */
	bool paused;
};

/* ---- one document */

/* The options of these sources; NULL with e. */
static struct msg *options_of(struct jobsub *j, enum submit_source lowest,
    enum submit_source highest, struct err *e)
{
	struct msg *m = msg_new(MSG_SUBMIT);

	if (submit_part(j->options, lowest, highest, &j->context, m, e) == 0) {
		/* Whether one is enough belongs to the list that it was said of. */
		if (msg_has(m, F_DEP) && !msg_has(m, F_DEP_ANY))
			msg_add_u64(m, F_DEP_ANY, 0);
		return m;
	}
	msg_free(m);
	return NULL;
}

/* Adds to `over` what it lacks of `under`, which is freed; NULL with e: both are. */
static struct msg *lay_over(struct msg *over, struct msg *under, struct err *e)
{
	const void *body, *own;
	size_t n, own_n;
	int r = -1;

	if (over != NULL && under != NULL) {
		body = msg_body(under, &n);
		own = msg_body(over, &own_n);
		r = msg_copy_fields(over, under);
		if (r == 0 && own == NULL)
			r = msg_set_body(over, body, n);
		if (r == -1)
			err_set(e, ERR_DATA, "the request is too large");
	}
	msg_free(under);
	if (r == 0)
		return over;
	msg_free(over);
	return NULL;
}

/*
 * A field that both have is the option's if it comes from the command line or the
 * environment: the document stands in the place of a script's #JOB lines.
 */
static struct msg *options_over(struct jobsub *j, struct msg *spec, struct err *e)
{
	if (submit_for_job(j->options, FROM_ENVIRONMENT, FROM_COMMAND_LINE))
		spec = lay_over(options_of(j, FROM_ENVIRONMENT, FROM_COMMAND_LINE, e), spec, e);
	if (spec != NULL && submit_for_job(j->options, FROM_SYSTEM_FILE, FROM_USER_FILE))
		spec = lay_over(spec, options_of(j, FROM_SYSTEM_FILE, FROM_USER_FILE, e), e);
	return spec;
}

struct msg *document_make(struct jobsub *j, const char *text, size_t n, struct graph *g,
    struct err *e)
{
	struct msg *m;

	if (json_submit_in(g, text, n, j->context.now, &m, e) == -1)
		return NULL;
	m = options_over(j, m, e);
	if (m == NULL || request_complete(j, m, e) == 0)
		return m;
	msg_free(m);
	return NULL;
}

struct msg *spec_make(struct jobsub *j, struct err *e)
{
	const char *path = submit_tool(j->options, TOOL_SPEC);
	bool in = strcmp(path, "-") == 0;
	struct msg *m = NULL;
	struct buf text;

	buf_init(&text, JSON_REQUEST_MAX);
	if ((in ? fd_read_all(STDIN_FILENO, &text, e) : file_read(AT_FDCWD, path, &text, e)) == 0)
		m = document_make(j, text.len > 0 ? text.data : "", text.len, NULL, e);
	if (m == NULL && e->code != ERR_NOINPUT && e->code != ERR_PERM)
		err_prefix(e, "%s", in ? "standard input" : path);
	buf_release(&text);
	return m;
}

/* ---- many */

static void bulk_failed(struct bulk *b, size_t line, const struct err *e)
{
	answer_refused(b->j, line, e);
	if (b->failed_line != 0 && b->failed_line < line)
		return;
	b->failed_line = line;
	b->status = exit_of(e->code);
}

bool line_blank(const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++, n--;
	return n == 0;
}

/* The next request; a line that is none is told and passed over.  As client_many's next. */
static int bulk_next(void *arg, struct msg **m, struct err *e)
{
	struct bulk *b = arg;
	const char *p;
	struct err bad;
	size_t n;
	int r;

	for (;;) {
		b->paused = !b->patient && !lines_ready(&b->lines);
		if (b->paused)
			return 0;
		r = lines_next(&b->lines, &p, &n, e);
		if (r != 1)
			return r;
		if (line_blank(p, n))
			continue;
		*m = document_make(b->j, p, n, NULL, &bad);
		if (*m == NULL) {
			bulk_failed(b, b->lines.number, &bad);
			continue;
		}
		if (buf_add(&b->numbers, &b->lines.number, sizeof(b->lines.number)) == 0)
			return 1;
		msg_free(*m);
		return err_set(e, ERR_INTERNAL, "too many lines under way");
	}
}

static void bulk_done(void *arg, size_t index, const struct client_result *r)
{
	struct bulk *b = arg;
	size_t line;

	(void)index;
	memcpy(&line, b->numbers.data + b->head, sizeof(line));
	b->head += sizeof(line);
	if (b->head > b->numbers.len / 2) {
		buf_consume(&b->numbers, b->head);
		b->head = 0;
	}
	if (r->outcome == CLIENT_REFUSED)
		bulk_failed(b, line, &r->err);
	else
		answer_result(b->j, r);
}

static int bulk_send(struct bulk *b, struct err *e)
{
	struct client_many many = { .next = bulk_next, .done = bulk_done, .arg = b };
	struct pollfd pfd = { .fd = b->lines.fd, .events = POLLIN };
	int r;

	while ((r = client_submit_many(b->j->client, &many, e)) == 0 && b->paused) {
		answer_flush(b->j);
		while (poll(&pfd, 1, -1) == -1 && errno == EINTR)
			;
	}
	return r;
}

/* ---- without sending */

static int bulk_show(struct bulk *b, struct err *e)
{
	struct msg *m;
	struct err bad;
	int r;

	b->patient = true;
	while ((r = bulk_next(b, &m, e)) == 1) {
		if (dry_show(b->j, m, &bad) == -1)
			bulk_failed(b, b->lines.number, &bad);
		msg_free(m);
	}
	return r;
}

static int bulk_open(const char *path, struct err *e)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	return fd != -1 ? fd : err_sys(e, errno == EACCES ? ERR_PERM : ERR_NOINPUT, "%s", path);
}

int bulk_run(struct jobsub *j)
{
	struct bulk b = { .j = j };
	struct err e;
	int r, fd = bulk_open(submit_tool(j->options, TOOL_BULK), &e);

	if (fd == -1 || place_ready(j, &e) == -1)
		return cli_fail(j->program, &e);
	lines_init(&b.lines, fd, JSON_REQUEST_MAX);
	buf_init(&b.numbers, 1u << 30);
	answer_begin(j);
	if (submit_tool(j->options, TOOL_ATOMIC) != NULL)
		r = batch_run(j, &b.lines, &e);
	else
		r = j->dry ? bulk_show(&b, &e) : bulk_send(&b, &e);
	if (r == -1)
		b.status = cli_fail(j->program, &e);
	r = answer_end(j);
	if (r != EXIT_OK)
		b.status = r;
	lines_release(&b.lines);
	buf_release(&b.numbers);
	if (fd != STDIN_FILENO)
		close(fd);
	r = r == EXIT_OK ? waiting_run(j) : r;
	return b.status != EXIT_OK ? b.status : r;
}
