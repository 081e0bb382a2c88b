/*
 * restore: a backup put back where jobd is away, and what else needs that.
 *
 * Files that the spool has stay as they are; the state is replaced, and what it was
 * is kept beside it.  The list is held against the files before anything is touched,
 * and the state comes last, so that an interrupted restore is simply begun again.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "jobadm.h"
#include "spool/copy.h"
#include "state/backup.h"

#define REPLACED SPOOL_DB ".replaced"
#define JOURNAL SPOOL_WORKER "/journal"
#define JOURNAL_MAX (1u << 30)

int alone_open(struct jobadm *a, int *lock, struct err *e)
{
	struct conf conf;
	char *path;
	int r;

	if (conf_load(a->config, &conf, e) == -1)
		return -1;
	r = spool_locate(a->spool_option, conf.spool, &path, e);
	if (r == 0) {
		r = spool_make(&a->spool, path, conf.user, e);
		free(path);
	}
	conf_free(&conf);
	if (r == -1) {
		a->spool.fd = -1;
		return -1;
	}
	*lock = spool_lock(&a->spool, NULL, e);
	return *lock != -1 ? 0 : err_prefix(e, "stop jobd first");
}

/* The highest epoch that the local worker's journal tells of; 0: none. */
static int64_t journal_epoch(const struct spool *s)
{
	int64_t highest = 0;
	size_t at = 0, used;
	struct msg *m;
	struct buf b;

	buf_init(&b, JOURNAL_MAX);
	if (file_read(s->fd, JOURNAL, &b, NULL) == -1)
		b.len = 0;
	while (msg_decode(b.data + at, b.len - at, &m, &used, NULL) == 1) {
		int64_t epoch = msg_type(m) == MSG_J_HEAD ? (int64_t)msg_u64(m, F_EPOCH, 0) : 0;

		highest = epoch > highest ? epoch : highest;
		msg_free(m);
		at += used;
	}
	buf_release(&b);
	return highest;
}

/* What is known of epochs beside the backup: the present state, and the worker. */
static int64_t epoch_seen(const struct spool *s)
{
	struct backup_mark mark = { .epoch = 0 };
	int64_t journal = journal_epoch(s);

	if (backup_mark(s->path, &mark, NULL) == -1)
		mark.epoch = 0;
	return mark.epoch > journal ? mark.epoch : journal;
}

/* As root in somebody's spool: what was made there is his. */
static int own(const struct spool *s, const char *path, struct err *e)
{
	char *part = xstrdup(path), *slash = part;
	int r = 0;

	if (geteuid() != 0 || s->owner == 0) {
		free(part);
		return 0;
	}
	while (r == 0 && (slash = strchr(slash, '/')) != NULL) {
		*slash = '\0';
		r = fchownat(s->fd, part, s->owner, s->group, AT_SYMLINK_NOFOLLOW);
		*slash++ = '/';
	}
	if (r == 0)
		r = fchownat(s->fd, path, s->owner, s->group, AT_SYMLINK_NOFOLLOW);
	free(part);
	return r == 0 ? 0 : err_sys(e, ERR_IO, "%s/%s: owner", s->path, path);
}

struct restoring {
	const struct spool *spool;
	const struct manifest *m;
	int from;
	size_t kept, put;
};

