/*
 * codes: lists of outcomes, as in `retry_on = 75,100-120,SIGKILL,oom`.
 *
 * Items stand between commas, without blanks: an exit code (0 to 255), a range of
 * them (1-5), a signal by its name (SIGTERM; SIG9; SIG* is any), or an error
 * class (success cancelled infra oom timeout permanent user transient error).
 * Pure: no I/O, no state.
 */
#ifndef BASE_CODES_H
#define BASE_CODES_H

#include <stdbool.h>

#include "base/err.h"

/* 0, or -1 with ERR_DATA that names the item.  _exits takes codes and ranges only. */
int codes_valid(const char *list, struct err *e);
int codes_valid_exits(const char *list, struct err *e);

/*
 * True when an item covers the end: by exit code (-1: none), signal (below 1:
 * none) or class (NULL or "": none).  A NULL list covers nothing; so does an item
 * that codes_valid would refuse.
 */
bool codes_match(const char *list, int exit_code, int signal, const char *class_name);

/* The number of SIGTERM, TERM or 15; -1 when it is no signal of this system. */
int codes_signal(const char *name);

#endif
