/* agent_ladder: the times of an execution's end; and orders that ride on a signal. */
#include <signal.h>
#include <unistd.h>

#include "agent/ladder.h"
#include "agent/tell.h"
#include "core/types.h"
#include "tap.h"

static void test_quiet(void)
{
	struct ladder l;

	ladder_init(&l, 30000);
	is_int(ladder_due(&l), -1, "nothing is due");
	is_int(ladder_step(&l, 1000), LADDER_WAIT, "nothing to do");
	is_int(l.cause, -1, "no cause");
}

static void test_limit(void)
{
	struct ladder l;

	ladder_init(&l, 500);
	ladder_limit(&l, 10000);
	is_int(ladder_due(&l), 10000, "due at the limit");
	is_int(ladder_step(&l, 9999), LADDER_WAIT, "not before");
	is_int(ladder_step(&l, 10000), LADDER_SOFT, "soft at the limit");
	is_int(l.cause, END_TIMEOUT, "the cause is the limit");
	is_int(ladder_due(&l), 10500, "hard after the grace");
	is_int(ladder_step(&l, 10499), LADDER_WAIT, "not before");
	is_int(ladder_step(&l, 10500), LADDER_HARD, "hard");
	is_int(ladder_due(&l), 10505, "again soon");
	is_int(ladder_step(&l, 10505), LADDER_HARD, "and again");
	is_int(ladder_due(&l), 10515, "ever more slowly");
	is_int(ladder_step(&l, 10500 + LADDER_GIVE_UP_MS), LADDER_GIVE_UP, "until it gives up");
	is_int(ladder_due(&l), -1, "for good");
}

static void test_warning(void)
{
	struct ladder l;

	ladder_init(&l, 500);
	ladder_warn(&l, 2000);
	is_int(ladder_due(&l), -1, "without a limit there is no warning");
	ladder_limit(&l, 10000);
	is_int(ladder_due(&l), 8000, "due before the limit");
	is_int(ladder_step(&l, 7999), LADDER_WAIT, "not sooner");
	is_int(ladder_step(&l, 8001), LADDER_WARN, "then it comes");
	is_int(l.cause, -1, "and ends nothing");
	is_int(ladder_step(&l, 8001), LADDER_WAIT, "once");
	is_int(ladder_due(&l), 10000, "the limit follows");
	ladder_limit(&l, -1);
	is_int(ladder_due(&l), -1, "unless it is taken away");
	ladder_limit(&l, 10000);
	is_int(ladder_step(&l, 10000), LADDER_SOFT, "as it would have without");
	ladder_init(&l, 500);
	ladder_warn(&l, 2000);
	ladder_limit(&l, 10000);
	is_int(ladder_step(&l, 10000), LADDER_SOFT, "who comes too late does not warn");
	ladder_init(&l, 500);
	ladder_warn(&l, 2000);
	ladder_limit(&l, 10000);
	ladder_main_ended(&l, 5000);
	is_int(ladder_step(&l, 8000), LADDER_HARD, "nobody is left to be warned");
}

static void test_orders(void)
{
	struct ladder l;

	ladder_init(&l, 30000);
	ladder_begin(&l, END_KILLED, 2000, 100);
	is_int(ladder_step(&l, 100), LADDER_SOFT, "an order: soft at once");
	ladder_begin(&l, END_TIMEOUT, 60000, 200);
	is_int(l.cause, END_KILLED, "the first cause stays");
	is_int(ladder_due(&l), 2100, "a later order gives no more time");
	ladder_begin(&l, END_KILLED, 0, 300);
	is_int(ladder_step(&l, 300), LADDER_HARD, "but it may take some away");
	ladder_begin(&l, END_KILLED, 0, 301);
	is_int(ladder_step(&l, 301), LADDER_WAIT, "and then it is as hard as it gets");
	ladder_init(&l, 30000);
	ladder_begin(&l, END_KILLED, 0, 100);
	is_int(ladder_step(&l, 100), LADDER_HARD, "no grace: no soft step");
}

static void test_leftover(void)
{
	struct ladder l;

	ladder_init(&l, 30000);
	ladder_limit(&l, 5000);
	ladder_main_ended(&l, 1000);
	is_int(ladder_step(&l, 1000), LADDER_SOFT, "what a job leaves behind is told at once");
	is_int(ladder_due(&l), 1000 + LADDER_LEFTOVER_MS, "with a short grace");
	is_int(l.cause, -1, "the job has ended by itself");
	ladder_begin(&l, END_KILLED, 0, 1100);
	is_int(l.cause, -1, "an order that comes after that changes nothing in it");
	is_int(ladder_step(&l, 1100), LADDER_HARD, "but is obeyed");
	ladder_init(&l, 100);
	ladder_main_ended(&l, 1000);
	(void)ladder_step(&l, 1000);
	is_int(ladder_due(&l), 1100, "never more than the job's own grace");
	ladder_init(&l, 10000);
	ladder_begin(&l, END_KILLED, 10000, 0);
	(void)ladder_step(&l, 0);
	ladder_main_ended(&l, 10);
	is_int(ladder_due(&l), 10000, "children of one that was told have the rest of its grace");
	ladder_init(&l, 30000);
	ladder_main_ended(&l, 1000);
	ladder_limit(&l, 5000);
	is_int(ladder_due(&l), 1000, "a limit that is set too late does not count");
}

/* From the first hard pass to the last there are not more than a few hundred. */
static void test_cost(void)
{
	struct ladder l;
	int64_t now = 0;
	int passes = 0;

	ladder_init(&l, 0);
	ladder_begin(&l, END_KILLED, 0, 0);
	while (ladder_step(&l, now) == LADDER_HARD) {
		passes++;
		now = ladder_due(&l);
	}
	ok(passes > 200 && passes < 300, "%d passes in two minutes", passes);
	is_int(now, LADDER_GIVE_UP_MS, "and it ends on the millisecond");
}

static void round_trip(int sig, int cause, bool now, int64_t grace, int64_t want)
{
	struct tell t = { .signal = sig, .cause = cause, .now = now, .grace = grace }, got;
	int value = tell_encode(&t);

	ok(value > 0 && tell_decode(value, &got) == 0, "an order as a number: %d", value);
	ok(got.signal == sig && got.cause == cause && got.now == now, "and back");
	is_int(got.grace, want, "with its grace");
}

static void test_tell(void)
{
	struct tell t;

	round_trip(0, END_KILLED, false, -1, -1);
	round_trip(64, END_UNKILLABLE, false, 0, 0);
	round_trip(0, END_UNKILLABLE, true, 0, 0);
	round_trip(SIGSTOP, END_FENCED, false, 30000, 30000);
	round_trip(0, END_TIMEOUT, false, 30001, 30100);
	round_trip(0, END_TIMEOUT, false, INT64_MAX / 2, 13107000);
	is_int(tell_decode(0, &t), -1, "0 is no order");
	is_int(tell_decode(-1, &t), -1, "nor is -1");
	is_int(tell_decode(1 << 30 | 30 << 7, &t), -1, "nor one with a cause that is none");
	is_int(tell_decode(1 << 30 | 127, &t), -1, "nor one with a signal that is none");
	is_int(tell_send(getpid(), -1, 0, NULL) == 0 ? 0 : -1, 0, "sent to a process");
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, TELL_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	test_quiet();
	test_limit();
	test_warning();
	test_orders();
	test_leftover();
	test_cost();
	test_tell();
	return tap_done();
}
