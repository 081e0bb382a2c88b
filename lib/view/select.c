/*
 * select: reads the words that stand for jobs, and looks them up through a view.
 *
 * Owns their syntax.  Requires nothing of the words: they come from a command
 * line or from standard input, and what is no such word is refused with what
 * would be one.
 */
#include "view/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/ranges.h"
#include "core/elements.h"

#define INPUT_MAX (16u << 20)	/* bytes of words from standard input */
#define LAST_MAX 1000000
#define PAGE 1000

#define WORD_HELP "a job is named by its number, 100-120, 123_7 or 123_[1-9:2] (of an array), " \
	"a UUID, last, last:3, %%name, @tag=value or -"

enum kind { RANGE, ELEMENTS, UUID, LAST, NAME, TAG };

struct selector {
	enum kind kind;
	const char *word;		/* as it was written */
	int64_t first, last;		/* RANGE; LAST: how many; ELEMENTS: the array */
	const char *indices;		/* ELEMENTS */
	struct uuid uuid;
	const char *key, *value;	/* TAG; NAME: key */
};

struct selection {
	struct arena *arena;
	struct selector *list;
	size_t n, cap;
	bool input_read;
};

struct selection *selection_new(void)
{
	struct selection *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new();
	return s;
}

void selection_free(struct selection *s)
{
	if (!s)
		return;
	arena_free(s->arena);
	free(s->list);
	free(s);
}

bool selection_empty(const struct selection *s)
{
	return s->n == 0;
}

bool selection_range(const struct selection *s, int64_t *first, int64_t *last)
{
	if (s->n != 1 || s->list[0].kind != RANGE)
		return false;
	*first = s->list[0].first;
	*last = s->list[0].last;
	return true;
}

/* ---- words */

static int not_a_word(const char *word, struct err *e)
{
	if (word[0] == '-')
		return err_set(e, ERR_USAGE, "'%.80s' names no job: options stand in front of "
		    "the jobs", word);
	return err_set(e, ERR_USAGE, "'%.80s' names no job: " WORD_HELP, word);
}

static int read_id(const char *digits, size_t n, int64_t *id)
{
	char text[24];

	if (n == 0 || n >= sizeof(text))
		return -1;
	memcpy(text, digits, n);
	text[n] = '\0';
	return num_i64(text, 1, INT64_MAX, id, NULL);
}

static int read_range(struct selector *s, struct err *e)
{
	size_t n = strspn(s->word, "0123456789"), rest;
	const char *tail = s->word + n;

	s->kind = RANGE;
	if (read_id(s->word, n, &s->first) < 0)
		return not_a_word(s->word, e);
	s->last = s->first;
	if (*tail == '\0')
		return 0;
	rest = strlen(tail + 1);
	if (*tail != '-' || read_id(tail + 1, rest, &s->last) < 0)
		return not_a_word(s->word, e);
	if (s->last < s->first)
		return err_set(e, ERR_USAGE, "%.80s: the range ends before it begins", s->word);
	return 0;
}

/* 123_7 or 123_[1-9:2] */
static int read_elements(struct selector *s, struct arena *a, struct err *e)
{
	size_t n = strspn(s->word, "0123456789"), len = strlen(s->word + n + 1);
	const char *list = s->word + n + 1;
	struct ranges r;

	s->kind = ELEMENTS;
	if (list[0] == '[' && len > 2 && list[len - 1] == ']') {
		char *inner = arena_strdup(a, list + 1);

		inner[len - 2] = '\0';
		s->indices = inner;
	} else if (list[strspn(list, "0123456789")] == '\0')
		s->indices = list;
	if (s->indices == NULL || read_id(s->word, n, &s->first) < 0 ||
	    ranges_parse(&r, s->indices, ARRAY_MAX, NULL) < 0)
		return not_a_word(s->word, e);
	ranges_release(&r);
	return 0;
}

