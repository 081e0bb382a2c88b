/*
 * request: a SUBMIT message as the core takes it.
 *
 * Owns the limits of what may be asked for and the defaults that need no
 * configuration.  Numbers are rows of a table.  What the worker gets is in
 * launch.c, dependencies and the hash of the spec in spec.c.  Requires a message
 * that the decoder has taken: kinds and lengths of fields are right.
 */
#include "msg/request.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/codes.h"
#include "base/growth.h"
#include "base/num.h"
#include "base/text.h"
#include "core/notify.h"
#include "msg/submit.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define YEARS (36525 * DAY)			/* 100 */
#define INSTANT_MAX INT64_C(253402300799999)	/* the end of year 9999 */
#define MIB_MAX INT64_C(1000000000)
#define NAME_BYTES 64
#define TAGS_MAX 64
#define TARGET_RANGE_MAX 1000000

#define RETRIES_ASKED 3		/* when a policy is given without a number */
#define RETRY_DELAY_DEFAULT (60 * SECOND)
#define RETRY_MAX_DELAY_DEFAULT (3600 * SECOND)
#define RETRY_JITTER_DEFAULT 10

struct number {
	enum msg_field field;
	int64_t min, max;
	const char *unit;
	size_t offset;		/* in struct job_row */
};

#define N(f, from, to, what, member) \
	{ F_##f, (from), (to), what, offsetof(struct job_row, member) }

static const struct number numbers[] = {
	N(CPUS, 1, 100000000, " thousandths of a cpu", cpus),
	N(MEM, 0, MIB_MAX, " MiB", mem),
	N(DISK, 0, MIB_MAX, " MiB", disk),
	N(GPUS, 0, 1024, "", gpus),
	N(BW, 0, 1000000000, " Mbit/s", bw),
	N(PRIORITY, 0, 1000, "", priority),
	N(TIME, 0, YEARS, " ms", time_limit),
	N(ESTIMATE, 0, YEARS, " ms", estimate),
	N(QUEUE_TIMEOUT, 0, YEARS, " ms", queue_timeout),
	N(RETRIES, 0, 1000, "", max_retries),
	N(RETRY_DELAY, 0, YEARS, " ms", retry_delay),
	N(RETRY_MAX_DELAY, 0, YEARS, " ms", retry_max_delay),
	N(RETRY_JITTER, 0, 100, " per cent", retry_jitter),
	N(KILL_SIGNAL, 1, 64, "", kill_signal),
	N(KILL_GRACE, 0, DAY, " ms", kill_grace),
	N(ARRAY_LIMIT, 1, 1000000, "", array_limit),
};

static int64_t *number_at(struct job_row *row, const struct number *n)
{
	return (int64_t *)((char *)row + n->offset);
}

static int numbers_read(const struct msg *m, struct job_row *row, struct err *e)
{
	const struct number *n;
	uint64_t v;

	for (n = numbers; n < numbers + sizeof(numbers) / sizeof(numbers[0]); n++) {
		if (!msg_has(m, n->field))
			continue;
		v = msg_u64(m, n->field, 0);
		if (v < (uint64_t)n->min || v > (uint64_t)n->max)
			return err_set(e, ERR_DATA, "%s: %" PRIu64 " is out of range: %" PRId64
			    " to %" PRId64 "%s is accepted", msg_field_name(n->field), v, n->min,
			    n->max, n->unit);
		*number_at(row, n) = (int64_t)v;
	}
	return 0;
}

static void defaults_set(const struct request_defaults *d, struct job_row *row)
{
	row->cpus = d->cpus;
	row->mem = d->mem;
	row->priority = d->priority;
	row->time_limit = d->time_limit;
	row->kill_grace = d->kill_grace;
	row->kill_signal = 15;
	row->retry_delay = RETRY_DELAY_DEFAULT;
	row->retry_jitter = RETRY_JITTER_DEFAULT;
	row->retry_policy = RETRY_EXPONENTIAL;
	row->exit_code = -1;
	row->signal = -1;
	row->status = JOB_QUEUED;
}

/* ---- words */

int submit_word(enum msg_field f, const char *s, const char *const *words, struct err *e)
{
	struct buf all;
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], s) == 0)
			return i;
	}
	buf_init(&all, 256);
	for (i = 0; words[i] != NULL; i++)
		buf_addf(&all, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ",
		    words[i]);
	err_set(e, ERR_DATA, "%s: \"%s\" is none of %s", msg_field_name(f), s, all.data);
	buf_release(&all);
	return -1;
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

