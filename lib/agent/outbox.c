/*
 * outbox: owns DIR/out, and how much of it is on its way.
 *
 * The kernel tells what is written there (inotify), so that a quiet job costs
 * nothing.  No file is held open: a worker that was away may have thousands.  What is
 * acknowledged of a long stream gives its blocks back at once, as a hole at the
 * beginning of the file, which also tells the next daemon where to go on.
 */
#include "agent/outbox.h"

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/execfile.h"
#include "base/alloc.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/rmtree.h"

#define PARTS 2
#define CHUNK 65536u
#define HOLE (1u << 20)		/* blocks are given back in such steps */
#define META_MAX (1u << 20)
#define META "execution_metadata.json"
#define PATH_BYTES (sizeof(OUTBOX_DIR) + EXECFILE_NAME_MAX + sizeof(META) + 2)
#define EVENTS_BYTES 16384

static const struct {
	const char *stream, *file;
} parts[PARTS] = { { "stdout", "stdout.log" }, { "stderr", "stderr.log" } };

struct part {			/* one stream, in bytes from its beginning */
	uint64_t sent, acked;
};

struct box {			/* an execution's output */
	RB_ENTRY(box) entry;
	TAILQ_ENTRY(box) link;	/* of those that may have something to send */
	uint64_t job, number;
	int watch;		/* -1: none */
	bool ready, ended;	/* ended: O_END was sent */
	struct part parts[PARTS];
};

RB_HEAD(boxes, box);
TAILQ_HEAD(box_list, box);

struct outbox {
	int dirfd, notify, root;	/* root: the watch on DIR/out */
	bool (*final)(void *arg, uint64_t job, uint64_t number);
	void *arg;
	struct boxes boxes;
	struct box_list ready;
	struct map *watched;
	size_t count;
	uint64_t flying;		/* bytes that are sent and not acknowledged */
};

