/* mail: by the system's sendmail(8), which takes the letter and sends it on. */
#include <stdlib.h>
#include <string.h>

#include "jobnotify.h"

/* Nothing in a header is longer than a line or of another character set than ASCII. */
static void header_add(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		(void)buf_addc(out, *s >= ' ' && *s < 0x7f ? *s : '?');
}

int mail_send(const struct msg *m, const char *sendmail, struct err *e)
{
	const char *to = msg_str(m, F_RECEIVER);
	char *path = xstrdup(sendmail), *address = xstrdup(to), ignore_dots[] = "-oi";
	char *argv[] = { path, ignore_dots, address, NULL };
	struct buf letter, line;
	int r;

	buf_init(&letter, TEXT_MAX);
	buf_init(&line, TEXT_MAX);
	text_line(m, &line);
	(void)buf_adds(&letter, "To: ");
	header_add(&letter, to);
	(void)buf_adds(&letter, "\nSubject: ");
	header_add(&letter, line.data);
	(void)buf_adds(&letter, "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n\n");
	text_lines(m, &letter);
	r = program_feed(argv, &letter, e);
	buf_release(&line);
	buf_release(&letter);
	free(address);
	free(path);
	return r;
}
