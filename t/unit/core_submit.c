/*
 * Submissions: numbers, the same request twice, keys, dependencies that do not
 * exist, what can never fit, batches, and the limits that say "try later".
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

static int code(const struct lab *l)
{
	return lab_item(l, 0)->code;
}

static const char *words(const struct lab *l)
{
	const char *s = lab_item(l, 0)->text;

	return s != NULL ? s : "";
}

static void submit_many(struct lab *l, struct job_request *const *r, size_t n, bool atomic)
{
	struct event *ev = lab_event(l, EV_SUBMIT);
	struct job_request *all = arena_alloc(l->arena, n * sizeof(*all));
	size_t i;

	for (i = 0; i < n; i++)
		all[i] = *r[i];
	ev->submit.jobs = all;
	ev->submit.n = n;
	ev->submit.atomic = atomic;
	lab_turn(l);
}

static void test_ids(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r[3];
	const struct job_row *row;
	int i;

	is_int(core_next_id(l->core), 1, "the first number is 1");
	for (i = 1; i <= 3; i++)
		is_int(lab_new_job(l), i, "job %d", i);
	for (i = 0; i < 3; i++)
		r[i] = lab_job(l);
	submit_many(l, r, 3, false);
	is_int(lab_item(l, 0)->job, 4, "numbers of a batch are consecutive");
	is_int(lab_item(l, 2)->job, 6, "to its end");
	is_int(core_next_id(l->core), 7, "the next one");
	row = disk_job(l->disk, 5);
	ok(uuid_equal(&row->uuid, &r[1]->row.uuid), "the row has the client's uuid");
	is_int(core_find_uuid(l->core, &r[1]->row.uuid), 5, "and is found by it");
	is_str(row->user, "alice", "the user");
	is_int(row->uid, 1000, "the uid");
	is_int(row->priority, 500, "the priority");
	is_str(row->changed_by, "alice", "who changed it last");
	is_str(row->changed_via, "test", "by which way");
	is_int(row->exit_code, -1, "no exit code");
	is_int(row->eligible_at, l->now.wall, "it may run from now on");
	ok(lab_effect(l, EFF_REPLY, 0)->token != 0, "the reply goes to whoever asked");
	submit_many(l, r, 0, false);
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 0, "an empty request is answered");
	lab_free(l);
}

/* A turn outlives the events of which it was made. */
static void test_own_copies(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	struct event ev = { .type = EV_SUBMIT, .cause = l->cause, .submit = { .jobs = r, .n = 1 } };
	char words[] = "sleep 10", block[] = "launch";
	struct turn *t = turn_new(1);
	const struct job_row *row;

	r->row.command = words;
	r->row.launch = block;
	r->row.launch_size = 6;
	core_turn(l->core, l->now, &ev, 1, t);
	memset(words, 'x', sizeof(words) - 1);
	memset(block, 'x', sizeof(block) - 1);
	memset(&ev, 0, sizeof(ev));
	row = t->muts[0].job;
	is_str(row->command, "sleep 10", "its texts are its own");
	ok(memcmp(row->launch, "launch", 6) == 0, "and its blocks");
	is_str(t->muts[0].cause->actor.name, "alice", "and its causes");
	turn_free(t);
	turn_free(NULL);
	core_free(NULL);
	lab_free(l);
}

static void test_uuid_twice(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l), again;

	is_int(lab_submit(l, r), 1, "submitted");
	is_int(lab_submit(l, r), 1, "the same again: the same job");
	ok(lab_item(l, 0)->duplicate, "and it says so");
	ok(lab_item(l, 0)->reason == REASON_WORKERS_UNAVAILABLE &&
	    lab_item(l, 0)->status == JOB_QUEUED, "and how it stands");
	is_int(l->turn->nmuts, 0, "nothing is written");
	lab_control(l, CONTROL_HOLD, 1);
	lab_submit(l, r);
	is_int(lab_item(l, 0)->reason, REASON_HELD, "held meanwhile: the answer says so");
	again = *r;
	again.row.cpus = 2000;
	again.row.key = "k";
	is_int(lab_submit(l, &again), 1, "with other contents too: the uuid decides");
	is_int(core_next_id(l->core), 2, "no number is used up");
	again = *r;
	again.row.uid = 2000;
	again.row.user = "bob";
	is_int(lab_submit(l, &again), 0, "another owner's use is refused");
	is_int(code(l), ERR_PERM, "not permitted");
	is_str(words(l), "not permitted", "and told nothing");
	is_int(lab_item(l, 0)->job, 0, "not even the number");
	lab_free(l);
}

