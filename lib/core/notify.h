/*
 * notify: what somebody wants to be told, how, and the row of a notice.
 *
 * A subscription is "EVENTS:mail:ADDRESS", "EVENTS:cmd:PATH" or "EVENTS:hook:URL".
 */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include <stdbool.h>

#include "base/err.h"
#include "core/column.h"

/* The least telling first: a subscription to several gets the last one that happened. */
enum notice_event {
	NOTICE_STARTED, NOTICE_ENDED, NOTICE_LATE, NOTICE_UNUSUAL, NOTICE_FAILED,
	NOTICE_FIRST_FAILURE, NOTICE_RECOVERY, NOTICE_EVENTS
};
enum notice_channel { CHANNEL_MAIL, CHANNEL_CMD, CHANNEL_HOOK };
enum notice_state { NOTICE_PENDING, NOTICE_SENT, NOTICE_GIVEN_UP, NOTICE_LIMITED };

const char *notice_event_name(enum notice_event ev);	/* "first-failure" */
const char *notice_channel_name(enum notice_channel c);	/* "mail", "cmd", "hook" */
const char *notice_state_name(enum notice_state s);	/* "pending", "sent"... */
int notice_state_parse(const char *s);			/* -1: no such word */

#define NOTICE_ALL ((1u << NOTICE_EVENTS) - 1)
#define NOTIFY_MAX 10		/* subscriptions of a job */

struct subscription {
	unsigned events;		/* bits 1 << event; NOTICE_ALL: the word `all` */
	enum notice_channel channel;
	const char *target;		/* borrowed, with its length */
	size_t n;
};

/* One of n bytes; without events it is of `ended`.  -1: ERR_DATA. */
int subscription_parse(const char *s, size_t n, struct subscription *sub, struct err *e);

/* The next of a list with one a line, which it moves on; false behind the last. */
bool subscription_next(const char **list, struct subscription *sub);

struct notice_row {
	int64_t id;
	const char *event;
	int64_t job_id, execution, schedule_id;		/* 0: none */
	const char *user;				/* whose it is */
	int64_t uid;
	const char *name, *status, *reason;		/* of the job, as it was; or NULL */
	int64_t exit_code, signal;			/* -1: none */
	const char *detail, *channel, *target;
	int64_t created_at;
	/* changes */
	const char *state;
	int64_t attempts, next_at, sent_at;
	const char *error;				/* of the last attempt */
};

extern const struct table table_notices;

#endif
