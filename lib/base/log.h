/*
 * log: what daemons tell their operators, one line each.
 *
 * A line is "2026-11-23T10:00:00.000Z jobd[123]: warning: text" on stderr (or the
 * file stderr was made into), or syslog.  Control characters are escaped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_L_ERROR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

void log_init(const char *program, bool to_syslog);
void log_level(enum log_level max);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