/* A name that appears in paths, variables and lists. */
static int name_read(const struct msg *m, enum msg_field f, const char **out, struct arena *a,
    struct err *e)
{
	const char *s = msg_str(m, f);

	if (s == NULL)
		return 0;
	if (!name_valid(s, NAME_BYTES))
		return err_set(e, ERR_DATA, "%s: \"%.100s\" is no name: 1 to %d letters, digits "
		    "and ._-:/@+, no - in front", msg_field_name(f), s, NAME_BYTES);
	*out = arena_strdup(a, s);
	return 0;
}

static int list_read(const struct msg *m, enum msg_field f, const char **out, struct arena *a,
    struct err *e)
{
	const char *s = msg_str(m, f);
	int r;

	if (s == NULL)
		return 0;
	r = f == F_SUCCESS_CODES ? codes_valid_exits(s, e) : codes_valid(s, e);
	if (r == -1)
		return err_prefix(e, "%s", msg_field_name(f));
	*out = arena_strdup(a, s);
	return 0;
}

/* ---- what the job is */

static int title_read(const struct msg *m, struct arena *a, struct job_row *row,
    struct err *e)
{
	const char *s = msg_str(m, F_NAME), *p;

	if (s != NULL && (s[0] == '\0' || strchr(s, '/') != NULL || has_control(s)))
		return err_set(e, ERR_DATA, "name: \"%.100s\" is %s", s, s[0] == '\0' ? "empty" :
		    "no name: it holds a / or a control character");
	row->name = arena_strdup(a, s);
	s = msg_str(m, F_COMMENT);
	for (p = s; p != NULL && *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t')
			return err_set(e, ERR_DATA, "comment: it holds a control character");
	}
	row->comment = arena_strdup(a, s);
	return 0;
}

static int key_read(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	static const char *const scopes[] = { "window", "active", "forever", NULL };
	const char *key = msg_str(m, F_KEY), *scope = msg_str(m, F_KEY_SCOPE);
	int i = 0;

	if (scope != NULL && key == NULL)
		return err_set(e, ERR_DATA, "key_scope: there is no key that it could belong to");
	if (key == NULL)
		return 0;
	if (key[0] == '\0' || has_control(key))
		return err_set(e, ERR_DATA, "key: it is empty or holds a control character");
	if (scope != NULL && (i = submit_word(F_KEY_SCOPE, scope, scopes, e)) == -1)
		return -1;
	row->key = arena_strdup(a, key);
	row->key_scope = scopes[i];
	return 0;
}

static int type_read(const struct msg *m, struct job_row *row, struct err *e)
{
	static const char *const types[] = { "batch", "realtime", "scheduled", "recurring", NULL };
	static const char *const envs[] = { "vm", "host", "docker", "podman", "kubernetes", NULL };
	const char *type = msg_str(m, F_TYPE), *env = msg_str(m, F_ENV_TYPE);
	int i = 0;

	if (type != NULL && (i = submit_word(F_TYPE, type, types, e)) == -1)
		return -1;
	if (i == 2 && !msg_has(m, F_BEGIN))
		return err_set(e, ERR_DATA, "type: a scheduled job has a begin");
	if (i == 3 && !msg_has(m, F_CRON))
		return err_set(e, ERR_DATA, "type: a recurring job has a cron expression");
	row->type = types[i];
	i = 0;
	if (env != NULL && (i = submit_word(F_ENV_TYPE, env, envs, e)) == -1)
		return -1;
	if (i > 1)
		return err_set(e, ERR_UNAVAIL, "env_type: %s is not there yet; vm is the host "
		    "itself", env);
	row->env_type = envs[0];
	return 0;
}

/* "K=V" to the JSON object `out`, which lacks its closing brace. */
static int tag_add(const struct msg *m, const char *tag, struct buf *out, struct err *e)
{
	size_t n = strcspn(tag, "="), iter = 0;
	char key[NAME_BYTES + 1];
	const char *other;
	int same = 0;

	if (tag[n] == '\0' || n > NAME_BYTES)
		return err_set(e, ERR_DATA, "tag: \"%.100s\" is not KEY=VALUE with a key of at "
		    "most %d bytes", tag, NAME_BYTES);
	memcpy(key, tag, n);
	key[n] = '\0';
	if (!name_valid(key, NAME_BYTES))
		return err_set(e, ERR_DATA, "tag: \"%s\" is no key: letters, digits and ._-:/@+",
		    key);
	/* Tags are kept as JSON, which could not give such a value back as it was. */
	if (!utf8_valid(tag + n + 1, strlen(tag + n + 1)))
		return err_set(e, ERR_DATA, "tag: the value of %s is not UTF-8", key);
	while ((other = msg_next(m, F_TAG, &iter)) != NULL)
		same += strncmp(other, tag, n + 1) == 0;
	if (same > 1)
		return err_set(e, ERR_DATA, "tag: %s is given twice", key);
	if ((out->len > 1 && buf_addc(out, ',') == -1) || json_quote(out, key, n) == -1 ||
	    buf_addc(out, ':') == -1 || json_quote(out, tag + n + 1, strlen(tag + n + 1)) == -1)
		return err_set(e, ERR_DATA, "tag: all of them together are too long");
	return 0;
}

