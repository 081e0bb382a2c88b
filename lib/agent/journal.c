/*
 * journal: the worker's own memory on disk.
 *
 * Owns the file, where its sound part ends, and what is still to be written.
 * Promises that what journal_flush says is durable is; that a full disk loses
 * nothing; and that after a failed sync nothing is believed any more, since the
 * kernel may have dropped the pages.  Requires that one process has it open for
 * writing: whoever holds DIR/lock.
 */
#include "agent/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"

#define CHUNK 65536u
#define BLOCK_MAX (MSG_PREFIX_MAX + MSG_HEAD_MAX + MSG_BODY_MAX)
#define PENDING_MAX (4ull * BLOCK_MAX)
#define HEAD_SIZE 1024
#define ROOM (1 << 20)

struct reading {
	struct journal *j;
	void (*replay)(void *arg, const struct msg *m, size_t size);
	void *arg;
	struct buf buf;
};

static void journal_init(struct journal *j, int dirfd)
{
	*j = (struct journal){ .dirfd = dirfd, .fd = -1 };
	buf_init(&j->pending, PENDING_MAX);
}

static void head_take(struct journal *j, const struct msg *m)
{
	msg_uuid(m, F_JOURNAL, &j->id);
	msg_uuid(m, F_INSTANCE, &j->instance);
	j->epoch = msg_u64(m, F_EPOCH, 0);
	j->begun = true;
}

/* Takes all whole blocks off the buffer; -1: what follows is none. */
static int blocks_take(struct reading *r)
{
	size_t used = 0, size = 0;
	struct msg *m;
	int got;

	while ((got = msg_decode(r->buf.data + used, r->buf.len - used, &m, &size, NULL)) == 1) {
		if (msg_type(m) == MSG_J_HEAD)
			head_take(r->j, m);
		else if (!r->j->begun)
			got = -1;
		else if (r->replay != NULL)
			r->replay(r->arg, m, size);
		msg_free(m);
		if (got == -1)
			break;
		used += size;
	}
	buf_consume(&r->buf, used);
	r->j->size += (off_t)used;
	return got;
}

/* Reads to the end, or to where it is damaged; j->size says how far it is sound. */
static int journal_read(struct reading *r, struct err *e)
{
	ssize_t n;
	char *to;
	int sound = 0;

	buf_init(&r->buf, BLOCK_MAX + CHUNK);
	do {
		to = buf_reserve(&r->buf, CHUNK);
		if (to == NULL)
			break;		/* no block is that long */
		n = read(r->j->fd, to, CHUNK);
		if (n == -1 && errno != EINTR) {
			buf_release(&r->buf);
			return err_sys(e, ERR_IO, JOURNAL_NAME ": read");
		}
		if (n > 0) {
			buf_commit(&r->buf, (size_t)n);
			sound = blocks_take(r);
		}
	} while (n != 0 && sound != -1);
	buf_release(&r->buf);
	return 0;
}

/* A file that does not start as ours does is not ours to cut. */
static int origin_check(const struct journal *j, const struct stat *st, struct err *e)
{
	static const char magic[] = "job";
	char start[sizeof(magic)] = "";
	ssize_t n;

	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_DATA, JOURNAL_NAME ": not a plain file");
	n = pread(j->fd, start, sizeof(magic) - 1, 0);
	if (n == -1)
		return err_sys(e, ERR_IO, JOURNAL_NAME ": read");
	/* After a power cut a file may be all zeros: it grew, and nothing was written. */
	if (n > 0 && start[0] != '\0' && memcmp(start, magic, (size_t)n) != 0)
		return err_set(e, ERR_DATA, JOURNAL_NAME ": this is no journal");
	return 0;
}

/* Bytes behind the sound part that are not just room made ahead. */
static size_t damage(int fd, off_t from, off_t to)
{
	char data[4096];
	off_t last = from;
	ssize_t n;

	for (off_t at = from; at < to && (n = pread(fd, data, sizeof(data), at)) > 0; at += n) {
		for (ssize_t i = 0; i < n; i++) {
			if (data[i] != '\0')
				last = at + i + 1;
		}
	}
	return (size_t)(last - from);
}

static int journal_load(struct journal *j, int flags, struct reading *r, off_t *length,
    struct err *e)
{
	struct stat st;

	j->fd = openat(j->dirfd, JOURNAL_NAME, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_CREATE,
		    JOURNAL_NAME ": open");
	if (fstat(j->fd, &st) == -1)
		return err_sys(e, ERR_IO, JOURNAL_NAME ": stat");
	*length = st.st_size;
	return origin_check(j, &st, e) == -1 ? -1 : journal_read(r, e);
}

int journal_open(struct journal *j, int dirfd,
    void (*replay)(void *arg, const struct msg *m, size_t size), void *arg, size_t *cut,
    struct err *e)
{
	struct reading r = { .j = j, .replay = replay, .arg = arg };
	off_t length;

	journal_init(j, dirfd);
	if (journal_load(j, O_RDWR | O_CREAT, &r, &length, e) == -1)
		goto bad;
	*cut = damage(j->fd, j->size, length);
	j->room = j->size;
	if (length > j->size && ftruncate(j->fd, j->size) == -1) {
		err_sys(e, ERR_IO, JOURNAL_NAME ": cut off the damaged end");
		goto bad;
	}
	/* A sync of the one before may have failed: what was read need not be on disk. */
	if (fd_renew(j->fd, e) == -1) {
		err_prefix(e, JOURNAL_NAME);
		goto bad;
	}
	if (lseek(j->fd, j->size, SEEK_SET) == -1) {
		err_sys(e, ERR_IO, JOURNAL_NAME ": seek");
		goto bad;
	}
	return 0;
bad:
	journal_close(j);
	return -1;
}

