/*
 * agent_orders: repeated, late and foreign orders; attachments; a daemon that is
 * stopped and started; users.
 */
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "play.h"
#include "tap.h"

#define SH(text) (const char *const[]){ "/bin/sh", "-c", text, NULL }

static struct play p;
static const char *dir, *work;

static const char *at(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	return path;
}

static void order(uint64_t job, uint64_t number, const char *text)
{
	struct msg *launch = play_launch(SH(text), NULL);

	msg_add(launch, F_CHDIR, work);
	play_order(&p, play_start(&p, job, number), launch);
}

static void expect(enum msg_type type, uint64_t job, const char *cause, const char *what)
{
	struct msg *m = play_await(&p, type, job, PLAY_MS);

	ok(m != NULL, "%s: %s", what, m != NULL && msg_has(m, F_TEXT) ? msg_str(m, F_TEXT) : "");
	if (m != NULL && cause != NULL)
		is_str(msg_str(m, F_CAUSE), cause, "%s: the cause", what);
	msg_free(m);
}

/* The worker has read everything that was sent. */
static void quiet(const char *what)
{
	struct msg *m = msg_new(MSG_W_PING);

	msg_add_u64(m, F_SEQ, ++p.seq);
	play_put(&p, m);
	msg_free(m);
	play_send(&p);
	m = play_next(&p, PLAY_MS);
	ok(m != NULL && msg_type(m) == MSG_W_PONG && msg_u64(m, F_SEQ, 0) == p.seq, "%s: %s", what,
	    m != NULL ? msg_type_name(msg_type(m)) : "nothing");
	msg_free(m);
}

static void test_repeated(void)
{
	order(1, 1, "echo run >>one; while [ ! -e go1 ]; do sleep 0.01; done");
	order(1, 1, "echo run >>one");
	play_send(&p);
	expect(MSG_W_STARTED, 1, NULL, "started");
	order(1, 1, "echo run >>one");
	play_send(&p);
	expect(MSG_W_STARTED, 1, NULL, "ordered again: it runs already");
	order(1, 2, "echo run >>one");
	play_send(&p);
	expect(MSG_W_REFUSE, 1, NULL, "another execution while this one runs is refused");
	close(open(at("go1"), O_CREAT | O_WRONLY, 0600));
	expect(MSG_W_RESULT, 1, "exit", "ended");
	order(1, 1, "echo run >>one");
	play_send(&p);
	expect(MSG_W_RESULT, 1, "exit", "ordered again: it has ended");
	play_ack(&p, 1, 1);
	play_ack(&p, 1, 1);
	play_ack(&p, 99, 1);
	order(1, 1, "echo run >>one");
	play_send(&p);
	expect(MSG_W_REFUSE, 1, NULL, "ordered again after it was acknowledged: refused");
	ok(play_file_is(at("one"), "run\n"), "it ran once");
	order(1, 3, "exit 1");
	play_send(&p);
	expect(MSG_W_RESULT, 1, "exit", "a later execution");
	order(1, 2, "exit 1");
	play_send(&p);
	expect(MSG_W_REFUSE, 1, NULL, "one that is smaller: refused");
	play_ack(&p, 1, 3);
	quiet("nothing more");
}

/* An order that waits for the end of another of its size. */
static void order_ahead(uint64_t job, const char *text, uint64_t cpus)
{
	struct msg *launch = play_launch(SH(text), NULL), *start = play_start(&p, job, 1);

	msg_add(launch, F_CHDIR, work);
	msg_add_u64(start, F_CPUS, cpus);
	msg_add_u64(start, F_AHEAD, 1);
	play_order(&p, start, launch);
}

static void order_sized(uint64_t job, const char *text, uint64_t cpus)
{
	struct msg *launch = play_launch(SH(text), NULL), *start = play_start(&p, job, 1);

	msg_add(launch, F_CHDIR, work);
	msg_add_u64(start, F_CPUS, cpus);
	play_order(&p, start, launch);
}

static void go(const char *name)
{
	close(open(at(name), O_CREAT | O_WRONLY, 0600));
}

