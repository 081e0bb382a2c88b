/* When waiting is over, and with which status. */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/waitset.h"
#include "core/types.h"
#include "tap.h"

static const struct wait_news
    queued = { JOB_QUEUED, REASON_PRIORITY, -1, -1 },
    running = { JOB_RUNNING, REASON_NONE, -1, -1 },
    good = { JOB_COMPLETED, REASON_NONE, 0, -1 },
    exit3 = { JOB_FAILED, REASON_NONZERO_EXIT, 3, -1 },
    killed = { JOB_FAILED, REASON_SIGNAL, -1, 9 },
    timeout = { JOB_FAILED, REASON_TIMEOUT, 0, -1 },
    missing = { JOB_FAILED, REASON_NOT_FOUND, 127, -1 },
    cancelled = { JOB_CANCELLED, REASON_BY_USER, -1, -1 };

static struct waitset set;

static void begin(enum wait_until until, bool any, size_t n)
{
	static const char *const names[] = { "1", "2", "3" };

	waitset_release(&set);
	waitset_init(&set, until, any);
	for (size_t i = 0; i < n; i++)
		waitset_add(&set, names[i], 0);
}

static bool tell(size_t i, const struct wait_news *news)
{
	return waitset_tell(&set, &set.items[i], news);
}

static int alone(enum wait_until until, const struct wait_news *news)
{
	begin(until, false, 1);
	return tell(0, news) ? waitset_status(&set) : -1;
}

static void one(void)
{
	is_int(alone(UNTIL_ENDED, &queued), -1, "queued is no end");
	is_int(alone(UNTIL_ENDED, &running), -1, "nor is running");
	is_int(alone(UNTIL_ENDED, &good), 0, "completed");
	is_int(alone(UNTIL_ENDED, &exit3), 3, "its own status");
	is_int(alone(UNTIL_ENDED, &killed), 137, "a signal");
	is_int(alone(UNTIL_ENDED, &timeout), EXIT_TIMED_OUT, "the limit");
	is_int(alone(UNTIL_ENDED, &cancelled), EXIT_SCHEDULER, "cancelled");
	is_int(alone(UNTIL_STARTED, &queued), -1, "queued is no start");
	is_int(alone(UNTIL_STARTED, &running), 0, "running is one");
	is_int(alone(UNTIL_STARTED, &exit3), 0, "it had begun");
	is_int(alone(UNTIL_STARTED, &missing), 127, "it could not begin");
	is_int(alone(UNTIL_STARTED, &cancelled), EXIT_SCHEDULER, "it never began");
	is_int(alone(UNTIL_OK, &good), 0, "ok");
	is_int(alone(UNTIL_OK, &exit3), 3, "not ok");
}

static void all(void)
{
	begin(UNTIL_ENDED, false, 3);
	ok(!waitset_over(&set), "nothing yet");
	ok(tell(1, &exit3) && !waitset_over(&set), "one of three");
	ok(!tell(1, &good), "told twice");
	ok(tell(0, &good) && tell(2, &timeout) && waitset_over(&set), "all");
	is_int(waitset_status(&set), EXIT_TIMED_OUT, "the highest");
	set.count_failed = true;
	is_int(waitset_status(&set), 2, "or the number");

	begin(UNTIL_OK, false, 3);
	ok(tell(2, &good) && !waitset_over(&set), "one is ok");
	ok(tell(0, &exit3) && waitset_over(&set), "one is not: no use to wait on");
	is_int(waitset_status(&set), 3, "its status");

	begin(UNTIL_ENDED, false, 0);
	ok(waitset_over(&set) && waitset_status(&set) == 0, "nobody to wait for");
}

static void any(void)
{
	begin(UNTIL_ENDED, true, 3);
	ok(!tell(0, &running) && !waitset_over(&set), "running is not enough");
	ok(tell(1, &exit3) && waitset_over(&set), "the first is");
	tell(2, &good);
	is_int(waitset_status(&set), 3, "and counts");

	begin(UNTIL_OK, true, 3);
	ok(tell(0, &exit3) && !waitset_over(&set), "a failed one: the others may do it");
	ok(tell(1, &good) && waitset_over(&set), "one did");
	is_int(waitset_status(&set), 0, "with 0");
	begin(UNTIL_OK, true, 2);
	ok(tell(0, &exit3) && tell(1, &killed) && waitset_over(&set), "none did");
	is_int(waitset_status(&set), 137, "the highest");
}

