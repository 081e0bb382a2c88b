/*
 * staterow: see staterow.h.  Bails out (exit 1) where a test could not go on.
 */
#include "staterow.h"

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/hash.h"
#include "tap.h"

#define DEADLINE_MS 10000

static uint64_t seed = 20251130;

static uint64_t rnd(uint64_t below)
{
	return splitmix64(++seed) % below;
}

static void bail(const char *what, const struct err *e)
{
	printf("Bail out! %s: %s\n", what, e ? e->text : "");
	exit(1);
}

void scratch_open(struct spool *s)
{
	memset(s, 0, sizeof(*s));
	s->path = xstrdup(tap_tmpdir());
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->owner = getuid();
	s->group = getgid();
	if (s->fd < 0)
		bail(s->path, NULL);
}

void scratch_close(struct spool *s)
{
	close(s->fd);
	free(s->path);
}

struct job_row plain_job(int64_t id)
{
	struct job_row row = {
		.id = id, .user = "alice", .uid = 1000, .run_as = "alice", .queue = "batch",
		.name = "nightly", .type = "batch", .command = "make report",
		.env_type = "vm", .cpus = 1000, .mem = 512, .priority = 500,
		.retry_policy = RETRY_EXPONENTIAL, .retry_delay = 60000, .spec_hash = "abc",
		.launch = "launch block", .launch_size = 12, .created_at = T0,
		.status = JOB_QUEUED, .reason = REASON_PRIORITY, .exit_code = -1, .signal = -1,
		.eligible_at = T0, .changed_by = "alice", .changed_via = "jobsub",
	};

	for (int i = 0; i < 6; i++) {
		row.uuid.b[i] = (uint8_t)(T0 >> (40 - 8 * i));
		row.uuid.b[15 - i] = (uint8_t)(id >> (8 * i));
	}
	return row;
}

struct exec_row plain_exec(int64_t job, int64_t execution)
{
	return (struct exec_row){
		.job_id = job, .execution = execution, .attempt = 1, .epoch = 1, .worker = "local",
		.cpus = 1000, .mem = 512, .status = JOB_SCHEDULED, .cause = -1,
		.error_class = -1, .exit_code = -1, .signal = -1, .scheduled_at = T0,
	};
}

struct worker_row plain_worker(const char *name)
{
	return (struct worker_row){
		.name = name, .type = "vm", .cpus = 4000, .mem = 8192, .free_cpus = 4000,
		.free_mem = 8192, .last_heartbeat = T0, .created_at = T0, .updated_at = T0,
	};
}

