/* client: many submissions in flight, and batches that are accepted all or none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "client/client.h"
#include "fakejobd.h"
#include "tap.h"

#define SHORT 200

static struct spool spool;

/* ---- a source of requests, and a note of what became of them */

struct source {
	size_t n, given;
	size_t size;		/* of each argument; 0: small */
	size_t fail_at;		/* next gives an error there; 0: never */
	size_t done, order_errors, accepted, left, refused;
	int64_t job_sum;
	struct uuid *uuids;
};

static int next(void *arg, struct msg **m, struct err *e)
{
	struct source *s = arg;
	char *word;

	if (s->given == s->n)
		return 0;
	if (s->fail_at != 0 && s->given == s->fail_at)
		return err_set(e, ERR_DATA, "line %zu is wrong", s->given);
	*m = msg_new(MSG_SUBMIT);
	uuid_new(&s->uuids[s->given]);
	msg_add_uuid(*m, F_UUID, &s->uuids[s->given]);
	word = xcalloc(1, s->size + 32);
	memset(word, 'x', s->size);
	snprintf(word + s->size, 32, "%zu", s->given);
	msg_add(*m, F_ARG, word);
	free(word);
	s->given++;
	return 1;
}

static void done(void *arg, size_t index, const struct client_result *r)
{
	struct source *s = arg;

	s->order_errors += index != s->done || !uuid_equal(&r->uuid, &s->uuids[index]);
	s->done++;
	s->accepted += r->outcome == CLIENT_ACCEPTED;
	s->left += r->outcome == CLIENT_LEFT && incoming_waits(&spool, &r->uuid);
	s->refused += r->outcome == CLIENT_REFUSED;
	s->job_sum += r->job;
}

static int run(struct source *s, void (*fn)(int listener), struct err *e)
{
	struct client_many many = { .next = next, .done = done, .arg = s };
	struct client *c = client_new(&spool);
	pid_t pid = fn != NULL ? fake_start(&spool, fn) : -1;
	int r;

	err_clear(e);
	s->uuids = xcalloc(s->n + 1, sizeof(*s->uuids));
	r = client_submit_many(c, &many, e);
	client_free(c);
	if (pid != -1)
		is_int(fake_end(pid), 0, "the fake is content");
	is_int(s->order_errors, 0, "results come in order");
	free(s->uuids);
	return r;
}

/* The number that an argument ends with. */
static uint64_t number_of(const struct msg *m)
{
	const char *s = msg_str(m, F_ARG);

	return strtoull(s + strspn(s, "x"), NULL, 10);
}

/* ---- fakes */

static void fake_answers_all(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	while ((m = peer_read(&p)) != NULL) {
		peer_okay(&p, m, number_of(m) + 1);
		msg_free(m);
	}
}

/* Answers by fours, the last one first. */
static void fake_answers_backwards(int listener)
{
	struct msg *m[4];
	struct peer p;

	peer_accept(&p, listener);
	while ((m[0] = peer_read(&p)) != NULL) {
		for (int i = 1; i < 4; i++)
			m[i] = peer_expect(&p, MSG_SUBMIT);
		for (int i = 3; i >= 0; i--) {
			peer_okay(&p, m[i], number_of(m[i]) + 1);
			msg_free(m[i]);
		}
	}
}

/* Does not read on while it writes, and writes a lot. */
static void fake_is_verbose(int listener)
{
	char *text = xcalloc(1, 500001);
	struct msg *m, *reply;
	struct peer p;

	memset(text, 'y', 500000);
	peer_accept(&p, listener);
	while ((m = peer_read(&p)) != NULL) {
		reply = reply_new(MSG_OK, m);
		msg_add_u64(reply, F_JOB, 1);
		msg_add(reply, F_COLUMN, text);
		peer_send(&p, reply);
		msg_free(m);
	}
	free(text);
}

static void fake_dies_on_the_way(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	for (int i = 0; i < 100; i++) {
		m = peer_expect(&p, MSG_SUBMIT);
		peer_okay(&p, m, number_of(m) + 1);
		msg_free(m);
	}
}

