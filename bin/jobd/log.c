/*
 * log: `jobd: log`, the process that writes the output of jobs on hosts.
 *
 * It gets streams to hosts from jobd, takes pieces of output from them, puts them into the
 * log tree, where readers see them at once, and acknowledges what is durable.  That is
 * gathered for a moment, so that one sync serves many executions.  A worker is believed
 * of its own executions only, which state.db tells.  A full disk stops the reading, so
 * that nothing is lost: what is not acknowledged stays on the host.  It goes when jobd
 * goes.
 */
#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cable.h"
#include "cli/cli.h"
#include "helper.h"
#include "logs/store.h"
#include "msg/msg.h"

#define REQUEST_MAX (1u << 17)
#define IN_MAX (512u << 10)
#define OUT_MAX (4u << 20)
#define AT_ONCE 100		/* messages of a host in a round */
#define FULL_MS 1000		/* the pause when there is no room */
#define SYNC_MS 30		/* what has come is synced so late... */
#define SYNC_BYTES (128u << 10)	/* ...or when it is so much: half of a window */
#define ONE_BY_ONE 8		/* executions that are synced each by itself */
#define ITEMS_MAX 1000		/* with open files, if so many may be open */
#define ITEM_FILES 8		/* twice what one needs */

struct feed {			/* a stream to a host */
	LIST_ENTRY(feed) link;
	uint64_t id;		/* jobd's number of it */
	char name[64];		/* of the worker */
	struct stream *stream;
	struct ev_timer *again;
	bool full, spoilt;	/* no room, and that was said; what it sent may be lost */
};

struct item {			/* an execution's log */
	RB_ENTRY(item) entry;
	TAILQ_ENTRY(item) age, sync;
	int64_t job, execution;
	struct feed *feed;
	struct log_store *store;	/* NULL: it cannot be taken, and stays on the host */
	bool dirty, whole;
	bool touched[LOG_STREAMS];	/* since the last sync */
};

RB_HEAD(items, item);
TAILQ_HEAD(item_list, item);

static struct {			/* one in a process */
	struct ev *ev;
	struct ev_io *io;
	struct spool spool;
	struct reader *reader;
	struct buf request;
	LIST_HEAD(, feed) feeds;
	struct items items;
	struct item_list age, dirty;	/* longest unused first */
	size_t nitems, ndirty, max;
	struct ev_timer *sync;
	size_t bytes;			/* that have come since the last one */
	bool due;
} g;