#define UNTIL(name) "while [ ! -e " name " ]; do sleep 0.01; done"

static void test_ahead(void)
{
	order_sized(300, UNTIL("go300"), 1000);
	order_ahead(301, "echo 301 >>ran", 1000);
	order_ahead(302, "echo 302 >>ran", 1000);
	order_ahead(303, "echo 303 >>ran", 2000);
	play_send(&p);
	expect(MSG_W_STARTED, 300, NULL, "the one that holds a place");
	quiet("the others wait");
	play_kill(&p, 303, 1, "recalled", 0, false);
	play_kill(&p, 300, 1, "recalled", 0, false);
	play_send(&p);
	expect(MSG_W_RESULT, 303, "recalled", "one that waits can be taken back");
	quiet("one that runs cannot");
	go("go300");
	expect(MSG_W_RESULT, 300, "exit", "the place comes free");
	expect(MSG_W_RESULT, 301, "exit", "the first takes it");
	expect(MSG_W_RESULT, 302, "exit", "and passes it on");
	ok(play_file_is(at("ran"), "301\n302\n"), "in the order in which they came");
	/* jobd has not heard of the last end: an order that it sent before finds the place. */
	order_ahead(304, "exit 0", 1000);
	play_send(&p);
	expect(MSG_W_RESULT, 304, "exit", "an end that is not acknowledged passes its place on");
	for (uint64_t job = 300; job <= 304; job++)
		play_ack(&p, job, 1);
	order_ahead(305, "echo 305 >>ran", 1000);
	play_send(&p);
	quiet("an end that is acknowledged does not");
	play_kill(&p, 305, 1, "killed", 0, false);
	play_send(&p);
	expect(MSG_W_RESULT, 305, "never_started", "one that waits can be ended like any other");
	play_ack(&p, 305, 1);
}

static void test_kill_first(void)
{
	play_kill(&p, 2, 1, "killed", 0, false);
	play_send(&p);
	expect(MSG_W_RESULT, 2, "never_started", "an order to end that comes first");
	order(2, 1, "echo run >>two");
	play_send(&p);
	expect(MSG_W_RESULT, 2, "never_started", "and then the order to start");
	play_ack(&p, 2, 1);
	order(2, 1, "echo run >>two");
	play_kill(&p, 2, 1, "killed", 0, false);
	play_send(&p);
	expect(MSG_W_REFUSE, 2, NULL, "also after it is settled");
	quiet("nothing is said to the other one");
	ok(access(at("two"), F_OK) == -1, "it never ran");
}

static void test_foreign(void)
{
	struct uuid mine = p.instance;
	struct play other;

	uuid_new(&p.instance);
	order(3, 1, "exit 0");
	p.instance = mine;
	p.epoch--;
	order(4, 1, "exit 0");
	p.epoch++;
	play_send(&p);
	expect(MSG_W_REFUSE, 3, NULL, "an order of another instance");
	expect(MSG_W_REFUSE, 4, NULL, "an order of an earlier epoch");
	play_init(&other);
	other.epoch = 1000;
	ok(play_connect(&other, dir) == 0 && play_attach(&other, NULL, NULL) == -1,
	    "another instance may not attach");
	quiet("and the one that is there stays");
	other.instance = mine;
	other.epoch = p.epoch - 1;
	ok(play_connect(&other, dir) == 0 && play_attach(&other, NULL, NULL) == -1,
	    "nor may an earlier epoch");
	quiet("and the one that is there stays");
	other.epoch = p.epoch + 1;
	ok(play_connect(&other, dir) == 0 && play_attach(&other, NULL, NULL) == 0,
	    "a later one may");
	ok(play_next(&p, PLAY_MS) == NULL && read(p.fd, &(char){ 0 }, 1) <= 0,
	    "and the former one is closed");
	play_release(&other);
	ok(play_connect(&p, dir) == 0 && play_attach(&p, NULL, NULL) == -1, "it may not come back");
	p.epoch += 1;
	ok(play_connect(&p, dir) == 0 && play_attach(&p, NULL, NULL) == 0,
	    "with the new epoch it may");
}

