/* agent_execs: the table of executions. */
#include <unistd.h>

#include "agent/execs.h"
#include "tap.h"

static void test_table(void)
{
	struct execs *t = execs_new();
	struct exec *a, *b, *c;

	ok(execs_get(t, 1, 1) == NULL, "empty");
	is_int(execs_highest(t, 1), 0, "nothing of job 1");
	a = execs_add(t, 1, 1, 7, EXEC_ORDERED);
	b = execs_add(t, 1, 2, 7, EXEC_STARTING);
	c = execs_add(t, 2, 1, 8, EXEC_READY);
	ok(execs_get(t, 1, 1) == a && execs_get(t, 1, 2) == b && execs_get(t, 2, 1) == c,
	    "by job and number");
	ok(execs_get(t, 1, 3) == NULL && execs_get(t, 3, 1) == NULL, "others are not there");
	is_int(execs_highest(t, 1), 2, "the highest of job 1");
	is_int((int64_t)c->epoch, 8, "its epoch");
	is_int(execs_count(t), 3, "three");
	ok(TAILQ_FIRST(execs_in(t, EXEC_ORDERED)) == a, "on its state's list");
	execs_move(t, a, EXEC_RUNNING);
	ok(TAILQ_EMPTY(execs_in(t, EXEC_ORDERED)) && TAILQ_FIRST(execs_in(t, EXEC_RUNNING)) == a,
	    "moved");
	ok(execs_active(t, 1) != NULL, "job 1 is active");
	execs_move(t, a, EXEC_ENDED);
	ok(execs_active(t, 1) == b, "by its second execution");
	execs_move(t, b, EXEC_HELD);
	ok(execs_active(t, 1) == NULL, "now it is not");
	execs_set_pid(t, c, 1234);
	ok(execs_by_pid(t, 1234) == c && execs_by_pid(t, 1235) == NULL, "by supervisor");
	execs_set_pid(t, c, 4321);
	ok(execs_by_pid(t, 1234) == NULL && execs_by_pid(t, 4321) == c, "by another one");
	execs_settle(t, 1, 1);
	ok(execs_get(t, 1, 1) == NULL && execs_get(t, 1, 2) == b, "settled: gone");
	execs_settle(t, 1, 2);
	is_int(execs_highest(t, 1), 2, "but remembered");
	execs_settle(t, 1, 1);
	is_int(execs_highest(t, 1), 2, "an older one does not take its place");
	execs_forget(t, c);
	is_int(execs_highest(t, 2), 0, "forgotten: as if it had never come");
	ok(execs_by_pid(t, 4321) == NULL, "nor is its supervisor known");
	is_int(execs_count(t), 0, "none left");
	execs_free(t);
	execs_free(NULL);
}

static void test_settled(void)
{
	struct execs *t = execs_new();
	uint64_t job, number, want = EXECS_SETTLED / 2 + 1;
	size_t iter = 0, n = 0;
	bool order = true;

	execs_settle(t, 7, 3);
	for (uint64_t i = 1; i <= EXECS_SETTLED + EXECS_SETTLED / 2; i++)
		execs_settle(t, 1000 + i, 1);
	while (execs_settled(t, &iter, &job, &number)) {
		order = order && job == 1000 + want++ && number == 1;
		n++;
	}
	is_int(n, EXECS_SETTLED, "as many as there is room for");
	ok(order, "the latest, oldest first");
	is_int(execs_highest(t, 7), 0, "the oldest are forgotten");
	is_int(execs_highest(t, 1000 + EXECS_SETTLED), 1, "a late one is known");
	/* One job again and again takes places, too, but is known by its last. */
	for (uint64_t k = 1; k <= EXECS_SETTLED * 2; k++)
		execs_settle(t, 5, k);
	is_int(execs_highest(t, 5), EXECS_SETTLED * 2, "the last of many");
	iter = 0;
	ok(execs_settled(t, &iter, &job, &number) && job == 5, "nothing else is left");
	execs_free(t);
}

static void test_free(void)
{
	struct execs *t = execs_new();
	struct exec *x = execs_add(t, 1, 1, 1, EXEC_STARTING);

	x->pidfd = dup(0);
	execs_add(t, 1, 2, 1, EXEC_ORDERED);
	execs_free(t);
	ok(true, "freed with all that is in it");
}

int main(void)
{
	test_table();
	test_settled();
	test_free();
	return tap_done();
}
