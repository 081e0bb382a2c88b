/* client: submissions that are answered, refused, repeated, or left in the spool. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "client/client.h"
#include "fakejobd.h"
#include "tap.h"

#define SHORT 150	/* ms of silence that are enough here */

static struct spool spool;

static struct msg *submit_new(const char *arg)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u;

	uuid_new(&u);
	msg_add_uuid(m, F_UUID, &u);
	msg_add(m, F_ARG, arg);
	return m;
}

static size_t waiting(void)
{
	int fd = openat(spool.fd, "incoming", O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);
	const struct dirent *de;
	size_t n = 0;

	while ((de = readdir(d)) != NULL)
		n += strlen(de->d_name) == UUID_TEXT - 1;
	closedir(d);
	return n;
}

static void incoming_clear(void)
{
	struct incoming *list;
	size_t n;

	if (incoming_scan(&spool, 10000, &list, &n, NULL) == -1)
		return;
	for (size_t i = 0; i < n; i++)
		incoming_done(&spool, list[i].name, NULL);
	incoming_release(list, n);
}

static void fake_is_silent(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_SUBMIT);
	msg_free(m);
	while ((m = peer_read(&p)) != NULL)
		msg_free(m);
}

/* Submits one to a fake (or to nobody); r is zero-filled when it fails early. */
static int submit_to(void (*fn)(int listener), struct client_result *r, struct err *e)
{
	struct client *c = client_new(&spool);
	struct msg *m = submit_new("x");
	pid_t pid = fn != NULL ? fake_start(&spool, fn) : -1;
	int result;

	err_clear(e);
	if (fn == fake_is_silent)
		client_silence(c, SHORT);
	result = client_submit(c, m, r, e);
	client_free(c);
	msg_free(m);
	if (pid != -1)
		is_int(fake_end(pid), 0, "the fake is content");
	return result;
}

/* ---- one request */

static void fake_accepts(int listener)
{
	struct peer p;
	struct msg *m;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_SUBMIT);
	peer_okay(&p, m, 42);
}

static void fake_knows(int listener)
{
	struct peer p;
	struct msg *m, *reply;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_SUBMIT);
	reply = reply_new(MSG_OK, m);
	msg_add_u64(reply, F_JOB, 7);
	msg_add_u64(reply, F_DUPLICATE, 1);
	msg_add(reply, F_STATUS, "running");
	msg_add(reply, F_REASON, "Adopting");
	peer_send(&p, reply);
}

static void fake_refuses(int listener)
{
	struct peer p;
	struct msg *m, *reply;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_SUBMIT);
	/* An answer to something else comes first. */
	reply = msg_new(MSG_OK);
	msg_add_u64(reply, F_SEQ, 999);
	peer_send(&p, reply);
	reply = reply_new(MSG_ERROR, m);
	msg_add_u64(reply, F_CODE, ERR_DATA);
	msg_add(reply, F_TEXT, "the key is another job's");
	msg_add_u64(reply, F_JOB, 5);
	peer_send(&p, reply);
}

static void answers(void)
{
	struct client_result r;
	struct err e;

	is_int(submit_to(fake_accepts, &r, &e), 0, "accepted: %s", e.text);
	ok(r.outcome == CLIENT_ACCEPTED && r.job == 42 && !uuid_is_nil(&r.uuid), "what it says");
	is_str(r.status, "queued", "status");
	is_str(r.reason, "", "no reason");
	is_int(submit_to(fake_knows, &r, &e), 0, "known already");
	ok(r.outcome == CLIENT_DUPLICATE && r.job == 7, "what it says");
	is_str(r.status, "running", "status");
	is_str(r.reason, "Adopting", "reason");
	is_int(submit_to(fake_refuses, &r, &e), -1, "refused");
	ok(r.outcome == CLIENT_REFUSED && r.job == 5 && r.err.code == ERR_DATA, "what it says");
	is_int(e.code, ERR_DATA, "code");
	is_str(e.text, "the key is another job's", "words");
	is_int(waiting(), 0, "nothing was left in the spool");
}

/* ---- nobody, silence, broken connections */