static void test_nonsense(void)
{
	struct msg *m = msg_new(MSG_W_PING);

	play_connect(&p, dir);
	msg_add_u64(m, F_SEQ, 1);
	play_put(&p, m);
	msg_free(m);
	play_send(&p);
	expect(MSG_W_REFUSE, 0, NULL, "who does not greet is refused");
	ok(play_next(&p, PLAY_MS) == NULL, "and the connection ends");
	play_connect(&p, dir);
	ok(write(p.fd, "GET / HTTP/1.0\r\n\r\n", 18) == 18, "another protocol");
	expect(MSG_W_REFUSE, 0, NULL, "is refused");
	play_connect(&p, dir);
	ok(play_attach(&p, NULL, NULL) == 0, "attached");
	m = msg_new(MSG_W_HELD_END);
	msg_add_u64(m, F_COUNT, 1);
	play_put(&p, m);
	msg_free(m);
	play_send(&p);
	expect(MSG_W_REFUSE, 0, NULL, "what is no order ends the attachment");
	play_connect(&p, dir);
	ok(play_attach(&p, NULL, NULL) == 0, "and it can begin anew");
}

struct held {
	int n, running, ended;
	char causes[256];
};

static void on_held(void *arg, const struct msg *m)
{
	struct held *h = arg;

	h->n++;
	h->running += strcmp(msg_str(m, F_STATUS), "running") == 0;
	if (strcmp(msg_str(m, F_STATUS), "ended") == 0) {
		h->ended++;
		snprintf(h->causes + strlen(h->causes), sizeof(h->causes) - strlen(h->causes),
		    "%" PRIu64 ":%s ", msg_u64(m, F_JOB, 0), msg_str(m, F_CAUSE));
	}
}

static struct held attach_again(void)
{
	struct held h = { .n = 0 };

	p.daemon = play_daemon(dir, NULL);
	ok(p.daemon != 0 && play_connect(&p, dir) == 0 && play_attach(&p, on_held, &h) == 0,
	    "a daemon, attached");
	return h;
}

/* With the list of what it holds, or behind it. */
static void told(const struct held *h, uint64_t job, const char *cause, const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64 ":%s ", job, cause);
	if (strstr(h->causes, text) == NULL)
		expect(MSG_W_RESULT, job, cause, what);
	else
		ok(true, "%s", what);
}

/* Only the jobd that gave the order may have it begin. */
static void test_ahead_detached(void)
{
	struct held h = { .n = 0 };

	order_sized(310, UNTIL("go310"), 1000);
	order_ahead(311, "echo 311 >>ran", 1000);
	play_send(&p);
	expect(MSG_W_STARTED, 310, NULL, "the one that holds a place");
	play_close(&p);
	go("go310");
	ok(play_connect(&p, dir) == 0 && play_attach(&p, on_held, &h) == 0, "attached anew");
	told(&h, 311, "recalled", "what waited was given back");
	told(&h, 310, "exit", "what held the place has ended");
	play_ack(&p, 310, 1);
	play_ack(&p, 311, 1);
	order_sized(312, UNTIL("go312"), 1000);
	order_ahead(313, "echo 313 >>ran", 1000);
	play_send(&p);
	expect(MSG_W_STARTED, 312, NULL, "again");
	kill(p.daemon, SIGKILL);
	waitpid(p.daemon, NULL, 0);
	play_close(&p);
	h = attach_again();
	go("go312");
	told(&h, 313, "recalled", "after a crash, too");
	told(&h, 312, "exit", "what held the place has ended");
	play_ack(&p, 312, 1);
	play_ack(&p, 313, 1);
	quiet("settled");
	ok(play_file_is(at("ran"), "301\n302\n"), "and none of them ran");
}

