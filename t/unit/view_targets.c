/*
 * Words of a command line as names for jobd: plain ones go as they are, without a
 * look at the spool; the others are looked up.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"
#include "view/targets.h"
#include "viewkit.h"

#define UUID_OF_NONE "01936b1e-0000-7000-8000-00000000ffff"

static struct kit kit;

/* The names, and behind a bar the words that name nothing; or the error. */
static const char *shown(char *line)
{
	static char out[256];
	struct targets t = { 0 };
	char *words[16], *word;
	struct err e;
	struct buf b;
	size_t n = 0;

	buf_init(&b, sizeof(out) - 1);
	while ((word = strsep(&line, " ")) != NULL)
		words[n++] = word;
	words[n] = NULL;
	if (targets_read(&t, words, &kit.spool, 0, &e) == -1)
		buf_addf(&b, "%d", e.code);
	for (size_t i = 0; i < t.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", t.names[i]);
	for (size_t i = 0; i < t.nunknown; i++)
		buf_addf(&b, " | %s", t.unknown[i]);
	targets_release(&t);
	snprintf(out, sizeof(out), "%s", b.data != NULL ? b.data : "");
	buf_release(&b);
	return out;
}

#define gives(text, want) \
	do { \
		char line[] = text; \
		is_str(shown(line), want, "%s", text); \
	} while (0)

static void plain(void)
{
	gives("1", "1");
	gives("3 1 3", "3 1 3");
	gives("99999", "99999");
	gives(UUID_OF_NONE, UUID_OF_NONE);
}

static void looked_up(void)
{
	gives("1-2", "1 2");
	gives("2-9", "2 3");
	gives("50-60", " | 50-60");
	gives("%two", "2");
	gives("%none", " | %none");
	gives("last", "3");
	gives("last:2", "3 2");
	gives("1 %two 1-2", "1 2");
	gives("%two " UUID_OF_NONE, "2 " UUID_OF_NONE);
}

static void refused(void)
{
	char code[8];

	snprintf(code, sizeof(code), "%d", ERR_USAGE);
	gives("nonsense", code);
	gives("1 0", code);
	gives("9-1", code);
	gives("-1", code);
}

int main(void)
{
	kit_open(&kit);
	kit_job(&kit, 1, "one")->uid = getuid();
	kit_job(&kit, 2, "two")->uid = getuid();
	kit_job(&kit, 3, "three")->uid = getuid();
	kit_commit(&kit);
	plain();
	looked_up();
	refused();
	kit_close(&kit);
	return tap_done();
}