static const char *const streams[LOG_STREAMS] = {
	[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr"
};

static int item_compare(const struct item *a, const struct item *b)
{
	if (a->job != b->job)
		return a->job < b->job ? -1 : 1;
	return a->execution < b->execution ? -1 : a->execution > b->execution;
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(items, item, entry, item_compare, UNUSED_STATIC)

/* ---- executions */

static void item_free(struct item *x)
{
	if (x->dirty) {
		TAILQ_REMOVE(&g.dirty, x, sync);
		g.ndirty--;
	}
	RB_REMOVE(items, &g.items, x);
	TAILQ_REMOVE(&g.age, x, age);
	g.nitems--;
	log_store_close(x->store);
	free(x);
}

static void item_touch(struct item *x)
{
	TAILQ_REMOVE(&g.age, x, age);
	TAILQ_INSERT_TAIL(&g.age, x, age);
	if (x->dirty)
		return;
	if (g.ndirty == 0)
		ev_timer_set(g.sync, SYNC_MS);
	x->dirty = true;
	TAILQ_INSERT_TAIL(&g.dirty, x, sync);
	g.ndirty++;
}

/* It stays on the host, where nobody but an admin removes it. */
static void item_refuse(struct item *x, const struct err *why)
{
	log_warn("worker %s: the output of %" PRId64 ".%" PRId64 " stays there: %s", x->feed->name,
	    x->job, x->execution, why->text);
	log_store_close(x->store);
	x->store = NULL;
}

struct owner {
	int64_t execution;
	char worker[64];
};

static int on_exec(void *arg, const void *row)
{
	const struct exec_row *exec = row;
	struct owner *o = arg;

	if (exec->execution != o->execution)
		return 0;
	strlcpy(o->worker, exec->worker != NULL ? exec->worker : "", sizeof(o->worker));
	return 1;
}

static int item_open(struct item *x, struct err *e)
{
	struct owner o = { .execution = x->execution };
	struct job_row row;
	int64_t created;
	int r = reader_job(g.reader, x->job, &row, e);

	if (r == 0)
		err_set(e, ERR_NOINPUT, "there is no such job");
	if (r != 1)
		return -1;
	created = row.created_at;
	if (reader_execs(g.reader, x->job, on_exec, &o, e) == -1)
		return -1;
	if (strcmp(o.worker, x->feed->name) != 0)
		return err_set(e, ERR_PERM, "it was not given to this worker");
	x->store = log_store_open(&g.spool, created, x->job, x->execution, e);
	return x->store != NULL ? 0 : -1;
}

/* NULL with ERR_AGAIN: not now.  One that is refused is there, too, without a store. */
static struct item *item_get(struct feed *f, const struct msg *m, struct err *e)
{
	struct item key = { .job = (int64_t)msg_u64(m, F_JOB, 0),
		.execution = (int64_t)msg_u64(m, F_EXECUTION, 0) };
	struct item *x = RB_FIND(items, &g.items, &key);

	if (x != NULL && x->feed != f) {
		item_free(x);		/* who asks for it is asked again */
		x = NULL;
	}
	if (x != NULL)
		return x;
	while (g.nitems >= g.max && !TAILQ_FIRST(&g.age)->dirty)
		item_free(TAILQ_FIRST(&g.age));
	x = xcalloc(1, sizeof(*x));
	x->job = key.job;
	x->execution = key.execution;
	x->feed = f;
	RB_INSERT(items, &g.items, x);
	TAILQ_INSERT_TAIL(&g.age, x, age);
	g.nitems++;
	if (item_open(x, e) == 0)
		return x;
	if (e->code == ERR_AGAIN) {
		item_free(x);
		return NULL;
	}
	item_refuse(x, e);
	return x;
}

/* ---- what a host says; -1 with ERR_AGAIN: later, with anything else: it is cut off */

static int on_piece(struct feed *f, const struct msg *m, struct err *e)
{
	const char *stream = msg_str(m, F_STREAM);
	enum log_stream i = strcmp(stream, streams[LOG_STDERR]) == 0 ? LOG_STDERR : LOG_STDOUT;
	struct item *x;
	const void *p;
	size_t n;

	if (strcmp(stream, streams[i]) != 0)
		return err_set(e, ERR_DATA, "there is no stream %s", stream);
	x = item_get(f, m, e);
	if (x == NULL)
		return -1;
	if (x->store == NULL)
		return 0;
	p = msg_body(m, &n);
	if (log_store_write(x->store, i, msg_u64(m, F_OFFSET, 0), p, n, e) == 0) {
		x->touched[i] = true;
		g.bytes += n;
		item_touch(x);
		return 0;
	}
	if (e->code == ERR_AGAIN)
		return -1;
	item_refuse(x, e);
	return 0;
}

static int on_end(struct feed *f, const struct msg *m, struct err *e)
{
	struct item *x = item_get(f, m, e);
	const void *p;
	size_t n;

	if (x == NULL)
		return -1;
	if (x->store == NULL)
		return 0;
	p = msg_body(m, &n);
	if (log_store_size(x->store, LOG_STDOUT) < msg_u64(m, F_OUT_BYTES, 0) ||
	    log_store_size(x->store, LOG_STDERR) < msg_u64(m, F_ERR_BYTES, 0)) {
		err_set(e, ERR_DATA, "it says that it has sent more than it has");
	} else if (log_store_describe(x->store, p, n, e) == 0) {
		x->whole = true;
		item_touch(x);
		return 0;
	} else if (e->code == ERR_AGAIN) {
		return -1;
	}
	item_refuse(x, e);
	return 0;
}

static int feed_message(struct feed *f, const struct msg *m, struct err *e)
{
	switch (msg_type(m)) {
	case MSG_O_DATA:
		return on_piece(f, m, e);
	case MSG_O_END:
		return on_end(f, m, e);
	case MSG_W_REFUSE:
		return err_set(e, ERR_UNAVAIL, "it refuses: %s", msg_str(m, F_TEXT));
	default:
		return err_set(e, ERR_DATA, "%s has no place among output",
		    msg_type_name(msg_type(m)));
	}
}

/* ---- streams */

static void feed_free(struct feed *f)
{
	struct item *x, *next;

	/* What is not acknowledged comes again. */
	for (x = RB_MIN(items, &g.items); x != NULL; x = next) {
		next = RB_NEXT(items, &g.items, x);
		if (x->feed == f)
			item_free(x);
	}
	LIST_REMOVE(f, link);
	ev_timer_free(f->again);
	stream_free(f->stream);
	free(f);
}

static void feed_end(struct feed *f, const char *why)
{
	cable_say(HELPER_FD, f->id, CABLE_OVER, ERR_UNAVAIL, why);
	feed_free(f);
}

static void feed_wait(struct feed *f, const struct err *why)
{
	if (!f->full)
		log_warn("worker %s: the output of its jobs waits there: %s", f->name, why->text);
	f->full = true;
	stream_pause(f->stream, true);
	ev_timer_set(f->again, FULL_MS);
}

static void on_again(void *arg)
{
	struct feed *f = arg;

	stream_pause(f->stream, false);
	stream_again(f->stream);
}

static void on_data(void *arg, struct stream *s)
{
	struct feed *f = arg;
	struct buf *in = stream_in(s);
	size_t done = 0, used = 0;
	struct err e = { .code = ERR_NONE };
	struct msg *m;
	int n, r = 1;

	for (n = 0; n < AT_ONCE && r == 1; n++) {
		r = msg_decode(in->data + done, in->len - done, &m, &used, &e);
		if (r != 1)
			break;
		r = feed_message(f, m, &e) == 0 ? 1 : -1;
		msg_free(m);
		if (r == 1)
			done += used;
	}
	buf_consume(in, done);
	f->full &= done == 0;
	if (r == 0 && used > IN_MAX)
		r = err_set(&e, ERR_DATA, "a message of %zu bytes", used);
	if (r == -1 && e.code == ERR_AGAIN)
		feed_wait(f, &e);
	else if (r == -1)
		feed_end(f, e.text);
	else if (n == AT_ONCE)
		stream_again(s);
}

static void on_close(void *arg, struct stream *s, int error)
{
	(void)s;
	feed_end(arg, error != 0 ? strerror(error) : "the connection has ended");
}

static const struct stream_fns feed_fns = { on_data, on_close, NULL };

static void feed_new(const struct cable_target *t, int fd)
{
	struct feed *f = xcalloc(1, sizeof(*f));

	f->id = t->id;
	strlcpy(f->name, t->name, sizeof(f->name));
	f->stream = stream_new(g.ev, fd, IN_MAX, OUT_MAX, &feed_fns, f);
	f->again = ev_timer_new(g.ev, on_again, f);
	LIST_INSERT_HEAD(&g.feeds, f, link);
}

static void feed_drop(uint64_t id)
{
	struct feed *f;

	LIST_FOREACH(f, &g.feeds, link)
		if (f->id == id)
			break;
	if (f != NULL)
		feed_free(f);
}

/* ---- the end of a round */

static void acknowledge(const struct item *x, const char *stream, uint64_t size)
{
	struct msg *m = msg_new(MSG_O_ACK);
	struct stream *s = x->feed->stream;

	(void)msg_add_u64(m, F_JOB, (uint64_t)x->job);
	(void)msg_add_u64(m, F_EXECUTION, (uint64_t)x->execution);
	if (stream != NULL) {
		(void)msg_add(m, F_STREAM, stream);
		(void)msg_add_u64(m, F_OFFSET, size);
	}
	if (msg_encode(m, stream_out(s)) == -1)
		stream_fail(s, ENOBUFS);
	else
		stream_flush(s);
	msg_free(m);
}

static void item_durable(struct item *x)
{
	if (x->whole) {
		acknowledge(x, NULL, 0);
		item_free(x);
		return;
	}
	for (int i = 0; i < LOG_STREAMS; i++) {
		if (x->touched[i])
			acknowledge(x, streams[i], log_store_size(x->store, (enum log_stream)i));
		x->touched[i] = false;
	}
	TAILQ_REMOVE(&g.dirty, x, sync);
	g.ndirty--;
	x->dirty = false;
}

/* The kernel may have dropped what could not be written: it has to come once more. */
static void sync_failed(struct item *x, const struct err *why)
{
	log_error("worker %s: %s", x->feed->name, why->text);
	x->feed->spoilt = true;
}

static void end_spoilt(void)
{
	struct feed *f, *next;

	LIST_FOREACH_SAFE(f, &g.feeds, link, next)
		if (f->spoilt)
			feed_end(f, "what it sent could not be written");
}

static void sync_all(void)
{
	bool all = g.ndirty > ONE_BY_ONE, good = true, failed = false;
	struct item *x, *next;
	struct err e;

	if (all && syncfs(g.spool.fd) == -1) {
		err_sys(&e, ERR_IO, "%s: sync", g.spool.path);
		good = false;
	}
	TAILQ_FOREACH_SAFE(x, &g.dirty, sync, next) {
		if (all)
			log_store_synced(x->store, good);
		if (all ? good : log_store_sync(x->store, &e) == 0) {
			item_durable(x);
		} else {
			sync_failed(x, &e);
			failed = true;
		}
	}
	if (failed)
		end_spoilt();
}

static void on_sync(void *arg)
{
	(void)arg;
	g.due = true;
}

static void on_round(void *arg)
{
	(void)arg;
	if (!g.due && g.bytes < SYNC_BYTES)
		return;
	g.due = false;
	g.bytes = 0;
	sync_all();
}

/* ---- jobd */

static void on_requests(void *arg, int ready)
{
	static const struct cable_asked fns = { feed_new, feed_drop };
	struct err e;

	(void)arg;
	(void)ready;
	if (cable_serve(HELPER_FD, &g.request, &fns, &e) == 0)
		return;
	if (e.code != ERR_NONE)
		log_error("%s", e.text);
	ev_stop(g.ev);
}

static int open_all(const char *spool, struct err *e)
{
	if (spool_open(&g.spool, spool, e) == -1)
		return -1;
	g.reader = reader_open(&g.spool, e);
	if (g.reader == NULL)
		return -1;
	g.ev = ev_new(e);
	if (g.ev == NULL)
		return -1;
	return fd_cloexec(HELPER_FD) == -1 ? err_sys(e, ERR_OS, "descriptors") : 0;
}

static size_t items_max(void)
{
	struct rlimit lim = { .rlim_cur = 0 };

	(void)getrlimit(RLIMIT_NOFILE, &lim);
	return lim.rlim_cur / ITEM_FILES < ITEMS_MAX ? (size_t)lim.rlim_cur / ITEM_FILES :
	    ITEMS_MAX;
}

int log_main(const char *spool)
{
	struct err e;

	closefrom(HELPER_FD + 1);
	log_init("jobd: log", false);
	(void)umask(077);
	(void)signal(SIGINT, SIG_IGN);	/* of a terminal: jobd decides */
	(void)signal(SIGPIPE, SIG_IGN);
	LIST_INIT(&g.feeds);
	RB_INIT(&g.items);
	TAILQ_INIT(&g.age);
	TAILQ_INIT(&g.dirty);
	buf_init(&g.request, REQUEST_MAX);
	if (open_all(spool, &e) == -1) {
		log_error("%s", e.text);
		return exit_of(e.code);
	}
	g.max = items_max();
	g.sync = ev_timer_new(g.ev, on_sync, NULL);
	g.io = ev_io_new(g.ev, HELPER_FD, on_requests, NULL);
	ev_io_want(g.io, EV_IN);
	ev_after(g.ev, on_round, NULL);
	ev_run(g.ev);
	return EXIT_OK;
}
