/*
 * watch: the listing again and again, in one place.
 *
 * On a terminal the new picture is written over the old one in one go, so nothing
 * flickers, and cut to the height of the window.  A view that is away for a while is
 * told of and tried again: jobd may be restarted while somebody watches.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "jobq.h"

#define HOME "\033[H"
#define CLEAR "\033[2J"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"

static void on_resize(int sig)
{
	(void)sig;	/* it is enough that poll returns */
}

static int terminal_rows(void)
{
	struct winsize ws;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 ? ws.ws_row : 24;
}

/* The text over what stands there, at most `rows` lines. */
static void paint(const char *text, int rows)
{
	int line = 0;

	fputs(HOME, stdout);
	while (*text && line < rows) {
		size_t n = strcspn(text, "\n");

		if (line++ > 0)
			putchar('\n');
		fwrite(text, 1, n, stdout);
		fputs(REST_OF_LINE, stdout);
		text += n + (text[n] == '\n');
	}
	fputs("\n" REST_OF_SCREEN, stdout);
}

/* One look; what went wrong becomes a part of the picture. */
static void look(struct jobq *q, const struct spool *s)
{
	struct err e = { .code = ERR_NONE };
	struct view *v;
	char now[TIME_TEXT];
	struct style style = q->look.style;

	q->look.style.now = now_read().wall;
	style.times = style.times == TIME_RELATIVE ? TIME_LOCAL : style.times;
	time_text(&style, q->look.style.now, now);
	if (!q->list.no_header)
		fprintf(q->out, "%s\n", now);
	v = view_open(s, &e);
	if (!v || jobq_show(q, v, &e) < 0) {
		fputs("jobq: ", q->out);
		text_line(q->out, e.text);
		putc('\n', q->out);
	}
	view_close(v);
}

static void picture(struct jobq *q, const struct spool *s, bool terminal)
{
	char *text = NULL;
	size_t size = 0;

	q->out = open_memstream(&text, &size);
	q->list.columns = terminal_columns();
	look(q, s);
	fclose(q->out);
	if (terminal)
		paint(text, terminal_rows() - 1);
	else
		fputs(text, stdout);
	free(text);
}

int jobq_watch(struct jobq *q, const struct spool *s)
{
	volatile sig_atomic_t *flag = interrupt_catch();
	struct sigaction resize = { .sa_handler = on_resize };
	bool terminal = isatty(STDOUT_FILENO);

	sigemptyset(&resize.sa_mask);
	sigaction(SIGWINCH, &resize, NULL);
	if (terminal)
		fputs(CLEAR, stdout);
	while (*flag == 0) {
		picture(q, s, terminal);
		if (fflush(stdout) == EOF)
			return EXIT_OK;		/* cli_finish tells */
		if (*flag == 0)
			poll(NULL, 0, (int)q->watch);
		if (!terminal)
			putchar('\n');
	}
	if (terminal)
		putchar('\n');		/* behind the ^C */
	return EXIT_INTERRUPTED;
}
