/*
 * replies: what a client is told, once it is durable.
 *
 * Owns the wire form of answers.  Called from effects only (and from the refusals
 * that need no turn).  A client that has gone is told nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "msg/msg.h"
#include "client.h"

#define RESULT_MAX 1024

static struct msg *reply_new(enum msg_type type, uint64_t seq)
{
	struct msg *m = msg_new(type);

	if (seq != 0)
		(void)msg_add_u64(m, F_SEQ, seq);
	return m;
}

static void send_refusal(struct client *c, uint64_t seq, const struct reply_item *it)
{
	struct msg *m = reply_new(MSG_ERROR, seq);

	(void)msg_add_u64(m, F_CODE, (uint64_t)it->code);
	(void)msg_add(m, F_TEXT, it->text != NULL ? it->text : "refused");
	if (it->job > 0)
		(void)msg_add_u64(m, F_JOB, (uint64_t)it->job);
	client_send(c, m);
}

static void send_tested(struct client *c, uint64_t seq, const struct reply_item *it)
{
	struct msg *m = reply_new(MSG_OK, seq);

	(void)msg_add_uuid(m, F_UUID, &it->uuid);
	if (it->start != 0)
		(void)msg_add_i64(m, F_AT, it->start);
	if (it->reason != REASON_NONE)
		(void)msg_add(m, F_REASON, reason_name(it->reason));
	client_send(c, m);
}

static void send_accepted(struct client *c, uint64_t seq, const struct reply_item *it)
{
	struct msg *m = reply_new(MSG_OK, seq);

	(void)msg_add_u64(m, F_JOB, (uint64_t)it->job);
	if (!uuid_is_nil(&it->uuid))
		(void)msg_add_uuid(m, F_UUID, &it->uuid);
	if (it->duplicate)
		(void)msg_add_u64(m, F_DUPLICATE, 1);
	(void)msg_add(m, F_STATUS, job_status_name(it->status));
	if (it->reason != REASON_NONE)
		(void)msg_add(m, F_REASON, reason_name(it->reason));
	if (it->text != NULL)
		(void)msg_add(m, F_TEXT, it->text);
	client_send(c, m);
}

void answer_submit(struct jobd *d, struct ask *a, const struct effect *f)
{
	(void)d;
	if (a->client == NULL || f->reply.n == 0)
		return;
	if (f->reply.items[0].code != 0)
		send_refusal(a->client, a->seq, &f->reply.items[0]);
	else if (f->reply.items[0].tested)
		send_tested(a->client, a->seq, &f->reply.items[0]);
	else
		send_accepted(a->client, a->seq, &f->reply.items[0]);
}

void answer_schedule_new(struct jobd *d, struct ask *a, const struct effect *f)
{
	const struct reply_item *it = &f->reply.items[0];
	struct msg *m;

	(void)d;
	if (a->client == NULL)
		return;
	if (it->code != 0) {
		send_refusal(a->client, a->seq, it);
		return;
	}
	m = reply_new(MSG_OK, a->seq);
	(void)msg_add_u64(m, F_SCHEDULE, (uint64_t)it->job);
	if (it->duplicate)
		(void)msg_add_u64(m, F_DUPLICATE, 1);
	client_send(a->client, m);
}

/* Refused as a whole, or one line "ID 0 text" for each entry in order. */
void answer_batch(struct jobd *d, struct ask *a, const struct effect *f)
{
	struct msg *m;
	size_t i;

	(void)d;
	if (a->client == NULL)
		return;
	if (f->reply.n == 1 && f->reply.items[0].code != 0) {
		send_refusal(a->client, a->seq, &f->reply.items[0]);
		return;
	}
	m = reply_new(MSG_OK, a->seq);
	(void)msg_add_u64(m, F_COUNT, f->reply.n);
	for (i = 0; i < f->reply.n; i++)
		(void)msg_addf(m, F_RESULT, "%" PRId64 " 0 %s", f->reply.items[i].job,
		    f->reply.items[i].duplicate ? "duplicate" : "accepted");
	client_send(a->client, m);
}

/* "NAME CODE text" for what could not be done; one of a range goes by its own number. */
static void add_failure(struct msg *m, const struct reply_item *it)
{
	bool one_of_many = it->job > 0 && strchr(it->name, '-') != NULL;
	const char *why = it->text != NULL ? it->text : "";
	char text[RESULT_MAX];
	struct uuid u;

	if (one_of_many && uuid_parse(it->name, &u) == -1)
		snprintf(text, sizeof(text), "%" PRId64 " %d %s", it->job, it->code, why);
	else
		snprintf(text, sizeof(text), "%s %d %s", it->name, it->code, why);
	(void)msg_add(m, F_RESULT, text);
}

