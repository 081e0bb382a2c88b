/*
 * list, fail: what reaches a terminal: nothing that acts on it, nothing wider than it.
 * The terminal is a pseudo one; where there is none to be had, that part is left out.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/list.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static int master = -1, slave = -1;

static bool terminal_open(void)
{
	struct termios t;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return false;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &t) < 0)
		return false;
	t.c_oflag &= ~(tcflag_t)OPOST;
	return tcsetattr(slave, TCSANOW, &t) == 0;
}

/* What text_print writes of it to the terminal. */
static void prints(const char *bytes, size_t n, const char *want)
{
	FILE *f = fdopen(dup(slave), "w");
	struct pollfd p = { .fd = master, .events = POLLIN };
	char got[500] = "";
	size_t len = 0, wanted = strlen(want);
	ssize_t r;

	text_print(f, bytes, n);
	fclose(f);
	while (len < wanted && poll(&p, 1, 2000) > 0 &&
	    (r = read(master, got + len, sizeof(got) - 1 - len)) > 0)
		len += (size_t)r;
	if (wanted == 0 && poll(&p, 1, 0) > 0)
		ok(false, "nothing is printed");
	got[len] = '\0';
	is_str(got, want, "on a terminal: %s", want);
}

static void check_print(void)
{
	prints("plain\n", 6, "plain\n");
	prints("", 0, "");
	prints("\n\n", 2, "\n\n");
	prints("a\tb\nc", 5, "a\tb\nc");
	prints("\033[31mred\033[0m\n", 13, "\\033[31mred\\033[0m\n");
	prints("\a\b\r\n", 4, "\\a\\b\\r\n");
	prints("a\0b\n", 4, "a\\000b\n");
	prints("\302\2331m\n", 5, "\\302\\2331m\n");
	prints("\xff\xfe\n", 3, "\\377\\376\n");
	prints("\u00e9\u4e2d\n", 6, "\u00e9\u4e2d\n");
	prints("\x7f\n", 2, "\\177\n");
	prints("no end", 6, "no end");
}

static void check_columns(void)
{
	struct winsize ws = { .ws_col = 132, .ws_row = 24 };
	int keep = dup(STDOUT_FILENO), wide, none, zero;

	fflush(stdout);
	ioctl(slave, TIOCSWINSZ, &ws);
	dup2(slave, STDOUT_FILENO);
	wide = terminal_columns();
	ws.ws_col = 0;
	ioctl(slave, TIOCSWINSZ, &ws);
	zero = terminal_columns();
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	none = terminal_columns();
	dup2(keep, STDOUT_FILENO);
	close(keep);
	is_int(wide, 132, "the terminal's width");
	is_int(zero, 80, "of one that does not know its own");
	is_int(none, 0, "what is no terminal has none");
}

/* ---- widths of characters */

static void check_widths(void)
{
	static const struct { const char *text; size_t width; } texts[] = {
		{ "", 0 }, { "a", 1 }, { "\u00e9", 1 }, { "\u4e2d", 2 }, { "\u1100", 2 },
		{ "\u115f", 2 }, { "\u1160", 1 }, { "\u3041", 2 }, { "\uac00", 2 }, { "\ud7a3", 2 },
		{ "\uff01", 2 }, { "\uff60", 2 }, { "\uff61", 1 }, { "\uffe0", 2 },
		{ "\U0001f300", 2 }, { "\U0001f64f", 2 }, { "\U0001f900", 2 },
		{ "\U00020000", 2 }, { "a\u0300\u036f", 1 }, { "\u200b", 0 }, { "\ufe0f", 0 },
		{ "\u20d0", 0 }, { "\ufeff", 0 }, { "a\u4e2db", 4 }, { "\u20ac", 1 },
	};
	char *longest = malloc(5001);

	for (size_t i = 0; i < N(texts); i++)
		is_int(text_width(texts[i].text), texts[i].width, "width of '%s'", texts[i].text);
	memset(longest, 'x', 5000);
	longest[5000] = '\0';
	is_int(text_width(longest), 5000, "a long text");
	free(longest);
}

/* ---- tables that are too wide */

static char *table(const struct list_column *c, size_t n, int columns, const char *const *cells)
{
	struct list_options o = { .columns = columns, .no_header = true };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct list *l = list_new(c, n, &o, f);

	for (; *cells != NULL; cells++)
		list_cell(l, *cells);
	list_end(l);
	list_free(l);
	fclose(f);
	return text;
}

