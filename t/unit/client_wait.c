/* client: waiting for jobs, through restarts, and for requests that wait in the spool. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/client.h"
#include "fakejobd.h"
#include "tap.h"

#define UUID_1 "01900000-0000-7000-8000-000000000001"

static struct spool spool;
static struct uuid uuid_1;

/* ---- what the caller hears */

struct heard {
	char ends[512];		/* "job job ..." */
	char away[64];		/* "away back ..." */
	size_t n, stop_at;
};

static int ended(void *arg, const struct msg *m)
{
	struct heard *h = arg;
	size_t len = strlen(h->ends);

	snprintf(h->ends + len, sizeof(h->ends) - len, "%s%s:%llu", len > 0 ? " " : "",
	    msg_str(m, F_TARGET), (unsigned long long)msg_u64(m, F_JOB, 0));
	return ++h->n == h->stop_at;
}

static void away(void *arg, bool is_away)
{
	struct heard *h = arg;
	size_t len = strlen(h->away);

	snprintf(h->away + len, sizeof(h->away) - len, "%s%s", len > 0 ? " " : "",
	    is_away ? "away" : "back");
}

struct plan {
	const char *const *targets;
	size_t n, stop_at;
	int64_t timeout;
	const char *until;
	const volatile sig_atomic_t *flag;
};

static int run(const struct plan *p, void (*fn)(int listener), struct heard *h, struct err *e)
{
	struct client_wait w = { .targets = p->targets, .n = p->n, .until = p->until,
	    .timeout = p->timeout != 0 ? p->timeout : 10000, .ended = ended, .away = away, .arg =
	    h };
	struct client *c = client_new(&spool);
	pid_t pid = fn != NULL ? fake_start(&spool, fn) : -1;
	int r;

	memset(h, 0, sizeof(*h));
	h->stop_at = p->stop_at;
	err_clear(e);
	client_interrupt(c, p->flag);
	r = client_wait(c, &w, e);
	client_free(c);
	if (pid != -1)
		is_int(fake_end(pid), 0, "the fake is content");
	return r;
}

#define PLAN(...) &(const struct plan){ .targets = (const char *const[]){ __VA_ARGS__ }, \
	.n = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *) }

/* ---- fakes */

static struct msg *expect_wait(struct peer *p, const char *want)
{
	struct msg *m = peer_expect(p, MSG_WAIT);
	char got[256] = "";
	size_t iter = 0, len;
	const char *s;

	while ((s = msg_next(m, F_TARGET, &iter)) != NULL) {
		len = strlen(got);
		snprintf(got + len, sizeof(got) - len, "%s%s", len > 0 ? " " : "", s);
	}
	if (strcmp(got, want) != 0) {
		fprintf(stderr, "# asked for \"%s\", not for \"%s\"\n", got, want);
		_exit(5);
	}
	return m;
}

static void unknown(struct peer *p, const struct msg *m, const char *target)
{
	char text[128];

	snprintf(text, sizeof(text), "job %s: no such job", target);
	peer_error(p, m, ERR_NOINPUT, text);
}

static void fake_ends_all(int listener)
{
	struct msg *numbers, *uuid;
	struct peer p;

	peer_accept(&p, listener);
	numbers = expect_wait(&p, "5 7-9");
	uuid = expect_wait(&p, UUID_1);
	if (strcmp(msg_str(uuid, F_UNTIL), "started") != 0)
		_exit(6);
	peer_ended(&p, numbers, "7-9", 8);
	peer_ended(&p, uuid, UUID_1, 4);
	peer_send(&p, reply_new(MSG_OK, uuid));
	peer_ended(&p, numbers, "5", 5);
	peer_ended(&p, numbers, "7-9", 7);
	peer_ended(&p, numbers, "7-9", 9);
	msg_free(peer_read(&p));
}

static void fake_ends_two(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5 7-9");
	msg_free(expect_wait(&p, UUID_1));
	peer_ended(&p, m, "7-9", 8);
	peer_ended(&p, m, "5", 5);
	if (peer_read(&p) != NULL)
		_exit(7);
}

static void fake_ends_one(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5");
	peer_ended(&p, m, "5", 5);
	msg_free(peer_read(&p));
}

static void fake_restarts(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "1 2 10-12");
	peer_ended(&p, m, "10-12", 11);
	peer_ended(&p, m, "1", 1);
	peer_close(&p);
	peer_accept(&p, listener);
	m = expect_wait(&p, "2 10-12");
	/* What ended before is told again. */
	peer_ended(&p, m, "10-12", 11);
	peer_ended(&p, m, "10-12", 10);
	peer_ended(&p, m, "2", 2);
	peer_ended(&p, m, "10-12", 12);
	msg_free(peer_read(&p));
}

