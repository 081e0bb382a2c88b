/*
 * db: how SQLite is opened, kept and understood.
 *
 * Owns the pragmas and the one table that maps SQLite's results to our errors.
 * Promises that a handle left behind closes cleanly whatever state it is in.
 * Requires the file to exist: whoever creates one decides its mode.
 */
#include "state/db.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BUSY_MS 2000
#define BUSY_STATE_MS 500	/* the writer tries again by itself, and says so */

struct db_kept {
	const void *key, *key2;
	sqlite3_stmt *stmt;
};

/*
 * Writers check-point themselves (wal_autocheckpoint 0), sync every commit, and
 * need no rule checked that the core has checked.  secure_delete FAST clears
 * what is deleted where this costs no extra page.  A larger cache would only hold
 * a second time what the kernel's holds.
 */
static const char *const pragmas[] = {
	[DB_READ] = "PRAGMA query_only = 1; PRAGMA cache_size = -8192",
	[DB_STATE] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;"
	    "PRAGMA foreign_keys = 0; PRAGMA cache_size = -8192;"
	    "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY",
	[DB_DAY] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 0;"
	    "PRAGMA foreign_keys = 0; PRAGMA secure_delete = FAST",
};

static const struct {
	int rc;
	enum err_code code;
	const char *text;	/* NULL: SQLite's own */
} results[] = {
	{ SQLITE_FULL, ERR_AGAIN, "no room left on the disk" },
	{ SQLITE_BUSY, ERR_AGAIN, "locked by another program" },
	{ SQLITE_LOCKED, ERR_AGAIN, "locked by another program" },
	{ SQLITE_PROTOCOL, ERR_AGAIN, "locked by another program" },
	{ SQLITE_IOERR, ERR_IO, NULL },
	{ SQLITE_CORRUPT, ERR_IO, "damaged (restore a backup)" },
	{ SQLITE_NOTADB, ERR_IO, "not a database" },
	{ SQLITE_CANTOPEN, ERR_UNAVAIL, NULL },
	{ SQLITE_READONLY, ERR_PERM, NULL },
	{ SQLITE_PERM, ERR_PERM, NULL },
	{ SQLITE_NOMEM, ERR_OS, NULL },
};

static int last_errno(sqlite3 *h, int which)
{
	sqlite3_file *f = NULL;
	int sys = 0;

	sqlite3_file_control(h, "main", which, &f);
	if (f && f->pMethods)
		f->pMethods->xFileControl(f, SQLITE_FCNTL_LAST_ERRNO, &sys);
	return sys;
}

/*
 * SQLite itself says SQLITE_FULL for ENOSPC only.  A failed sync is never "full":
 * the kernel may have dropped the pages.
 */
static bool out_of_room(sqlite3 *h, int rc)
{
	if (rc == SQLITE_IOERR_SHMSIZE)
		return true;
	return rc == SQLITE_IOERR_WRITE &&
	    (last_errno(h, SQLITE_FCNTL_JOURNAL_POINTER) == EDQUOT ||
	    last_errno(h, SQLITE_FCNTL_FILE_POINTER) == EDQUOT);
}

int db_fail(const struct db *d, const char *what, struct err *e)
{
	int rc = sqlite3_extended_errcode(d->h);
	const char *why = sqlite3_errmsg(d->h);
	enum err_code code = ERR_INTERNAL;

	if (out_of_room(d->h, rc))
		rc = SQLITE_FULL;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (results[i].rc != (rc & 0xff))
			continue;
		code = results[i].code;
		if (results[i].text)
			why = results[i].text;
	}
	if (code == ERR_INTERNAL || code == ERR_IO)
		return err_set(e, code, "%s: %s: %s (%d)", d->name, what, why, rc);
	return err_set(e, code, "%s: %s: %s", d->name, what, why);
}

static int db_setup(struct db *d, enum db_mode mode, struct err *e)
{
	int persist = 1;

	sqlite3_extended_result_codes(d->h, 1);
	sqlite3_busy_timeout(d->h, mode == DB_STATE ? BUSY_STATE_MS : BUSY_MS);
	if (mode != DB_DAY)
		sqlite3_file_control(d->h, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	if (mode == DB_READ)
		sqlite3_db_config(d->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_db_config(d->h, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	return db_exec(d, pragmas[mode], e);
}

/*
 * Nobody asks how much memory SQLite has, and to count it costs a tenth of a short
 * reader's time; nor does such a reader need the first pages of its cache in advance.
 */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

int db_open(struct db *d, const char *dir, const char *name, enum db_mode mode, struct err *e)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	char *path = xasprintf("%s/%s", dir, name);
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, rc;

	pthread_once(&configured, configure);
	flags |= mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	memset(d, 0, sizeof(*d));
	d->name = xstrdup(name);
	rc = sqlite3_open_v2(path, &d->h, flags, NULL);
	free(path);
	if (rc == SQLITE_OK && db_setup(d, mode, e) == 0)
		return 0;
	if (rc != SQLITE_OK)
		db_fail(d, "open", e);
	db_close(d);
	return -1;
}

void db_close(struct db *d)
{
	for (size_t i = 0; i < d->nkept; i++)
		sqlite3_finalize(d->kept[i].stmt);
	sqlite3_close_v2(d->h);
	free(d->kept);
	free(d->name);
	memset(d, 0, sizeof(*d));
}

int db_exec(struct db *d, const char *sql, struct err *e)
{
	if (sqlite3_exec(d->h, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return db_fail(d, strncmp(sql, "COMMIT", 6) == 0 ? "commit" : "exec", e);
}

sqlite3_stmt *db_prepare(struct db *d, const char *sql, struct err *e)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v3(d->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK)
		return st;
	db_fail(d, "prepare", e);
	return NULL;
}

sqlite3_stmt *db_kept(const struct db *d, const void *key, const void *key2)
{
	for (size_t i = 0; i < d->nkept; i++) {
		if (d->kept[i].key == key && d->kept[i].key2 == key2)
			return d->kept[i].stmt;
	}
	return NULL;
}

sqlite3_stmt *db_keep(struct db *d, const void *key, const void *key2, sqlite3_stmt *st)
{
	d->kept = xreallocarray(d->kept, d->nkept + 1, sizeof(*d->kept));
	d->kept[d->nkept++] = (struct db_kept){ key, key2, st };
	return st;
}

sqlite3_stmt *db_stmt(struct db *d, const char *sql, struct err *e)
{
	sqlite3_stmt *st = db_kept(d, sql, NULL);

	if (st == NULL && (st = db_prepare(d, sql, e)) != NULL)
		db_keep(d, sql, NULL, st);
	return st;
}

int db_step(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		db_fail(d, "step", e);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

int db_run(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		db_fail(d, "write", e);
	sqlite3_reset(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? sqlite3_changes(d->h) : -1;
}

int db_do(struct db *d, const char *sql, const int64_t *args, int n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql, e);

	if (st == NULL)
		return -1;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(st, i + 1, args[i]);
	return db_run(d, st, e);
}

static int first_int(struct db *d, sqlite3_stmt *st, int64_t *out, struct err *e)
{
	int rc = db_step(d, st, e);

	*out = rc == 1 ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc;
}

int db_int(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql, e);

	return st ? first_int(d, st, out, e) : -1;
}

int db_int1(struct db *d, const char *sql, int64_t arg, int64_t *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, arg);
	return first_int(d, st, out, e);
}

void db_rollback(struct db *d)
{
	if (d->h && sqlite3_get_autocommit(d->h) == 0)
		sqlite3_exec(d->h, "ROLLBACK", NULL, NULL, NULL);
}
