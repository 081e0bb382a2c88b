/* operands: command lines with a verb, where options may also stand behind operands. */
#ifndef CLI_OPERANDS_H
#define CLI_OPERANDS_H

#include "cli/cli.h"

/*
 * As opts_parse, but goes on behind each operand, up to `--`.  argv[0] is not looked
 * at.  The operands are put in front of argv + 1; returns their number, or -1.
 */
int operands_parse(const struct program *p, int argc, char **argv, opt_fn fn, void *ctx,
    struct err *e);

#endif
