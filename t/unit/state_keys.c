/*
 * What outlives a job's row: its key while that is in force, its uuid for two days
 * and, by its own time, in the history.
 */
#include <string.h>

#include "staterow.h"
#include "tap.h"

#define DAY (24 * HOUR)

static const char *const scopes[] = { NULL, "window", "active", "forever" };

static int find(const struct spool *s, const char *key, int64_t now, int64_t *id)
{
	struct reader *r = reader_open(s, NULL);
	char hash[65] = "";
	int rc = reader_key(r, 1000, key, now, id, hash, NULL);

	reader_close(r);
	return rc == 1 && strcmp(hash, "abc") != 0 ? -2 : rc;
}

static void expect(const struct spool *s, int64_t now, const int want[4], const char *when)
{
	static const char *const keys[] = { "k0", "k1", "k2", "k3" };
	int64_t id;

	for (int i = 0; i < 4; i++) {
		id = 0;
		is_int(find(s, keys[i], now, &id), want[i], "%s: scope %s", when,
		    scopes[i] ? scopes[i] : "of no name");
		if (want[i])
			is_int(id, i + 1, "%s: its job", when);
	}
}

static void put_keys(struct scratch *x, enum mut_type type, int64_t completed_at)
{
	struct turn *t = scratch_turn(x);

	for (int i = 0; i < 4; i++) {
		struct job_row row = plain_job(i + 1);

		row.key = (const char *[]){ "k0", "k1", "k2", "k3" }[i];
		row.key_scope = scopes[i];
		row.completed_at = completed_at;
		row.status = completed_at ? JOB_FAILED : JOB_QUEUED;
		add_job(t, type, &row);
	}
	scratch_commit(x, t);
}

static void test_keys(void)
{
	int64_t now = now_read().wall, ended = now - 2 * HOUR, id;
	struct job_row row = plain_job(9);
	struct scratch x;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * DAY);
	put_keys(&x, MUT_JOB_NEW, 0);
	is_int(find(&s, "k9", now, &id), 0, "a key that nobody has");
	expect(&s, now + 1000 * DAY, (int[]){ 1, 1, 1, 1 }, "while they live");
	put_keys(&x, MUT_JOB_SET, ended);
	expect(&s, now, (int[]){ 1, 1, 0, 1 }, "ended");
	expect(&s, ended + DAY - 1, (int[]){ 1, 1, 0, 1 }, "ended, to the last");
	expect(&s, ended + DAY, (int[]){ 0, 0, 0, 1 }, "ended a day ago");
	scratch_end(&x);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 4), "they move");
	expect(&s, now, (int[]){ 1, 1, 0, 1 }, "moved");
	expect(&s, ended + DAY, (int[]){ 0, 0, 0, 1 }, "moved, a day after the end");
	row.key = "k2";
	ok(scratch_job(&x, &row), "a free key is taken again");
	is_int(find(&s, "k2", now, &id), 1, "it is in force");
	is_int(id, 9, "for the new job");
	row = plain_job(10);
	row.key = "k9";
	row.uid = 1001;
	scratch_job(&x, &row);
	is_int(find(&s, "k9", now, &id), 0, "another owner's key is none");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* Expired keys and uuids go with a later move. */
static void test_prune(void)
{
	struct scratch x;
	struct spool s;
	struct job_row row = plain_job(9);

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	put_keys(&x, MUT_JOB_NEW, T0 + 1);
	ok(scratch_moved(&x, 4), "four jobs of long ago move");
	ok(scratch_sql(&s, "state.db", "UPDATE job_uuids SET moved_at = moved_at - 172800001")[0]
	    == '\0', "two days pass");
	row.status = JOB_CANCELLED;
	row.completed_at = T0 + 2;
	scratch_job(&x, &row);
	ok(scratch_moved(&x, 5), "another one moves");
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(\"key\") FROM job_keys"), "k3",
	    "the key for ever stays");
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(job_id) FROM job_uuids"), "9",
	    "the late uuid stays");
	scratch_end(&x);
	scratch_close(&s);
}

static int by_uuid(const struct spool *s, const struct uuid *u, int64_t *id)
{
	struct reader *r = reader_open(s, NULL);
	int rc = reader_uuid(r, u, id, NULL);

	reader_close(r);
	return rc;
}

static void put_alias(struct scratch *x, const struct uuid *u, int64_t job)
{
	static const struct cause cause = { .via = "test" };
	struct turn *t = scratch_turn(x);
	struct mut *m = turn_mut(t, MUT_ALIAS, &cause);

	m->alias.uuid = *u;
	m->alias.job = job;
	m->alias.at = now_read().wall;
	scratch_commit(x, t);
}

static void test_uuids(void)
{
	struct job_row old = plain_job(1), new = plain_job(2);
	struct uuid other;
	struct scratch x;
	struct spool s;
	int64_t id = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * DAY);
	uuid_new(&new.uuid);
	uuid_new(&other);
	new.created_at = now_read().wall;
	old.status = new.status = JOB_COMPLETED;
	old.completed_at = new.completed_at = new.created_at;
	scratch_job(&x, &old);
	scratch_job(&x, &new);
	ok(by_uuid(&s, &new.uuid, &id) == 1 && id == 2, "a uuid finds its job");
	is_int(by_uuid(&s, &other, &id), 0, "another does not");
	put_alias(&x, &other, 2);
	put_alias(&x, &other, 2);
	ok(by_uuid(&s, &other, &id) == 1 && id == 2, "but when it was made to");
	scratch_end(&x);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 2), "they move");
	ok(by_uuid(&s, &new.uuid, &id) == 1 && id == 2, "it does so after that");
	ok(by_uuid(&s, &old.uuid, &id) == 1 && id == 1, "so does an old one");
	scratch_sql(&s, "state.db", "DELETE FROM job_uuids");
	is_int(by_uuid(&s, &new.uuid, &id), 0, "a young one is remembered only so");
	ok(by_uuid(&s, &old.uuid, &id) == 1 && id == 1, "an old one is found in its day");
	scratch_end(&x);
	scratch_close(&s);
}

int main(void)
{
	test_keys();
	test_prune();
	test_uuids();
	return tap_done();
}