static void fake_talks_nonsense(int listener)
{
	struct peer p;

	peer_accept(&p, listener);
	msg_free(peer_expect(&p, MSG_SUBMIT));
	fd_write_all(p.fd, "HTTP/1.1 400 Bad Request\r\n", 26, NULL);
	msg_free(peer_read(&p));
}

static void fake_is_busy(int listener)
{
	struct peer p;

	peer_accept(&p, listener);
	peer_error(&p, NULL, ERR_AGAIN, "too many connections: try later");
}

static void fake_closes_always(int listener)
{
	struct peer p;

	for (int i = 0; i < 3; i++) {
		peer_accept(&p, listener);
		msg_free(peer_expect(&p, MSG_SUBMIT));
		peer_close(&p);
	}
}

static void left(void (*fn)(int listener), const char *why, const char *what)
{
	struct client_result r;
	struct err e;

	incoming_clear();
	is_int(submit_to(fn, &r, &e), 0, "%s: it is not lost: %s", what, e.text);
	is_int(r.outcome, CLIENT_LEFT, "%s: left", what);
	ok(incoming_waits(&spool, &r.uuid), "%s: under its UUID", what);
	is_int(waiting(), 1, "%s: once", what);
	is_int(r.err.code != ERR_NONE, 1, "%s: with a code", what);
	ok(strstr(r.err.text, why) != NULL, "%s: says why (%s)", what, r.err.text);
}

static void jobd_is_away(void)
{
	struct incoming *list;
	struct msg *m = NULL;
	struct err e;
	size_t n, used;

	left(NULL, "does not answer", "nobody listens");
	is_int(incoming_scan(&spool, 10, &list, &n, &e), 0, "what is there");
	ok(n == 1 && list[0].bad.code == ERR_NONE &&
	    msg_decode(list[0].block.data, list[0].block.len, &m, &used, &e) == 1 &&
	    used == list[0].block.len, "is a message");
	is_str(m == NULL ? "" : msg_str(m, F_ARG), "x", "ours");
	msg_free(m);
	incoming_release(list, n);
	left(fake_is_silent, "silent for 150 ms", "silence");
	left(fake_talks_nonsense, "speaks another language", "nonsense");
	left(fake_is_busy, "too many connections", "too busy for us");
	left(fake_closes_always, "closed", "always closed");
	incoming_clear();
}

static void fake_breaks_once(int listener)
{
	struct peer p;
	struct msg *m, *again;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_SUBMIT);
	peer_close(&p);
	peer_accept(&p, listener);
	again = peer_expect(&p, MSG_SUBMIT);
	if (strcmp(msg_str(m, F_UUID), msg_str(again, F_UUID)) != 0)
		_exit(4);
	peer_okay(&p, again, 8);
}

static void fake_forbids(int listener)
{
	struct peer p;

	peer_accept(&p, listener);
	peer_error(&p, NULL, ERR_PERM, "this jobd serves alice only");
}

static void connections(void)
{
	struct client_result r;
	struct err e;

	is_int(submit_to(fake_breaks_once, &r, &e), 0, "broken once");
	ok(r.outcome == CLIENT_ACCEPTED && r.job == 8, "sent again over a new connection");
	is_int(submit_to(fake_forbids, &r, &e), -1, "not for us");
	is_int(e.code, ERR_PERM, "code");
	is_str(e.text, "this jobd serves alice only", "words");
	is_int(waiting(), 0, "and not left");
	is_int(renameat(spool.fd, "incoming", spool.fd, "gone"), 0, "no incoming/");
	is_int(submit_to(NULL, &r, &e), -1, "neither jobd nor spool");
	is_int(e.code, ERR_UNAVAIL, "code");
	ok(strstr(e.text, "does not answer") != NULL && strstr(e.text,
	    "cannot be left in the spool") != NULL, "both are told: %s", e.text);
	is_int(renameat(spool.fd, "gone", spool.fd, "incoming"), 0, "back");
}

