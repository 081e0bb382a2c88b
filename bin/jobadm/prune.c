/*
 * prune: days that are older than job.conf wants them kept, removed; and how much
 * there is of everything.
 *
 * A day goes only when none of its jobs is in state.db any more.  Output and records
 * have each their own time.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "jobadm.h"
#include "logs/day.h"
#include "view/view.h"

#define DAY INT64_C(86400000)

struct pruning {
	struct jobadm *a;
	struct reader *reader;
	struct json json;
	int64_t now;
	uint64_t bytes;
	size_t days;
};

static void row(struct pruning *p, int64_t day, const char *what, uint64_t files,
    uint64_t bytes)
{
	char date[CLOCK_RFC3339_SIZE], size[32];

	clock_rfc3339(day, date);
	date[10] = '\0';
	p->days++;
	p->bytes += bytes;
	if (p->a->json) {
		json_object(&p->json, NULL);
		json_str(&p->json, "day", date);
		json_str(&p->json, "what", what);
		json_int(&p->json, "files", (int64_t)files);
		json_int(&p->json, "bytes", (int64_t)bytes);
		json_bool(&p->json, "removed", !p->a->dry);
		json_end(&p->json);
	} else if (!p->a->quiet) {
		size_format(bytes, size, sizeof(size));
		printf("%s  %-8s %8" PRIu64 " files %10s  %s\n", date, what, files, size,
		    p->a->dry ? "would be removed" : "removed");
	}
}

static int logs_prune(struct pruning *p, int64_t day, struct err *e)
{
	const struct spool *s = &p->a->spool;
	struct log_day_sum sum = { 0, 0 };
	int r = p->a->dry ? log_day_measure(s, day, &sum, e) : log_day_remove(s, day, &sum, e);

	if (r == 0)
		row(p, day, "logs", sum.files, sum.bytes);
	return r;
}

static int history_prune(struct pruning *p, int64_t day, struct err *e)
{
	const struct spool *s = &p->a->spool;
	char name[SPOOL_NAME_MAX];
	struct stat st;

	spool_history_name(day, name);
	if (fstatat(s->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (!p->a->dry && unlinkat(s->fd, name, 0) == -1))
		return err_sys(e, ERR_IO, "%s/%s", s->path, name);
	row(p, day, "history", 1, (uint64_t)st.st_size);
	return 0;
}

typedef int (*days_fn)(const struct spool *s, int64_t **days, size_t *n, struct err *e);
typedef int (*prune_fn)(struct pruning *p, int64_t day, struct err *e);

static int each(struct pruning *p, days_fn list, prune_fn fn, int64_t keep, struct err *e)
{
	int64_t *days, live;
	size_t n;
	int r = list(&p->a->spool, &days, &n, e);

	if (r == -1)
		return -1;
	/* Newest first in the list, oldest first here: what is interrupted has begun well. */
	for (size_t i = n; i > 0 && r == 0; i--) {
		if (days[i - 1] + DAY > p->now - keep)
			break;
		r = reader_day_live(p->reader, days[i - 1], &live, e);
		if (r == 0 && live == 0)
			r = fn(p, days[i - 1], e);
	}
	free(days);
	return r;
}

static int prune(struct pruning *p, const struct conf *conf, struct err *e)
{
	int64_t logs = conf->keep_logs, history = conf->keep_history;
	uint64_t ms;
	char size[32];
	int r;

	if (p->a->older_than != NULL) {
		if (dur_parse(p->a->older_than, &ms, e) == -1)
			return err_prefix(e, "--older-than");
		logs = history = (int64_t)ms;
	}
	if (p->a->json)
		json_open_list(&p->json, "pruned");
	r = each(p, spool_log_days, logs_prune, logs, e);
	if (r == 0 && !p->a->logs)
		r = each(p, spool_history_days, history_prune, history, e);
	size_format(p->bytes, size, sizeof(size));
	if (p->a->json)
		json_close_list(&p->json);
	else if (!p->a->quiet)
		printf("%zu days, %s, %s\n", p->days, p->bytes > 0 ? size : "0B",
		    p->a->dry ? "would be removed" : "removed");
	return r;
}

