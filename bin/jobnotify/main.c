/*
 * jobnotify: sends one notice, which stands on its standard input.
 *
 * jobd starts it for each, so that a receiver that does not answer delays nobody but
 * this process, and the library for HTTP is part of nothing else.
 */
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "cli/cli.h"
#include "hook.h"
#include "jobnotify.h"

#define NOTICE_BYTES 65536

static const char *const usage[] = { "[--sendmail PATH] < NOTICE", NULL };

enum { OPT_SENDMAIL };

static const struct opt opts[] = {
	{ 0, "sendmail", "PATH", "the program that sends mail (/usr/sbin/sendmail)",
	    OPT_SENDMAIL },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct program program = {
	"jobnotify", usage, "Sends a notice of a job to one receiver.", opts, false
};

static int hook_send(const struct msg *m, const char *sendmail, struct err *e)
{
	struct buf body;
	int r;

	(void)sendmail;
	buf_init(&body, TEXT_MAX);
	text_json(m, &body);
	r = hook_post(msg_str(m, F_RECEIVER), &body, e);
	buf_release(&body);
	return r;
}

static const struct channel {
	const char *name;
	int (*send)(const struct msg *m, const char *sendmail, struct err *e);
} channels[] = {
	{ "mail", mail_send }, { "cmd", command_send }, { "hook", hook_send },
};

static int option(void *ctx, int id, const char *value, struct err *e)
{
	(void)id;
	(void)e;
	*(const char **)ctx = value;
	return 0;
}

static int notice_send(const struct msg *m, const char *sendmail, struct err *e)
{
	const char *name = msg_str(m, F_CHANNEL);

	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		if (strcmp(channels[i].name, name) == 0)
			return channels[i].send(m, sendmail, e);
	}
	return err_set(e, ERR_DATA, "'%s' is no channel", name);
}

static int notice_read(struct msg **m, struct err *e)
{
	struct buf b;
	size_t used;
	int r;

	buf_init(&b, NOTICE_BYTES);
	r = fd_read_all(STDIN_FILENO, &b, e);
	if (r == 0 && (r = msg_decode(b.data, b.len, m, &used, e)) == 0)
		r = err_set(e, ERR_DATA, "the notice is cut off");
	if (r == 1 && msg_type(*m) != MSG_NOTICE)
		r = err_set(e, ERR_DATA, "this is no notice");
	buf_release(&b);
	return r == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	const char *sendmail = "/usr/sbin/sendmail";
	struct msg *m = NULL;
	struct err e;
	int n = opts_parse(&program, argc, argv, option, &sendmail, &e), status = EXIT_OK;

	if (n != -1 && n != argc)
		n = err_set(&e, ERR_USAGE, "it takes no operand");
	if (n == -1 || notice_read(&m, &e) == -1 || notice_send(m, sendmail, &e) == -1)
		status = cli_fail(&program, &e);
	msg_free(m);
	return cli_finish(&program, status);
}
