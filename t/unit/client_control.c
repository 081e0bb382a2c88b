/*
 * A control request cut into messages, against a jobd that answers what it is told to.
 * The other side is a forked process that reads requests and writes prepared answers.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "client/control.h"
#include "tap.h"

/* What the other side answers: results for odd targets above 100, or what fits `mode`. */
enum mode { HONEST, TALKATIVE, GARBLED, REFUSING, RERUNS };

static struct spool spool;

static void results_add(struct msg *reply, const struct msg *m, enum mode mode)
{
	const char *target;
	size_t iter = 0;

	while ((target = msg_next(m, F_TARGET, &iter)) != NULL) {
		uint64_t id = strtoull(target, NULL, 10);

		if (id > 100 && id % 2 == 1)
			msg_addf(reply, F_RESULT, "%s %d no such job", target, ERR_NOINPUT);
	}
	if (mode == TALKATIVE)
		msg_add(reply, F_RESULT, "77 0 nobody asked");
	if (mode == GARBLED)
		msg_add(reply, F_RESULT, "garbled");
	if (mode == RERUNS)
		msg_add_u64(reply, F_JOB, 4000 + msg_count(m, F_TARGET));
}

static struct msg *answer(const struct msg *m, enum mode mode)
{
	struct msg *reply;

	if (mode == REFUSING) {
		reply = msg_new(MSG_ERROR);
		msg_add_u64(reply, F_SEQ, msg_u64(m, F_SEQ, 0));
		msg_add_u64(reply, F_CODE, ERR_PERM);
		msg_add(reply, F_TEXT, "not permitted");
		return reply;
	}
	reply = msg_new(MSG_OK);
	msg_add_u64(reply, F_SEQ, msg_u64(m, F_SEQ, 0));
	results_add(reply, m, mode);
	return reply;
}

/* <sys/socket.h> has a MSG_BATCH of its own. */
static int next_client(int listener)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };

	poll(&pfd, 1, -1);
	return (int)syscall(SYS_accept4, listener, NULL, NULL, 0);
}

/* Serves one connection until it closes, and tells what it saw: a line for each message. */
static void serve(int listener, int report, enum mode mode)
{
	int fd = next_client(listener);
	struct buf in, out;
	struct msg *m, *reply;
	struct err e;
	size_t used;
	ssize_t n;

	buf_init(&in, 1u << 24);
	buf_init(&out, 1u << 24);
	while ((n = read(fd, buf_reserve(&in, 65536), 65536)) > 0) {
		buf_commit(&in, (size_t)n);
		while (in.len > 0 && msg_decode(in.data, in.len, &m, &used, &e) == 1) {
			buf_consume(&in, used);
			dprintf(report, "%s %zu%s%s%s\n", msg_str(m, F_OP), msg_count(m, F_TARGET),
			    msg_has(m, F_NOW) ? " now" : "", msg_has(m, F_TEXT) ? " text" : "",
			    msg_has(m, F_SIGNAL) ? " signal" : "");
			reply = answer(m, mode);
			buf_reset(&out);
			msg_encode(reply, &out);
			msg_free(reply);
			msg_free(m);
			if (fd_write_all(fd, out.data, out.len, &e) == -1)
				_exit(1);
		}
	}
	_exit(0);
}

struct seen {
	size_t n, failed;
	int64_t job;		/* the last one */
	char last[32];
};

static void done(void *arg, const char *target, enum err_code code, const char *text,
    int64_t job)
{
	struct seen *seen = arg;

	seen->n++;
	seen->failed += code == ERR_NOINPUT && strcmp(text, "no such job") == 0;
	seen->job = job;
	snprintf(seen->last, sizeof(seen->last), "%s", target);
}

