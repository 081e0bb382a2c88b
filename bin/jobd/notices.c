/*
 * notices: what the core wants told leaves here, by a jobnotify for each.
 *
 * Owns these processes, with a limit on how long they may take; that one receiver has
 * one at a time, and all of them but so many, the core sees to.
 */
#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "msg/msg.h"
#include "notices.h"
#include "process.h"

#define LIMIT_MS (30 * 1000)
#define NOTICE_BYTES 65536
#define DETAIL_MAX 1000

struct sending {
	struct jobd *d;
	int64_t id;
	struct spawn spawn;
	char *program;
	char *argv[4];
	int pidfd;
	struct ev_io *io;
	struct ev_timer *timer;
	LIST_ENTRY(sending) link;
};

struct notifier {
	LIST_HEAD(, sending) list;
};

/* ---- what it says */

static void add_text(struct msg *m, enum msg_field f, const char *s)
{
	char cut[DETAIL_MAX + 1];

	if (s == NULL || *s == '\0')
		return;
	strlcpy(cut, s, sizeof(cut));
	(void)msg_add(m, f, cut);
}

static void add_id(struct msg *m, enum msg_field f, int64_t id)
{
	if (id > 0)
		(void)msg_add_u64(m, f, (uint64_t)id);
}

static struct msg *notice_message(const struct notice_row *n)
{
	struct msg *m = msg_new(MSG_NOTICE);

	(void)msg_add_u64(m, F_SEQ, (uint64_t)n->id);
	(void)msg_add(m, F_EVENT, n->event);
	(void)msg_add(m, F_CHANNEL, n->channel);
	(void)msg_add(m, F_RECEIVER, n->target);
	(void)msg_add_i64(m, F_AT, n->created_at);
	add_id(m, F_JOB, n->job_id);
	add_id(m, F_EXECUTION, n->execution);
	add_id(m, F_SCHEDULE, n->schedule_id);
	add_text(m, F_USER, n->user);
	add_text(m, F_NAME, n->name);
	add_text(m, F_STATUS, n->status);
	add_text(m, F_REASON, n->reason);
	if (n->exit_code >= 0)
		(void)msg_add_u64(m, F_EXIT_CODE, (uint64_t)n->exit_code);
	if (n->signal > 0)
		(void)msg_add_u64(m, F_SIGNAL, (uint64_t)n->signal);
	add_text(m, F_TEXT, n->detail);
	return m;
}

/* A file without a name that holds the message, at its beginning; -1. */
static int notice_file(const struct notice_row *n, struct err *e)
{
	struct msg *m = notice_message(n);
	int fd = memfd_create("notice", MFD_CLOEXEC), r = 0;
	struct buf b;

	buf_init(&b, NOTICE_BYTES);
	if (fd == -1)
		r = err_sys(e, ERR_OS, "memfd_create");
	else if (msg_encode(m, &b) == -1)
		r = err_set(e, ERR_DATA, "the notice is too long");
	else
		r = fd_write_all(fd, b.data, b.len, e);
	if (r == 0 && lseek(fd, 0, SEEK_SET) == -1)
		r = err_sys(e, ERR_OS, "lseek");
	buf_release(&b);
	msg_free(m);
	if (r == -1 && fd != -1)
		close(fd);
	return r == 0 ? fd : -1;
}

/* ---- what becomes of it */

static void noticed(struct jobd *d, int64_t id, const char *error)
{
	struct event *ev = loop_event(d, EV_NOTICED);

	ev->cause = (struct cause){ .actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
		.via = "notice" };
	ev->noticed.id = id;
	ev->noticed.error = arena_strdup(loop_arena(d), error);
	if (error != NULL)
		log_info("notice %lld was not taken: %s", (long long)id, error);
}

static void sending_free(struct sending *s)
{
	LIST_REMOVE(s, link);
	ev_io_free(s->io);
	ev_timer_free(s->timer);
	free(s->program);
	free(s);
}