int journal_look(struct journal *j, int dirfd,
    void (*replay)(void *arg, const struct msg *m, size_t size), void *arg, struct err *e)
{
	struct reading r = { .j = j, .replay = replay, .arg = arg };
	struct err why = { .code = ERR_NONE };
	off_t length;

	journal_init(j, dirfd);
	if (journal_load(j, O_RDONLY, &r, &length, &why) == 0 || why.code == ERR_NOINPUT)
		return 0;
	journal_close(j);
	return err_set(e, why.code, "%s", why.text);
}

void journal_close(struct journal *j)
{
	/* Only for tidiness: the next one cuts the rest off, too. */
	if (j->room > j->size && j->room != INT64_MAX)
		(void)!ftruncate(j->fd, j->size);
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
	buf_release(&j->pending);
}

static void head_encode(const struct journal *j, struct buf *out)
{
	struct msg *m = msg_new(MSG_J_HEAD);

	msg_add_uuid(m, F_JOURNAL, &j->id);
	msg_add(m, F_VERSION, JOB_VERSION);
	msg_add_uuid(m, F_INSTANCE, &j->instance);
	msg_add_u64(m, F_EPOCH, j->epoch);
	msg_encode(m, out);
	msg_free(m);
}

int journal_begin(struct journal *j, const struct uuid *instance, uint64_t epoch,
    struct err *e)
{
	struct journal before = *j;
	struct buf head;
	int r;

	if (j->begun && uuid_equal(instance, &j->instance) && epoch == j->epoch)
		return 0;
	if (!j->begun)
		uuid_new(&j->id);
	j->instance = *instance;
	j->epoch = epoch;
	buf_init(&head, HEAD_SIZE);
	head_encode(j, &head);
	journal_add(j, head.data, head.len, true);
	r = journal_flush(j, e);
	/* The first time, the name itself has to last. */
	if (r == 0 && !before.begun)
		r = dir_sync(j->dirfd, e);
	if (r == 0) {
		j->begun = true;
	} else {
		j->id = before.id;
		j->instance = before.instance;
		j->epoch = before.epoch;
		if (j->pending.len >= head.len)
			journal_drop(j, j->pending.len - head.len);
	}
	buf_release(&head);
	return r;
}

int journal_add(struct journal *j, const void *block, size_t n, bool sync)
{
	if (buf_add(&j->pending, block, n) == -1)
		return -1;
	j->must_sync = j->must_sync || sync;
	return 0;
}

void journal_drop(struct journal *j, size_t from)
{
	j->pending.len = from;
	if (j->pending.data != NULL)
		j->pending.data[from] = '\0';
}

/*
 * Room ahead, so that a sync need not change the file's length each time, which
 * costs twice as much.  A disk that is nearly full, or cannot do it, does without.
 */
static void room_make(struct journal *j)
{
	off_t need = j->size + (off_t)j->pending.len;

	if (need <= j->room)
		return;
	j->room = need + ROOM;
	if (fallocate(j->fd, 0, j->size, j->room - j->size) == -1)
		j->room = INT64_MAX;	/* not asked again */
}

/* Takes back what a failed write left behind. */
static int undo(struct journal *j, struct err *e)
{
	j->room = INT64_MAX;
	if (ftruncate(j->fd, j->size) == -1 || lseek(j->fd, j->size, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, JOURNAL_NAME ": take back a half-written block");
	return -1;
}

int journal_flush(struct journal *j, struct err *e)
{
	struct err why;

	if (j->pending.len > 0) {
		room_make(j);
		if (fd_write_all(j->fd, j->pending.data, j->pending.len, &why) == -1) {
			err_set(e, why.code, JOURNAL_NAME ": %s", why.text);
			return undo(j, e);
		}
		j->size += (off_t)j->pending.len;
		buf_reset(&j->pending);
		if (j->pending.cap > CHUNK)
			buf_release(&j->pending);
	}
	if (j->must_sync && fdatasync(j->fd) == -1)
		return err_sys(e, ERR_IO, JOURNAL_NAME ": fdatasync");
	j->must_sync = false;
	return 0;
}

bool journal_is_garbage(const struct journal *j)
{
	off_t garbage = j->size - j->live;

	return garbage > JOURNAL_GARBAGE_MIN && garbage > j->live && j->size >= j->retry_size;
}

/* After a failure: whether the file we have open still is the one with the name. */
static int rewrite_failed(struct journal *j, struct err *e)
{
	struct stat st;

	j->retry_size = j->size + JOURNAL_GARBAGE_MIN;
	if (fstat(j->fd, &st) == 0 && st.st_nlink > 0 && e != NULL)
		e->code = ERR_AGAIN;
	return -1;
}

static int reopen(struct journal *j, off_t size, struct err *e)
{
	int fd = openat(j->dirfd, JOURNAL_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 || lseek(fd, 0, SEEK_END) != size) {
		err_sys(e, ERR_IO, JOURNAL_NAME ": open what was written anew");
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(j->fd);
	j->fd = fd;
	j->size = j->room = size;
	return 0;
}

int journal_rewrite(struct journal *j, const struct buf *blocks, struct err *e)
{
	struct buf all;
	int r;

	buf_init(&all, blocks->len + HEAD_SIZE);
	head_encode(j, &all);
	buf_add(&all, blocks->data, blocks->len);
	if (file_replace(j->dirfd, JOURNAL_NAME, all.data, all.len, 0600, e) == -1)
		r = rewrite_failed(j, e);
	else
		r = reopen(j, (off_t)all.len, e);
	buf_release(&all);
	return r;
}
