/*
 * start: what happens once, before the writer's thread runs.
 *
 * Owns the instance row.  Promises that a spool's number of a job is never given
 * out twice, even when state.db was lost and only the history is left.  Requires
 * the caller to hold the spool's lock.
 */
#include "state/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "state/history.h"
#include "state/schema.h"

#define CHECK_PAGES 65536	/* 256 MB; takes about 0.5 s */

/* fsync of every directory on the way, from the spool down to the file's own. */
static int sync_way(const struct spool *s, const char *name, struct err *e)
{
	char path[SPOOL_NAME_MAX];
	int fd, rc = dir_sync(s->fd, e);

	for (const char *p = strchr(name, '/'); rc == 0 && p; p = strchr(p + 1, '/')) {
		memcpy(path, name, (size_t)(p - name));
		path[p - name] = '\0';
		if ((fd = dir_open(s->fd, path, e)) < 0)
			return -1;
		rc = dir_sync(fd, e);
		close(fd);
	}
	return rc;
}

static int make_parent(const struct spool *s, const char *name, struct err *e)
{
	char path[SPOOL_NAME_MAX];
	const char *end = strrchr(name, '/');

	if (end == NULL)
		return 0;
	memcpy(path, name, (size_t)(end - name));
	path[end - name] = '\0';
	return dir_make(s->fd, path, 0700, e);
}

/* A jobd whose sync failed has left a log that cannot be built on as it is. */
static int renew_log(const struct spool *s, const char *name, struct err *e)
{
	char path[SPOOL_NAME_MAX + sizeof("-wal")];
	int fd, rc;

	snprintf(path, sizeof(path), "%s-wal", name);
	fd = openat(s->fd, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, ERR_CREATE, "%s/%s", s->path, path);
	rc = fd_renew(fd, e);
	close(fd);
	return rc == 0 ? 0 : err_prefix(e, "%s/%s", s->path, path);
}

int start_file(const struct spool *s, const char *name, struct err *e)
{
	int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = openat(s->fd, name, flags);

	if (fd < 0 && errno == ENOENT) {
		if (make_parent(s, name, e) != 0)
			return -1;
		fd = openat(s->fd, name, flags | O_CREAT, 0600);
	}
	if (fd < 0)
		return err_sys(e, ERR_CREATE, "%s/%s", s->path, name);
	close(fd);
	if (renew_log(s, name, e) != 0)
		return -1;
	return sync_way(s, name, e);	/* whoever made it may have died before this */
}

/*
 * A start must not take minutes: a file that a peak has made very large is only
 * read where it is used (jobd --check reads all of it).
 */
int start_check(struct db *d, struct err *e)
{
	sqlite3_stmt *st;
	const char *text;
	int64_t pages;
	int rc;

	if (db_int(d, "PRAGMA page_count", &pages, e) < 0)
		return -1;
	if (pages > CHECK_PAGES)
		return 0;
	if ((st = db_prepare(d, "PRAGMA quick_check(1)", e)) == NULL)
		return -1;
	if ((rc = db_step(d, st, e)) == 1) {
		text = (const char *)sqlite3_column_text(st, 0);
		rc = text && strcmp(text, "ok") == 0 ? 0 : err_set(e, ERR_IO,
		    "%s: damaged: %s (restore a backup)", d->name, text ? text : "?");
	}
	sqlite3_finalize(st);
	return rc;
}

/* One day's file becomes a row of days; a file without jobs gives none. */
static int adopt_day(struct db *d, const struct spool *s, int64_t number, int64_t *next,
    struct err *e)
{
	int64_t first, last;
	struct db day;
	int rc = history_open(&day, s, number, e);

	if (rc != 1)
		return rc;
	rc = db_int(&day, "SELECT min(job_id) FROM jobs", &first, e) < 0 ||
	    db_int(&day, "SELECT max(job_id) FROM jobs", &last, e) < 0 ? -1 : 0;
	db_close(&day);
	if (rc == 0 && first > 0) {
		rc = db_do(d, "INSERT INTO days VALUES (?1,?2,?3,0)",
		    (int64_t[]){ number, first, last }, 3, e) < 0 ? -1 : 0;
		*next = last >= *next ? last + 1 : *next;
	}
	return rc;
}

static int adopt_history(struct db *d, const struct spool *s, int64_t *next, struct err *e)
{
	int64_t *days;
	size_t n;
	int rc = 0;

	*next = 1;
	if (spool_history_days(s, &days, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = adopt_day(d, s, days[i] / DAY_MS, next, e);
	free(days);
	if (rc != 0)
		err_prefix(e, "%s is new and the history cannot tell which numbers were given out",
		    d->name);
	return rc;
}

static int instance_make(struct db *d, const struct spool *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "INSERT INTO instance "
	    "(one, instance, created_at, epoch, turn, next_id) VALUES (1, ?1, ?2, 0, 0, ?3)", e);
	char text[UUID_TEXT];
	struct uuid u;
	int64_t next;

	if (st == NULL || adopt_history(d, s, &next, e) != 0)
		return -1;
	uuid_new(&u);
	uuid_format(&u, text);
	sqlite3_bind_text(st, 1, text, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(st, 2, now_read().wall);
	sqlite3_bind_int64(st, 3, next);
	return db_run(d, st, e) < 0 ? -1 : 0;
}

static int instance_read(struct db *d, struct writer_start *start, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "SELECT instance, epoch, next_id, restored_at "
	    "FROM instance", e);
	const char *text;
	int rc;

	if (st == NULL || (rc = db_step(d, st, e)) < 0)
		return -1;
	if (rc == 1) {
		text = (const char *)sqlite3_column_text(st, 0);
		rc = text ? uuid_parse(text, &start->instance) : -1;
		start->epoch = sqlite3_column_int64(st, 1);
		start->next_id = sqlite3_column_int64(st, 2);
		start->restored = sqlite3_column_type(st, 3) != SQLITE_NULL;
	} else {
		rc = -1;
	}
	sqlite3_reset(st);
	return rc == 0 ? 0 : err_set(e, ERR_IO, "%s: its instance row is damaged", d->name);
}

static int epoch_raise(struct db *d, const struct spool *s, struct writer_start *start,
    struct err *e)
{
	int64_t rows;

	if (db_exec(d, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	if (db_int(d, "SELECT count(*) FROM instance", &rows, e) < 0 ||
	    (rows == 0 && instance_make(d, s, e) != 0) ||
	    db_do(d, "UPDATE instance SET epoch = epoch + 1, turn = 0", NULL, 0, e) < 0 ||
	    instance_read(d, start, e) != 0 || db_exec(d, "COMMIT", e) != 0) {
		db_rollback(d);
		return -1;
	}
	start->schema = schema_version(&schema_state);
	return 0;
}

int start_open(struct db *d, const struct spool *s, struct writer_start *start, struct err *e)
{
	memset(start, 0, sizeof(*start));
	if (start_file(s, SPOOL_DB, e) != 0 || db_open(d, s->path, SPOOL_DB, DB_STATE, e) != 0)
		return -1;
	if (schema_of(d, &schema_state, e) >= 0 && start_check(d, e) == 0 &&
	    schema_migrate(d, &schema_state, e) == 0 && epoch_raise(d, s, start, e) == 0)
		return 0;
	db_close(d);
	return -1;
}
