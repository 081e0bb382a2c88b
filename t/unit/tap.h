/*
 * tap: checks that print TAP.  A test is a main() that calls these and ends with
 * `return tap_done();`.  ok() counts; diagnostics go to stderr.
 */
#ifndef T_UNIT_TAP_H
#define T_UNIT_TAP_H

#include <stdbool.h>
#include <stdint.h>

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) \
	tap_is_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

bool tap_ok(bool pass, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int tap_done(void);	/* prints the plan; exit status for main */

/* A fresh temporary folder at each call, removed at exit; the caller does not free it. */
const char *tap_tmpdir(void);

#endif
