/*
 * submit: jobs come in.
 *
 * A request is one job however often it is delivered: the UUID says so, or the
 * owner's key.  All that other jobs or the workers could object to is checked
 * before anything is made; an atomic batch is checked whole first.
 */
#include <inttypes.h>
#include <string.h>

#include "core/impl.h"

struct verdict {
	struct err err;
	int64_t known;		/* it is this job already */
	const struct job *job;	/* ... which the core holds */
};

struct batch {		/* entries of an atomic submission that were found good */
	struct map *uuids, *keys;
	size_t n;		/* live jobs more, if they are taken */
};

static int bad_key(struct verdict *v, const char *key, int64_t id)
{
	v->known = id;
	return err_set(&v->err, ERR_DATA, "key '%s' is in use by job %" PRId64
	    " for another command or other resources: choose another key", key, id);
}

/* It is the job that the core holds, if its owner asks. */
static int known_job(const struct job_request *r, const struct job *j, struct verdict *v)
{
	if (j->owner->uid != r->row.uid)
		return err_set(&v->err, ERR_PERM, "not permitted");
	v->job = j;
	v->known = j->id;
	return 1;
}

static const char *spec_of(const struct job_request *r)
{
	return r->row.spec_hash != NULL ? r->row.spec_hash : "";
}

/* 1: a known job, 0: new, -1: refused. */
static int find_known(const struct core *c, const struct job_request *r, struct verdict *v)
{
	const struct job *j = job_by_uuid(c, &r->row.uuid);

	if (j != NULL)
		return known_job(r, j, v);
	if (r->row.key != NULL)
		j = job_by_key(c, r->row.uid, r->row.key);
	if (j != NULL && job_key_in_force(j))
		return strcmp(j->key->hash, spec_of(r)) == 0 ? known_job(r, j, v) :
		    bad_key(v, r->row.key, j->id);
	j = job_get(c, r->known_id);
	if (j != NULL && !r->known_by_key)
		return known_job(r, j, v);	/* by an alias */
	if (r->known_id == 0 || j != NULL)
		return 0;	/* what the core holds it has judged above */
	if (r->known_uid != r->row.uid)
		return err_set(&v->err, ERR_PERM, "not permitted");
	v->known = r->known_id;
	if (r->known_by_key && strcmp(r->known_hash != NULL ? r->known_hash : "",
	    spec_of(r)) != 0)
		return bad_key(v, r->row.key, r->known_id);
	return 1;
}

/* The same of what stands before it in its batch. */
static int find_in_batch(const struct batch *b, const struct job_request *r, struct verdict *v)
{
	const struct job_request *other = map_get(b->uuids, uuid_hash(&r->row.uuid));

	if (other != NULL && uuid_equal(&other->row.uuid, &r->row.uuid))
		return other->row.uid == r->row.uid ? 1 :
		    err_set(&v->err, ERR_PERM, "not permitted");
	if (r->row.key == NULL)
		return 0;
	other = map_get(b->keys, key_hash(r->row.uid, r->row.key));
	if (other == NULL || other->row.uid != r->row.uid ||
	    strcmp(other->row.key, r->row.key) != 0)
		return 0;
	if (strcmp(spec_of(other), spec_of(r)) == 0)
		return 1;
	return err_set(&v->err, ERR_DATA, "key '%s' stands twice in the batch, for different "
	    "commands or resources", r->row.key);
}

static struct job *find_parent(const struct core *c, const struct dep_request *d)
{
	return d->parent > 0 ? job_get(c, d->parent) : job_by_uuid(c, &d->uuid);
}

/* The parents' ids, 0 where none is known yet; they live in the turn. */
static const int64_t *parent_ids(struct core *c, const struct job_request *r)
{
	int64_t *ids = arena_alloc(c->turn->arena, r->ndeps * sizeof(*ids));
	size_t i;

	for (i = 0; i < r->ndeps; i++) {
		const struct job *parent = find_parent(c, &r->deps[i]);

		ids[i] = parent != NULL ? parent->id : r->deps[i].parent;
	}
	return ids;
}

/*
 * The same parent twice in one request, by whatever name, is one edge; as two types
 * it is a mistake.
 */
