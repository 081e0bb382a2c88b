/*
 * recur: the words of schedules, and the column tables of their rows.
 */
#include "core/recur.h"

#include "core/coldef.h"
#include "core/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ROW schedule_row
static const struct column schedule_columns[] = {
	C(id, "schedule_id", INT, K),
	C(uuid, "schedule_uuid", UUID, 0),
	C(user, "user", TEXT, 0),
	C(uid, "uid", INT, 0),
	C(name, "schedule_name", TEXT, 0),
	C(queue, "queue", TEXT, 0),
	C(command, "command", TEXT, P),
	C(expression, "expression", TEXT, 0),
	C(zone, "time_zone", TEXT, 0),
	C(dst_gap, "dst_gap", TEXT, 0),
	C(dst_fold, "dst_fold", TEXT, 0),
	C(anchor_at, "anchor_at", TIME, 0),
	C(catch_up, "catch_up", TEXT, 0),
	C(catch_up_window, "catch_up_window_seconds", SECONDS, 0),
	C(catch_up_max, "catch_up_max", INT, 0),
	C(overlap, "overlap", TEXT, 0),
	C(overlap_max, "overlap_max", INT, 0),
	C(splay, "splay_seconds", SECONDS, 0),
	C(jitter, "jitter_seconds", SECONDS, 0),
	C(until_at, "until_at", TIME, 0),
	C(max_runs, "max_runs", INT, 0),
	C(calendar, "calendar", TEXT, 0),
	C(blackout, "blackout", TEXT, 0),
	C(expect_by, "expect_by_seconds", SECONDS, 0),
	C(max_silence, "max_silence_seconds", SECONDS, 0),
	C(key, "key", TEXT, P),
	C(spec_hash, "spec_hash", TEXT, P | H),
	C(request, "request", BLOB, P | H),
	C(created_at, "created_at", TIME, 0),
	/* changes while it lives */
	C(state, "state", TEXT, M),
	C(detail, "detail", TEXT, M),
	C(cursor_at, "cursor_at", TIME, M),
	C(next_at, "next_at", TIME, M),
	C(runs, "runs", INT, M),
	C(caught, "caught", INT, M | H),
	C(by_hand_at, "by_hand_at", TIME, M | H),
	C(watched_at, "watched_at", TIME, M | H),
	C(satisfied_at, "satisfied_at", TIME, M | H),
	C(success_at, "last_success_at", TIME, M),
	C(alert, "alert", TEXT, M),
	C(alert_at, "alert_at", TIME, M),
	C(failing, "failing", BOOL, M),
	C(usual, "usual_seconds", SECONDS, M),
	C(usual_runs, "usual_runs", INT, M | H),
	C(changed_by, "changed_by", TEXT, M),
	END
};
#undef ROW

#define ROW occurrence_row
static const struct column occurrence_columns[] = {
	C(schedule_id, "schedule_id", INT, K),
	C(nominal_at, "nominal_at", TIME, K),
	C(due_at, "due_at", TIME, 0),
	C(decided_at, "decided_at", TIME, M),
	C(outcome, "outcome", TEXT, M),
	C(reason, "reason", TEXT, M),
	C(job_id, "job_id", INT, M),
	C(blocked_by, "blocked_by", INT, M),
	C(catch_up, "catch_up", BOOL, M),
	END
};
#undef ROW

const struct table table_schedules = {
	"schedules", schedule_columns, sizeof(struct schedule_row)
};
const struct table table_occurrences = {
	"occurrences", occurrence_columns, sizeof(struct occurrence_row)
};

static const char *const ops[] = {
	[SCHEDULE_ADD] = "add", [SCHEDULE_EDIT] = "edit", [SCHEDULE_PAUSE] = "pause",
	[SCHEDULE_RESUME] = "resume", [SCHEDULE_SKIP] = "skip", [SCHEDULE_RUN] = "run",
	[SCHEDULE_REPLAY] = "replay", [SCHEDULE_REMOVE] = "rm",
};
static const char *const states[] = {
	[SCHEDULE_ACTIVE] = "active", [SCHEDULE_PAUSED] = "paused", [SCHEDULE_ENDED] = "ended",
	[SCHEDULE_REMOVED] = "removed",
};
static const char *const catch_ups[] = {
	[CATCH_UP_ONE] = "one", [CATCH_UP_NONE] = "none", [CATCH_UP_ALL] = "all",
};
static const char *const overlaps[] = {
	[OVERLAP_SKIP] = "skip", [OVERLAP_ALLOW] = "allow", [OVERLAP_QUEUE] = "queue",
	[OVERLAP_QUEUE_ALL] = "queue-all", [OVERLAP_REPLACE] = "replace",
};
static const char *const decisions[] = {
	[DECISION_RUN] = "run", [DECISION_WAITING] = "waiting", [DECISION_MISSED] = "missed",
	[DECISION_SKIPPED] = "skipped",
};

#define WORDS(type, name, list) \
	const char *name##_name(enum type v) { return words_name(list, COUNT(list), v); } \
	int name##_parse(const char *s) { return words_value(list, COUNT(list), s); }

WORDS(schedule_op, schedule_op, ops)
WORDS(schedule_state, schedule_state, states)
WORDS(catch_up, catch_up, catch_ups)
WORDS(overlap, overlap, overlaps)
WORDS(decision, decision, decisions)
