/*
 * viewkit: rows through the real writer, so that what the tests read is what jobd
 * would have written.
 */
#include "viewkit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "state/state.h"
#include "tap.h"

static void give_up(const char *what, const struct err *e)
{
	fprintf(stderr, "# viewkit: %s: %s\n", what, e->text);
	ok(false, "viewkit: %s", what);
	exit(tap_done());
}

static void start_writer(struct kit *k, int64_t history_after)
{
	struct writer_conf conf = { .history_after = history_after, .uuid_keep = 172800000 };
	struct writer_start start;
	struct err e;

	k->writer = writer_open(&k->spool, &conf, eventfd(0, EFD_CLOEXEC), &start, &e);
	if (!k->writer)
		give_up("writer_open", &e);
	k->turn = turn_new(1);
}

void kit_archive(struct kit *k, uint64_t n)
{
	struct writer_stats st = { .moved = 0 };

	turn_free(k->turn);
	writer_close(k->writer);
	start_writer(k, 1);
	for (int ms = 0; st.moved < n && ms < 10000; ms++) {
		poll(NULL, 0, 1);
		writer_stats(k->writer, &st);
	}
	if (st.moved < n)
		give_up("ended jobs were not moved", &(struct err){ .text = "" });
}

void kit_open(struct kit *k)
{
	struct err e;

	memset(k, 0, sizeof(*k));
	snprintf(k->path, sizeof(k->path), "%s/spool", tap_tmpdir());
	if (spool_make(&k->spool, k->path, NULL, &e) < 0)
		give_up("spool_make", &e);
	start_writer(k, INT64_C(1) << 50);
	snprintf(k->cause.via, sizeof(k->cause.via), "test");
}

void kit_close(struct kit *k)
{
	turn_free(k->turn);
	writer_close(k->writer);
	spool_close(&k->spool);
}

void kit_commit(struct kit *k)
{
	uint64_t number = k->turn->number;
	struct turn *back;
	struct err e = { .text = "" };

	writer_put(k->writer, k->turn);
	for (int ms = 0; (back = writer_get(k->writer)) == NULL && ms < 5000; ms++)
		poll(NULL, 0, 1);
	if (!back) {
		writer_health(k->writer, &e);
		give_up("a turn did not become durable", &e);
	}
	turn_free(back);
	k->turn = turn_new(number + 1);
}

static void *fresh(struct kit *k, size_t size)
{
	return arena_alloc(k->turn->arena, size);
}

struct job_row *kit_job(struct kit *k, int64_t id, const char *name)
{
	struct job_row *row = fresh(k, sizeof(*row));

	row->id = id;
	uuid_new(&row->uuid);
	row->user = row->run_as = "kit";
	row->uid = getuid();
	row->account = "-";
	row->queue = "default";
	row->type = "batch";
	row->env_type = "vm";
	row->name = arena_strdup(k->turn->arena, name);
	row->command = "/bin/true";
	row->cpus = 1000;
	row->priority = 500;
	row->retry_policy = RETRY_EXPONENTIAL;
	row->retry_delay = 60000;
	row->submit_dir = "/tmp";
	row->submit_host = "here";
	row->created_at = KIT_DAY + id;
	row->eligible_at = row->created_at;
	row->exit_code = row->signal = -1;
	row->tags = "{}";
	turn_mut(k->turn, MUT_JOB_NEW, &k->cause)->job = row;
	return row;
}

struct exec_row *kit_exec(struct kit *k, int64_t job, int64_t execution)
{
	struct exec_row *row = fresh(k, sizeof(*row));

	row->job_id = job;
	row->execution = row->attempt = execution;
	row->epoch = 1;
	row->worker = "local";
	row->cpus = 1000;
	row->status = JOB_RUNNING;
	row->cause = row->error_class = row->exit_code = row->signal = -1;
	row->scheduled_at = row->started_at = KIT_DAY + 1000 * execution;
	turn_mut(k->turn, MUT_EXEC_NEW, &k->cause)->exec = row;
	return row;
}

struct dep_row *kit_dep(struct kit *k, int64_t job, int64_t parent)
{
	struct dep_row *row = fresh(k, sizeof(*row));

	row->job_id = job;
	row->parent_id = parent;
	turn_mut(k->turn, MUT_DEP_NEW, &k->cause)->dep = row;
	return row;
}

struct worker_row *kit_worker(struct kit *k, const char *name)
{
	struct worker_row *row = fresh(k, sizeof(*row));

	row->name = arena_strdup(k->turn->arena, name);
	row->type = "vm";
	row->cpus = row->free_cpus = 8000;
	row->mem = row->free_mem = 16384;
	row->disk = row->free_disk = 102400;
	row->created_at = row->updated_at = row->last_heartbeat = KIT_DAY;
	turn_mut(k->turn, MUT_WORKER, &k->cause)->worker = row;
	return row;
}

struct job_row *kit_job_again(struct kit *k, const struct job_row *row)
{
	struct job_row *copy = arena_memdup(k->turn->arena, row, sizeof(*row));

	turn_mut(k->turn, MUT_JOB_SET, &k->cause)->job = copy;
	return copy;
}

struct exec_row *kit_exec_again(struct kit *k, const struct exec_row *row)
{
	struct exec_row *copy = arena_memdup(k->turn->arena, row, sizeof(*row));

	turn_mut(k->turn, MUT_EXEC_SET, &k->cause)->exec = copy;
	return copy;
}

void kit_log(struct kit *k, const struct job_row *job, int64_t execution, const char *file,
    const char *bytes)
{
	char dir[SPOOL_NAME_MAX], path[SPOOL_NAME_MAX + 64];
	struct err e;
	int fd;

	spool_log_name(job->created_at, job->id, execution, dir);
	if (dir_make(k->spool.fd, dir, 0700, &e) < 0)
		give_up("dir_make", &e);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = openat(k->spool.fd, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, bytes, strlen(bytes), &e) < 0)
		give_up(path, &e);
	close(fd);
}

int kit_accept(int fd)
{
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}
