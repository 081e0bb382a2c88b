/*
 * user: accounts of this host, asked for by running getent(1) and id(1).
 *
 * This program is linked statically and so cannot load the host's name services;
 * those two can.  Their answers are taken strictly, or not at all.
 */
#ifndef AGENT_USER_H
#define AGENT_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define USER_GROUPS_MAX 65536	/* as the kernel */

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	char *name, *home, *shell;
};

void user_release(struct user *u);
void user_copy(struct user *to, const struct user *from);

/* A line of passwd(5), and the numbers that id -G prints; -1: malformed. */
int user_parse_passwd(struct user *u, const char *line, struct err *e);
int user_parse_groups(struct user *u, const char *line, struct err *e);

/*
 * Looks up a name, or a number; blocks while the two programs run, at most
 * timeout_ms each.  ERR_NOINPUT: there is no such user; ERR_OS: could not ask.
 */
int user_find(const char *name, int timeout_ms, struct user *u, struct err *e);

#endif
