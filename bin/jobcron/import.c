/*
 * import: crontab files made into schedules, and checked.
 *
 * What is imported means what it meant to cron: runs may overlap, none is made up for,
 * times are those of the machine's zone.  A file is taken whole or not at all; the same
 * entry again is the same schedule, by its key.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "cli/crontab.h"
#include "cli/submit.h"
#include "client/client.h"
#include "jobcron.h"

#define FILE_BYTES ((size_t)4 << 20)
#define ZONE_LINK "/etc/localtime"

/* ---- what the machine's clocks show */

static const char *local_zone(void)
{
	static char path[PATH_MAX];
	const char *tz = getenv("TZ"), *name;

	if (tz != NULL && *tz != '\0' && *tz != ':')
		return tz;
	if (realpath(ZONE_LINK, path) == NULL || (name = strstr(path, "zoneinfo/")) == NULL)
		return "UTC";
	return name + strlen("zoneinfo/");
}

/* ---- an entry as a request */

static void wrong(void *arg, size_t line, const char *why)
{
	struct import *im = arg;

	im->wrong++;
	cli_warn(&program, "%s:%zu: %s", im->file, line, why);
}

/* What stands behind % goes to the command as a here document. */
static char *shell_text(const struct crontab_entry *e)
{
	if (e->input == NULL)
		return xstrdup(e->command);
	return xasprintf("{ %s" CRONTAB_INPUT_MIDDLE "%s" CRONTAB_INPUT_END, e->command, e->input);
}

/* All that makes it another entry; of the variables those that its job gets. */
static void key_add(struct msg *m, const struct crontab_entry *e)
{
	static const enum msg_field fields[] = { F_CRON, F_TZ, F_RUN_AS, F_ARG, F_ENV };
	char hash[SHA256_HEX];
	const char *s;
	struct buf all;

	buf_init(&all, FILE_BYTES);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t iter = 0;

		while ((s = msg_next(m, fields[i], &iter)) != NULL)
			(void)buf_addf(&all, "%d %s\n", (int)i, s);
	}
	(void)buf_addf(&all, "%s", e->input != NULL ? e->input : "");
	sha256_hex(all.data, all.len, hash);
	buf_release(&all);
	(void)msg_addf(m, F_KEY, CRONTAB_KEY "%.32s", hash);
}

/* The first word of the command, without its folder. */
static void name_add(struct msg *m, const char *command)
{
	char name[65] = "";
	size_t n = strcspn(command, " \t;|&<>()");
	const char *first = command;

	for (const char *s = command; s < command + n; s++)
		first = *s == '/' ? s + 1 : first;
	n = (size_t)(command + n - first);
	if (n == 0 || n >= sizeof(name))
		return;
	memcpy(name, first, n);
	(void)msg_add(m, F_NAME, name);
}

static int env_add(struct msg *m, const struct crontab_entry *e)
{
	static const char *const own[] = { "CRON_TZ=", "MAILTO=", "SHELL=", "MAILFROM=" };
	int r = 0;

	for (size_t i = 0; i < e->nenv; i++) {
		size_t k = 0;

		while (k < 4 && strncmp(e->env[i], own[k], strlen(own[k])) != 0)
			k++;
		if (k == 4)
			r |= msg_add(m, F_ENV, e->env[i]);
	}
	return r;
}

/* Addresses with commas; a notice to each. */
static int mail_add(struct msg *m, const struct crontab_entry *e)
{
	const char *to = crontab_env(e, "MAILTO");
	size_t n;
	int r = 0;

	for (; to != NULL && *to != '\0'; to += n) {
		to += strspn(to, ", \t");
		n = strcspn(to, ", \t");
		if (n > 0)
			r |= msg_addf(m, F_TELL, CRONTAB_NOTICE "%.*s", (int)n, to);
	}
	return r;
}

static int surroundings_add(struct msg *m, const struct crontab_entry *e, struct err *err)
{
	const char *home = crontab_env(e, "HOME");
	struct submit_context c = { .cwd = home != NULL ? home : getenv("HOME") };
	char host[256] = "";
	mode_t mask = umask(0);

	(void)umask(mask);
	if (c.cwd == NULL || *c.cwd != '/')
		c.cwd = "/";
	(void)gethostname(host, sizeof(host) - 1);
	return submit_surroundings(&c, host, (unsigned)mask, m, err);
}

static struct msg *request_make(const struct import *im, const struct crontab_entry *e,
    struct err *err)
{
	const char *shell = crontab_env(e, "SHELL"), *zone = crontab_env(e, "CRON_TZ");
	struct msg *m = msg_new(MSG_SUBMIT);
	char *text = shell_text(e);
	int r;

