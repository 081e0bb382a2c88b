/*
 * Notices: what may be asked for; who is told of what, once; how often a receiver that
 * does not answer is tried; that it holds up nobody else; what a restart knows.
 */
#include <stdio.h>
#include <string.h>

#include "core/notify.h"
#include "planlib.h"
#include "tap.h"
#include "zonelib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static struct lab *l;

static void begin(void)
{
	l = lab_new(NULL);
	l->now.wall = utc("2026-03-01T12:00");
	lab_worker(l, "w", 64000);
}

/* ---- subscriptions */

static void subscriptions(void)
{
	static const struct {
		const char *text;
		unsigned events;
		int channel;
		const char *to;
	} rows[] = {
		{ "mail:ann", 1u << NOTICE_ENDED, CHANNEL_MAIL, "ann" },
		{ "failed:mail:ann@example.org", 1u << NOTICE_FAILED, CHANNEL_MAIL,
		    "ann@example.org" },
		{ "started,late:cmd:/bin/x", 1u << NOTICE_STARTED | 1u << NOTICE_LATE, CHANNEL_CMD,
		    "/bin/x" },
		{ "all:hook:https://h:8080/a?b=c:d", NOTICE_ALL, CHANNEL_HOOK,
		    "https://h:8080/a?b=c:d" },
		{ "first-failure,recovery,unusual,ended:hook:http://h", 1u << NOTICE_FIRST_FAILURE |
		    1u << NOTICE_RECOVERY | 1u << NOTICE_UNUSUAL | 1u << NOTICE_ENDED,
		    CHANNEL_HOOK, "http://h" },
	};
	static const char *const wrong[] = {
		"", "ann", "mail", "mail:", "failed", "failed:", "failed:ann", "mail:-oi",
		"mail:a b", "mail:a\tb", "cmd:x", "cmd:", "hook:ftp://h", "hook:http://",
		"hook:file:///etc/passwd",
		"flailed:mail:ann", "failed,:mail:ann", ",failed:mail:ann", "all,failed:mail:ann",
		":mail:ann", "failed:late:mail:ann", "failed:fax:1",
	};
	struct subscription sub;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *s = rows[i].text;

		is_int(subscription_parse(s, strlen(s), &sub, &e), 0, "%s", s);
		is_int(sub.events, rows[i].events, "its events");
		is_int((int64_t)sub.channel, rows[i].channel, "its way");
		ok(sub.n == strlen(rows[i].to) && memcmp(sub.target, rows[i].to, sub.n) == 0,
		    "to %s", rows[i].to);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		ok(subscription_parse(wrong[i], strlen(wrong[i]), &sub, &e) == -1 &&
		    e.code == ERR_DATA, "'%s': %s", wrong[i], e.text);
}

/* ---- who is told */

static int64_t job(const char *notify, int64_t retries)
{
	struct job_request *r = lab_job(l);

	r->row.notify = notify;
	r->row.name = "dump";
	r->row.max_retries = retries;
	r->row.retry_policy = RETRY_IMMEDIATE;
	return lab_submit(l, r);
}

static const struct notice_row *row(size_t n)
{
	static const struct notice_row none = { .event = "none", .state = "none" };

	return n < l->disk->notice_rows.n ? l->disk->notice_rows.rows[n] : &none;
}

/* All events so far, in order. */
static const char *told(void)
{
	static char out[1024];
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < l->disk->notice_rows.n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", i > 0 ? " " : "",
		    row(i)->event);
	return out;
}

/* The receiver answers for the notice that was handed out in the last turn. */
static void answer(int64_t id, const char *error)
{
	struct event *ev = lab_event(l, EV_NOTICED);

	ev->noticed.id = id;
	ev->noticed.error = error;
	lab_turn(l);
}