/* Jobs run on without a daemon, and what it owes it still owes afterwards. */
static void test_restart(void)
{
	struct uuid journal = p.journal;
	struct held h;

	order(10, 1, "while [ ! -e go10 ]; do sleep 0.01; done; exit 10");
	order(11, 1, "while [ ! -e go11 ]; do sleep 0.01; done; exit 11");
	order(12, 1, "exit 12");
	play_send(&p);
	expect(MSG_W_RESULT, 12, "exit", "one that has ended");
	play_stop(p.daemon);
	play_stop(play_daemon(dir, NULL));
	close(open(at("go11"), O_CREAT | O_WRONLY, 0600));
	h = attach_again();
	ok(uuid_equal(&journal, &p.journal), "the same journal");
	ok(h.n == 3, "it holds all three");
	ok(strstr(h.causes, "12:exit") != NULL, "the ended one is told again: %s", h.causes);
	if (strstr(h.causes, "11:") == NULL)
		expect(MSG_W_RESULT, 11, "exit", "one that ended meanwhile");
	close(open(at("go10"), O_CREAT | O_WRONLY, 0600));
	expect(MSG_W_RESULT, 10, "exit", "one that ran on");
	play_ack(&p, 10, 1);
	play_ack(&p, 11, 1);
	play_ack(&p, 12, 1);
	quiet("all settled");
	play_stop(p.daemon);
	h = attach_again();
	is_int(h.n, 0, "nothing is held any more");
	order(12, 1, "echo run >>twelve");
	play_send(&p);
	expect(MSG_W_REFUSE, 12, NULL, "but the daemon remembers");
	play_kill(&p, 50, 1, "killed", 0, false);
	play_send(&p);
	expect(MSG_W_RESULT, 50, "never_started", "killed before it came");
	play_stop(p.daemon);
	h = attach_again();
	is_str(h.causes, "50:never_started ", "is remembered, too");
	order(50, 1, "echo run >>fifty");
	play_send(&p);
	expect(MSG_W_RESULT, 50, "never_started", "and still may not start");
	play_ack(&p, 50, 1);
	quiet("settled");
}

/* An order to end that comes while its supervisor is another daemon's child. */
static void test_adopted_kill(void)
{
	struct held h;

	order(60, 1, "trap '' TERM; touch sixty; while :; do sleep 0.05; done");
	play_send(&p);
	expect(MSG_W_STARTED, 60, NULL, "started");
	play_stop(p.daemon);
	h = attach_again();
	is_int(h.running, 1, "adopted");
	play_kill(&p, 60, 1, "killed", 0, true);
	play_send(&p);
	expect(MSG_W_RESULT, 60, "killed", "ended by its second daemon");
	play_ack(&p, 60, 1);
	quiet("settled");
}

