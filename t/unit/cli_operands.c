/* Options before and behind operands. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/operands.h"
#include "tap.h"

static const char *const usage[] = { "", NULL };
static const struct opt opts[] = {
	{ 'a', "all", NULL, "a flag", 1 },
	{ 'r', "reason", "TEXT", "a value", 2 },
	{ 0, NULL, NULL, NULL, 0 }
};
static const struct program program = { "verb", usage, "", opts, false };

static int take(void *ctx, int id, const char *value, struct err *e)
{
	(void)e;
	return buf_addf(ctx, "%s%s ", id == 1 ? "-a" : "-r", value ? value : "");
}

/* The options as they came, a bar, the operands. */
static const char *shown(char *line)
{
	static char out[256];
	char *argv[16], *word;
	struct err e;
	struct buf b;
	int argc = 0, n;

	buf_init(&b, sizeof(out));
	while ((word = strsep(&line, " ")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	n = operands_parse(&program, argc, argv, take, &b, &e);
	buf_adds(&b, n == -1 ? e.text : "|");
	for (int i = 0; i < n; i++)
		buf_addf(&b, " %s", argv[1 + i]);
	snprintf(out, sizeof(out), "%s", b.data);
	buf_release(&b);
	return out;
}

#define gives(text, want) \
	do { \
		char line[] = text; \
		is_str(shown(line), want, "%s", text); \
	} while (0)

int main(void)
{
	gives("hold", "|");
	gives("hold 12", "| 12");
	gives("hold 12 13 14", "| 12 13 14");
	gives("hold -a 12", "-a | 12");
	gives("hold 12 -a", "-a | 12");
	gives("hold 12 --reason why -a 13 -r x", "-rwhy -a -rx | 12 13");
	gives("hold -- 12", "| 12");
	gives("hold -- -a 12 -r", "| -a 12 -r");
	gives("hold 12 -- -a -- -r", "| 12 -a -- -r");
	gives("hold 12 --", "| 12");
	gives("hold --", "|");
	gives("hold - -a", "-a | -");
	gives("hold 12 -x", "unknown option -x");
	gives("hold 12 -r", "option -r needs TEXT");
	return tap_done();
}