static bool repeated(const struct job_request *r, const int64_t *ids, size_t i, bool *conflict)
{
	size_t k;

	*conflict = false;
	for (k = 0; k < i; k++)
		if (ids[k] == ids[i] &&
		    (ids[i] != 0 || uuid_equal(&r->deps[k].uuid, &r->deps[i].uuid))) {
			*conflict = r->deps[k].type != r->deps[i].type;
			return true;
		}
	return false;
}

static bool in_batch(const struct batch *b, const struct uuid *u)
{
	const struct job_request *r = b != NULL ? map_get(b->uuids, uuid_hash(u)) : NULL;

	return r != NULL && uuid_equal(&r->row.uuid, u);
}

static int check_deps(struct core *c, const struct job_request *r, const struct batch *b,
    struct err *e)
{
	const int64_t *ids = parent_ids(c, r);
	char text[UUID_TEXT];
	bool conflict;
	size_t i;

	for (i = 0; i < r->ndeps; i++) {
		const struct dep_request *d = &r->deps[i];

		if (repeated(r, ids, i, &conflict) && conflict)
			return err_set(e, ERR_DATA, "depends on the same job in two ways");
		if (d->on_disk || find_parent(c, d) != NULL || array_expects(c, d->parent) ||
		    array_never(c, d->parent, &(enum job_status){ JOB_QUEUED }))
			continue;
		if (d->parent > 0)
			return err_set(e, ERR_DATA, "depends on job %" PRId64
			    ", which does not exist", d->parent);
		if (in_batch(b, &d->uuid))
			continue;
		uuid_format(&d->uuid, text);
		return err_set(e, ERR_DATA, "depends on job %s, which does not exist", text);
	}
	return 0;
}

static size_t live(const struct core *c)
{
	return c->counts[JOB_QUEUED] + c->counts[JOB_SCHEDULED] + c->counts[JOB_RUNNING];
}

/* 1: known, 0: may be made, -1: refused.  b: what stands before it, or NULL. */
static int judge(struct core *c, const struct job_request *r, const struct batch *b,
    struct verdict *v)
{
	size_t more = b != NULL ? b->n : 0;
	int known;

	memset(v, 0, sizeof(*v));
	if ((known = find_known(c, r, v)) != 0)
		return known;
	if (b != NULL && (known = find_in_batch(b, r, v)) != 0)
		return known;
	if (c->conf.read_only)
		return err_set(&v->err, ERR_AGAIN, "the disk of the spool is full: try later");
	if (c->conf.max_queued > 0 && live(c) + more >= (size_t)c->conf.max_queued)
		return err_set(&v->err, ERR_AGAIN, "%zu jobs are queued or running, the limit "
		    "is %" PRId64 ": try later", live(c), c->conf.max_queued);
	if (array_judge(&r->row, &v->err) == -1 ||
	    queue_admits(c, &r->row, true, &v->err) == -1 || check_deps(c, r, b, &v->err) == -1)
		return -1;
	if (demand_never(c, &r->row, &v->err) == -1 || quota_never(c, &r->row, &v->err) == -1)
		return -1;
	return r->test ? 0 : quota_admits(c, &r->row, more, &v->err);
}

int job_judge(struct core *c, const struct job_request *r, struct err *e)
{
	struct verdict v;
	int known = judge(c, r, NULL, &v);

	if (known == 1)
		return err_set(e, ERR_DATA, "it is job %" PRId64 " already", v.known);
	if (known == -1)
		*e = v.err;
	return known;
}

struct job *job_make(struct core *c, const struct job_request *r)
{
	const int64_t *ids = parent_ids(c, r);
	struct job_row row = r->row;
	struct job *j;
	int64_t cause;
	bool conflict;
	size_t i;

	for (i = 0; i < r->ndeps; i++)
		(void)array_element(c, r->deps[i].parent);
	if (row.array_spec != NULL)
		row.array_id = c->next_id;
	j = job_new(c, c->next_id, &row);
	c->next_id = array_top(j) + 1;
	quota_came(c, j->shape);
	job_changed_by(c, j);
	job_announce(c, j, &row);
	for (i = 0; i < r->ndeps; i++)
		if (!repeated(r, ids, i, &conflict))
			dep_add(c, j, &r->deps[i], find_parent(c, &r->deps[i]));
	cause = j->caused_by;
	j->caused_by = 0;
	dep_settle(c, j, cause);
	timer_update(c, j);
	return j;
}

