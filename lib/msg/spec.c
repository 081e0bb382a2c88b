/*
 * spec: the dependencies of a request, and the hash by which two requests with
 * one key are told to be the same or not.
 *
 * Owns what belongs to the hash (SPEC 2.10): command, script, environment,
 * directory, resources, limits, begin and dependencies; not priority, names and
 * retries, and not the deadline, which clients make from a duration and the
 * present time, so that it differs each time the same thing is asked for.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/num.h"
#include "msg/submit.h"

#define DEPS_MAX 1000
#define DEP_WORD_MAX 32
#define DELAY_MAX (INT64_C(100) * 366 * 86400 * 1000)
#define SPEC_MAX (2 * (size_t)MSG_HEAD_MAX)

/* ---- dependencies */

/* "TYPE" or "TYPE+MS", up to the colon. */
static int type_read(const char *s, size_t n, struct dep_request *dep)
{
	char word[DEP_WORD_MAX];
	char *delay;
	int type;

	if (n >= sizeof(word))
		return -1;
	memcpy(word, s, n);
	word[n] = '\0';
	delay = strchr(word, '+');
	if (delay != NULL)
		*delay++ = '\0';
	type = dep_type_parse(word);
	if (type == -1 || (delay != NULL && (type != DEP_START ||
	    num_i64(delay, 0, DELAY_MAX, &dep->delay, NULL) == -1)))
		return -1;
	dep->type = (enum dep_type)type;
	return 0;
}

static int dep_read(const char *s, struct dep_request *dep, struct err *e)
{
	size_t n = strcspn(s, ":");
	int64_t last;

	if (s[n] != ':' || type_read(s, n, dep) == -1)
		return err_set(e, ERR_DATA, "dep: \"%s\" is not TYPE:JOB with a type of ok, notok, "
		    "any, start, start+MS, success, failure or completion", s);
	if (request_target(s + n + 1, &dep->parent, &last, &dep->uuid, NULL) == -1 ||
	    last != dep->parent || (dep->parent == 0 && uuid_is_nil(&dep->uuid)))
		return err_set(e, ERR_DATA, "dep: \"%s\" is no job: write its id or its UUID",
		    s + n + 1);
	return 0;
}

static bool same_parent(const struct dep_request *a, const struct dep_request *b)
{
	return a->parent == b->parent && uuid_equal(&a->uuid, &b->uuid);
}

static int dep_add(struct job_request *req, const char *s, struct err *e)
{
	struct dep_request *dep = &req->deps[req->ndeps];

	if (dep_read(s, dep, e) == -1)
		return -1;
	if (uuid_equal(&dep->uuid, &req->row.uuid))
		return err_set(e, ERR_DATA, "dep: the job would wait for itself");
	for (size_t i = 0; i < req->ndeps; i++) {
		if (same_parent(&req->deps[i], dep))
			return err_set(e, ERR_DATA, "dep: %s is given twice", strchr(s, ':') + 1);
	}
	req->ndeps++;
	return 0;
}

int submit_deps(const struct msg *m, struct arena *a, struct job_request *req, struct err *e)
{
	const char *fail = msg_str(m, F_ON_DEP_FAIL), *s;
	size_t n = msg_count(m, F_DEP), iter = 0;

	if (fail != NULL && strcmp(fail, "cancel") != 0 && strcmp(fail, "hold") != 0)
		return err_set(e, ERR_DATA, "on_dep_fail: \"%s\" is neither cancel nor hold", fail);
	req->row.dep_hold = fail != NULL && strcmp(fail, "hold") == 0;
	req->row.dep_any = msg_flag(m, F_DEP_ANY);
	req->row.singleton = msg_flag(m, F_SINGLETON);
	if (n > DEPS_MAX)
		return err_set(e, ERR_DATA, "dep: more than %d", DEPS_MAX);
	if (n > 0)
		req->deps = arena_alloc(a, n * sizeof(*req->deps));
	while ((s = msg_next(m, F_DEP, &iter)) != NULL) {
		if (dep_add(req, s, e) == -1)
			return -1;
	}
	return 0;
}

/* ---- the hash */

/* With its length in front, so that no two specs are written the same way. */
static void text_add(struct buf *b, const char *name, const char *s)
{
	if (s != NULL)
		buf_addf(b, "%s %zu ", name, strlen(s));
	if (s != NULL && buf_adds(b, s) == 0)
		buf_addc(b, '\n');
}

static void fields_add(struct buf *b, const struct msg *m, enum msg_field f)
{
	const char *s;
	size_t iter = 0;

	while ((s = msg_next(m, f, &iter)) != NULL)
		text_add(b, msg_field_name(f), s);
}

static void deps_add(struct buf *b, const struct job_request *req)
{
	char uuid[UUID_TEXT];

	for (size_t i = 0; i < req->ndeps; i++) {
		uuid_format(&req->deps[i].uuid, uuid);
		buf_addf(b, "dep %s %" PRId64 " %s\n", dep_type_name(req->deps[i].type),
		    req->deps[i].parent, uuid);
		if (req->deps[i].delay > 0)
			buf_addf(b, "delay %" PRId64 "\n", req->deps[i].delay);
	}
	if (req->row.singleton)
		buf_adds(b, "singleton\n");
	buf_addf(b, "deps %" PRId64 " %" PRId64 "\n", req->row.dep_any, req->row.dep_hold);
}

static void script_add(struct buf *b, const struct msg *m)
{
	char hash[SHA256_HEX];
	const void *body;
	size_t n;

	body = msg_body(m, &n);
	if (body == NULL)
		return;
	sha256_hex(body, n, hash);
	text_add(b, "script", hash);
}

void submit_hash(const struct msg *m, struct arena *a, struct job_request *req)
{
	static const enum msg_field texts[] = {
		F_ARG, F_ENV, F_CHDIR, F_STDIN, F_RUN_AS, F_LOGIN, F_GPU_TYPE, F_RES, F_LIMIT_TOKEN,
		F_CONSTRAINT, F_PREFER, F_ON_WORKERS, F_NOT_WORKERS, F_EXCLUSIVE, F_ARRAY
	};
	const struct job_row *row = &req->row;
	char hash[SHA256_HEX];
	struct buf b;

	buf_init(&b, SPEC_MAX);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fields_add(&b, m, texts[i]);
	script_add(&b, m);
	text_add(&b, "type", row->type);
	text_add(&b, "env_type", row->env_type);
	buf_addf(&b, "resources %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
	    row->cpus, row->mem, row->disk, row->gpus, row->bw);
	buf_addf(&b, "schedule %" PRId64 " %" PRId64 " %" PRId64 "\n", row->begin_at,
	    row->time_limit, row->queue_timeout);
	deps_add(&b, req);
	sha256_hex(b.data, b.len, hash);
	buf_release(&b);
	req->row.spec_hash = arena_strdup(a, hash);
}