static const char *random_text(struct arena *a)
{
	size_t n = rnd(6) == 0 ? rnd(3000) : rnd(12);
	char *s = arena_alloc(a, n + 1);

	if (rnd(5) == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		s[i] = (char)(1 + rnd(255));
	return s;
}

static int64_t random_enum(enum col_kind kind)
{
	int64_t n = 0;

	while (col_word(kind, n) != NULL)
		n++;
	return (int64_t)rnd((uint64_t)n);
}

static void random_column(const struct column *c, char *field, struct arena *a)
{
	int64_t n = (int64_t)(splitmix64(++seed) >> (16 + rnd(48)));
	size_t size;

	switch (c->kind) {
	case COL_TEXT:
		*(const char **)(void *)field = random_text(a);
		break;
	case COL_BLOB:
		size = rnd(2000) + 1;
		*(void **)(void *)field = rnd(3) ? arena_alloc(a, size) : NULL;
		n = *(void **)(void *)field ? (int64_t)size : 0;
		memcpy(field + sizeof(void *), &n, sizeof(n));
		break;
	case COL_UUID:
		for (size_t i = 0; i < sizeof(struct uuid); i++)
			field[i] = (char)rnd(256);
		break;
	case COL_BOOL:
	case COL_INT:
	case COL_OPT:
	case COL_TIME:
	case COL_SECONDS:
	case COL_MILLI:
	case COL_GB:
		memcpy(field, &n, sizeof(n));
		break;
	default:
		n = random_enum(c->kind);
		memcpy(field, &n, sizeof(n));
	}
}

void random_row(const struct table *t, void *row, struct arena *a)
{
	memset(row, 0, t->size);
	for (const struct column *c = t->columns; c->name; c++)
		random_column(c, (char *)row + c->offset, a);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_blob(const char *a, const char *b)
{
	int64_t na, nb;

	memcpy(&na, a + sizeof(void *), sizeof(na));
	memcpy(&nb, b + sizeof(void *), sizeof(nb));
	return na == nb && (na == 0 || memcmp(*(void *const *)(const void *)a,
	    *(void *const *)(const void *)b, (size_t)na) == 0);
}

static bool same_column(const struct column *c, const char *a, const char *b)
{
	switch (c->kind) {
	case COL_TEXT:
		return same_text(*(const char *const *)(const void *)a,
		    *(const char *const *)(const void *)b);
	case COL_BLOB:
		return same_blob(a, b);
	case COL_UUID:
		return memcmp(a, b, sizeof(struct uuid)) == 0;
	default:
		return memcmp(a, b, sizeof(int64_t)) == 0;
	}
}

bool same_row(const struct table *t, const void *a, const void *b)
{
	for (const struct column *c = t->columns; c->name; c++) {
		if (!same_column(c, (const char *)a + c->offset, (const char *)b + c->offset)) {
			fprintf(stderr, "# %s.%s differs\n", t->name, c->name);
			return false;
		}
	}
	return true;
}

/* A copy of the row with copies of its texts, as the core hands it over. */
static void *keep_row(struct turn *t, const struct table *table, const void *row)
{
	char *copy = arena_memdup(t->arena, row, table->size);

	for (const struct column *c = table->columns; c->name; c++) {
		char *field = copy + c->offset;
		int64_t size;

		if (c->kind == COL_TEXT)
			*(const char **)(void *)field = arena_strdup(t->arena,
			    *(char **)(void *)field);
		memcpy(&size, field + sizeof(void *), c->kind == COL_BLOB ? sizeof(size) : 0);
		if (c->kind == COL_BLOB && *(void **)(void *)field)
			*(void **)(void *)field = arena_memdup(t->arena,
			    *(void **)(void *)field, (size_t)size);
	}
	return copy;
}

static struct mut *add(struct turn *t, enum mut_type type)
{
	static const struct cause cause = {
		.actor = { .name = "alice", .method = BY_SOCKET, .uid = 1000 }, .via = "test",
	};

	return turn_mut(t, type, &cause);
}

void add_job(struct turn *t, enum mut_type type, const struct job_row *row)
{
	add(t, type)->job = keep_row(t, &table_jobs, row);
}

void add_edit(struct turn *t, const char *column, const struct job_row *row)
{
	struct mut *m = add(t, MUT_JOB_EDIT);

	m->edit.row = keep_row(t, &table_jobs, row);
	m->edit.column = table_column(&table_jobs, column);
}

void add_exec(struct turn *t, enum mut_type type, const struct exec_row *row)
{
	add(t, type)->exec = keep_row(t, &table_executions, row);
}

void add_dep(struct turn *t, enum mut_type type, const struct dep_row *row)
{
	add(t, type)->dep = keep_row(t, &table_dependencies, row);
}

void add_worker(struct turn *t, const struct worker_row *row)
{
	add(t, MUT_WORKER)->worker = keep_row(t, &table_workers, row);
}

void scratch_writer(struct scratch *x, const struct spool *s, int64_t history_after)
{
	struct writer_conf conf = { .history_after = history_after, .uuid_keep = 48 * HOUR };
	struct err e;

	memset(x, 0, sizeof(*x));
	x->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	x->next = 1;
	x->w = writer_open(s, &conf, x->fd, &x->start, &e);
	if (x->w == NULL)
		bail("writer_open", &e);
}

void scratch_end(struct scratch *x)
{
	writer_close(x->w);
	close(x->fd);
}

struct turn *scratch_turn(struct scratch *x)
{
	return turn_new(x->next++);
}

void scratch_look(struct scratch *x)
{
	struct pollfd p = { .fd = x->fd, .events = POLLIN };
	uint64_t count = x->durable;
	struct turn *t;

	while ((t = writer_get(x->w)) != NULL) {
		if (t->number <= x->durable)
			bail("turns out of order", NULL);
		x->durable = t->number;
		turn_free(t);
	}
	if (count == x->durable && poll(&p, 1, 10) == 1 && read(x->fd, &count, sizeof(count)) < 0)
		bail("eventfd", NULL);
}

/* The same, while the deadline lasts. */
static bool gather(struct scratch *x, int64_t until)
{
	scratch_look(x);
	return now_read().boot < until;
}

bool scratch_wait(struct scratch *x, uint64_t number)
{
	int64_t until = now_read().boot + DEADLINE_MS;

	while (x->durable < number) {
		if (!gather(x, until))
			return false;
		if (writer_health(x->w, NULL) == WRITER_FAILED)
			return x->durable >= number;
	}
	return true;
}

bool scratch_commit(struct scratch *x, struct turn *t)
{
	uint64_t number = t->number;

	writer_put(x->w, t);
	return scratch_wait(x, number);
}

bool scratch_moved(struct scratch *x, uint64_t n)
{
	int64_t until = now_read().boot + DEADLINE_MS;
	struct writer_stats st;

	do {
		writer_stats(x->w, &st);
	} while (st.moved < n && gather(x, until));
	return st.moved == n;
}

bool scratch_health(struct scratch *x, enum writer_health health)
{
	int64_t until = now_read().boot + DEADLINE_MS;

	while (writer_health(x->w, NULL) != health) {
		if (!gather(x, until))
			return false;
	}
	return true;
}

bool scratch_job(struct scratch *x, const struct job_row *row)
{
	struct turn *t = scratch_turn(x);

	add_job(t, MUT_JOB_NEW, row);
	return scratch_commit(x, t);
}

const char *scratch_sql(const struct spool *s, const char *file, const char *sql)
{
	static char text[4096];
	char path[4200];
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;
	const unsigned char *v;

	snprintf(path, sizeof(path), "%s/%s", s->path, file);
	snprintf(text, sizeof(text), "error");
	if (sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK) {
		sqlite3_file_control(h, "main", SQLITE_FCNTL_PERSIST_WAL, &(int){ 1 });
		text[0] = '\0';
		if (sqlite3_step(st) == SQLITE_ROW && (v = sqlite3_column_text(st, 0)) != NULL)
			snprintf(text, sizeof(text), "%s", (const char *)v);
	}
	sqlite3_finalize(st);
	sqlite3_close(h);
	return text;
}

static void add_finding(void *arg, const char *finding)
{
	buf_addf(arg, "%s\n", finding);
}

const char *scratch_check(const struct spool *s)
{
	static struct buf text;
	struct err e;
	struct reader *r = reader_open(s, &e);

	buf_release(&text);
	buf_init(&text, 1 << 20);
	buf_adds(&text, "");
	if (r == NULL || reader_check(r, add_finding, &text, &e) != 0)
		buf_addf(&text, "error: %s\n", e.text);
	reader_close(r);
	return text.data ? text.data : "";
}

struct ids {
	struct buf text;
	int64_t last;
};

static int add_id(void *arg, const void *row)
{
	struct ids *ids = arg;

	ids->last = ((const struct job_row *)row)->id;
	buf_addf(&ids->text, "%s%lld", ids->text.len ? " " : "", (long long)ids->last);
	return 0;
}

const char *scratch_ids(struct reader *r, struct job_filter f)
{
	static struct ids ids;
	struct err e;
	bool more = true;

	buf_release(&ids.text);
	buf_init(&ids.text, 1 << 20);
	while (more) {
		ids.last = 0;
		if (reader_jobs(r, &f, add_id, &ids, &more, &e) != 0) {
			buf_addf(&ids.text, " error: %s", e.text);
			break;
		}
		if (ids.last == 0)
			break;
		f.after = ids.last;
	}
	return ids.text.data ? ids.text.data : "";
}
