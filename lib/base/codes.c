/*
 * codes: the reader of lists of outcomes.
 *
 * Owns the grammar of an item.  Checking and matching read an item with the same
 * function, so what is accepted is what matches.  Class names stand here as words,
 * since this folder knows no jobs; a test holds them against core's.
 */
#include "base/codes.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"

#define EXIT_MAX 255
#define ITEM_MAX 32
#define SIGNAL_ANY 0

enum item_kind { ITEM_BAD, ITEM_EXITS, ITEM_SIGNAL, ITEM_CLASS };

struct item {
	enum item_kind kind;
	int first, last;	/* exit codes; or the signal twice */
	char word[ITEM_MAX];
};

static const char *const classes[] = { "success", "cancelled", "infra", "oom", "timeout",
    "permanent", "user", "transient", "error" };

int codes_signal(const char *name)
{
	const char *s = strncmp(name, "SIG", 3) == 0 ? name + 3 : name, *known;
	uint64_t n;

	if (num_u64(s, 1, (uint64_t)SIGRTMAX, &n, NULL) == 0)
		return (int)n;
	for (int i = 1; i < SIGRTMIN; i++) {
		known = sigabbrev_np(i);
		if (known != NULL && strcmp(known, s) == 0)
			return i;
	}
	return -1;
}

/* "75" or "1-5". */
static bool exits_read(struct item *item)
{
	char first[ITEM_MAX];
	size_t n = strcspn(item->word, "-");
	uint64_t from, to;

	memcpy(first, item->word, n);
	first[n] = '\0';
	if (num_u64(first, 0, EXIT_MAX, &from, NULL) == -1)
		return false;
	to = from;
	if (item->word[n] == '-' &&
	    (num_u64(item->word + n + 1, 0, EXIT_MAX, &to, NULL) == -1 || to < from))
		return false;
	item->first = (int)from;
	item->last = (int)to;
	return true;
}

static bool signal_read(struct item *item)
{
	if (strncmp(item->word, "SIG", 3) != 0)
		return false;
	item->first = strcmp(item->word, "SIG*") == 0 ? SIGNAL_ANY : codes_signal(item->word);
	return item->first != -1;
}

static bool class_read(const struct item *item)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(classes[i], item->word) == 0)
			return true;
	}
	return false;
}

/* Reads the item at s and returns where it ends: at its comma or the NUL. */
static const char *item_read(const char *s, struct item *item)
{
	size_t n = strcspn(s, ",");

	item->kind = ITEM_BAD;
	if (n >= sizeof(item->word))
		return s + n;
	memcpy(item->word, s, n);
	item->word[n] = '\0';
	if (exits_read(item))
		item->kind = ITEM_EXITS;
	else if (signal_read(item))
		item->kind = ITEM_SIGNAL;
	else if (class_read(item))
		item->kind = ITEM_CLASS;
	return s + n;
}

static int list_valid(const char *list, bool exits_only, struct err *e)
{
	const char *s = list, *end;
	struct item item;

	for (;; s = end + 1) {
		end = item_read(s, &item);
		if (item.kind == ITEM_BAD || (exits_only && item.kind != ITEM_EXITS))
			break;
		if (*end == '\0')
			return 0;
	}
	if (end == s)
		return err_set(e, ERR_DATA, "a list with an empty item: \"%.64s\"", list);
	return err_set(e, ERR_DATA, "\"%.*s\" is %s", (int)(end - s < 64 ? end - s : 64), s,
	    exits_only ? "no exit code (0 to 255) or range of them (1-5)" :
	    "no exit code, range (1-5), signal (SIGTERM) or error class (oom)");
}

int codes_valid(const char *list, struct err *e)
{
	return list_valid(list, false, e);
}

int codes_valid_exits(const char *list, struct err *e)
{
	return list_valid(list, true, e);
}

static bool item_match(const struct item *item, int exit_code, int signal,
    const char *class_name)
{
	switch (item->kind) {
	case ITEM_EXITS:
		return exit_code >= item->first && exit_code <= item->last;
	case ITEM_SIGNAL:
		return signal > 0 && (item->first == SIGNAL_ANY || item->first == signal);
	case ITEM_CLASS:
		return class_name != NULL && strcmp(item->word, class_name) == 0;
	case ITEM_BAD:
		break;
	}
	return false;
}

bool codes_match(const char *list, int exit_code, int signal, const char *class_name)
{
	const char *s = list, *end;
	struct item item;

	while (s != NULL) {
		end = item_read(s, &item);
		if (item_match(&item, exit_code, signal, class_name))
			return true;
		s = *end == ',' ? end + 1 : NULL;
	}
	return false;
}
