/*
 * play: plays jobd before a jobworker, for tests: over its socket, or on an agent in
 * the test's own process.
 */
#ifndef T_UNIT_PLAY_H
#define T_UNIT_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "msg/msg.h"

#define PLAY_MS 20000		/* the longest that anything may take */

struct play {
	int fd;			/* the connection; -1: none */
	struct buf in, out;
	struct uuid instance, journal;
	uint64_t epoch, seq;
	pid_t daemon;
};

/* build/bin/jobworker beside the test, or $JOB_BUILD/bin/jobworker. */
const char *play_program(void);

/* The daemon of a folder in the background; its pid, 0: it did not start. */
pid_t play_daemon(const char *dir, const char *const *options);
void play_stop(pid_t daemon);		/* SIGTERM, and waits until it is gone */
bool process_gone(pid_t pid);

void play_init(struct play *p);
void play_close(struct play *p);	/* the connection only */
void play_release(struct play *p);
int play_connect(struct play *p, const char *dir);

/* Says W_ATTACH, and reads to W_HELD_END; each W_HELD goes to fn (may be NULL).  -1: refused. */
int play_attach(struct play *p, void (*fn)(void *arg, const struct msg *m), void *arg);

/* Adds to what leaves with play_send. */
void play_put(struct play *p, const struct msg *m);
void play_kill(struct play *p, uint64_t job, uint64_t number, const char *cause, int sig, bool now);
void play_ack(struct play *p, uint64_t job, uint64_t number);
int play_send(struct play *p);		/* -1: the connection is gone */

/* The next message, which the caller frees; NULL: none in time, or the connection is gone. */
struct msg *play_next(struct play *p, int timeout_ms);

/* Messages until this type for this job has come; others are dropped. */
struct msg *play_await(struct play *p, enum msg_type type, uint64_t job, int timeout_ms);

/*
 * An order: command line (ended by NULL), or a script with its arguments.  The
 * caller may add fields to either, then play_order_add puts the one into the other.
 */
struct msg *play_launch(const char *const *argv, const char *script);
struct msg *play_start(const struct play *p, uint64_t job, uint64_t number);
void play_order(struct play *p, struct msg *start, struct msg *launch);	/* frees both */
void play_run(struct play *p, uint64_t job, uint64_t number, const char *const *argv);

/* Polls until it holds; false after PLAY_MS. */
bool play_until(bool (*fn)(void *arg), void *arg);
bool play_file_is(const char *path, const char *text);	/* within PLAY_MS */

#endif
