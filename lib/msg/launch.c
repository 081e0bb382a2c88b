/*
 * launch: what a job needs at its start, checked and packed.
 *
 * Owns the limits that execve(2) sets, the launch block, and the command as people
 * see it in a listing.  Promises that a block it made can be started as far as
 * can be known here: there is a program or a script, no word is longer than Linux
 * takes, and every variable has a name.
 */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "msg/submit.h"

#define WORD_MAX 131071		/* MAX_ARG_STRLEN without its NUL */
#define WORDS_MAX (6u << 20)	/* of arguments and environment together */
#define SCRIPT_MAX (16u << 20)
#define COMMAND_MAX 1000	/* shown of a command */
#define LAUNCH_INLINE 256
#define UMASK_MAX 0777
#define PATTERN_LETTERS "jAanxuwYmd%"

static int word_check(enum msg_field f, const char *s, size_t *total, struct err *e)
{
	size_t n = strlen(s);

	if (n > WORD_MAX)
		return err_set(e, ERR_DATA, "%s: one of %zu bytes, and Linux takes at most %d",
		    msg_field_name(f), n, WORD_MAX);
	*total += n + 1;
	if (*total > WORDS_MAX)
		return err_set(e, ERR_DATA, "arguments and environment are longer than %u bytes "
		    "together: use a file", WORDS_MAX);
	return 0;
}

static int words_check(const struct msg *m, struct err *e)
{
	size_t iter = 0, total = 0;
	const char *s;

	while ((s = msg_next(m, F_ARG, &iter)) != NULL) {
		if (word_check(F_ARG, s, &total, e) == -1)
			return -1;
	}
	for (iter = 0; (s = msg_next(m, F_ENV, &iter)) != NULL;) {
		if (s[0] == '=' || strchr(s, '=') == NULL)
			return err_set(e, ERR_DATA, "env: \"%.100s\" is not NAME=VALUE", s);
		if (word_check(F_ENV, s, &total, e) == -1)
			return -1;
	}
	return 0;
}

static int program_check(const struct msg *m, struct err *e)
{
	const char *program = msg_str(m, F_ARG);
	size_t n;

	msg_body(m, &n);
	if (msg_flag(m, F_SCRIPT)) {
		if (n == 0)
			return err_set(e, ERR_DATA, "script: it is empty");
		if (n > SCRIPT_MAX)
			return err_set(e, ERR_DATA, "script: it has %zu bytes, at most %u are "
			    "accepted", n, SCRIPT_MAX);
		return 0;
	}
	if (n > 0)
		return err_set(e, ERR_DATA, "script: a body without the mark that it is one");
	if (program == NULL || program[0] == '\0')
		return err_set(e, ERR_DATA, "arg: there is no command");
	return 0;
}

/* A path with %-letters that the worker fills in. */
static int pattern_check(const struct msg *m, enum msg_field f, struct err *e)
{
	const char *s = msg_str(m, f), *p;

	if (s == NULL)
		return 0;
	if (s[0] == '\0')
		return err_set(e, ERR_DATA, "%s: the path is empty", msg_field_name(f));
	for (p = strchr(s, '%'); p != NULL; p = strchr(p + 2, '%')) {
		if (p[1] == '\0' || strchr(PATTERN_LETTERS, p[1]) == NULL)
			return err_set(e, ERR_DATA, "%s: \"%%%.1s\" in it means nothing; known are "
			    "%%j %%A %%a %%n %%x %%u %%w %%Y %%m %%d and %%%%", msg_field_name(f),
			    p + 1);
	}
	return 0;
}

static int paths_check(const struct msg *m, struct err *e)
{
	const char *dir = msg_str(m, F_CHDIR);

	if (dir != NULL && dir[0] != '/')
		return err_set(e, ERR_DATA, "chdir: \"%.100s\" does not begin with /", dir);
	if (msg_u64(m, F_UMASK, 0) > UMASK_MAX)
		return err_set(e, ERR_DATA, "umask: %" PRIu64 " is above 511 (0777)",
		    msg_u64(m, F_UMASK, 0));
	if (pattern_check(m, F_STDIN, e) == -1 || pattern_check(m, F_STDOUT, e) == -1)
		return -1;
	return pattern_check(m, F_STDERR, e);
}

/* ---- for people */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static const char *default_name(const struct msg *m, struct arena *a)
{
	const char *s = msg_flag(m, F_SCRIPT) ? "script" : last_part(msg_str(m, F_ARG));
	const char *p = s;

	while ((unsigned char)*p >= 0x20 && *p != 0x7f)
		p++;
	return arena_strdup(a, *p == '\0' && p != s && p - s <= 255 ? s : "job");
}

/* Cuts in front of a character, not inside one. */
static void command_cut(struct buf *b)
{
	size_t n = COMMAND_MAX - 3;

	if (b->len <= COMMAND_MAX)
		return;
	while (n > 0 && ((unsigned char)b->data[n] & 0xc0) == 0x80)
		n--;
	b->len = n;
	buf_adds(b, "...");
}

static const char *command_text(const struct msg *m, const char *name, struct arena *a)
{
	const char *s, *text;
	size_t iter = 0;
	struct buf b;

	buf_init(&b, 8 * WORD_MAX);
	if (msg_flag(m, F_SCRIPT) && name != NULL) {
		buf_adds(&b, "-f");
		shell_quote(&b, name);
	} else if (msg_flag(m, F_SCRIPT)) {
		buf_adds(&b, "(script)");
	}
	while (b.len <= COMMAND_MAX && (s = msg_next(m, F_ARG, &iter)) != NULL)
		shell_quote(&b, s);
	command_cut(&b);
	text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

/* ---- the block */

static int block_make(const struct msg *m, struct arena *a, struct job_row *row,
    struct err *e)
{
	struct msg *launch = msg_new(MSG_LAUNCH);
	char hash[SHA256_HEX];
	const void *body;
	struct buf b;
	size_t n;
	int r = -1;

	buf_init(&b, (size_t)MSG_HEAD_MAX + SCRIPT_MAX + MSG_PREFIX_MAX);
	body = msg_body(m, &n);
	if (msg_copy_fields(launch, m) == -1 || msg_set_body(launch, body, n) == -1 ||
	    msg_encode(launch, &b) == -1) {
		err_set(e, ERR_DATA, "command and environment are too large to be stored");
		goto out;
	}
	row->launch = arena_memdup(a, b.data, b.len);
	row->launch_size = (int64_t)b.len;
	if (b.len > LAUNCH_INLINE) {
		sha256_hex(b.data, b.len, hash);
		row->launch_hash = arena_strdup(a, hash);
	}
	r = 0;
out:
	buf_release(&b);
	msg_free(launch);
	return r;
}

int submit_launch(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	if (program_check(m, e) == -1 || words_check(m, e) == -1 || paths_check(m, e) == -1)
		return -1;
	row->command = command_text(m, row->name, a);
	if (row->name == NULL)
		row->name = default_name(m, a);
	row->submit_host = arena_strdup(a, msg_str(m, F_SUBMIT_HOST));
	row->submit_dir = arena_strdup(a, msg_str(m, F_SUBMIT_DIR));
	row->stdout_path = arena_strdup(a, msg_str(m, F_STDOUT));
	row->stderr_path = arena_strdup(a, msg_str(m, F_STDERR));
	return block_make(m, a, row, e);
}
