/*
 * notify: the words of notices, their subscriptions, and the columns of their rows.
 */
#include "core/notify.h"

#include <string.h>

#include "core/coldef.h"
#include "core/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TARGET_MAX 1000

static const char *const events[] = {
	[NOTICE_STARTED] = "started", [NOTICE_ENDED] = "ended", [NOTICE_LATE] = "late",
	[NOTICE_UNUSUAL] = "unusual", [NOTICE_FAILED] = "failed",
	[NOTICE_FIRST_FAILURE] = "first-failure", [NOTICE_RECOVERY] = "recovery",
};
static const char *const channels[] = {
	[CHANNEL_MAIL] = "mail", [CHANNEL_CMD] = "cmd", [CHANNEL_HOOK] = "hook",
};
static const char *const states[] = {
	[NOTICE_PENDING] = "pending", [NOTICE_SENT] = "sent", [NOTICE_GIVEN_UP] = "failed",
	[NOTICE_LIMITED] = "limited",
};

const char *notice_event_name(enum notice_event ev)
{
	return words_name(events, COUNT(events), ev);
}

const char *notice_channel_name(enum notice_channel c)
{
	return words_name(channels, COUNT(channels), c);
}

const char *notice_state_name(enum notice_state s)
{
	return words_name(states, COUNT(states), s);
}

int notice_state_parse(const char *s)
{
	return words_value(states, COUNT(states), s);
}

#define ROW notice_row
static const struct column notice_columns[] = {
	C(id, "notice_id", INT, K),
	C(event, "event", TEXT, 0),
	C(job_id, "job_id", INT, 0),
	C(execution, "execution", INT, 0),
	C(schedule_id, "schedule_id", INT, 0),
	C(user, "user", TEXT, 0),
	C(uid, "uid", INT, 0),
	C(name, "name", TEXT, 0),
	C(status, "status", TEXT, 0),
	C(reason, "reason", TEXT, 0),
	C(exit_code, "exit_code", OPT, 0),
	C(signal, "signal", OPT, 0),
	C(detail, "detail", TEXT, P),
	C(channel, "channel", TEXT, 0),
	C(target, "target", TEXT, P),
	C(created_at, "created_at", TIME, 0),
	/* changes */
	C(state, "state", TEXT, M),
	C(attempts, "attempts", INT, M),
	C(next_at, "next_at", TIME, M),
	C(sent_at, "sent_at", TIME, M),
	C(error, "error", TEXT, M | P),
	END
};
#undef ROW

const struct table table_notices = { "notices", notice_columns, sizeof(struct notice_row) };

/* ---- subscriptions */

/* A word of n bytes; -1: it is none of them. */
static int word(const char *const *words, size_t count, const char *s, size_t n)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
			return (int)i;
	}
	return -1;
}

static int events_read(const char *s, size_t n, unsigned *out, struct err *e)
{
	static const char *const all[] = { "all" };
	size_t len;
	int ev;

	if (word(all, 1, s, n) == 0) {
		*out = NOTICE_ALL;
		return 0;
	}
	for (*out = 0; ; s += len + 1, n -= len + 1) {
		for (len = 0; len < n && s[len] != ','; len++)
			;
		ev = word(events, COUNT(events), s, len);
		if (ev == -1)
			return err_set(e, ERR_DATA, "'%.*s' is none of started, ended, failed, "
			    "first-failure, recovery, late, unusual or all",
			    len < 64 ? (int)len : 64, s);
		*out |= 1u << ev;
		if (len == n)
			return 0;
	}
}

static bool begins(const struct subscription *sub, const char *with)
{
	return sub->n > strlen(with) && memcmp(sub->target, with, strlen(with)) == 0;
}

/* Nothing that a program could take for an option, or a line for two. */
static int target_check(const struct subscription *sub, struct err *e)
{
	static const char *const what[] = {
		[CHANNEL_MAIL] = "an address", [CHANNEL_CMD] = "the absolute path of a program",
		[CHANNEL_HOOK] = "a URL with http:// or https://",
	};
	bool good = sub->n > 0 && sub->n <= TARGET_MAX && sub->target[0] != '-';

	for (size_t i = 0; i < sub->n; i++)
		good = good && sub->target[i] > ' ' && sub->target[i] != 0x7f;
	if (sub->channel == CHANNEL_CMD)
		good = good && begins(sub, "/");
	if (sub->channel == CHANNEL_HOOK)
		good = good && (begins(sub, "http://") || begins(sub, "https://"));
	return good ? 0 : err_set(e, ERR_DATA, "'%.*s' is not %s",
	    sub->n < 64 ? (int)sub->n : 64, sub->target, what[sub->channel]);
}

int subscription_parse(const char *s, size_t n, struct subscription *sub, struct err *e)
{
	const char *end = s + n, *colon = memchr(s, ':', n);
	int channel = colon == NULL ? -1 : word(channels, COUNT(channels), s,
	    (size_t)(colon - s));

	*sub = (struct subscription){ .events = 1u << NOTICE_ENDED };
	if (channel == -1 && colon != NULL) {
		if (events_read(s, (size_t)(colon - s), &sub->events, e) == -1)
			return -1;
		s = colon + 1;
		colon = memchr(s, ':', (size_t)(end - s));
		if (colon != NULL)
			channel = word(channels, COUNT(channels), s, (size_t)(colon - s));
	}
	if (channel == -1)
		return err_set(e, ERR_DATA, "'%.*s': write EVENTS:mail:ADDRESS, "
		    "EVENTS:cmd:PATH or EVENTS:hook:URL", n < 64 ? (int)n : 64, end - n);
	sub->channel = (enum notice_channel)channel;
	sub->target = colon + 1;
	sub->n = (size_t)(end - sub->target);
	return target_check(sub, e);
}

bool subscription_next(const char **list, struct subscription *sub)
{
	while (*list != NULL && **list != '\0') {
		const char *s = *list;
		size_t n = strcspn(s, "\n");

		*list = s + n + (s[n] == '\n');
		if (subscription_parse(s, n, sub, NULL) == 0)
			return true;
	}
	return false;
}
