/* text: what is said of a notice. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/json.h"
#include "jobnotify.h"

int64_t text_number(const struct msg *m, enum msg_field f)
{
	return msg_has(m, f) ? (int64_t)msg_u64(m, f, 0) : -1;
}

static const char *word(const struct msg *m, enum msg_field f)
{
	const char *s = msg_str(m, f);

	return s != NULL ? s : "";
}

/* How it ended, as far as it has: " (NonZeroExit, exit status 3)". */
static void how_add(const struct msg *m, struct buf *out)
{
	const char *reason = word(m, F_REASON);
	int64_t code = text_number(m, F_EXIT_CODE), signal = text_number(m, F_SIGNAL);
	const char *comma = *reason != '\0' ? ", " : "";

	if (*reason == '\0' && code <= 0 && signal <= 0)
		return;
	(void)buf_addf(out, " (%s", reason);
	if (signal > 0)
		(void)buf_addf(out, "%ssignal %" PRId64, comma, signal);
	else if (code > 0)
		(void)buf_addf(out, "%sexit status %" PRId64, comma, code);
	(void)buf_addc(out, ')');
}

void text_line(const struct msg *m, struct buf *out)
{
	const char *name = word(m, F_NAME), *event = word(m, F_EVENT), *status = word(m, F_STATUS);

	if (msg_has(m, F_JOB))
		(void)buf_addf(out, "job %" PRId64, text_number(m, F_JOB));
	else
		(void)buf_addf(out, "schedule s%" PRId64, text_number(m, F_SCHEDULE));
	if (*name != '\0') {
		(void)buf_adds(out, " (");
		(void)safe_add(out, name, strlen(name));
		(void)buf_addc(out, ')');
	}
	(void)buf_addf(out, ": %s", event);
	if (*status != '\0' && strcmp(status, event) != 0)
		(void)buf_addf(out, ", %s", status);
	how_add(m, out);
}

void text_lines(const struct msg *m, struct buf *out)
{
	static const struct { const char *label; enum msg_field f; } rows[] = {
		{ "event", F_EVENT }, { "name", F_NAME }, { "user", F_USER },
		{ "status", F_STATUS }, { "reason", F_REASON }, { "remark", F_TEXT },
	};
	char stamp[CLOCK_RFC3339_SIZE];
	const char *s;

	text_line(m, out);
	(void)buf_adds(out, "\n\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((s = msg_str(m, rows[i].f)) == NULL || *s == '\0')
			continue;
		(void)buf_addf(out, "%-9s ", rows[i].label);
		(void)safe_add(out, s, strlen(s));
		(void)buf_addc(out, '\n');
	}
	if (msg_has(m, F_SCHEDULE))
		(void)buf_addf(out, "schedule  s%" PRId64 "\n", text_number(m, F_SCHEDULE));
	clock_rfc3339(msg_i64(m, F_AT, 0), stamp);
	(void)buf_addf(out, "time      %s\n", stamp);
	if (msg_has(m, F_JOB))
		(void)buf_addf(out, "\njobstat %" PRId64 " and joblog %" PRId64 " have more.\n",
		    text_number(m, F_JOB), text_number(m, F_JOB));
}

static void json_number(struct json *j, const char *key, const struct msg *m, enum msg_field f)
{
	if (msg_has(m, f))
		json_int(j, key, text_number(m, f));
	else
		json_null(j, key);
}

static void members(struct json *j, const struct msg *m, const char *line)
{
	json_int(j, "notice_id", text_number(m, F_SEQ));
	json_str(j, "event", msg_str(m, F_EVENT));
	json_time(j, "at", msg_i64(m, F_AT, 0));
	json_number(j, "job_id", m, F_JOB);
	json_number(j, "execution", m, F_EXECUTION);
	json_number(j, "schedule_id", m, F_SCHEDULE);
	json_str(j, "name", msg_str(m, F_NAME));
	json_str(j, "user", msg_str(m, F_USER));
	json_str(j, "status", msg_str(m, F_STATUS));
	json_str(j, "reason", msg_str(m, F_REASON));
	json_number(j, "exit_code", m, F_EXIT_CODE);
	json_number(j, "signal", m, F_SIGNAL);
	json_str(j, "detail", msg_str(m, F_TEXT));
	json_str(j, "text", line);
}

void text_json(const struct msg *m, struct buf *out)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct json j;
	struct buf line;

	if (f == NULL)
		return;
	buf_init(&line, TEXT_MAX);
	text_line(m, &line);
	json_init(&j, f);
	json_object(&j, NULL);
	json_str(&j, "schema", JSON_SCHEMA);
	json_object(&j, "notice");
	members(&j, m, line.data);
	json_end(&j);
	json_end(&j);
	(void)fclose(f);
	(void)buf_add(out, text, n);
	buf_release(&line);
	free(text);
}
