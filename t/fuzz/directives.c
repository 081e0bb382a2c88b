/*
 * Scripts of any bytes: their #JOB lines are cut into words, read as options and made
 * into a message.  What comes of it is a message that can be encoded, or an error
 * with a text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/directives.h"
#include "cli/submit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const usage[] = { "", NULL };
static const char *const surroundings[] = { "PATH=/bin", "A=1", "JOB_ID=1", NULL };

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static int no_file(const char *path, struct buf *b, struct err *e)
{
	(void)b;
	return err_set(e, ERR_NOINPUT, "%s", path);
}

static int options_read(const struct directives *d, struct submit_options *o, struct err *e)
{
	const struct program p = { "jobsub", usage, "", submit_opts(FROM_SCRIPT), false };
	struct submit_place place = { o, FROM_SCRIPT };

	for (size_t i = 0; i < d->n; i++) {
		const struct words *w = &d->list[i].words;

		must(w->list[w->n] == NULL, "words without an end");
		if (opts_parse(&p, (int)w->n, w->list, submit_take, &place, e) == -1)
			return -1;
	}
	return 0;
}

static void message_make(const struct directives *d, struct err *e)
{
	const struct submit_context c = { .now = 1795428000000, .cwd = "/tmp",
		.environ_ = surroundings, .file = no_file };
	struct submit_options *o = submit_options_new();
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u;
	struct buf b;

	err_clear(e);
	if (options_read(d, o, e) == 0 && submit_message(o, &c, m, e) == 0) {
		uuid_new(&u);
		must(msg_add_uuid(m, F_UUID, &u) == 0, "no room for a UUID");
		buf_init(&b, MSG_HEAD_MAX + 64);
		must(msg_encode(m, &b) == 0, "a message that cannot be encoded");
		buf_release(&b);
	} else {
		must(e->code != ERR_NONE && e->text[0] != '\0', "an error without a text");
	}
	msg_free(m);
	submit_options_free(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct directives d;
	struct err e;

	err_clear(&e);
	if (directives_read((const char *)data, size, &d, &e) == 0)
		message_make(&d, &e);
	else
		must(e.code == ERR_DATA && e.text[0] != '\0', "an error without a text");
	directives_release(&d);
	return 0;
}