static int read_last(struct selector *s, struct err *e)
{
	const char *count = s->word + strlen("last");

	s->kind = LAST;
	s->first = 1;
	if (*count == ':' && num_i64(count + 1, 1, LAST_MAX, &s->first, e) < 0)
		return err_prefix(e, "%.80s", s->word);
	return 0;
}

static int read_tag(struct selector *s, struct arena *a, struct err *e)
{
	char *key = arena_strdup(a, s->word + 1), *equals = strchr(key, '=');

	s->kind = TAG;
	if (equals == NULL || equals == key)
		return err_set(e, ERR_USAGE, "%.80s: a tag is @NAME=VALUE", s->word);
	*equals = '\0';
	s->key = key;
	s->value = equals + 1;
	return 0;
}

static int read_word(struct selection *list, struct selector *s, struct err *e)
{
	const char *w = s->word;

	if (uuid_parse(w, &s->uuid) == 0) {
		s->kind = UUID;
		return 0;
	}
	if (strcmp(w, "last") == 0 || strncmp(w, "last:", 5) == 0)
		return read_last(s, e);
	if (*w == '@')
		return read_tag(s, list->arena, e);
	if (*w == '%' && w[1]) {
		s->kind = NAME;
		s->key = w + 1;
		return 0;
	}
	if (w[strspn(w, "0123456789")] == '_')
		return read_elements(s, list->arena, e);
	return read_range(s, e);
}

static int add_one(struct selection *list, const char *word, struct err *e)
{
	struct selector s = { .word = arena_strdup(list->arena, word) };

	if (read_word(list, &s, e) < 0)
		return -1;
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 8;
		list->list = xreallocarray(list->list, list->cap, sizeof(*list->list));
	}
	list->list[list->n++] = s;
	return 0;
}

static int add_input(struct selection *list, struct err *e)
{
	static const char blanks[] = " \t\r\n";
	struct buf b;
	int r;

	if (list->input_read)
		return 0;
	list->input_read = true;
	buf_init(&b, INPUT_MAX);
	r = fd_read_all(STDIN_FILENO, &b, e);
	if (r == 0 && b.len && strlen(b.data) != b.len)
		r = err_set(e, ERR_USAGE, "standard input is no list of jobs");

	char *rest = b.data, *word;

	while (r == 0 && rest && (word = strsep(&rest, blanks)) != NULL) {
		if (*word)
			r = add_one(list, word, e);
	}
	buf_release(&b);
	return r;
}

int selection_add(struct selection *s, const char *word, struct err *e)
{
	return strcmp(word, "-") == 0 ? add_input(s, e) : add_one(s, word, e);
}

/* ---- looking them up */

struct finding {
	struct view *v;
	struct selected *out;
	struct map *seen;
	size_t cap;
	bool mine_only;
	int64_t wanted;		/* how many more rows are taken */
	int64_t hits, at;	/* of the present word; the last id looked at */
};

static void take(struct finding *f, int64_t id)
{
	f->hits++;
	if (map_get(f->seen, (uint64_t)id))
		return;
	map_put(f->seen, (uint64_t)id, f);
	if (f->out->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->out->ids = xreallocarray(f->out->ids, f->cap, sizeof(*f->out->ids));
	}
	f->out->ids[f->out->n++] = id;
}

static int take_row(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct finding *f = arg;

	f->at = row->id;
	if (f->mine_only && !view_is_mine(f->v, row))
		return 0;
	take(f, row->id);
	return --f->wanted <= 0;
}

/* All that the filter finds, page by page, up to f->wanted of them. */
static int take_all(struct finding *f, struct job_filter *filter, struct err *e)
{
	bool more = true;

	filter->limit = PAGE;
	while (more && f->wanted > 0) {
		if (view_jobs(f->v, filter, take_row, f, &more, e) < 0)
			return -1;
		filter->after = f->at;
	}
	return 0;
}