int prune_run(struct jobadm *a, char *const *words, struct err *e)
{
	struct pruning p = { .a = a, .now = now_read().wall };
	int r = -1;

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "prune takes no names");
	if (installation_open(a, e) == -1 || owner_only(a, e) == -1)
		return -1;
	json_init(&p.json, stdout);
	p.reader = reader_open(&a->spool, e);
	if (p.reader != NULL)
		r = prune(&p, &a->conf, e);
	reader_close(p.reader);
	return r == 0 ? EXIT_OK : -1;
}

/* ---- stats */

struct stats {
	struct jobadm *a;
	struct json json;
};

static void number(struct stats *s, const char *name, int64_t value)
{
	if (s->a->json)
		json_int(&s->json, name, value);
	else
		printf("%-18s %" PRId64 "\n", name, value);
}

static int64_t size_of(const struct spool *s, const char *name)
{
	struct stat st;

	return fstatat(s->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
}

static int days_stats(struct stats *s, struct err *e)
{
	const struct spool *spool = &s->a->spool;
	struct log_day_sum all = { 0, 0 }, day;
	char name[SPOOL_NAME_MAX];
	int64_t *days, bytes = 0;
	size_t n, nlogs;

	if (spool_history_days(spool, &days, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		spool_history_name(days[i], name);
		bytes += size_of(spool, name);
	}
	free(days);
	if (spool_log_days(spool, &days, &nlogs, e) == -1)
		return -1;
	for (size_t i = 0; i < nlogs; i++) {
		if (log_day_measure(spool, days[i], &day, NULL) == 0) {
			all.files += day.files;
			all.bytes += day.bytes;
		}
	}
	free(days);
	number(s, "history_days", (int64_t)n);
	number(s, "history_bytes", bytes);
	number(s, "log_days", (int64_t)nlogs);
	number(s, "log_files", (int64_t)all.files);
	number(s, "log_bytes", (int64_t)all.bytes);
	return 0;
}

/* What jobd says of itself; nothing when it is away. */
static void daemon_stats(struct stats *s)
{
	struct client *c = client_new(&s->a->spool);
	struct msg *m = msg_new(MSG_STATUS), *reply = NULL;
	const char *column, *value;
	char name[64];
	size_t iter = 0;
	int64_t v;

	if (client_call(c, m, &reply, NULL) == 0) {
		while ((column = msg_next(reply, F_COLUMN, &iter)) != NULL) {
			value = strchr(column, ' ');
			if (value == NULL ||
			    num_i64(value + 1, INT64_MIN, INT64_MAX, &v, NULL) == -1)
				continue;
			snprintf(name, sizeof(name), "jobd_%.*s", (int)(value - column), column);
			number(s, name, v);
		}
	}
	msg_free(reply);
	msg_free(m);
	client_free(c);
}

static int stats(struct stats *s, struct err *e)
{
	int64_t counts[6];
	struct view *v = view_open(&s->a->spool, e);
	int r = v != NULL ? view_counts(v, counts, e) : -1;

	view_close(v);
	if (r == -1)
		return -1;
	for (int i = 0; i < 6; i++)
		number(s, job_status_name((enum job_status)i), counts[i]);
	number(s, "state_bytes", size_of(&s->a->spool, SPOOL_DB));
	number(s, "wal_bytes", size_of(&s->a->spool, SPOOL_DB "-wal"));
	if (days_stats(s, e) == -1)
		return -1;
	daemon_stats(s);
	return 0;
}

int stats_run(struct jobadm *a, char *const *words, struct err *e)
{
	struct stats s = { .a = a };
	int r;

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "stats takes no names");
	if (installation_open(a, e) == -1)
		return -1;
	json_init(&s.json, stdout);
	if (a->json) {
		json_object(&s.json, NULL);
		json_str(&s.json, "schema", "job/1");
	}
	r = stats(&s, e);
	if (a->json) {
		json_end(&s.json);
		json_newline(&s.json);
	}
	return r == 0 ? EXIT_OK : -1;
}