/* The second connection gets again what the first did not answer, and nothing else. */
static void fake_breaks_on_the_way(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	for (uint64_t i = 0; i < 1000; i++) {
		if (i == 300) {
			peer_close(&p);
			peer_accept(&p, listener);
		}
		m = peer_expect(&p, MSG_SUBMIT);
		if (number_of(m) != i)
			_exit(4);
		peer_okay(&p, m, i + 1);
		msg_free(m);
	}
}

static void fake_refuses_odd(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	while ((m = peer_read(&p)) != NULL) {
		if (number_of(m) % 2 != 0)
			peer_error(&p, m, ERR_DATA, "odd");
		else
			peer_okay(&p, m, 1);
		msg_free(m);
	}
}

static void fake_forbids(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	peer_error(&p, NULL, ERR_PERM, "not you");
	while ((m = peer_read(&p)) != NULL)
		msg_free(m);
}

static void many(void)
{
	struct source s = { .n = 3000 };
	struct err e;

	is_int(run(&s, fake_answers_all, &e), 0, "many");
	is_int(s.accepted, 3000, "all accepted");
	is_int(s.job_sum, 3000 * 3001 / 2, "each its own job");
	s = (struct source){ .n = 1000 };
	is_int(run(&s, fake_answers_backwards, &e), 0, "answers out of order");
	is_int(s.accepted, 1000, "all accepted");
	is_int(s.job_sum, 1000 * 1001 / 2, "each its own job");
	s = (struct source){ .n = 0 };
	is_int(run(&s, NULL, &e), 0, "none at all");
	is_int(s.done, 0, "nothing done");
	s = (struct source){ .n = 200, .size = 100000 };
	is_int(run(&s, fake_is_verbose, &e), 0, "both sides write much");
	is_int(s.accepted, 200, "and neither blocks the other");
	s = (struct source){ .n = 100 };
	is_int(run(&s, fake_refuses_odd, &e), 0, "some are refused");
	ok(s.accepted == 50 && s.refused == 50, "and the others are not");
}

static void broken(void)
{
	struct source s = { .n = 1000 };
	struct err e;

	is_int(run(&s, fake_breaks_on_the_way, &e), 0, "a connection that breaks");
	is_int(s.accepted, 1000, "is made again, and nothing is lost or doubled");
	is_int(s.job_sum, 1000 * 1001 / 2, "each its own job");
	s = (struct source){ .n = 300 };
	is_int(run(&s, fake_dies_on_the_way, &e), 0, "a jobd that dies");
	is_int(s.accepted, 100, "what it answered");
	is_int(s.left, 200, "and the rest in the spool");
	s = (struct source){ .n = 10 };
	is_int(run(&s, NULL, &e), 0, "no jobd");
	is_int(s.left, 10, "all in the spool");
	s = (struct source){ .n = 10, .fail_at = 6 };
	is_int(run(&s, fake_answers_all, &e), -1, "a source that fails");
	is_str(e.text, "line 6 is wrong", "says why");
	is_int(s.accepted, 6, "what came before is answered");
	s = (struct source){ .n = 10 };
	is_int(run(&s, fake_forbids, &e), 0, "a jobd that does not want us");
	ok(s.done == 10 && s.refused + s.left == 10 && s.refused > 0, "every one has its result");
}

/* ---- batches */

static struct msg **batch_new(size_t n)
{
	struct msg **m = xcalloc(n, sizeof(*m));
	struct uuid u;

	for (size_t i = 0; i < n; i++) {
		m[i] = msg_new(MSG_SUBMIT);
		uuid_new(&u);
		msg_add_uuid(m[i], F_UUID, &u);
		msg_addf(m[i], F_ARG, "%zu", i);
	}
	return m;
}

static void fake_is_silent(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	while ((m = peer_read(&p)) != NULL)
		msg_free(m);
}

static int batch_run(void (*fn)(int listener), size_t n, struct client_result *results,
    struct err *e)
{
	struct client *c = client_new(&spool);
	struct msg **m = batch_new(n);
	pid_t pid = fn != NULL ? fake_start(&spool, fn) : -1;
	int r;

	err_clear(e);
	if (fn == fake_is_silent)
		client_silence(c, SHORT);
	r = client_submit_batch(c, m, n, results, e);
	client_free(c);
	for (size_t i = 0; i < n; i++)
		msg_free(m[i]);
	free(m);
	if (pid != -1)
		is_int(fake_end(pid), 0, "the fake is content");
	return r;
}