static void fill_item(struct reply_item *it, struct core *c, const struct verdict *v, int known,
    const struct job *j)
{
	it->job = j != NULL ? j->id : v->known;
	it->code = known == -1 ? (int)v->err.code : 0;
	it->text = known == -1 ? arena_strdup(c->turn->arena, v->err.text) : NULL;
	it->duplicate = known == 1;
	if (j != NULL) {
		it->uuid = j->uuid;
		it->status = j->status;
		it->reason = j->reason;
	}
}

/* Elements on which it depends come to be with it. */
static size_t elements_made(const struct core *c, const struct job_request *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->ndeps; i++)
		n += array_expects(c, r->deps[i].parent);
	return n;
}

/* -1 and the first refusal in v when one of a batch cannot be taken. */
static int judge_all(struct core *c, const struct ev_submit *s, struct verdict *v, size_t *at)
{
	struct batch b = { map_new(), map_new(), 0 };
	int known = 0;
	size_t i;

	for (i = 0; i < s->n && known != -1; i++) {
		struct job_request *r = &s->jobs[i];

		*at = i;
		if ((known = judge(c, r, &b, v)) != 0)
			continue;
		b.n += 1 + elements_made(c, r);
		map_put(b.uuids, uuid_hash(&r->row.uuid), r);
		if (r->row.key != NULL)
			map_put(b.keys, key_hash(r->row.uid, r->row.key), r);
	}
	map_free(b.uuids);
	map_free(b.keys);
	return known == -1 ? -1 : 0;
}

static void reply_refused(struct core *c, struct effect *f, const struct verdict *v, size_t at)
{
	struct verdict numbered = *v;

	err_prefix(&numbered.err, "entry %zu", at + 1);
	f->reply.n = 1;
	f->reply.items = arena_alloc(c->turn->arena, sizeof(struct reply_item));
	fill_item(&f->reply.items[0], c, &numbered, -1, NULL);
}

/* Whoever left a request in the spool has nothing but its UUID to ask with. */
static void remember(struct core *c, const struct job_request *r, const struct verdict *v)
{
	struct mut *m;

	if (c->cause->actor.method != BY_SPOOL_FILE ||
	    (v->job != NULL ? uuid_equal(&v->job->uuid, &r->row.uuid) : !r->known_by_key))
		return;
	m = turn_mut(c->turn, MUT_ALIAS, c->cause);
	m->alias.uuid = r->row.uuid;
	m->alias.job = v->known;
	m->alias.at = c->now.wall;
}

void on_submit(struct core *c, const struct event *ev)
{
	const struct ev_submit *s = &ev->submit;
	struct reply_item *items;
	struct effect *f;
	struct verdict v;
	size_t i, at = 0;

	if (s->atomic && judge_all(c, s, &v, &at) == -1) {
		f = turn_effect(c->turn, EFF_REPLY);
		f->token = ev->token;
		reply_refused(c, f, &v, at);
		return;
	}
	items = arena_alloc(c->turn->arena, s->n * sizeof(*items));
	for (i = 0; i < s->n; i++) {
		int known = judge(c, &s->jobs[i], NULL, &v);
		const struct job *j = v.job;

		if (known == 0 && s->jobs[i].test) {
			trial_answer(c, &s->jobs[i], &items[i]);
			continue;
		}
		if (known == 0)
			j = job_make(c, &s->jobs[i]);
		if (known == 1)
			remember(c, &s->jobs[i], &v);
		fill_item(&items[i], c, &v, known, known == -1 ? NULL : j);
		if (uuid_is_nil(&items[i].uuid))
			items[i].uuid = s->jobs[i].row.uuid;
	}
	f = turn_effect(c->turn, EFF_REPLY);
	f->token = ev->token;
	f->reply.items = items;
	f->reply.n = s->n;
}
