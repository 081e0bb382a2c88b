/* fakejobd: see the header. */
#include "fakejobd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accepting.h"
#include "base/fdio.h"

#define LIFETIME 20		/* s, after which a forgotten fake dies */
#define BUFFER_MAX (200u << 20)

static void give_up(const char *what) {
	fprintf(stderr, "# fake jobd: %s\n", what);
	_exit(3);
}

pid_t fake_start(const struct spool *s, void (*fn)(int listener)) {
	struct err e;
	int fd = sock_listen(s->fd, SPOOL_SOCK, 0600, &e);
	pid_t pid;

	if (fd == -1) {
		fprintf(stderr, "# fake jobd: %s\n", e.text);
		exit(1);
	}
	pid = fork();
	if (pid == 0) {
		alarm(LIFETIME);
		signal(SIGPIPE, SIG_IGN);
		fcntl(fd, F_SETFL, 0);
		fn(fd);
		_exit(0);
	}
	close(fd);
	return pid;
}

int fake_end(pid_t pid) {
	int status;

	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return status;
}

void peer_accept(struct peer *p, int listener) {
	p->fd = sock_accept(listener);
	if (p->fd == -1)
		give_up("accept");
	buf_init(&p->in, BUFFER_MAX);
}

struct msg *peer_read(struct peer *p) {
	struct msg *m = NULL;
	struct err e;
	size_t used;
	ssize_t n;
	char *room;
	int r;

	for (;;) {
		r = p->in.len == 0 ? 0 : msg_decode(p->in.data, p->in.len, &m, &used, &e);
		if (r == -1)
			give_up(e.text);
		if (r == 1) {
			buf_consume(&p->in, used);
			return m;
		}
		room = buf_reserve(&p->in, 65536);
		n = read(p->fd, room, 65536);
		if (n <= 0)
			return NULL;
		buf_commit(&p->in, (size_t)n);
	}
}

struct msg *peer_expect(struct peer *p, enum msg_type type) {
	struct msg *m = peer_read(p);

	if (m == NULL)
		give_up("the client has gone");
	if (msg_type(m) != type)
		give_up(msg_type_name(msg_type(m)));
	return m;
}

void peer_send(struct peer *p, struct msg *m) {
	struct buf b;

	buf_init(&b, BUFFER_MAX);
	if (msg_encode(m, &b) == -1 || fd_write_all(p->fd, b.data, b.len, NULL) == -1)
		give_up("send");
	buf_release(&b);
	msg_free(m);
}

void peer_close(struct peer *p) {
	close(p->fd);
	buf_release(&p->in);
}

struct msg *reply_new(enum msg_type type, const struct msg *m) {
	struct msg *reply = msg_new(type);

	msg_add_u64(reply, F_SEQ, msg_u64(m, F_SEQ, 0));
	return reply;
}

void peer_okay(struct peer *p, const struct msg *m, uint64_t job) {
	struct msg *reply = reply_new(MSG_OK, m);

	msg_add_u64(reply, F_JOB, job);
	msg_add(reply, F_STATUS, "queued");
	peer_send(p, reply);
}

void peer_error(struct peer *p, const struct msg *m, enum err_code code, const char *text) {
	struct msg *reply = m == NULL ? msg_new(MSG_ERROR) : reply_new(MSG_ERROR, m);

	msg_add_u64(reply, F_CODE, code);
	msg_add(reply, F_TEXT, text);
	peer_send(p, reply);
}

void peer_ended(struct peer *p, const struct msg *m, const char *target, uint64_t job) {
	struct msg *reply = reply_new(MSG_ENDED, m);

	msg_add(reply, F_TARGET, target);
	msg_add_u64(reply, F_JOB, job);
	msg_add(reply, F_STATUS, "completed");
	peer_send(p, reply);
}