static void test_uuid_on_disk(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);

	r->known_id = 77;
	r->known_uid = 1000;
	is_int(lab_submit(l, r), 77, "a uuid that is known on disk: that job");
	ok(lab_item(l, 0)->duplicate, "a duplicate");
	ok(uuid_equal(&lab_item(l, 0)->uuid, &r->row.uuid), "with its uuid");
	r->known_uid = 2000;
	is_int(lab_submit(l, r), 0, "another's is refused");
	is_int(code(l), ERR_PERM, "not permitted");
	is_int(lab_item(l, 0)->job, 0, "and told nothing");
	lab_free(l);
}

static struct job_request *with_key(struct lab *l, const char *key, const char *scope,
    const char *hash)
{
	struct job_request *r = lab_job(l);

	r->row.key = key;
	r->row.key_scope = scope;
	r->row.spec_hash = hash;
	return r;
}

static void test_keys(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r;
	int64_t job;

	lab_worker(l, "w1", 1000);
	job = lab_submit(l, with_key(l, "nightly", "window", "h1"));
	is_int(lab_submit(l, with_key(l, "nightly", "window", "h1")), job, "the same key and spec");
	ok(lab_item(l, 0)->duplicate, "is a duplicate");
	is_int(lab_submit(l, with_key(l, "nightly", "window", "h2")), 0, "another spec is refused");
	is_int(code(l), ERR_DATA, "as malformed");
	is_int(lab_item(l, 0)->job, job, "with the number of who has the key");
	is_str(words(l), "key 'nightly' is in use by job 1 for another command or other "
	    "resources: choose another key", "and says what to do");
	is_int(core_find_key(l->core, 1000, "nightly"), job, "the key is found");
	is_int(core_find_key(l->core, 1001, "nightly"), 0, "under its owner only");
	is_int(core_find_key(l->core, 1000, "weekly"), 0, "and no other key");
	r = with_key(l, "nightly", "window", "h3");
	r->row.uid = 2000;
	is_int(lab_submit(l, r), 2, "another owner has keys of his own");
	is_int(core_find_key(l->core, 2000, "nightly"), 2, "which are found as well");
	is_int(lab_submit(l, with_key(l, "plain", NULL, NULL)), 3, "no scope, no hash");
	is_int(lab_submit(l, with_key(l, "plain", NULL, NULL)), 3, "are compared, too");
	r = with_key(l, "b", NULL, NULL);
	is_int(lab_submit(l, r), 4, "one owner's b");
	r = with_key(l, "a", NULL, NULL);
	r->row.uid = 1001;
	is_int(lab_submit(l, r), 5, "is not the next one's a");
	is_int(lab_submit(l, with_key(l, "b", NULL, NULL)), 4, "and stays his");
	lab_free(l);
}

/* Which other UUIDs the turn has stand for a job; the job of the last one. */
static size_t aliases(const struct lab *l, int64_t *job)
{
	size_t n = 0;

	for (size_t i = 0; i < l->turn->nmuts; i++)
		if (l->turn->muts[i].type == MUT_ALIAS) {
			*job = l->turn->muts[i].alias.job;
			n++;
		}
	return n;
}

/* Who left a request in the spool has nothing but its UUID: that becomes the job's, too. */
static void test_alias(void)
{
	struct lab *l = lab_new(NULL);
	int64_t job = lab_submit(l, with_key(l, "k", "active", "h")), of = 0;
	struct job_request *r;

	lab_submit(l, with_key(l, "k", "active", "h"));
	is_int((int64_t)aliases(l, &of), 0, "over the socket the answer has the number");
	l->cause.actor.method = BY_SPOOL_FILE;
	r = with_key(l, "k", "active", "h");
	is_int(lab_submit(l, r), job, "the same key in the spool");
	is_int((int64_t)aliases(l, &of), 1, "its UUID is kept");
	is_int(of, job, "for that job");
	lab_control(l, CONTROL_CANCEL, job);
	r = arena_memdup(l->arena, r, sizeof(*r));
	r->known_id = job;
	r->known_uid = 1000;
	is_int(lab_submit(l, r), job, "delivered once more, when the key is free again, it is no "
	    "other job");
	r = with_key(l, "k", "active", "h");
	r->known_id = 99;
	r->known_uid = 1000;
	r->known_by_key = true;
	r->known_hash = "h";
	is_int(lab_submit(l, r), 99, "a key that only the disk has");
	ok(aliases(l, &of) == 1 && of == 99, "is the same");
	lab_free(l);
}

