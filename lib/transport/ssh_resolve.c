/*
 * ssh_resolve: the addresses of a name.
 *
 * getaddrinfo(3) may wait for minutes, so a thread does it, which owns its request
 * until it is done: whoever gives up leaves the rest to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "transport/ssh_impl.h"

struct ssh_resolver {
	atomic_int users;	/* the one who asks, and the thread */
	int done[2];		/* a pipe that the thread closes */
	char *name, *port;
	int error;
	struct addrinfo *list, *next;
	bool begun;
};

static void put(struct ssh_resolver *r)
{
	if (atomic_fetch_sub(&r->users, 1) != 1)
		return;
	if (r->list != NULL)
		freeaddrinfo(r->list);
	free(r->name);
	free(r->port);
	free(r);
}

static void *work(void *arg)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct ssh_resolver *r = arg;

	r->error = getaddrinfo(r->name, r->port, &hints, &r->list);
	close(r->done[1]);
	put(r);
	return NULL;
}

/* No signal of the process may be handled there. */
static int start(struct ssh_resolver *r)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	sigfillset(&all);
	if (pthread_attr_init(&attr) != 0)
		return ENOMEM;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attr, work, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return error;
}

struct ssh_resolver *resolver_new(const char *name, const char *port, struct err *e)
{
	struct ssh_resolver *r = xcalloc(1, sizeof(*r));

	if (pipe2(r->done, O_CLOEXEC | O_NONBLOCK) == -1) {
		err_sys(e, ERR_OS, "pipe");
		free(r);
		return NULL;
	}
	r->name = xstrdup(name);
	r->port = xstrdup(port);
	atomic_init(&r->users, 2);
	errno = start(r);
	if (errno == 0)
		return r;
	err_sys(e, ERR_OS, "a thread to look up names");
	close(r->done[1]);
	atomic_store(&r->users, 1);
	resolver_free(r);
	return NULL;
}

int resolver_fd(const struct ssh_resolver *r)
{
	return r->done[0];
}

int resolver_next(struct ssh_resolver *r, struct sockaddr_storage *addr, socklen_t *len,
    struct err *e)
{
	char c;

	if (!r->begun && read(r->done[0], &c, 1) == -1)
		return 0;
	if (!r->begun)
		r->next = r->list;
	r->begun = true;
	if (r->error != 0)
		return err_set(e, ERR_UNAVAIL, "%s: %s", r->name, gai_strerror(r->error));
	if (r->next == NULL)
		return -1;	/* e says why the last one could not be used */
	memcpy(addr, r->next->ai_addr, r->next->ai_addrlen);
	*len = r->next->ai_addrlen;
	r->next = r->next->ai_next;
	return 1;
}

void resolver_free(struct ssh_resolver *r)
{
	if (r == NULL)
		return;
	close(r->done[0]);
	put(r);
}