static int files_put(struct restoring *r, struct err *e)
{
	struct manifest_file f;
	struct stat st;

	for (size_t i = 0; i < r->m->n; i++) {
		const char *path = r->m->files[i].path;

		if (strcmp(path, SPOOL_DB) == 0)
			continue;
		if (fstatat(r->spool->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			r->kept++;
			continue;
		}
		if (copy_file(r->from, r->spool->fd, path, &f, e) == -1 ||
		    own(r->spool, path, e) == -1)
			return -1;
		r->put++;
	}
	return 0;
}

/* The state as it is goes aside with its log; at no moment there is none. */
static int state_put(struct restoring *r, struct err *e)
{
	int fd = r->spool->fd;
	struct manifest_file f;

	(void)unlinkat(fd, REPLACED, 0);
	(void)unlinkat(fd, REPLACED "-wal", 0);
	if ((linkat(fd, SPOOL_DB, fd, REPLACED, 0) == -1 && errno != ENOENT) ||
	    (renameat(fd, SPOOL_DB "-wal", fd, REPLACED "-wal") == -1 && errno != ENOENT) ||
	    (unlinkat(fd, SPOOL_DB "-shm", 0) == -1 && errno != ENOENT))
		return err_sys(e, ERR_IO, "%s/" SPOOL_DB, r->spool->path);
	if (copy_file(r->from, fd, SPOOL_DB, &f, e) == -1 || own(r->spool, SPOOL_DB, e) == -1)
		return -1;
	return syncfs(fd) == 0 ? 0 : err_sys(e, ERR_IO, "%s: sync", r->spool->path);
}

/* SQLite makes its files as whoever opens the database. */
static int state_own(const struct spool *s, struct err *e)
{
	static const char *const names[] = { SPOOL_DB, SPOOL_DB "-wal", SPOOL_DB "-shm" };

	for (size_t i = 0; i < 3; i++)
		if (faccessat(s->fd, names[i], F_OK, 0) == 0 && own(s, names[i], e) == -1)
			return -1;
	return 0;
}

static void tell(const struct jobadm *a, const struct restoring *r, const struct restored *out)
{
	if (a->quiet)
		return;
	printf("%s: restored: %zu files put back, %zu were there; epoch %" PRId64 ", the next job "
	    "is %" PRId64 "\n", a->spool.path, r->put, r->kept, out->epoch, out->next_id);
	if (out->ended > 0)
		printf("%zu jobs had ended since the backup: they stand in the history\n",
		    out->ended);
	if (!a->accept)
		printf("start jobd, look (jobq -A, jobcancel), then 'jobadm restore --accept': "
		    "until then no job is started\n");
}

static int restore(struct jobadm *a, const struct manifest *m, int from, struct err *e)
{
	struct restoring r = { .spool = &a->spool, .m = m, .from = from };
	int64_t seen = epoch_seen(&a->spool);
	struct restored out;

	if (manifest_find(m, SPOOL_DB) == NULL)
		return err_set(e, ERR_DATA, "the backup holds no state");
	if (files_put(&r, e) == -1 || state_put(&r, e) == -1 ||
	    restore_settle(&a->spool, seen, &out, e) == -1)
		return -1;
	if (a->accept && restore_accept(&a->spool, 0, e) == -1)
		return -1;
	if (state_own(&a->spool, e) == -1)
		return -1;
	tell(a, &r, &out);
	return EXIT_OK;
}

/* Of a jobd that runs, or else in its place. */
static int accept_only(struct jobadm *a, struct err *e)
{
	struct msg *m, *reply = NULL;
	struct client *client;
	int lock, r;

	if (installation_open(a, e) == -1)
		return -1;
	if (spool_holder(&a->spool) > 0 || (geteuid() != 0 && geteuid() != a->spool.owner)) {
		client = client_new(&a->spool);
		m = msg_new(MSG_ACCEPT);
		r = client_call(client, m, &reply, e);
		msg_free(reply);
		msg_free(m);
		client_free(client);
		return r == 0 ? EXIT_OK : -1;
	}
	lock = spool_lock(&a->spool, NULL, e);
	if (lock == -1)
		return -1;
	r = restore_accept(&a->spool, epoch_seen(&a->spool), e) == 0 ?
	    state_own(&a->spool, e) : -1;
	close(lock);
	return r == 0 ? EXIT_OK : -1;
}

int restore_run(struct jobadm *a, char *const *words, struct err *e)
{
	struct manifest m;
	int fd, lock = -1, r;

	if (words[0] == NULL && a->accept)
		return accept_only(a, e);
	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "restore takes the folder of a backup");
	if (backup_open(words[0], &m, &fd, e) == -1)
		return -1;
	r = backup_sound(a, words[0], fd, &m, e);
	if (r == 0)
		r = alone_open(a, &lock, e);
	if (r == 0)
		r = restore(a, &m, fd, e);
	manifest_release(&m);
	close(fd);
	if (lock != -1)
		close(lock);
	return r;
}

int vacuum_run(struct jobadm *a, char *const *words, struct err *e)
{
	struct stat before, after;
	int lock, r;

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "vacuum takes no names");
	if (installation_open(a, e) == -1)
		return -1;
	lock = spool_lock(&a->spool, NULL, e);
	if (lock == -1)
		return err_prefix(e, "stop jobd first");
	r = fstatat(a->spool.fd, SPOOL_DB, &before, 0) == 0 ? state_vacuum(&a->spool, e) :
	    err_sys(e, ERR_UNAVAIL, "%s/" SPOOL_DB, a->spool.path);
	if (r == 0 && state_own(&a->spool, e) == 0 &&
	    fstatat(a->spool.fd, SPOOL_DB, &after, 0) == 0 && !a->quiet)
		printf(SPOOL_DB ": %jd bytes, %jd before\n", (intmax_t)after.st_size,
		    (intmax_t)before.st_size);
	close(lock);
	return r == 0 ? EXIT_OK : -1;
}
