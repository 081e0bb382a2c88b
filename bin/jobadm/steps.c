/* steps: what was done at which host, and how it went. */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "hosts.h"

#define TEXT_BYTES 1024

static const char *const words[] = {
	[RESULT_OK] = "OK", [RESULT_WARN] = "WARN", [RESULT_FAIL] = "FAIL"
};

void steps_begin(struct steps *s, const struct jobadm *a)
{
	*s = (struct steps){ .a = a };
	json_init(&s->json, stdout);
	if (a->json)
		json_open_list(&s->json, "steps");
}

void steps_end(struct steps *s)
{
	if (s->a->json)
		json_close_list(&s->json);
}

static void line_print(const struct steps *s, enum result r, const char *step, const char *text)
{
	struct buf b;

	buf_init(&b, 4 * TEXT_BYTES);
	if (safe_add(&b, text, strlen(text)) == 0)
		printf("%-5s %s %-8s %s\n", words[r], s->host, step, b.data != NULL ? b.data : "");
	buf_release(&b);
	fflush(stdout);		/* the next step may take its time */
}

static void say(struct steps *s, enum result r, const char *step, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static void say(struct steps *s, enum result r, const char *step, const char *fmt, va_list ap)
{
	char text[TEXT_BYTES];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (r == RESULT_OK && s->a->quiet)
		return;
	if (!s->a->json) {
		line_print(s, r, step, text);
		return;
	}
	json_object(&s->json, NULL);
	json_str(&s->json, "worker", s->host);
	json_str(&s->json, "step", step);
	json_str(&s->json, "result", words[r]);
	json_str(&s->json, "text", text);
	json_end(&s->json);
}

void steps_say(struct steps *s, enum result r, const char *step, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(s, r, step, fmt, ap);
	va_end(ap);
}

void steps_fail(struct steps *s, enum err_code code, const char *step, const char *fmt, ...)
{
	va_list ap;

	if (!s->failed)
		s->code = code;
	s->failed = true;
	va_start(ap, fmt);
	say(s, RESULT_FAIL, step, fmt, ap);
	va_end(ap);
}