static uint64_t add_failures(struct msg *m, const struct effect *f)
{
	uint64_t done = 0;
	size_t i;

	for (i = 0; i < f->reply.n; i++) {
		if (f->reply.items[i].code == 0)
			done++;
		else
			add_failure(m, &f->reply.items[i]);
	}
	return done;
}

/* A rerun of what is in the history is a new job: its number is news to the caller. */
static void add_new_job(struct msg *m, const struct effect *f)
{
	if (f->reply.n != 1 || f->reply.items[0].code != 0)
		return;
	(void)msg_add_u64(m, F_JOB, (uint64_t)f->reply.items[0].job);
	(void)msg_add_uuid(m, F_UUID, &f->reply.items[0].uuid);
}

void answer_control(struct jobd *d, struct ask *a, const struct effect *f)
{
	struct msg *m;

	(void)d;
	if (a->client == NULL)
		return;
	if (f->reply.n == 1 && f->reply.items[0].name == NULL) {
		send_refusal(a->client, a->seq, &f->reply.items[0]);
		return;
	}
	m = reply_new(MSG_OK, a->seq);
	(void)msg_add_u64(m, F_COUNT, add_failures(m, f));
	add_new_job(m, f);
	client_send(a->client, m);
}

void answer_done(struct jobd *d, struct ask *a, const struct effect *f)
{
	(void)d;
	if (a->client == NULL)
		return;
	if (f->reply.n == 1 && f->reply.items[0].code != 0)
		send_refusal(a->client, a->seq, &f->reply.items[0]);
	else
		client_send(a->client, reply_new(MSG_OK, a->seq));
}

/* Whether or not the client has stayed. */
void answer_accept(struct jobd *d, struct ask *a, const struct effect *f)
{
	struct err e;

	(void)f;
	d->start.restored = false;
	workers_free(d);
	if (workers_start(d, &e) == -1)
		log_error("%s", e.text);
	else
		log_info("the restored state is accepted: jobs are started again");
	if (a->client != NULL)
		client_send(a->client, reply_new(MSG_OK, a->seq));
}

/* ---- jobd about itself */

static void row(struct msg *m, const char *name, int64_t value)
{
	(void)msg_addf(m, F_COLUMN, "%s %" PRId64, name, value);
}

static void add_queue(struct msg *m, const struct jobd *d)
{
	row(m, "queued", (int64_t)core_count(d->core, JOB_QUEUED));
	row(m, "scheduled", (int64_t)core_count(d->core, JOB_SCHEDULED));
	row(m, "running", (int64_t)core_count(d->core, JOB_RUNNING));
	row(m, "next_id", core_next_id(d->core));
	row(m, "connections", (int64_t)listen_count(d));
}

static void add_writer(struct msg *m, const struct jobd *d)
{
	struct writer_stats w;
	struct loop_stats l;

	writer_stats(d->writer, &w);
	loop_stats(d, &l);
	row(m, "turns", (int64_t)l.turns);
	row(m, "turns_outstanding", (int64_t)l.outstanding);
	row(m, "last_turn_us", l.last_us);
	row(m, "max_turn_us", l.max_us);
	row(m, "commits", (int64_t)w.commits);
	row(m, "rows", (int64_t)w.rows);
	row(m, "moved", (int64_t)w.moved);
	row(m, "last_commit_us", w.last_commit_us);
	row(m, "max_commit_us", w.max_commit_us);
	row(m, "wal_bytes", w.wal_bytes);
	row(m, "disk_full", d->read_only);
	row(m, "restored", d->start.restored);
	if (w.trouble.code != ERR_NONE)
		(void)msg_addf(m, F_COLUMN, "trouble %s", w.trouble.text);
}

struct msg *status_reply(struct jobd *d, uint64_t seq)
{
	struct msg *m = reply_new(MSG_OK, seq);
	char instance[UUID_TEXT];

	uuid_format(&d->start.instance, instance);
	row(m, "pid", getpid());
	row(m, "epoch", d->start.epoch);
	(void)msg_addf(m, F_COLUMN, "instance %s", instance);
	(void)msg_addf(m, F_COLUMN, "version %s", JOB_VERSION);
	row(m, "since", d->since);
	add_queue(m, d);
	add_writer(m, d);
	return m;
}
