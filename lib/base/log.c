/*
 * log: one line for the operator.
 *
 * Owns the program's name, the level and the choice of stderr or syslog.  Promises
 * one write(2) a line, no control character inside it, errno untouched, and that a
 * reader who does not read cannot stop the daemon when stderr is non-blocking.
 */
#include "base/log.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define TEXT_MAX 4096
#define LINE_MAX_BYTES (TEXT_MAX * 4 + 256)	/* an escape is four bytes */

static char log_name[64];
static bool log_syslog;
static enum log_level log_max = LOG_L_INFO;

static const struct {
	const char *word;
	int priority;
} levels[] = {
	[LOG_L_ERROR] = { "error", LOG_ERR },
	[LOG_L_WARN] = { "warning", LOG_WARNING },
	[LOG_L_INFO] = { "info", LOG_INFO },
	[LOG_L_DEBUG] = { "debug", LOG_DEBUG },
};

void log_init(const char *program, bool to_syslog)
{
	if (log_syslog)
		closelog();
	strlcpy(log_name, program, sizeof(log_name));
	log_syslog = to_syslog;
	if (to_syslog)
		openlog(log_name, LOG_PID, LOG_DAEMON);
}

void log_level(enum log_level max)
{
	log_max = max;
}

static void line_write(const struct buf *b)
{
	size_t done = 0;
	ssize_t r;

	while (done < b->len) {
		r = write(STDERR_FILENO, b->data + done, b->len - done);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return;
		done += (size_t)r;
	}
}

static void log_line(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void log_line(enum log_level level, const char *fmt, va_list ap)
{
	char text[TEXT_MAX], at[CLOCK_RFC3339_SIZE];
	struct buf b;
	int saved = errno;

	if (level > log_max)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		strlcpy(text, fmt, sizeof(text));
	buf_init(&b, LINE_MAX_BYTES);
	if (!log_syslog) {
		clock_rfc3339(now_read().wall, at);
		buf_addf(&b, "%s %s[%d]: %s: ", at,
		    log_name[0] != '\0' ? log_name : program_invocation_short_name, (int)getpid(),
		    levels[level].word);
	}
	safe_add(&b, text, strlen(text));
	if (log_syslog) {
		syslog(levels[level].priority, "%s", b.data != NULL ? b.data : "");
	} else {
		buf_addc(&b, '\n');
		line_write(&b);
	}
	buf_release(&b);
	errno = saved;
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_L_ERROR, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_L_WARN, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_L_INFO, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_L_DEBUG, fmt, ap);
	va_end(ap);
}
