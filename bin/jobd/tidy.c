/*
 * tidy: one run of `jobd: tidy`: days that are over, oldest last, until its budget is
 * used up.
 *
 * It runs with the lowest priority for cpu and disk, and goes when jobd goes.  Nothing
 * that it does can be cut in a way that loses a byte: see lib/logs/compress.c.
 */
#include <bsd/unistd.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "logs/day.h"
#include "helper.h"
#include "process.h"

#define BUDGET (UINT64_C(256) << 20)	/* bytes of logs a run */
#define SETTLE_MS INT64_C(600000)	/* what was written to within this time is left alone */
#define DAY_MS INT64_C(86400000)

struct tidy {
	struct spool spool;
	struct reader *reader;
	int64_t now, after;
	struct log_compress c;
};

static void be_nice(void)
{
	(void)setpriority(PRIO_PROCESS, 0, 19);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == 1)
		_exit(EXIT_OK);
}

/* A day whose jobs have all moved to the history cannot get another byte. */
static bool is_over(const struct tidy *t, int64_t day)
{
	int64_t live = 1;
	struct err e;

	if (day + DAY_MS + t->after > t->now || log_day_compressed(&t->spool, day))
		return false;
	if (reader_day_live(t->reader, day, &live, &e) == -1)
		log_warn("%s", e.text);
	return live == 0;
}

static void do_day(struct tidy *t, int64_t day)
{
	char name[SPOOL_NAME_MAX];
	struct err e;
	int r;

	spool_log_day(day, name);
	t->c.files = t->c.before = t->c.after = 0;
	t->c.odd[0] = '\0';
	r = log_day_compress(&t->spool, day, &t->c, &e);
	if (r == -1)
		log_warn("%s: not compressed: %s", name, e.text);
	if (t->c.odd[0] != '\0')
		log_warn("%s: a %s and its compressed one differ: both are kept", name, t->c.odd);
	if (t->c.files > 0)
		log_info("%s: %llu logs compressed, %llu to %llu bytes", name,
		    (unsigned long long)t->c.files, (unsigned long long)t->c.before,
		    (unsigned long long)t->c.after);
}

static int tidy_days(struct tidy *t, struct err *e)
{
	int64_t *days = NULL;
	size_t n = 0;

	if (spool_log_days(&t->spool, &days, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n && t->c.budget > 0; i++) {
		if (is_over(t, days[i]))
			do_day(t, days[i]);
	}
	free(days);
	return 0;
}

int tidy_main(const char *spool, int64_t after)
{
	struct tidy t = { .now = now_read().wall, .after = after, .c = { .budget = BUDGET } };
	struct err e;
	int r = -1;

	closefrom(HELPER_FD);
	log_init("jobd: tidy", false);
	be_nice();
	t.c.settled = t.now - (after > SETTLE_MS ? after : SETTLE_MS);
	if (spool_open(&t.spool, spool, &e) == -1) {
		log_error("%s", e.text);
		return exit_of(e.code);
	}
	t.reader = reader_open(&t.spool, &e);
	if (t.reader != NULL)
		r = tidy_days(&t, &e);
	if (r == -1)
		log_error("%s", e.text);
	reader_close(t.reader);
	spool_close(&t.spool);
	return r == -1 ? exit_of(e.code) : t.c.budget == 0 ? EXIT_SOME_FAILED : EXIT_OK;
}
