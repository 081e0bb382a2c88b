/*
 * doctor: works through the checks and tells what each found.
 *
 * A finding is one line: result, code, text; the text of a bad one says what to
 * do, and its code stays the same in later versions, for scripts and runbooks.  Nothing is changed.
 */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "jobadm.h"

#define TEXT_BYTES 1024

static const char *const words[] = {
	[RESULT_OK] = "OK", [RESULT_WARN] = "WARN", [RESULT_FAIL] = "FAIL"
};

static void line_print(enum result r, const char *code, const char *text)
{
	struct buf b;

	buf_init(&b, 4 * TEXT_BYTES);
	if (safe_add(&b, text, strlen(text)) == 0)
		printf("%-5s %-17s %s\n", words[r], code, b.data != NULL ? b.data : "");
	buf_release(&b);
}

void doctor_say(struct doctor *d, enum result r, const char *code, const char *fmt, ...)
{
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->bad = d->bad || r != RESULT_OK;
	if (r == RESULT_OK && d->a->quiet)
		return;
	if (!d->a->json) {
		line_print(r, code, text);
		return;
	}
	json_object(&d->json, NULL);
	json_str(&d->json, "check", d->check);
	json_str(&d->json, "code", code);
	json_str(&d->json, "result", words[r]);
	json_str(&d->json, "text", text);
	json_end(&d->json);
}

int doctor_run(struct jobadm *a, char *const *operands, struct err *e)
{
	struct doctor d = { .a = a, .spool = { .fd = -1 } };

	if (operands[0] != NULL)
		return err_set(e, ERR_USAGE, "doctor takes no names");
	json_init(&d.json, stdout);
	if (a->json)
		json_open_list(&d.json, "findings");
	for (const struct check *c = checks; c->name != NULL; c++) {
		d.check = c->name;
		c->look(&d);
		/* Without a spool there is nothing more to look at. */
		if (d.spool.fd == -1 && c != checks)
			break;
		fflush(stdout);
	}
	if (a->json)
		json_close_list(&d.json);
	conf_free(&d.conf);
	if (d.spool.fd != -1)
		spool_close(&d.spool);
	return d.bad ? EXIT_SOME_FAILED : EXIT_OK;
}
