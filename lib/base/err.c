/*
 * err: fills struct err.
 *
 * Owns nothing.  Promises that the arguments may point into the very error that
 * is filled (so "%s" of e->text is fine), that a text too long is cut, and that
 * errno comes out as it went in.
 */
#include "base/err.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void err_format(struct err *e, const char *fmt, va_list ap, const char *tail)
    __attribute__((format(printf, 2, 0)));

/* The text is made apart and then copied, since an argument may be e->text. */
static void err_format(struct err *e, const char *fmt, va_list ap, const char *tail)
{
	char text[sizeof(e->text)];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	if (tail != NULL && tail[0] != '\0') {
		strlcat(text, ": ", sizeof(text));
		strlcat(text, tail, sizeof(text));
	}
	strlcpy(e->text, text, sizeof(e->text));
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (e != NULL) {
		va_start(ap, fmt);
		err_format(e, fmt, ap, NULL);
		va_end(ap);
		e->code = code;
	}
	errno = saved;
	return -1;
}

int err_sys(struct err *e, enum err_code code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	char why[128];

	if (e != NULL) {
		va_start(ap, fmt);
		err_format(e, fmt, ap, strerror_r(saved, why, sizeof(why)));
		va_end(ap);
		e->code = code;
	}
	errno = saved;
	return -1;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (e != NULL) {
		va_start(ap, fmt);
		err_format(e, fmt, ap, e->text);
		va_end(ap);
	}
	errno = saved;
	return -1;
}

void err_clear(struct err *e)
{
	if (e == NULL)
		return;
	e->code = ERR_NONE;
	e->text[0] = '\0';
}