/* Its exit status; what it prints goes to tools.out. */
static int tool(const char *command, const char *argument)
{
	const char *argv[] = { play_program(), command, "--dir", dir, argument, NULL };
	int status, out;
	pid_t pid = fork();

	if (pid == 0) {
		out = open(at("tools.out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(out, 1);
		dup2(out, 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static bool printed(const char *text)
{
	struct buf b;
	bool r;

	buf_init(&b, 65536);
	r = file_read(AT_FDCWD, at("tools.out"), &b, NULL) == 0 && strstr(b.data, text) != NULL;
	buf_release(&b);
	return r;
}

static void test_tools(void)
{
	order(80, 1, "touch eighty; sleep 30");
	play_send(&p);
	expect(MSG_W_STARTED, 80, NULL, "started");
	is_int(tool("status", NULL), 0, "jobworker status");
	ok(printed("80.1             running"), "shows it");
	is_int(tool("sweep", NULL), 0, "jobworker sweep");
	ok(printed("0\n"), "spares what has a supervisor");
	is_int(tool("kill", "80.1"), 0, "jobworker kill");
	expect(MSG_W_RESULT, 80, "killed", "ends it");
	is_int(tool("status", NULL), 0, "jobworker status");
	ok(printed("80.1             ended"), "shows that");
	is_int(tool("kill", "80.1"), 66, "it cannot be ended twice");
	is_int(tool("kill", "80"), 64, "nor without its number");
	is_int(tool("run", NULL), 75, "a second daemon");
	ok(printed("held by jobworker, process "), "says who has the folder");
	play_ack(&p, 80, 1);
	quiet("settled");
	is_int(tool("status", NULL), 0, "jobworker status");
	ok(!printed("80.1"), "shows nothing that is settled");
}

/* ---- as whom */

static void order_as(uint64_t job, const char *user, uint64_t uid, const char *run_as,
    const char *text)
{
	struct msg *start = msg_new(MSG_W_START), *launch = play_launch(SH(text), NULL);
	struct uuid u;

	uuid_new(&u);
	msg_add_u64(start, F_JOB, job);
	msg_add_u64(start, F_EXECUTION, 1);
	msg_add_u64(start, F_EPOCH, p.epoch);
	msg_add_uuid(start, F_INSTANCE, &p.instance);
	msg_add_uuid(start, F_UUID, &u);
	msg_add(start, F_USER, user);
	msg_add_u64(start, F_UID, uid);
	if (run_as != NULL)
		msg_add(start, F_RUN_AS, run_as);
	msg_add_u64(start, F_ATTEMPT, 1);
	msg_add(launch, F_CHDIR, "/");
	msg_addf(launch, F_STDOUT, "%s/as.%%j", work);
	play_order(&p, start, launch);
	play_send(&p);
}

static void test_users(void)
{
	const struct passwd *pw = getpwnam("nobody");
	struct stat st;
	gid_t groups[64];
	int n = 64;
	char want[2048];

	if (geteuid() != 0 || pw == NULL) {
		order_as(200, "root", geteuid(), "root", "exit 0");
		expect(MSG_W_RESULT, 200, "user", "who is not root cannot become another");
		play_ack(&p, 200, 1);
		return;
	}
	chmod(work, 0777);
	order_as(200, "nobody", pw->pw_uid, NULL, "id -u; id -g; id -G; echo $HOME $USER $LOGNAME; "
	    "grep -E 'Cap(Eff|Prm)|NoNewPrivs' /proc/$$/status | cut -f2; kill -0 $PPID || "
	    "echo no");
	expect(MSG_W_RESULT, 200, "exit", "as the submitter");
	getgrouplist(pw->pw_name, pw->pw_gid, groups, &n);
	n = snprintf(want, sizeof(want), "%u\n%u\n%u\n%s nobody nobody\n0000000000000000\n"
	    "0000000000000000\n0\nno\n", pw->pw_uid, pw->pw_gid, groups[0], pw->pw_dir);
	ok(n > 0 && play_file_is(at("as.200"), want), "its numbers, its home, no privileges");
	ok(stat(at("as.200"), &st) == 0 && st.st_uid == pw->pw_uid, "its file is its own");
	order_as(201, "root", 0, "nobody", "id -un");
	expect(MSG_W_RESULT, 201, "exit", "as somebody else");
	ok(play_file_is(at("as.201"), "nobody\n"), "who it was to be");
	order_as(202, "nobody", 4242, NULL, "id");
	expect(MSG_W_RESULT, 202, "user", "another number on this host");
	order_as(203, "no-such-user", 4242, NULL, "id");
	expect(MSG_W_RESULT, 203, "user", "nobody of this name");
	order_as(204, "-x", 4242, NULL, "id");
	expect(MSG_W_RESULT, 204, "user", "a name that is an option");
	order_as(205, "nobody", pw->pw_uid, NULL, "cat /etc/shadow");
	expect(MSG_W_RESULT, 205, "exit", "it cannot read what root can");
	ok(play_file_is(at("as.205"), ""), "nothing of it");
	for (uint64_t job = 200; job <= 205; job++)
		play_ack(&p, job, 1);
	quiet("settled");
}

int main(void)
{
	dir = tap_tmpdir();
	work = tap_tmpdir();
	chmod(dir, 0711);
	play_init(&p);
	p.epoch = 10;
	p.daemon = play_daemon(dir, NULL);
	if (p.daemon == 0 || play_connect(&p, dir) == -1 || play_attach(&p, NULL, NULL) == -1) {
		ok(false, "a daemon to play with");
		return tap_done();
	}
	test_repeated();
	test_ahead();
	test_ahead_detached();
	test_kill_first();
	test_foreign();
	test_nonsense();
	test_restart();
	test_adopted_kill();
	test_tools();
	test_users();
	play_release(&p);
	play_stop(p.daemon);
	return tap_done();
}
