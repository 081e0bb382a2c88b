/*
 * user: what a job's user is on this host.
 *
 * Owns the parsing of getent's and id's answers: fields that are missing, numbers
 * that do not fit, a name that is not the one asked for are refused, since what
 * comes out decides as whom a job runs.  See command.c for how they are run, and
 * users.c for who remembers the answers.
 */
#include "agent/user.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/command.h"
#include "base/num.h"
#include "base/text.h"

#define ANSWER_MAX (1u << 20)
#define PASSWD_FIELDS 7
#define ID_MAX 0xfffffffeu	/* the one above means "no id" to chown(2) and the like */
#define NOT_FOUND 2		/* getent's status */

void user_release(struct user *u)
{
	free(u->groups);
	free(u->name);
	free(u->home);
	free(u->shell);
	*u = (struct user){ .uid = (uid_t)-1 };
}

void user_copy(struct user *to, const struct user *from)
{
	*to = *from;
	to->groups = from->ngroups == 0 ? NULL :
	    xmemdup(from->groups, from->ngroups * sizeof(from->groups[0]));
	to->name = xstrdup(from->name);
	to->home = xstrdup(from->home);
	to->shell = xstrdup(from->shell);
}

static int id_parse(const char *s, unsigned *id)
{
	uint64_t v;

	if (num_u64(s, 0, ID_MAX, &v, NULL) == -1)
		return -1;
	*id = (unsigned)v;
	return 0;
}

int user_parse_passwd(struct user *u, const char *line, struct err *e)
{
	char *copy = xstrdup(line), *rest = copy, *field[PASSWD_FIELDS];
	int n = 0, r = -1;

	*u = (struct user){ .uid = (uid_t)-1 };
	copy[strcspn(copy, "\n")] = '\0';
	while (n < PASSWD_FIELDS && (field[n] = strsep(&rest, ":")) != NULL)
		n++;
	if (n != PASSWD_FIELDS || rest != NULL || field[0][0] == '\0' || field[5][0] != '/' ||
	    id_parse(field[2], &u->uid) == -1 || id_parse(field[3], &u->gid) == -1) {
		err_set(e, ERR_OS, "getent passwd: a line of another form");
	} else {
		u->name = xstrdup(field[0]);
		u->home = xstrdup(field[5]);
		u->shell = xstrdup(field[6][0] == '/' ? field[6] : "/bin/sh");
		r = 0;
	}
	free(copy);
	return r;
}

int user_parse_groups(struct user *u, const char *line, struct err *e)
{
	char *copy = xstrdup(line), *rest = copy, *word;
	size_t cap = 0, n = 0;
	int r = 0;

	copy[strcspn(copy, "\n")] = '\0';
	while (r == 0 && (word = strsep(&rest, " ")) != NULL) {
		if (n == cap) {
			cap = cap == 0 ? 16 : cap * 2;
			u->groups = xreallocarray(u->groups, cap, sizeof(u->groups[0]));
		}
		if (n == USER_GROUPS_MAX || id_parse(word, &u->groups[n]) == -1)
			r = -1;
		else
			n++;
	}
	u->ngroups = n;
	free(copy);
	return r == 0 && n > 0 ? 0 : err_set(e, ERR_OS, "id -G: an answer of another form");
}

/* Runs one of the two; its whole answer is one line. */
static int ask(const char *const *argv, int timeout_ms, struct buf *out, struct err *e)
{
	int status;

	buf_init(out, ANSWER_MAX);
	if (command_read(argv, timeout_ms, out, &status, e) == -1)
		return -1;
	if (status == 0 && out->len > 1 && strchr(out->data, '\n') == out->data + out->len - 1 &&
	    strlen(out->data) == out->len)
		return 0;
	if (status == NOT_FOUND && out->len == 0)
		return err_set(e, ERR_NOINPUT, "no user %s on this host", argv[2]);
	return err_set(e, ERR_OS, "%s %s %s: exit status %d, %zu bytes", argv[0], argv[1],
	    argv[2], status, out->len);
}

int user_find(const char *name, int timeout_ms, struct user *u, struct err *e)
{
	const char *getent[] = { "getent", "passwd", name, NULL };
	const char *id[] = { "id", "-G", NULL, NULL };
	struct buf out;
	unsigned number;
	int r = -1;

	*u = (struct user){ .uid = (uid_t)-1 };
	if (!name_valid(name, 64))
		return err_set(e, ERR_NOINPUT, "\"%.64s\" cannot be a user's name", name);
	if (ask(getent, timeout_ms, &out, e) == 0 && user_parse_passwd(u, out.data, e) == 0) {
		r = 0;
		/* getent takes a number for a user id. */
		if (strcmp(u->name, name) != 0 &&
		    (id_parse(name, &number) == -1 || number != u->uid))
			r = err_set(e, ERR_OS, "getent passwd %s: answers for %s", name, u->name);
	}
	buf_release(&out);
	if (r == 0) {
		id[2] = u->name;
		r = ask(id, timeout_ms, &out, e) == 0 ? user_parse_groups(u, out.data, e) : -1;
		buf_release(&out);
	}
	if (r == -1)
		user_release(u);
	return r;
}
