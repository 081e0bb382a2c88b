/*
 * options: POSIX option parsing from a program's rows, and --help from the same.
 *
 * Promises: parsing stops at the first operand; long names are exact; a value
 * is either given by the row's rules or the word is refused.  Options are handed
 * to fn in the order in which they stand.  Requires fn to act on nothing but its
 * ctx, since a later word may still be a usage error.
 *
 * A row whose arg begins with '[' takes an optional value, which must be in the
 * same word: --watch=5, -w5.  A row without help is known but not shown: what is
 * not there yet is refused by fn with a clear word.
 */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define OPTS_MAX 128
#define HELP_COLUMN 30

enum { ID_HELP = -1, ID_VERSION = -2 };

static const struct opt built_in[] = {
	{ 'h', "help", NULL, "show this help", ID_HELP },
	{ 'V', "version", NULL, "show the version", ID_VERSION },
	{ 0, NULL, NULL, NULL, 0 }
};

struct words {			/* the command line, and where we are in it */
	int argc, at;
	char **argv;
};

static bool takes_letter(const struct program *p, const struct opt *o, char letter)
{
	return o->letter == letter && !(o->id == ID_HELP && p->listing);
}

static const struct opt *by_letter(const struct program *p, char letter)
{
	for (const struct opt *o = p->opts; o->name; o++) {
		if (takes_letter(p, o, letter))
			return o;
	}
	for (const struct opt *o = built_in; o->name; o++) {
		if (takes_letter(p, o, letter))
			return o;
	}
	return NULL;
}

static const struct opt *by_name(const struct program *p, const char *name, size_t n)
{
	for (const struct opt *o = p->opts; o->name; o++) {
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	for (const struct opt *o = built_in; o->name; o++) {
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

static int unknown_name(const struct program *p, const char *name, size_t n, struct err *e)
{
	const char *names[OPTS_MAX];
	char word[64];
	size_t count = 0;

	for (const struct opt *o = p->opts; o->name && count < OPTS_MAX - 2; o++)
		names[count++] = o->name;
	for (const struct opt *o = built_in; o->name; o++)
		names[count++] = o->name;
	snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word) - 1), name);

	const char *near = nearest_word(word, names, count);

	if (near)
		return err_set(e, ERR_USAGE, "unknown option --%s; did you mean --%s?", word,
		    near);
	return err_set(e, ERR_USAGE, "unknown option --%s", word);
}

static int handle(const struct program *p, const struct opt *o, const char *value, opt_fn fn,
    void *ctx, struct err *e)
{
	switch (o->id) {
	case ID_HELP:
		opts_help(p, stdout);
		exit(cli_finish(p, EXIT_OK));
	case ID_VERSION:
		printf("%s %s\n", p->name, JOB_VERSION);
		exit(cli_finish(p, EXIT_OK));
	default:
		return fn(ctx, o->id, value, e);
	}
}

/* The value of an option whose word is used up: the next word, unless it is optional. */
static int next_value(struct words *w, const struct opt *o, const char **value)
{
	*value = NULL;
	if (o->arg == NULL || o->arg[0] == '[')
		return 0;
	if (w->at >= w->argc)
		return -1;
	*value = w->argv[w->at++];
	return 0;
}

static int long_option(const struct program *p, struct words *w, opt_fn fn, void *ctx,
    struct err *e)
{
	const char *word = w->argv[w->at++] + 2;
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);
	const struct opt *o = by_name(p, word, n);
	const char *value;

	if (!o)
		return unknown_name(p, word, n, e);
	if (equals) {
		if (!o->arg)
			return err_set(e, ERR_USAGE, "option --%s takes no value", o->name);
		value = equals + 1;
	} else if (next_value(w, o, &value) < 0) {
		return err_set(e, ERR_USAGE, "option --%s needs %s", o->name, o->arg);
	}
	return handle(p, o, value, fn, ctx, e);
}

static int letters(const struct program *p, struct words *w, opt_fn fn, void *ctx,
    struct err *e)
{
	const char *word = w->argv[w->at++];

	for (const char *s = word + 1; *s; s++) {
		const struct opt *o = by_letter(p, *s);
		const char *value = NULL;

		if (!o)
			return err_set(e, ERR_USAGE, "unknown option -%c", *s);
		if (o->arg && s[1])
			value = s + 1;
		else if (next_value(w, o, &value) < 0)
			return err_set(e, ERR_USAGE, "option -%c needs %s", *s, o->arg);
		if (handle(p, o, value, fn, ctx, e) < 0)
			return -1;
		if (o->arg)
			break;
	}
	return 0;
}

/* Opened for reading: a write fails as it would on a closed one. */
static void standard_take(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd)
			return;
	}
}

int opts_parse(const struct program *p, int argc, char **argv, opt_fn fn, void *ctx,
    struct err *e)
{
	struct words w = { argc, 1, argv };

	standard_take();
	while (w.at < argc) {
		const char *word = argv[w.at];

		if (word[0] != '-' || word[1] == '\0')
			break;
		if (strcmp(word, "--") == 0)
			return w.at + 1;
		if ((word[1] == '-' ? long_option : letters)(p, &w, fn, ctx, e) < 0)
			return -1;
	}
	return w.at;
}

static void help_row(const struct program *p, const struct opt *o, FILE *out)
{
	char left[96];
	bool letter = o->letter && takes_letter(p, o, o->letter);
	bool optional = o->arg && o->arg[0] == '[';
	const char *arg = !o->arg ? "" : optional ? o->arg + 1 : o->arg;
	int n;

	n = snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", letter ? '-' : ' ',
	    letter ? o->letter : ' ', letter ? ',' : ' ', o->name,
	    !o->arg ? "" : optional ? "[=" : " ", arg);
	if (n >= HELP_COLUMN)
		fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", o->help);
	else
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, o->help);
}

void opts_help(const struct program *p, FILE *out)
{
	for (const char *const *u = p->usage; *u; u++)
		fprintf(out, "%s %s%s%s\n", u == p->usage ? "usage:" : "      ", p->name,
		    **u ? " " : "", *u);
	fprintf(out, "%s\n\n", p->purpose);
	for (const struct opt *o = p->opts; o->name; o++) {
		if (o->help)
			help_row(p, o, out);
	}
	for (const struct opt *o = built_in; o->name; o++)
		help_row(p, o, out);
	fprintf(out, "\nThe manual: man %s\n", p->name);
}