static void fake_knows_nothing(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "77 78");
	peer_ended(&p, m, "78", 78);
	unknown(&p, m, "77");
	msg_free(peer_read(&p));
}

/* The first answer comes behind the end of the time, in answer to the last question. */
static void fake_knows_at_last(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5");
	msg_free(expect_wait(&p, "9223372036854775807"));
	peer_ended(&p, m, "5", 5);
	msg_free(peer_read(&p));
}

static void fake_does_not_know(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	msg_free(expect_wait(&p, "5"));
	m = expect_wait(&p, "9223372036854775807");
	unknown(&p, m, "9223372036854775807");
	msg_free(peer_read(&p));
}

static void fake_refuses(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_WAIT);
	peer_error(&p, m, ERR_DATA, "until: \"never\" is none of started and ended");
	msg_free(peer_read(&p));
}

static void fake_is_silent(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	while ((m = peer_read(&p)) != NULL)
		msg_free(m);
}

/* The request is taken out of the spool while somebody waits for it. */
static void fake_takes_from_spool(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5");
	peer_ended(&p, m, "5", 5);
	incoming_done(&spool, UUID_1, NULL);
	/* Asked just before it is known, and once more. */
	m = expect_wait(&p, UUID_1);
	unknown(&p, m, UUID_1);
	m = expect_wait(&p, UUID_1);
	peer_ended(&p, m, UUID_1, 31);
	msg_free(peer_read(&p));
}

static void fake_never_knows(int listener)
{
	struct peer p;

	peer_accept(&p, listener);
	unknown(&p, expect_wait(&p, UUID_1), UUID_1);
	unknown(&p, expect_wait(&p, UUID_1), UUID_1);
	msg_free(peer_read(&p));
}

static void fake_refuses_from_spool(int listener)
{
	struct incoming *list;
	struct peer p;
	struct msg *m;
	size_t n;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5");
	if (incoming_scan(&spool, 10, &list, &n, NULL) == -1 || n != 1 ||
	    incoming_reject(&spool, &list[0], "cpus: 0 is out of range", NULL) == -1)
		_exit(8);
	peer_ended(&p, m, "5", 5);
	m = expect_wait(&p, UUID_1);
	unknown(&p, m, UUID_1);
	msg_free(peer_read(&p));
}

static void leave_request(void)
{
	struct err e;

	is_int(incoming_put(&spool, &uuid_1, "x", 1, &e), 0, "a request waits in the spool");
}

/* ---- tests */

static void ends(void)
{
	struct heard h;
	struct err e;
	struct plan p = *PLAN("5", "7-9", UUID_1);

	p.until = "started";
	is_int(run(&p, fake_ends_all, &h, &e), 0, "a job, a range, a UUID: %s", e.text);
	is_str(h.ends, "7-9:8 " UUID_1 ":4 5:5 7-9:7 7-9:9", "as they end");
	is_str(h.away, "", "jobd was there");
	p.stop_at = 2;
	is_int(run(&p, fake_ends_two, &h, &e), 0, "the caller has enough");
	is_str(h.ends, "7-9:8 5:5", "after two");
	is_int(run(&(struct plan){ 0 }, NULL, &h, &e), 0, "nothing to wait for");
}

static void fake_twice(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = expect_wait(&p, "5 5 4-5");
	peer_ended(&p, m, "5", 5);
	peer_ended(&p, m, "5", 5);
	peer_ended(&p, m, "nonsense", 6);
	peer_ended(&p, m, "4-5", 5);
	peer_ended(&p, m, "4-5", 4);
	msg_free(peer_read(&p));
}

static void restarts(void)
{
	struct heard h;
	struct err e;

	is_int(run(PLAN("1", "2", "10-12"), fake_restarts, &h, &e), 0, "a restart: %s", e.text);
	is_str(h.ends, "10-12:11 1:1 10-12:10 2:2 10-12:12", "each job once");
	is_int(run(PLAN("5", "5", "4-5"), fake_twice, &h, &e), 0, "named twice");
	is_str(h.ends, "5:5 4-5:4", "each job once");
}