static void results_send(struct peer *p, const struct msg *head, const char *const *lines)
{
	struct msg *reply = reply_new(MSG_OK, head);

	for (; *lines != NULL; lines++)
		msg_add(reply, F_RESULT, *lines);
	peer_send(p, reply);
}

static struct msg *batch_expect(struct peer *p, int listener, uint64_t n)
{
	struct msg *head;

	peer_accept(p, listener);
	head = peer_expect(p, MSG_BATCH);
	if (msg_u64(head, F_COUNT, 0) != n)
		_exit(4);
	for (uint64_t i = 0; i < n; i++)
		msg_free(peer_expect(p, MSG_SUBMIT));
	return head;
}

static void fake_takes_batch(int listener)
{
	const char *const lines[] = { "10 0 accepted", "5 0 duplicate", "12 0 accepted", NULL };
	struct peer p;

	results_send(&p, batch_expect(&p, listener, 3), lines);
}

static void fake_forgets_one(int listener)
{
	const char *const lines[] = { "10 0 accepted", "5 0 duplicate", NULL };
	struct peer p;

	results_send(&p, batch_expect(&p, listener, 3), lines);
}

static void fake_cannot_one(int listener)
{
	const char *const lines[] = { "10 0 accepted", "- 2 no", "12 0 accepted", NULL };
	struct peer p;

	results_send(&p, batch_expect(&p, listener, 3), lines);
}

static void fake_refuses_batch(int listener)
{
	struct peer p;
	struct msg *head = batch_expect(&p, listener, 3);

	peer_error(&p, head, ERR_DATA, "entry 2: priority: too high");
}

static void fake_takes_large_batch(int listener)
{
	struct peer p;
	struct msg *head = batch_expect(&p, listener, CLIENT_BATCH_MAX);
	struct msg *reply = reply_new(MSG_OK, head);

	for (int i = 0; i < CLIENT_BATCH_MAX; i++)
		msg_addf(reply, F_RESULT, "%d 0 accepted", i + 1);
	peer_send(&p, reply);
}

static void batches(void)
{
	struct client_result *r = xcalloc(CLIENT_BATCH_MAX, sizeof(*r));
	struct err e;

	is_int(batch_run(fake_takes_batch, 3, r, &e), 0, "a batch: %s", e.text);
	ok(r[0].job == 10 && r[1].job == 5 && r[2].job == 12, "its jobs, in order of entries");
	ok(r[0].outcome == CLIENT_ACCEPTED && r[1].outcome == CLIENT_DUPLICATE,
	    "and what they are");
	ok(!uuid_is_nil(&r[2].uuid), "with their UUIDs");
	is_int(batch_run(fake_refuses_batch, 3, r, &e), -1, "a batch that is refused");
	ok(e.code == ERR_DATA && strcmp(e.text, "entry 2: priority: too high") == 0, "why");
	is_int(batch_run(fake_forgets_one, 3, r, &e), -1, "an answer with a hole");
	is_str(e.text, "jobd did not answer for entry 3", "is told");
	is_int(batch_run(fake_cannot_one, 3, r, &e), -1, "an entry that is refused");
	ok(e.code == ERR_DATA && strcmp(e.text, "entry 2: no") == 0, "is told");
	is_int(batch_run(fake_takes_large_batch, CLIENT_BATCH_MAX, r, &e), 0, "the largest: %s",
	    e.text);
	is_int(r[CLIENT_BATCH_MAX - 1].job, CLIENT_BATCH_MAX, "its last job");
	is_int(batch_run(NULL, CLIENT_BATCH_MAX + 1, r, &e), -1, "one more");
	is_int(e.code, ERR_DATA, "code");
	is_int(batch_run(NULL, 0, r, &e), -1, "none");
	is_int(e.code, ERR_DATA, "code");
	is_int(batch_run(fake_is_silent, 2, r, &e), -1, "silence");
	is_int(e.code, ERR_UNAVAIL, "code");
	is_int(batch_run(NULL, 2, r, &e), -1, "no jobd");
	is_int(e.code, ERR_UNAVAIL, "a batch is not left in the spool");
	free(r);
}

int main(void)
{
	struct err e;

	if (!ok(spool_make(&spool, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return tap_done();
	many();
	broken();
	batches();
	spool_close(&spool);
	return tap_done();
}