static void test_key_scopes(void)
{
	static const char *const scopes[] = { "active", "window", "forever" };
	size_t i;

	for (i = 0; i < 3; i++) {
		bool active = i == 0;
		struct lab *l = lab_new(NULL);
		struct job_request *r = with_key(l, "k", scopes[i], "h");
		int64_t next;

		lab_worker(l, "w1", 1000);
		is_int(lab_submit(l, r), 1, "%s: submitted", scopes[i]);
		lab_started(l, 1);
		/* it ends in the turn in which it is asked for again: still in the core */
		lab_event(l, EV_ENDED)->exec.worker = "w1";
		l->ev[0].exec.held = (struct held){ .job = 1, .execution = 1, .ended = true,
		    .end = { .cause = END_EXIT, .started_at = 1, .signal = -1 } };
		r = with_key(l, "k", scopes[i], "h");
		r->known_id = 1;
		r->known_uid = 1000;
		r->known_hash = "h";
		r->known_by_key = true;
		next = lab_submit(l, r);
		is_int(next, active ? 2 : 1, "%s: asked for again at its end", scopes[i]);
		ok(!core_holds(l->core, 1), "%s: the ended one is on disk only", scopes[i]);
		is_int(core_find_key(l->core, 1000, "k"), active ? 2 : 0, "%s: who has the key",
		    scopes[i]);
		r = with_key(l, "k", scopes[i], "other");
		r->known_id = next;
		r->known_uid = 1000;
		r->known_hash = "h";
		r->known_by_key = true;
		is_int(lab_submit(l, r), 0, "%s: in force on disk, with another spec", scopes[i]);
		is_int(lab_item(l, 0)->job, next, "%s: names the job", scopes[i]);
		r->row.spec_hash = "h";
		is_int(lab_submit(l, r), next, "%s: with the same spec a duplicate", scopes[i]);
		lab_free(l);
	}
}

static void test_parents(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l), *first;
	struct dep_request d = { .type = DEP_OK };

	lab_dep(l, r, DEP_OK, 17);
	is_int(lab_submit(l, r), 0, "an unknown parent");
	is_int(code(l), ERR_DATA, "is malformed");
	is_str(words(l), "depends on job 17, which does not exist", "and named");
	r = lab_job(l);
	d.uuid.b[0] = 0xab;
	r->deps = &d;
	r->ndeps = 1;
	is_int(lab_submit(l, r), 0, "an unknown uuid");
	is_str(words(l), "depends on job ab000000-0000-0000-0000-000000000000, which does not "
	    "exist", "and named");
	is_int(core_next_id(l->core), 1, "nothing was made");

	first = lab_job(l);
	is_int(lab_submit(l, first), 1, "a parent");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, 1);
	lab_dep(l, r, DEP_OK, 1);
	is_int(lab_submit(l, r), 2, "the same parent twice");
	is_int(l->disk->dep_rows.n, 1, "is one edge");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, 1);
	lab_dep(l, r, DEP_ANY, 1);
	is_int(lab_submit(l, r), 0, "in two ways");
	is_str(words(l), "depends on the same job in two ways", "is refused");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, 1);
	lab_dep(l, r, DEP_OK, 0);
	r->deps[1].uuid = first->row.uuid;
	is_int(lab_submit(l, r), 3, "by number and by uuid");
	is_int(l->disk->dep_rows.n, 2, "is one edge as well");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, 1);
	lab_dep(l, r, DEP_NOTOK, 0);
	r->deps[1].uuid = first->row.uuid;
	is_int(lab_submit(l, r), 0, "and in two ways is refused");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, core_next_id(l->core));
	is_int(lab_submit(l, r), 0, "on itself, by the number that it would get");
	lab_free(l);
}