static int tags_read(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	const char *tag;
	size_t iter = 0;
	struct buf out;
	int r = 0;

	if (!msg_has(m, F_TAG))
		return 0;
	if (msg_count(m, F_TAG) > TAGS_MAX)
		return err_set(e, ERR_DATA, "tag: more than %d", TAGS_MAX);
	buf_init(&out, 65536);
	buf_addc(&out, '{');
	while (r == 0 && (tag = msg_next(m, F_TAG, &iter)) != NULL)
		r = tag_add(m, tag, &out, e);
	if (r == 0) {
		buf_addc(&out, '}');
		row->tags = arena_strdup(a, out.data);
	}
	buf_release(&out);
	return r;
}

static int identity_read(const struct msg *m, const struct request_defaults *d,
    struct arena *a, struct job_row *row, struct err *e)
{
	if (msg_uuid(m, F_UUID, &row->uuid) == -1 || uuid_is_nil(&row->uuid))
		return err_set(e, ERR_DATA, "uuid: the nil UUID names no job");
	row->queue = arena_strdup(a, msg_has(m, F_QUEUE) ? NULL : d->queue);
	if (name_read(m, F_QUEUE, &row->queue, a, e) == -1 ||
	    name_read(m, F_ACCOUNT, &row->account, a, e) == -1 ||
	    name_read(m, F_RUN_AS, &row->run_as, a, e) == -1)
		return -1;
	if (title_read(m, a, row, e) == -1 || key_read(m, a, row, e) == -1)
		return -1;
	return type_read(m, row, e) == -1 ? -1 : tags_read(m, a, row, e);
}

/* ---- when and how often */

static int instant_read(const struct msg *m, enum msg_field f, int64_t *out, struct err *e)
{
	int64_t v = msg_i64(m, f, 0);

	if (msg_has(m, f) && (v < 1 || v > INSTANT_MAX))
		return err_set(e, ERR_DATA, "%s: %" PRId64 " is no instant from 1970 to 9999 in ms",
		    msg_field_name(f), v);
	*out = v;
	return 0;
}

static int schedule_read(const struct msg *m, struct job_row *row, struct err *e)
{
	if (instant_read(m, F_BEGIN, &row->begin_at, e) == -1 ||
	    instant_read(m, F_DEADLINE, &row->deadline_at, e) == -1)
		return -1;
	if (row->deadline_at != 0 && row->deadline_at <= row->begin_at)
		return err_set(e, ERR_DATA, "deadline: it is not after begin");
	row->hold = msg_flag(m, F_HOLD) ? HOLD_USER : HOLD_NONE;
	return 0;
}

/* Whoever says how to retry wants retries. */
static bool retries_asked(const struct msg *m)
{
	return msg_has(m, F_RETRY_POLICY) || msg_has(m, F_RETRY_DELAY) ||
	    msg_has(m, F_RETRY_MAX_DELAY) || msg_has(m, F_RETRY_JITTER) || msg_has(m, F_RETRY_ON) ||
	    msg_has(m, F_RETRY_MEM);
}

static int growth_read(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	const char *s = msg_str(m, F_RETRY_MEM);
	struct growth g;

	if (s == NULL)
		return 0;
	if (growth_parse(s, &g, NULL) == -1)
		return err_set(e, ERR_DATA, "retry_mem: \"%s\" is no growth: 2x or 1.5x:64G is "
		    "one", s);
	row->retry_mem = arena_strdup(a, s);
	return 0;
}

static int retries_read(const struct msg *m, const struct request_defaults *d,
    struct arena *a, struct job_row *row, struct err *e)
{
	const char *policy = msg_str(m, F_RETRY_POLICY);
	int v;

