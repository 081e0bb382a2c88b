/*
 * editor: a text in the user's editor, as crontab -e does it.
 *
 * Promises that what is wrong takes no effect: the user is asked whether to go on, and
 * what was written is kept in its file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "editor.h"

#define EDITOR_USUAL "vi"
#define TEXT_BYTES ((size_t)64 << 20)

static const char *editor(void)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };

	for (size_t i = 0; i < 2; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return value;
	}
	return EDITOR_USUAL;
}

static int file_make(char *path, const char *suffix, const struct buf *text, struct err *e)
{
	int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC), r;

	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", path);
	r = fd_write_all(fd, text->data != NULL ? text->data : "", text->len, e);
	close(fd);
	if (r == -1)
		unlink(path);
	return r;
}

/* What its user may have set to options, too, is a shell's to read. */
static int editor_start(const char *path, struct err *e)
{
	char *command = xasprintf("exec %s \"$1\"", editor());
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was[2];
	int status = -1;
	pid_t pid;

	sigaction(SIGINT, &ignore, &was[0]);
	sigaction(SIGQUIT, &ignore, &was[1]);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGINT, &was[0], NULL);
		sigaction(SIGQUIT, &was[1], NULL);
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	sigaction(SIGINT, &was[0], NULL);
	sigaction(SIGQUIT, &was[1], NULL);
	free(command);
	if (status == 0)
		return 0;
	return err_set(e, ERR_UNAVAIL, "the editor %.64s failed; nothing is changed", editor());
}

static bool again(void)
{
	int first, c;

	if (!isatty(STDIN_FILENO))
		return false;
	fputs("Edit it again? (y/n) ", stderr);
	first = c = getchar();
	while (c != '\n' && c != EOF)
		c = getchar();
	return first == 'y' || first == 'Y';
}

/* One pass; 1: it is as it was. */
static int pass(const char *path, const struct buf *was, const struct editor *d, struct err *e)
{
	struct buf now;
	int r;

	buf_init(&now, TEXT_BYTES);
	r = editor_start(path, e);
	if (r == 0)
		r = file_read(AT_FDCWD, path, &now, e);
	if (r == 0 && now.len == was->len && memcmp(now.data != NULL ? now.data : "",
	    was->data != NULL ? was->data : "", now.len) == 0)
		r = 1;
	if (r == 0)
		r = d->check(d->arg, now.data != NULL ? now.data : "", now.len, e);
	buf_release(&now);
	return r;
}

int editor_run(const struct editor *d, const struct buf *text, struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char *path = xasprintf("%s/jobcron.XXXXXX%s", dir != NULL && *dir == '/' ? dir : "/tmp",
	    d->suffix);
	int r = file_make(path, d->suffix, text, e);

	if (r == -1) {
		free(path);
		return -1;
	}
	while ((r = pass(path, text, d, e)) == -1 && e->code == ERR_DATA) {
		cli_warn(&program, "%s", e->text);
		if (!again()) {
			err_set(e, ERR_DATA, "nothing is changed; what was edited is in %s", path);
			free(path);
			return -1;
		}
	}
	unlink(path);
	free(path);
	return r;
}
