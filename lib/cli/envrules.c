/*
 * envrules: works off the rules of -E over a set of NAME=VALUE words.
 *
 * Owns the meaning of a rule.  A name stands in the set once: a later rule
 * replaces what an earlier one took.
 */
#include "cli/envrules.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define OURS "JOB_"

static size_t name_length(const char *word)
{
	return strcspn(word, "=");
}

static bool name_matches(const char *word, const char *pattern)
{
	size_t n = name_length(word);
	char *name = xstrndup(word, n);
	bool r = fnmatch(pattern, name, 0) == 0;

	free(name);
	return r;
}

void envset_put(struct envset *set, const char *word)
{
	size_t n = name_length(word);

	for (size_t i = 0; i < set->n; i++) {
		if (strncmp(set->list[i], word, n) == 0 && set->list[i][n] == '=') {
			free(set->list[i]);
			set->list[i] = xstrdup(word);
			return;
		}
	}
	if (set->n == set->cap) {
		set->cap = set->cap == 0 ? 64 : set->cap * 2;
		set->list = xreallocarray(set->list, set->cap, sizeof(*set->list));
	}
	set->list[set->n++] = xstrdup(word);
}

static void set_drop(struct envset *set, const char *pattern)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (name_matches(set->list[i], pattern))
			free(set->list[i]);
		else
			set->list[kept++] = set->list[i];
	}
	set->n = kept;
}

static void take(struct envset *set, const char *pattern, const char *const *environ_)
{
	bool ours = strncmp(pattern, OURS, strlen(OURS)) == 0 || strpbrk(pattern, "*?[") == NULL;

	for (; *environ_ != NULL; environ_++) {
		if (strchr(*environ_, '=') == NULL || name_length(*environ_) == 0)
			continue;
		if (!ours && strncmp(*environ_, OURS, strlen(OURS)) == 0)
			continue;
		if (name_matches(*environ_, pattern))
			envset_put(set, *environ_);
	}
}

static int rule_apply(struct envset *set, const char *rule, const char *const *environ_,
    struct err *e)
{
	if (rule[name_length(rule)] == '=') {
		if (name_length(rule) == 0)
			return err_set(e, ERR_USAGE, "%.64s has no name before the =", rule);
		envset_put(set, rule);
	} else if (strcmp(rule, "NONE") == 0) {
		set_drop(set, "*");
	} else if (strcmp(rule, "ALL") == 0) {
		take(set, "*", environ_);
	} else if (rule[0] == '-' && rule[1] != '\0') {
		set_drop(set, rule + 1);
	} else if (rule[0] != '\0' && rule[0] != '-') {
		take(set, rule, environ_);
	} else {
		return err_set(e, ERR_USAGE, "an empty rule: write ALL, NONE, NAME, -NAME or "
		    "NAME=VALUE, with commas between them");
	}
	return 0;
}

/* The rule at s without its escapes, into `rule`; where the next one begins, or NULL. */
static const char *rule_read(const char *s, char *rule)
{
	for (; *s != '\0' && *s != ','; s++) {
		if (s[0] == '\\' && (s[1] == ',' || s[1] == '\\'))
			s++;
		*rule++ = *s;
	}
	*rule = '\0';
	return *s == ',' ? s + 1 : NULL;
}

int envrules_apply(struct envset *set, const char *rules, const char *const *environ_,
    struct err *e)
{
	char *rule = xmalloc(strlen(rules) + 1);
	int r = 0;

	for (const char *next = rules; next != NULL && r == 0;) {
		next = rule_read(next, rule);
		r = rule_apply(set, rule, environ_, e);
	}
	free(rule);
	return r;
}

/* One line of a file, a copy that ends with NUL. */
static int line_apply(struct envset *set, const char *line, const char *const *environ_,
    struct err *e)
{
	size_t n = name_length(line);

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (n == 0 || line[0] == '-' || strcspn(line, " \t*?[") < n)
		return err_set(e, ERR_DATA, "%.64s is neither NAME=VALUE nor NAME", line);
	if (line[n] == '=')
		envset_put(set, line);
	else
		take(set, line, environ_);
	return 0;
}

int envfile_apply(struct envset *set, const char *text, size_t n, const char *const *environ_,
    struct err *e)
{
	const char *s = text, *end = text + n, *lf;
	char *line;
	int r = 0;

	for (size_t number = 1; s < end && r == 0; s = lf + 1, number++) {
		lf = memchr(s, '\n', (size_t)(end - s));
		if (lf == NULL)
			lf = end;
		line = xstrndup(s, (size_t)(lf - s));
		if (strlen(line) != (size_t)(lf - s))
			r = err_set(e, ERR_DATA, "it holds a NUL byte");
		else
			r = line_apply(set, line, environ_, e);
		free(line);
		if (r == -1)
			err_prefix(e, "line %zu", number);
	}
	return r;
}

void envset_release(struct envset *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->list[i]);
	free(set->list);
	*set = (struct envset){ 0 };
}
