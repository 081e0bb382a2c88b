/*
 * kill -9 at any moment: every turn that was reported durable is there, of the
 * others each is whole or not there at all, and the history holds what state.db
 * has let go of.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "staterow.h"
#include "tap.h"

#define ROUNDS 14

struct shared {
	volatile uint64_t durable;	/* the child's last turn that came back */
	volatile uint64_t moved;
};

/* Turn n brings n % 7 + 1 jobs; every other one has ended already, and moves. */
static int64_t jobs_of(uint64_t n)
{
	return (int64_t)(n % 7 + 1);
}

static void put_turn(struct scratch *x, int64_t *id)
{
	struct turn *t = scratch_turn(x);

	for (int64_t i = jobs_of(t->number); i > 0; i--) {
		struct job_row row = plain_job((*id)++);
		struct exec_row exec = plain_exec(row.id, 1);

		row.launch_hash = row.id % 3 ? "cafe" : NULL;
		row.created_at = T0 + row.id % 2 * 24 * HOUR;
		if (row.id % 2) {
			row.status = JOB_COMPLETED;
			row.completed_at = T0 + row.id;
			exec.status = JOB_COMPLETED;
			exec.completed_at = row.completed_at;
			add_exec(t, MUT_EXEC_NEW, &exec);
		}
		add_job(t, MUT_JOB_NEW, &row);
	}
	writer_put(x->w, t);
}

static void child(const struct spool *s, struct shared *sh)
{
	struct writer_stats st;
	struct scratch x;
	int64_t id;

	scratch_writer(&x, s, 1);
	id = x.start.next_id;
	for (;;) {
		for (int i = 0; i < 20; i++)
			put_turn(&x, &id);
		while (x.durable + 20 < x.next) {
			scratch_look(&x);
			sh->durable = x.durable;
			writer_stats(x.w, &st);
			sh->moved = st.moved;
		}
	}
}

static void nap_us(uint64_t us)
{
	struct timespec ts = { 0, (long)us * 1000 };

	nanosleep(&ts, NULL);
}

static void killed_child(const struct spool *s, struct shared *sh, uint64_t us)
{
	pid_t pid;

	memset(sh, 0, sizeof(*sh));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		child(s, sh);
		_exit(0);
	}
	while (sh->durable == 0)	/* let it come into its stride */
		nap_us(200);
	nap_us(us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct list {
	int64_t next;		/* the id that must come */
	int wrong;
};

static int in_order(void *arg, const void *row)
{
	struct list *l = arg;

	l->wrong += ((const struct job_row *)row)->id != l->next;
	l->next = ((const struct job_row *)row)->id + 1;
	return 0;
}

/* All ids from 1 on, once each, by pages over both places: the next one, or -1. */
static int64_t all_there(const struct spool *s)
{
	struct job_filter f = { .history = true, .limit = 500 };
	struct list l = { 1, 0 };
	struct reader *r = reader_open(s, NULL);
	bool more = true;

	while (more && reader_jobs(r, &f, in_order, &l, &more, NULL) == 0)
		f.after = l.next - 1;
	reader_close(r);
	return l.wrong || more ? -1 : l.next;
}

int main(void)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct spool s;
	int64_t next = 1;
	uint64_t seed = 42, moved = 0;

	scratch_open(&s);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t got, want = next;
		uint64_t n = 0;
		char text[24];

		killed_child(&s, sh, splitmix64(++seed) % 40000);
		moved += sh->moved;
		got = all_there(&s);
		while (n < sh->durable)
			want += jobs_of(++n);
		ok(got >= want, "killed: what was durable is there (%d jobs)", (int)(got - next));
		while (want < got)
			want += jobs_of(++n);
		is_int(got, want, "and of the rest whole turns");
		next = got;
		snprintf(text, sizeof(text), "%lld", (long long)next);
		is_str(scratch_sql(&s, "state.db", "SELECT next_id FROM instance"), text,
		    "numbers go on behind them");
	}
	is_str(scratch_check(&s), "", "the whole fits");
	ok(moved > 0, "%d jobs had moved meanwhile", (int)moved);
	scratch_close(&s);
	return tap_done();
}