	if (!msg_has(m, F_RETRIES))
		row->max_retries = retries_asked(m) ? RETRIES_ASKED : d->max_retries;
	if (policy != NULL) {
		v = retry_policy_parse(policy);
		if (v == -1)
			return err_set(e, ERR_DATA, "retry_policy: \"%s\" is none of "
			    "exponential_backoff, fixed or immediate", policy);
		row->retry_policy = v;
	}
	/* A fixed delay of two hours is not to be cut to the default maximum. */
	if (!msg_has(m, F_RETRY_MAX_DELAY))
		row->retry_max_delay = row->retry_delay > RETRY_MAX_DELAY_DEFAULT ?
		    row->retry_delay : RETRY_MAX_DELAY_DEFAULT;
	if (row->retry_max_delay < row->retry_delay)
		return err_set(e, ERR_DATA, "retry_max_delay: it is below retry_delay");
	row->no_requeue = msg_flag(m, F_NO_REQUEUE);
	if (growth_read(m, a, row, e) == -1 ||
	    list_read(m, F_RETRY_ON, &row->retry_on, a, e) == -1 ||
	    list_read(m, F_NO_RETRY_ON, &row->no_retry_on, a, e) == -1)
		return -1;
	return list_read(m, F_SUCCESS_CODES, &row->success_codes, a, e);
}

/* Subscriptions, one a line. */
static int notify_read(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	struct subscription sub;
	size_t iter = 0, n = msg_count(m, F_TELL);
	const char *s;
	struct buf b;
	int r = 0;

	if (n > NOTIFY_MAX)
		return err_set(e, ERR_DATA, "notify: more than %d", NOTIFY_MAX);
	buf_init(&b, (NOTIFY_MAX + 1) * (size_t)1200);
	while (r == 0 && (s = msg_next(m, F_TELL, &iter)) != NULL) {
		r = subscription_parse(s, strlen(s), &sub, e);
		if (r == 0 && sub.events == 1u << NOTICE_LATE && !msg_has(m, F_CRON))
			r = err_set(e, ERR_DATA, "only a schedule is ever late");
		if (r == 0)
			buf_addf(&b, "%s%s", b.len > 0 ? "\n" : "", s);
	}
	if (r == 0 && b.len > 0)
		row->notify = arena_strdup(a, b.data);
	buf_release(&b);
	return r == 0 ? 0 : err_prefix(e, "notify");
}

/* What only a schedule has, plan.c reads. */
static int recurrence_read(const struct msg *m, struct err *e)
{
	static const enum msg_field fields[] = { F_TZ, F_DST_GAP, F_DST_FOLD, F_ANCHOR, F_CATCH_UP,
		F_CATCH_UP_WINDOW, F_CATCH_UP_MAX, F_OVERLAP, F_OVERLAP_MAX, F_SPLAY, F_JITTER,
		F_RUNS, F_UNTIL_TIME, F_CALENDAR, F_BLACKOUT, F_EXPECT_BY, F_MAX_SILENCE };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !msg_has(m, F_CRON); i++) {
		if (msg_has(m, fields[i]))
			return err_set(e, ERR_DATA, "%s: it belongs to a schedule, and there is no "
			    "cron expression", msg_field_name(fields[i]));
	}
	return 0;
}

int request_submit(const struct msg *m, const struct request_defaults *d, struct arena *a,
    struct job_request *req, struct err *e)
{
	struct job_row *row = &req->row;

	assert(msg_type(m) == MSG_SUBMIT);
	memset(req, 0, sizeof(*req));
	defaults_set(d, row);
	if (identity_read(m, d, a, row, e) == -1 || numbers_read(m, row, e) == -1 ||
	    schedule_read(m, row, e) == -1 || retries_read(m, d, a, row, e) == -1 ||
	    submit_deps(m, a, req, e) == -1 || submit_launch(m, a, row, e) == -1 ||
	    submit_place(m, d, a, row, e) == -1 || submit_extras(m, row, e) == -1)
		return -1;
	if (recurrence_read(m, e) == -1 || notify_read(m, a, row, e) == -1 ||
	    submit_array(m, a, row, e) == -1)
		return -1;
	/* What was not asked for is booked, but not held against the job. */
	row->cpu_limit = msg_has(m, F_CPUS);
	req->test = msg_flag(m, F_TRIAL);
	submit_hash(m, a, req);
	return 0;
}

/* ---- a change */