/* Asks for ct with n targets from `first` on; what the server saw is in report. */
static int ask(struct client_control *ct, size_t n, int first, enum mode mode,
    struct buf *report, struct err *e)
{
	char (*names)[16] = calloc(n, sizeof(*names));
	const char **targets = calloc(n, sizeof(*targets));
	struct client *c = client_new(&spool);
	int ends[2], listener = sock_listen(spool.fd, SPOOL_SOCK, 0600, e), r;
	pid_t pid;

	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", first + (int)i);
		targets[i] = names[i];
	}
	if (listener == -1 || pipe(ends) == -1)
		abort();
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		serve(listener, ends[1], mode);
	}
	close(ends[1]);
	close(listener);
	ct->targets = targets;
	ct->n = n;
	ct->done = done;
	r = client_control(c, ct, e);
	client_free(c);
	waitpid(pid, NULL, 0);
	buf_init(report, 1u << 16);
	fd_read_all(ends[0], report, NULL);
	close(ends[0]);
	unlinkat(spool.fd, SPOOL_SOCK, 0);
	free(targets);
	free(names);
	return r;
}

static void asked(struct client_control ct, size_t n, int first, enum mode mode, int want,
    const char *saw)
{
	struct seen seen = { 0 };
	struct buf report;
	struct err e = { 0 };

	ct.arg = &seen;
	is_int(ask(&ct, n, first, mode, &report, &e), want, "%s: %s", saw, e.text);
	is_str(report.data != NULL ? report.data : "", saw, "the messages");
	buf_release(&report);
}

static void messages(void)
{
	struct client_control cancel = { .op = CONTROL_CANCEL };
	struct client_control all = { .op = CONTROL_SIGNAL, .signal = 9, .now = true, .text = "x" };
	struct client_control rerun = { .op = CONTROL_RERUN };

	asked(cancel, 1, 1, HONEST, 0, "cancel 1\n");
	asked(cancel, 1000, 1, HONEST, 0, "cancel 1000\n");
	asked(cancel, 2001, 1, HONEST, 0, "cancel 1000\ncancel 1000\ncancel 1\n");
	asked(all, 1, 1, HONEST, 0, "signal 1 now text signal\n");
	asked(rerun, 3, 1, RERUNS, 0, "rerun 1\nrerun 1\nrerun 1\n");
	asked(cancel, 1, 1, REFUSING, -1, "cancel 1\n");
	asked(cancel, 1, 1, TALKATIVE, -1, "cancel 1\n");
	asked(cancel, 1, 1, GARBLED, -1, "cancel 1\n");
}

static void outcomes(void)
{
	struct client_control ct = { .op = CONTROL_HOLD };
	struct seen seen = { 0 };
	struct buf report;
	struct err e;

	ct.arg = &seen;
	is_int(ask(&ct, 1500, 50, HONEST, &report, &e), 0, "1500 of them");
	is_int(seen.n, 1500, "each is told of");
	is_int(seen.failed, 725, "those that do not exist, as such");
	is_str(seen.last, "1549", "in order");
	is_int(seen.job, 0, "no new job");
	buf_release(&report);

	ct.op = CONTROL_RERUN;
	is_int(ask(&ct, 2, 1, RERUNS, &report, &e), 0, "reruns");
	is_int(seen.job, 4001, "with the number of the new job");
	buf_release(&report);

	is_int(ask(&ct, 1, 1, REFUSING, &report, &e), -1, "refused");
	is_int(e.code, ERR_PERM, "as jobd says it");
	is_str(e.text, "not permitted", "in its words");
	buf_release(&report);
}

static void away(void)
{
	const char *target = "1";
	struct client_control ct = { .op = CONTROL_HOLD, .targets = &target, .n = 1, .done = done };
	struct client *c = client_new(&spool);
	struct err e;

	is_int(client_control(c, &ct, &e), -1, "nobody listens");
	is_int(e.code, ERR_UNAVAIL, "jobd is away: %s", e.text);
	client_free(c);
}

int main(void)
{
	struct err e;

	signal(SIGPIPE, SIG_IGN);
	if (spool_open(&spool, tap_tmpdir(), &e) == -1)
		abort();
	messages();
	outcomes();
	away();
	spool_close(&spool);
	return tap_done();
}
