/*
 * command: a program is told: by its environment, and by its standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "jobnotify.h"

static int start(char *const *argv, int in, pid_t *pid)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	int r;

	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	r = posix_spawn_file_actions_adddup2(&files, in, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn(pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

static int outcome(const char *program, pid_t pid, struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return err_sys(e, ERR_OS, "waitpid");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, ERR_UNAVAIL, "%s: ended by signal %d", program,
		    WTERMSIG(status));
	return err_set(e, ERR_UNAVAIL, "%s: exit status %d", program, WEXITSTATUS(status));
}

/* A text is shorter than a pipe is long, so nothing waits for its being read. */
int program_feed(char *const *argv, const struct buf *in, struct err *e)
{
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "pipe");
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fd_write_all(ends[1], in->data, in->len, NULL);
	close(ends[1]);
	(void)signal(SIGPIPE, SIG_DFL);
	r = start(argv, ends[0], &pid);
	close(ends[0]);
	if (r != 0) {
		errno = r;
		return err_sys(e, ERR_UNAVAIL, "%s", argv[0]);
	}
	return outcome(argv[0], pid, e);
}

static void set(const char *name, const char *value)
{
	if (value != NULL)
		(void)setenv(name, value, 1);
	else
		(void)unsetenv(name);
}

static void set_number(const struct msg *m, const char *name, enum msg_field f)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, text_number(m, f));
	set(name, msg_has(m, f) ? text : NULL);
}

int command_send(const struct msg *m, const char *sendmail, struct err *e)
{
	static const struct { const char *name; enum msg_field f; } words[] = {
		{ "JOB_NOTICE_EVENT", F_EVENT }, { "JOB_NAME", F_NAME }, { "JOB_USER", F_USER },
		{ "JOB_STATUS", F_STATUS }, { "JOB_REASON", F_REASON },
		{ "JOB_NOTICE_DETAIL", F_TEXT },
	}, numbers[] = {
		{ "JOB_NOTICE_ID", F_SEQ }, { "JOB_ID", F_JOB }, { "JOB_SCHEDULE", F_SCHEDULE },
		{ "JOB_EXIT_CODE", F_EXIT_CODE }, { "JOB_SIGNAL", F_SIGNAL },
	};
	char *path = xstrdup(msg_str(m, F_RECEIVER)), *argv[] = { path, NULL };
	struct buf text;
	int r;

	(void)sendmail;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		set(words[i].name, msg_str(m, words[i].f));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		set_number(m, numbers[i].name, numbers[i].f);
	buf_init(&text, TEXT_MAX);
	text_lines(m, &text);
	r = program_feed(argv, &text, e);
	buf_release(&text);
	free(path);
	return r;
}
