/*
 * users: the accounts that jobs run as, remembered for a minute.
 *
 * Whoever is not remembered is looked up in a process of its own, so that a slow
 * name service holds up the jobs of that user and nothing else.
 */
#ifndef AGENT_USERS_H
#define AGENT_USERS_H

#include "agent/user.h"

#define USERS_KEEP_MS 60000

struct users;

/* `watch` is given each descriptor that users_ready shall be called for. */
struct users *users_new(void (*watch)(void *arg, int fd), void *arg);
void users_free(struct users *u);

/*
 * 1: *found is set, until the next call; 0: it is being looked up, ask again after
 * users_ready; -1: ERR_NOINPUT no such user, ERR_OS could not ask.
 */
int users_find(struct users *u, const char *name, int64_t now, const struct user **found,
    struct err *e);

/* The descriptor is readable.  True: somebody is known now, or known not to be there. */
bool users_ready(struct users *u, int fd, int64_t now);

/* Our own account, from the environment, for a host that does not know us. */
void user_self(struct user *u);

#endif