static void errors(void)
{
	struct heard h;
	struct err e;
	struct plan p = *PLAN("5");

	is_int(run(PLAN("77", "78"), fake_knows_nothing, &h, &e), -1, "an unknown job");
	ok(e.code == ERR_NOINPUT && strcmp(e.text, "job 77: no such job") == 0, "is told: %s",
	    e.text);
	is_str(h.ends, "78:78", "what was known before is");
	is_int(run(PLAN(UUID_1), fake_never_knows, &h, &e), -1, "an unknown UUID");
	ok(e.code == ERR_NOINPUT && strcmp(e.text, "job " UUID_1 ": no such job") == 0,
	    "is asked for twice, then told: %s", e.text);
	is_int(run(PLAN("5"), fake_refuses, &h, &e), -1, "a request that is refused");
	is_int(e.code, ERR_DATA, "code: %s", e.text);
	is_int(run(PLAN("x"), NULL, &h, &e), -1, "no name of a job");
	is_int(e.code, ERR_USAGE, "code: %s", e.text);
	p.timeout = 1;
	is_int(run(&p, fake_knows_at_last, &h, &e), 0, "hardly any time, but it has ended");
	is_str(h.ends, "5:5", "which is told");
	is_int(run(&p, fake_does_not_know, &h, &e), -1, "hardly any time");
	ok(e.code == ERR_AGAIN && strcmp(e.text, "timed out") == 0, "timed out: %s", e.text);
	p.timeout = 100;
	is_int(run(&p, fake_is_silent, &h, &e), -1, "the time is over");
	ok(e.code == ERR_AGAIN && strcmp(e.text, "timed out") == 0, "is told");
	is_int(run(&p, NULL, &h, &e), -1, "with no jobd");
	ok(e.code == ERR_AGAIN && strcmp(e.text, "timed out") == 0, "it is tried to the end");
	is_str(h.away, "away", "and the caller is told once");
}

static int ended_once(void *arg, const struct msg *m)
{
	(void)arg;
	return msg_u64(m, F_JOB, 0) == 5;
}

static void tell_away(void *arg, bool is_away)
{
	if (write(*(int *)arg, is_away ? "a" : "b", 1) != 1)
		_exit(2);
}

/* jobd comes while somebody waits for it already. */
static void comes_late(void)
{
	int64_t end = now_read().boot + 5000;
	struct err e;
	int news[2];
	char c;
	pid_t waiter;

	is_int(pipe(news), 0, "a pipe");
	waiter = fork();
	if (waiter == 0) {
		struct client_wait w = { .targets = (const char *const[]){ "5" }, .n = 1,
		    .timeout = 10000, .ended = ended_once, .away = tell_away, .arg = &news[1] };
		struct client *cl = client_new(&spool);
		int r;

		r = client_wait(cl, &w, &e);
		client_free(cl);
		_exit(r == 0 ? 0 : 1);
	}
	close(news[1]);
	ok(read(news[0], &c, 1) == 1 && c == 'a', "somebody waits, and is told that jobd is away");
	is_int(fake_end(fake_start(&spool, fake_ends_one)), 0, "jobd comes");
	ok(read(news[0], &c, 1) == 1 && c == 'b', "that it is back is told, too");
	is_int(fake_end(waiter), 0, "and the job's end");
	ok(now_read().boot < end, "soon");
	close(news[0]);
}

static void in_the_spool(void)
{
	struct heard h;
	struct err e;

	leave_request();
	is_int(run(PLAN(UUID_1, "5"), fake_takes_from_spool, &h, &e), 0, "until jobd takes it: %s",
	    e.text);
	is_str(h.ends, "5:5 " UUID_1 ":31", "others go on meanwhile");
	leave_request();
	is_int(run(PLAN(UUID_1, "5"), fake_refuses_from_spool, &h, &e), -1,
	    "one that is refused there");
	is_int(e.code, ERR_DATA, "code");
	is_str(e.text, "job " UUID_1 ": the request was refused: cpus: 0 is out of range",
	    "with the reason");
}

/* ---- a signal */

static volatile sig_atomic_t flag;

static void on_alarm(int signo)
{
	(void)signo;
	flag = 1;
}

static void interrupted(void)
{
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	struct plan p = *PLAN("5");
	struct heard h;
	struct err e;
	int64_t start = now_read().boot;

	signal(SIGALRM, on_alarm);
	p.flag = &flag;
	setitimer(ITIMER_REAL, &soon, NULL);
	is_int(run(&p, fake_is_silent, &h, &e), -1, "a signal");
	ok(e.code == ERR_AGAIN && strcmp(e.text, "interrupted") == 0, "ends the waiting");
	flag = 0;
	setitimer(ITIMER_REAL, &soon, NULL);
	is_int(run(&p, NULL, &h, &e), -1, "also while jobd is away");
	is_str(e.text, "interrupted", "the same");
	ok(now_read().boot - start < 5000, "soon");
}

int main(void)
{
	struct err e;

	if (!ok(spool_make(&spool, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return tap_done();
	uuid_parse(UUID_1, &uuid_1);
	ends();
	restarts();
	errors();
	comes_late();
	in_the_spool();
	interrupted();
	spool_close(&spool);
	return tap_done();
}
