/*
 * fail: how a program tells that something is wrong, and how it ends.
 *
 * Promises: one line on stderr per message, "program: text", in which nothing
 * that a user supplied can act on the terminal; stdout is checked at the end, so
 * that a full disk is not taken for an answer.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define LINE_MAX_BYTES 8192

static void say(const struct program *p, const char *text)
{
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	if (safe_add(&b, text, strlen(text)) < 0)
		fprintf(stderr, "%s: (a message that is too long)\n", p->name);
	else
		fprintf(stderr, "%s: %s\n", p->name, b.data ? b.data : "");
	buf_release(&b);
}

int cli_fail(const struct program *p, const struct err *e)
{
	say(p, e->text);
	if (e->code == ERR_USAGE)
		fprintf(stderr, "%s: try '%s --help'\n", p->name, p->name);
	return exit_of(e->code);
}

void cli_warn(const struct program *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(p, text);
}

int cli_finish(const struct program *p, int status)
{
	bool bad = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) != 0 || bad) {
		if (errno != EPIPE)
			fprintf(stderr, "%s: cannot write to standard output%s%s\n", p->name,
			    errno ? ": " : "", errno ? strerror(errno) : "");
		return EXIT_IOERR;
	}
	return status;
}