static const struct changeable {
	enum msg_field field;
	enum attr attr;
	bool droppable;
} changeables[] = {
	{ F_PRIORITY, ATTR_PRIORITY, false },
	{ F_TIME, ATTR_TIME, true },
	{ F_TIME_MORE, ATTR_TIME, false },
	{ F_CPUS, ATTR_CPUS, false },
	{ F_MEM, ATTR_MEM, false },
	{ F_DISK, ATTR_DISK, false },
	{ F_GPUS, ATTR_GPUS, false },
	{ F_BW, ATTR_BW, false },
	{ F_QUEUE, ATTR_QUEUE, false },
	{ F_ACCOUNT, ATTR_ACCOUNT, false },
	{ F_NAME, ATTR_NAME, false },
	{ F_TAG, ATTR_TAGS, false },
	{ F_COMMENT, ATTR_COMMENT, true },
	{ F_BEGIN, ATTR_BEGIN, true },
	{ F_DEADLINE, ATTR_DEADLINE, true },
	{ F_QUEUE_TIMEOUT, ATTR_QUEUE_TIMEOUT, true },
	{ F_RETRIES, ATTR_RETRIES, false },
	{ F_RETRY_POLICY, ATTR_RETRY_POLICY, false },
	{ F_RETRY_DELAY, ATTR_RETRY_DELAY, false },
	{ F_RETRY_MAX_DELAY, ATTR_RETRY_MAX_DELAY, false },
	{ F_RETRY_JITTER, ATTR_RETRY_JITTER, false },
	{ F_RETRY_ON, ATTR_RETRY_ON, true },
	{ F_NO_RETRY_ON, ATTR_NO_RETRY_ON, true },
	{ F_SUCCESS_CODES, ATTR_SUCCESS_CODES, true },
	{ F_NO_REQUEUE, ATTR_NO_REQUEUE, true },
	{ F_KILL_SIGNAL, ATTR_KILL_SIGNAL, false },
	{ F_KILL_GRACE, ATTR_KILL_GRACE, false },
	{ F_ON_DEP_FAIL, ATTR_DEP_HOLD, false },
	{ F_GPUS, ATTR_GPU_TYPE, false },	/* the one with the other */
	{ F_RES, ATTR_NAMED, true },
	{ F_LIMIT_TOKEN, ATTR_TOKENS, true },
	{ F_CONSTRAINT, ATTR_CONSTRAINTS, true },
	{ F_PREFER, ATTR_PREFER, true },
	{ F_ON_WORKERS, ATTR_ON_WORKERS, true },
	{ F_NOT_WORKERS, ATTR_NOT_WORKERS, true },
	{ F_EXCLUSIVE, ATTR_EXCLUSIVE, true },
	{ F_ESTIMATE, ATTR_ESTIMATE, true },
	{ F_RETRY_MEM, ATTR_RETRY_MEM, true },
	{ F_SINGLETON, ATTR_SINGLETON, true },
};

#define CHANGEABLES (sizeof(changeables) / sizeof(changeables[0]))
#define TAG_DROP "tag:"

static bool tag_dropped(const char *drop)
{
	return strncmp(drop, TAG_DROP, sizeof(TAG_DROP) - 1) == 0;
}

/* Its value is nothing (0, NULL) then, which the row holds already. */
static int drop_read(const char *drop, struct change *ch, struct err *e)
{
	const struct changeable *c;

	if (tag_dropped(drop)) {
		ch->set |= ATTR_BIT(ATTR_TAGS);
		return 0;
	}
	for (c = changeables; c < changeables + CHANGEABLES; c++) {
		if (strcmp(msg_field_name(c->field), drop) != 0 || !c->droppable)
			continue;
		if ((ch->set & ATTR_BIT(c->attr)) != 0)
			return err_set(e, ERR_DATA, "%s: it is given and taken away", drop);
		ch->set |= ATTR_BIT(c->attr);
		return 0;
	}
	return err_set(e, ERR_DATA, "drop: \"%s\" cannot be taken away", drop);
}

static int tag_drop(const char *key, struct buf *out, struct err *e)
{
	if ((out->len > 1 && buf_addc(out, ',') == -1) ||
	    json_quote(out, key, strlen(key)) == -1 || buf_adds(out, ":null") == -1)
		return err_set(e, ERR_DATA, "tag: all of them together are too long");
	return 0;
}

