/* ssh_impl: what the files of ssh share; others use transport/ssh.h. */
#ifndef TRANSPORT_SSH_IMPL_H
#define TRANSPORT_SSH_IMPL_H

#include <bsd/sys/queue.h>
#include <libssh2.h>
#include <sys/socket.h>

#include "transport/ssh.h"

#define SSH_BUFFER 32768
#define SSH_SAID_MAX 400

enum ssh_state {
	SSH_RESOLVE, SSH_CONNECT, SSH_HANDSHAKE, SSH_HOST_KEY, SSH_AUTH, SSH_UP, SSH_FAILED
};

struct ssh_resolver;

struct ssh {
	enum ssh_state state;
	char *address, *user, *port, *identity, *known_hosts, *accept;
	enum ssh_trust trust;
	char host_key[SSH_KEY_MAX];
	char login[256];		/* the key that let us in */
	bool compress;
	int fd;				/* the connection, or -1 */
	struct ssh_resolver *resolver;
	LIBSSH2_SESSION *session;
	LIBSSH2_AGENT *agent;
	struct libssh2_agent_publickey *agent_key;	/* being tried */
	bool agent_begun, agent_done;
	int key;			/* which file is being tried */
	bool other_way;
	TAILQ_HEAD(, ssh_stream) streams;
	struct ssh_stream *writer;	/* whose write has to be repeated before any other */
};

enum stream_state { STREAM_OPEN, STREAM_EXEC, STREAM_JOINED, STREAM_OVER };

struct ssh_stream {
	TAILQ_ENTRY(ssh_stream) link;
	struct ssh *ssh;
	enum stream_state state;
	char *command;
	int fd;				/* -1: closed */
	bool file;			/* or the like: always ready, and not written to */
	LIBSSH2_CHANNEL *channel;
	bool in_ended, eof_sent;	/* of fd; told to the host */
	int status;
	size_t up_at, up_n, down_at, down_n, said_n;
	char up[SSH_BUFFER], down[SSH_BUFFER], said[SSH_SAID_MAX];
};

/* ssh_resolve.c: names, by a thread of their own, since getaddrinfo(3) waits. */
struct ssh_resolver *resolver_new(const char *name, const char *port, struct err *e);
int resolver_fd(const struct ssh_resolver *r);		/* readable when it is done */
/* 1: *addr and *len are the next address; 0: wait; -1: there is no (further) one. */
int resolver_next(struct ssh_resolver *r, struct sockaddr_storage *addr, socklen_t *len,
    struct err *e);
void resolver_free(struct ssh_resolver *r);

/* ssh_trust.c: whether the host is the one that is known. */
int ssh_check_host(struct ssh *s, struct err *e);

/* What libssh2 says of its last failure, behind a text of ours; returns -1. */
int ssh_error(struct ssh *s, struct err *e, const char *what);

#endif
