/* command: runs a small program of the host and reads what it prints. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Runs argv with nothing but PATH, LANG=C and an empty stdin, and takes its stdout.
 * *status is its exit status, 128 + signal when it was killed; -1: could not.
 */
int command_read(const char *const *argv, int timeout_ms, struct buf *out, int *status,
    struct err *e);

#endif