static const char *refusal(struct lab *l, int64_t cpus, int64_t mem, int64_t gpus, int64_t bw)
{
	struct job_request *r = lab_job(l);

	r->row.cpus = cpus;
	r->row.mem = mem;
	r->row.gpus = gpus;
	r->row.bw = bw;
	return lab_submit(l, r) != 0 ? "" : words(l);
}

static void test_never_fits(void)
{
	struct lab *l = lab_new(NULL);

	is_str(refusal(l, 64000, 0, 0, 0), "", "no worker is known: nothing can be said");
	is_str(lab_where(l, 1), "queued WorkersUnavailable", "it waits for one");
	lab_worker_with(l, "w1", 4000, 8192);
	is_str(lab_where(l, 1), "queued NeverFits", "which comes and is too small");
	lab_worker_with(l, "w2", 1500, 65536);
	is_str(refusal(l, 5000, 0, 0, 0), "asks for 5 cpus, the largest worker has 4", "cpus");
	is_int(code(l), ERR_UNAVAIL, "69");
	is_str(refusal(l, 4500, 0, 0, 0), "asks for 4.500 cpus, the largest worker has 4.000",
	    "parts of cpus");
	is_str(refusal(l, 1000, 100000, 0, 0),
	    "asks for 100000 MiB of memory, the largest worker has 65536", "memory");
	is_str(refusal(l, 1000, 0, 1, 0), "asks for 1 gpus, the largest worker has 0", "gpus");
	is_str(refusal(l, 1000, 0, 0, 10), "asks for 10 Mbit/s, the largest worker has 0",
	    "bandwidth");
	is_str(refusal(l, 4000, 65536, 0, 0), "no single worker has all that it asks for",
	    "one has the cpus, the other the memory");
	lab_worker_down(l, "w1");
	is_str(refusal(l, 4000, 0, 0, 0), "", "a worker that is down still counts");
	is_str(lab_where(l, core_next_id(l->core) - 1), "queued WorkersUnavailable",
	    "and is waited for");
	lab_free(l);
}

static void test_atomic(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r[4];
	int i;

	lab_worker(l, "w1", 4000);
	for (i = 0; i < 4; i++)
		r[i] = lab_job(l);
	r[2]->row.cpus = 9000;
	submit_many(l, r, 4, true);
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 1, "one refusal for the whole");
	is_str(words(l), "entry 3: asks for 9 cpus, the largest worker has 4", "names the entry");
	is_int(code(l), ERR_UNAVAIL, "with its code");
	is_int(l->turn->nmuts, 0, "and nothing was made");
	submit_many(l, r, 4, false);
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 4, "not atomic: an answer each");
	is_int(lab_item(l, 1)->job, 2, "the good ones are made");
	is_int(lab_item(l, 2)->code, ERR_UNAVAIL, "the bad one is refused");
	is_int(lab_item(l, 3)->job, 3, "those behind it are made");
	r[2]->row.cpus = 1000;
	submit_many(l, r, 4, true);
	is_int(lab_item(l, 2)->job, 4, "corrected and sent again: the missing one");
	ok(lab_item(l, 0)->duplicate && lab_item(l, 3)->duplicate, "the others are known");
	lab_free(l);
}

/* What two entries of one batch have to do with each other. */
static void test_atomic_within(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r[3];

	r[0] = with_key(l, "k", NULL, "h1");
	r[1] = lab_job(l);
	r[2] = with_key(l, "k", NULL, "h2");
	submit_many(l, r, 3, true);
	is_str(words(l), "entry 3: key 'k' stands twice in the batch, for different commands or "
	    "resources", "one key for two things: all is refused");
	is_int(core_next_id(l->core), 1, "and nothing made");
	r[2] = with_key(l, "k", NULL, "h1");
	submit_many(l, r, 3, true);
	is_int(lab_item(l, 1)->job, 2, "one key for the same thing");
	is_int(lab_item(l, 2)->job, 1, "is one job");
	ok(lab_item(l, 2)->duplicate && !lab_item(l, 0)->duplicate, "and a duplicate");

	r[0] = lab_job(l);
	r[1] = r[0];
	r[2] = lab_job(l);
	lab_dep(l, r[2], DEP_OK, 0);
	r[2]->deps[0].uuid = r[0]->row.uuid;
	submit_many(l, r, 3, true);
	is_int(lab_item(l, 0)->job, 3, "the same uuid twice");
	is_int(lab_item(l, 1)->job, 3, "is one job");
	is_int(lab_item(l, 2)->job, 4, "a parent that stands before it, by uuid");
	is_job(l, 4, "queued Dependency", "is waited for");
	r[0] = lab_job(l);
	r[1] = lab_job(l);
	lab_dep(l, r[0], DEP_OK, 0);
	r[0]->deps[0].uuid = r[1]->row.uuid;
	submit_many(l, r, 2, true);
	is_int(code(l), ERR_DATA, "one that stands behind it does not exist yet");
	is_int(core_next_id(l->core), 5, "nothing was made");
	lab_free(l);
}