/* An object to be merged into the tags that are there: null takes one away. */
static int tags_change(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	const char *s;
	size_t iter = 0;
	struct buf out;
	int r = 0;

	buf_init(&out, 65536);
	buf_addc(&out, '{');
	while (r == 0 && (s = msg_next(m, F_TAG, &iter)) != NULL)
		r = tag_add(m, s, &out, e);
	iter = 0;
	while (r == 0 && (s = msg_next(m, F_DROP, &iter)) != NULL) {
		if (tag_dropped(s))
			r = tag_drop(s + sizeof(TAG_DROP) - 1, &out, e);
	}
	if (r == 0) {
		buf_addc(&out, '}');
		row->tags = arena_strdup(a, out.data);
	}
	buf_release(&out);
	return r;
}

static int change_words(const struct msg *m, struct arena *a, struct job_row *row,
    struct err *e)
{
	static const char *const on_fail[] = { "cancel", "hold", NULL };
	const char *policy = msg_str(m, F_RETRY_POLICY), *fail = msg_str(m, F_ON_DEP_FAIL);

	if (policy != NULL && (row->retry_policy = retry_policy_parse(policy)) == -1)
		return err_set(e, ERR_DATA, "retry_policy: \"%s\" is none of "
		    "exponential_backoff, fixed or immediate", policy);
	if (fail != NULL && (row->dep_hold = submit_word(F_ON_DEP_FAIL, fail, on_fail, e)) == -1)
		return -1;
	if (name_read(m, F_QUEUE, &row->queue, a, e) == -1 ||
	    name_read(m, F_ACCOUNT, &row->account, a, e) == -1 || title_read(m, a, row, e) == -1 ||
	    growth_read(m, a, row, e) == -1 ||
	    list_read(m, F_RETRY_ON, &row->retry_on, a, e) == -1 ||
	    list_read(m, F_NO_RETRY_ON, &row->no_retry_on, a, e) == -1)
		return -1;
	return list_read(m, F_SUCCESS_CODES, &row->success_codes, a, e);
}

int request_change(const struct msg *m, struct arena *a, struct change *ch, struct err *e)
{
	static const struct request_defaults none;
	struct job_row *row = &ch->row;
	const char *drop;
	size_t i, iter = 0;

	memset(ch, 0, sizeof(*ch));
	if (numbers_read(m, row, e) == -1 || change_words(m, a, row, e) == -1 ||
	    instant_read(m, F_BEGIN, &row->begin_at, e) == -1 ||
	    instant_read(m, F_DEADLINE, &row->deadline_at, e) == -1 ||
	    submit_place(m, &none, a, row, e) == -1 ||
	    tags_change(m, a, row, e) == -1)
		return -1;
	row->no_requeue = msg_flag(m, F_NO_REQUEUE);
	row->singleton = msg_flag(m, F_SINGLETON);
	for (i = 0; i < CHANGEABLES; i++)
		if (msg_has(m, changeables[i].field))
			ch->set |= ATTR_BIT(changeables[i].attr);
	ch->time_more = msg_has(m, F_TIME_MORE);
	if (ch->time_more && msg_has(m, F_TIME))
		return err_set(e, ERR_DATA, "time: it is given twice");
	if (ch->time_more)
		row->time_limit = msg_i64(m, F_TIME_MORE, 0);
	if (row->time_limit > YEARS || row->time_limit < -YEARS)
		return err_set(e, ERR_DATA, "time_more: it is out of range");
	while ((drop = msg_next(m, F_DROP, &iter)) != NULL)
		if (drop_read(drop, ch, e) == -1)
			return -1;
	return ch->set != 0 ? 0 : err_set(e, ERR_USAGE, "there is nothing to be set");
}

int request_target(const char *s, int64_t *first, int64_t *last, struct uuid *u,
    struct err *e)
{
	char from[32];
	size_t n = strcspn(s, "-");
	int64_t a, b;

	memset(u, 0, sizeof(*u));
	*first = *last = 0;
	if (uuid_parse(s, u) == 0)
		return 0;
	if (n >= sizeof(from))
		goto bad;
	memcpy(from, s, n);
	from[n] = '\0';
	if (num_i64(from, 1, INT64_MAX, &a, NULL) == -1)
		goto bad;
	b = a;
	if (s[n] == '-' && num_i64(s + n + 1, a, INT64_MAX, &b, NULL) == -1)
		goto bad;
	if (b - a >= TARGET_RANGE_MAX)
		return err_set(e, ERR_USAGE, "%.64s: more than %d jobs in one range", s,
		    TARGET_RANGE_MAX);
	*first = a;
	*last = b;
	return 0;
bad:
	return err_set(e, ERR_USAGE, "\"%.64s\" is no job: write 123, 100-120 or a UUID", s);
}