/* Names and tags: what has not ended or not long ago, else the newest in the history. */
static int find_called(struct finding *f, struct job_filter *filter, struct err *e)
{
	f->mine_only = true;
	f->wanted = INT64_MAX;
	filter->user = view_me(f->v);
	if (take_all(f, filter, e) < 0)
		return -1;
	if (f->hits > 0)
		return 0;
	f->wanted = 1;
	filter->history = true;
	filter->newest_first = true;
	filter->after = 0;
	return take_all(f, filter, e);
}

static int find_range(struct finding *f, const struct selector *s, unsigned statuses,
    struct err *e)
{
	struct job_filter filter = { .first = s->first, .last = s->last, .statuses = statuses,
	    .history = true };

	if (s->first == s->last) {
		take(f, s->first);
		return 0;
	}
	f->mine_only = false;
	f->wanted = INT64_MAX;
	return take_all(f, &filter, e);
}

/* Those indices that the array has. */
static void take_indices(struct finding *f, const struct job_row *array, const char *indices)
{
	struct ranges spec, asked;

	if (array->array_spec == NULL ||
	    ranges_parse(&spec, array->array_spec, ARRAY_MAX, NULL) < 0)
		return;
	if (ranges_parse(&asked, indices, ARRAY_MAX, NULL) == 0) {
		for (size_t i = 0; i < asked.n; i++) {
			const struct range *x = &asked.list[i];

			for (int64_t k = x->first; k <= x->last; k += x->step) {
				if (ranges_place(&spec, k) >= 0)
					take(f, array->id + 1 + ranges_place(&spec, k));
			}
		}
		ranges_release(&asked);
	}
	ranges_release(&spec);
}

static int find_elements(struct finding *f, const struct selector *s, struct err *e)
{
	struct job_row row;
	int r = view_job(f->v, s->first, &row, e);

	if (r > 0 && row_is_array(&row))
		take_indices(f, &row, s->indices);
	return r < 0 ? -1 : 0;
}

static int find_last(struct finding *f, const struct selector *s, struct err *e)
{
	struct job_filter filter = { .user = view_me(f->v), .newest_first = true,
	    .history = true, .wholes = true };

	f->mine_only = true;
	f->wanted = s->first;
	return take_all(f, &filter, e);
}

static int find_one(struct finding *f, const struct selector *s, unsigned statuses,
    struct err *e)
{
	struct job_filter filter = { .statuses = statuses, .wholes = true };
	int64_t id;
	int r;

	switch (s->kind) {
	case RANGE:
		return find_range(f, s, statuses, e);
	case ELEMENTS:
		return find_elements(f, s, e);
	case UUID:
		r = view_uuid(f->v, &s->uuid, &id, e);
		if (r > 0)
			take(f, id);
		return r < 0 ? -1 : 0;
	case LAST:
		return find_last(f, s, e);
	case NAME:
		filter.name = s->key;
		break;
	case TAG:
		filter.tag_key = s->key;
		filter.tag_value = s->value;
		break;
	}
	return find_called(f, &filter, e);
}

int selection_find(const struct selection *s, struct view *v, unsigned statuses,
    struct selected *out, struct err *e)
{
	struct finding f = { .v = v, .out = out, .seen = map_new() };
	int r = 0;

	memset(out, 0, sizeof(*out));
	out->unknown = xcalloc(s->n ? s->n : 1, sizeof(*out->unknown));
	for (size_t i = 0; i < s->n && r == 0; i++) {
		f.hits = 0;
		f.at = 0;
		r = find_one(&f, &s->list[i], statuses, e);
		if (r == 0 && f.hits == 0)
			out->unknown[out->nunknown++] = s->list[i].word;
	}
	map_free(f.seen);
	if (r < 0)
		selected_release(out);
	return r;
}

void selected_release(struct selected *out)
{
	free(out->ids);
	free(out->unknown);
	memset(out, 0, sizeof(*out));
}
