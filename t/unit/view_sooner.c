/* sooner: what would make a queued job start sooner, and nothing where nothing would. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"
#include "view/why.h"

static void take(void *arg, const struct why *w)
{
	if (w->sooner)
		buf_addf(arg, "%s\n", w->text);
}

static const struct worker_row a = { .name = "a", .cpus = 8000, .free_cpus = 2000, .mem = 4096,
    .free_mem = 1024, .named = "fpga=2", .free_named = "fpga=1", .running = 2, .zone = "a" };
static const struct worker_row b = { .name = "b", .cpus = 8000, .free_cpus = 3000, .mem = 4096,
    .free_mem = 4096, .running = 1, .zone = "b" };
static const struct worker_row gone = { .name = "c", .cpus = 8000, .free_cpus = 8000, .mem = 4096,
    .free_mem = 4096, .status = WORKER_DRAINING };

static void tells(struct job_row job, int64_t ahead, const char *want, const char *what)
{
	const struct worker_row workers[] = { a, b, gone };
	struct why_case c = { .job = &job, .workers = workers, .nworkers = 3, .daemon_runs = true,
	    .now = 1, .ahead = ahead };
	struct buf out;

	job.priority = job.priority == 0 ? 500 : job.priority;
	buf_init(&out, 10000);
	buf_adds(&out, "");
	why_list(&c, take, &out);
	is_str(out.data != NULL ? out.data : "", want, "%s", what);
	buf_release(&out);
}

#define J(...) ((struct job_row){ .reason = REASON_RESOURCES, __VA_ARGS__ })

int main(void)
{
	tells(J(.cpus = 4000), 0, "worker b has room now for cpus 3 instead of 4\n",
	    "where it gives up the smallest part");
	tells(J(.cpus = 4000, .on_workers = "a"), 0,
	    "worker a has room now for cpus 2 instead of 4\n", "where it may run");
	tells(J(.cpus = 4000, .mem = 4096, .named = "fpga=2"), 0,
	    "worker a has room now for cpus 2 instead of 4, memory 1G instead of 4G, "
	    "fpga 1 instead of 2\n", "in every dimension");
	tells(J(.cpus = 1000, .named = "gold=1"), 0, "", "nobody has any of it");
	tells(J(.cpus = 3000, .constraints = "zone=a"), 0,
	    "worker a has room now for cpus 2 instead of 3\n"
	    "worker b has room now, but zone=a is not true of it\n", "elsewhere, if it could");
	tells(J(.cpus = 1000, .exclusive = 1), 0, "", "all are in use");
	tells((struct job_row){ .cpus = 1000, .reason = REASON_RESERVED }, 0,
	    "a time limit: it may start when it is over before those for which room is kept\n",
	    "without a limit");
	tells((struct job_row){ .cpus = 1000, .reason = REASON_RESERVED, .time_limit = 1 }, 0,
	    "a shorter time limit: it may start when it is over before those for which room is "
	    "kept\n", "with one");
	tells((struct job_row){ .cpus = 1000, .reason = REASON_PRIORITY }, 2,
	    "a priority above 500: 2 jobs stand before it\n", "behind others");
	tells((struct job_row){ .cpus = 1000, .reason = REASON_PRIORITY, .priority = 1000 }, 1, "",
	    "there is no higher one");
	tells((struct job_row){ .cpus = 4000, .reason = REASON_HELD, .hold = HOLD_USER }, 1, "",
	    "room is not what it waits for");
	tells((struct job_row){ .cpus = 4000, .reason = REASON_DEPENDENCY }, 1, "", "nor here");
	tells((struct job_row){ .cpus = 4000, .status = JOB_RUNNING }, 1, "", "it runs");
	return tap_done();
}