static void unknown(void)
{
	begin(UNTIL_ENDED, false, 2);
	waitset_unknown(&set, &set.items[0], EXIT_NOINPUT);
	ok(!waitset_over(&set), "the other one goes on");
	tell(1, &good);
	ok(waitset_over(&set), "both");
	is_int(waitset_status(&set), EXIT_NOINPUT, "and it is told");

	begin(UNTIL_ENDED, true, 2);
	waitset_unknown(&set, &set.items[0], EXIT_NOINPUT);
	ok(!waitset_over(&set), "any: it is not the first one");
	waitset_unknown(&set, &set.items[1], EXIT_NOPERM);
	ok(waitset_over(&set), "but the last");
	is_int(waitset_status(&set), EXIT_NOPERM, "with the highest");
	waitset_unknown(&set, &set.items[1], 0);
	is_int(waitset_status(&set), EXIT_NOPERM, "told twice");
}

static void names(void)
{
	begin(UNTIL_ENDED, false, 3);
	waitset_add(&set, "2", 0);
	ok(waitset_find(&set, "2") == &set.items[1], "found by name");
	ok(waitset_find(&set, "9") == NULL, "not there");
	tell(1, &good);
	ok(waitset_find(&set, "2") == &set.items[3], "named twice, both are told");
}

static struct msg *ended(const char *target, const char *status, int exit_code)
{
	struct msg *m = msg_new(MSG_ENDED);

	msg_add(m, F_TARGET, target);
	msg_add_u64(m, F_JOB, 77);
	msg_add(m, F_STATUS, status);
	if (exit_code >= 0) {
		msg_add(m, F_REASON, "NonZeroExit");
		msg_add_u64(m, F_EXIT_CODE, (uint64_t)exit_code);
	}
	return m;
}

static void messages(void)
{
	struct msg *three = ended("3", "failed", 5), *one_ = ended("1", "completed", -1),
	    *other = ended("8", "completed", -1), *runs = ended("2", "running", -1);
	const char **names;
	size_t n;

	begin(UNTIL_ENDED, false, 3);
	waitset_add(&set, "3", 0);
	is_int(waitset_ended(&set, three), 0, "a failure");
	ok(set.items[2].done && set.items[3].done, "of a job that was named twice");
	is_int(set.items[2].job, 77, "its number");
	is_int(waitset_ended(&set, other), 0, "of nobody");
	is_int(waitset_ended(&set, runs), 0, "no end");
	names = waitset_targets(&set, &n);
	ok(n == 2 && names[0] == set.items[0].name && names[1] == set.items[1].name,
	    "what is left");
	free(names);
	is_int(waitset_ended(&set, one_), 0, "a success");
	waitset_unknown(&set, &set.items[1], 0);
	is_int(waitset_status(&set), 5, "the failure counts");
	is_int(waitset_ended(&set, one_), 1, "it is over");
	msg_free(three);
	msg_free(one_);
	msg_free(other);
	msg_free(runs);
}

static void rows(void)
{
	struct job_row row = { .id = 9, .status = JOB_RUNNING, .exit_code = -1, .signal = -1 };

	begin(UNTIL_ENDED, false, 1);
	ok(!waitset_row(&set, &set.items[0], &row), "a row of a running job");
	row.status = JOB_FAILED;
	row.reason = REASON_NONZERO_EXIT;
	row.exit_code = 4;
	ok(waitset_row(&set, &set.items[0], &row), "a row of an ended one");
	is_int(set.items[0].job, 9, "its number");
	is_int(waitset_status(&set), 4, "its status");
}

static void many(void)
{
	waitset_release(&set);
	waitset_init(&set, UNTIL_ENDED, false);
	for (int i = 0; i < 150; i++)
		waitset_add(&set, "x", i);
	for (size_t i = 0; i < 150; i++)
		tell(i, &exit3);
	set.count_failed = true;
	is_int(waitset_status(&set), 101, "at most 101");
}

int main(void)
{
	one();
	all();
	any();
	unknown();
	names();
	messages();
	rows();
	many();
	waitset_release(&set);
	return tap_done();
}
