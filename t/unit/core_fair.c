/*
 * Effective priority: aging, usage that decays, shares, and the order that follows.
 */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "core/impl.h"
#include "corelib.h"

#define ONE (UINT64_C(1) << 32)
#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)

static uint64_t fixed(double x)
{
	return (uint64_t)(x * (double)ONE + 0.5);
}

static void test_vectors(void)
{
	static const struct { double usage, share, f; int64_t boost; } rows[] = {
		{ 0, 0.5, 1.000000, 100 }, { 0.25, 0.5, 0.707107, 41 }, { 0.5, 0.5, 0.5, 0 },
		{ 1, 0.5, 0.25, -50 }, { 0.9, 0.25, 0.082469, -84 }, { 1, 0.1, 0.000977, -100 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double f = (double)pow2_neg(fixed(rows[i].usage / rows[i].share)) / 0x1p63;

		ok(f > rows[i].f - 6e-7 && f < rows[i].f + 6e-7, "U %.2f S %.2f: F %.6f",
		    rows[i].usage, rows[i].share, f);
		is_int(fair_boost(100, fixed(rows[i].usage), fixed(rows[i].share)), rows[i].boost,
		    "and the boost");
	}
	is_int(fair_boost(100, ONE, 0), -100, "usage without a share");
	is_int(fair_boost(0, ONE, ONE), 0, "no weight, no boost");
}

/* 2^-x against its own law: halving, and never growing. */
static void test_power(void)
{
	uint64_t i, before = pow2_neg(0), wrong = 0;

	ok(before == UINT64_C(1) << 63, "2^-0 is 1");
	for (i = 1; i < 70 * ONE; i += ONE / 97) {
		uint64_t now = pow2_neg(i), half = pow2_neg(i + ONE);

		wrong += now > before || half > now / 2 + 1 || half + 1 < now / 2;
		before = now;
	}
	is_int((int64_t)wrong, 0, "it falls, by half with each step of one");
	ok(pow2_neg(UINT64_MAX) == 0, "to nothing");
}

static struct lab *lab(enum policy policy, const struct share *shares, size_t n)
{
	struct core_conf conf = { .policy = policy, .epoch = 1, .max_requeues = 5,
	    .reservations = 1, .reserve_after = DAY, .age_interval = MINUTE, .age_step = 1,
	    .fair_weight = 100, .fair_half_life = 7 * DAY, .shares = shares, .nshares = n };
	struct lab *l = lab_new(&conf);

	lab_worker(l, "w1", 1000);
	return l;
}

static int64_t submit_as(struct lab *l, const char *user, const char *team, int64_t priority)
{
	struct job_request *r = lab_job(l);

	r->row.user = user;
	r->row.account = team;
	r->row.priority = priority;
	return lab_submit(l, r);
}

static const struct account *account(struct lab *l, int64_t job)
{
	return job_get(l->core, job)->shape->account;
}

static void test_decay(void)
{
	struct lab *l = lab(POLICY_HYBRID, NULL, 0);
	int64_t job = submit_as(l, "ann", NULL, 500), full;
	const struct account *a = account(l, job);

	submit_as(l, "bob", NULL, 500);		/* waits, so that there is a tick */
	is_int(a->usage, 1000 * MINUTE, "a start costs a minute beforehand");
	is_int(a->rate, 1000, "and then what it holds");
	lab_pass(l, 10 * MINUTE);
	full = a->usage;
	ok(full > 10990 * MINUTE && full <= 11000 * MINUTE, "ten minutes later");
	lab_control(l, CONTROL_CANCEL, 2);
	lab_exit(l, job, 0);
	is_int(a->rate, 0, "it is over");
	submit_as(l, "bob", NULL, 500);
	lab_control(l, CONTROL_HOLD, 3);
	submit_as(l, "bob", NULL, 500);
	lab_control(l, CONTROL_HOLD, 4);
	full = a->usage;
	lab_pass(l, 7 * DAY);
	ok(a->usage >= full / 2 - 2 && a->usage <= full / 2 + 2, "half is left after a half-life");
	lab_free(l);
}

static int64_t next_after(struct lab *l, int64_t job)
{
	lab_exit(l, job, 0);
	return lab_effects(l, EFF_START) > 0 ? lab_effect(l, EFF_START, 0)->job : 0;
}

/* One user has all the machine for a day; then another comes. */
static void test_who_is_next(enum policy policy, int64_t second, int64_t third)
{
	struct lab *l = lab(policy, NULL, 0);
	int64_t job = submit_as(l, "ann", NULL, 500);

	lab_pass(l, DAY);
	submit_as(l, "ann", NULL, 540);		/* 2 */
	submit_as(l, "bob", NULL, 500);		/* 3 */
	submit_as(l, "bob", NULL, 300);		/* 4 */
	job = next_after(l, job);
	is_int(job, second, "policy %d: the next", (int)policy);
	is_int(next_after(l, job), third, "and the one behind it");
	lab_free(l);
}

static void test_shares(void)
{
	static const struct share shares[] = {
		{ .name = "ann", .shares = 3 }, { .name = "physics", .team = true, .shares = 1 },
		{ .name = "bio", .team = true, .shares = 3 },
	};
	struct lab *l = lab(POLICY_HYBRID, shares, 3);
	int64_t job = submit_as(l, "bob", "bio", 500), ann, cat, dan;

	ann = submit_as(l, "ann", "physics", 500);
	cat = submit_as(l, "cat", "physics", 500);
	dan = submit_as(l, "dan", "bio", 500);
	is_int(account(l, ann)->boost, 100, "nothing used yet");
	lab_pass(l, 60 * MINUTE);
	/* all usage is bob's, half of bio's shares, which has 3 of 4: U/S = 8/3 */
	is_int(account(l, job)->boost, fair_boost(100, 8 * ONE, 3 * ONE), "all of it");
	is_int(account(l, dan)->boost, 100, "another of the team has used nothing");
	job = next_after(l, job);
	is_int(job, ann, "of equals, the first");
	lab_pass(l, 30 * MINUTE);
	ok(account(l, ann) != account(l, cat) && account(l, ann)->team == account(l, cat)->team,
	    "one team, two accounts");
	/* physics has used a third, with a quarter of the shares; ann has 3 of 4 in it */
	is_int(account(l, ann)->boost, fair_boost(100,
	    (uint64_t)(account(l, ann)->usage * (__int128)ONE /
	    (account(l, ann)->usage + account(l, dan)->team->sum_usage)), ONE * 3 / 16),
	    "her part of her team's part");
	lab_free(l);
}

static void test_aging(void)
{
	struct lab *l = lab(POLICY_PRIORITY, NULL, 0);
	int64_t job = submit_as(l, "ann", NULL, 500), low, high;
	struct held held = { .execution = 1, .end = { .started_at = l->now.wall } };

	low = submit_as(l, "ann", NULL, 500);
	lab_pass(l, 99 * MINUTE);
	high = submit_as(l, "ann", NULL, 600);
	job = next_after(l, job);
	is_int(job, high, "99 minutes: a hundred more is more");
	lab_pass(l, 2 * MINUTE);
	submit_as(l, "ann", NULL, 600);
	held.job = job;
	lab_restart(l);
	lab_worker_holds(l, "w1", 1000, 1, &held, 1);
	is_int(next_after(l, job), low, "101 minutes: it is older, also after a restart");
	lab_free(l);
}

/*
 * Nobody who comes later than this passes: the greatest difference of priorities and
 * boosts, and a step for rounding.
 */
static void test_no_starvation(void)
{
	struct lab *l = lab(POLICY_HYBRID, NULL, 0);
	int64_t first = submit_as(l, "ann", NULL, 500), low, bound = (1000 + 2 * 100 + 1) * MINUTE;
	uint64_t x = 3;
	int i;

	low = submit_as(l, "ann", NULL, 0);
	for (i = 0; i < 40; i++) {
		x = splitmix64(x);
		lab_pass(l, bound / 20);
		submit_as(l, x % 2 == 0 ? "bob" : "cat", NULL, 1000);
		lab_exit(l, first, 0);
		first = lab_effect(l, EFF_START, 0)->job;
		if (first == low)
			break;
	}
	ok(i > 2 && i <= 21, "the least of all starts after %d of 20 parts of the bound", i);
	lab_free(l);
}

/* Two jobs of one account keep their order, whatever happens to its boost. */
static void test_static_order(void)
{
	struct lab *l = lab(POLICY_HYBRID, NULL, 0);
	int64_t job = submit_as(l, "ann", NULL, 500), i, last = 1, wrong = 0;

	for (i = 0; i < 20; i++)
		submit_as(l, "ann", NULL, 700 - 10 * i);
	submit_as(l, "bob", NULL, 600);
	for (i = 0; i < 21; i++) {
		lab_pass(l, 30 * MINUTE);
		job = next_after(l, job);
		wrong += job != 22 && job < last;
		last = job != 22 ? job : last;
	}
	is_int(wrong, 0, "by priority, however much she has used");
	lab_free(l);
}

/* What two days of use, of which a part is over, have left after one more. */
static int64_t used_after(bool restart)
{
	struct lab *l = lab(POLICY_HYBRID, NULL, 0);
	struct held held = { .execution = 1, .end = { .started_at = l->now.wall } };
	int64_t job = submit_as(l, "ann", NULL, 500), usage;
	const struct account *a;

	lab_pass(l, DAY);
	lab_exit(l, job, 0);
	job = submit_as(l, "ann", NULL, 500);
	held.job = job;
	lab_pass(l, DAY);
	submit_as(l, "bob", NULL, 500);
	if (restart) {
		lab_restart(l);
		lab_worker_holds(l, "w1", 1000, 1, &held, 1);
	}
	lab_pass(l, DAY);
	a = account(l, job);
	lab_exit(l, job, 0);
	usage = a->usage;
	lab_free(l);
	return usage;
}

static void test_restart(void)
{
	struct lab *l = lab(POLICY_HYBRID, NULL, 0);
	int64_t job = submit_as(l, "ann", NULL, 500), next;

	is_int(used_after(true), used_after(false), "a restart forgets nothing, to the last bit");
	lab_pass(l, DAY);
	lab_exit(l, job, 0);
	lab_restart(l);
	lab_worker(l, "w1", 1000);
	submit_as(l, "ann", NULL, 500);
	next = submit_as(l, "ann", NULL, 540);
	job = submit_as(l, "bob", NULL, 500);
	is_int(next_after(l, next - 1), job, "who used the day before the restart comes last");
	lab_free(l);
}

static int set_shares(struct lab *l, const char *team, const char *user, int64_t shares)
{
	struct event *ev = lab_event(l, EV_ACCOUNT_SET);

	ev->account_set.team = team;
	ev->account_set.user = user;
	ev->account_set.shares = shares;
	ev->token = 9;
	lab_turn(l);
	return lab_item(l, 0)->code;
}

static void test_set(void)
{
	static const struct share shares[] = { { .name = "ann", .shares = 3 } };
	struct lab *l = lab(POLICY_HYBRID, shares, 1);
	int64_t job = submit_as(l, "ann", "ops", 500);

	lab_as(l, "bob", 1001, false);
	is_int(set_shares(l, NULL, "bob", 1000), ERR_PERM, "shares are an administrator's to give");
	lab_as(l, "root", 0, true);
	is_int(set_shares(l, "ops", "ann", 7), 0, "seven for ann in ops");
	is_int(account(l, job)->shares, 7, "beat what is configured");
	is_int(set_shares(l, "ops", NULL, 5), 0, "five for ops");
	is_int(account(l, job)->team->shares, 5, "as a team");
	lab_restart(l);
	is_int(account(l, job)->shares, 7, "a restart keeps hers");
	is_int(account(l, job)->team->shares, 5, "and the team's");
	set_shares(l, "ops", "ann", 0);
	is_int(account(l, job)->shares, 3, "0: as configured");
	lab_free(l);
}

static void test_parts(void)
{
	struct core_conf conf = { .policy = POLICY_HYBRID, .age_interval = MINUTE, .age_step = 2 };
	struct priority p = priority_of(&conf, 500, DAY, -30, DAY + 90 * MINUTE);

	ok(p.given == 500 && p.age == 180 && p.fair == -30, "all three");
	p = priority_of(&conf, 500, 0, -30, DAY);
	is_int(p.age, 0, "who may not run yet does not age");
	conf.policy = POLICY_PRIORITY;
	p = priority_of(&conf, 500, DAY, -30, DAY + MINUTE);
	ok(p.given == 500 && p.age == 2 && p.fair == 0, "priority: without usage");
	conf.policy = POLICY_FAIRSHARE;
	p = priority_of(&conf, 500, DAY, -30, DAY + MINUTE);
	ok(p.given == 0 && p.age == 2 && p.fair == -30, "fairshare: without the priority given");
	conf.policy = POLICY_FIFO;
	p = priority_of(&conf, 500, DAY, -30, DAY + MINUTE);
	ok(p.given == 0 && p.age == 0 && p.fair == 0, "fifo: nothing");
}

int main(void)
{
	test_vectors();
	test_power();
	test_decay();
	test_who_is_next(POLICY_HYBRID, 3, 2);
	test_who_is_next(POLICY_FAIRSHARE, 3, 4);
	test_who_is_next(POLICY_PRIORITY, 2, 3);
	test_who_is_next(POLICY_FIFO, 2, 3);
	test_shares();
	test_aging();
	test_no_starvation();
	test_static_order();
	test_restart();
	test_set();
	test_parts();
	return tap_done();
}
