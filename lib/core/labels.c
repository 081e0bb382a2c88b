/*
 * labels: a recursive descent over the text of an expression; whoever needs its truth
 * often keeps it (filter.c).
 */
#include "core/labels.h"

#include <string.h>

#include "base/text.h"
#include "core/row.h"

#define DEPTH_MAX 32		/* of parentheses and negations */
#define NAME_BYTES 64

struct reading {
	const char *at;
	const struct labels *labels;
	int depth;
	const char *wrong;		/* NULL: nothing */
};

struct word {
	const char *s;
	size_t n;
};

struct labels labels_of(const struct worker_row *w)
{
	return (struct labels){ w->labels, w->name, w->region, w->zone, w->gpu_type };
}

/* At a quote: what stands between it and the next, and behind that. */
static const char *quoted(const char *p, struct word *w)
{
	w->s = ++p;
	for (; *p != '"' && *p != '\0'; p++)
		p += *p == '\\' && p[1] != '\0';
	w->n = (size_t)(p - w->s);
	return *p == '"' ? p + 1 : p;
}

static bool same(struct word a, struct word b)
{
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

static bool label_get(const struct labels *l, struct word name, struct word *value)
{
	const struct { const char *name, *value; } own[] = {
		{ "worker", l->worker }, { "region", l->region }, { "zone", l->zone },
		{ "gpu", l->gpu },
	};
	const char *p = l->json;
	struct word key;

	while (p != NULL && (p = strchr(p, '"')) != NULL) {
		p = strchr(quoted(p, &key), '"');
		if (p == NULL)
			break;
		p = quoted(p, value);
		if (same(key, name))
			return true;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i].value != NULL && strlen(own[i].name) == name.n &&
		    memcmp(own[i].name, name.s, name.n) == 0) {
			*value = (struct word){ own[i].value, strlen(own[i].value) };
			return true;
		}
	}
	return false;
}

/* ---- the expression */

static bool either(struct reading *r);

static void blanks(struct reading *r)
{
	r->at += strspn(r->at, " \t");
}

static struct word word_read(struct reading *r)
{
	struct word w = { r->at, strcspn(r->at, " \t&|!()=") };
	char text[NAME_BYTES + 1] = "";

	if (w.n <= NAME_BYTES)
		memcpy(text, w.s, w.n);
	if (!name_valid(text, NAME_BYTES))
		r->wrong = "a name or a value is expected";
	r->at += w.n;
	blanks(r);
	return w;
}

static bool comparison(struct reading *r)
{
	struct word name = word_read(r), value;
	bool has = label_get(r->labels, name, &value), not = r->at[0] == '!' && r->at[1] == '=';
	struct word other;

	if (r->wrong != NULL || (r->at[0] != '=' && !not))
		return has;
	r->at += not ? 2 : 1;
	blanks(r);
	other = word_read(r);
	return (has && same(other, value)) != not;
}

static bool factor(struct reading *r)
{
	bool is;

	blanks(r);
	if (r->depth == DEPTH_MAX)
		r->wrong = "too many parentheses or negations";
	if (r->wrong != NULL || (*r->at != '!' && *r->at != '('))
		return r->wrong == NULL && comparison(r);
	r->depth++;
	if (*r->at++ == '!') {
		is = !factor(r);
	} else {
		is = either(r);
		if (r->wrong == NULL && *r->at != ')')
			r->wrong = "a ) is missing";
		r->at += *r->at == ')';
	}
	r->depth--;
	blanks(r);
	return is;
}

static bool both(struct reading *r)
{
	bool is = factor(r);

	while (r->wrong == NULL && *r->at == '&') {
		r->at++;
		is = factor(r) && is;
	}
	return is;
}

static bool either(struct reading *r)
{
	bool is = both(r);

	while (r->wrong == NULL && *r->at == '|') {
		r->at++;
		is = both(r) || is;
	}
	return is;
}

int label_expr_valid(const char *expr, struct err *e)
{
	static const struct labels none;
	struct reading r = { .at = expr, .labels = &none };

	(void)either(&r);
	if (r.wrong == NULL && *r.at != '\0')
		r.wrong = "& or | is expected";
	if (r.wrong == NULL)
		return 0;
	return err_set(e, ERR_DATA, "\"%.100s\": %s at \"%.20s\"", expr, r.wrong, r.at);
}

bool label_expr_true(const char *expr, const struct labels *l)
{
	struct reading r = { .at = expr, .labels = l };

	return either(&r);
}

/* ---- lists of names */

/* A pattern of n bytes. */
static bool name_like(const char *pattern, size_t n, const char *name)
{
	const char *star = NULL, *from = NULL, *end = pattern + n;

	while (*name != '\0') {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (pattern < end && *pattern == *name) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star;		/* the star takes one more */
			name = ++from;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

bool name_list_has(const char *list, const char *name)
{
	for (size_t n; ; list += n + 1) {
		n = strcspn(list, ",");
		if (name_like(list, n, name))
			return true;
		if (list[n] == '\0')
			return false;
	}
}

int name_list_valid(const char *list, struct err *e)
{
	for (size_t n; ; list += n + 1) {
		char name[NAME_BYTES + 1] = "";

		n = strcspn(list, ",");
		if (n <= NAME_BYTES)
			memcpy(name, list, n);
		for (char *star = name; (star = strchr(star, '*')) != NULL;)
			*star = 'x';
		if (!name_valid(name, NAME_BYTES))
			return err_set(e, ERR_DATA, "\"%.*s\" is no name of a worker",
			    n < NAME_BYTES ? (int)n : NAME_BYTES, list);
		if (list[n] == '\0')
			return 0;
	}
}