static void of_jobs(void)
{
	const struct notice_row *n;

	begin();
	(void)job("all:mail:ann", 0);
	lab_exit(l, 1, 0);
	is_str(told(), "started ended", "one that runs and ends well");
	n = row(1);
	is_str(n->status, "completed", "with what it was");
	ok(n->job_id == 1 && n->execution == 1 && n->exit_code == 0, "the job and its end");
	is_str(n->name, "dump", "its name");
	is_str(n->target, "ann", "and who is told");
	(void)job("ended,failed:mail:bob\nstarted:hook:http://h\nrecovery:mail:eve", 0);
	lab_exit(l, 2, 3);
	is_str(told(), "started ended started failed",
	    "each is told of what he asked for, once, by the word that says most");
	is_str(row(3)->reason, "NonZeroExit", "why");
	is_int(row(3)->exit_code, 3, "and its exit status");
	lab_free(l);

	begin();
	(void)job("failed,first-failure,recovery:mail:ann", 2);
	lab_exit(l, 1, 1);
	is_str(told(), "first-failure", "the first attempt has failed");
	is_str(row(0)->status, "queued", "it is to run again");
	lab_exit(l, 1, 1);
	is_str(told(), "first-failure", "the second is none");
	lab_exit(l, 1, 0);
	is_str(told(), "first-failure recovery", "and it ends well");
	(void)job("failed,first-failure:mail:bob", 1);
	lab_exit(l, 2, 1);
	lab_exit(l, 2, 1);
	is_str(told(), "first-failure recovery first-failure failed", "one that fails for good");
	(void)job("failed,first-failure:mail:eve", 0);
	lab_exit(l, 3, 1);
	is_str(told(), "first-failure recovery first-failure failed first-failure",
	    "at once: the first is the only one");
	(void)job("failed:mail:eve", 0);
	(void)lab_control(l, CONTROL_CANCEL, 4);
	lab_end(l, 4, END_KILLED, -1, 15);
	is_int((int64_t)l->disk->notice_rows.n, 5, "one that somebody cancels has not failed");
	lab_free(l);
}

static void unusual(void)
{
	struct job_request *r;

	begin();
	r = lab_job(l);
	r->row.notify = "unusual:mail:ann";
	r->row.estimate = 10 * MINUTE;
	(void)lab_submit(l, r);
	lab_started(l, 1);
	lab_pass(l, 20 * MINUTE);
	lab_end(l, 1, END_EXIT, 0, -1);
	is_str(told(), "", "twice its estimate is usual");
	r->row.uuid.b[15] ^= 1;
	(void)lab_submit(l, r);
	lab_started(l, 2);
	lab_pass(l, 20 * MINUTE + 1001);
	lab_end(l, 2, END_EXIT, 0, -1);
	is_str(told(), "unusual", "more than that is not");
	lab_free(l);
}

/* A run of the schedule that ends like that, `took` later. */
static void run(int64_t s, int64_t took, int exit_code)
{
	int64_t j;

	(void)plan_order(l, SCHEDULE_RUN, s);
	j = lab_item(l, 0)->job;
	lab_started(l, j);
	lab_pass(l, took);
	lab_end(l, j, END_EXIT, exit_code, -1);
}

static void of_schedules(void)
{
	struct ev_schedule *a;
	int64_t s;

	begin();
	a = plan_new(l, "0 0 1 1 *");
	a->request.row.notify = "first-failure,recovery,late,unusual:mail:ann";
	a->row.max_silence = 100 * HOUR;
	s = plan_add(l, a);
	run(s, MINUTE, 0);
	run(s, MINUTE, 1);
	is_str(told(), "first-failure", "the first run that fails");
	is_int(row(0)->schedule_id, s, "is one of the schedule");
	run(s, MINUTE, 1);
	lab_restart(l);
	lab_worker(l, "w", 64000);
	run(s, MINUTE, 1);
	is_str(told(), "first-failure", "the next ones are none, a restart or not");
	run(s, MINUTE, 0);
	is_str(told(), "first-failure recovery", "until one ends well");
	for (int i = 0; i < 4; i++)
		run(s, MINUTE, 0);
	run(s, 10 * MINUTE, 0);
	is_str(told(), "first-failure recovery unusual", "one that takes long");
	is_int(disk_schedule(l->disk, s)->usual, MINUTE + 9 * MINUTE / 7, "counts for the next");
	lab_pass(l, 100 * HOUR);
	is_str(told(), "first-failure recovery unusual late", "silence");
	is_str(row(3)->status, "silence", "by its name");
	lab_pass(l, 24 * HOUR);
	is_str(told(), "first-failure recovery unusual late late", "and again after a day");
	run(s, MINUTE, 0);
	is_str(told(), "first-failure recovery unusual late late recovery", "until it is broken");
	lab_free(l);
}

/* ---- how it is sent */

