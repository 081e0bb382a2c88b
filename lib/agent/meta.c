/*
 * meta: an execution described for whoever finds its log folder.
 *
 * Owns the names of the fields, which are those of the database and of --json where
 * both have them.  What the job's end means (completed, retried...) is not known
 * here: that is jobd's to say.
 */
#include "agent/meta.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static void name_add(struct buf *out, const char *name)
{
	buf_addf(out, "%s\n  \"%s\": ", out->len > 1 ? "," : "", name);
}

static void text_add(struct buf *out, const char *name, const char *s)
{
	if (s == NULL)
		return;
	name_add(out, name);
	json_quote(out, s, strlen(s));
}

static void number_add(struct buf *out, const char *name, const struct msg *m,
    enum msg_field f)
{
	name_add(out, name);
	if (msg_has(m, f))
		buf_addf(out, "%" PRIu64, msg_u64(m, f, 0));
	else
		buf_adds(out, "null");
}

static void time_add(struct buf *out, const char *name, const struct msg *m,
    enum msg_field f)
{
	char text[CLOCK_RFC3339_SIZE];

	name_add(out, name);
	if (!msg_has(m, f)) {
		buf_adds(out, "null");
		return;
	}
	clock_rfc3339(msg_i64(m, f, 0), text);
	buf_addf(out, "\"%s\"", text);
}

void meta_make(struct buf *out, const struct msg *start, const struct msg *result,
    const char *worker)
{
	uint64_t cpu = msg_u64(result, F_CPU_MS, 0), rss = msg_u64(result, F_MAX_RSS, 0);

	buf_adds(out, "{");
	text_add(out, "schema", "job/1");
	number_add(out, "job_id", start, F_JOB);
	text_add(out, "job_uuid", msg_str(start, F_UUID));
	text_add(out, "job_name", msg_str(start, F_NAME));
	text_add(out, "user", msg_str(start, F_USER));
	number_add(out, "execution", start, F_EXECUTION);
	number_add(out, "attempt", start, F_ATTEMPT);
	text_add(out, "worker_node_id", worker);
	time_add(out, "started_at", result, F_AT);
	time_add(out, "completed_at", result, F_ENDED);
	number_add(out, "duration_ms", result, F_DURATION);
	text_add(out, "cause", msg_str(result, F_CAUSE));
	number_add(out, "exit_code", result, F_EXIT_CODE);
	number_add(out, "signal", result, F_SIGNAL);
	text_add(out, "error_message", msg_str(result, F_TEXT));
	name_add(out, "cpu_seconds");
	buf_addf(out, "%" PRIu64 ".%03" PRIu64, cpu / 1000, cpu % 1000);
	name_add(out, "max_rss_mb");
	buf_addf(out, "%" PRIu64 ".%" PRIu64, rss / 1024, rss % 1024 * 10 / 1024);
	text_add(out, "limits", msg_str(result, F_LIMITS));
	number_add(out, "stdout_bytes", result, F_OUT_BYTES);
	number_add(out, "stderr_bytes", result, F_ERR_BYTES);
	buf_adds(out, "\n}\n");
}
