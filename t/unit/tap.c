/*
 * tap: counts checks and prints TAP on stdout, diagnostics on stderr.
 *
 * Owns the temporary folders it made: they go at exit, in the process that made
 * them and not in its children.
 */
#include "tap.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TMPDIR_MAX 64

static int checks;
static int failures;
static char *tmpdirs[TMPDIR_MAX];
static int tmpdir_count;
static pid_t tmpdir_owner;

static void result(bool pass, const char *file, int line, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static void result(bool pass, const char *file, int line, const char *fmt, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* TAP is lines, and '#' begins a directive. */
	for (char *s = text; *s != '\0'; s++) {
		if (*s == '\n' || *s == '\r' || *s == '#')
			*s = '?';
	}
	checks++;
	printf("%sok %d - %s\n", pass ? "" : "not ", checks, text);
	if (pass)
		return;
	failures++;
	fflush(stdout);
	fprintf(stderr, "# failed: %s\n# at %s:%d\n", text, file, line);
}

bool tap_ok(bool pass, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(pass, file, line, fmt, ap);
	va_end(ap);
	return pass;
}

bool tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(got == want, file, line, fmt, ap);
	va_end(ap);
	if (got != want)
		fprintf(stderr, "#   got: %" PRId64 "\n#  want: %" PRId64 "\n", got, want);
	return got == want;
}

bool tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt,
    ...)
{
	bool same = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
	va_list ap;

	va_start(ap, fmt);
	result(same, file, line, fmt, ap);
	va_end(ap);
	if (!same)
		fprintf(stderr, "#   got: %s\n#  want: %s\n", got != NULL ? got : "(null)",
		    want != NULL ? want : "(null)");
	return same;
}

int tap_done(void)
{
	printf("1..%d\n", checks);
	fflush(stdout);
	if (failures > 0)
		fprintf(stderr, "# %d of %d failed\n", failures, checks);
	return failures > 0 || checks == 0;
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A test may have taken its own rights away. */
static int entry_open_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D || type == FTW_DNR)
		chmod(path, 0700);
	return 0;
}

static void tmpdirs_remove(void)
{
	if (getpid() != tmpdir_owner)
		return;
	for (int i = 0; i < tmpdir_count; i++) {
		nftw(tmpdirs[i], entry_open_up, 16, FTW_PHYS);
		nftw(tmpdirs[i], entry_remove, 16, FTW_DEPTH | FTW_PHYS);
		free(tmpdirs[i]);
	}
}

const char *tap_tmpdir(void)
{
	const char *base = getenv("TMPDIR");
	char path[4096];

	if (base == NULL || base[0] == '\0')
		base = "/tmp";
	snprintf(path, sizeof(path), "%s/tap.XXXXXX", base);
	if (tmpdir_count == TMPDIR_MAX || mkdtemp(path) == NULL) {
		perror("tap_tmpdir");
		exit(1);
	}
	if (tmpdir_count == 0) {
		tmpdir_owner = getpid();
		atexit(tmpdirs_remove);
	}
	tmpdirs[tmpdir_count] = strdup(path);
	return tmpdirs[tmpdir_count++];
}
