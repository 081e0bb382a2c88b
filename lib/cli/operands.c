/*
 * operands: parses options wherever they stand.
 *
 * For programs with a verb only (jobctl, jobadm): there `hold 12 --reason x` reads
 * as people say it, and no operand is a foreign command with options of its own.
 */
#include "cli/operands.h"

#include <string.h>

int operands_parse(const struct program *p, int argc, char **argv, opt_fn fn, void *ctx,
    struct err *e)
{
	int at = 0, n = 0;
	bool rest = false;

	while (at < argc - 1) {
		int next = rest ? 1 : opts_parse(p, argc - at, argv + at, fn, ctx, e);

		if (next == -1)
			return -1;
		at += next;
		if (at == argc)
			break;
		/* Seen before the operand is moved to the front, where `--` may have stood. */
		rest = rest || (next > 1 && strcmp(argv[at - 1], "--") == 0);
		argv[1 + n++] = argv[at];
	}
	return n;
}
