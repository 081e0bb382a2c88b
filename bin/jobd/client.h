/*
 * client: connections, what they ask, and what waits for an answer.
 */
#ifndef JOBD_CLIENT_H
#define JOBD_CLIENT_H

#include <bsd/sys/queue.h>

#include "jobd.h"

struct ask;
struct wait;
struct batch;

struct client {			/* a connection */
	struct jobd *d;
	struct stream *stream;
	struct actor actor;
	LIST_HEAD(, ask) asks;		/* under way */
	LIST_HEAD(, wait) waits;
	size_t nasks, nwaiters;
	size_t buffered;		/* its part of the sum of input buffers */
	size_t need;			/* bytes until the next message is whole, as far as known */
	struct batch *batch;		/* being received */
	bool paused, closing;
	LIST_ENTRY(client) link;
};

/*
 * ask: something that the core was asked with a token, until its effect is durable:
 * then answer is called, once.  Tokens are never used again, so that an answer to
 * somebody who has gone finds nobody.
 */
struct ask {
	uint64_t token, seq;
	void (*answer)(struct jobd *d, struct ask *a, const struct effect *f);
	struct client *client;		/* NULL: it has gone, or there never was one */
	void *what;			/* for answer */
	LIST_ENTRY(ask) link;
};

typedef void (*answer_fn)(struct jobd *d, struct ask *a, const struct effect *f);

int asks_init(struct jobd *d);
void asks_free(struct jobd *d);
struct ask *ask_new(struct jobd *d, struct client *c, uint64_t seq, answer_fn answer);
void ask_answer(struct jobd *d, uint64_t token, const struct effect *f);
void ask_refuse(struct jobd *d, uint64_t token, const struct err *e);	/* without a turn */
void asks_forget(struct client *c);

/* listen.c */
int listen_start(struct jobd *d, struct err *e);
void listen_again(struct jobd *d);	/* makes the socket's name again when it is gone */
void listen_quiet(struct jobd *d);	/* nothing more is taken */
void listen_free(struct jobd *d);
size_t listen_count(const struct jobd *d);
void client_send(struct client *c, struct msg *m);		/* frees m */
void client_error(struct client *c, uint64_t seq, const struct err *e);
void client_finish(struct client *c);				/* after what was sent */
void client_resume(struct client *c);				/* an ask of its was answered */

/* requests.c: the table of what may be asked, and by whom. */
void request_handle(struct client *c, struct msg *m, size_t bytes);	/* frees m */
int submit_fill(struct jobd *d, const struct actor *who, const struct msg *m,
    struct job_request *req, struct err *e);
void cause_fill(struct jobd *d, struct cause *cause, const struct actor *who, const char *via);

/* batch.c: the next so many submissions are one request. */
void batch_begin(struct client *c, const struct msg *m);
void batch_add(struct client *c, struct msg *m, size_t bytes);	/* keeps m */
void batch_free(struct batch *b);

/* replies.c: answers of asks */
void answer_schedule_new(struct jobd *d, struct ask *a, const struct effect *f);
void answer_submit(struct jobd *d, struct ask *a, const struct effect *f);
void answer_batch(struct jobd *d, struct ask *a, const struct effect *f);
void answer_control(struct jobd *d, struct ask *a, const struct effect *f);
void answer_done(struct jobd *d, struct ask *a, const struct effect *f);
void answer_accept(struct jobd *d, struct ask *a, const struct effect *f);
struct msg *status_reply(struct jobd *d, uint64_t seq);

/* waiters.c */
int waiters_init(struct jobd *d);
void waiters_free(struct jobd *d);
void wait_begin(struct client *c, const struct msg *m);
void waiters_tell(struct jobd *d, const struct effect *f);	/* a job has moved */
void waiters_forget(struct client *c);

#endif
