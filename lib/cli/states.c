/*
 * states: the words of -t, and whether a job is in one of them.
 *
 * A name stands for all jobs of a status, a two-letter code for those that
 * listings show with this code.
 */
#include "cli/states.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cli/value.h"

#define BIT(s) (1u << JOB_##s)

static const struct {
	const char *word;
	unsigned whole;		/* statuses that it names */
	unsigned some;		/* statuses in which some jobs have it as their code */
} words[] = {
	{ "queued", BIT(QUEUED), 0 }, { "scheduled", BIT(SCHEDULED), 0 },
	{ "running", BIT(RUNNING), 0 }, { "completed", BIT(COMPLETED), 0 },
	{ "failed", BIT(FAILED), 0 }, { "cancelled", BIT(CANCELLED), 0 },
	{ "active", STATES_ACTIVE, 0 }, { "ended", STATES_ALL & ~STATES_ACTIVE, 0 },
	{ "all", STATES_ALL, 0 }, { "pending", BIT(QUEUED), 0 },
	{ "PD", BIT(QUEUED), 0 }, { "SC", BIT(SCHEDULED), 0 }, { "CD", BIT(COMPLETED), 0 },
	{ "R", 0, BIT(RUNNING) }, { "CG", 0, BIT(RUNNING) }, { "S", 0, BIT(RUNNING) },
	{ "F", 0, BIT(FAILED) }, { "TO", 0, BIT(FAILED) }, { "OOM", 0, BIT(FAILED) },
	{ "NF", 0, BIT(FAILED) }, { "PR", 0, BIT(FAILED) }, { "CA", 0, BIT(CANCELLED) },
	{ "DF", 0, BIT(CANCELLED) }, { "EX", 0, BIT(CANCELLED) },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static int add_word(struct states *s, const char *word, struct err *e)
{
	const char *names[WORDS];
	size_t n = strlen(s->codes);

	for (size_t i = 0; i < WORDS; i++) {
		names[i] = words[i].word;
		if (strcasecmp(words[i].word, word) != 0)
			continue;
		s->whole |= words[i].whole;
		s->statuses |= words[i].whole | words[i].some;
		if (words[i].some)
			snprintf(s->codes + n, sizeof(s->codes) - n, "%s%s ", n ? "" : " ",
			    words[i].word);
		return 0;
	}

	const char *near = nearest_word(word, names, WORDS);

	return err_set(e, ERR_USAGE, "no such state: %s%s%s%s", word, near ? "; did you mean " : "",
	    near ? near : "", near ? "?" : "");
}

int states_parse(const char *list, struct states *s, struct err *e)
{
	char word[32];

	memset(s, 0, sizeof(*s));
	do {
		size_t n = strcspn(list, ",");

		snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word) - 1),
		    list);
		if (strlen(s->codes) + sizeof(word) >= sizeof(s->codes))
			return err_set(e, ERR_USAGE, "too many states");
		if (add_word(s, word, e) < 0)
			return -1;
		list += n;
	} while (*list++ == ',');
	return 0;
}

bool states_match(const struct states *s, const struct job_row *row)
{
	char code[16];

	if (row->status < 0 || row->status > JOB_CANCELLED)
		return false;
	if (s->whole & (1u << row->status))
		return true;
	snprintf(code, sizeof(code), " %s ", job_code(row));
	return strstr(s->codes, code) != NULL && (s->statuses & (1u << row->status));
}