static void check_cut(void)
{
	static const struct list_column two[] = { { .title = "A", .text = true },
	    { .title = "B", .text = true } };
	static const struct list_column right[] = { { .title = "A", .text = true, .right = true },
	    { .title = "B" } };
	static const char *const ascii[] = { "abcdefghijkl", "ABCDEFGH", NULL };
	static const char *const wide[] = { "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d", "x", NULL };
	static const char *const marks[] = { "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"
	    "e\u0301", "x", NULL };
	static const struct { const struct list_column *c; int columns; const char *const *cells;
	    const char *want; } cuts[] = {
		{ two, 22, ascii, "abcdefghijkl  ABCDEFGH\n" },
		{ two, 21, ascii, "abcdefghij+  ABCDEFGH\n" },
		{ two, 18, ascii, "abcdefg+  ABCDEFGH\n" },
		{ two, 17, ascii, "abcdef+  ABCDEFGH\n" },
		{ two, 14, ascii, "abcde+  ABCDE+\n" },
		{ two, 13, ascii, "abcde+  ABCD+\n" }, { two, 1, ascii, "+\n" },
		{ two, 10, wide, "\u4e2d\u4e2d\u4e2d+  x\n" },
		{ two, 9, wide, "\u4e2d\u4e2d+   x\n" },
		{ right, 9, wide, " \u4e2d\u4e2d+  x\n" },
		{ two, 9, marks, "e\u0301e\u0301e\u0301e\u0301e\u0301+  x\n" },
	};

	for (size_t i = 0; i < N(cuts); i++) {
		char *text = table(cuts[i].c, 2, cuts[i].columns, cuts[i].cells);

		is_str(text, cuts[i].want, "cut %zu, to %d columns", i, cuts[i].columns);
		free(text);
	}
	list_free(NULL);
}

/* Whatever bytes a cell has, the line of each format has no control but its own. */
static void check_every_byte(void)
{
	static const struct list_column one[] = { { .title = "A" }, { .title = "B" } };

	for (int format = LIST_TABLE; format <= LIST_TSV; format++) {
		int bad = 0, lines = 0, separators = 0;

		for (int c = 1; c < 256; c++) {
			struct list_options o = { .format = (enum list_format)format,
			    .no_header = true };
			char cell[4] = { 'a', (char)c, 'b', '\0' }, *text = NULL;
			char separator = format == LIST_TSV ? '\t' : format ? '|' : '\0';
			size_t size = 0;
			FILE *f = open_memstream(&text, &size);
			struct list *l = list_new(one, 2, &o, f);

			list_cell(l, cell);
			list_cell(l, cell);
			list_end(l);
			list_free(l);
			fclose(f);
			for (size_t i = 0; i < size; i++) {
				unsigned char u = (unsigned char)text[i];

				lines += u == '\n';
				separators += format && text[i] == separator &&
				    (i == 0 || text[i - 1] != '\\');
				bad += (u < ' ' && u != '\n' && text[i] != separator) || u >= 0x7f;
			}
			free(text);
		}
		is_int(bad, 0, "format %d: no control and no half character", format);
		is_int(lines, 255, "format %d: a line for each row", format);
		is_int(separators, format ? 255 : 0, "format %d: one separator in each", format);
	}
}

/* ---- messages */

static void said(void (*fn)(void), const char *want)
{
	static const char name[] = "said";
	char path[300], got[12000];
	int keep = dup(STDERR_FILENO), fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", tap_tmpdir(), name);
	fflush(stderr);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDERR_FILENO);
	fn();
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	n = pread(fd, got, sizeof(got) - 1, 0);
	got[n > 0 ? n : 0] = '\0';
	close(fd);
	is_str(got, want, "%s", want);
}

static const struct program tool = { .name = "tool" };
static struct err problem;
static int status;

static void fail(void)
{
	status = cli_fail(&tool, &problem);
}

static void warn(void)
{
	cli_warn(&tool, "%s", problem.text);
}

static void check_messages(void)
{
	static const struct { enum err_code code; const char *text; int status; const char *want; }
	    rows[] = {
		{ ERR_USAGE, "no", EXIT_USAGE, "tool: no\ntool: try 'tool --help'\n" },
		{ ERR_NOINPUT, "no such job: 5", EXIT_NOINPUT, "tool: no such job: 5\n" },
		{ ERR_IO, "", EXIT_IOERR, "tool: \n" },
		{ ERR_AGAIN, "a\nb\033c\xff", EXIT_TEMPFAIL, "tool: a\\nb\\033c\\377\n" },
		{ ERR_INTERNAL, "\u00e9", EXIT_SOFTWARE, "tool: \u00e9\n" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		err_set(&problem, rows[i].code, "%s", rows[i].text);
		said(fail, rows[i].want);
		is_int(status, rows[i].status, "and the exit status");
	}
	err_set(&problem, ERR_IO, "careful\r");
	said(warn, "tool: careful\\r\n");
}

int main(void)
{
	check_widths();
	check_cut();
	check_every_byte();
	check_messages();
	if (terminal_open()) {
		check_print();
		check_columns();
	} else {
		ok(true, "no pseudo-terminal here # SKIP");
	}
	return tap_done();
}