/* One who was silent is not waited for again at once. */
static void silent_twice(void)
{
	struct client *c = client_new(&spool);
	struct msg *a = submit_new("a"), *b = submit_new("b");
	pid_t pid = fake_start(&spool, fake_is_silent);
	struct client_result r;
	struct err e;
	int64_t start;

	client_silence(c, SHORT);
	is_int(client_submit(c, a, &r, &e), 0, "silence");
	client_silence(c, 15000);
	start = now_read().boot;
	is_int(client_submit(c, b, &r, &e), 0, "the next one");
	ok(r.outcome == CLIENT_LEFT && now_read().boot - start < 5000, "is left at once");
	is_int(waiting(), 2, "both");
	client_free(c);
	fake_end(pid);
	msg_free(a);
	msg_free(b);
	incoming_clear();
}

/* ---- plain requests */

static void fake_serves(int listener)
{
	struct peer p;
	struct msg *m, *reply;

	peer_accept(&p, listener);
	m = peer_expect(&p, MSG_STATUS);
	reply = reply_new(MSG_OK, m);
	msg_add(reply, F_COLUMN, "pid 5");
	peer_send(&p, reply);
	m = peer_expect(&p, MSG_CONTROL);
	peer_error(&p, m, ERR_NOINPUT, "no such job");
	m = peer_expect(&p, MSG_STATUS);
	peer_ended(&p, m, "1", 1);
	m = peer_expect(&p, MSG_STATUS);
	peer_close(&p);
}

static void calls(void)
{
	struct client *c = client_new(&spool);
	struct msg *m[5], *reply = NULL;
	struct err e;
	pid_t pid;

	for (int i = 0; i < 5; i++)
		m[i] = msg_new(i == 1 ? MSG_CONTROL : MSG_STATUS);
	msg_add(m[1], F_OP, "cancel");
	pid = fake_start(&spool, fake_serves);
	is_int(client_call(c, m[0], &reply, &e), 0, "a request");
	is_str(msg_str(reply, F_COLUMN), "pid 5", "its answer");
	msg_free(reply);
	is_int(client_call(c, m[1], &reply, &e), -1, "one that is refused");
	ok(e.code == ERR_NOINPUT && strcmp(e.text, "no such job") == 0 && reply == NULL, "why");
	is_int(client_call(c, m[2], &reply, &e), -1, "an answer of another kind");
	is_str(e.text, "jobd answered with ended", "says so");
	is_int(client_call(c, m[3], &reply, &e), -1, "a connection that is closed");
	is_int(e.code, ERR_UNAVAIL, "code: %s", e.text);
	is_int(fake_end(pid), 0, "the fake is content");
	is_int(client_call(c, m[4], &reply, &e), -1, "nobody there");
	is_int(e.code, ERR_UNAVAIL, "code: %s", e.text);
	is_int(client_call(c, m[4], &reply, &e), -1, "the same message twice");
	is_int(e.code, ERR_INTERNAL, "is our bug");
	for (int i = 0; i < 5; i++)
		msg_free(m[i]);
	client_free(c);
	client_free(NULL);
}

static void items(void)
{
	static const struct {
		const char *s;
		int r, code;
		const char *text;
	} rows[] = {
		{ "123 3 no such job", 0, 3, "no such job" }, { "100-120 0 ", 0, 0, "" },
		{ "5 0", 0, 0, "" }, { "", -1, 0, "" }, { "5", -1, 0, "" }, { "5 x", -1, 0, "" },
		{ "5 99 x", -1, 0, "" }, { " 5", -1, 0, "" }, { "5  x", -1, 0, "" },
	};
	struct client_item item;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(client_item(rows[i].s, &item), rows[i].r, "result \"%s\"", rows[i].s);
		if (rows[i].r == -1)
			continue;
		is_int(item.code, rows[i].code, "its code");
		is_str(item.text, rows[i].text, "its text");
		ok(item.name == rows[i].s && item.name_len == strcspn(rows[i].s, " "), "its name");
	}
}

int main(void)
{
	struct err e;

	if (!ok(spool_make(&spool, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return tap_done();
	answers();
	jobd_is_away();
	connections();
	silent_twice();
	calls();
	items();
	spool_close(&spool);
	return tap_done();
}