/* What it said, without its own name in front. */
static const char *reason_of(const char *said)
{
	static const char name[] = "jobnotify: ";

	return strncmp(said, name, sizeof(name) - 1) == 0 ? said + sizeof(name) - 1 : said;
}

static void on_end(void *arg, int ready)
{
	struct sending *s = arg;
	struct starter st = spawn_starter(&s->spawn);
	struct err e;
	int r;

	(void)ready;
	r = st.finish(st.arg, s->pidfd, &e);
	noticed(s->d, s->id, r == 0 ? NULL : reason_of(e.text));
	sending_free(s);
}

static void give_up(struct sending *s)
{
	struct starter st = spawn_starter(&s->spawn);

	st.cancel(st.arg, s->pidfd);
	sending_free(s);
}

static void on_limit(void *arg)
{
	struct sending *s = arg;

	noticed(s->d, s->id, "the receiver does not answer");
	give_up(s);
}

static int sending_start(struct sending *s, const struct notice_row *n, struct err *e)
{
	static char option[] = "--sendmail";
	struct starter st;

	s->program = libexec_program("jobnotify", "JOBNOTIFY", e);
	if (s->program == NULL)
		return -1;
	s->argv[0] = s->program;
	s->argv[1] = option;
	s->argv[2] = s->d->conf.sendmail;
	spawn_init(&s->spawn, s->argv);
	s->spawn.io = notice_file(n, e);
	if (s->spawn.io == -1)
		return -1;
	st = spawn_starter(&s->spawn);
	s->pidfd = st.begin(st.arg, e);
	close(s->spawn.io);
	return s->pidfd == -1 ? -1 : 0;
}

void notice_send(struct jobd *d, const struct effect *f)
{
	const struct notice_row *n = f->notice;
	struct sending *s = xcalloc(1, sizeof(*s));
	struct err e;
	int r = 0;

	s->d = d;
	s->id = n->id;
	LIST_INSERT_HEAD(&d->notifier->list, s, link);
	if (strcmp(n->channel, notice_channel_name(CHANNEL_CMD)) == 0)
		r = notice_command_allowed(d, n->target, &e);
	if (r == -1 || sending_start(s, n, &e) == -1) {
		noticed(d, n->id, e.text);
		sending_free(s);
		return;
	}
	s->io = ev_io_new(d->ev, s->pidfd, on_end, s);
	ev_io_want(s->io, EV_IN);
	s->timer = ev_timer_new(d->ev, on_limit, s);
	ev_timer_set(s->timer, LIMIT_MS);
}

/* ---- who may have what run */

/* Whether a list with commas and blanks has this word. */
static bool lists(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; list != NULL && *list != '\0'; list += len) {
		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (len == n && n > 0 && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

int notice_command_allowed(const struct jobd *d, const char *path, struct err *e)
{
	if (!d->spool.system || lists(d->conf.notice_commands, path))
		return 0;
	return err_set(e, ERR_PERM, "notify: %.200s is not among notice_commands of job.conf",
	    path);
}

int notices_allowed(const struct jobd *d, const char *list, struct err *e)
{
	struct subscription sub;
	char *path;
	int r = 0;

	while (r == 0 && list != NULL && subscription_next(&list, &sub)) {
		if (sub.channel != CHANNEL_CMD)
			continue;
		path = xstrndup(sub.target, sub.n);
		r = notice_command_allowed(d, path, e);
		free(path);
	}
	return r;
}

void notices_start(struct jobd *d)
{
	d->notifier = xcalloc(1, sizeof(*d->notifier));
	LIST_INIT(&d->notifier->list);
}

/* What is under way is on disk as not sent yet. */
void notices_stop(struct jobd *d)
{
	struct sending *s;

	if (d->notifier == NULL)
		return;
	while ((s = LIST_FIRST(&d->notifier->list)) != NULL)
		give_up(s);
	free(d->notifier);
	d->notifier = NULL;
}
