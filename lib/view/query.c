/*
 * query: a filter as the fields of a QUERY message, and back.
 *
 * Both directions stand side by side: what one writes the other reads, and a test
 * sends every field through.
 */
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "view/impl.h"

static int add_str(struct msg *query, enum msg_field f, const char *s)
{
	return s ? msg_add(query, f, s) : 0;
}

static int add_i64(struct msg *query, enum msg_field f, int64_t v)
{
	return v ? msg_add_i64(query, f, v) : 0;
}

static int add_statuses(struct msg *query, unsigned statuses)
{
	for (int s = 0; s <= JOB_CANCELLED; s++) {
		if ((statuses & (1u << s)) &&
		    msg_add(query, F_STATUS, job_status_name((enum job_status)s)) < 0)
			return -1;
	}
	return 0;
}

int query_from_filter(struct msg *query, const struct job_filter *f, struct err *e)
{
	bool bad = false;

	if (f->first || f->last)
		bad |= msg_addf(query, F_TARGET, "%" PRId64 "-%" PRId64, f->first, f->last) < 0;
	if (f->tag_key)
		bad |= msg_addf(query, F_TAG, "%s%s%s", f->tag_key, f->tag_value ? "=" : "",
		    f->tag_value ? f->tag_value : "") < 0;
	bad |= add_statuses(query, f->statuses) < 0;
	bad |= add_str(query, F_USER, f->user) < 0;
	bad |= add_str(query, F_NAME, f->name) < 0;
	bad |= add_str(query, F_QUEUE, f->queue) < 0;
	bad |= add_str(query, F_WORKER, f->worker) < 0;
	bad |= add_i64(query, F_SINCE, f->since) < 0;
	bad |= add_i64(query, F_UNTIL_TIME, f->until) < 0;
	if (f->after > 0)
		bad |= msg_add_u64(query, F_AFTER, (uint64_t)f->after) < 0;
	if (f->limit)
		bad |= msg_add_u64(query, F_LIMIT, f->limit) < 0;
	if (f->history)
		bad |= msg_add_u64(query, F_ALL, 1) < 0;
	if (f->wholes)
		bad |= msg_add_u64(query, F_WHOLES, 1) < 0;
	return bad ? err_set(e, ERR_USAGE, "a word to look for is too long") : 0;
}

static int read_range(const char *target, struct job_filter *f, struct err *e)
{
	const char *dash = strchr(target, '-');
	char first[24];

	if (!dash || (size_t)(dash - target) >= sizeof(first))
		return err_set(e, ERR_DATA, "a query with a malformed range");
	memcpy(first, target, (size_t)(dash - target));
	first[dash - target] = '\0';
	if (num_i64(first, 0, INT64_MAX, &f->first, e) < 0 ||
	    num_i64(dash + 1, 0, INT64_MAX, &f->last, e) < 0)
		return -1;
	return 0;
}

static int read_statuses(const struct msg *query, struct job_filter *f, struct err *e)
{
	const char *word;
	size_t iter = 0;

	while ((word = msg_next(query, F_STATUS, &iter)) != NULL) {
		int s = job_status_parse(word);

		if (s < 0)
			return err_set(e, ERR_DATA, "a query with an unknown status");
		f->statuses |= 1u << s;
	}
	return 0;
}

int filter_from_query(const struct msg *query, struct arena *a, struct job_filter *f,
    struct err *e)
{
	const char *range = msg_str(query, F_TARGET), *tag = msg_str(query, F_TAG);
	uint64_t after = msg_u64(query, F_AFTER, 0);

	memset(f, 0, sizeof(*f));
	if (after > INT64_MAX)
		return err_set(e, ERR_DATA, "a query with an impossible page");
	if (range && read_range(range, f, e) < 0)
		return -1;
	if (read_statuses(query, f, e) < 0)
		return -1;
	if (tag) {
		char *key = arena_strdup(a, tag), *equals = strchr(key, '=');

		f->tag_key = key;
		if (equals) {
			*equals = '\0';
			f->tag_value = equals + 1;
		}
	}
	f->user = msg_str(query, F_USER);
	f->name = msg_str(query, F_NAME);
	f->queue = msg_str(query, F_QUEUE);
	f->worker = msg_str(query, F_WORKER);
	f->since = msg_i64(query, F_SINCE, 0);
	f->until = msg_i64(query, F_UNTIL_TIME, 0);
	f->after = (int64_t)after;
	f->limit = (size_t)msg_u64(query, F_LIMIT, 0);
	f->history = msg_flag(query, F_ALL);
	f->wholes = msg_flag(query, F_WHOLES);
	f->newest_first = strcmp(msg_str(query, F_WHAT), WHAT_NEWEST) == 0;
	return 0;
}