static int box_compare(const struct box *a, const struct box *b)
{
	if (a->job != b->job)
		return a->job < b->job ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(boxes, box, entry, box_compare, UNUSED_STATIC)

static struct box *box_get(struct outbox *o, uint64_t job, uint64_t number)
{
	struct box key = { .job = job, .number = number };

	return RB_FIND(boxes, &o->boxes, &key);
}

static void path_of(const struct box *b, const char *file, char out[PATH_BYTES])
{
	char name[EXECFILE_NAME_MAX];

	execfile_name(b->job, b->number, name);
	(void)snprintf(out, PATH_BYTES, OUTBOX_DIR "/%s%s%s", name, file[0] != '\0' ? "/" : "",
	    file);
}

static int part_open(const struct outbox *o, const struct box *b, int i, int flags)
{
	char path[PATH_BYTES];

	path_of(b, parts[i].file, path);
	return openat(o->dirfd, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

static void ready_add(struct outbox *o, struct box *b)
{
	if (b->ready || b->ended)
		return;
	b->ready = true;
	TAILQ_INSERT_TAIL(&o->ready, b, link);
}

static void ready_remove(struct outbox *o, struct box *b)
{
	if (b->ready)
		TAILQ_REMOVE(&o->ready, b, link);
	b->ready = false;
}

/* ---- what is there */

/* Behind the hole that a former daemon has left. */
static uint64_t first_byte(const struct outbox *o, const struct box *b, int i)
{
	int fd = part_open(o, b, i, O_RDONLY);
	off_t at = 0;

	if (fd == -1)
		return 0;
	at = lseek(fd, 0, SEEK_DATA);
	if (at == -1)
		at = errno == ENXIO ? lseek(fd, 0, SEEK_END) : 0;
	close(fd);
	return at > 0 ? (uint64_t)at : 0;
}

static void box_watch(struct outbox *o, struct box *b)
{
	char path[PATH_BYTES], *whole;

	path_of(b, "", path);
	/* A short way to the folder, whatever the length of its own path. */
	whole = xasprintf("/proc/self/fd/%d/%s", o->dirfd, path);
	b->watch = inotify_add_watch(o->notify, whole, IN_MODIFY | IN_CREATE | IN_ONLYDIR);
	free(whole);
	if (b->watch != -1)
		map_put(o->watched, (uint64_t)b->watch, b);
}

static void box_unwatch(struct outbox *o, struct box *b)
{
	if (b->watch == -1)
		return;
	(void)map_del(o->watched, (uint64_t)b->watch);
	(void)inotify_rm_watch(o->notify, b->watch);
	b->watch = -1;
}

/* It is there, or has more than before.  old: it may be from a former daemon. */
static void box_found(struct outbox *o, uint64_t job, uint64_t number, bool old)
{
	struct box *b = box_get(o, job, number);

	if (b == NULL) {
		b = xcalloc(1, sizeof(*b));
		b->job = job;
		b->number = number;
		b->watch = -1;
		for (int i = 0; old && i < PARTS; i++)
			b->parts[i].sent = b->parts[i].acked = first_byte(o, b, i);
		RB_INSERT(boxes, &o->boxes, b);
		o->count++;
		if (!o->final(o->arg, job, number))
			box_watch(o, b);
	}
	ready_add(o, b);
}

static void name_found(struct outbox *o, const char *name, bool old)
{
	uint64_t job, number;

	if (execfile_name_parse(name, &job, &number) == 0)
		box_found(o, job, number, old);
}

static int look_at_all(struct outbox *o, struct err *e)
{
	int fd = dir_open(o->dirfd, OUTBOX_DIR, e);
	const struct dirent *d;
	DIR *dir;

	if (fd == -1)
		return -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return err_sys(e, ERR_IO, OUTBOX_DIR);
	}
	while ((d = readdir(dir)) != NULL)
		name_found(o, d->d_name, true);
	closedir(dir);
	return 0;
}

void outbox_ended(struct outbox *o, uint64_t job, uint64_t number)
{
	const struct box key = { .job = job, .number = number };
	struct box *b = box_get(o, job, number);
	char path[PATH_BYTES];

	path_of(&key, "", path);
	if (b == NULL && faccessat(o->dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		return;		/* it has written nothing */
	if (b != NULL)
		box_unwatch(o, b);
	box_found(o, job, number, false);
}

/* ---- the kernel tells */

static void event_take(struct outbox *o, const struct inotify_event *ev)
{
	struct box *b;

	if (ev->mask & IN_Q_OVERFLOW) {
		(void)look_at_all(o, NULL);
	} else if (ev->wd == o->root) {
		if (ev->len > 0)
			name_found(o, ev->name, false);
	} else {
		b = map_get(o->watched, (uint64_t)ev->wd);
		if (b != NULL)
			ready_add(o, b);
	}
}

void outbox_ready(struct outbox *o)
{
	char data[EVENTS_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *ev;
	ssize_t n = read(o->notify, data, sizeof(data));

	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
		ev = (const void *)(data + at);
		event_take(o, ev);
	}
}

int outbox_fd(const struct outbox *o)
{
	return o->notify;
}

static int notify_open(struct outbox *o, struct err *e)
{
	char *path = xasprintf("/proc/self/fd/%d/" OUTBOX_DIR, o->dirfd);
	int r = 0;

	o->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (o->notify != -1)
		o->root = inotify_add_watch(o->notify, path, IN_CREATE | IN_ONLYDIR);
	if (o->notify == -1 || o->root == -1)
		r = err_sys(e, ERR_OS, "inotify on " OUTBOX_DIR);
	free(path);
	return r;
}

struct outbox *outbox_open(int dirfd, bool (*final)(void *arg, uint64_t job, uint64_t number),
    void *arg, struct err *e)
{
	struct outbox *o = xcalloc(1, sizeof(*o));

	o->dirfd = dirfd;
	o->notify = o->root = -1;
	o->final = final;
	o->arg = arg;
	RB_INIT(&o->boxes);
	TAILQ_INIT(&o->ready);
	o->watched = map_new();
	if (notify_open(o, e) == -1 || look_at_all(o, e) == -1) {
		outbox_close(o);
		return NULL;
	}
	return o;
}

static void box_free(struct outbox *o, struct box *b)
{
	ready_remove(o, b);
	box_unwatch(o, b);
	for (int i = 0; i < PARTS; i++)
		o->flying -= b->parts[i].sent - b->parts[i].acked;
	RB_REMOVE(boxes, &o->boxes, b);
	o->count--;
	free(b);
}

void outbox_close(struct outbox *o)
{
	struct box *b;

	if (o == NULL)
		return;
	while ((b = RB_ROOT(&o->boxes)) != NULL)
		box_free(o, b);
	map_free(o->watched);
	if (o->notify != -1)
		close(o->notify);
	free(o);
}

size_t outbox_count(const struct outbox *o)
{
	return o->count;
}

/* ---- sending */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct msg *about(enum msg_type type, const struct box *b)
{
	struct msg *m = msg_new(type);

	msg_add_u64(m, F_JOB, b->job);
	msg_add_u64(m, F_EXECUTION, b->number);
	return m;
}

static void put(struct msg *m, struct buf *out)
{
	if (msg_encode(m, out) == -1)
		log_warn("no room for a message about output");
	msg_free(m);
}

/* The next piece, as far as the window reaches; -1: it cannot be read. */
static int piece_send(struct outbox *o, struct box *b, int i, int fd, uint64_t size,
    struct buf *out)
{
	struct part *p = &b->parts[i];
	uint64_t window = OUTBOX_WINDOW - (p->sent - p->acked);
	size_t n = (size_t)least(least(size - p->sent, CHUNK), window);
	char data[CHUNK];
	struct msg *m;
	ssize_t r;

	if (n == 0)
		return 0;
	do
		r = pread(fd, data, n, (off_t)p->sent);
	while (r == -1 && errno == EINTR);
	if (r <= 0)
		return -1;
	m = about(MSG_O_DATA, b);
	msg_add(m, F_STREAM, parts[i].stream);
	msg_add_u64(m, F_OFFSET, p->sent);
	msg_set_body(m, data, (size_t)r);
	put(m, out);
	p->sent += (uint64_t)r;
	o->flying += (uint64_t)r;
	return 0;
}

/* 1: there is more, in the window or behind it; 0: all of it is sent; -1: cannot be read. */
static int part_send(struct outbox *o, struct box *b, int i, uint64_t *size, struct buf *out)
{
	int fd = part_open(o, b, i, O_RDONLY), r;
	struct stat st;

	*size = 0;
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	r = fstat(fd, &st);
	if (r == 0)
		*size = (uint64_t)st.st_size;
	/* After a power cut here, jobd may hold more than we. */
	if (r == 0 && *size > b->parts[i].sent)
		r = piece_send(o, b, i, fd, *size, out);
	close(fd);
	return r == -1 ? -1 : *size > b->parts[i].sent;
}

static void end_send(const struct outbox *o, struct box *b, const uint64_t sizes[PARTS],
    struct buf *out)
{
	struct msg *m = about(MSG_O_END, b);
	char path[PATH_BYTES];
	struct buf meta;

	buf_init(&meta, META_MAX);
	path_of(b, META, path);
	/* There is none when its supervisor was killed. */
	(void)file_read(o->dirfd, path, &meta, NULL);
	msg_add_u64(m, F_OUT_BYTES, sizes[0]);
	msg_add_u64(m, F_ERR_BYTES, sizes[1]);
	if (meta.len > 0)
		msg_set_body(m, meta.data, meta.len);
	put(m, out);
	buf_release(&meta);
	b->ended = true;
}

static bool window_open(const struct box *b)
{
	for (int i = 0; i < PARTS; i++) {
		if (b->parts[i].sent - b->parts[i].acked >= OUTBOX_WINDOW)
			return false;
	}
	return true;
}

/* A piece of each stream, or the end; true: go on with it when the others had their turn. */
static bool box_send(struct outbox *o, struct box *b, struct buf *out)
{
	/* Asked first: what is written meanwhile is then seen below. */
	bool final = o->final(o->arg, b->job, b->number), more = false;
	uint64_t sizes[PARTS];

	for (int i = 0; i < PARTS; i++) {
		int r = part_send(o, b, i, &sizes[i], out);

		if (r == -1) {
			log_warn("the output of %llu.%llu cannot be read: %s",
			    (unsigned long long)b->job, (unsigned long long)b->number,
			    strerror(errno));
			return false;
		}
		more |= r == 1;
	}
	if (final && !more)
		end_send(o, b, sizes, out);
	return more && window_open(b);
}

void outbox_fill(struct outbox *o, struct buf *out, size_t max)
{
	size_t before = out->len;
	struct box *b;

	while (out->len - before < max && o->flying < OUTBOX_FLYING &&
	    (b = TAILQ_FIRST(&o->ready)) != NULL) {
		ready_remove(o, b);
		if (box_send(o, b, out))
			ready_add(o, b);
	}
}

void outbox_attach(struct outbox *o)
{
	struct box *b;

	RB_FOREACH(b, boxes, &o->boxes) {
		for (int i = 0; i < PARTS; i++)
			b->parts[i].sent = b->parts[i].acked;
		b->ended = false;
		ready_add(o, b);
	}
	o->flying = 0;
}

/* ---- acknowledgements */

static void blocks_return(const struct outbox *o, const struct box *b, int i, uint64_t before)
{
	uint64_t end = b->parts[i].acked / HOLE * HOLE;
	int fd;

	if (end <= before)
		return;
	fd = part_open(o, b, i, O_WRONLY);
	if (fd == -1)
		return;
	/* Where the file system cannot do it, it all stays until its end. */
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)end);
	close(fd);
}

static void part_acked(struct outbox *o, struct box *b, int i, uint64_t offset)
{
	struct part *p = &b->parts[i];
	uint64_t before = p->acked;

	if (offset <= before)
		return;
	o->flying -= least(offset, p->sent) - before;
	p->acked = offset;
	if (p->sent < offset)
		p->sent = offset;
	blocks_return(o, b, i, before);
	ready_add(o, b);
}

static int part_named(const char *stream)
{
	int i = 0;

	while (i < PARTS && strcmp(parts[i].stream, stream) != 0)
		i++;
	return i;
}

int outbox_ack(struct outbox *o, const struct msg *m, struct err *e)
{
	struct box *b = box_get(o, msg_u64(m, F_JOB, 0), msg_u64(m, F_EXECUTION, 0));
	const char *stream = msg_str(m, F_STREAM);
	int i = stream != NULL ? part_named(stream) : 0;
	char path[PATH_BYTES];

	if (b == NULL)
		return 0;	/* all of it is */
	if (i == PARTS || (stream == NULL && !b->ended))
		return err_set(e, ERR_DATA, "output is acknowledged that was not sent");
	if (stream != NULL) {
		part_acked(o, b, i, msg_u64(m, F_OFFSET, 0));
		return 0;
	}
	path_of(b, "", path);
	box_free(o, b);
	return dir_remove(o->dirfd, path, e);
}
