/*
 * request: messages from clients made into what the core takes, and checked.
 *
 * All that can be told to be wrong without knowing other jobs is refused here,
 * with the exact reason; defaults are filled in.  jobd uses it, and jobsub
 * --dry-run, so both say the same words.
 */
#ifndef MSG_REQUEST_H
#define MSG_REQUEST_H

#include "base/alloc.h"
#include "core/change.h"
#include "core/request.h"
#include "msg/msg.h"

struct request_defaults {	/* from job.conf */
	int64_t cpus, mem, priority, time_limit, max_retries, kill_grace;
	const char *queue, *prefer;
};

/*
 * Fills req->row and req->deps from a SUBMIT message; memory comes from a.
 * Sets: launch (an encoded LAUNCH block), launch_hash when it is above 256 bytes,
 * spec_hash, command (shell-quoted words, for people), tags as JSON.  The actor's
 * fields (user, uid) and created_at are the caller's to set.  -1: ERR_DATA,
 * ERR_USAGE or ERR_UNAVAIL (not there yet) with the reason in e.
 */
int request_submit(const struct msg *m, const struct request_defaults *d, struct arena *a,
    struct job_request *req, struct err *e);

/*
 * Fills what a CONTROL message asks to set; memory comes from a.  -1: ERR_USAGE when
 * it is nothing, ERR_DATA.
 */
int request_change(const struct msg *m, struct arena *a, struct change *ch, struct err *e);

/* One target: "123", "100-120" (first, last) or a UUID (then first is 0). */
int request_target(const char *s, int64_t *first, int64_t *last, struct uuid *u,
    struct err *e);

#endif