static void test_limits(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_queued = 3 };
	struct lab *l = lab_new(&conf);
	struct job_request *r[3], *first = lab_job(l);
	int i;

	is_int(lab_submit(l, first), 1, "one");
	for (i = 0; i < 3; i++)
		r[i] = lab_job(l);
	submit_many(l, r, 3, true);
	is_int(code(l), ERR_AGAIN, "three more are too many: try later");
	is_str(words(l), "entry 3: 1 jobs are queued or running, the limit is 3: try later",
	    "with the figures");
	r[2] = r[1];
	submit_many(l, r, 3, true);
	is_int(lab_item(l, 2)->job, 3, "the same twice takes one place");
	is_int(lab_new_job(l), 0, "now it is full");
	is_int(lab_submit(l, first), 1, "what is known is still answered");
	is_int(lab_control(l, CONTROL_CANCEL, 2), 0, "one is cancelled");
	is_int(lab_new_job(l), 4, "there is room again");
	conf.max_queued = 0;
	core_configure(l->core, &conf);
	is_int(lab_new_job(l), 5, "0 is no limit");
	conf.read_only = true;
	core_configure(l->core, &conf);
	is_int(lab_new_job(l), 0, "the disk is full");
	is_int(code(l), ERR_AGAIN, "try later");
	is_str(words(l), "the disk of the spool is full: try later", "and why");
	is_int(lab_submit(l, first), 1, "what is known is still answered");
	lab_free(l);
}

static const struct reply_item *tried(struct lab *l, struct job_request *r)
{
	r->test = true;
	lab_submit(l, r);
	return lab_item(l, 0);
}

static void test_trial(void)
{
	struct lab *l = lab_new(NULL);
	const struct reply_item *it;
	struct job_request *r;
	int64_t id;

	it = tried(l, lab_job(l));
	ok(it->tested && it->code == 0 && it->start == 0, "without a worker nobody knows");
	is_int(it->reason, REASON_WORKERS_UNAVAILABLE, "since there is none");
	lab_worker(l, "w1", 2000);
	it = tried(l, lab_job(l));
	ok(it->tested && it->reason == REASON_NONE, "at once");
	is_int(it->start, l->now.wall, "is now");
	r = lab_job(l);
	r->row.cpus = 3000;
	it = tried(l, r);
	is_int(it->code, ERR_UNAVAIL, "what never fits is told so");
	r = lab_job(l);
	r->row.cpus = 2000;
	r->row.time_limit = 60000;
	id = lab_submit(l, r);
	lab_started(l, id);
	it = tried(l, lab_job(l));
	is_int(it->reason, REASON_RESOURCES, "behind one that runs");
	is_int(it->start, l->now.wall + 60000, "when that has to be over");
	r = lab_job(l);
	r->row.begin_at = l->now.wall + 100000;
	it = tried(l, r);
	is_int(it->start, r->row.begin_at, "not before its time");
	is_int(it->reason, REASON_BEGIN_TIME, "which it would wait for");
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, id);
	it = tried(l, r);
	ok(it->start == 0 && it->reason == REASON_DEPENDENCY, "others' ends are not foreseen");
	r = lab_job(l);
	r->row.hold = HOLD_USER;
	it = tried(l, r);
	ok(it->start == 0 && it->reason == REASON_HELD, "nor is a release");
	is_int(core_next_id(l->core), id + 1, "nothing was made");
	lab_free(l);
}

int main(void)
{
	test_ids();
	test_own_copies();
	test_uuid_twice();
	test_uuid_on_disk();
	test_keys();
	test_alias();
	test_key_scopes();
	test_parents();
	test_never_fits();
	test_atomic();
	test_atomic_within();
	test_limits();
	test_trial();
	return tap_done();
}
