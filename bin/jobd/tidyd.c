/*
 * tidyd: when `jobd: tidy` runs, which compresses the logs of older days.
 *
 * A run does a bounded part of the work and ends with its status: EXIT_SOME_FAILED
 * stands for "there is more".  In front of the next run there is always a rest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/cli.h"
#include "helper.h"
#include "process.h"

#define MORE_MS 2000
#define DONE_MS (60 * 60 * 1000)

struct tidyd {
	struct jobd *d;
	struct helper *helper;
	char after[24];
	char *argv[6];
};

static int on_open(void *arg)
{
	return ((struct tidyd *)arg)->d->spool.fd;
}

static int on_again(void *arg, int status)
{
	(void)arg;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SOME_FAILED ? MORE_MS : DONE_MS;
}

static const struct helper_fns helper_fns = { on_open, NULL, NULL, on_again };

void tidyd_start(struct jobd *d)
{
	static char title[] = "jobd: tidy", tidy[] = "--tidy", spool[] = "--spool";
	struct tidyd *t = xcalloc(1, sizeof(*t));
	char *const argv[] = { title, tidy, t->after, spool, d->spool.path, NULL };

	d->tidyd = t;
	t->d = d;
	snprintf(t->after, sizeof(t->after), "%" PRId64, d->conf.compress_logs_after);
	memcpy(t->argv, argv, sizeof(argv));
	t->helper = helper_new(d->ev, "the compression of logs", t->argv, &helper_fns, t);
}

void tidyd_stop(struct jobd *d)
{
	struct tidyd *t = d->tidyd;

	if (t == NULL)
		return;
	helper_free(t->helper);
	free(t);
	d->tidyd = NULL;
}