static void sent(void)
{
	begin();
	(void)job("ended:mail:ann", 0);
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_NOTICE), 1, "it is handed out");
	is_str(row(0)->state, "pending", "and not sent yet");
	answer(row(0)->id, NULL);
	is_str(row(0)->state, "sent", "until the receiver has it");
	ok(row(0)->sent_at == l->now.wall && row(0)->attempts == 1 && row(0)->error == NULL,
	    "then, at the first attempt");
	answer(row(0)->id, "late");
	is_str(row(0)->state, "sent", "a second answer is none");
	is_int(core_due(l->core, l->now), -1, "nothing is to be done");
	lab_free(l);
}

static void tried_again(void)
{
	int64_t pause = MINUTE;
	int tries = 1;

	begin();
	(void)job("ended:hook:http://h", 0);
	lab_exit(l, 1, 0);
	answer(row(0)->id, "refused");
	is_str(row(0)->error, "refused", "why it was not sent");
	is_int(row(0)->next_at, l->now.wall + MINUTE, "when it is tried again");
	lab_pass(l, MINUTE - 1);
	is_int(lab_effects(l, EFF_NOTICE), 0, "not before");
	lab_restart(l);
	is_int(core_due(l->core, l->now), 1, "a restart knows it");
	lab_worker(l, "w", 64000);
	for (lab_pass(l, 1); lab_effects(l, EFF_NOTICE) == 1 && tries < 100; tries++) {
		answer(row(0)->id, "refused");
		pause = core_due(l->core, l->now);
		if (pause > 0)
			lab_pass(l, pause);
	}
	is_int(tries, 12, "so often");
	is_str(row(0)->state, "failed", "then it is given up");
	is_int(row(0)->attempts, 12, "as its row says");
	lab_free(l);
}

static void dead(void)
{
	begin();
	(void)job("ended:hook:http://dead\nended:mail:ann", 0);
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_NOTICE), 2, "each receiver has its own way");
	answer(2, NULL);
	(void)job("ended:hook:http://dead\nended:mail:ann", 0);
	lab_exit(l, 2, 0);
	is_int(lab_effects(l, EFF_NOTICE), 1, "one that does not answer delays no other");
	is_str(lab_effect(l, EFF_NOTICE, 0)->notice->target, "ann", "which has it at once");
	is_job(l, 2, "completed", "and no job");
	answer(4, NULL);
	answer(1, "no answer");
	is_str(row(2)->state, "pending", "its next one waits behind the first");
	lab_pass(l, MINUTE);
	is_int(lab_effect(l, EFF_NOTICE, 0)->notice->id, 1, "which is tried again");
	answer(1, NULL);
	is_int(lab_effect(l, EFF_NOTICE, 0)->notice->id, 3, "and when it is there the next goes");
	lab_free(l);
}

static void bounds(void)
{
	char to[40];
	int pending = 0;

	begin();
	l->conf.notice_rate = 3;
	core_configure(l->core, &l->conf);
	for (int64_t i = 1; i <= 5; i++) {
		(void)job("ended:mail:ann", 0);
		lab_exit(l, i, 0);
	}
	for (size_t i = 0; i < 5; i++)
		pending += strcmp(row(i)->state, "pending") == 0;
	is_int(pending, 3, "so many a minute");
	is_str(row(4)->state, "limited", "what is more is on record");
	lab_pass(l, MINUTE);
	(void)job("ended:mail:ann", 0);
	lab_exit(l, 6, 0);
	is_str(row(5)->state, "pending", "a minute later there are more");
	lab_free(l);

	begin();
	for (int64_t i = 1; i <= 20; i++) {
		snprintf(to, sizeof(to), "ended:mail:user%d", (int)i);
		(void)job(to, 0);
		lab_exit(l, i, 0);
	}
	is_int(lab_effects(l, EFF_NOTICE), 0, "no more than 16 are under way");
	is_int(core_due(l->core, l->now), -1, "and nothing is due until one is over");
	answer(1, NULL);
	is_int(lab_effects(l, EFF_NOTICE), 1, "then the next goes");
	l->conf.read_only = true;
	core_configure(l->core, &l->conf);
	answer(2, NULL);
	is_int(lab_effects(l, EFF_NOTICE), 0, "but none while nothing can be written");
	lab_free(l);
}

int main(void)
{
	subscriptions();
	of_jobs();
	unusual();
	of_schedules();
	sent();
	tried_again();
	dead();
	bounds();
	return tap_done();
}