	if (zone == NULL)
		zone = im->j->tz != NULL ? im->j->tz : local_zone();
	name_add(m, e->command);
	r = msg_add(m, F_KEY_SCOPE, "forever") | msg_add(m, F_CRON, e->expression) |
	    msg_add(m, F_TZ, zone) | msg_add(m, F_OVERLAP, "allow") |
	    msg_add(m, F_CATCH_UP, "none") | msg_add(m, F_ARG, shell != NULL ? shell : "/bin/sh") |
	    msg_add(m, F_ARG, "-c") | msg_add(m, F_ARG, text) | env_add(m, e) |
	    mail_add(m, e);
	if (e->comment != NULL)
		r |= msg_add(m, F_COMMENT, e->comment);
	if (e->user != NULL)
		r |= msg_add(m, F_RUN_AS, e->user);
	free(text);
	key_add(m, e);
	if (r == 0 && surroundings_add(m, e, err) == 0)
		return m;
	if (r != 0)
		err_set(err, ERR_DATA, "the entry is too long");
	msg_free(m);
	return NULL;
}

static void mail_tell(struct import *im, const struct crontab_entry *e)
{
	const char *to = crontab_env(e, "MAILTO");

	if (im->told_mail || im->j->quiet || to == NULL || *to == '\0')
		return;
	im->told_mail = true;
	cli_warn(&program, "%s:%zu: %s gets a mail when a run fails; output is kept for joblog, "
	    "and not mailed", im->file, e->line, to);
}

static void entry(void *arg, const struct crontab_entry *e)
{
	struct import *im = arg;
	struct err err;
	struct msg *m = request_make(im, e, &err);
	struct uuid u;

	uuid_new(&u);
	if (m == NULL || msg_add_uuid(m, F_UUID, &u) == -1 ||
	    request_check(im->j, m, &err) == -1) {
		wrong(im, e->line, err.text);
		msg_free(m);
		return;
	}
	mail_tell(im, e);
	im->list = xreallocarray(im->list, im->n + 1, sizeof(*im->list));
	im->list[im->n++] = (struct entry){ m, e->schedule != NULL ?
	    strtoll(e->schedule + 1, NULL, 10) : 0 };
}

/* ---- the file */

int import_read(struct import *im, const char *text, size_t n, struct err *e)
{
	struct crontab_reader r = { im->j->system, entry, wrong, im };

	(void)crontab_read(text, n, &r);
	if (im->wrong == 0)
		return 0;
	return err_set(e, ERR_DATA, "%s: %zu line%s wrong%s", im->file, im->wrong,
	    im->wrong == 1 ? " is" : "s are", im->j->dry ? "" : "; nothing was imported");
}

void import_release(struct import *im)
{
	for (size_t i = 0; i < im->n; i++)
		msg_free(im->list[i].msg);
	free(im->list);
	im->list = NULL;
	im->n = im->wrong = 0;
}

static int file_take(struct import *im, struct err *e)
{
	struct buf b;
	int status;

	buf_init(&b, FILE_BYTES);
	status = strcmp(im->file, "-") == 0 ? fd_read_all(STDIN_FILENO, &b, e) :
	    file_read(AT_FDCWD, im->file, &b, e);
	if (status == 0)
		status = import_read(im, b.data, b.len, e);
	buf_release(&b);
	return status;
}

static void result_show(const struct msg *m, const struct client_result *r)
{
	char name[UUID_TEXT];

	if (r->outcome == CLIENT_LEFT)
		uuid_format(&r->uuid, name);
	else
		snprintf(name, sizeof(name), "s%lld", (long long)r->schedule);
	printf("%s\t%s\t%s\t", name, msg_str(m, F_CRON), msg_str(m, F_TZ));
	text_line(stdout, msg_str(m, F_NAME) != NULL ? msg_str(m, F_NAME) : "");
	putchar('\n');
}

static int send_all(struct import *im, struct err *e)
{
	struct client *client = client_new(&im->j->spool);
	struct client_result result;
	int r = 0;

	for (size_t i = 0; i < im->n && r == 0; i++) {
		r = client_submit(client, im->list[i].msg, &result, e);
		if (r == 0)
			result_show(im->list[i].msg, &result);
	}
	client_free(client);
	return r;
}

int import_run(struct jobcron *j, char **words, struct err *e)
{
	struct import im = { .j = j, .file = words[0] };
	int r;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "import: one file is needed; - is stdin");
	r = file_take(&im, e);
	if (r == 0 && !j->dry)
		r = place_open(j->look.spool, j->look.config, &j->spool, NULL, e);
	if (r == 0 && !j->dry)
		r = send_all(&im, e);
	import_release(&im);
	return r;
}
