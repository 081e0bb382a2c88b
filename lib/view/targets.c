/*
 * targets: keeps the simple case cheap, where a job is named by its number.
 */
#include "view/targets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "view/select.h"

static void add(char ***list, size_t *n, const char *s)
{
	*list = xreallocarray(*list, *n + 2, sizeof(**list));
	(*list)[(*n)++] = xstrdup(s);
	(*list)[*n] = NULL;
}

void targets_add(struct targets *t, const char *name)
{
	add(&t->names, &t->n, name);
}

static bool is_plain(const char *word)
{
	struct uuid u;

	return word[strspn(word, "0123456789")] == '\0' || uuid_parse(word, &u) == 0;
}

static void found(struct targets *t, const struct selected *out)
{
	char id[24];

	for (size_t i = 0; i < out->n; i++) {
		snprintf(id, sizeof(id), "%" PRId64, out->ids[i]);
		targets_add(t, id);
	}
	/* A UUID may be that of a request which still waits in the spool. */
	for (size_t i = 0; i < out->nunknown; i++) {
		if (is_plain(out->unknown[i]))
			targets_add(t, out->unknown[i]);
		else
			add(&t->unknown, &t->nunknown, out->unknown[i]);
	}
}

static int look_up(struct targets *t, const struct selection *sel, const struct spool *s,
    unsigned statuses, struct err *e)
{
	struct view *v = view_open(s, e);
	struct selected out;
	int r;

	if (v == NULL)
		return -1;
	r = selection_find(sel, v, statuses, &out, e);
	if (r == 0) {
		found(t, &out);
		selected_release(&out);
	}
	view_close(v);
	return r;
}

int targets_read(struct targets *t, char *const *words, const struct spool *s,
    unsigned statuses, struct err *e)
{
	struct selection *sel = selection_new();
	bool plain = true;
	int r = 0;

	for (char *const *w = words; *w != NULL && r == 0; w++) {
		plain = plain && is_plain(*w);
		r = selection_add(sel, *w, e);
	}
	if (r == 0 && !plain)
		r = look_up(t, sel, s, statuses, e);
	for (char *const *w = words; *w != NULL && r == 0 && plain; w++)
		targets_add(t, *w);
	selection_free(sel);
	return r;
}

static void list_free(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void targets_release(struct targets *t)
{
	list_free(t->names, t->n);
	list_free(t->unknown, t->nunknown);
	*t = (struct targets){ 0 };
}
