/*
 * Words: every value has one, each its own, and it leads back to the value.  The
 * words themselves are a promise to scripts and databases: they stand here a
 * second time, so that a change of one is seen.
 */
#include "core/types.h"

#include <bsd/string.h>
#include <string.h>

#include "core/row.h"
#include "tap.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	enum col_kind kind;
	const char *what;
	const char *words;	/* in order of the values */
} kinds[] = {
	{ COL_STATUS, "status", "queued scheduled running completed failed cancelled" },
	{ COL_CAUSE, "end cause", "exit signal timeout oom killed launch directory not_executable "
	    "not_found resource user lost never_started fenced unkillable recalled "
	    "log_overflow" },
	{ COL_CLASS, "error class", "success cancelled infra oom timeout permanent user transient "
	    "error" },
	{ COL_RETRY, "retry policy", "immediate fixed exponential_backoff" },
	{ COL_DEPTYPE, "dependency type", "success failure completion start" },
	{ COL_DEPSTATE, "dependency state", "open satisfied impossible" },
	{ COL_WSTATUS, "worker status", "active draining inactive" },
	{ COL_WHEALTH, "worker health", "healthy degraded unhealthy" },
};

/* All words of a kind, joined by blanks. */
static const char *joined(enum col_kind kind)
{
	static char text[1024];
	const char *word;

	text[0] = '\0';
	for (int v = 0; (word = col_word(kind, v)) != NULL; v++) {
		if (v > 0)
			strlcat(text, " ", sizeof(text));
		strlcat(text, word, sizeof(text));
	}
	return text;
}

static bool leads_back(enum col_kind kind)
{
	const char *word;

	for (int v = 0; (word = col_word(kind, v)) != NULL; v++) {
		if (col_value(kind, word) != v)
			return false;
	}
	return true;
}

static void test_kinds(void)
{
	for (int i = 0; i < COUNT(kinds); i++) {
		is_str(joined(kinds[i].kind), kinds[i].words, "%s: the words", kinds[i].what);
		ok(leads_back(kinds[i].kind), "%s: a word leads back", kinds[i].what);
		ok(col_word(kinds[i].kind, -1) == NULL, "%s: none has no word", kinds[i].what);
		is_int(col_value(kinds[i].kind, "Queued"), -1, "%s: not by case", kinds[i].what);
		is_int(col_value(kinds[i].kind, "queue"), -1, "%s: not by half", kinds[i].what);
	}
	ok(col_word(COL_INT, 0) == NULL && col_word(COL_TEXT, 1) == NULL, "others have no words");
	is_int(col_value(COL_INT, "queued"), -1, "and take none");
}

static void test_reasons(void)
{
	int same = 0, codes = 0;

	for (int r = 0; r < REASON_COUNT; r++) {
		codes += strlen(reason_code((enum reason)r)) <= 3;
		for (int k = 0; k < r; k++)
			same += strcmp(reason_name((enum reason)r),
			    reason_name((enum reason)k)) == 0;
	}
	is_int(same, 0, "no two reasons have one word");
	is_int(codes, REASON_COUNT, "codes are two letters, or OOM");
	ok(leads_back(COL_REASON), "a reason's word leads back");
	is_str(reason_name(REASON_NONE), "", "none is empty");
	is_str(reason_name(REASON_DEP_NEVER), "DependencyNeverSatisfied", "as in the manual");
	is_str(reason_code(REASON_OUT_OF_MEMORY), "OOM", "code of OutOfMemory");
	is_str(reason_code(REASON_TIMEOUT), "TO", "code of Timeout");
	is_int(reason_parse("outofmemory"), -1, "reasons heed case");
}

static void test_aliases(void)
{
	static const struct {
		const char *word;
		int type;
	} words[] = {
		{ "ok", DEP_OK }, { "afterok", DEP_OK }, { "success", DEP_OK },
		{ "notok", DEP_NOTOK }, { "afternotok", DEP_NOTOK }, { "failure", DEP_NOTOK },
		{ "any", DEP_ANY }, { "afterany", DEP_ANY }, { "completion", DEP_ANY },
		{ "start", DEP_START }, { "after", DEP_START },
		{ "corr", -1 }, { "", -1 }, { "OK", -1 },
	};

	for (int i = 0; i < COUNT(words); i++)
		is_int(dep_type_parse(words[i].word), words[i].type, "dependency \"%s\"",
		    words[i].word);
	is_int(retry_policy_parse("exponential"), RETRY_EXPONENTIAL, "short form of the policy");
	is_int(retry_policy_parse("linear"), -1, "no such policy");
}

static void test_rest(void)
{
	static const char *const ops[] = {
		"cancel", "hold", "release", "requeue", "rerun", "signal",
	};

	for (int i = 0; i < COUNT(ops); i++) {
		is_str(control_op_name((enum control_op)i), ops[i], "operation %s", ops[i]);
		is_int(control_op_parse(ops[i]), i, "operation %s leads back", ops[i]);
	}
	is_int(control_op_parse("kill"), -1, "no such operation");
	for (int s = JOB_QUEUED; s <= JOB_CANCELLED; s++)
		is_int(job_status_terminal((enum job_status)s), s >= JOB_COMPLETED,
		    "%s is %sterminal", job_status_name((enum job_status)s),
		    s >= JOB_COMPLETED ? "" : "not ");
}

int main(void)
{
	test_kinds();
	test_reasons();
	test_aliases();
	test_rest();
	return tap_done();
}
